/**
 * All data of a server: the heap, the numbered databases on it, and one instance of each value type.
 *
 * Time stands still between two calls of `setTime`: the executor calls it before a command, so that
 * a command sees one instant, whatever it does.
 */
import type { Random } from '../env/random.ts';
import { Dict } from '../memory/dict.ts';
import { Heap } from '../memory/heap.ts';
import { accessClockOf, type Entry, setAccessClock } from '../values/entry.ts';
import { ValueCodec } from '../rdb/value-codec.ts';
import { ObjectTable } from '../values/object-table.ts';
import type { ValueLimits } from '../values/limits.ts';
import { Values } from '../values/values.ts';
import { lruClock, newLfuClock, touchedLfuClock } from './access-clock.ts';
import { Database } from './database.ts';
import { KeyspaceEvents } from './events.ts';
import { FlushedDatabase } from './flushed-database.ts';
import { LazyFree } from './lazy-free.ts';

/** Values that take more steps to free than this are freed in slices, later. */
const FREE_AT_ONCE = 4096;

/**
 * What becomes of an expired key that is met: removed; only hidden (replicas wait for the primary's
 * DEL); or seen (a replica executing its primary's commands).
 */
export type ExpiryMode = 'remove' | 'hide' | 'ignore';

/** Told of every read that counts as a use of a key. */
export interface ReadListener {
  read(database: Database, entry: Entry, hash: number): void;
}

/** Measures how long it takes to free what the server removes by itself. */
export interface RemovalTimer {
  begin(): number;
  end(event: string, began: number): void;
}

export class Keyspace {
  readonly heap = new Heap();
  readonly objects = new ObjectTable();
  readonly events = new KeyspaceEvents();
  readonly lazyFree = new LazyFree();
  readonly values: Values;
  /** Values as bytes, for DUMP, RESTORE and files. */
  readonly codec: ValueCodec;
  readonly databases: Database[];
  readonly random: Random;

  /** The instant of the current command, milliseconds since the epoch. */
  now = 0;
  expiryMode: ExpiryMode = 'remove';
  /** Expired keys are kept while a file is loaded: it decides what is there. */
  loading = false;
  /** Set by the client's NO-TOUCH: look-ups leave the access clock alone. */
  keepClocks = false;

  /** Changes since the last save. */
  dirty = 0;
  hits = 0;
  misses = 0;
  expiredKeys = 0;
  evictedKeys = 0;

  /** Parameters of the LFU policies. */
  lfuLogFactor = 10;
  lfuDecayMinutes = 1;

  /**
   * Under LFU without a memory limit the real server lets all keys share the small integers it made
   * when it began. We share nothing, but a new key begins with the clock of such an integer.
   */
  smallIntegerClock: number | undefined;

  /** Told of keys removed by expiry and eviction, to pass a DEL on. Set by the effect log. */
  propagateRemoval:
    | ((database: Database, key: Uint8Array, isEviction: boolean) => void)
    | undefined;

  removalTimer: RemovalTimer | undefined;

  #lruClock = 0;
  #lfu = false;
  #readListener: ReadListener | undefined;
  /** Whether a read is more than noting the time: one test for all that may be switched on. */
  #readsSpecially = false;

  constructor(databaseCount: number, limits: ValueLimits, random: Random) {
    this.random = random;
    this.values = new Values(this.heap, this.objects, limits, random);
    this.codec = new ValueCodec(this.heap, this.objects, limits, random);
    this.databases = [];
    for (let i = 0; i < databaseCount; i++) this.databases.push(new Database(this, i));
  }

  /** Whether the policy is an LFU one. */
  get lfu(): boolean {
    return this.#lfu;
  }

  set lfu(isOn: boolean) {
    this.#lfu = isOn;
    this.#readsSpecially = isOn || this.#readListener !== undefined;
  }

  set readListener(listener: ReadListener | undefined) {
    this.#readListener = listener;
    this.#readsSpecially = this.#lfu || listener !== undefined;
  }

  /** Sets what INFO counts back to zero. */
  resetStatistics(): void {
    this.hits = 0;
    this.misses = 0;
    this.expiredKeys = 0;
    this.evictedKeys = 0;
    this.lazyFree.resetStatistics();
  }

  /** Freezes time at this instant (milliseconds since the epoch). */
  setTime(now: number): void {
    if (now === this.now) return;
    this.now = now;
    this.#lruClock = lruClock(now);
  }

  /** Notes an access in the entry's clock. */
  touch(entry: Entry): void {
    if (this.keepClocks) return;
    const { heap } = this;
    const clock = accessClockOf(heap, entry);
    if (this.#lfu) {
      const touched = touchedLfuClock(
        clock,
        this.now,
        this.lfuDecayMinutes,
        this.lfuLogFactor,
        this.random,
      );
      setAccessClock(heap, entry, touched);
    } else if (clock !== this.#lruClock) setAccessClock(heap, entry, this.#lruClock);
  }

  /** `touch` for a read of an entry of a database. */
  touchRead(database: Database, entry: Entry, hash: number): void {
    if (this.keepClocks) return;
    if (this.#readsSpecially) {
      this.#readListener?.read(database, entry, hash);
      this.touch(entry);
    } else if (accessClockOf(this.heap, entry) !== this.#lruClock)
      setAccessClock(this.heap, entry, this.#lruClock);
  }

  /** Gives a new entry the clock of one used now. */
  initializeClock(entry: Entry): void {
    setAccessClock(this.heap, entry, this.#lfu ? this.#newLfuClock(entry) : this.#lruClock);
  }

  #newLfuClock(entry: Entry): number {
    const { smallIntegerClock } = this;
    if (smallIntegerClock !== undefined && this.values.strings.isSmallInteger(entry))
      return smallIntegerClock;
    return newLfuClock(this.now);
  }

  /** Gives an entry that replaces another the clock it would have, had it been overwritten. */
  inheritClock(old: Entry, entry: Entry): void {
    setAccessClock(this.heap, entry, this.#lfu ? accessClockOf(this.heap, old) : this.#lruClock);
  }

  /** Frees an entry that no database holds any more, with its value; large ones in slices. */
  freeEntry(entry: Entry): void {
    const large = this.values.release(entry);
    this.heap.free(entry);
    if (large !== undefined && (large.freeEffort > FREE_AT_ONCE || !large.freeSome(FREE_AT_ONCE)))
      this.lazyFree.add(large);
  }

  /**
   * Empties a database at once, after telling listeners; its memory is given back in slices
   * (`lazyFree`). Returns how many keys it had.
   */
  flush(index: number): number {
    this.events.flushed(index);
    return this.#empty(index);
  }

  /** Empties all databases; like `flush`. */
  flushAll(): number {
    this.events.flushed(-1);
    let count = 0;
    for (let index = 0; index < this.databases.length; index++) count += this.#empty(index);
    return count;
  }

  #empty(index: number): number {
    const database = this.databases[index];
    const count = database.size;
    if (count === 0) return 0;
    const flushed = new FlushedDatabase(this.heap, this.values, database.keys, database.expires);
    database.keys = new Dict(this.heap);
    database.expires = new Dict(this.heap);
    database.averageTtl = 0;
    database.expiryCursor = 0;
    if (count > FREE_AT_ONCE || !flushed.freeSome(FREE_AT_ONCE)) this.lazyFree.add(flushed);
    return count;
  }

  /** Exchanges the contents of two databases. Objects keep their index, clients their database. */
  swap(first: number, second: number): void {
    const a = this.databases[first];
    const b = this.databases[second];
    [a.keys, b.keys] = [b.keys, a.keys];
    [a.expires, b.expires] = [b.expires, a.expires];
    [a.averageTtl, b.averageTtl] = [b.averageTtl, a.averageTtl];
    [a.expiryCursor, b.expiryCursor] = [b.expiryCursor, a.expiryCursor];
    this.events.swapped(first, second);
  }
}
