/**
 * Nodes of a Skiplist and the blocks of refs they hold. Both are heap blocks:
 *
 *   node    0  order key of the first member, low word     leaf   up to LEAF_LIMIT member refs, in
 *           1  … high word                                        order; sized to what it holds plus
 *           2  ref of the first member                            about an eighth
 *           3  leaf
 *           4  node before, or 0
 *           5  capacity of the leaf << 8 | height
 *           6  forward at level 0   7  span at level 0: the number of members in the leaf
 *           8  forward at level 1   9  span at level 1: members from here up to there
 *           …
 *
 * The first member's key and ref stand in the node, so that a search reads one cache line a step
 * and no member at all unless scores are equal. Nodes are small and dense (about 35 bytes for each
 * 190 members), so all of a set of ten millions stay in the second-level cache.
 *
 * An *order key* is the score as a 64-bit two's complement integer with the same order (a double is
 * sign and magnitude): comparing two words is cheaper than building a double from them, and -0 and
 * 0 get the same key, as they must.
 */
import { GRANULE_MASK, type Heap, HeapFull, type Ref, SEGMENT_SHIFT } from './heap.ts';

/** Most members in a leaf. */
export const LEAF_LIMIT = 256;
/** Levels of the tallest node: enough for 4^14 leaves. */
export const MAX_HEIGHT = 14;

export const KEY_LOW = 0;
export const KEY_HIGH = 1;
export const FIRST = 2;
export const LEAF = 3;
export const PREVIOUS = 4;
export const SHAPE = 5;
export const FORWARD = 6;
export const SPAN = 7;

const MIN_CAPACITY = 8;

export class SkiplistNodes {
  readonly #heap: Heap;
  /** Heap bytes in nodes and leaves. */
  bytesUsed = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** A field of a node. */
  get(node: Ref, field: number): number {
    return this.#heap.words[node >>> SEGMENT_SHIFT]![((node & GRANULE_MASK) << 1) + field]!;
  }

  set(node: Ref, field: number, value: number): void {
    this.#heap.words[node >>> SEGMENT_SHIFT]![((node & GRANULE_MASK) << 1) + field] = value;
  }

  add(node: Ref, field: number, change: number): void {
    this.#heap.words[node >>> SEGMENT_SHIFT]![((node & GRANULE_MASK) << 1) + field]! += change;
  }

  heightOf(node: Ref): number {
    return this.get(node, SHAPE) & 0xff;
  }

  /** The node's key as one number, rounded: for guesses. */
  approximateKey(node: Ref): number {
    return this.get(node, KEY_HIGH) * 0x100000000 + (this.get(node, KEY_LOW) >>> 0);
  }

  /** A node with links and spans empty, and a leaf for so many members, if any. Throws HeapFull. */
  create(height: number, members: number): Ref {
    const node = this.#heap.allocate((FORWARD + height * 2) * 4);
    const base = (node & GRANULE_MASK) << 1;
    this.#heap.words[node >>> SEGMENT_SHIFT]!.fill(0, base, base + FORWARD + height * 2);
    this.set(node, SHAPE, height);
    this.bytesUsed += this.#heap.usableSize(node);
    try {
      if (members > 0) this.reserve(node, members, 0);
    } catch (error) {
      this.free(node);
      throw error;
    }
    return node;
  }

  /** Frees a node and its leaf; the members stay. */
  free(node: Ref): void {
    const leaf = this.get(node, LEAF);
    if (leaf !== 0) this.#freeBlock(leaf);
    this.#freeBlock(node);
  }

  /** Gives `node` the leaf of `from`, which is left without one. */
  takeLeaf(node: Ref, from: Ref): void {
    const leaf = this.get(node, LEAF);
    if (leaf !== 0) this.#freeBlock(leaf);
    this.set(node, LEAF, this.get(from, LEAF));
    this.set(node, SHAPE, (this.get(from, SHAPE) & ~0xff) | this.heightOf(node));
    this.set(from, LEAF, 0);
    this.set(from, SHAPE, this.heightOf(from));
  }

  /** Makes the leaf fit for `needed` members, keeping the first `count`. */
  reserve(node: Ref, needed: number, count: number): void {
    const capacity = this.get(node, SHAPE) >>> 8;
    if (needed > capacity) this.#resize(node, needed + (needed >> 3), count);
  }

  /**
   * Gives memory back when less than three quarters of the leaf are in use; not when the heap is too
   * full for a smaller leaf beside the old one, since that must not keep anyone from deleting.
   */
  trim(node: Ref, count: number): void {
    const capacity = this.get(node, SHAPE) >>> 8;
    if (capacity <= MIN_CAPACITY || count * 4 >= capacity * 3 - 8) return;
    try {
      this.#resize(node, count + (count >> 3), count);
    } catch (error) {
      if (!(error instanceof HeapFull)) throw error;
    }
  }

  /** Puts `ref` before the `index`-th of `count` members. The leaf must have room. */
  insertAt(node: Ref, count: number, index: number, ref: Ref): void {
    const leaf = this.get(node, LEAF);
    const words = this.#heap.words[leaf >>> SEGMENT_SHIFT]!;
    const base = (leaf & GRANULE_MASK) << 1;
    if (index < count) words.copyWithin(base + index + 1, base + index, base + count);
    words[base + index] = ref;
  }

  /** Takes members [from, to) of `count` out of the leaf. */
  removeAt(node: Ref, count: number, from: number, to: number): void {
    const leaf = this.get(node, LEAF);
    const base = (leaf & GRANULE_MASK) << 1;
    const words = this.#heap.words[leaf >>> SEGMENT_SHIFT]!;
    if (to < count) words.copyWithin(base + from, base + to, base + count);
  }

  /** Moves the member at `from` to where it is the `to`-th. */
  rotate(node: Ref, from: number, to: number): void {
    const leaf = this.get(node, LEAF);
    const words = this.#heap.words[leaf >>> SEGMENT_SHIFT]!;
    const base = (leaf & GRANULE_MASK) << 1;
    const ref = words[base + from]!;
    if (to > from) words.copyWithin(base + from, base + from + 1, base + to + 1);
    else words.copyWithin(base + to + 1, base + to, base + from);
    words[base + to] = ref;
  }

  /** Appends members [from, to) of `source` to `target`, which holds `count` and has room. */
  copyMembers(source: Ref, from: number, to: number, target: Ref, count: number): void {
    const sourceLeaf = this.get(source, LEAF);
    const targetLeaf = this.get(target, LEAF);
    this.#heap.copy(sourceLeaf, from * 4, targetLeaf, count * 4, (to - from) * 4);
  }

  /** The member at `index` of the leaf. */
  memberAt(node: Ref, index: number): Ref {
    const leaf = this.get(node, LEAF);
    return this.#heap.words[leaf >>> SEGMENT_SHIFT]![((leaf & GRANULE_MASK) << 1) + index]!;
  }

  /**
   * Index of `ref` among the members, or -1. Looks to both sides of a guess, so a good one costs a
   * cache line; at worst O(count), in consecutive memory.
   */
  indexOf(node: Ref, count: number, ref: Ref, guess: number): number {
    const leaf = this.get(node, LEAF);
    const words = this.#heap.words[leaf >>> SEGMENT_SHIFT]!;
    const base = (leaf & GRANULE_MASK) << 1;
    const end = base + count;
    let below = base + guess;
    let above = below + 1;
    while (below >= base && above < end) {
      if (words[below] === ref) return below - base;
      if (words[above] === ref) return above - base;
      below--;
      above++;
    }
    for (; below >= base; below--) if (words[below] === ref) return below - base;
    for (; above < end; above++) if (words[above] === ref) return above - base;
    return -1;
  }

  /** Copies key and ref of the leaf's first member into the node. */
  refreshFirst(node: Ref): void {
    const ref = this.memberAt(node, 0);
    this.set(node, FIRST, ref);
    const high = scoreHigh(this.#heap, ref);
    const low = scoreLow(this.#heap, ref);
    this.set(node, KEY_LOW, orderLow(high, low));
    this.set(node, KEY_HIGH, orderHigh(high, low));
  }

  #resize(node: Ref, wanted: number, count: number): void {
    const bytes = Math.min(LEAF_LIMIT, Math.max(MIN_CAPACITY, wanted)) * 4;
    const old = this.get(node, LEAF);
    const before = old === 0 ? 0 : this.#heap.usableSize(old);
    const leaf =
      old === 0 ? this.#heap.allocate(bytes) : this.#heap.reallocate(old, bytes, count * 4);
    const usable = this.#heap.usableSize(leaf);
    this.bytesUsed += usable - before;
    this.set(node, LEAF, leaf);
    this.set(node, SHAPE, ((usable >>> 2) << 8) | this.heightOf(node));
  }

  #freeBlock(ref: Ref): void {
    this.bytesUsed -= this.#heap.usableSize(ref);
    this.#heap.free(ref);
  }
}

/** The words of a member's score as they stand in its block. */
export function scoreHigh(heap: Heap, ref: Ref): number {
  const words = heap.words[ref >>> SEGMENT_SHIFT]!;
  const word = (ref & GRANULE_MASK) << 1;
  return (words[word + 1]! >>> 16) | (words[word + 2]! << 16);
}

export function scoreLow(heap: Heap, ref: Ref): number {
  const words = heap.words[ref >>> SEGMENT_SHIFT]!;
  const word = (ref & GRANULE_MASK) << 1;
  return (words[word]! >>> 16) | (words[word + 1]! << 16);
}

/** The words of the order key of a double: negative magnitudes are negated in two's complement. */
export function orderHigh(high: number, low: number): number {
  return high >= 0 ? high : low === 0 ? -(high & 0x7fffffff) | 0 : ~(high & 0x7fffffff);
}

export function orderLow(high: number, low: number): number {
  return high >= 0 ? low : -low | 0;
}
