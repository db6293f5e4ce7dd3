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
    const watchers = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, watchers.add(session));
    session.watchedKeys = own.size;
    this.#keyspace.events.setWants(this, LISTEN_CHANGED);
  }

  unwatchAll(session: Session): void {
    const own = this.#keys.get(session);
    if (own === undefined) return;
    for (const name of own.keys()) {
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
    for (const session of this.#watchers.get(name) ?? []) {
      const watched = this.#keys.get(session)!.get(name)!;
      if (watched.wasExpired && database.peek(bytes, start, end, hash) === 0) {
        // It is gone at last, which is no news; what comes next is.
        watched.wasExpired = false;
      } else session.set(SESSION_WATCH_BROKEN);
    }
  }

  flushed(database: number): void {
    this.#breakWhere(database, (watched) => this.#exists(watched.database, watched));
  }

  swapped(first: number, second: number): void {
    const changes = (watched: WatchedKey): boolean =>
      this.#exists(first, watched) || this.#exists(second, watched);
    this.#breakWhere(first, changes);
    this.#breakWhere(second, changes);
  }

  /** Marks the watchers of keys of a database (-1: of any) that meet the condition. */
  #breakWhere(database: number, condition: (watched: WatchedKey) => boolean): void {
    for (const [session, own] of this.#keys)
      for (const watched of own.values())
        if ((database === -1 || watched.database === database) && condition(watched))
          session.set(SESSION_WATCH_BROKEN);
  }

  #exists(database: number, { key, hash }: WatchedKey): boolean {
    return this.#keyspace.databases[database].peek(key, 0, key.length, hash) !== 0;
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
    return expiry >= 0 && expiry <= this.#keyspace.now;
  }
}

function nameOf(database: number, bytes: Uint8Array, start: number, end: number): string {
  return `${database}:${latin1(bytes, start, end)}`;
}
