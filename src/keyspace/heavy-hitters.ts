/**
 * The most frequent keys of a stream of accesses, in bounded memory: the Space-Saving algorithm of
 * Metwally, Agrawal and El Abbadi ("Efficient Computation of Frequent and Top-k Elements in Data
 * Streams", ICDT 2005).
 *
 * There are `capacity` counters. An access to a key that has one adds to it; another key takes the
 * least counter over, with its count, which is then by how much the new key's may be too high. So a
 * count is never too low, is too high by its `excess` at most, and with n accesses every key that got
 * more than n / capacity of them has a counter.
 *
 * Counters stand in a heap by count, and in a hash table by key. An access is O(1) for keys that keep
 * their place, O(log capacity) at worst, and allocates nothing.
 *
 * A key is its database, length, hash and first KEPT_BYTES bytes; keys that agree in these count as
 * one.
 */
import { copyBytes, equalsBytes } from '../bytes/text.ts';

/** Bytes of a key that are kept. */
const KEPT_BYTES = 128;

/** A key and how often it was used. */
export interface HeavyHitter {
  readonly database: number;
  /** The first bytes of the key. */
  readonly key: Uint8Array;
  /** Length of the whole key. */
  readonly length: number;
  /** Accesses, and by how many that may be too high. */
  readonly count: number;
  readonly excess: number;
  /** Accesses a second, in the last period. */
  readonly perSecond: number;
}

export class HeavyHitters {
  readonly capacity: number;
  /** All accesses that were counted. */
  total = 0;
  #used = 0;
  readonly #counts: Float64Array;
  readonly #excess: Float64Array;
  /** Counts when the present period began, or when the counter got its key. */
  readonly #bases: Float64Array;
  readonly #rates: Float64Array;
  readonly #hashes: Int32Array;
  readonly #databases: Int32Array;
  readonly #lengths: Int32Array;
  readonly #keys: Uint8Array;
  /** Counters in heap order, the least count first; and where each counter stands there. */
  readonly #heap: Int32Array;
  readonly #places: Int32Array;
  /** Counter + 1 by hash, with linear probing; 0 is empty. */
  readonly #table: Int32Array;
  readonly #mask: number;

  /** `capacity`: counters, at least 1. */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#counts = new Float64Array(capacity);
    this.#excess = new Float64Array(capacity);
    this.#bases = new Float64Array(capacity);
    this.#rates = new Float64Array(capacity);
    this.#hashes = new Int32Array(capacity);
    this.#databases = new Int32Array(capacity);
    this.#lengths = new Int32Array(capacity);
    this.#keys = new Uint8Array(capacity * KEPT_BYTES);
    this.#heap = new Int32Array(capacity);
    this.#places = new Int32Array(capacity);
    const slots = 2 ** Math.ceil(Math.log2(capacity * 4));
    this.#table = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  /** Bytes this takes. */
  get bytesUsed(): number {
    const perCounter = 4 * 8 + 5 * 4 + KEPT_BYTES;
    return this.capacity * perCounter + this.#table.byteLength;
  }

  /** Counts an access to the key `bytes[start, end)` of a database; `hash` is the key's. */
  count(database: number, hash: number, bytes: Uint8Array, start: number, end: number): void {
    this.total++;
    const table = this.#table;
    const mask = this.#mask;
    let slot = hash & mask;
    for (let found = table[slot]!; found !== 0; found = table[slot]!) {
      const counter = found - 1;
      if (this.#hashes[counter] === hash && this.#isKey(counter, database, bytes, start, end)) {
        this.#counts[counter]!++;
        this.#sink(this.#places[counter]!);
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.#take(database, hash, bytes, start, end);
  }

  /** Ends a period of so many seconds: from now on `perSecond` tells what it was in this one. */
  endPeriod(seconds: number): void {
    for (let counter = 0; counter < this.#used; counter++) {
      this.#rates[counter] = (this.#counts[counter]! - this.#bases[counter]!) / seconds;
      this.#bases[counter] = this.#counts[counter]!;
    }
  }

  /** The `most` keys with the highest figure, in descending order. O(capacity log capacity). */
  top(most: number, by: 'count' | 'perSecond'): readonly HeavyHitter[] {
    const figures = by === 'count' ? this.#counts : this.#rates;
    const counters = [...this.#heap.subarray(0, this.#used)].filter((one) => figures[one]! > 0);
    counters.sort((one, other) => figures[other]! - figures[one]! || one - other);
    return counters.slice(0, most).map((counter) => this.#hitter(counter));
  }

  /** Forgets everything. */
  clear(): void {
    this.#used = 0;
    this.total = 0;
    this.#table.fill(0);
  }

  #hitter(counter: number): HeavyHitter {
    const length = this.#lengths[counter]!;
    const at = counter * KEPT_BYTES;
    return {
      database: this.#databases[counter]!,
      key: this.#keys.slice(at, at + Math.min(length, KEPT_BYTES)),
      length,
      count: this.#counts[counter]!,
      excess: this.#excess[counter]!,
      perSecond: this.#rates[counter]!,
    };
  }

  #isKey(
    counter: number,
    database: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const length = end - start;
    if (this.#databases[counter] !== database || this.#lengths[counter] !== length) return false;
    const at = counter * KEPT_BYTES;
    const kept = Math.min(length, KEPT_BYTES);
    return equalsBytes(this.#keys, at, at + kept, bytes, start, start + kept);
  }

  /** Gives a key a counter: a new one, or the least. */
  #take(database: number, hash: number, bytes: Uint8Array, start: number, end: number): void {
    let counter: number;
    let least = 0;
    if (this.#used < this.capacity) {
      counter = this.#used++;
      this.#heap[counter] = counter;
      this.#places[counter] = counter;
    } else {
      counter = this.#heap[0]!;
      least = this.#counts[counter]!;
      this.#forget(counter);
    }
    const length = end - start;
    const kept = Math.min(length, KEPT_BYTES);
    copyBytes(this.#keys, counter * KEPT_BYTES, bytes, start, start + kept);
    this.#hashes[counter] = hash;
    this.#databases[counter] = database;
    this.#lengths[counter] = length;
    this.#counts[counter] = least + 1;
    this.#excess[counter] = least;
    this.#bases[counter] = least;
    this.#rates[counter] = 0;
    this.#insert(counter, hash);
    if (least === 0) this.#rise(this.#places[counter]!);
    else this.#sink(0);
  }

  #insert(counter: number, hash: number): void {
    let slot = hash & this.#mask;
    while (this.#table[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#table[slot] = counter + 1;
  }

  /** Takes a counter out of the table; those behind it close the gap. */
  #forget(counter: number): void {
    const table = this.#table;
    const mask = this.#mask;
    let gap = this.#hashes[counter]! & mask;
    while (table[gap] !== counter + 1) gap = (gap + 1) & mask;
    let slot = gap;
    for (;;) {
      slot = (slot + 1) & mask;
      const found = table[slot]!;
      if (found === 0) break;
      const home = this.#hashes[found - 1]! & mask;
      // It may fill the gap unless its home lies behind that.
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      table[gap] = found;
      gap = slot;
    }
    table[gap] = 0;
  }

  /** Moves the counter at a place of the heap down until no count below it is less. */
  #sink(from: number): void {
    const heap = this.#heap;
    const counts = this.#counts;
    const counter = heap[from]!;
    const count = counts[counter]!;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#used) break;
      if (child + 1 < this.#used && counts[heap[child + 1]!]! < counts[heap[child]!]!) child++;
      if (counts[heap[child]!]! >= count) break;
      this.#put(heap[child]!, place);
      place = child;
    }
    this.#put(counter, place);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const counts = this.#counts;
    const counter = heap[from]!;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (counts[heap[parent]!]! <= counts[counter]!) break;
      this.#put(heap[parent]!, place);
      place = parent;
    }
    this.#put(counter, place);
  }

  #put(counter: number, place: number): void {
    this.#heap[place] = counter;
    this.#places[counter] = place;
  }
}
