/**
 * WATCH: optimistic locking. A session that watches a key is marked when the key is changed, and its
 * EXEC then does nothing. While nobody watches, writes do not come here at all.
 */
import { latin1 } from '../bytes/text.ts';
import type { WatchRegistry } from '../command/ports.ts';
import { SESSION_WATCH_BROKEN, type Session } from '../command/session.ts';
import type { Database } from '../keyspace/database.ts';
import { LISTEN_CHANGED, type KeyspaceListener } from '../keyspace/events.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import { expiryOf } from '../values/entry.ts';

/** What a database holds under a key. */
const ABSENT = 0;
const LIVE = 1;
const EXPIRED = 2;
type KeyState = typeof ABSENT | typeof LIVE | typeof EXPIRED;

/** What watching a key takes besides the key: its places in two maps, and its name in both. */
const WATCH_BYTES = 300;

interface WatchedKey {
  readonly database: number;
  readonly key: Uint8Array;
  readonly hash: number;
  /** It had expired already when it was watched: its removal will be no change. */
  wasExpired: boolean;
}

export class Watches implements WatchRegistry, KeyspaceListener {
  readonly #keyspace: Keyspace;
  /** By database and key: who watches. */
  readonly #watchers = new Map<string, Set<Session>>();
  readonly #keys = new Map<Session, Map<string, WatchedKey>>();

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    keyspace.events.add(this, 0);
  }

  /** Number of sessions that watch keys. */
  get sessions(): number {
    return this.#keys.size;
  }

  watch(session: Session, bytes: Uint8Array, start: number, end: number, hash: number): void {
    const database = session.database.index;
    const name = nameOf(database, bytes, start, end);
    const own = this.#keys.get(session) ?? new Map<string, WatchedKey>();
    if (own.has(name)) return;
    const wasExpired = this.#isExpired(database, bytes, start, end, hash);
    own.set(name, { database, key: bytes.slice(start, end), hash, wasExpired });
    this.#keys.set(session, own);
    session.registeredBytes += WATCH_BYTES + end - start;
    const watchers = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, watchers.add(session));
    session.watchedKeys = own.size;
    this.#keyspace.events.setWants(this, LISTEN_CHANGED);
  }

  unwatchAll(session: Session): void {
    const own = this.#keys.get(session);
    if (own === undefined) return;
    for (const [name, { key }] of own) {
      session.registeredBytes -= WATCH_BYTES + key.length;
      const watchers = this.#watchers.get(name)!;
      watchers.delete(session);
      if (watchers.size === 0) this.#watchers.delete(name);
    }
    this.#keys.delete(session);
    session.watchedKeys = 0;
    if (this.#keys.size === 0) this.#keyspace.events.setWants(this, 0);
  }

  hasExpired(session: Session): boolean {
    for (const { database, key, hash, wasExpired } of this.#keys.get(session)?.values() ?? [])
      if (!wasExpired && this.#isExpired(database, key, 0, key.length, hash)) return true;
    return false;
  }

  changed(database: Database, bytes: Uint8Array, start: number, end: number, hash: number): void {
    const name = nameOf(database.index, bytes, start, end);
    const watchers = this.#watchers.get(name);
    if (watchers === undefined) return;
    const isGone = database.peek(bytes, start, end, hash) === 0;
    for (const session of watchers) {
      const watched = this.#keys.get(session)!.get(name)!;
      // A key that had expired already and is gone at last is no news; what comes next is.
      if (watched.wasExpired && isGone) watched.wasExpired = false;
      else this.#break(session);
    }
  }

  flushed(database: number): void {
    for (const [session, own] of this.#keys)
      for (const watched of own.values()) {
        if (database !== -1 && watched.database !== database) continue;
        if (this.#stateIn(watched.database, watched) === ABSENT) continue;
        if (!watched.wasExpired) {
          this.#break(session);
          break;
        }
        watched.wasExpired = false;
      }
  }

  swapped(first: number, second: number): void {
    if (first === second) return;
    for (const [session, own] of this.#keys)
      for (const watched of own.values()) {
        if (watched.database !== first && watched.database !== second) continue;
        const other = watched.database === first ? second : first;
        if (!this.#survivesSwap(watched, other)) {
          this.#break(session);
          break;
        }
      }
  }

  /**
   * Whether a watched key is the same to a client after its database got the contents it has now
   * and its old ones went to `other`: absent and expired are one to it.
   */
  #survivesSwap(watched: WatchedKey, other: number): boolean {
    const before = this.#stateIn(other, watched);
    const now = this.#stateIn(watched.database, watched);
    if (before === ABSENT && now === ABSENT) return true;
    const wasThere = before !== ABSENT && !watched.wasExpired;
    if (wasThere || now === LIVE) return false;
    watched.wasExpired = now === EXPIRED;
    return true;
  }

  /** Marks a session, which then has no more use for its watches. */
  #break(session: Session): void {
    session.set(SESSION_WATCH_BROKEN);
    this.unwatchAll(session);
  }

  #stateIn(database: number, { key, hash }: WatchedKey): KeyState {
    if (this.#isExpired(database, key, 0, key.length, hash)) return EXPIRED;
    const entry = this.#keyspace.databases[database].peek(key, 0, key.length, hash);
    return entry === 0 ? ABSENT : LIVE;
  }

  #isExpired(
    database: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    hash: number,
  ): boolean {
    const entry = this.#keyspace.databases[database].peek(bytes, start, end, hash);
    if (entry === 0) return false;
    const expiry = expiryOf(this.#keyspace.heap, entry);
    return expiry >= 0 && expiry < this.#keyspace.now;
  }
}

function nameOf(database: number, bytes: Uint8Array, start: number, end: number): string {
  return `${database}:${latin1(bytes, start, end)}`;
}
