/**
 * String values: bytes inside the entry up to INLINE_LIMIT, in a block of their own above it
 * (payload: the block, extra: the length). Integers are kept as their text: reading one back is a
 * copy, and adding to one costs less than the dispatch of the command.
 */
import { isCanonicalInt64, parseInteger } from '../bytes/integer.ts';
import { GRANULE_MASK, Heap, SEGMENT_SHIFT } from '../memory/heap.ts';
import {
  copyEntry,
  createEntry,
  encodingOf,
  type Entry,
  extraOf,
  hasExpiry,
  exactExpiryOf,
  INLINE_LIMIT,
  inlineLength,
  inlineOffset,
  accessClockOf,
  setAccessClock,
  isInline,
  keyLength,
  keyOffset,
  payloadOf,
  setEncoding,
  setExtra,
  setInlineLength,
  setPayload,
  STRING_AUTO,
  STRING_RAW,
  TYPE_STRING,
  typeOf,
  withExpiry,
} from './entry.ts';

/** Longest string that Redis calls "embstr". */
const EMBSTR_LIMIT = 44;
/** The real server keeps one value each for the integers below this, which all keys share. */
const SMALL_INTEGERS = 10_000;
/** A growing string gets as much spare room as it has bytes, up to this. */
const MOST_SPARE = 1024 * 1024;

export class Strings {
  /** Where the value that `read` found stands; valid until the heap changes. */
  foundBytes: Uint8Array = new Uint8Array(0);
  foundStart = 0;
  foundEnd = 0;

  readonly #heap: Heap;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** Finds the bytes of a string value. O(1). */
  read(entry: Entry): void {
    const heap = this.#heap;
    if (isInline(heap, entry)) {
      this.foundBytes = heap.bytes[entry >>> SEGMENT_SHIFT];
      this.foundStart = ((entry & GRANULE_MASK) << 3) + inlineOffset(heap, entry);
      this.foundEnd = this.foundStart + inlineLength(heap, entry);
      return;
    }
    const block = payloadOf(heap, entry);
    this.foundBytes = heap.bytes[block >>> SEGMENT_SHIFT];
    this.foundStart = (block & GRANULE_MASK) << 3;
    this.foundEnd = this.foundStart + extraOf(heap, entry);
  }

  length(entry: Entry): number {
    const heap = this.#heap;
    return isInline(heap, entry) ? inlineLength(heap, entry) : extraOf(heap, entry);
  }

  /**
   * A new entry with key `key[keyStart, keyEnd)` and value `bytes[start, end)`. `encoding` is one of
   * STRING_AUTO, STRING_TEXT and STRING_RAW.
   */
  create(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: number,
  ): Entry {
    const heap = this.#heap;
    const length = end - start;
    if (length <= INLINE_LIMIT) {
      const entry = createEntry(heap, TYPE_STRING, encoding, key, keyStart, keyEnd, length);
      heap.write(entry, inlineOffset(heap, entry), bytes, start, end);
      return entry;
    }
    const block = heap.allocate(length);
    const entry = createEntry(heap, TYPE_STRING, encoding, key, keyStart, keyEnd, -1);
    heap.write(block, 0, bytes, start, end);
    setPayload(heap, entry, block);
    setExtra(heap, entry, length);
    return entry;
  }

  /**
   * Writes another value over an entry's, when it fits the blocks without wasting half of them.
   * Returns false, and changes nothing, when it does not.
   */
  overwrite(
    entry: Entry,
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: number,
  ): boolean {
    const heap = this.#heap;
    const length = end - start;
    if (isInline(heap, entry)) {
      if (length > INLINE_LIMIT) return false;
      const offset = inlineOffset(heap, entry);
      if (Heap.sizeFor(offset + length) !== heap.usableSize(entry)) return false;
      heap.write(entry, offset, bytes, start, end);
      setInlineLength(heap, entry, length);
    } else {
      const block = payloadOf(heap, entry);
      const usable = heap.usableSize(block);
      if (length <= INLINE_LIMIT || length > usable || length * 2 < usable) return false;
      heap.write(block, 0, bytes, start, end);
      setExtra(heap, entry, length);
    }
    setEncoding(heap, entry, encoding);
    return true;
  }

  /**
   * A new entry for a key with a raw value of `length` bytes, which are for the caller to write (see
   * `read`): they hold anything.
   */
  createBlank(key: Uint8Array, keyStart: number, keyEnd: number, length: number): Entry {
    const heap = this.#heap;
    const isInlined = length <= INLINE_LIMIT;
    const room = isInlined ? length : -1;
    // The block first: when there is no memory for it, nothing is left behind.
    const block = isInlined ? 0 : heap.allocate(length);
    const entry = createEntry(heap, TYPE_STRING, STRING_RAW, key, keyStart, keyEnd, room);
    if (isInlined) return entry;
    setPayload(heap, entry, block);
    setExtra(heap, entry, length);
    return entry;
  }

  /**
   * Makes the value `length` bytes long and calls it raw; bytes it did not have hold anything.
   * Returns the entry, or the block that replaces it (the caller tells the database). O(old length)
   * when blocks move, amortised O(1) a byte.
   */
  resize(entry: Entry, length: number): Entry {
    const heap = this.#heap;
    const old = this.length(entry);
    const placed = isInline(heap, entry)
      ? this.#resizeInline(entry, old, length)
      : this.#resizeBlock(entry, old, length);
    setEncoding(heap, placed, STRING_RAW);
    return placed;
  }

  /** Fills bytes of the value with zeros, from `start` up to `end`. */
  clear(entry: Entry, start: number, end: number): void {
    if (start >= end) return;
    this.read(entry);
    this.foundBytes.fill(0, this.foundStart + start, this.foundStart + end);
  }

  /** Calls the value raw, as one that was changed in place. */
  markRaw(entry: Entry): void {
    setEncoding(this.#heap, entry, STRING_RAW);
  }

  /** Writes bytes into the value at `offset`; they must fit its length. */
  write(entry: Entry, offset: number, bytes: Uint8Array, start: number, end: number): void {
    const heap = this.#heap;
    if (isInline(heap, entry))
      heap.write(entry, inlineOffset(heap, entry) + offset, bytes, start, end);
    else heap.write(payloadOf(heap, entry), offset, bytes, start, end);
  }

  /** What OBJECT ENCODING says. O(1). */
  encodingName(entry: Entry): 'int' | 'embstr' | 'raw' {
    const encoding = encodingOf(this.#heap, entry);
    if (encoding === STRING_RAW) return 'raw';
    this.read(entry);
    const isInteger =
      encoding === STRING_AUTO && isCanonicalInt64(this.foundBytes, this.foundStart, this.foundEnd);
    if (isInteger) return 'int';
    return this.foundEnd - this.foundStart <= EMBSTR_LIMIT ? 'embstr' : 'raw';
  }

  /** Whether the value, of any type, is a string that is one of the integers below 10,000. O(1). */
  isSmallInteger(entry: Entry): boolean {
    const heap = this.#heap;
    if (typeOf(heap, entry) !== TYPE_STRING || encodingOf(heap, entry) !== STRING_AUTO)
      return false;
    this.read(entry);
    const value = parseInteger(this.foundBytes, this.foundStart, this.foundEnd);
    return value >= 0 && value < SMALL_INTEGERS;
  }

  /** A copy of the entry and its value under another key. */
  copy(entry: Entry, key: Uint8Array, start: number, end: number): Entry {
    const heap = this.#heap;
    const copied = copyEntry(heap, entry, key, start, end);
    if (isInline(heap, entry)) return copied;
    const length = extraOf(heap, entry);
    const block = heap.allocate(length);
    heap.copy(payloadOf(heap, entry), 0, block, 0, length);
    setPayload(heap, copied, block);
    return copied;
  }

  #resizeInline(entry: Entry, old: number, length: number): Entry {
    const heap = this.#heap;
    const offset = inlineOffset(heap, entry);
    if (length <= INLINE_LIMIT) {
      const placed = heap.reallocate(entry, offset + length, offset + Math.min(old, length));
      setInlineLength(heap, placed, length);
      return placed;
    }
    const block = heap.allocate(length);
    heap.copy(entry, offset, block, 0, old);
    const placed = this.#withoutInline(entry);
    setPayload(heap, placed, block);
    setExtra(heap, placed, length);
    return placed;
  }

  /** An entry with the same key and head, and room for a payload in place of the inline value. */
  #withoutInline(entry: Entry): Entry {
    const heap = this.#heap;
    const memory = heap.bytes[entry >>> SEGMENT_SHIFT];
    const keyStart = ((entry & GRANULE_MASK) << 3) + keyOffset(heap, entry);
    const keyEnd = keyStart + keyLength(heap, entry);
    let placed = createEntry(heap, TYPE_STRING, STRING_RAW, memory, keyStart, keyEnd, -1);
    setAccessClock(heap, placed, accessClockOf(heap, entry));
    if (hasExpiry(heap, entry)) placed = withExpiry(heap, placed, exactExpiryOf(heap, entry));
    heap.free(entry);
    return placed;
  }

  #resizeBlock(entry: Entry, old: number, length: number): Entry {
    const heap = this.#heap;
    let block = payloadOf(heap, entry);
    if (length > heap.usableSize(block))
      block = heap.reallocate(block, length + Math.min(length, MOST_SPARE), old);
    setPayload(heap, entry, block);
    setExtra(heap, entry, length);
    return entry;
  }
}
