/**
 * What stands behind the nodes of a Quicklist: making, opening, compressing, splitting and joining
 * their listpacks. Sizes and element counts in the records are kept right here.
 *
 * With a compress depth of d > 0 all nodes but the d at either end are kept LZF-compressed, where
 * that saves at least 8 bytes of 48 or more:
 *
 *   compressed block   u32 length of what follows, LZF data
 *
 * A compressed node is read through a temporary copy, which lives until the next one is opened, and
 * is unpacked for good before it changes.
 */
import { compressLzf, decompressLzf } from '../bytes/lzf.ts';
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';
import type { Listpacks } from './listpack.ts';
import {
  BYTES,
  COMPRESSED,
  COUNT,
  KIND,
  PACKED,
  PLAIN,
  QuicklistNodes,
  REF,
} from './quicklist-nodes.ts';

const MIN_COMPRESSED_BYTES = 48;
const MIN_SAVING = 8;
const LENGTH_BYTES = 4;
/** What the real server reckons an element to take besides its bytes. */
export const ELEMENT_OVERHEAD = 8;
/** What the real server takes off the sum of two nodes to join (7 bytes are really saved). */
const JOIN_SAVING = 11;
/** Bytes of a node for list-max-listpack-size -1 … -5. */
const LEVELS = [4096, 8192, 16_384, 32_768, 65_536];
/** Bytes of a node that is limited by a number of elements. */
const SAFETY_LIMIT = 8192;

let scratch = new Uint8Array(0);

/** The most bytes of a node's listpack under list-max-listpack-size `fill`. */
export function mostNodeBytes(fill: number): number {
  return fill < 0 ? LEVELS[Math.min(LEVELS.length, -fill) - 1]! : SAFETY_LIMIT;
}

/** The most elements of a node. */
export function mostNodeElements(fill: number): number {
  return fill < 0 ? 0x7fffffff : fill;
}

/** Whether a node with `count` elements and `bytes` bytes is within the limit `fill`. */
function withinLimit(fill: number, count: number, bytes: number): boolean {
  return bytes <= mostNodeBytes(fill) && count <= mostNodeElements(fill);
}

/**
 * Whether a list node of `count` elements and `bytes` bytes takes another element of `added` bytes
 * under list-max-listpack-size `fill`.
 */
export function nodeTakes(fill: number, count: number, bytes: number, added: number): boolean {
  return withinLimit(fill, count + 1, bytes + added + ELEMENT_OVERHEAD);
}

export class QuicklistNodeStore {
  readonly nodes: QuicklistNodes;
  readonly listpacks: Listpacks;
  readonly #heap: Heap;
  readonly #fill: number;
  readonly #depth: number;
  #bytes = 0;
  #temporary: Ref = 0;

  constructor(heap: Heap, listpacks: Listpacks, fill: number, depth: number) {
    this.#heap = heap;
    this.listpacks = listpacks;
    this.nodes = new QuicklistNodes(heap);
    this.#fill = fill;
    this.#depth = depth;
  }

  get bytesUsed(): number {
    return this.#bytes + this.nodes.bytesUsed;
  }

  /** Whether the node may get another element of so many bytes. */
  takes(node: number, added: number): boolean {
    const nodes = this.nodes;
    if (nodes.get(node, KIND) === PLAIN) return false;
    return nodeTakes(this.#fill, nodes.get(node, COUNT), nodes.get(node, BYTES), added);
  }

  /** Inserts a listpack as a node. */
  adopt(node: number, ref: Ref): void {
    const { listpacks } = this;
    this.nodes.insert(node, ref, listpacks.length(ref), listpacks.totalBytes(ref), PACKED);
    this.#bytes += this.#heap.usableSize(ref);
  }

  /** Inserts a node with one element, as a listpack. */
  insertPacked(node: number, bytes: Uint8Array, start: number, end: number): void {
    let ref = this.listpacks.create();
    try {
      ref = this.listpacks.append(ref, bytes, start, end);
      this.adopt(node, ref);
    } catch (error) {
      this.#heap.free(ref);
      throw error;
    }
  }

  /** Inserts a plain node that holds one element. */
  insertPlain(node: number, bytes: Uint8Array, start: number, end: number): void {
    const ref = this.#heap.allocate(end - start);
    this.#heap.write(ref, 0, bytes, start, end);
    try {
      this.nodes.insert(node, ref, 1, end - start, PLAIN);
    } catch (error) {
      this.#heap.free(ref);
      throw error;
    }
    this.#bytes += this.#heap.usableSize(ref);
  }

  /** Frees a node and what it holds. */
  remove(node: number): void {
    this.#release(this.nodes.get(node, REF));
    this.nodes.remove(node);
  }

  /** The node's listpack to read, which must not change; not for plain nodes. */
  openToRead(node: number): Ref {
    const ref = this.nodes.get(node, REF);
    if (this.nodes.get(node, KIND) === PACKED) return ref;
    this.closeTemporary();
    this.#temporary = this.#unpack(ref, this.nodes.get(node, BYTES));
    this.#bytes += this.#heap.usableSize(this.#temporary);
    return this.#temporary;
  }

  closeTemporary(): void {
    if (this.#temporary !== 0) this.#release(this.#temporary);
    this.#temporary = 0;
  }

  /** The node's listpack to change; pass what became of it to `changed`. Not for plain nodes. */
  openToWrite(node: number): Ref {
    const ref = this.nodes.get(node, REF);
    const unpacked = this.#unpackNode(node);
    // Its block may move: `changed` counts the new one.
    this.#bytes -= this.#heap.usableSize(unpacked === 0 ? ref : unpacked);
    return unpacked === 0 ? ref : unpacked;
  }

  /** Records a listpack that `openToWrite` gave, with `change` more elements. */
  changed(node: number, ref: Ref, change: number): void {
    const nodes = this.nodes;
    this.#bytes += this.#heap.usableSize(ref);
    nodes.set(node, REF, ref);
    nodes.set(node, BYTES, this.listpacks.totalBytes(ref));
    if (change !== 0) nodes.addCount(node, change);
  }

  /** Takes note that a node's listpack, in a block of `room` bytes, is in this block now. */
  moved(node: number, ref: Ref, room: number): void {
    this.#bytes += this.#heap.usableSize(ref) - room;
    this.nodes.set(node, REF, ref);
  }

  /** Moves the elements from `offset` on to a new node behind this one. */
  split(node: number, offset: number): void {
    const { listpacks } = this;
    const ref = this.openToWrite(node);
    const total = this.nodes.get(node, COUNT);
    const right = listpacks.deleteRange(listpacks.copy(ref), 0, offset);
    const left = listpacks.deleteRange(ref, offset, total - offset);
    this.changed(node, left, offset - total);
    this.adopt(node + 1, right);
  }

  /** Joins a node with the one behind it if the result is within limits; tells whether it did. */
  join(node: number): boolean {
    const nodes = this.nodes;
    if (node < 0 || node + 1 >= nodes.length) return false;
    if (nodes.get(node, KIND) === PLAIN || nodes.get(node + 1, KIND) === PLAIN) return false;
    const bytes = nodes.get(node, BYTES) + nodes.get(node + 1, BYTES) - JOIN_SAVING;
    const count = nodes.get(node, COUNT) + nodes.get(node + 1, COUNT);
    if (!withinLimit(this.#fill, count, bytes)) return false;
    const added = nodes.get(node + 1, COUNT);
    const other = this.openToRead(node + 1);
    const ref = this.openToWrite(node);
    this.changed(node, this.listpacks.appendAll(ref, other), added);
    this.closeTemporary();
    this.remove(node + 1);
    return true;
  }

  /**
   * Restores what the compress depth demands after nodes [from, to] changed or nodes came or went:
   * the ends are unpacked, the others compressed. O(depth + to - from).
   */
  settle(from: number, to: number): void {
    const depth = this.#depth;
    if (depth === 0) return;
    this.closeTemporary();
    const count = this.nodes.length;
    for (let i = 0; i < depth && i < count; i++) {
      this.#unpackNode(i);
      this.#unpackNode(count - 1 - i);
    }
    if (count <= depth * 2) return;
    this.#packNode(depth);
    this.#packNode(count - 1 - depth);
    for (let i = Math.max(depth, from); i <= to && i < count - depth; i++) this.#packNode(i);
  }

  /** A node's content copied into another store, at its end. */
  copyNode(node: number, target: QuicklistNodeStore): void {
    const nodes = this.nodes;
    if (nodes.get(node, KIND) === PLAIN) {
      const ref = nodes.get(node, REF);
      const start = (ref & GRANULE_MASK) << 3;
      const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
      target.insertPlain(target.nodes.length, memory, start, start + nodes.get(node, BYTES));
    } else target.adopt(target.nodes.length, this.listpacks.copy(this.openToRead(node)));
  }

  #release(ref: Ref): void {
    this.#bytes -= this.#heap.usableSize(ref);
    this.#heap.free(ref);
  }

  /** Makes a compressed node packed again, and returns its listpack; 0 when it is not compressed. */
  #unpackNode(node: number): Ref {
    const nodes = this.nodes;
    if (nodes.get(node, KIND) !== COMPRESSED) return 0;
    const ref = nodes.get(node, REF);
    const unpacked = this.#unpack(ref, nodes.get(node, BYTES));
    this.#bytes += this.#heap.usableSize(unpacked);
    this.#release(ref);
    nodes.set(node, REF, unpacked);
    nodes.set(node, KIND, PACKED);
    return unpacked;
  }

  #unpack(ref: Ref, bytes: number): Ref {
    const heap = this.#heap;
    const target = heap.allocate(bytes);
    const at = (target & GRANULE_MASK) << 3;
    const start = ((ref & GRANULE_MASK) << 3) + LENGTH_BYTES;
    const end = start + heap.getUint32(ref, 0);
    const source = heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const memory = heap.bytes[target >>> SEGMENT_SHIFT]!;
    if (decompressLzf(source, start, end, memory, at, at + bytes) !== bytes) {
      throw new Error('quicklist: compressed node is corrupt');
    }
    return target;
  }

  #packNode(node: number): void {
    const heap = this.#heap;
    const nodes = this.nodes;
    const bytes = nodes.get(node, BYTES);
    if (nodes.get(node, KIND) !== PACKED || bytes < MIN_COMPRESSED_BYTES) return;
    if (scratch.length < bytes) scratch = new Uint8Array(bytes * 2);
    const ref = nodes.get(node, REF);
    const start = (ref & GRANULE_MASK) << 3;
    const memory = heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const length = compressLzf(memory, start, start + bytes, scratch, 0, bytes - MIN_SAVING);
    if (length === 0) return;
    const packed = heap.allocateIfRoom(LENGTH_BYTES + length);
    if (packed === 0) return;
    heap.setUint32(packed, 0, length);
    heap.write(packed, LENGTH_BYTES, scratch, 0, length);
    this.#bytes += heap.usableSize(packed);
    this.#release(ref);
    nodes.set(node, REF, packed);
    nodes.set(node, KIND, COMPRESSED);
  }
}
