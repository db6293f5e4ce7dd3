/**
 * The nodes of a Quicklist, in order: records of four words in one heap block, used as a deque, so
 * that a node's number is its place in the list.
 *
 *   record   0  ref of the listpack, of the compressed bytes, or of a plain element
 *            1  number of elements
 *            2  bytes of the listpack (uncompressed), or of the plain element
 *            3  kind: PACKED, PLAIN or COMPRESSED
 *
 * Adding and taking off nodes at the ends is amortised O(1); in the middle, the records on the
 * nearer side move over. To find an element by its index, sums of counts are kept for each group of
 * 64 *slots* of the block: they stay right when nodes come and go at the ends, and a million
 * elements in nodes of 8 KiB are some twenty groups and one group's records away.
 */
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';

export const PACKED = 0;
export const PLAIN = 1;
export const COMPRESSED = 2;

export const REF = 0;
export const COUNT = 1;
export const BYTES = 2;
export const KIND = 3;

const RECORD_WORDS = 4;
const RECORD_BYTES = 16;
const GROUP_SHIFT = 6;
const MIN_CAPACITY = 8;

export class QuicklistNodes {
  readonly #heap: Heap;
  #block: Ref;
  #capacity: number;
  #start: number;
  #length = 0;
  #sums: Int32Array;
  /** Elements before the node that `findElement` found. */
  elementsBefore = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#block = heap.allocate(MIN_CAPACITY * RECORD_BYTES);
    this.#capacity = MIN_CAPACITY;
    this.#start = MIN_CAPACITY >> 1;
    this.#sums = new Int32Array(1);
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of the records and the sums. */
  get bytesUsed(): number {
    return this.#heap.usableSize(this.#block) + this.#sums.length * 4;
  }

  get(node: number, field: number): number {
    return this.#heap.words[this.#block >>> SEGMENT_SHIFT]![this.#wordOf(node) + field]!;
  }

  /** Sets any field but COUNT. */
  set(node: number, field: number, value: number): void {
    this.#heap.words[this.#block >>> SEGMENT_SHIFT]![this.#wordOf(node) + field] = value;
  }

  addCount(node: number, change: number): void {
    this.#heap.words[this.#block >>> SEGMENT_SHIFT]![this.#wordOf(node) + COUNT]! += change;
    this.#sums[(this.#start + node) >> GROUP_SHIFT]! += change;
  }

  /** Inserts a node so that it gets this number, 0 to length. */
  insert(node: number, ref: Ref, count: number, bytes: number, kind: number): void {
    const atFront = node < this.#length - node;
    const full = atFront ? this.#start === 0 : this.#start + this.#length === this.#capacity;
    if (full) this.#spread(this.#heap.allocate(this.#wantedCapacity * RECORD_BYTES));
    if (atFront) {
      this.#start--;
      this.#move(this.#start + 1, this.#start, node);
    } else {
      const slot = this.#start + node;
      this.#move(slot, slot + 1, this.#length - node);
    }
    this.#length++;
    this.set(node, REF, ref);
    this.set(node, BYTES, bytes);
    this.set(node, KIND, kind);
    this.set(node, COUNT, 0);
    this.addCount(node, count);
  }

  /** Takes a node's record out. */
  remove(node: number): void {
    this.addCount(node, -this.get(node, COUNT));
    if (node < this.#length - 1 - node) {
      this.#move(this.#start, this.#start + 1, node);
      this.#start++;
    } else {
      const slot = this.#start + node;
      this.#move(slot + 1, slot, this.#length - 1 - node);
    }
    this.#length--;
    if (this.#capacity <= MIN_CAPACITY * 4 || this.#length >= this.#capacity >> 3) return;
    const block = this.#heap.allocateIfRoom(this.#wantedCapacity * RECORD_BYTES);
    if (block !== 0) this.#spread(block);
  }

  /** The node that holds the element of this index (which must exist); sets `elementsBefore`. */
  findElement(index: number): number {
    const sums = this.#sums;
    let before = 0;
    let group = this.#start >> GROUP_SHIFT;
    while (before + sums[group]! <= index) before += sums[group++]!;
    let node = Math.max(0, (group << GROUP_SHIFT) - this.#start);
    const words = this.#heap.words[this.#block >>> SEGMENT_SHIFT]!;
    let at = this.#wordOf(node) + COUNT;
    for (; before + words[at]! <= index; node++, at += RECORD_WORDS) before += words[at]!;
    this.elementsBefore = before;
    return node;
  }

  free(): void {
    this.#heap.free(this.#block);
    this.#length = 0;
  }

  #wordOf(node: number): number {
    return ((this.#block & GRANULE_MASK) << 1) + (this.#start + node) * RECORD_WORDS;
  }

  /** Moves `count` records by one slot, and the sums with them. */
  #move(from: number, to: number, count: number): void {
    if (count <= 0) return;
    const words = this.#heap.words[this.#block >>> SEGMENT_SHIFT]!;
    const base = (this.#block & GRANULE_MASK) << 1;
    // Only records that cross a border between groups change sums.
    const mask = (1 << GROUP_SHIFT) - 1;
    const crossing = to < from ? 0 : mask;
    let slot = from + ((crossing - from) & mask);
    for (; slot < from + count; slot += mask + 1) {
      const elements = words[base + slot * RECORD_WORDS + COUNT]!;
      this.#sums[slot >> GROUP_SHIFT]! -= elements;
      this.#sums[(slot + to - from) >> GROUP_SHIFT]! += elements;
    }
    const first = base + from * RECORD_WORDS;
    words.copyWithin(base + to * RECORD_WORDS, first, first + count * RECORD_WORDS);
  }

  get #wantedCapacity(): number {
    return Math.max(MIN_CAPACITY, this.#length * 2);
  }

  /** Moves to a block of the wanted capacity, with as much room at both ends as there are records. */
  #spread(block: Ref): void {
    const heap = this.#heap;
    const capacity = this.#wantedCapacity;
    const start = (capacity - this.#length) >> 1;
    const bytes = this.#length * RECORD_BYTES;
    heap.copy(this.#block, this.#start * RECORD_BYTES, block, start * RECORD_BYTES, bytes);
    heap.free(this.#block);
    this.#block = block;
    this.#start = start;
    this.#capacity = capacity;
    this.#sums = new Int32Array((capacity >> GROUP_SHIFT) + 1);
    for (let node = 0; node < this.#length; node++) {
      this.#sums[(start + node) >> GROUP_SHIFT]! += this.get(node, COUNT);
    }
  }
}
