/**
 * An ordered map from stream IDs to 32-bit values other than 0: a B+ tree of two levels. Leaves are
 * heap blocks of sorted entries; the upper level is a plain array of their refs, short enough (one
 * element for up to 63 entries) that shifting it costs little.
 *
 *   leaf: u32 count | u32 unused | entries: ms high, ms low, seq high, seq low, value (u32 each)
 *
 * Entries mostly arrive in order, so a leaf that overflows at the end of all is left full and a new
 * one begun; others split in the middle. Leaves that shrink are merged with a neighbour.
 *
 *   find, seek, insert, remove     O(log n), and moves within a leaf and in the upper level
 *   insert at the end              O(1)
 *   next, previous                 O(1)
 *
 * An index has one cursor, which seeking and inserting set, and `next` and `previous` move.
 */
import type { StreamId } from '../bytes/stream-id.ts';
import { GRANULE_MASK, type Heap, type Ref, SEGMENT_SHIFT } from './heap.ts';

/** Words before the entries, and of an entry. */
const HEAD = 2;
const ENTRY = 5;
const VALUE = 4;
/** Fills a block of 1280 bytes. */
const MOST_ENTRIES = 63;
const FEWEST_ROOM = 2;
/** A leaf that shrinks to this is merged, if the two fit well into one. */
const SPARSE = 16;
const MERGED_LIMIT = 48;
/** Bytes of the upper level for each leaf. */
const LEAF_REFERENCE_BYTES = 8;

export class IdIndex {
  readonly #heap: Heap;
  readonly #leaves: Ref[] = [];
  #size = 0;
  #leafBytes = 0;
  /** The cursor; leaf -1: nowhere. */
  #leaf = -1;
  #slot = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of the index itself. O(1). */
  get bytesUsed(): number {
    return this.#leafBytes + this.#leaves.length * LEAF_REFERENCE_BYTES;
  }

  /** The value of an ID, or 0. Sets the cursor when it is there. */
  find(id: StreamId): number {
    if (!this.seek(id) || this.#compare(id) !== 0) return 0;
    return this.value;
  }

  /** Sets the cursor to the first entry whose ID is not below this one; false when there is none. */
  seek(id: StreamId): boolean {
    const leaf = this.#leafOf(id);
    if (leaf < 0) return false;
    this.#leaf = leaf;
    this.#slot = this.#lowerBound(this.#leaves[leaf], id);
    if (this.#slot < this.#countOf(leaf)) return true;
    return this.#enterLeaf(leaf + 1, 0);
  }

  /** Sets the cursor to the last entry whose ID is not above this one; false when there is none. */
  seekBack(id: StreamId): boolean {
    if (!this.seek(id)) return this.last();
    return this.#compare(id) === 0 || this.previous();
  }

  first(): boolean {
    return this.#enterLeaf(0, 0);
  }

  last(): boolean {
    const leaf = this.#leaves.length - 1;
    return leaf >= 0 && this.#enterLeaf(leaf, this.#countOf(leaf) - 1);
  }

  next(): boolean {
    this.#slot++;
    if (this.#slot < this.#countOf(this.#leaf)) return true;
    return this.#enterLeaf(this.#leaf + 1, 0);
  }

  previous(): boolean {
    this.#slot--;
    if (this.#slot >= 0) return true;
    const leaf = this.#leaf - 1;
    return leaf >= 0 && this.#enterLeaf(leaf, this.#countOf(leaf) - 1);
  }

  /** Whether the cursor stands at the last entry. */
  get isLast(): boolean {
    return this.#leaf === this.#leaves.length - 1 && this.#slot === this.#countOf(this.#leaf) - 1;
  }

  /** The value at the cursor. */
  get value(): number {
    const leaf = this.#leaves[this.#leaf];
    return this.#heap.words[leaf >>> SEGMENT_SHIFT][entryWord(leaf, this.#slot) + VALUE];
  }

  set value(value: number) {
    const leaf = this.#leaves[this.#leaf];
    this.#heap.words[leaf >>> SEGMENT_SHIFT][entryWord(leaf, this.#slot) + VALUE] = value;
  }

  /** Reads the ID at the cursor. */
  readId(into: StreamId): void {
    const leaf = this.#leaves[this.#leaf];
    const words = this.#heap.words[leaf >>> SEGMENT_SHIFT];
    const at = entryWord(leaf, this.#slot);
    into.setWords(words[at] >>> 0, words[at + 1] >>> 0, words[at + 2] >>> 0, words[at + 3] >>> 0);
  }

  /** Adds an entry for an absent ID, and sets the cursor to it. */
  insert(id: StreamId, value: number): void {
    if (this.#leaves.length === 0) this.#leaves.push(this.#newLeaf(FEWEST_ROOM));
    this.#leaf = Math.max(0, this.#leafOf(id));
    this.#slot = this.#lowerBound(this.#leaves[this.#leaf], id);
    this.#makeRoom();
    const leaf = this.#leaves[this.#leaf];
    const words = this.#heap.words[leaf >>> SEGMENT_SHIFT];
    const at = entryWord(leaf, this.#slot);
    const count = words[headWord(leaf)];
    if (this.#slot < count) words.copyWithin(at + ENTRY, at, entryWord(leaf, count));
    words[at] = id.msHigh;
    words[at + 1] = id.msLow;
    words[at + 2] = id.seqHigh;
    words[at + 3] = id.seqLow;
    words[at + VALUE] = value;
    words[headWord(leaf)] = count + 1;
    this.#size++;
  }

  /**
   * Removes the entry at the cursor, which moves to the one behind it; false when there is none.
   */
  remove(): boolean {
    const leaf = this.#leaves[this.#leaf];
    const words = this.#heap.words[leaf >>> SEGMENT_SHIFT];
    const count = words[headWord(leaf)] - 1;
    const at = entryWord(leaf, this.#slot);
    words.copyWithin(at, at + ENTRY, entryWord(leaf, count + 1));
    words[headWord(leaf)] = count;
    this.#size--;
    if (count === 0) {
      this.#dropLeaf(this.#leaf);
      return this.#enterLeaf(this.#leaf, 0);
    }
    if (count <= SPARSE) this.#merge();
    if (this.#slot < this.#countOf(this.#leaf)) return true;
    return this.#enterLeaf(this.#leaf + 1, 0);
  }

  /** A copy, with each value replaced by `valueOf(value)`. */
  copy(valueOf: (value: number) => number): IdIndex {
    const other = new IdIndex(this.#heap);
    for (const leaf of this.#leaves) {
      const count = this.#heap.words[leaf >>> SEGMENT_SHIFT][headWord(leaf)];
      const copied = other.#newLeaf(count);
      this.#heap.copy(leaf, 0, copied, 0, (HEAD + count * ENTRY) * 4);
      other.#leaves.push(copied);
      for (let slot = 0; slot < count; slot++) {
        const at = entryWord(copied, slot) + VALUE;
        const value = valueOf(this.#heap.words[copied >>> SEGMENT_SHIFT][at]);
        this.#heap.words[copied >>> SEGMENT_SHIFT][at] = value;
      }
    }
    other.#size = this.#size;
    return other;
  }

  /**
   * Frees entries from the end, each value through `freeValue`, until about `budget` are gone.
   * Returns how many were.
   */
  freeSome(budget: number, freeValue: ((value: number) => void) | undefined): number {
    let freed = 0;
    while (freed < budget && this.#leaves.length > 0) {
      const index = this.#leaves.length - 1;
      const leaf = this.#leaves[index];
      const count = this.#countOf(index);
      if (freeValue !== undefined) {
        for (let slot = 0; slot < count; slot++)
          freeValue(this.#heap.words[leaf >>> SEGMENT_SHIFT][entryWord(leaf, slot) + VALUE]);
      }
      this.#dropLeaf(index);
      this.#size -= count;
      freed += count;
    }
    return freed;
  }

  #enterLeaf(leaf: number, slot: number): boolean {
    this.#leaf = leaf;
    this.#slot = slot;
    return leaf < this.#leaves.length;
  }

  #countOf(index: number): number {
    const leaf = this.#leaves[index];
    return this.#heap.words[leaf >>> SEGMENT_SHIFT][headWord(leaf)];
  }

  /** The leaf that holds an ID if any does: the last one that does not begin behind it. */
  #leafOf(id: StreamId): number {
    const leaves = this.#leaves;
    let high = leaves.length - 1;
    if (high >= 0 && this.#compareAt(leaves[high], 0, id) <= 0) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#compareAt(leaves[middle], 0, id) <= 0) low = middle;
      else high = middle - 1;
    }
    return high < 0 ? -1 : low;
  }

  /** The first slot of a leaf whose ID is not below this one. */
  #lowerBound(leaf: Ref, id: StreamId): number {
    let low = 0;
    let high = this.#heap.words[leaf >>> SEGMENT_SHIFT][headWord(leaf)];
    if (high > 0 && this.#compareAt(leaf, high - 1, id) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareAt(leaf, middle, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The ID at the cursor against this one. */
  #compare(id: StreamId): number {
    return this.#compareAt(this.#leaves[this.#leaf], this.#slot, id);
  }

  #compareAt(leaf: Ref, slot: number, id: StreamId): number {
    const words = this.#heap.words[leaf >>> SEGMENT_SHIFT];
    const at = entryWord(leaf, slot);
    let difference = (words[at] >>> 0) - id.msHigh;
    if (difference !== 0) return difference;
    difference = (words[at + 1] >>> 0) - id.msLow;
    if (difference !== 0) return difference;
    difference = (words[at + 2] >>> 0) - id.seqHigh;
    if (difference !== 0) return difference;
    return (words[at + 3] >>> 0) - id.seqLow;
  }

  #newLeaf(room: number): Ref {
    const leaf = this.#heap.allocate((HEAD + room * ENTRY) * 4);
    this.#heap.words[leaf >>> SEGMENT_SHIFT][headWord(leaf)] = 0;
    this.#leafBytes += this.#heap.usableSize(leaf);
    return leaf;
  }

  #dropLeaf(index: number): void {
    const leaf = this.#leaves[index];
    this.#leafBytes -= this.#heap.usableSize(leaf);
    this.#heap.free(leaf);
    this.#leaves.splice(index, 1);
  }

  /** Sees to it that the cursor's leaf takes one entry more. */
  #makeRoom(): void {
    const leaf = this.#leaves[this.#leaf];
    const count = this.#countOf(this.#leaf);
    const room = Math.floor((this.#heap.usableSize(leaf) / 4 - HEAD) / ENTRY);
    if (count < Math.min(room, MOST_ENTRIES)) return;
    if (count < MOST_ENTRIES) {
      const wider = this.#newLeaf(Math.min(MOST_ENTRIES, count * 2));
      this.#heap.copy(leaf, 0, wider, 0, (HEAD + count * ENTRY) * 4);
      this.#leafBytes -= this.#heap.usableSize(leaf);
      this.#heap.free(leaf);
      this.#leaves[this.#leaf] = wider;
      return;
    }
    const isEnd = this.#leaf === this.#leaves.length - 1 && this.#slot === count;
    const kept = isEnd ? count : count >> 1;
    this.#split(kept);
    if (this.#slot > kept || isEnd) {
      this.#leaf++;
      this.#slot -= kept;
    }
  }

  /** Moves the entries from slot `kept` on to a new leaf behind the cursor's. */
  #split(kept: number): void {
    const leaf = this.#leaves[this.#leaf];
    const moved = this.#countOf(this.#leaf) - kept;
    const upper = this.#newLeaf(moved === 0 ? MOST_ENTRIES >> 2 : MOST_ENTRIES);
    this.#heap.copy(leaf, (HEAD + kept * ENTRY) * 4, upper, HEAD * 4, moved * ENTRY * 4);
    this.#heap.words[upper >>> SEGMENT_SHIFT][headWord(upper)] = moved;
    this.#heap.words[leaf >>> SEGMENT_SHIFT][headWord(leaf)] = kept;
    this.#leaves.splice(this.#leaf + 1, 0, upper);
  }

  /** Joins the cursor's leaf with the one behind it, if they fit well into one block. */
  #merge(): void {
    if (this.#leaf + 1 >= this.#leaves.length) return;
    const lower = this.#leaves[this.#leaf];
    const upper = this.#leaves[this.#leaf + 1];
    const first = this.#countOf(this.#leaf);
    const second = this.#countOf(this.#leaf + 1);
    if (first + second > MERGED_LIMIT) return;
    const joined = this.#newLeaf(MOST_ENTRIES);
    this.#heap.copy(lower, 0, joined, 0, (HEAD + first * ENTRY) * 4);
    this.#heap.copy(upper, HEAD * 4, joined, (HEAD + first * ENTRY) * 4, second * ENTRY * 4);
    this.#heap.words[joined >>> SEGMENT_SHIFT][headWord(joined)] = first + second;
    this.#dropLeaf(this.#leaf + 1);
    this.#dropLeaf(this.#leaf);
    this.#leaves.splice(this.#leaf, 0, joined);
  }
}

/** Index of a block's first word in its segment. */
function headWord(leaf: Ref): number {
  return (leaf & GRANULE_MASK) << 1;
}

function entryWord(leaf: Ref, slot: number): number {
  return ((leaf & GRANULE_MASK) << 1) + HEAD + slot * ENTRY;
}
