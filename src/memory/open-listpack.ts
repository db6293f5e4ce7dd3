/**
 * A listpack at work: the node at an end of a Quicklist while elements come and go there.
 *
 *   block   [ free | head (6 bytes) | elements … | end mark | free ]
 *                                   ^ #start     ^ #end
 *
 * A proper listpack begins where its block does, so whatever happens to its first element moves all
 * the others. While it is open, the elements may stand anywhere in the block: a push or a pop at
 * either end is O(element), and size and count are kept here. The head and the end mark are not
 * valid until `close` has put the elements to the front and written them.
 */
import { GRANULE_MASK, Heap, type Ref, SEGMENT_SHIFT } from './heap.ts';
import { wastes } from './listpack.ts';
import {
  backLengthSize,
  COUNT_UNKNOWN,
  ElementEncoder,
  elementSize,
  END_MARK,
  HEAD_BYTES,
  readBackLength,
} from './listpack-encoding.ts';

const encoder = new ElementEncoder();

export class OpenListpack {
  isOpen = false;
  /** Number of elements. */
  count = 0;
  /** The block; it changes when room is made. */
  ref: Ref = 0;
  /** The block's segment, which cannot go while the block is there. */
  memory: Uint8Array = new Uint8Array(0);

  /** In `memory`: where the block begins and ends, the first element begins, the last one ends. */
  #block = 0;
  #limit = 0;
  #start = 0;
  #end = 0;

  /** Bytes of the listpack that `close` makes. */
  get totalBytes(): number {
    return HEAD_BYTES + this.#end - this.#start + 1;
  }

  /** Where the first (`head`) or last element begins in `memory`; there must be one. */
  elementAt(head: boolean): number {
    if (head) return this.#start;
    const size = readBackLength(this.memory, this.#end);
    return this.#end - size - backLengthSize(size);
  }

  /** Opens a listpack of `count` elements, `total` bytes in all. O(1). */
  open(heap: Heap, ref: Ref, count: number, total: number): void {
    this.isOpen = true;
    this.count = count;
    this.#point(heap, ref);
    this.#start = this.#block + HEAD_BYTES;
    this.#end = this.#block + total - 1;
  }

  /** Adds an element; false, and nothing is changed, when there is no room at that end. O(element). */
  push(bytes: Uint8Array, start: number, end: number, head: boolean): boolean {
    encoder.encode(bytes, start, end);
    const size = encoder.storedSize;
    if (head) {
      const at = this.#start - size;
      if (at - HEAD_BYTES < this.#block) return false;
      encoder.write(this.memory, at, bytes, start);
      this.#start = at;
    } else {
      const behind = this.#end + size;
      if (behind >= this.#limit) return false;
      encoder.write(this.memory, this.#end, bytes, start);
      this.#end = behind;
    }
    this.count++;
    return true;
  }

  /** Takes an element off; there must be one. O(1). */
  pop(head: boolean): void {
    if (head) {
      const size = elementSize(this.memory, this.#start);
      this.#start += size + backLengthSize(size);
    } else this.#end = this.elementAt(false);
    this.count--;
  }

  /**
   * Makes room for `added` bytes at an end. A block below `most` bytes grows by half, and all it
   * gains is at that end; in a large one the elements move to its middle, so that pushes at both ends
   * by turns do not move them to and fro. Amortised O(added). Throws HeapFull, and then nothing has
   * changed.
   */
  makeRoom(heap: Heap, added: number, head: boolean, most: number): void {
    const size = this.#end - this.#start;
    const needed = HEAD_BYTES + size + added + 1;
    const room = this.#limit - this.#block;
    if (needed <= room && (room >= most || needed + (needed >> 1) <= room)) {
      const spare = (room - needed) >> 1;
      this.#moveTo(this.#block + HEAD_BYTES + spare + (head ? added : 0));
      return;
    }
    const old = this.ref;
    const { memory } = this;
    const start = this.#start;
    const ref = heap.allocate(Math.max(needed, Math.min(most, needed + (needed >> 1))));
    this.#point(heap, ref);
    this.#start = head ? this.#limit - 1 - size : this.#block + HEAD_BYTES;
    this.#end = this.#start + size;
    this.memory.set(memory.subarray(start, start + size), this.#start);
    heap.free(old);
  }

  /**
   * Makes it a listpack again, and returns its block: a smaller one when much of the old one would be
   * left unused, or (`tightly`) when a smaller one would do. O(bytes). Never throws.
   */
  close(heap: Heap, tightly: boolean): Ref {
    const total = this.totalBytes;
    const room = this.#limit - this.#block;
    const { memory } = this;
    const start = this.#start;
    const old = this.ref;
    const isLoose = tightly ? Heap.sizeFor(total) < room : wastes(total, room);
    // A full heap must not keep anyone from deleting.
    const ref = (isLoose && heap.allocateIfRoom(total)) || old;
    if (ref === old) this.#moveTo(this.#block + HEAD_BYTES);
    else {
      this.#point(heap, ref);
      this.memory.set(memory.subarray(start, this.#end), this.#block + HEAD_BYTES);
      heap.free(old);
    }
    heap.setUint32(ref, 0, total);
    const count = Math.min(this.count, COUNT_UNKNOWN);
    this.memory[this.#block + 4] = count;
    this.memory[this.#block + 5] = count >> 8;
    this.memory[this.#block + total - 1] = END_MARK;
    this.isOpen = false;
    return ref;
  }

  #point(heap: Heap, ref: Ref): void {
    this.ref = ref;
    this.memory = heap.bytes[ref >>> SEGMENT_SHIFT]!;
    this.#block = (ref & GRANULE_MASK) << 3;
    this.#limit = this.#block + heap.usableSize(ref);
  }

  #moveTo(start: number): void {
    if (start === this.#start) return;
    this.memory.copyWithin(start, this.#start, this.#end);
    this.#end += start - this.#start;
    this.#start = start;
  }
}
