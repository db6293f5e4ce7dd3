/**
 * Stream nodes that are full, made smaller: a listpack without what follows from the rest, the
 * length behind each element. That is a quarter of a node of short entries. Packing and unpacking
 * are one pass over the bytes, and give back exactly the listpack there was.
 *
 *   u32 bytes of the listpack | u16 elements | elements, one behind the other | 0xff
 *
 * A packed node can be read from its beginning on as it is (stream-node.ts).
 */
import { GRANULE_MASK, type Heap, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import {
  backLengthSize,
  COUNT_UNKNOWN,
  elementSize,
  END_MARK,
  HEAD_BYTES,
  readUint32,
  writeBackLength,
} from '../memory/listpack-encoding.ts';

/** Packing must save this part of a node at least. */
const WORTHWHILE = 1 / 16;

/**
 * Packs a listpack into a new block; 0 when that would not save enough. The listpack stays.
 * Throws HeapFull. O(bytes).
 */
export function packNode(heap: Heap, ref: Ref): Ref {
  const source = heap.bytes[ref >>> SEGMENT_SHIFT];
  const base = (ref & GRANULE_MASK) << 3;
  const bytes = readUint32(source, base);
  const count = source[base + 4] | (source[base + 5] << 8);
  if (count === COUNT_UNKNOWN) return 0;
  let saved = 0;
  let at = base + HEAD_BYTES;
  for (let i = 0; i < count; i++) {
    const size = elementSize(source, at);
    const back = backLengthSize(size);
    at += size + back;
    saved += back;
  }
  if (saved < bytes * WORTHWHILE) return 0;
  const packed = heap.allocate(bytes - saved);
  const target = heap.bytes[packed >>> SEGMENT_SHIFT];
  let to = (packed & GRANULE_MASK) << 3;
  at = base;
  for (let i = 0; i < HEAD_BYTES; i++) target[to++] = source[at++];
  for (let i = 0; i < count; i++) {
    const size = elementSize(source, at);
    for (let end = at + size; at < end; at++) target[to++] = source[at];
    at += backLengthSize(size);
  }
  target[to] = END_MARK;
  return packed;
}

/** Bytes of the listpack that was packed. */
export function unpackedBytes(heap: Heap, packed: Ref): number {
  return readUint32(heap.bytes[packed >>> SEGMENT_SHIFT], (packed & GRANULE_MASK) << 3);
}

/** Writes the listpack that was packed to `target[start]`, where there must be room. O(bytes). */
export function unpackNode(heap: Heap, packed: Ref, target: Uint8Array, start: number): void {
  const source = heap.bytes[packed >>> SEGMENT_SHIFT];
  let at = (packed & GRANULE_MASK) << 3;
  const count = source[at + 4] | (source[at + 5] << 8);
  let to = start;
  for (let i = 0; i < HEAD_BYTES; i++) target[to++] = source[at++];
  for (let i = 0; i < count; i++) {
    const size = elementSize(source, at);
    for (let end = at + size; at < end; at++) target[to++] = source[at];
    if (size < 128) target[to++] = size;
    else to = writeBackLength(target, to, size);
  }
  target[to] = END_MARK;
}
