/**
 * The order of a large sorted set: an unrolled skiplist with spans over member blocks, sorted by
 * score, then by the member's bytes.
 *
 *   level 2   H ---------------------------------- 512 ------------> nothing
 *   level 1   H -------------- 300 ----> D ------- 212 ------------> nothing
 *   level 0   H - 120 -> C --- 180 ----> D - 90 -> E ---- 122 -----> nothing
 *             |          |               |         |
 *           [refs]     [refs]          [refs]    [refs]
 *
 * It is W. Pugh's skiplist (1990, with the spans of his "Skip List Cookbook"), except that a node
 * holds a leaf of up to 256 refs instead of one element, as unrolled lists do: ten million members
 * need 4.5 bytes each instead of some 40, and a search visits about twenty small nodes and then
 * one leaf. A span counts the members from a node's first up to the first of the node it points to,
 * or up to the end; so span 0 is the node's own count, and ranks are sums of spans on the way down.
 *
 * Invariants (skiplist-check.ts verifies them): leaves are sorted and, but for the head's of an empty list,
 * not empty; a node's key is that of its first member (the head's is not used: it stands for minus
 * infinity, has full height and is never unlinked); spans add up to `size` on every level.
 *
 * A full leaf splits in the middle, or at the end where an append to the last node or a prepend to
 * the first one filled it (so members that come in order fill leaves to the brim). A leaf below a
 * quarter joins a neighbour when both fill at most half a leaf.
 *
 * Member blocks belong to the caller, who must not change score or member of one that is listed
 * other than by `updateScore`. Every operation is expected O(log n + leaf), with no step longer.
 */
import type { Random } from '../env/random.ts';
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';
import { memberScore, setMemberScore } from './member-block.ts';
import {
  approximateKey,
  compareBytes,
  compareWithKey,
  keyHigh,
  keyLow,
  seekAboveScore,
  seekBytes,
  seekMember,
  seekScore,
} from './skiplist-key.ts';
import {
  FIRST,
  FORWARD,
  KEY_HIGH,
  KEY_LOW,
  LEAF,
  LEAF_LIMIT,
  MAX_HEIGHT,
  PREVIOUS,
  SPAN,
  SkiplistNodes,
} from './skiplist-nodes.ts';
import { type MemberVisitor, walkMembers } from './skiplist-walk.ts';

const MERGE_BELOW = LEAF_LIMIT >> 2;
const MERGED_LIMIT = LEAF_LIMIT >> 1;
/** Steps of a search in a leaf that interpolate. */
const GUESSES = 4;

/**
 * The way down of the last search, shared by all lists (nothing runs in between): by level the last
 * node reached, and the number of members before it.
 */
const pathNodes = new Int32Array(MAX_HEIGHT);
const pathRanks = new Int32Array(MAX_HEIGHT);

export class Skiplist {
  readonly #heap: Heap;
  readonly #random: Random;
  readonly #nodes: SkiplistNodes;
  readonly #head: Ref;
  #tail: Ref;
  #height = 1;
  #size = 0;

  constructor(heap: Heap, random: Random) {
    this.#heap = heap;
    this.#random = random;
    this.#nodes = new SkiplistNodes(heap);
    this.#head = this.#nodes.create(MAX_HEIGHT, 0);
    this.#tail = this.#head;
  }

  /** Number of members. */
  get size(): number {
    return this.#size;
  }

  /** Heap bytes of nodes and leaves, without the member blocks. */
  get bytesUsed(): number {
    return this.#nodes.bytesUsed;
  }

  /** Adds a block; its member must not be listed with the same score. */
  insert(ref: Ref): void {
    seekMember(this.#heap, ref);
    this.#descend(0);
    this.#insertAtPath(ref);
  }

  /** Takes a block out and leaves it to the caller. It must be listed. */
  remove(ref: Ref): void {
    const index = this.#locate(ref);
    this.#removeAtPath(index, index + 1);
  }

  /** Sets the score of a listed block and moves it to its new place. */
  updateScore(ref: Ref, score: number): void {
    const nodes = this.#nodes;
    const index = this.#locate(ref);
    const node = pathNodes[0]!;
    const old = approximateKey(this.#heap, ref);
    const raised = score > memberScore(this.#heap, ref);
    setMemberScore(this.#heap, ref, score);
    seekMember(this.#heap, ref);
    const next = nodes.get(node, FORWARD);
    // The node's own key is still the old one, so this holds for its first member, too.
    const staysBehind = node === this.#head || this.#startsAtOrBelow(node);
    if (staysBehind && (next === 0 || !this.#startsAtOrBelow(next))) {
      this.#moveInLeaf(node, index, old, raised);
      return;
    }
    this.#removeAtPath(index, index + 1);
    seekMember(this.#heap, ref);
    this.#descend(0);
    this.#insertAtPath(ref);
  }

  /** Number of members before this listed one. */
  rankOf(ref: Ref): number {
    const index = this.#locate(ref);
    return pathRanks[0]! + index;
  }

  /** The member with so many before it; 0 <= rank < size. */
  at(rank: number): Ref {
    this.#descendToRank(rank);
    return this.#nodes.memberAt(pathNodes[0]!, rank - pathRanks[0]!);
  }

  /** Number of members with a score below this one, or (`orEqual`) not above it. */
  countBelowScore(score: number, orEqual: boolean): number {
    if (orEqual) seekAboveScore(score);
    else seekScore(score);
    return this.#countBefore(1);
  }

  /**
   * Number of members that sort before these bytes, or (`orEqual`) not after them. Means something
   * only where all scores are equal, as ZRANGEBYLEX demands.
   */
  countBelowMember(bytes: Uint8Array, start: number, end: number, orEqual: boolean): number {
    if (this.#size === 0) return 0;
    seekBytes(this.#heap, this.#nodes.memberAt(this.#head, 0), bytes, start, end);
    return this.#countBefore(orEqual ? 0 : 1);
  }

  /**
   * Visits `count` members from this rank on, upwards or (`reverse`) downwards, until `visit` returns
   * false. `visit` must not change the list. O(log n + count).
   */
  forEach(rank: number, count: number, reverse: boolean, visit: (ref: Ref) => boolean): void {
    if (count <= 0 || rank < 0 || rank >= this.#size) return;
    const nodes = this.#nodes;
    this.#descendToRank(rank);
    let node = pathNodes[0]!;
    let index = rank - pathRanks[0]!;
    const step = reverse ? -1 : 1;
    for (let left = count; left > 0;) {
      const end = reverse ? -1 : nodes.get(node, SPAN);
      const leaf = nodes.get(node, LEAF);
      const words = this.#heap.words[leaf >>> SEGMENT_SHIFT]!;
      const base = (leaf & GRANULE_MASK) << 1;
      for (; index !== end && left > 0; index += step, left--) {
        if (!visit(words[base + index]!)) return;
      }
      node = nodes.get(node, reverse ? PREVIOUS : FORWARD);
      if (node === 0) return;
      index = reverse ? nodes.get(node, SPAN) - 1 : 0;
    }
  }

  /**
   * Visits members with their scores, as `forEach`. `segments` is the form in which visitors get the
   * memory: the heap's `bytes`, or its `views`, which copy short members in half the time. Without
   * `scored` what they get as score means nothing. O(log n + count).
   */
  forEachMember<Memory>(
    segments: readonly Memory[],
    rank: number,
    count: number,
    reverse: boolean,
    scored: boolean,
    visit: MemberVisitor<Memory>,
  ): void {
    if (rank < 0 || rank >= this.#size) return;
    this.#descendToRank(rank);
    const place = rank - pathRanks[0]!;
    const node = pathNodes[0]!;
    walkMembers(this.#heap, segments, this.#nodes, node, place, count, reverse, scored, visit);
  }

  /** Takes the member with so many before it out and returns it; 0 <= rank < size. */
  takeAt(rank: number): Ref {
    this.#descendToRank(rank);
    const index = rank - pathRanks[0]!;
    const ref = this.#nodes.memberAt(pathNodes[0]!, index);
    this.#removeAtPath(index, index + 1);
    return ref;
  }

  /**
   * Takes `count` members from this rank on out, a leaf at a time, and hands each to `removed`, which
   * may free its block. O(log n + count).
   */
  removeRange(rank: number, count: number, removed: (ref: Ref) => void): void {
    let left = Math.min(count, this.#size - rank);
    while (left > 0) {
      this.#descendToRank(rank);
      const node = pathNodes[0]!;
      const from = rank - pathRanks[0]!;
      const to = Math.min(from + left, this.#nodes.get(node, SPAN));
      for (let i = from; i < to; i++) removed(this.#nodes.memberAt(node, i));
      this.#removeAtPath(from, to);
      left -= to - from;
    }
  }

  /**
   * Frees the nodes in front until about `budget` members went through `removed`; true when nothing is
   * left, not even the head: the list must not be used for anything else from the first call on.
   */
  freeSome(budget: number, removed: (ref: Ref) => void): boolean {
    const nodes = this.#nodes;
    let node = this.#size < 0 ? this.#tail : this.#head;
    this.#size = -1;
    for (let left = budget; left > 0;) {
      const count = nodes.get(node, SPAN);
      const next = nodes.get(node, FORWARD);
      for (let i = 0; i < count; i++) removed(nodes.memberAt(node, i));
      nodes.free(node);
      left -= count + 1;
      if (next === 0) return true;
      node = next;
    }
    this.#tail = node;
    return false;
  }

  /** The parts, for the checker in skiplist-check.ts. */
  structure(): { nodes: SkiplistNodes; head: Ref; tail: Ref; height: number } {
    return { nodes: this.#nodes, head: this.#head, tail: this.#tail, height: this.#height };
  }

  /**
   * Follows the levels down to the last node whose first member compares with the key at or below
   * `limit`: 0 stops before members above the key, 1 … at or above it.
   */
  #descend(limit: 0 | 1): void {
    const words = this.#heap.words;
    const high = keyHigh;
    const low = keyLow >>> 0;
    let node = this.#head;
    let rank = 0;
    let memory = words[node >>> SEGMENT_SHIFT]!;
    let base = (node & GRANULE_MASK) << 1;
    for (let level = this.#height - 1; level >= 0; level--) {
      for (;;) {
        const next = memory[base + FORWARD + level * 2]!;
        if (next === 0) break;
        const nextMemory = words[next >>> SEGMENT_SHIFT]!;
        const nextBase = (next & GRANULE_MASK) << 1;
        const nextHigh = nextMemory[nextBase + KEY_HIGH]!;
        if (nextHigh > high) break;
        if (nextHigh === high) {
          const nextLow = nextMemory[nextBase + KEY_LOW]! >>> 0;
          if (nextLow > low) break;
          if (nextLow === low && compareBytes(this.#heap, nextMemory[nextBase + FIRST]!) > -limit)
            break;
        }
        rank += memory[base + SPAN + level * 2]!;
        node = next;
        memory = nextMemory;
        base = nextBase;
      }
      pathNodes[level] = node;
      pathRanks[level] = rank;
    }
  }

  /** The way down to the node that holds the member of this rank. */
  #descendToRank(wanted: number): void {
    const nodes = this.#nodes;
    let node = this.#head;
    let rank = 0;
    for (let level = this.#height - 1; level >= 0; level--) {
      for (;;) {
        const next = nodes.get(node, FORWARD + level * 2);
        if (next === 0) break;
        const reached = rank + nodes.get(node, SPAN + level * 2);
        if (reached > wanted) break;
        rank = reached;
        node = next;
      }
      pathNodes[level] = node;
      pathRanks[level] = rank;
    }
  }

  /** Whether the node's first member is at or below the key. */
  #startsAtOrBelow(node: Ref): boolean {
    const nodes = this.#nodes;
    const high = nodes.get(node, KEY_HIGH);
    if (high !== keyHigh) return high < keyHigh;
    const low = nodes.get(node, KEY_LOW);
    if (low !== keyLow) return low >>> 0 < keyLow >>> 0;
    return compareBytes(this.#heap, nodes.get(node, FIRST)) <= 0;
  }

  /** Sets the path to a listed block's node, and returns its index there. */
  #locate(ref: Ref): number {
    seekMember(this.#heap, ref);
    this.#descend(0);
    const node = pathNodes[0]!;
    const nodes = this.#nodes;
    const count = nodes.get(node, SPAN);
    const next = nodes.get(node, FORWARD);
    const lowKey = nodes.approximateKey(node);
    const width = next === 0 ? 0 : nodes.approximateKey(next) - lowKey;
    const share = width > 0 ? (keyHigh * 0x100000000 + (keyLow >>> 0) - lowKey) / width : 0.5;
    const guess = Math.max(0, Math.min(count - 1, Math.floor(count * share)));
    const index = nodes.indexOf(node, count, ref, guess);
    if (index < 0) throw new Error('Skiplist: no such member');
    return index;
  }

  /** Number of members before the key; limit as for #descend. */
  #countBefore(limit: 0 | 1): number {
    this.#descend(limit);
    const node = pathNodes[0]!;
    return pathRanks[0]! + this.#placeIn(node, limit);
  }

  /** Index of the first member in the node's leaf that compares with the key above `-limit`. */
  #placeIn(node: Ref, limit: 0 | 1): number {
    const nodes = this.#nodes;
    const next = nodes.get(node, FORWARD);
    const lowKey = nodes.approximateKey(node);
    const highKey = next === 0 ? lowKey : nodes.approximateKey(next);
    return this.#lowerBound(node, 0, nodes.get(node, SPAN), limit, lowKey, highKey);
  }

  /**
   * Index of the first member in [from, to) that compares with the key above `-limit`, or `to`.
   *
   * Each step is a cache miss. So the first ones guess the place from the approximate keys at both
   * ends, which finds it in half the steps where scores are spread evenly over so small a range; the
   * rest is a plain binary search, so that no distribution needs more than GUESSES steps over log2.
   */
  #lowerBound(
    node: Ref,
    from: number,
    to: number,
    limit: 0 | 1,
    lowEnd: number,
    highEnd: number,
  ): number {
    const heap = this.#heap;
    const leaf = this.#nodes.get(node, LEAF);
    if (leaf === 0) return 0;
    const words = heap.words[leaf >>> SEGMENT_SHIFT]!;
    const base = (leaf & GRANULE_MASK) << 1;
    const wanted = keyHigh * 0x100000000 + (keyLow >>> 0);
    let lowKey = lowEnd;
    let highKey = highEnd;
    let low = from;
    let high = to;
    for (let steps = 0; low < high; steps++) {
      let middle = (low + high) >>> 1;
      if (steps < GUESSES && highKey > lowKey) {
        const share = (wanted - lowKey) / (highKey - lowKey);
        middle = Math.max(low, Math.min(high - 1, low + Math.floor((high - low) * share)));
      }
      const ref = words[base + middle]!;
      if (compareWithKey(heap, ref) <= -limit) {
        low = middle + 1;
        lowKey = approximateKey(heap, ref);
      } else {
        high = middle;
        highKey = approximateKey(heap, ref);
      }
    }
    return low;
  }

  #insertAtPath(ref: Ref): void {
    const nodes = this.#nodes;
    let node = pathNodes[0]!;
    let count = nodes.get(node, SPAN);
    let index = this.#placeIn(node, 0);
    if (count === LEAF_LIMIT) {
      const kept = this.#splitPoint(node, index);
      const added = this.#split(node, kept);
      if (index > kept || (index === kept && kept === LEAF_LIMIT)) {
        this.#stepPathTo(added);
        node = added;
        index -= kept;
      }
      count = nodes.get(node, SPAN);
    }
    nodes.reserve(node, count + 1, count);
    nodes.insertAt(node, count, index, ref);
    for (let level = 0; level < this.#height; level++) {
      nodes.add(pathNodes[level]!, SPAN + level * 2, 1);
    }
    this.#size++;
    if (index === 0) nodes.refreshFirst(node);
  }

  /** How many members a full node keeps when it splits for an insertion at `index`. */
  #splitPoint(node: Ref, index: number): number {
    if (node === this.#tail && index === LEAF_LIMIT) return LEAF_LIMIT;
    if (node === this.#head && index === 0) return 0;
    return LEAF_LIMIT >> 1;
  }

  /** Moves the members from `kept` on to a new node behind `node`, the end of the path. */
  #split(node: Ref, kept: number): Ref {
    const nodes = this.#nodes;
    const height = this.#randomHeight();
    const count = nodes.get(node, SPAN);
    const added = nodes.create(height, kept === 0 ? 0 : count - kept);
    if (kept === 0) nodes.takeLeaf(added, node);
    else if (kept < count) nodes.copyMembers(node, kept, count, added, 0);
    for (; this.#height < height; this.#height++) {
      pathNodes[this.#height] = this.#head;
      pathRanks[this.#height] = 0;
      nodes.set(this.#head, SPAN + this.#height * 2, this.#size);
    }
    const start = pathRanks[0]! + kept;
    for (let level = 0; level < height; level++) {
      const before = pathNodes[level]!;
      const reach = pathRanks[level]! + nodes.get(before, SPAN + level * 2);
      nodes.set(added, FORWARD + level * 2, nodes.get(before, FORWARD + level * 2));
      nodes.set(added, SPAN + level * 2, reach - start);
      nodes.set(before, FORWARD + level * 2, added);
      nodes.set(before, SPAN + level * 2, start - pathRanks[level]!);
    }
    const next = nodes.get(added, FORWARD);
    nodes.set(added, PREVIOUS, node);
    if (next === 0) this.#tail = added;
    else nodes.set(next, PREVIOUS, added);
    if (kept < count) nodes.refreshFirst(added);
    if (kept > 0) nodes.trim(node, kept);
    return added;
  }

  /** Makes the path, which ended at the node before, end at `added`. */
  #stepPathTo(added: Ref): void {
    const height = this.#nodes.heightOf(added);
    for (let level = height - 1; level >= 0; level--) {
      pathRanks[level] = pathRanks[level]! + this.#nodes.get(pathNodes[level]!, SPAN + level * 2);
      pathNodes[level] = added;
    }
  }

  /** 1 + the number of times that a draw of one in four succeeds. */
  #randomHeight(): number {
    const zeros = Math.clz32(this.#random.next32());
    return Math.min(MAX_HEIGHT, 1 + (zeros >>> 1));
  }

  /** Takes members [from, to) of the path's last node out, and keeps nodes well filled. */
  #removeAtPath(from: number, to: number): void {
    const nodes = this.#nodes;
    const node = pathNodes[0]!;
    const count = nodes.get(node, SPAN);
    const left = count - (to - from);
    nodes.removeAt(node, count, from, to);
    for (let level = 0; level < this.#height; level++) {
      nodes.add(pathNodes[level]!, SPAN + level * 2, from - to);
    }
    this.#size -= to - from;
    if (from === 0 && left > 0) nodes.refreshFirst(node);
    if (left < MERGE_BELOW) this.#joinNeighbour(node, left);
    else nodes.trim(node, left);
  }

  /** Joins a nearly empty node with the one behind or before it, if they fill half a leaf or less. */
  #joinNeighbour(node: Ref, count: number): void {
    const nodes = this.#nodes;
    const next = nodes.get(node, FORWARD);
    if (next !== 0 && (count === 0 || count + nodes.get(next, SPAN) <= MERGED_LIMIT)) {
      this.#absorbNext(node, count);
      return;
    }
    const previous = nodes.get(node, PREVIOUS);
    if (previous !== 0 && (count === 0 || count + nodes.get(previous, SPAN) <= MERGED_LIMIT)) {
      this.#descendToRank(pathRanks[0]! - 1);
      this.#absorbNext(previous, nodes.get(previous, SPAN));
    } else nodes.trim(node, count);
  }

  /** Moves all members of the next node into `node`, the end of the path, and unlinks it. */
  #absorbNext(node: Ref, count: number): void {
    const nodes = this.#nodes;
    const next = nodes.get(node, FORWARD);
    const moved = nodes.get(next, SPAN);
    if (count === 0) {
      nodes.takeLeaf(node, next);
    } else if (moved > 0) {
      nodes.reserve(node, count + moved, count);
      nodes.copyMembers(next, 0, moved, node, count);
    }
    const height = nodes.heightOf(next);
    for (let level = 0; level < height; level++) {
      const before = pathNodes[level]!;
      nodes.add(before, SPAN + level * 2, nodes.get(next, SPAN + level * 2));
      nodes.set(before, FORWARD + level * 2, nodes.get(next, FORWARD + level * 2));
    }
    const behind = nodes.get(next, FORWARD);
    if (behind === 0) this.#tail = node;
    else nodes.set(behind, PREVIOUS, node);
    nodes.free(next);
    while (this.#height > 1 && nodes.get(this.#head, FORWARD + (this.#height - 1) * 2) === 0) {
      this.#height--;
    }
    if (count === 0 && moved > 0) nodes.refreshFirst(node);
  }

  /** Puts the member at `index`, whose score was `old`, where it belongs in the same leaf. */
  #moveInLeaf(node: Ref, index: number, old: number, raised: boolean): void {
    const nodes = this.#nodes;
    const count = nodes.get(node, SPAN);
    let target: number;
    if (raised) {
      const next = nodes.get(node, FORWARD);
      const highKey = next === 0 ? old : nodes.approximateKey(next);
      target = this.#lowerBound(node, index + 1, count, 0, old, highKey) - 1;
    } else target = this.#lowerBound(node, 0, index, 0, nodes.approximateKey(node), old);
    if (target !== index) nodes.rotate(node, index, target);
    if (index === 0 || target === 0) nodes.refreshFirst(node);
  }
}
