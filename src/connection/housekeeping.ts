/**
 * What a server does by itself, ten times a second: samples rates, expires keys, frees memory in
 * slices, and lets go of idle clients. Each step is bounded; what is left over is continued between
 * events of the loop, until the share of time meant for it is used up.
 */
import { SAMPLE_PERIOD_MS } from '../command/statistics.ts';
import { SESSION_BLOCKED, SESSION_REPLICA, SESSION_SUBSCRIBED } from '../command/session.ts';
import type { Config } from '../config/config.ts';
import type { Engine } from '../engine.ts';
import type { ClientEviction } from './client-eviction.ts';
import type { Clients } from './clients.ts';
import type { Connection } from './connection.ts';
import { EventLoopDelay } from './event-loop-delay.ts';

/** Longest step of active expiry, in microseconds: what a client may have to wait for it. */
const EXPIRY_STEP = 1000;
/** Longest step of active defragmentation, in microseconds. */
const DEFRAG_STEP = 500;
/** Elements freed in one step. */
const FREE_STEP = 2000;
/** Clients looked at in one tick. */
const CLIENTS_PER_TICK = 500;
/** Ticks between two measurements of memory besides the data, without a limit. */
const MEASURE_TICKS = 10;

export class Housekeeping {
  readonly #engine: Engine;
  readonly #clients: Clients;
  readonly #config: Config;
  readonly #eviction: ClientEviction;
  #timer: NodeJS.Timeout | undefined;
  #stepping = false;
  #ticks = 0;
  /** Microseconds of active defragmentation left in the present tick. */
  #defragLeft = 0;
  #delay: EventLoopDelay | undefined;
  /** Microseconds of active expiry left in the present tick. */
  #expiryLeft = 0;
  #idleScan: Iterator<Connection> | undefined;

  constructor(engine: Engine, clients: Clients, config: Config, eviction: ClientEviction) {
    this.#engine = engine;
    this.#clients = clients;
    this.#config = config;
    this.#eviction = eviction;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), SAMPLE_PERIOD_MS);
    this.#engine.memoryLimit.wake = () => this.wake();
    this.#delay = new EventLoopDelay(this.#config, this.#engine.latencyMonitor);
  }

  stop(): void {
    this.#delay?.stop();
    this.#delay = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Continues freeing soon, without waiting for the next tick. */
  wake(): void {
    if (this.#stepping || this.#timer === undefined) return;
    this.#stepping = true;
    setImmediate(() => this.#step());
  }

  #tick(): void {
    const { keyspace, ports, expiryBudget } = this.#engine;
    const { clock, statistics } = ports;
    const now = clock.wallMilliseconds();
    keyspace.setTime(now);
    this.#engine.hotKeys.tick();
    this.#delay?.tick(now);
    statistics.commandRate.sample(statistics.commandsProcessed, now);
    statistics.inputRate.sample(statistics.bytesRead, now);
    statistics.outputRate.sample(statistics.bytesWritten, now);
    // Cheap, and large values that went must not hold memory through a few kept blocks.
    if (keyspace.lazyFree.pending === 0) keyspace.heap.trim();
    this.#measureMemory();
    this.#eviction.check();
    this.#closeIdle(now);
    for (const connection of this.#clients.overSoftLimit) connection.checkOutput();
    this.#defragLeft = this.#engine.defragmentation.tick();
    this.#expiryLeft = (expiryBudget * SAMPLE_PERIOD_MS) / 1000;
    this.wake();
  }

  /** Looks at every client, so only once a second while it is but for INFO. */
  #measureMemory(): void {
    const { memoryLimit, ports } = this.#engine;
    const { statistics } = ports;
    this.#ticks++;
    if (this.#config.maxmemory !== 0 || this.#ticks % MEASURE_TICKS === 0) memoryLimit.measure();
    const used = memoryLimit.used + memoryLimit.notCounted;
    statistics.peakMemory = Math.max(statistics.peakMemory, used);
  }

  #step(): void {
    this.#stepping = false;
    if (this.#timer === undefined) return;
    const { keyspace, ports } = this.#engine;
    let isMore = false;
    if (this.#expiryLeft > 0) {
      keyspace.setTime(ports.clock.wallMilliseconds());
      const isLeft = this.#engine.expireSome(Math.min(EXPIRY_STEP, this.#expiryLeft));
      this.#expiryLeft = isLeft ? this.#expiryLeft - EXPIRY_STEP : 0;
      isMore = this.#expiryLeft > 0;
    }
    if (keyspace.lazyFree.pending > 0 && keyspace.lazyFree.step(FREE_STEP)) isMore = true;
    keyspace.setTime(ports.clock.wallMilliseconds());
    if (this.#engine.memoryLimit.step()) isMore = true;
    if (this.#defragLeft > 0) {
      const goesOn = this.#engine.defragmentSome(Math.min(DEFRAG_STEP, this.#defragLeft));
      this.#defragLeft = goesOn ? this.#defragLeft - DEFRAG_STEP : 0;
      if (this.#defragLeft > 0) isMore = true;
    }
    if (isMore) this.wake();
  }

  /** `timeout`: closes clients that were silent too long, a part of them in each tick. */
  #closeIdle(now: number): void {
    const limit = this.#config.timeout * 1000;
    if (limit === 0) return;
    for (let looked = 0; looked < CLIENTS_PER_TICK; looked++) {
      this.#idleScan ??= this.#clients.connections()[Symbol.iterator]();
      const next = this.#idleScan.next();
      if (next.done === true) {
        this.#idleScan = undefined;
        return;
      }
      const connection = next.value;
      const { session } = connection;
      if (session.has(SESSION_BLOCKED | SESSION_REPLICA | SESSION_SUBSCRIBED)) continue;
      if (now - session.lastActiveAt <= limit) continue;
      this.#engine.ports.log.verbose('Closing idle client');
      connection.closeNow();
    }
  }
}
