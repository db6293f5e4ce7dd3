/**
 * The latency monitor: events that took at least `latency-monitor-threshold` milliseconds (0: off),
 * the newest 160 of each kind. Samples of one second are one, the worst of them.
 */
import type { LatencyEvents, LatencySeries } from '../command/ports.ts';
import type { Config } from '../config/config.ts';

const SAMPLES = 160;

class Series implements LatencySeries {
  readonly event: string;
  readonly samples: { time: number; milliseconds: number }[] = [];
  worst = 0;

  constructor(event: string) {
    this.event = event;
  }

  add(time: number, milliseconds: number): void {
    this.worst = Math.max(this.worst, milliseconds);
    const last = this.samples.at(-1);
    if (last?.time === time) last.milliseconds = Math.max(last.milliseconds, milliseconds);
    else this.samples.push({ time, milliseconds });
    if (this.samples.length > SAMPLES) this.samples.shift();
  }
}

export class LatencyMonitor implements LatencyEvents {
  readonly #config: Config;
  readonly #series = new Map<string, Series>();

  constructor(config: Config) {
    this.#config = config;
  }

  /** Takes an event down if it took long enough; `now` in milliseconds since the epoch. */
  sample(event: string, milliseconds: number, now: number): void {
    const threshold = this.#config.latencyMonitorThreshold;
    if (threshold === 0 || milliseconds < threshold) return;
    let series = this.#series.get(event);
    if (series === undefined) {
      series = new Series(event);
      this.#series.set(event, series);
    }
    series.add(Math.floor(now / 1000), Math.floor(milliseconds));
  }

  all(): readonly LatencySeries[] {
    return [...this.#series.values()];
  }

  get(event: string): LatencySeries | undefined {
    return this.#series.get(event);
  }

  reset(event?: string): number {
    if (event !== undefined) return this.#series.delete(event) ? 1 : 0;
    const count = this.#series.size;
    this.#series.clear();
    return count;
  }
}
