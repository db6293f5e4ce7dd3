/**
 * Long lists: a sequence of nodes, each a listpack within list-max-listpack-size, or one element
 * too large for any listpack ("plain"). The records of the nodes stand in one block
 * (quicklist-nodes.ts), their contents may be compressed (quicklist-node-store.ts).
 *
 *   push, pop at the ends          O(1)
 *   by index                       O(nodes / 64 + one node)
 *   insert, set                    the same; a full node splits, and joins neighbours that fit
 *   range, delete range            O(by index + elements)
 *
 * Where elements go, and when nodes split and join, is as the real server does it, so that both
 * have the same nodes after the same commands.
 */
import { equalsBytes } from '../bytes/text.ts';
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';
import type { ElementVisitor, Listpacks } from './listpack.ts';
import { QuicklistEnds } from './quicklist-ends.ts';
import { QuicklistNodeStore } from './quicklist-node-store.ts';
import { BYTES, COUNT, KIND, PLAIN, type QuicklistNodes, REF } from './quicklist-nodes.ts';

/** Elements of this size get a plain node; DEBUG QUICKLIST-PACKED-THRESHOLD changes it. */
export const quicklistOptions = { packedThreshold: 2 ** 30 };

/** Gets a node in order: a listpack, or with `plain` the block of an element of `bytes` bytes. */
/** Returns true to end the walk. */
export type NodeVisitor = (ref: Ref, bytes: number, plain: boolean) => unknown;

const NOTHING = new Uint8Array(0);
const OBJECT_BYTES = 700;

export class Quicklist {
  /** The element found last; valid until the next call. */
  foundBytes: Uint8Array = NOTHING;
  foundStart = 0;
  foundEnd = 0;

  readonly #heap: Heap;
  readonly #listpacks: Listpacks;
  readonly #store: QuicklistNodeStore;
  readonly #nodes: QuicklistNodes;
  /** To be closed before any other look at the nodes, but for their number. */
  readonly #ends: QuicklistEnds;
  #length = 0;

  /** `fill` is list-max-listpack-size, `depth` list-compress-depth. */
  constructor(heap: Heap, listpacks: Listpacks, fill: number, depth: number) {
    this.#heap = heap;
    this.#listpacks = listpacks;
    this.#store = new QuicklistNodeStore(heap, listpacks, fill, depth);
    this.#nodes = this.#store.nodes;
    this.#ends = new QuicklistEnds(heap, this.#store, fill);
  }

  /** Number of elements. */
  get length(): number {
    return this.#length;
  }

  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** Heap bytes of the nodes and their records, and about what V8 needs for the objects. O(1). */
  get bytesUsed(): number {
    return this.#store.bytesUsed + OBJECT_BYTES;
  }

  /** What freeing costs: nodes, not elements. O(1). */
  get freeEffort(): number {
    return this.#nodes.length;
  }

  /** Bytes of the listpack of a list with only one node that has one, else Infinity. */
  get onlyListpackBytes(): number {
    if (this.#nodes.length !== 1 || this.#nodes.get(0, KIND) === PLAIN) return Infinity;
    return this.#ends.firstBytes;
  }

  /** Appends a node: a listpack that becomes the list's own. For loading and conversion. */
  appendListpack(ref: Ref): void {
    this.#ends.close();
    this.#store.adopt(this.#nodes.length, ref);
    this.#length += this.#listpacks.length(ref);
    this.#store.settle(0, -1);
  }

  /** Appends a plain node, whatever its size. For loading. */
  appendPlain(bytes: Uint8Array, start: number, end: number): void {
    this.#ends.close();
    this.#store.insertPlain(this.#nodes.length, bytes, start, end);
    this.#length++;
    this.#store.settle(0, -1);
  }

  pushHead(bytes: Uint8Array, start: number, end: number): void {
    this.#pushEnd(bytes, start, end, true);
  }

  pushTail(bytes: Uint8Array, start: number, end: number): void {
    this.#pushEnd(bytes, start, end, false);
  }

  #pushEnd(bytes: Uint8Array, start: number, end: number, head: boolean): void {
    if (isLarge(end - start) || !this.#ends.push(bytes, start, end, head)) {
      this.#ends.close(true);
      this.#insertNode(head ? 0 : this.#nodes.length, bytes, start, end);
    }
    this.#length++;
  }

  /** Takes the first (or last) element out of a list that is not empty. */
  removeEnd(head: boolean): void {
    if (this.#ends.pop(head)) this.#length--;
    else this.deleteRange(head ? 0 : this.#length - 1, 1);
  }

  /** Finds the first (or last) element of a list that is not empty. */
  seekEnd(head: boolean): void {
    const open = this.#ends.peek(head);
    if (open === undefined) this.#find(head ? 0 : this.#nodes.length - 1, head ? 0 : -1);
    else {
      this.#listpacks.readAt(open.memory, open.elementAt(head));
      this.#takeFound();
    }
  }

  /** Finds the element of this index, 0 <= index < length. */
  seek(index: number): void {
    const node = this.#nodeOf(index);
    this.#find(node, index - this.#nodes.elementsBefore);
  }

  /** Puts another element in the place of the one at `index`. The source must not be in the list. */
  set(index: number, bytes: Uint8Array, start: number, end: number): void {
    const node = this.#nodeOf(index);
    const offset = index - this.#nodes.elementsBefore;
    const plain = this.#nodes.get(node, KIND) === PLAIN;
    if (plain || isLarge(end - start)) {
      this.#insertNear(node, offset, bytes, start, end, true);
      this.#length++;
      this.deleteRange(index, 1);
      return;
    }
    const ref = this.#store.openToWrite(node);
    const position = this.#listpacks.seek(ref, offset);
    this.#store.changed(node, this.#listpacks.replace(ref, position, bytes, start, end), 0);
    this.#store.settle(node, node);
  }

  /** Inserts behind (or before) the element at `index`. The source must not be in the list. */
  insert(index: number, bytes: Uint8Array, start: number, end: number, after: boolean): void {
    const node = this.#nodeOf(index);
    this.#insertNear(node, index - this.#nodes.elementsBefore, bytes, start, end, after);
    this.#length++;
  }

  /** Deletes `count` elements from `index` on, as far as there are. */
  deleteRange(index: number, count: number): void {
    const nodes = this.#nodes;
    let left = Math.min(count, this.#length - index);
    if (left <= 0) return;
    let node = this.#nodeOf(index);
    let offset = index - nodes.elementsBefore;
    this.#length -= left;
    const first = node;
    while (left > 0) {
      const held = nodes.get(node, COUNT);
      const deleted = Math.min(left, held - offset);
      if (deleted === held) this.#store.remove(node);
      else {
        const ref = this.#store.openToWrite(node);
        this.#store.changed(node, this.#listpacks.deleteRange(ref, offset, deleted), -deleted);
        node++;
      }
      left -= deleted;
      offset = 0;
    }
    this.#store.settle(first, node);
  }

  /**
   * Deletes up to `limit` elements equal to these bytes, from the head on or (`reverse`) from the tail;
   * returns how many. The source must not be in the list.
   */
  removeEqual(
    bytes: Uint8Array,
    start: number,
    end: number,
    limit: number,
    reverse: boolean,
  ): number {
    this.#ends.close();
    let removed = 0;
    let node = reverse ? this.#nodes.length - 1 : 0;
    while (node >= 0 && node < this.#nodes.length && removed < limit) {
      const held = this.#nodes.get(node, COUNT);
      const gone = this.#removeFromNode(node, bytes, start, end, limit - removed, reverse);
      removed += gone;
      if (reverse) node--;
      else if (gone < held) node++;
    }
    this.#length -= removed;
    if (removed > 0) this.#store.settle(0, this.#nodes.length - 1);
    return removed;
  }

  /** Visits `count` elements from `index` on, towards the tail or (`reverse`) the head. */
  forEach(index: number, count: number, reverse: boolean, visit: ElementVisitor): void {
    if (index < 0 || index >= this.#length || count <= 0) return;
    const nodes = this.#nodes;
    const listpacks = this.#listpacks;
    let node = this.#nodeOf(index);
    let offset = index - nodes.elementsBefore;
    for (let left = count; left > 0 && node >= 0 && node < nodes.length;) {
      if (nodes.get(node, KIND) === PLAIN) {
        this.#find(node, 0);
        if (!visit(this.foundBytes, this.foundStart, this.foundEnd)) return;
        left--;
      } else {
        const ref = this.#store.openToRead(node);
        left = listpacks.walk(ref, listpacks.seek(ref, offset), left, reverse, visit);
        if (left < 0) return;
      }
      node += reverse ? -1 : 1;
      offset = reverse ? -1 : 0;
    }
  }

  /**
   * Visits the nodes in order from node `from` on, uncompressed, until `visit` returns true: for DUMP,
   * snapshots and DEBUG. Returns the node to go on from.
   */
  forEachNode(visit: NodeVisitor, from = 0): number {
    this.#ends.close();
    let node = from;
    for (let isOver = false; node < this.#nodes.length && !isOver; node++) {
      const plain = this.#nodes.get(node, KIND) === PLAIN;
      const ref = plain ? this.#nodes.get(node, REF) : this.#store.openToRead(node);
      isOver = visit(ref, this.#nodes.get(node, BYTES), plain) === true;
    }
    this.#store.closeTemporary();
    return node;
  }

  /** Gives an empty list a copy of all nodes. O(bytes). */
  copyTo(target: Quicklist): void {
    this.#ends.close();
    for (let node = 0; node < this.#nodes.length; node++) {
      this.#store.copyNode(node, target.#store);
      target.#store.settle(0, -1);
    }
    this.#store.closeTemporary();
    target.#length = this.#length;
  }

  /** A copy of the only node's listpack; the list is empty afterwards. */
  takeOnlyListpack(): Ref {
    this.#ends.close();
    const ref = this.#listpacks.copy(this.#store.openToRead(0));
    this.#store.remove(0);
    this.#length = 0;
    return ref;
  }

  /** Frees nodes with about `budget` elements; true when all is gone and the list unusable. */
  freeSome(budget: number): boolean {
    const nodes = this.#nodes;
    this.#ends.abandon();
    this.#store.closeTemporary();
    for (let left = budget; nodes.length > 0 && left > 0;) {
      left -= 1 + (nodes.get(nodes.length - 1, BYTES) >> 12);
      this.#store.remove(nodes.length - 1);
    }
    if (nodes.length > 0) return false;
    nodes.free();
    this.#length = 0;
    return true;
  }

  /**
   * The node of an element, as it should be; leaves `elementsBefore` in #nodes. O(1) in the first and
   * last node.
   */
  #nodeOf(index: number): number {
    this.#ends.close();
    const nodes = this.#nodes;
    const last = nodes.length - 1;
    const beforeLast = this.#length - nodes.get(last, COUNT);
    if (index < beforeLast) return nodes.findElement(index);
    nodes.elementsBefore = beforeLast;
    return last;
  }

  #takes(node: number, bytes: number): boolean {
    return !isLarge(bytes) && this.#store.takes(node, bytes);
  }

  #insertNode(node: number, bytes: Uint8Array, start: number, end: number): void {
    if (isLarge(end - start)) this.#store.insertPlain(node, bytes, start, end);
    else this.#store.insertPacked(node, bytes, start, end);
    this.#store.settle(node, node);
  }

  #find(node: number, offset: number): void {
    const ref = this.#nodes.get(node, REF);
    if (this.#nodes.get(node, KIND) === PLAIN) {
      this.foundBytes = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
      this.foundStart = (ref & GRANULE_MASK) << 3;
      this.foundEnd = this.foundStart + this.#nodes.get(node, BYTES);
      return;
    }
    const listpacks = this.#listpacks;
    const opened = this.#store.openToRead(node);
    listpacks.read(opened, listpacks.seek(opened, offset));
    this.#takeFound();
  }

  #takeFound(): void {
    const listpacks = this.#listpacks;
    this.foundBytes = listpacks.foundBytes;
    this.foundStart = listpacks.foundStart;
    this.foundEnd = listpacks.foundEnd;
  }

  /** Inserts next to an element, in its node, in the neighbour, or in a new node. */
  #insertNear(
    node: number,
    offset: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    after: boolean,
  ): void {
    const size = end - start;
    const target = after ? offset + 1 : offset;
    const atEdge = target === (after ? this.#nodes.get(node, COUNT) : 0);
    const neighbour = after ? node + 1 : node - 1;
    if (this.#takes(node, size)) {
      this.#insertInNode(node, target, bytes, start, end);
      this.#store.settle(node, node);
    } else if (!atEdge) {
      this.#insertInSplit(node, target, bytes, start, end, after);
    } else if (neighbour >= 0 && neighbour < this.#nodes.length && this.#takes(neighbour, size)) {
      const place = after ? 0 : this.#nodes.get(neighbour, COUNT);
      this.#insertInNode(neighbour, place, bytes, start, end);
      this.#store.settle(neighbour, neighbour);
    } else this.#insertNode(after ? node + 1 : node, bytes, start, end);
  }

  #insertInNode(node: number, offset: number, bytes: Uint8Array, start: number, end: number): void {
    const listpacks = this.#listpacks;
    const ref = this.#store.openToWrite(node);
    const found = listpacks.seek(ref, offset);
    const position = found === 0 ? listpacks.end(ref) : found;
    this.#store.changed(node, listpacks.insert(ref, position, bytes, start, end), 1);
  }

  /** Splits a full node where the element goes, and joins what fits together again. */
  #insertInSplit(
    node: number,
    target: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    after: boolean,
  ): void {
    const store = this.#store;
    store.split(node, target);
    if (isLarge(end - start)) {
      store.insertPlain(node + 1, bytes, start, end);
      store.settle(node, node + 2);
      return;
    }
    if (after) this.#insertInNode(node + 1, 0, bytes, start, end);
    else this.#insertInNode(node, target, bytes, start, end);
    this.#joinAround(after ? node : node + 1);
  }

  /** Joins the nodes two to either side of `center` with their neighbours where limits allow. */
  #joinAround(center: number): void {
    const store = this.#store;
    let node = center;
    if (store.join(node - 2)) node--;
    store.join(node + 1);
    if (store.join(node - 1)) node--;
    store.join(node);
    store.settle(node - 2, node + 2);
  }

  #removeFromNode(
    node: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    limit: number,
    reverse: boolean,
  ): number {
    const listpacks = this.#listpacks;
    const held = this.#nodes.get(node, COUNT);
    if (this.#nodes.get(node, KIND) === PLAIN) {
      this.#find(node, 0);
      const { foundBytes, foundStart, foundEnd } = this;
      if (!equalsBytes(foundBytes, foundStart, foundEnd, bytes, start, end)) return 0;
      this.#store.remove(node);
      return 1;
    }
    const read = this.#store.openToRead(node);
    if (listpacks.find(read, listpacks.first(read), bytes, start, end, 0) === 0) return 0;
    let ref = this.#store.openToWrite(node);
    let removed = 0;
    let at = reverse ? listpacks.last(ref) : listpacks.first(ref);
    while (at !== 0 && removed < limit) {
      const equal = listpacks.equals(ref, at, bytes, start, end);
      const behind = equal || reverse ? 0 : listpacks.next(ref, at);
      if (equal) {
        ref = listpacks.delete(ref, at);
        removed++;
        if (removed === held) break;
      }
      if (reverse) at = listpacks.previous(ref, at);
      else if (!equal) at = behind;
      else if (at === listpacks.end(ref)) at = 0;
    }
    this.#store.changed(node, ref, -removed);
    if (removed === held) this.#store.remove(node);
    return removed;
  }
}

/** Whether an element of so many bytes needs a plain node. */
export function isLarge(bytes: number): boolean {
  return bytes >= quicklistOptions.packedThreshold;
}
