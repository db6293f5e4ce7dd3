/**
 * How a Dict's pages come to be, grow, split, shrink and merge. Each step rebuilds one page or two
 * by a sequential pass over sorted slots, so its cost is bounded by the page size, not by the dict.
 */
import { DictDirectory, HEADER_WORDS, MAX_CAPACITY, totalSlots } from './dict-directory.ts';
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';

const MIN_CAPACITY = 8;
/** Small pages grow by half, large ones by a quarter: copies are cheap where slots are few. */
const COARSE_LIMIT = 4096;
/** Below this share of its limit a page shrinks. */
const SPARSE_SHIFT = 2;

/** Home slot of a hash in a page whose directory info is given. Monotone in the unsigned hash. */
export function homeOf(hash: number, info: number): number {
  return (((hash << (info >>> 16)) >>> 16) * (info & 0xffff)) >>> 16;
}

/** The most elements that a page of this info may hold: a load of 0.85. */
export function limitOf(info: number): number {
  return ((info & 0xffff) * 218) >> 8;
}

export class DictPages {
  readonly #heap: Heap;
  readonly #directory: DictDirectory;

  constructor(heap: Heap, directory: DictDirectory) {
    this.#heap = heap;
    this.#directory = directory;
    // Until the first insert, searches meet an empty page that nobody owns.
    directory.reset();
  }

  addFirst(): void {
    this.#directory.assign(0, 0, this.#allocate(MIN_CAPACITY), MIN_CAPACITY);
  }

  /** Makes room in the page of this hash: a larger page, or two. O(page). */
  grow(hash: number): void {
    const entry = this.#directory.indexOf(hash);
    const info = this.#directory.entries[entry + 1]!;
    const capacity = info & 0xffff;
    const larger = capacity + (capacity >> (capacity < COARSE_LIMIT ? 1 : 2));
    if (larger > MAX_CAPACITY) this.#split(hash, entry);
    else this.#rebuild(hash, entry, larger);
  }

  /** Called after a removal: shrinks the page, or merges it with its neighbour, when it got sparse. */
  shrinkIfSparse(hash: number, count: number): void {
    const entry = this.#directory.indexOf(hash);
    const info = this.#directory.entries[entry + 1]!;
    const capacity = info & 0xffff;
    if (capacity <= MIN_CAPACITY || count >= limitOf(info) >> SPARSE_SHIFT) return;
    if (info >>> 16 > 0 && this.#mergeWithBuddy(hash, entry, count)) return;
    this.#rebuild(hash, entry, Math.max(MIN_CAPACITY, capacity >> 1));
  }

  /** Frees every page and leaves the directory empty. */
  freeAll(): void {
    this.#directory.forEachPage((page) => this.#heap.free(page));
    this.#directory.reset();
  }

  #allocate(capacity: number): Ref {
    const wordCount = HEADER_WORDS + totalSlots(capacity) * 2;
    const page = this.#heap.allocate(wordCount * 4);
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    const base = (page & GRANULE_MASK) << 1;
    words.fill(0, base, base + wordCount);
    return page;
  }

  #rebuild(hash: number, entry: number, capacity: number): void {
    const page = this.#directory.entries[entry]!;
    const depth = this.#directory.entries[entry + 1]! >>> 16;
    const count = this.#count(page);
    const built = this.#build(page, 0, count, 0, 0, 0, depth, capacity);
    this.#directory.assign(hash, depth, built, this.#builtCapacity);
    this.#heap.free(page);
  }

  #split(hash: number, entry: number): void {
    const directory = this.#directory;
    const page = directory.entries[entry]!;
    const depth = (directory.entries[entry + 1]! >>> 16) + 1;
    const count = this.#count(page);
    const low = this.#countBelow(page, directory.entries[entry + 1]! & 0xffff, depth);
    const bit = 1 << (32 - depth);
    const lowPage = this.#build(page, 0, low, 0, 0, 0, depth, fittingCapacity(low));
    const lowCapacity = this.#builtCapacity;
    const highPage = this.#build(page, low, count, 0, 0, 0, depth, fittingCapacity(count - low));
    directory.assign(hash & ~bit, depth, lowPage, lowCapacity);
    directory.assign(hash | bit, depth, highPage, this.#builtCapacity);
    this.#heap.free(page);
  }

  /** Joins two half-empty pages that a split once made; false when the other is too full. */
  #mergeWithBuddy(hash: number, entry: number, count: number): boolean {
    const directory = this.#directory;
    const depth = directory.entries[entry + 1]! >>> 16;
    const bit = 1 << (32 - depth);
    const buddyEntry = directory.indexOf(hash ^ bit);
    const buddy = directory.entries[buddyEntry]!;
    if (directory.entries[buddyEntry + 1]! >>> 16 !== depth) return false;
    const buddyCount = this.#count(buddy);
    if (count + buddyCount > MAX_CAPACITY >> 1) return false;
    const page = directory.entries[entry]!;
    const low = (hash & bit) === 0 ? page : buddy;
    const high = low === page ? buddy : page;
    const all = count + buddyCount;
    const lowCount = low === page ? count : buddyCount;
    const built = this.#build(
      low,
      0,
      lowCount,
      high,
      0,
      all - lowCount,
      depth - 1,
      fittingCapacity(all),
    );
    directory.assign(hash, depth - 1, built, this.#builtCapacity);
    this.#heap.free(page);
    this.#heap.free(buddy);
    return true;
  }

  /** Capacity of the page that #build made last: what was asked for, or more if a run overflowed. */
  #builtCapacity = 0;

  /**
   * A new page of elements [from, to) of `first` followed by those [from2, to2) of `second` (0:
   * none), in order. All hashes of `first` must be below those of `second`.
   */
  #build(
    first: Ref,
    from: number,
    to: number,
    second: Ref,
    from2: number,
    to2: number,
    depth: number,
    capacity: number,
  ): Ref {
    for (let wanted = capacity; ; wanted = Math.min(MAX_CAPACITY, wanted + (wanted >> 2) + 1)) {
      const page = this.#allocate(wanted);
      const info = (depth << 16) | wanted;
      this.#builtCapacity = wanted;
      const next = this.#append(page, info, 0, first, from, to);
      if (next >= 0 && (second === 0 || this.#append(page, info, next, second, from2, to2) >= 0)) {
        this.#setCount(page, to - from + to2 - from2);
        return page;
      }
      this.#heap.free(page);
      if (wanted === MAX_CAPACITY) throw new Error('Dict: hashes are not spread');
    }
  }

  /**
   * Copies elements [from, to) of `source` (counted from its left) to `page`, whose slots before
   * `next` are settled. Returns the next slot that may be taken, or -1 when they do not fit.
   */
  #append(page: Ref, info: number, next: number, source: Ref, from: number, to: number): number {
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    const base = ((page & GRANULE_MASK) << 1) + HEADER_WORDS;
    const old = this.#heap.words[source >>> SEGMENT_SHIFT]!;
    let read = ((source & GRANULE_MASK) << 1) + HEADER_WORDS;
    const last = totalSlots(info & 0xffff) - 1;
    let slot = next;
    for (let seen = 0; seen < to; read += 2) {
      const ref = old[read]!;
      if (ref === 0) continue;
      if (seen++ < from) continue;
      const hash = old[read + 1]!;
      const home = homeOf(hash, info);
      if (home > slot) slot = home;
      if (slot >= last) return -1;
      words[base + slot * 2] = ref;
      words[base + slot * 2 + 1] = hash;
      slot++;
    }
    return slot;
  }

  #count(page: Ref): number {
    return this.#heap.words[page >>> SEGMENT_SHIFT]![(page & GRANULE_MASK) << 1]!;
  }

  #setCount(page: Ref, count: number): void {
    this.#heap.words[page >>> SEGMENT_SHIFT]![(page & GRANULE_MASK) << 1] = count;
  }

  /** Elements whose bit number `depth` (from the left, 1-based) is 0: they come first. */
  #countBelow(page: Ref, capacity: number, depth: number): number {
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    const base = ((page & GRANULE_MASK) << 1) + HEADER_WORDS;
    const bit = 1 << (32 - depth);
    let below = 0;
    for (let slot = 0; slot < totalSlots(capacity); slot++) {
      const at = base + slot * 2;
      if (words[at] !== 0 && (words[at + 1]! & bit) === 0) below++;
    }
    return below;
  }
}

/** Capacity that holds so many elements at a load of about 0.7. */
function fittingCapacity(count: number): number {
  return Math.min(MAX_CAPACITY, Math.max(MIN_CAPACITY, Math.ceil(count / 0.7)));
}
