/**
 * The best candidates for eviction met so far, over all databases: at most 16, in ascending order of
 * their score, so that each round of sampling improves on what earlier ones found (the real server's
 * approximation of LRU, LFU and of the order of expiry).
 *
 * Keys are kept as copies: between being sampled and being chosen a key may go, come back, or move.
 * The buffers are used again; nothing is allocated for keys of up to 255 bytes.
 */
import { copyBytes } from '../bytes/text.ts';
import type { Entry } from '../values/entry.ts';

export const POOL_SIZE = 16;
const SHORT_KEY = 255;

/** One place of the pool. */
export interface Candidate {
  /** The higher, the sooner to go. */
  score: number;
  database: number;
  /** The key's entry when it was sampled; it may be gone. */
  entry: Entry;
  /** The key stands in `key[0, length)`. */
  key: Uint8Array;
  length: number;
}

export class EvictionPool {
  /** The first `count` are taken, in ascending order of score. */
  readonly #places: Candidate[] = [];
  #count = 0;

  constructor() {
    for (let i = 0; i < POOL_SIZE; i++)
      this.#places.push({
        score: 0,
        database: 0,
        entry: 0,
        key: new Uint8Array(SHORT_KEY),
        length: 0,
      });
  }

  get count(): number {
    return this.#count;
  }

  /** Whether a candidate of this score would be taken. */
  accepts(score: number): boolean {
    return this.#count < POOL_SIZE || score > this.#places[0]!.score;
  }

  /** Adds a candidate that is accepted; the least one makes room when the pool is full. O(pool). */
  add(
    score: number,
    database: number,
    entry: Entry,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const places = this.#places;
    if (this.#has(entry)) return;
    let at = this.#count;
    let place: Candidate;
    if (at === POOL_SIZE) {
      place = places[0]!;
      for (at = 0; at + 1 < POOL_SIZE && places[at + 1]!.score < score; at++)
        places[at] = places[at + 1]!;
    } else {
      place = places[at]!;
      for (; at > 0 && places[at - 1]!.score >= score; at--) places[at] = places[at - 1]!;
      this.#count++;
    }
    places[at] = place;
    const length = end - start;
    if (place.key.length < length || (place.key.length > SHORT_KEY && length <= SHORT_KEY))
      place.key = new Uint8Array(Math.max(SHORT_KEY, length));
    copyBytes(place.key, 0, bytes, start, end);
    place.length = length;
    place.score = score;
    place.database = database;
    place.entry = entry;
  }

  /** Takes the best candidate out, valid until the next `add`; undefined when there is none. */
  take(): Candidate | undefined {
    return this.#count === 0 ? undefined : this.#places[--this.#count];
  }

  /** Forgets everything: scores of another policy cannot be compared. */
  clear(): void {
    this.#count = 0;
  }

  #has(entry: Entry): boolean {
    for (let i = 0; i < this.#count; i++) if (this.#places[i]!.entry === entry) return true;
    return false;
  }
}
