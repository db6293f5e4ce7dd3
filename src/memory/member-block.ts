/**
 * A member block: the keyed block (see dict.ts) that a large sorted set's Dict and Skiplist share.
 *
 *   byte 0      distance to the member's first byte: 10, or 14 for long members
 *   byte 1      member length, or 255: the length stands in the four bytes before the member
 *   byte 2-9    score, a little-endian IEEE 754 double (-0 is kept, NaN never stored)
 *   [10-13]     length of a member of 255 bytes or more
 *   then        the member
 *
 * A member of 14 bytes takes 24. The score straddles three words, which costs two shifts to read and
 * saves six bytes a member.
 */
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';

const SHORT_HEAD_BYTES = 10;
const LONG_HEAD_BYTES = 14;
const LONG_MEMBER = 255;

const convertDouble = new Float64Array(1);
const convertWords = new Int32Array(convertDouble.buffer);

/** A new block with this score and the member `bytes[start, end)`. O(member). */
export function createMember(
  heap: Heap,
  score: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): Ref {
  const length = end - start;
  const offset = length < LONG_MEMBER ? SHORT_HEAD_BYTES : LONG_HEAD_BYTES;
  const ref = heap.allocate(offset + length);
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT]!;
  const at = (ref & GRANULE_MASK) << 3;
  memory[at] = offset;
  memory[at + 1] = length < LONG_MEMBER ? length : LONG_MEMBER;
  if (length >= LONG_MEMBER) heap.setUint32(ref, SHORT_HEAD_BYTES, length);
  heap.write(ref, offset, bytes, start, end);
  setMemberScore(heap, ref, score);
  return ref;
}

export function memberScore(heap: Heap, ref: Ref): number {
  const words = heap.words[ref >>> SEGMENT_SHIFT]!;
  const word = (ref & GRANULE_MASK) << 1;
  const middle = words[word + 1]!;
  convertWords[0] = (words[word]! >>> 16) | (middle << 16);
  convertWords[1] = (middle >>> 16) | (words[word + 2]! << 16);
  return convertDouble[0]!;
}

export function setMemberScore(heap: Heap, ref: Ref, score: number): void {
  convertDouble[0] = score;
  const low = convertWords[0]!;
  const high = convertWords[1]!;
  const words = heap.words[ref >>> SEGMENT_SHIFT]!;
  const word = (ref & GRANULE_MASK) << 1;
  words[word] = (words[word]! & 0xffff) | (low << 16);
  words[word + 1] = (low >>> 16) | (high << 16);
  words[word + 2] = (words[word + 2]! & ~0xffff) | (high >>> 16);
}

/** Offset of the member's first byte in its segment, `heap.bytes[ref >>> SEGMENT_SHIFT]`. */
export function memberStart(heap: Heap, ref: Ref): number {
  const at = (ref & GRANULE_MASK) << 3;
  return at + heap.bytes[ref >>> SEGMENT_SHIFT]![at]!;
}

/** Length of the member, in bytes. */
export function memberLength(heap: Heap, ref: Ref): number {
  const short = heap.bytes[ref >>> SEGMENT_SHIFT]![((ref & GRANULE_MASK) << 3) + 1]!;
  return short < LONG_MEMBER ? short : heap.getUint32(ref, SHORT_HEAD_BYTES);
}
