/**
 * The layout of a keyspace entry: one heap block that holds a key, its metadata and, for short
 * strings, the value itself, so that a GET costs one miss for the slot and one for the entry.
 *
 *   byte 0     distance to the key's first byte  \ the head of a keyed block,
 *   byte 1     key length, or 255: long key      / as memory/dict.ts wants it
 *   byte 2     type (3 bits) | encoding (3 bits) | OUT_OF_LINE | HAS_EXPIRY
 *   byte 3-5   access clock: LRU seconds, or LFU minutes and counter
 *   byte 6-7   length of the inline value (strings)
 *   + 8        when OUT_OF_LINE: payload (u32), extra (u32; strings: length of the value)
 *   + 8        when HAS_EXPIRY: milliseconds since the epoch (i64)
 *   + 4        when the key has 255 bytes or more: its length
 *   key, then the inline value
 *
 * The payload is a heap ref (a listpack, an intset, a long string) or a handle in the ObjectTable,
 * as the encoding says. Values (this folder) read and change type, encoding, payload, extra and the
 * inline value; key, clock and expiry are the keyspace's.
 */
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from '../memory/heap.ts';

/** A ref to a keyspace entry. */
export type Entry = Ref;

export const TYPE_STRING = 0;
export const TYPE_LIST = 1;
export const TYPE_SET = 2;
export const TYPE_SORTED_SET = 3;
export const TYPE_HASH = 4;
export const TYPE_STREAM = 6;
export type ValueType = 0 | 1 | 2 | 3 | 4 | 6;

/** Strings are kept as text. What OBJECT ENCODING says follows from how a value was made: */
/** … by SET and its like: "int" when it is an integer's text, else "embstr" or "raw" by length. */
export const STRING_AUTO = 0;
/** … by a command that never makes integers (INCRBYFLOAT): "embstr" or "raw" by length. */
export const STRING_TEXT = 1;
/** … or changed in place: always "raw". */
export const STRING_RAW = 2;

/** Lists: one listpack (payload: its ref), or a quicklist object. Both are "quicklist" to clients. */
export const LIST_LISTPACK = 0;
export const LIST_QUICKLIST = 1;
export const SET_INTSET = 0;
export const SET_HASHTABLE = 1;
export const SORTED_SET_LISTPACK = 0;
export const SORTED_SET_SKIPLIST = 1;
export const HASH_LISTPACK = 0;
export const HASH_HASHTABLE = 1;
export const STREAM_OBJECT = 0;

const OUT_OF_LINE = 0x40;
const HAS_EXPIRY = 0x80;
const HEAD_BYTES = 8;
const LONG_KEY = 255;

/** The longest value kept inside its entry, in bytes. */
export const INLINE_LIMIT = 1024;

function at(ref: Entry): number {
  return (ref & GRANULE_MASK) << 3;
}

/**
 * A new entry without expiry for the key `bytes[start, end)`; `room` bytes of room for an
 * inline value, or -1 for one out of line (payload and extra are then zero). The value itself is for
 * the caller to write. O(key).
 */
export function createEntry(
  heap: Heap,
  type: ValueType,
  encoding: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  room: number,
): Entry {
  const length = end - start;
  const isLong = length >= LONG_KEY;
  const offset = HEAD_BYTES + (room < 0 ? 8 : 0) + (isLong ? 4 : 0);
  const ref = heap.allocate(offset + length + Math.max(0, room));
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT];
  const block = at(ref);
  memory[block] = offset;
  memory[block + 1] = isLong ? LONG_KEY : length;
  memory[block + 2] = type | (encoding << 3) | (room < 0 ? OUT_OF_LINE : 0);
  const words = heap.words[ref >>> SEGMENT_SHIFT];
  if (room < 0) {
    const word = (ref & GRANULE_MASK) << 1;
    words[word + 2] = 0;
    words[word + 3] = 0;
  }
  setInlineLength(heap, ref, Math.max(0, room));
  if (isLong) heap.setUint32(ref, offset - 4, length);
  heap.write(ref, offset, bytes, start, end);
  return ref;
}

/** A new entry with a block for its payload, which is freed when there is no memory for the entry. */
export function createEntryWith(
  heap: Heap,
  type: ValueType,
  encoding: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  payload: Ref,
): Entry {
  try {
    const entry = createEntry(heap, type, encoding, bytes, start, end, -1);
    setPayload(heap, entry, payload);
    return entry;
  } catch (error) {
    heap.free(payload);
    throw error;
  }
}

export function typeOf(heap: Heap, ref: Entry): ValueType {
  return (heap.bytes[ref >>> SEGMENT_SHIFT][at(ref) + 2] & 7) as ValueType;
}

export function encodingOf(heap: Heap, ref: Entry): number {
  return (heap.bytes[ref >>> SEGMENT_SHIFT][at(ref) + 2] >> 3) & 7;
}

export function setEncoding(heap: Heap, ref: Entry, encoding: number): void {
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT];
  const index = at(ref) + 2;
  memory[index] = (memory[index] & ~0x38) | (encoding << 3);
}

/** Whether the value (a string) stands inside the entry. */
export function isInline(heap: Heap, ref: Entry): boolean {
  return (heap.bytes[ref >>> SEGMENT_SHIFT][at(ref) + 2] & OUT_OF_LINE) === 0;
}

/** The payload of an entry whose value is out of line. */
export function payloadOf(heap: Heap, ref: Entry): number {
  return heap.words[ref >>> SEGMENT_SHIFT][((ref & GRANULE_MASK) << 1) + 2];
}

export function setPayload(heap: Heap, ref: Entry, payload: number): void {
  heap.words[ref >>> SEGMENT_SHIFT][((ref & GRANULE_MASK) << 1) + 2] = payload;
}

/** The second word of an entry whose value is out of line. */
export function extraOf(heap: Heap, ref: Entry): number {
  return heap.words[ref >>> SEGMENT_SHIFT][((ref & GRANULE_MASK) << 1) + 3] >>> 0;
}

export function setExtra(heap: Heap, ref: Entry, extra: number): void {
  heap.words[ref >>> SEGMENT_SHIFT][((ref & GRANULE_MASK) << 1) + 3] = extra;
}

export function keyOffset(heap: Heap, ref: Entry): number {
  return heap.bytes[ref >>> SEGMENT_SHIFT][at(ref)];
}

export function keyLength(heap: Heap, ref: Entry): number {
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT];
  const short = memory[at(ref) + 1];
  return short < LONG_KEY ? short : heap.getUint32(ref, memory[at(ref)] - 4);
}

/** Offset of the inline value in the block. */
export function inlineOffset(heap: Heap, ref: Entry): number {
  return keyOffset(heap, ref) + keyLength(heap, ref);
}

export function inlineLength(heap: Heap, ref: Entry): number {
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT];
  return memory[at(ref) + 6] | (memory[at(ref) + 7] << 8);
}

export function setInlineLength(heap: Heap, ref: Entry, length: number): void {
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT];
  memory[at(ref) + 6] = length;
  memory[at(ref) + 7] = length >> 8;
}

/** The 24 bits that eviction reads: LRU seconds, or LFU minutes << 8 | counter. */
export function accessClockOf(heap: Heap, ref: Entry): number {
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT];
  const index = at(ref) + 3;
  return memory[index] | (memory[index + 1] << 8) | (memory[index + 2] << 16);
}

export function setAccessClock(heap: Heap, ref: Entry, clock: number): void {
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT];
  const index = at(ref) + 3;
  memory[index] = clock;
  memory[index + 1] = clock >> 8;
  memory[index + 2] = clock >> 16;
}

export function hasExpiry(heap: Heap, ref: Entry): boolean {
  return (heap.bytes[ref >>> SEGMENT_SHIFT][at(ref) + 2] & HAS_EXPIRY) !== 0;
}

function expiryWord(heap: Heap, ref: Entry): number {
  return ((ref & GRANULE_MASK) << 1) + (isInline(heap, ref) ? 2 : 4);
}

/** When the entry expires, in milliseconds since the epoch; exact up to 2^53. -1: never. */
export function expiryOf(heap: Heap, ref: Entry): number {
  if (!hasExpiry(heap, ref)) return -1;
  const words = heap.words[ref >>> SEGMENT_SHIFT];
  const word = expiryWord(heap, ref);
  return words[word + 1] * 0x100000000 + (words[word] >>> 0);
}

/** The same as a 64-bit integer, exact over the whole range. */
export function exactExpiryOf(heap: Heap, ref: Entry): bigint {
  const words = heap.words[ref >>> SEGMENT_SHIFT];
  const word = expiryWord(heap, ref);
  return (BigInt(words[word + 1]) << 32n) | BigInt(words[word] >>> 0);
}

/** Sets the expiry of an entry that has room for one (see withExpiry). */
function writeExpiry(heap: Heap, ref: Entry, time: number | bigint): void {
  const words = heap.words[ref >>> SEGMENT_SHIFT];
  const word = expiryWord(heap, ref);
  if (typeof time === 'number') {
    words[word] = time % 0x100000000;
    words[word + 1] = Math.floor(time / 0x100000000);
  } else {
    words[word] = Number(BigInt.asIntN(32, time));
    words[word + 1] = Number(BigInt.asIntN(32, time >> 32n));
  }
}

/**
 * Gives the entry this expiry. Returns the entry, or the larger one that replaces it when there was
 * no room; the old block is then free and every reference to it must be replaced. `time` is a
 * non-negative number up to 2^53, or a bigint.
 */
export function withExpiry(heap: Heap, ref: Entry, time: number | bigint): Entry {
  if (hasExpiry(heap, ref)) {
    writeExpiry(heap, ref, time);
    return ref;
  }
  const moved = resizeHead(heap, ref, 8);
  writeExpiry(heap, moved, time);
  return moved;
}

/** Takes the expiry away; like withExpiry, it may return another block. */
export function withoutExpiry(heap: Heap, ref: Entry): Entry {
  return hasExpiry(heap, ref) ? resizeHead(heap, ref, -8) : ref;
}

/** Makes or closes the gap for an expiry before the key. O(entry). */
function resizeHead(heap: Heap, ref: Entry, change: 8 | -8): Entry {
  const old = heap.bytes[ref >>> SEGMENT_SHIFT][at(ref)];
  const isLong = heap.bytes[ref >>> SEGMENT_SHIFT][at(ref) + 1] === LONG_KEY;
  const head = old - (isLong ? 4 : 0);
  const kept = change < 0 ? head - 8 : head;
  const tail = inlineOffset(heap, ref) + inlineLength(heap, ref) - head;
  const moved = heap.allocate(head + change + tail);
  heap.copy(ref, 0, moved, 0, kept);
  heap.copy(ref, head, moved, head + change, tail);
  heap.free(ref);
  const memory = heap.bytes[moved >>> SEGMENT_SHIFT];
  memory[at(moved)] = old + change;
  memory[at(moved) + 2] = (memory[at(moved) + 2] & ~HAS_EXPIRY) | (change > 0 ? HAS_EXPIRY : 0);
  return moved;
}

/**
 * A copy of the entry's head (type, encoding, clock, payload, extra, expiry) under another key, with
 * `room` bytes for an inline value or those of the old one when room is -1. The old entry stays.
 */
export function copyEntry(
  heap: Heap,
  ref: Entry,
  bytes: Uint8Array,
  start: number,
  end: number,
): Entry {
  const inline = isInline(heap, ref);
  const length = inlineLength(heap, ref);
  const plain = createEntry(
    heap,
    typeOf(heap, ref),
    encodingOf(heap, ref),
    bytes,
    start,
    end,
    inline ? length : -1,
  );
  setAccessClock(heap, plain, accessClockOf(heap, ref));
  if (inline) heap.copy(ref, inlineOffset(heap, ref), plain, inlineOffset(heap, plain), length);
  else {
    setPayload(heap, plain, payloadOf(heap, ref));
    setExtra(heap, plain, extraOf(heap, ref));
  }
  return hasExpiry(heap, ref) ? withExpiry(heap, plain, exactExpiryOf(heap, ref)) : plain;
}
