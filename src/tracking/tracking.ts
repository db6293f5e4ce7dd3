/**
 * Client-side caching: tells clients which of the keys they have read are no longer as they were.
 *
 * A key that a tracking client reads is remembered for it (tracking-table.ts) until it changes; the
 * client is told then, once, and the key is forgotten. Broadcasting clients are told at the end of the
 * turn what changed among the keys they asked for (broadcasts.ts).
 *
 * Invalidations (invalidations.ts) leave at once, but for those a client causes itself: these follow
 * its reply, at the end of the unit.
 *
 * The keyspace reports here only while there are clients that have tracked. O(clients of the key)
 * for a change.
 */
import { hashBytes } from '../bytes/hash.ts';
import type { CommandContext } from '../command/context.ts';
import { CMD_READONLY } from '../command/flags.ts';
import { extractKeys, KeyPositions, type RequestView } from '../command/key-extraction.ts';
import type { ClientDirectory, SessionEvents } from '../command/ports.ts';
import { SESSION_CACHING, SESSION_TRACKING, type Session } from '../command/session.ts';
import type { Command } from '../command/spec.ts';
import {
  TRACK_BROADCAST,
  TRACK_NO_LOOP,
  TRACK_OPT_IN,
  TRACK_OPT_OUT,
  type TrackingPort,
} from '../command/tracking.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../keyspace/database.ts';
import { type KeyspaceListener, LISTEN_CHANGED } from '../keyspace/events.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import { HeapFull } from '../memory/heap.ts';
import { Broadcasts, type Subject } from './broadcasts.ts';
import { Invalidations } from './invalidations.ts';
import { TrackingTable } from './tracking-table.ts';

/** What tracking needs of the executor. */
interface Units {
  readonly context: CommandContext;
  readonly gates: {
    add(guard: { check(): undefined }): number;
    set(bit: number, on: boolean): void;
  };
  unitWork: boolean;
  onUnitEnd(work: () => void): void;
}

/** An invalidation that waits for the end of its client's unit; without key: of everything. */
interface Own {
  readonly session: Session;
  readonly key: Uint8Array | undefined;
}

/** Keys taken out of a table that is too large before one request, and more each time it still is. */
const EVICTED_AT_ONCE = 100;

export class Tracking implements TrackingPort, KeyspaceListener {
  /** Called when `endTurn` is due at the end of the present turn of the event loop. */
  wake: (() => void) | undefined;
  readonly #keyspace: Keyspace;
  readonly #clients: ClientDirectory;
  readonly #config: Config;
  readonly #table: TrackingTable;
  readonly #broadcasts = new Broadcasts();
  /** By id: connected sessions that have tracked. Keys may be remembered for them. */
  readonly #known = new Map<number, Session>();
  readonly #positions = new KeyPositions();
  readonly #invalidations: Invalidations;
  #own: Own[] = [];
  #count = 0;
  #units!: Units;
  #limitBit = 0;
  /** How often in a row the table was found too large. */
  #exceeded = 0;
  #isAwake = false;

  constructor(
    keyspace: Keyspace,
    clients: ClientDirectory,
    sessions: SessionEvents,
    config: Config,
  ) {
    this.#keyspace = keyspace;
    this.#clients = clients;
    this.#config = config;
    this.#table = new TrackingTable(keyspace.heap, keyspace.lazyFree);
    this.#invalidations = new Invalidations(clients);
    keyspace.events.add(this, 0);
    sessions.onReset((session) => this.#forget(session));
    config.onApply(['tracking-table-max-keys'], () => this.#followLimit());
  }

  /** Connects with the executor. Call once. */
  attach(units: Units): void {
    this.#units = units;
    this.#limitBit = units.gates.add(this);
    units.onUnitEnd(() => this.#sendOwn());
  }

  get clients(): number {
    return this.#count;
  }

  get keys(): number {
    return this.#table.size;
  }

  get items(): number {
    return this.#table.items;
  }

  get prefixes(): number {
    return this.#broadcasts.size;
  }

  prefixesOf(session: Session): readonly string[] {
    return [...this.#broadcasts.prefixesOf(session)].toSorted();
  }

  start(session: Session, modes: number, redirectTo: number, prefixes: readonly string[]): void {
    if (!session.has(SESSION_TRACKING)) this.#count++;
    session.set(SESSION_TRACKING);
    session.trackingModes = modes;
    session.redirectTo = redirectTo;
    if ((modes & TRACK_BROADCAST) !== 0)
      for (const prefix of prefixes.length === 0 ? [''] : prefixes)
        this.#broadcasts.subscribe(session, prefix);
    this.#known.set(session.id, session);
    this.#keyspace.events.setWants(this, LISTEN_CHANGED);
    this.#followLimit();
  }

  stop(session: Session): void {
    if (!session.has(SESSION_TRACKING)) return;
    this.#count--;
    session.clear(SESSION_TRACKING | SESSION_CACHING);
    session.trackingModes = 0;
    this.#broadcasts.unsubscribeAll(session);
    this.#followLimit();
  }

  ran(session: Session, command: Command, request: RequestView): void {
    // What a script reads is remembered as it is read.
    if ((command.flags & CMD_READONLY) !== 0 && command.spec.group !== 'scripting')
      this.remember(session, command, request);
  }

  remember(session: Session, command: Command, request: RequestView): void {
    const modes = session.trackingModes;
    if ((modes & TRACK_BROADCAST) !== 0) return;
    const isCachingSaid = session.has(SESSION_CACHING);
    if ((modes & TRACK_OPT_IN) !== 0 && !isCachingSaid) return;
    if ((modes & TRACK_OPT_OUT) !== 0 && isCachingSaid) return;
    const positions = this.#positions;
    const count = extractKeys(command, request, positions);
    const { bytes, offsets, first } = request;
    for (let i = 0; i < count; i++) {
      const at = first + positions.positions[i] * 2;
      this.#rememberKey(session, bytes, offsets[at], offsets[at + 1]);
    }
    if (this.#isOverLimit) this.#followLimit();
  }

  changed(
    _database: Database,
    bytes: Uint8Array,
    start: number,
    end: number,
    hash: number,
    byServer = false,
  ): void {
    if (this.#broadcasts.size > 0) this.#noteBroadcast(bytes, start, end, byServer);
    if (this.#table.size > 0 && this.#table.take(bytes, start, end, hash))
      this.#invalidate(bytes, start, end, this.#units.context.client);
  }

  flushed(): void {
    if (this.#count > 0) {
      for (const session of this.#clients.all()) {
        if (!session.has(SESSION_TRACKING)) continue;
        if (session === this.#units.context.client) this.#addOwn(session, undefined);
        else this.#invalidations.sendNull(session);
      }
    }
    this.#table.clear();
    this.#followLimit();
  }

  /** Tells broadcasting clients what has changed, and goes on with a table that is too large. */
  endTurn(): void {
    this.#isAwake = false;
    for (const subject of this.#broadcasts.take()) {
      this.#broadcast(subject);
      subject.changes.clear();
    }
    if (this.#isOverLimit) this.check();
  }

  /** Before a request, while the table is too large: invalidates some keys chosen at random. */
  check(): undefined {
    this.#exceeded++;
    for (let i = EVICTED_AT_ONCE * this.#exceeded; i > 0 && this.#isOverLimit; i--) {
      const key = this.#table.takeRandom(this.#keyspace.random);
      this.#invalidate(key, 0, key.length, undefined);
    }
    this.#followLimit();
  }

  #forget(session: Session): void {
    this.stop(session);
    const isConnected = this.#clients.byId(session.id) !== undefined;
    if (isConnected || !this.#known.delete(session.id) || this.#known.size > 0) return;
    // Nobody is left that anything could be remembered for.
    this.#table.clear();
    this.#keyspace.events.setWants(this, 0);
  }

  get #isOverLimit(): boolean {
    const { trackingTableMaxKeys: most } = this.#config;
    return most !== 0 && this.#table.size > most;
  }

  #followLimit(): void {
    const isOver = this.#isOverLimit && this.#count > 0;
    if (isOver) this.#awake();
    else this.#exceeded = 0;
    this.#units.gates.set(this.#limitBit, isOver);
  }

  #awake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.wake?.();
  }

  #rememberKey(session: Session, bytes: Uint8Array, start: number, end: number): void {
    try {
      this.#table.add(session.id, bytes, start, end, hashBytes(bytes, start, end));
    } catch (error) {
      if (!(error instanceof HeapFull)) throw error;
      // A key that cannot be remembered must not be kept.
      this.#addOwn(session, bytes.slice(start, end));
    }
  }

  /** Tells the clients in `table.ids` of a change that `client` has made. */
  #invalidate(bytes: Uint8Array, start: number, end: number, client: Session | undefined): void {
    const others: Session[] = [];
    for (const id of this.#table.ids) {
      const session = this.#known.get(id);
      if (session === undefined || !session.has(SESSION_TRACKING)) continue;
      const modes = session.trackingModes;
      if ((modes & TRACK_BROADCAST) !== 0) continue;
      if (session !== client) others.push(session);
      else if ((modes & TRACK_NO_LOOP) === 0) this.#addOwn(session, bytes.slice(start, end));
    }
    if (others.length > 0) this.#invalidations.sendKey(others, bytes, start, end);
  }

  #addOwn(session: Session, key: Uint8Array | undefined): void {
    this.#own.push({ session, key });
    this.#units.unitWork = true;
  }

  #sendOwn(): void {
    if (this.#own.length === 0) return;
    const own = this.#own;
    this.#own = [];
    for (const { session, key } of own)
      if (key === undefined) this.#invalidations.sendNull(session);
      else this.#invalidations.sendKey([session], key, 0, key.length);
  }

  #noteBroadcast(bytes: Uint8Array, start: number, end: number, byServer: boolean): void {
    const by = byServer ? undefined : this.#units.context.session;
    if (this.#broadcasts.note(bytes, start, end, by)) this.#awake();
  }

  #broadcast({ changes, sessions }: Subject): void {
    const keys = [...changes.keys()].toSorted();
    const others: Session[] = [];
    for (const session of sessions) {
      if ((session.trackingModes & TRACK_NO_LOOP) === 0) {
        others.push(session);
        continue;
      }
      const unknown = keys.filter((key) => changes.get(key) !== session);
      if (unknown.length > 0) this.#invalidations.sendKeys([session], unknown);
    }
    this.#invalidations.sendKeys(others, keys);
  }
}
