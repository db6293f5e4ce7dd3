import { LineSplitter } from './split-line.ts';

/**
 * The complete requests found in one stretch of input, as offsets. One batch serves the whole
 * server: a reader fills it, the connection executes it in order, the next reader fills it again.
 *
 * Request `i` has `argc[i]` arguments. Argument `k` is the bytes from `offsets[first[i] + 2 * k]`
 * up to `offsets[first[i] + 2 * k + 1]` of `bytes`. Everything in here is borrowed: it is valid
 * until the reader that filled it is asked for more, settled or pushed to, so what has to live
 * longer must be copied.
 *
 * The arrays are plain fields because the executor reads them for every argument. `offsets` is
 * normally the batch's own array; a request with more arguments than fit there gets an array of its
 * size, and `clear` goes back to the own one. So one request with a million arguments is served,
 * and its memory is not kept.
 */

/** Requests one batch can hold. */
export const BATCH_CAPACITY = 1024;

/**
 * Entries in a batch's own `offsets`: four arguments a request on average, 32 KB to stay in the L1
 * cache.
 */
const OWN_OFFSETS = BATCH_CAPACITY * 8;

const NO_BYTES = new Uint8Array(0);

export class RequestBatch {
  /** The input the offsets point into. */
  bytes: Uint8Array = NO_BYTES;
  /** Complete requests. */
  count = 0;
  /** Entries of `offsets` in use. */
  used = 0;
  /** By request: index in `offsets` of argument 0. */
  readonly first = new Int32Array(BATCH_CAPACITY);
  /** By request: number of arguments, at least 1. */
  readonly argc = new Int32Array(BATCH_CAPACITY);
  /** By request: where it begins in `bytes`. */
  readonly begin = new Int32Array(BATCH_CAPACITY);
  /** By request: where it ends in `bytes`. */
  readonly end = new Int32Array(BATCH_CAPACITY);
  /**
   * By request: 1 when the bytes from `begin` to `end` are the request exactly as a client library
   * would encode it, so that they can be passed on as they are (append-only file, replicas). 0 for
   * inline requests and for odd line ends that are understood all the same.
   */
  readonly canonical = new Uint8Array(BATCH_CAPACITY).fill(1);
  /** Pairs of start and end by argument. */
  offsets: Int32Array;

  /**
   * Splits inline requests for the readers, which keep nothing that only one of them needs at a
   * time.
   */
  readonly line = new LineSplitter();

  readonly #ownOffsets = new Int32Array(OWN_OFFSETS);
  #odd = false;

  constructor() {
    this.offsets = this.#ownOffsets;
  }

  /** Forgets the requests, and lets go of the input. O(1) unless odd requests were in it. */
  clear(): void {
    this.bytes = NO_BYTES;
    this.count = 0;
    this.used = 0;
    this.offsets = this.#ownOffsets;
    if (this.#odd) {
      this.canonical.fill(1);
      this.#odd = false;
    }
  }

  /**
   * Whether a request of that many arguments can be appended. Any number can when the batch is
   * empty.
   */
  hasRoomFor(argumentCount: number): boolean {
    if (this.count === 0) return true;
    return this.count < BATCH_CAPACITY && this.used + 2 * argumentCount <= this.offsets.length;
  }

  /**
   * Appends a request that lies from `begin` to `end` and whose offsets were collected elsewhere,
   * relative to `base`. There must be room for it. The first request may be larger than the own
   * array.
   */
  append(
    collected: Int32Array,
    argumentCount: number,
    base: number,
    begin: number,
    end: number,
  ): void {
    const index = this.count++;
    const from = this.used;
    const entries = 2 * argumentCount;
    if (entries > this.offsets.length) this.offsets = new Int32Array(entries);
    const { offsets } = this;
    for (let i = 0; i < entries; i++) offsets[from + i] = collected[i] + base;
    this.first[index] = from;
    this.argc[index] = argumentCount;
    this.begin[index] = begin;
    this.end[index] = end;
    this.used = from + entries;
  }

  /** Marks the last request as one whose bytes must not be passed on as they are. */
  markOdd(): void {
    this.canonical[this.count - 1] = 0;
    this.#odd = true;
  }
}
