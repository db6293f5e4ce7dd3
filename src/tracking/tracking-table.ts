/**
 * Which clients may keep which keys: what was read since it last changed. Databases do not matter:
 * equal keys are one.
 *
 * Off V8's heap: a Dict of keyed blocks (memory/dict.ts), one to a key,
 *
 *   distance, length | clients: u32 | key | ids of the clients: doubles, ascending
 *
 * so a key read by one client takes its length and 14 bytes, and about 10 in the Dict. The ids of
 * clients that are gone stay until the key changes; ids are never used again.
 */
import { hashBytes } from '../bytes/hash.ts';
import type { Random } from '../env/random.ts';
import type { LazyFree } from '../keyspace/lazy-free.ts';
import { Dict } from '../memory/dict.ts';
import { GRANULE_MASK, type Heap, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { createKeyedBlock, keyEnd, keyStart } from '../memory/keyed-block.ts';
import type { LargeValue } from '../values/object-table.ts';

/** Where the number of clients stands in a block, and its size. */
const COUNT_AT = 2;
const COUNT_BYTES = 4;
const ID_BYTES = 8;
/** A table of more keys than this is freed in slices, later. */
const FREE_AT_ONCE = 4096;

export class TrackingTable {
  /** The clients of the key that was taken out last, ascending. */
  readonly ids: number[] = [];
  readonly #heap: Heap;
  readonly #lazyFree: LazyFree;
  #keys: Dict;
  #items = 0;

  constructor(heap: Heap, lazyFree: LazyFree) {
    this.#heap = heap;
    this.#lazyFree = lazyFree;
    this.#keys = new Dict(heap);
  }

  /** Number of keys. */
  get size(): number {
    return this.#keys.size;
  }

  /** Number of pairs of a key and a client. */
  get items(): number {
    return this.#items;
  }

  /**
   * Notes that a client may keep a key; once more changes nothing. O(log clients of the key), and
   * O(clients) bytes moved for a new one. Throws HeapFull, the table being as before.
   */
  add(id: number, bytes: Uint8Array, start: number, end: number, hash: number): void {
    const ref = this.#keys.find(bytes, start, end, hash);
    if (ref === 0) this.#addKey(id, bytes, start, end, hash);
    else this.#addTo(ref, id, hash);
  }

  /** Takes a key out and leaves its clients in `ids`; false when it is not there. */
  take(bytes: Uint8Array, start: number, end: number, hash: number): boolean {
    const ref = this.#keys.find(bytes, start, end, hash);
    if (ref === 0) return false;
    this.#takeOut(ref, hash);
    return true;
  }

  /** Takes out a key chosen at random, leaves its clients in `ids`, and returns it; there must be one. */
  takeRandom(random: Random): Uint8Array {
    const heap = this.#heap;
    const ref = this.#keys.random(random);
    const memory = heap.bytes[ref >>> SEGMENT_SHIFT];
    const key = memory.slice(keyStart(heap, ref), keyEnd(heap, ref));
    this.#takeOut(ref, hashBytes(key, 0, key.length));
    return key;
  }

  /** Forgets everything; the memory of many keys is given back in slices. */
  clear(): void {
    if (this.size === 0) return;
    const dropped = new DroppedKeys(this.#heap, this.#keys);
    this.#keys = new Dict(this.#heap);
    this.#items = 0;
    if (dropped.freeEffort > FREE_AT_ONCE) this.#lazyFree.add(dropped);
    else dropped.freeSome(Infinity);
  }

  #addKey(id: number, bytes: Uint8Array, start: number, end: number, hash: number): void {
    const heap = this.#heap;
    const ref = createKeyedBlock(heap, COUNT_BYTES, bytes, start, end, ID_BYTES);
    heap.setUint32(ref, COUNT_AT, 1);
    heap.setFloat64(ref, this.#idsAt(ref), id);
    try {
      this.#keys.insert(ref, hash);
    } catch (error) {
      heap.free(ref);
      throw error;
    }
    this.#items++;
  }

  #addTo(ref: Ref, id: number, hash: number): void {
    const heap = this.#heap;
    const count = heap.getUint32(ref, COUNT_AT);
    const idsAt = this.#idsAt(ref);
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (heap.getFloat64(ref, idsAt + middle * ID_BYTES) < id) low = middle + 1;
      else high = middle;
    }
    const at = idsAt + low * ID_BYTES;
    if (low < count && heap.getFloat64(ref, at) === id) return;
    const roomy = this.#withRoom(ref, idsAt + count * ID_BYTES, hash);
    heap.copy(roomy, at, roomy, at + ID_BYTES, (count - low) * ID_BYTES);
    heap.setFloat64(roomy, at, id);
    heap.setUint32(roomy, COUNT_AT, count + 1);
    this.#items++;
  }

  /** The block, which may move, with room for another id behind `used` bytes. */
  #withRoom(ref: Ref, used: number, hash: number): Ref {
    const heap = this.#heap;
    if (used + ID_BYTES <= heap.usableSize(ref)) return ref;
    const moved = heap.allocate(used + (used >>> 1) + ID_BYTES);
    heap.copy(ref, 0, moved, 0, used);
    this.#keys.replace(ref, moved, hash);
    heap.free(ref);
    return moved;
  }

  #takeOut(ref: Ref, hash: number): void {
    const heap = this.#heap;
    const { ids } = this;
    const count = heap.getUint32(ref, COUNT_AT);
    const idsAt = this.#idsAt(ref);
    ids.length = 0;
    for (let i = 0; i < count; i++) ids.push(heap.getFloat64(ref, idsAt + i * ID_BYTES));
    this.#keys.remove(ref, hash);
    heap.free(ref);
    this.#items -= count;
  }

  /** Where the ids begin, from the start of the block. */
  #idsAt(ref: Ref): number {
    return keyEnd(this.#heap, ref) - ((ref & GRANULE_MASK) << 3);
  }
}

/** The keys of a table that was cleared, on their way to the free lists. */
class DroppedKeys implements LargeValue {
  readonly bytesUsed = 0; // The heap counts every block that is still there.
  readonly #heap: Heap;
  readonly #keys: Dict;

  constructor(heap: Heap, keys: Dict) {
    this.#heap = heap;
    this.#keys = keys;
  }

  get freeEffort(): number {
    return this.#keys.size;
  }

  freeSome(budget: number): boolean {
    return this.#keys.drain(budget, (ref) => this.#heap.free(ref));
  }
}
