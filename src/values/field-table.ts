/**
 * A large hash: every field and its value in one keyed block, found through a Dict. It owns the
 * blocks.
 *
 *   byte 0     distance to the field's first byte  \ the head of a keyed block
 *   byte 1     field length, or 255                /
 *   byte 2     value length, or 255: then a u32 in bytes 3-6
 *   [4]        length of a field of 255 bytes or more
 *   field, then the value
 *
 * A value is replaced in place while it fits the block and does not leave half of it unused.
 */
import { hashBytes } from '../bytes/hash.ts';
import { Dict } from '../memory/dict.ts';
import { GRANULE_MASK, Heap, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { createKeyedBlock, keyEnd, keyStart } from '../memory/keyed-block.ts';
import type { LargeValue } from './object-table.ts';

/** What V8 needs for the objects of one hash, about. */
const OBJECT_BYTES = 700;
const LONG_VALUE = 255;
const SHORT_SPARE = 1;
const LONG_SPARE = 5;

export class FieldTable implements LargeValue {
  readonly dict: Dict;
  readonly #heap: Heap;
  #blockBytes = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.dict = new Dict(heap);
  }

  get size(): number {
    return this.dict.size;
  }

  get bytesUsed(): number {
    return OBJECT_BYTES + this.dict.bytesUsed + this.#blockBytes;
  }

  get freeEffort(): number {
    return this.dict.size;
  }

  freeSome(budget: number): boolean {
    return this.dict.drain(budget, (ref) => this.#freeBlock(ref));
  }

  /** The block of a field, or 0. */
  find(bytes: Uint8Array, start: number, end: number): Ref {
    return this.dict.find(bytes, start, end, hashBytes(bytes, start, end));
  }

  /** Bytes of the value in a block; it begins where the field ends. */
  valueLength(ref: Ref): number {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const length = memory[((ref & GRANULE_MASK) << 3) + 2]!;
    return length < LONG_VALUE ? length : this.#heap.getUint32(ref, 3);
  }

  /** Sets a field's value; false when the field was there before. */
  set(
    field: Uint8Array,
    fieldStart: number,
    fieldEnd: number,
    value: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const hash = hashBytes(field, fieldStart, fieldEnd);
    const old = this.dict.find(field, fieldStart, fieldEnd, hash);
    if (old !== 0 && this.#replaceInPlace(old, value, start, end)) return false;
    const ref = this.#createBlock(field, fieldStart, fieldEnd, value, start, end);
    if (old !== 0) {
      this.dict.replace(old, ref, hash);
      this.#freeBlock(old);
      return false;
    }
    try {
      this.dict.insert(ref, hash);
    } catch (error) {
      this.#freeBlock(ref);
      throw error;
    }
    return true;
  }

  /** Removes a field; false when it was not there. */
  remove(bytes: Uint8Array, start: number, end: number): boolean {
    const hash = hashBytes(bytes, start, end);
    const ref = this.dict.find(bytes, start, end, hash);
    if (ref === 0) return false;
    this.dict.remove(ref, hash);
    this.#freeBlock(ref);
    return true;
  }

  /** Writes the value into the field's block if that suits its size. */
  #replaceInPlace(ref: Ref, value: Uint8Array, start: number, end: number): boolean {
    const heap = this.#heap;
    const memory = heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const at = (ref & GRANULE_MASK) << 3;
    const length = end - start;
    const isLong = memory[at + 2] === LONG_VALUE;
    if (!isLong && length >= LONG_VALUE) return false;
    const offset = keyEnd(heap, ref) - at;
    const usable = heap.usableSize(ref);
    const needed = offset + length;
    if (needed > usable || Heap.sizeFor(needed) * 2 <= usable) return false;
    if (isLong) heap.setUint32(ref, 3, length);
    else memory[at + 2] = length;
    heap.write(ref, offset, value, start, end);
    return true;
  }

  #createBlock(
    field: Uint8Array,
    fieldStart: number,
    fieldEnd: number,
    value: Uint8Array,
    start: number,
    end: number,
  ): Ref {
    const heap = this.#heap;
    const length = end - start;
    const isLong = length >= LONG_VALUE;
    const spare = isLong ? LONG_SPARE : SHORT_SPARE;
    const ref = createKeyedBlock(heap, spare, field, fieldStart, fieldEnd, length);
    const memory = heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const at = (ref & GRANULE_MASK) << 3;
    memory[at + 2] = isLong ? LONG_VALUE : length;
    if (isLong) heap.setUint32(ref, 3, length);
    const offset = keyStart(heap, ref) - at + fieldEnd - fieldStart;
    heap.write(ref, offset, value, start, end);
    this.#blockBytes += heap.usableSize(ref);
    return ref;
  }

  #freeBlock(ref: Ref): void {
    this.#blockBytes -= this.#heap.usableSize(ref);
    this.#heap.free(ref);
  }
}
