/**
 * What the executor tells of each command, and to whom it goes: latency histograms, slow log, latency
 * monitor, MONITOR.
 */
import type { CommandContext } from '../command/context.ts';
import { CMD_FAST } from '../command/flags.ts';
import type { Command } from '../command/spec.ts';
import type { Config } from '../config/config.ts';
import type { CommandObserver } from '../execution/executor.ts';
import type { LatencyHistograms } from './latency-histogram.ts';
import type { LatencyMonitor } from './latency-monitor.ts';
import type { Monitors } from './monitors.ts';
import type { SlowLog } from './slow-log.ts';

export class Observer implements CommandObserver {
  slowFrom = Infinity;
  isMonitored = false;
  readonly histograms: LatencyHistograms;
  readonly #config: Config;
  readonly #slowLog: SlowLog;
  readonly #latencyMonitor: LatencyMonitor;
  readonly #monitors: Monitors;

  constructor(
    config: Config,
    histograms: LatencyHistograms,
    slowLog: SlowLog,
    latencyMonitor: LatencyMonitor,
    monitors: Monitors,
  ) {
    this.#config = config;
    this.histograms = histograms;
    this.#slowLog = slowLog;
    this.#latencyMonitor = latencyMonitor;
    this.#monitors = monitors;
    monitors.onActive = (isActive) => {
      this.isMonitored = isActive;
    };
    const directives = ['slowlog-log-slower-than', 'latency-monitor-threshold', 'latency-tracking'];
    config.onApply(directives, () => this.#follow());
    this.#follow();
  }

  slow(context: CommandContext, command: Command, microseconds: number): void {
    this.#slowLog.record(context, command, microseconds);
    const event = (command.flags & CMD_FAST) !== 0 ? 'fast-command' : 'command';
    this.#latencyMonitor.sample(event, microseconds / 1000, context.keyspace.now);
  }

  monitor(context: CommandContext, command: Command, always = false): void {
    this.#monitors.tell(context, command, context.server.clock.wallMicroseconds(), always);
  }

  #follow(): void {
    const config = this.#config;
    const slower = config.slowlogLogSlowerThan;
    const threshold = config.latencyMonitorThreshold;
    this.slowFrom = Math.min(
      slower < 0 ? Infinity : slower,
      threshold === 0 ? Infinity : threshold * 1000,
    );
    this.histograms.enabled = config.latencyTracking;
  }
}
