/**
 * One numbered database: keys with their entries, and the subset of entries that expire.
 *
 * Both dicts hold refs of the same entry blocks under the same hash, so a key's bytes are stored
 * once. A database owns its entries: everything that replaces, moves or removes one goes through
 * here. All keys are byte ranges with their hash (bytes/hash.ts), which the caller computes
 * once per request.
 *
 * Writing code calls `find…` first, then changes the value, then `modified`, which is where
 * listeners learn of it; `lookupWrite` has told them before (events.ts).
 */
import { hashBytes } from '../bytes/hash.ts';
import { copyBytes } from '../bytes/text.ts';
import { NOTIFY_EXPIRED, NOTIFY_KEY_MISS, NOTIFY_NEW } from '../config/notify-classes.ts';
import { Dict } from '../memory/dict.ts';
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap } from '../memory/heap.ts';
import {
  type Entry,
  exactExpiryOf,
  expiryOf,
  hasExpiry,
  keyLength,
  keyOffset,
  withExpiry,
  withoutExpiry,
} from '../values/entry.ts';
import { LISTEN_ADDED, LISTEN_BEFORE, LISTEN_CHANGED, LISTEN_NOTIFY } from './events.ts';
import type { Keyspace } from './keyspace.ts';

export class Database {
  /** Changes with SWAPDB. */
  index: number;
  keys: Dict;
  expires: Dict;
  /** Sum and number of TTLs sampled by the expiry cycle: what INFO calls avg_ttl. Milliseconds. */
  averageTtl = 0;
  /** Where the expiry cycle goes on. */
  expiryCursor = 0;
  readonly #keyspace: Keyspace;
  readonly #heap: Heap;

  constructor(keyspace: Keyspace, index: number) {
    this.#keyspace = keyspace;
    this.#heap = keyspace.heap;
    this.index = index;
    this.keys = new Dict(this.#heap);
    this.expires = new Dict(this.#heap);
  }

  get size(): number {
    return this.keys.size;
  }

  /** The entry of a key as it is, expired or not; nothing is counted or touched. */
  peek(bytes: Uint8Array, start: number, end: number, hash: number): Entry {
    return this.keys.find(bytes, start, end, hash);
  }

  /**
   * The live entry of a key, or 0. An expired one is removed (on a replica: only hidden). Counts
   * neither hit nor miss, and leaves the access clock.
   */
  find(bytes: Uint8Array, start: number, end: number, hash: number): Entry {
    const entry = this.keys.find(bytes, start, end, hash);
    if (entry !== 0 && hasExpiry(this.#heap, entry) && this.#expireIfDue(entry, hash)) return 0;
    return entry;
  }

  /** `find` for a command that reads: counts hit or miss and touches the access clock. */
  lookupRead(bytes: Uint8Array, start: number, end: number, hash: number): Entry {
    const keyspace = this.#keyspace;
    const entry = this.find(bytes, start, end, hash);
    if (entry === 0) {
      keyspace.misses++;
      if ((keyspace.events.active & LISTEN_NOTIFY) !== 0)
        keyspace.events.notify(this, NOTIFY_KEY_MISS, 'keymiss', bytes, start, end);
      return 0;
    }
    keyspace.hits++;
    keyspace.touchRead(this, entry, hash);
    return entry;
  }

  /** `find` for a command that may change the value: touches the clock and tells listeners before. */
  lookupWrite(bytes: Uint8Array, start: number, end: number, hash: number): Entry {
    const entry = this.find(bytes, start, end, hash);
    if (entry === 0) return 0;
    const keyspace = this.#keyspace;
    keyspace.touch(entry);
    if ((keyspace.events.active & LISTEN_BEFORE) !== 0)
      keyspace.events.beforeChange(this, entry, hash);
    return entry;
  }

  /**
   * Adds a new entry for an absent key. The database owns the block from here on. Throws HeapFull, and
   * then the block is still the caller's.
   */
  add(entry: Entry, hash: number): void {
    this.place(entry, hash);
    this.tellAdded(entry);
  }

  /**
   * The first half of `add`, for a command that has something else to change, or to tell, before it
   * tells of the new key by `tellAdded`.
   */
  place(entry: Entry, hash: number): void {
    this.#keyspace.initializeClock(entry);
    this.#insert(entry, hash);
  }

  /** Adds an entry that was `detach`ed elsewhere, or one that stands for it under another key. */
  adopt(entry: Entry, hash: number): void {
    this.#insert(entry, hash);
    this.tellAdded(entry);
  }

  /** Tells of a new key. */
  tellAdded(entry: Entry): void {
    const { events } = this.#keyspace;
    if ((events.active & (LISTEN_ADDED | LISTEN_NOTIFY)) === 0) return;
    const memory = this.#heap.bytes[entry >>> SEGMENT_SHIFT];
    const start = ((entry & GRANULE_MASK) << 3) + keyOffset(this.#heap, entry);
    const end = start + keyLength(this.#heap, entry);
    if ((events.active & LISTEN_ADDED) !== 0) events.added(this, entry, memory, start, end);
    if ((events.active & LISTEN_NOTIFY) !== 0)
      events.notify(this, NOTIFY_NEW, 'new', memory, start, end);
  }

  /**
   * Puts a new entry of the same key, made without expiry, in the place of `old`, which is freed
   * with its value. With `keepExpiry` it inherits the old expiry. Returns the entry, which may have
   * moved. Does not count as added: as in the real server, clients that wait for a key are not
   * woken by what overwrites it.
   */
  replace(old: Entry, entry: Entry, hash: number, keepExpiry: boolean): Entry {
    const heap = this.#heap;
    let placed = entry;
    if (hasExpiry(heap, old)) {
      if (keepExpiry) {
        placed = withExpiry(heap, entry, exactExpiryOf(heap, old));
        this.expires.replace(old, placed, hash);
      } else this.expires.remove(old, hash);
    }
    this.keys.replace(old, placed, hash);
    this.#keyspace.inheritClock(old, placed);
    this.#keyspace.freeEntry(old);
    return placed;
  }

  /** Takes note that an entry's block moved, its key and expiry being the same. */
  moved(old: Entry, entry: Entry, hash: number): void {
    if (old === entry) return;
    this.keys.replace(old, entry, hash);
    if (hasExpiry(this.#heap, entry)) this.expires.replace(old, entry, hash);
  }

  /** Sets when an entry expires, or throws HeapFull; returns the entry, which may have moved. */
  setExpiry(entry: Entry, hash: number, time: number | bigint): Entry {
    if (hasExpiry(this.#heap, entry)) return withExpiry(this.#heap, entry, time);
    this.expires.insert(entry, hash);
    let placed: Entry;
    try {
      placed = withExpiry(this.#heap, entry, time);
    } catch (error) {
      this.expires.remove(entry, hash);
      throw error;
    }
    this.expires.replace(entry, placed, hash);
    this.keys.replace(entry, placed, hash);
    return placed;
  }

  /** Makes an entry stay; returns the entry, which may have moved. */
  clearExpiry(entry: Entry, hash: number): Entry {
    if (!hasExpiry(this.#heap, entry)) return entry;
    const placed = withoutExpiry(this.#heap, entry);
    this.expires.remove(entry, hash);
    if (placed !== entry) this.keys.replace(entry, placed, hash);
    return placed;
  }

  /** Takes an entry out and frees it with its value (large values in slices, later). */
  remove(entry: Entry, hash: number): void {
    this.detach(entry, hash);
    this.#keyspace.freeEntry(entry);
  }

  /** Takes an entry out; the block and its value become the caller's. */
  detach(entry: Entry, hash: number): void {
    if (hasExpiry(this.#heap, entry)) this.expires.remove(entry, hash);
    this.keys.remove(entry, hash);
  }

  /**
   * Tells that the value of a key was changed, made or removed by a command, and names the event.
   * Counts one change for save points and propagation.
   */
  modified(
    bytes: Uint8Array,
    start: number,
    end: number,
    hash: number,
    kind: number,
    event: string,
  ): void {
    const keyspace = this.#keyspace;
    keyspace.dirty++;
    const { events } = keyspace;
    if (events.active === 0) return;
    if ((events.active & LISTEN_CHANGED) !== 0) events.changed(this, bytes, start, end, hash);
    if ((events.active & LISTEN_NOTIFY) !== 0) events.notify(this, kind, event, bytes, start, end);
  }

  /**
   * Tells that the value of a key was changed, and neither counts nor names it: for commands that
   * change two keys in one step.
   */
  changed(bytes: Uint8Array, start: number, end: number, hash: number): void {
    const { events } = this.#keyspace;
    if ((events.active & LISTEN_CHANGED) !== 0) events.changed(this, bytes, start, end, hash);
  }

  /** Names another event of a change that `modified` told already. */
  notify(bytes: Uint8Array, start: number, end: number, kind: number, event: string): void {
    const { events } = this.#keyspace;
    if ((events.active & LISTEN_NOTIFY) !== 0) events.notify(this, kind, event, bytes, start, end);
  }

  /** Removes an expired entry for good: statistics, notification, propagation. */
  expire(entry: Entry, hash: number): void {
    const keyspace = this.#keyspace;
    const key = this.#removeByServer(entry, hash, 'expire-del');
    keyspace.events.notify(this, NOTIFY_EXPIRED, 'expired', key, 0, key.length);
    keyspace.events.changed(this, key, 0, key.length, hash, true);
    keyspace.propagateRemoval?.(this, key, false);
    keyspace.expiredKeys++;
  }

  /** Removes an entry to make room: statistics, notification, propagation. */
  evict(entry: Entry, hash: number, kind: number): void {
    const keyspace = this.#keyspace;
    const key = this.#removeByServer(entry, hash, 'eviction-del');
    keyspace.events.changed(this, key, 0, key.length, hash, true);
    keyspace.events.notify(this, kind, 'evicted', key, 0, key.length);
    keyspace.propagateRemoval?.(this, key, true);
    keyspace.evictedKeys++;
  }

  /** The hash of an entry's key. O(key). */
  hashOf(entry: Entry): number {
    const start = ((entry & GRANULE_MASK) << 3) + keyOffset(this.#heap, entry);
    const end = start + keyLength(this.#heap, entry);
    return hashBytes(this.#heap.bytes[entry >>> SEGMENT_SHIFT], start, end);
  }

  /** A copy of an entry's key. */
  keyOf(entry: Entry): Uint8Array {
    const length = keyLength(this.#heap, entry);
    const key = new Uint8Array(length);
    const from = ((entry & GRANULE_MASK) << 3) + keyOffset(this.#heap, entry);
    copyBytes(key, 0, this.#heap.bytes[entry >>> SEGMENT_SHIFT], from, from + length);
    return key;
  }

  /** Puts an entry into the tables: into both, or, when memory runs out, into none. */
  #insert(entry: Entry, hash: number): void {
    this.keys.insert(entry, hash);
    if (!hasExpiry(this.#heap, entry)) return;
    try {
      this.expires.insert(entry, hash);
    } catch (error) {
      this.keys.remove(entry, hash);
      throw error;
    }
  }

  #expireIfDue(entry: Entry, hash: number): boolean {
    const keyspace = this.#keyspace;
    if (expiryOf(this.#heap, entry) >= keyspace.now || keyspace.loading) return false;
    if (keyspace.expiryMode === 'hide') return true;
    if (keyspace.expiryMode === 'ignore') return false;
    this.expire(entry, hash);
    return true;
  }

  /**
   * Removes an entry on the server's own account, and returns its key. No change is counted: what
   * expires or is evicted needs no save point.
   */
  #removeByServer(entry: Entry, hash: number, event: string): Uint8Array {
    const { events, removalTimer } = this.#keyspace;
    if ((events.active & LISTEN_BEFORE) !== 0) events.beforeChange(this, entry, hash);
    const key = this.keyOf(entry);
    const began = removalTimer?.begin() ?? 0;
    this.remove(entry, hash);
    if (began !== 0) removalTimer!.end(event, began);
    return key;
  }
}
