/** A large set: members in keyed blocks of their own, found through a Dict. It owns the blocks. */
import { hashBytes } from '../bytes/hash.ts';
import { Dict } from '../memory/dict.ts';
import { type Heap, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { createKeyedBlock, keyEnd, keyStart } from '../memory/keyed-block.ts';
import type { LargeValue } from './object-table.ts';

/** What V8 needs for the objects of one set, about. */
const OBJECT_BYTES = 700;

export class HashSet implements LargeValue {
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

  has(bytes: Uint8Array, start: number, end: number, hash: number): boolean {
    return this.dict.find(bytes, start, end, hash) !== 0;
  }

  /** Adds a member; false when it was there. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    const hash = hashBytes(bytes, start, end);
    if (this.dict.find(bytes, start, end, hash) !== 0) return false;
    this.addNew(bytes, start, end, hash);
    return true;
  }

  /** Adds a member that is not there. */
  addNew(bytes: Uint8Array, start: number, end: number, hash: number): void {
    const ref = createKeyedBlock(this.#heap, 0, bytes, start, end, 0);
    this.#blockBytes += this.#heap.usableSize(ref);
    try {
      this.dict.insert(ref, hash);
    } catch (error) {
      this.#freeBlock(ref);
      throw error;
    }
  }

  /** Removes a member; false when it was not there. */
  remove(bytes: Uint8Array, start: number, end: number): boolean {
    const hash = hashBytes(bytes, start, end);
    const ref = this.dict.find(bytes, start, end, hash);
    if (ref === 0) return false;
    this.dict.remove(ref, hash);
    this.#freeBlock(ref);
    return true;
  }

  /** Removes the member in this block. */
  removeBlock(ref: Ref): void {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const hash = hashBytes(memory, keyStart(this.#heap, ref), keyEnd(this.#heap, ref));
    this.dict.remove(ref, hash);
    this.#freeBlock(ref);
  }

  #freeBlock(ref: Ref): void {
    this.#blockBytes -= this.#heap.usableSize(ref);
    this.#heap.free(ref);
  }
}
