/**
 * Intsets: sorted sets of 64-bit integers in one heap block, in Redis's own layout, so that saving
 * and restoring them are copies.
 *
 *   u32 width of an element in bytes (2, 4 or 8) | u32 count | elements, ascending, little endian
 *
 * All elements are as wide as the widest one ever needed; a set never narrows. Values within
 * ±(2^53 - 1) are numbers, and nothing is allocated for them; the others go as bigints through
 * methods named `Big`. Operations that change a set return its ref, another one when the block moved.
 *
 *   find, get   O(log n), O(1)        add, remove   O(n), moving what stands behind
 */
import { writeBigInteger, writeInteger } from '../bytes/integer.ts';
import { GRANULE_MASK, type Heap, HeapFull, type Ref, SEGMENT_SHIFT } from './heap.ts';

const HEAD_BYTES = 8;
const WORD = 0x100000000;

function widthOf(high: number, low: number): number {
  if (high !== low >> 31) return 8;
  return low === (low << 16) >> 16 ? 2 : 4;
}

export class Intsets {
  /** The text of the element that `read` found, until the next call. */
  readonly foundBytes = new Uint8Array(24);
  readonly foundStart = 0;
  foundEnd = 0;

  readonly #heap: Heap;
  /** Where the last search ended: the index of the value, or the one it would have. */
  #index = 0;
  /** Both words of the value in hand. */
  #high = 0;
  #low = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** A set without elements, with room for `count` of 16 bits. */
  create(count = 0): Ref {
    const ref = this.#heap.allocate(HEAD_BYTES + count * 2);
    this.#setHead(ref, 2, 0);
    return ref;
  }

  /** A set of bytes that passed `validateIntset`. */
  fromBytes(bytes: Uint8Array, start: number, end: number): Ref {
    const ref = this.#heap.allocate(end - start);
    this.#heap.write(ref, 0, bytes, start, end);
    return ref;
  }

  copy(ref: Ref): Ref {
    const bytes = this.totalBytes(ref);
    const other = this.#heap.allocate(bytes);
    this.#heap.copy(ref, 0, other, 0, bytes);
    return other;
  }

  /** Bytes of the set, which are the first ones of its block. */
  totalBytes(ref: Ref): number {
    return HEAD_BYTES + this.width(ref) * this.length(ref);
  }

  /** Bytes of an element. */
  width(ref: Ref): number {
    return this.#heap.words[ref >>> SEGMENT_SHIFT]![(ref & GRANULE_MASK) << 1]!;
  }

  length(ref: Ref): number {
    return this.#heap.words[ref >>> SEGMENT_SHIFT]![((ref & GRANULE_MASK) << 1) + 1]!;
  }

  /** Whether the safe integer is in the set. */
  has(ref: Ref, value: number): boolean {
    this.#take(value);
    return this.#search(ref);
  }

  hasBig(ref: Ref, value: bigint): boolean {
    this.#takeBig(value);
    return this.#search(ref);
  }

  /** Adds a safe integer; the ref is another one when the block moved. */
  add(ref: Ref, value: number): Ref {
    this.#take(value);
    return this.#search(ref) ? ref : this.#insert(ref);
  }

  addBig(ref: Ref, value: bigint): Ref {
    this.#takeBig(value);
    return this.#search(ref) ? ref : this.#insert(ref);
  }

  /** Removes a safe integer, if it is there. */
  remove(ref: Ref, value: number): Ref {
    this.#take(value);
    return this.#search(ref) ? this.removeAt(ref, this.#index) : ref;
  }

  removeBig(ref: Ref, value: bigint): Ref {
    this.#takeBig(value);
    return this.#search(ref) ? this.removeAt(ref, this.#index) : ref;
  }

  /** Removes the element with this index. */
  removeAt(ref: Ref, index: number): Ref {
    const width = this.width(ref);
    const count = this.length(ref) - 1;
    const at = HEAD_BYTES + index * width;
    this.#heap.copy(ref, at + width, ref, at, (count - index) * width);
    this.#setHead(ref, width, count);
    const bytes = HEAD_BYTES + count * width;
    // Blocks follow their contents down only when much would be left unused.
    if (bytes + (bytes >> 2) + 8 >= this.#heap.usableSize(ref)) return ref;
    try {
      return this.#heap.reallocate(ref, bytes, bytes);
    } catch (error) {
      // A full heap must not keep anyone from deleting.
      if (error instanceof HeapFull) return ref;
      throw error;
    }
  }

  /** The element with this index; only approximate, and no safe integer, beyond ±(2^53 - 1). */
  get(ref: Ref, index: number): number {
    const words = this.#heap.words[ref >>> SEGMENT_SHIFT]!;
    const word = ((ref & GRANULE_MASK) << 1) + 2;
    const width = words[word - 2]!;
    if (width === 2) {
      const pair = words[word + (index >> 1)]!;
      return (index & 1) === 0 ? (pair << 16) >> 16 : pair >> 16;
    }
    if (width === 4) return words[word + index]!;
    return words[word + index * 2 + 1]! * WORD + (words[word + index * 2]! >>> 0);
  }

  getBig(ref: Ref, index: number): bigint {
    if (this.width(ref) < 8) return BigInt(this.get(ref, index));
    const words = this.#heap.words[ref >>> SEGMENT_SHIFT]!;
    const word = ((ref & GRANULE_MASK) << 1) + 2 + index * 2;
    return (BigInt(words[word + 1]!) << 32n) | BigInt(words[word]! >>> 0);
  }

  /** Writes the decimal text of an element to foundBytes[foundStart, foundEnd). */
  read(ref: Ref, index: number): void {
    const value = this.get(ref, index);
    this.foundEnd = Number.isSafeInteger(value)
      ? writeInteger(this.foundBytes, 0, value)
      : writeBigInteger(this.foundBytes, 0, this.getBig(ref, index));
  }

  #take(value: number): void {
    this.#high = Math.floor(value / WORD);
    this.#low = value | 0;
    // `| 0` is exact modulo 2^32 for every safe integer.
  }

  #takeBig(value: bigint): void {
    this.#high = Number(value >> 32n);
    this.#low = Number(BigInt.asIntN(32, value));
  }

  /** Binary search for the value in hand; leaves #index. */
  #search(ref: Ref): boolean {
    const count = this.length(ref);
    const width = this.width(ref);
    const high = this.#high;
    const low = this.#low;
    if (widthOf(high, low) > width) {
      this.#index = high < 0 ? 0 : count;
      return false;
    }
    return width === 8
      ? this.#searchWide(ref, count, high, low)
      : this.#searchNarrow(ref, count, low);
  }

  #searchNarrow(ref: Ref, count: number, value: number): boolean {
    let from = 0;
    let to = count;
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = this.get(ref, middle);
      if (other === value) {
        this.#index = middle;
        return true;
      }
      if (other < value) from = middle + 1;
      else to = middle;
    }
    this.#index = from;
    return false;
  }

  #searchWide(ref: Ref, count: number, high: number, low: number): boolean {
    const words = this.#heap.words[ref >>> SEGMENT_SHIFT]!;
    const base = ((ref & GRANULE_MASK) << 1) + 2;
    let from = 0;
    let to = count;
    while (from < to) {
      const middle = (from + to) >> 1;
      const otherHigh = words[base + middle * 2 + 1]!;
      const otherLow = words[base + middle * 2]!;
      if (otherHigh === high && otherLow === low) {
        this.#index = middle;
        return true;
      }
      const below = otherHigh === high ? otherLow >>> 0 < low >>> 0 : otherHigh < high;
      if (below) from = middle + 1;
      else to = middle;
    }
    this.#index = from;
    return false;
  }

  /** Inserts the value in hand at #index, where the search for it ended. */
  #insert(ref: Ref): Ref {
    const heap = this.#heap;
    const count = this.length(ref);
    const width = this.width(ref);
    const wanted = widthOf(this.#high, this.#low);
    const index = this.#index;
    if (wanted > width) return this.#widen(ref, wanted);
    const bytes = HEAD_BYTES + (count + 1) * width;
    const at = HEAD_BYTES + index * width;
    let target = ref;
    if (bytes > heap.usableSize(ref)) {
      target = heap.allocate(bytes);
      heap.copy(ref, 0, target, 0, at);
      heap.copy(ref, at, target, at + width, (count - index) * width);
      heap.free(ref);
    } else heap.copy(ref, at, ref, at + width, (count - index) * width);
    this.#setHead(target, width, count + 1);
    this.#set(target, index, width, this.#high, this.#low);
    return target;
  }

  /** The value in hand needs wider elements, so it stands before or behind all others. */
  #widen(ref: Ref, width: number): Ref {
    const heap = this.#heap;
    const count = this.length(ref);
    const target = heap.allocate(HEAD_BYTES + (count + 1) * width);
    const shift = this.#high < 0 ? 1 : 0;
    this.#setHead(target, width, count + 1);
    // Narrow elements fit 32 bits.
    for (let i = 0; i < count; i++) {
      const value = this.get(ref, i);
      this.#set(target, i + shift, width, value >> 31, value);
    }
    this.#set(target, shift === 1 ? 0 : count, width, this.#high, this.#low);
    heap.free(ref);
    return target;
  }

  #set(ref: Ref, index: number, width: number, high: number, low: number): void {
    const words = this.#heap.words[ref >>> SEGMENT_SHIFT]!;
    const word = ((ref & GRANULE_MASK) << 1) + 2;
    if (width === 8) {
      words[word + index * 2] = low;
      words[word + index * 2 + 1] = high;
    } else if (width === 4) words[word + index] = low;
    else {
      const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
      const at = (word << 2) + index * 2;
      memory[at] = low;
      memory[at + 1] = low >> 8;
    }
  }

  #setHead(ref: Ref, width: number, count: number): void {
    const words = this.#heap.words[ref >>> SEGMENT_SHIFT]!;
    const word = (ref & GRANULE_MASK) << 1;
    words[word] = width;
    words[word + 1] = count;
  }
}

/**
 * Whether `bytes[start, end)` is an intset: known width, right size, elements strictly ascending.
 * Returns the number of elements (at least 1, as no stored set is empty), or -1. O(bytes).
 */
export function validateIntset(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < HEAD_BYTES) return -1;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const width = view.getUint32(0, true);
  const count = view.getUint32(4, true);
  if (width !== 2 && width !== 4 && width !== 8) return -1;
  if (count === 0 || HEAD_BYTES + count * width !== end - start) return -1;
  for (let at = HEAD_BYTES + width; at < end - start; at += width) {
    if (!isBelow(view, at - width, at, width)) return -1;
  }
  return count;
}

function isBelow(view: DataView, a: number, b: number, width: number): boolean {
  if (width === 2) return view.getInt16(a, true) < view.getInt16(b, true);
  if (width === 4) return view.getInt32(a, true) < view.getInt32(b, true);
  const difference = view.getInt32(a + 4, true) - view.getInt32(b + 4, true);
  if (difference !== 0) return difference < 0;
  return view.getUint32(a, true) < view.getUint32(b, true);
}
