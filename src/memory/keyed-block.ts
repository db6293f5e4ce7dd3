/**
 * The head of keyed blocks, the elements of a Dict (see dict.ts for the layout), for owners that
 * need to read the key back. Positions are offsets in the block's segment.
 */
import { GRANULE_MASK, type Heap, type Ref, SEGMENT_SHIFT } from './heap.ts';

/** Keys of this length or more have it in the four bytes before the key. */
export const LONG_KEY = 255;

/** Offset of the key's first byte in its segment. */
export function keyStart(heap: Heap, ref: Ref): number {
  const at = (ref & GRANULE_MASK) << 3;
  return at + heap.bytes[ref >>> SEGMENT_SHIFT]![at]!;
}

/** Offset behind the key's last byte in its segment. */
export function keyEnd(heap: Heap, ref: Ref): number {
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT]!;
  const at = (ref & GRANULE_MASK) << 3;
  const distance = memory[at]!;
  const length = memory[at + 1]!;
  return at + distance + (length < LONG_KEY ? length : heap.getUint32(ref, distance - 4));
}

/**
 * A new block of `spare` bytes for its owner after the two of the head, the key
 * `bytes[start, end)`, and `tail` bytes behind it. O(key).
 */
export function createKeyedBlock(
  heap: Heap,
  spare: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  tail: number,
): Ref {
  const length = end - start;
  const isLong = length >= LONG_KEY;
  const distance = 2 + spare + (isLong ? 4 : 0);
  const ref = heap.allocate(distance + length + tail);
  const memory = heap.bytes[ref >>> SEGMENT_SHIFT]!;
  const at = (ref & GRANULE_MASK) << 3;
  memory[at] = distance;
  memory[at + 1] = isLong ? LONG_KEY : length;
  if (isLong) heap.setUint32(ref, distance - 4, length);
  heap.write(ref, distance, bytes, start, end);
  return ref;
}
