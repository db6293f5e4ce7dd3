/**
 * The key that a search in a Skiplist looks for: a score, and the bytes of a member behind it. There is
 * one for all lists, since nothing runs between setting it and searching.
 */
import { SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';
import { memberLength, memberStart } from './member-block.ts';
import { orderHigh, orderLow, scoreHigh, scoreLow } from './skiplist-nodes.ts';

const NO_BYTES = new Uint8Array(0);
const convertDouble = new Float64Array(1);
const convertWords = new Int32Array(convertDouble.buffer);

/** The score, as two words that order as scores do. Set here alone. */
export let keyHigh = 0;
export let keyLow = 0;
let keyBytes: Uint8Array = NO_BYTES;
let keyStart = 0;
let keyEnd = 0;

/** All members of this score and above. */
export function seekScore(score: number): void {
  convertDouble[0] = score;
  keyHigh = orderHigh(convertWords[1]!, convertWords[0]!);
  keyLow = orderLow(convertWords[1]!, convertWords[0]!);
  keyBytes = NO_BYTES;
  keyStart = keyEnd = 0;
}

/** The least key above those of this score: no double lies between the keys of neighbours. */
export function seekAboveScore(score: number): void {
  seekScore(score);
  keyLow = (keyLow + 1) | 0;
  if (keyLow === 0) keyHigh = (keyHigh + 1) | 0;
}

/** Other bytes with the score of this member. */
export function seekBytes(
  heap: Heap,
  ref: Ref,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  seekMember(heap, ref);
  keyBytes = bytes;
  keyStart = start;
  keyEnd = end;
}

/** This member. */
export function seekMember(heap: Heap, ref: Ref): void {
  const high = scoreHigh(heap, ref);
  const low = scoreLow(heap, ref);
  keyHigh = orderHigh(high, low);
  keyLow = orderLow(high, low);
  keyBytes = heap.bytes[ref >>> SEGMENT_SHIFT]!;
  keyStart = memberStart(heap, ref);
  keyEnd = keyStart + memberLength(heap, ref);
}

/** Compares a member's bytes with the key's: negative, 0 or positive, as memcmp and length do. */
export function compareBytes(heap: Heap, ref: Ref): number {
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT]!;
  const length = memberLength(heap, ref);
  const start = memberStart(heap, ref);
  const keyLength = keyEnd - keyStart;
  const shared = length < keyLength ? length : keyLength;
  for (let i = 0; i < shared; i++) {
    const difference = memory[start + i]! - keyBytes[keyStart + i]!;
    if (difference !== 0) return difference;
  }
  return length - keyLength;
}

/** Compares a member with the key: negative, 0 or positive. */
export function compareWithKey(heap: Heap, ref: Ref): number {
  const rawHigh = scoreHigh(heap, ref);
  const rawLow = scoreLow(heap, ref);
  const high = orderHigh(rawHigh, rawLow);
  if (high !== keyHigh) return high < keyHigh ? -1 : 1;
  const low = orderLow(rawHigh, rawLow);
  if (low !== keyLow) return low >>> 0 < keyLow >>> 0 ? -1 : 1;
  return compareBytes(heap, ref);
}

/** The key of a member as one number, rounded: for guesses. */
export function approximateKey(heap: Heap, ref: Ref): number {
  const high = scoreHigh(heap, ref);
  const low = scoreLow(heap, ref);
  return orderHigh(high, low) * 0x100000000 + (orderLow(high, low) >>> 0);
}
