/**
 * What the keyspace tells the rest of the server about changes. Every change of a key passes here,
 * whoever caused it (a command, expiry, eviction, a script, a primary), so listeners need no other
 * hook. Delivery is switched per kind: while nobody listens, a write pays one test of `active`.
 */
import type { Entry } from '../values/entry.ts';
import type { Database } from './database.ts';

/** Who is listening: bits of KeyspaceEvents.active. */
export const LISTEN_BEFORE = 1;
export const LISTEN_CHANGED = 2;
export const LISTEN_NOTIFY = 4;
export const LISTEN_ADDED = 8;

export interface KeyspaceListener {
  /** An entry is about to be changed, replaced or removed; it still holds the old value. */
  beforeChange?(database: Database, entry: Entry, hash: number): void;
  /** The value of a key was changed, made or removed; `byServer`: it expired or was evicted. */
  changed?(
    database: Database,
    bytes: Uint8Array,
    start: number,
    end: number,
    hash: number,
    byServer: boolean,
  ): void;
  /** A named event happened to a key (keyspace notifications). */
  notify?(
    database: Database,
    kind: number,
    event: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
  /** A key that was absent got a value: clients may be blocked on it. */
  added?(database: Database, entry: Entry, bytes: Uint8Array, start: number, end: number): void;
  /** A whole database was emptied (index), or all of them (-1). Told before the data is gone. */
  flushed?(database: number): void;
  /** Two databases changed places. */
  swapped?(first: number, second: number): void;
}

/** The listeners, by what they want to hear. */
export class KeyspaceEvents {
  /** LISTEN_* bits of what anybody wants to hear now. */
  active = 0;
  readonly #listeners: { listener: KeyspaceListener; wants: number }[] = [];

  /** Adds a listener; it hears the LISTEN_* kinds in `wants` (and always flushed and swapped). */
  add(listener: KeyspaceListener, wants: number): void {
    this.#listeners.push({ listener, wants });
    this.#update();
  }

  /** Changes what a listener wants to hear, e.g. when the first key is watched. */
  setWants(listener: KeyspaceListener, wants: number): void {
    for (const registration of this.#listeners)
      if (registration.listener === listener) registration.wants = wants;
    this.#update();
  }

  remove(listener: KeyspaceListener): void {
    const index = this.#listeners.findIndex((registration) => registration.listener === listener);
    if (index >= 0) this.#listeners.splice(index, 1);
    this.#update();
  }

  beforeChange(database: Database, entry: Entry, hash: number): void {
    for (const { listener, wants } of this.#listeners)
      if ((wants & LISTEN_BEFORE) !== 0) listener.beforeChange?.(database, entry, hash);
  }

  changed(
    database: Database,
    bytes: Uint8Array,
    start: number,
    end: number,
    hash: number,
    byServer = false,
  ): void {
    for (const { listener, wants } of this.#listeners)
      if ((wants & LISTEN_CHANGED) !== 0)
        listener.changed?.(database, bytes, start, end, hash, byServer);
  }

  notify(
    database: Database,
    kind: number,
    event: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    for (const { listener, wants } of this.#listeners)
      if ((wants & LISTEN_NOTIFY) !== 0)
        listener.notify?.(database, kind, event, bytes, start, end);
  }

  added(database: Database, entry: Entry, bytes: Uint8Array, start: number, end: number): void {
    for (const { listener, wants } of this.#listeners)
      if ((wants & LISTEN_ADDED) !== 0) listener.added?.(database, entry, bytes, start, end);
  }

  flushed(database: number): void {
    for (const { listener } of this.#listeners) listener.flushed?.(database);
  }

  swapped(first: number, second: number): void {
    for (const { listener } of this.#listeners) listener.swapped?.(first, second);
  }

  #update(): void {
    this.active = this.#listeners.reduce((all, { wants }) => all | wants, 0);
  }
}
