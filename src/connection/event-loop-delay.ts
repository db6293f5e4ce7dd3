/**
 * How late the event loop was, for the latency monitor: while `latency-monitor-threshold` is above 0,
 * a timer of Node's own, which runs no JavaScript, notes how long after its time it was served.
 * Whatever held the loop up is in that: commands, slices of work, collections of garbage, a
 * system that gave the process no time.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Config } from '../config/config.ts';

const RESOLUTION_MS = 10;

/** Where events go. */
export interface DelaySink {
  sample(event: string, milliseconds: number, now: number): void;
}

export class EventLoopDelay {
  readonly #config: Config;
  readonly #sink: DelaySink;
  #histogram: IntervalHistogram | undefined;

  constructor(config: Config, sink: DelaySink) {
    this.#config = config;
    this.#sink = sink;
    config.onApply(['latency-monitor-threshold'], () => this.#follow());
    this.#follow();
  }

  /** Tells the longest delay since the last call; `now` in milliseconds since the epoch. */
  tick(now: number): void {
    const histogram = this.#histogram;
    if (histogram === undefined) return;
    // What is measured is the time between two services of the timer.
    this.#sink.sample('event-loop', histogram.max / 1e6 - RESOLUTION_MS, now);
    histogram.reset();
  }

  stop(): void {
    this.#histogram?.disable();
    this.#histogram = undefined;
  }

  #follow(): void {
    if (this.#config.latencyMonitorThreshold === 0) this.stop();
    else if (this.#histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#histogram.enable();
    }
  }
}
