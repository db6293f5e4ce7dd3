/**
 * The latency monitor: events that took at least `latency-monitor-threshold` milliseconds (0: off),
 * the newest 160 of each kind. Samples of one second are one, the worst of them.
 */
import type { LatencyEvents, LatencySeries } from '../command/ports.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../env/clock.ts';

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
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();

  constructor(config: Config, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Begins to measure something; what it returns is for `end`. Costs nothing while it is off. */
  begin(): number {
    return this.#config.latencyMonitorThreshold === 0 ? 0 : this.#clock.monotonicMicroseconds();
  }

  /** Ends what `begin` began: an event of this name, if it took long enough. */
  end(event: string, began: number): void {
    if (began === 0) return;
    const milliseconds = (this.#clock.monotonicMicroseconds() - began) / 1000;
    this.sample(event, milliseconds, this.#clock.wallMilliseconds());
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
