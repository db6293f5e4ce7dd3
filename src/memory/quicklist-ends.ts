/**
 * The ends of a Quicklist, where nearly all of its traffic is: the first and the last node are kept
 * open (open-listpack.ts) from the first push or pop there until something else looks at the nodes.
 *
 * While an end is open its node's record in QuicklistNodes, but for the ref, is out of date: `close`
 * must come before any other access to the nodes, and before nodes come or go. The only node of a
 * list is open as its first one.
 */
import type { Heap } from './heap.ts';
import { OpenListpack } from './open-listpack.ts';
import {
  ELEMENT_OVERHEAD,
  mostNodeBytes,
  mostNodeElements,
  type QuicklistNodeStore,
} from './quicklist-node-store.ts';
import { BYTES, COUNT, KIND, PACKED, type QuicklistNodes, REF } from './quicklist-nodes.ts';

/** The most that an element takes besides its text. */
const ENCODING_BYTES = 10;

export class QuicklistEnds {
  readonly #heap: Heap;
  readonly #store: QuicklistNodeStore;
  readonly #nodes: QuicklistNodes;
  readonly #first = new OpenListpack();
  readonly #last = new OpenListpack();
  readonly #mostBytes: number;
  readonly #mostElements: number;

  /** `fill` is list-max-listpack-size. */
  constructor(heap: Heap, store: QuicklistNodeStore, fill: number) {
    this.#heap = heap;
    this.#store = store;
    this.#nodes = store.nodes;
    this.#mostBytes = mostNodeBytes(fill);
    this.#mostElements = mostNodeElements(fill);
  }

  /**
   * Adds an element to the first (`head`) or last node; false when that node takes no more, or is
   * none of several elements. Amortised O(element).
   */
  push(bytes: Uint8Array, start: number, end: number, head: boolean): boolean {
    const open = this.#openEnd(head);
    if (open === undefined) return false;
    const added = end - start;
    if (
      open.totalBytes + added + ELEMENT_OVERHEAD > this.#mostBytes ||
      open.count >= this.#mostElements
    )
      return false;
    if (open.push(bytes, start, end, head)) return true;
    const room = this.#heap.usableSize(open.ref);
    open.makeRoom(this.#heap, added + ENCODING_BYTES, head, this.#mostBytes);
    this.#store.moved(this.#nodeOf(open), open.ref, room);
    return open.push(bytes, start, end, head);
  }

  /** Takes an element off an end; false when the node would be left empty. O(1). */
  pop(head: boolean): boolean {
    const open = this.#openEnd(head);
    if (open === undefined || open.count === 1) return false;
    open.pop(head);
    return true;
  }

  /** The end's node, opened, for its `memory` and `elementAt`; undefined when it is a plain one. */
  peek(head: boolean): OpenListpack | undefined {
    return this.#openEnd(head);
  }

  /** Bytes of the first node. */
  get firstBytes(): number {
    return this.#first.isOpen ? this.#first.totalBytes : this.#nodes.get(0, BYTES);
  }

  /** Makes nodes and records what they should be; with `tightly`, also leaves no room in the blocks. */
  close(tightly = false): void {
    if (this.#first.isOpen) this.#closeEnd(this.#first, tightly);
    if (this.#last.isOpen) this.#closeEnd(this.#last, tightly);
  }

  /** Forgets what is open: for when all nodes go. */
  abandon(): void {
    this.#first.isOpen = false;
    this.#last.isOpen = false;
  }

  #openEnd(head: boolean): OpenListpack | undefined {
    const nodes = this.#nodes;
    const last = nodes.length - 1;
    const open = head || last === 0 ? this.#first : this.#last;
    if (open.isOpen) return open;
    if (last < 0) return undefined;
    const node = head ? 0 : last;
    if (nodes.get(node, KIND) !== PACKED) return undefined;
    const ref = nodes.get(node, REF);
    open.open(this.#heap, ref, nodes.get(node, COUNT), nodes.get(node, BYTES));
    return open;
  }

  #nodeOf(open: OpenListpack): number {
    return open === this.#first ? 0 : this.#nodes.length - 1;
  }

  #closeEnd(open: OpenListpack, tightly: boolean): void {
    const node = this.#nodeOf(open);
    const room = this.#heap.usableSize(open.ref);
    const ref = open.close(this.#heap, tightly);
    this.#store.moved(node, ref, room);
    this.#nodes.set(node, BYTES, open.totalBytes);
    this.#nodes.addCount(node, open.count - this.#nodes.get(node, COUNT));
  }
}
