/**
 * `maxmemory-clients`: when what clients hold (buffers, queued commands, watched keys,
 * subscriptions) is more than the limit, those that hold most are disconnected until it is not.
 *
 * Between two measurements, which look at every client, a sum is kept up with those that report
 * that they grew; it may be too high, so nobody is disconnected without a measurement.
 */
import { clientBytes, clientLine, clientType } from '../command/client-line.ts';
import type { Session } from '../command/session.ts';
import type { Config } from '../config/config.ts';
import type { Engine } from '../engine.ts';
import type { Clients } from './clients.ts';
import type { Connection } from './connection.ts';

/** A limit below this would leave nobody connected to change it. */
const LEAST_LIMIT = 128 * 1024;
/** Milliseconds between two lines that tell that there is nobody left to disconnect. */
const WARNING_PERIOD_MS = 1000;

export class ClientEviction {
  readonly #engine: Engine;
  readonly #clients: Clients;
  readonly #config: Config;
  /** Bytes of all counted clients, as far as known. */
  #total = 0;
  #isScheduled = false;
  #warnedAt = 0;

  constructor(engine: Engine, clients: Clients, config: Config) {
    this.#engine = engine;
    this.#clients = clients;
    this.#config = config;
    config.onApply(['maxmemory-clients', 'maxmemory'], () => this.#schedule());
  }

  /** Bytes that all clients may hold together; 0: any number. */
  get #limit(): number {
    const { maxmemory, maxmemoryClients } = this.#config;
    // A negative number is percent of maxmemory.
    const limit = maxmemoryClients < 0 ? (-maxmemoryClients * maxmemory) / 100 : maxmemoryClients;
    return limit === 0 ? 0 : Math.max(limit, LEAST_LIMIT);
  }

  /** To be called with a client whose buffers or queue are long. */
  grew(connection: Connection): void {
    const limit = this.#limit;
    if (limit === 0 || !isCounted(connection.session)) return;
    this.#count(connection);
    if (this.#total >= limit) this.#schedule();
  }

  /** To be called when a client is gone. */
  gone(connection: Connection): void {
    this.#total -= connection.countedBytes;
    connection.countedBytes = 0;
  }

  /** Measures what clients hold, and disconnects the largest while it is too much. O(clients). */
  check(): void {
    const limit = this.#limit;
    if (limit === 0) return;
    this.#total = 0;
    for (const connection of this.#clients.connections()) {
      connection.countedBytes = 0;
      if (isCounted(connection.session)) this.#count(connection);
    }
    if (this.#total >= limit) this.#evictUntil(limit);
  }

  #count(connection: Connection): void {
    const bytes = clientBytes(connection.session);
    this.#total += bytes - connection.countedBytes;
    connection.countedBytes = bytes;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Behind the replies of this turn: what is sent needs no memory any more.
    setImmediate(() => {
      this.#isScheduled = false;
      this.check();
    });
  }

  #evictUntil(limit: number): void {
    const { log, statistics } = this.#engine.ports;
    const { now } = this.#engine.keyspace;
    const largestFirst = [...this.#clients.connections()]
      .filter(({ countedBytes, session }) => countedBytes > 0 && !session.noEvict)
      .toSorted((a, b) => b.countedBytes - a.countedBytes);
    for (const connection of largestFirst) {
      log.notice(`Evicting client: ${clientLine(connection.session, now)}`);
      statistics.evictedClients++;
      this.gone(connection);
      connection.closeNow();
      if (this.#total < limit) return;
    }
    if (now - this.#warnedAt < WARNING_PERIOD_MS) return;
    this.#warnedAt = now;
    log.warning('Over client maxmemory after evicting all evictable clients');
  }
}

/** Replicas and the primary have limits of their own. */
function isCounted(session: Session): boolean {
  const type = clientType(session);
  return type === 'normal' || type === 'pubsub';
}
