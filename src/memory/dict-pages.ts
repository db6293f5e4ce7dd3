/**
 * How a Dict's pages come to be, grow, split, shrink and merge. Each step rebuilds one page or two
 * by a sequential pass over sorted slots, so its cost is bounded by the page size, not by the dict.
 *
 *   word 0   count: elements in the page
 *   word 1   slots: home slots (the capacity) and the tail, room for the last run; the last slot
 *            stays empty and ends every search
 *   word 2   limit: the count from which on the page grows or splits
 *   word 3   unused
 *   then     slots of two words: ref, hash
 *
 * A run that would leave the page doubles the tail. With spread hashes that hardly happens; it keeps
 * even a dict of equal hashes correct, if slow.
 */
import {
  COUNT_WORD,
  type DictDirectory,
  HEADER_WORDS,
  LIMIT_WORD,
  MAX_CAPACITY,
  MAX_DEPTH,
  SLOTS_WORD,
} from './dict-directory.ts';
import { GRANULE_MASK, HeapFull, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';

const MIN_CAPACITY = 8;
/** Small pages grow by half, large ones by a quarter: copies are cheap where slots are few. */
const COARSE_LIMIT = 4096;
/** Below this share (a power of two) of its limit a page shrinks. */
const SPARSE_SHIFT = 2;
/** Two pages merge when one is sparse and both have no more elements than this. */
const MERGED_LIMIT = MAX_CAPACITY >> 1;

/** Elements that one page is to hold when room is made ahead: less than fill it, chance being uneven. */
const MAX_RESERVED = MAX_CAPACITY * 0.7;

/** Home slot of a hash in a page whose directory info is given. Monotone in the unsigned hash. */
export function homeOf(hash: number, info: number): number {
  return (((hash << (info >>> 16)) >>> 16) * (info & 0xffff)) >>> 16;
}

/** The most elements that a page of so many home slots may hold: a load of 0.85. */
function limitOf(capacity: number): number {
  return (capacity * 218) >> 8;
}

/** Slots behind the home slots, the empty one included. */
function tailOf(capacity: number): number {
  return Math.min(capacity >> 2, 120) + (capacity < 32 ? 4 : 6);
}

/** Capacity that holds so many elements at a load of about 0.7. */
function fittingCapacity(count: number): number {
  return Math.min(MAX_CAPACITY, Math.max(MIN_CAPACITY, Math.ceil(count / 0.7)));
}

export class DictPages {
  readonly #heap: Heap;
  readonly #directory: DictDirectory;
  #bytesUsed = 0;
  #slotBits = 0;

  constructor(heap: Heap, directory: DictDirectory) {
    this.#heap = heap;
    this.#directory = directory;
  }

  /** Heap bytes of all pages. */
  get bytesUsed(): number {
    return this.#bytesUsed;
  }

  /** The number of any page's slots fits in so many bits. */
  get slotBits(): number {
    return this.#slotBits;
  }

  addFirst(): void {
    const page = this.#allocate(MIN_CAPACITY, tailOf(MIN_CAPACITY));
    this.#directory.assign(0, 0, page, MIN_CAPACITY);
    this.#directory.countPages(0, 1);
  }

  /** Makes the pages for so many elements in a dict that has none. */
  reserve(elements: number): void {
    let depth = 0;
    while (elements / 2 ** depth > MAX_RESERVED && depth < MAX_DEPTH) depth++;
    const count = 1 << depth;
    const capacity = fittingCapacity(Math.ceil(elements / count));
    const pages: Ref[] = [];
    try {
      while (pages.length < count) pages.push(this.#allocate(capacity, tailOf(capacity)));
    } catch (error) {
      for (const page of pages) this.#free(page);
      throw error;
    }
    for (let i = 0; i < count; i++)
      this.#directory.assign(depth === 0 ? 0 : i << (32 - depth), depth, pages[i]!, capacity);
    this.#directory.countPages(depth, count);
  }

  /** Makes room in the page of this hash: a larger page, a longer tail, or two pages. O(page). */
  grow(hash: number): void {
    const entry = this.#directory.indexOf(hash);
    const page = this.#directory.entries[entry]!;
    const info = this.#directory.entries[entry + 1]!;
    const capacity = info & 0xffff;
    const larger = capacity + (capacity >> (capacity < COARSE_LIMIT ? 1 : 2));
    const tail = (this.#header(page, SLOTS_WORD) - capacity) * 2;
    if (this.count(page) < this.#header(page, LIMIT_WORD)) {
      this.#rebuild(hash, entry, capacity, tail);
    } else if (larger <= MAX_CAPACITY) this.#rebuild(hash, entry, larger, tailOf(larger));
    else if (info >>> 16 < MAX_DEPTH) this.#split(hash, entry);
    else this.#rebuild(hash, entry, capacity, tail);
  }

  /**
   * Called after a removal: shrinks the page, or merges it with its neighbour, when it got sparse.
   * What is left may stand close together, as when keys go in the order of SCAN: then a smaller page
   * would be one long run, in which each removal moves thousands, and the page stays as it is. It is
   * tried again each time the page has halved.
   */
  shrinkIfSparse(hash: number, count: number): void {
    const entry = this.#directory.indexOf(hash);
    const info = this.#directory.entries[entry + 1]!;
    const capacity = info & 0xffff;
    const threshold = limitOf(capacity) >> SPARSE_SHIFT;
    if (count >= threshold && count > 0) return;
    if (count !== threshold - 1 && (count & (count - 1)) !== 0) return;
    try {
      if (info >>> 16 > 0 && this.#mergeWithBuddy(hash, entry, count)) return;
      const smaller = Math.max(MIN_CAPACITY, capacity >> 1);
      if (smaller < capacity) this.#shrink(hash, entry, smaller);
    } catch (error) {
      // The new page comes before the old one goes. A full heap must not keep anyone from deleting.
      if (!(error instanceof HeapFull)) throw error;
    }
  }

  /** Calls `visit` once for each page, in the order of their hashes. */
  forEachPage(visit: (page: Ref, info: number) => void): void {
    const directory = this.#directory;
    if (directory.entries[0] === 0) return;
    for (let i = 0; i < 1 << directory.depth;) {
      const info = directory.entries[i * 2 + 1]!;
      visit(directory.entries[i * 2]!, info);
      i += 1 << (directory.depth - (info >>> 16));
    }
  }

  /**
   * Moves pages out of segments that the heap wants to empty, at most so many; returns whether none
   * is left there. O(pages).
   */
  leaveSegments(most: number): boolean {
    const heap = this.#heap;
    const { depth, entries } = this.#directory;
    let moved = 0;
    if (entries[0] === 0) return true;
    for (let i = 0; i < 1 << depth;) {
      const page = entries[i * 2]!;
      const next = i + (1 << (depth - (entries[i * 2 + 1]! >>> 16)));
      if (heap.mustLeave(page)) {
        if (moved++ === most) return false;
        const copy = heap.clone(page);
        for (let entry = i; entry < next; entry++) entries[entry * 2] = copy;
        heap.free(page);
      }
      i = next;
    }
    return true;
  }

  /** Frees every page and leaves the directory empty. */
  freeAll(): void {
    this.forEachPage((page) => this.#free(page));
    this.reset();
  }

  /** Frees a page that the directory is about to forget. */
  drop(page: Ref): void {
    this.#free(page);
  }

  /** Forgets all pages without freeing them. */
  reset(): void {
    this.#directory.reset();
    this.#slotBits = 0;
  }

  count(page: Ref): number {
    return this.#header(page, COUNT_WORD);
  }

  slots(page: Ref): number {
    return this.#header(page, SLOTS_WORD);
  }

  #allocate(capacity: number, tail: number): Ref {
    const slots = capacity + tail;
    const page = this.#heap.allocate((HEADER_WORDS + slots * 2) * 4);
    this.#bytesUsed += this.#heap.usableSize(page);
    this.#slotBits = Math.max(this.#slotBits, 32 - Math.clz32(slots - 1));
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    const base = (page & GRANULE_MASK) << 1;
    words.fill(0, base, base + HEADER_WORDS + slots * 2);
    words[base + SLOTS_WORD] = slots;
    // A page that may not split any more grows by its tail, so its limit follows that.
    words[base + LIMIT_WORD] = Math.max(limitOf(capacity), tail - tailOf(capacity));
    return page;
  }

  #free(page: Ref): void {
    this.#bytesUsed -= this.#heap.usableSize(page);
    this.#heap.free(page);
  }

  /** Rebuilds the page with a smaller capacity, unless its elements are too uneven for that. */
  #shrink(hash: number, entry: number, capacity: number): void {
    const page = this.#directory.entries[entry]!;
    const depth = this.#directory.entries[entry + 1]! >>> 16;
    const built = this.#buildEven(page, this.count(page), 0, depth, capacity);
    if (built === 0) return;
    this.#directory.assign(hash, depth, built, capacity);
    this.#free(page);
  }

  #rebuild(hash: number, entry: number, capacity: number, tail: number): void {
    const page = this.#directory.entries[entry]!;
    const depth = this.#directory.entries[entry + 1]! >>> 16;
    const built = this.#build(page, 0, this.count(page), 0, depth, capacity, tail);
    this.#directory.assign(hash, depth, built, capacity);
    this.#free(page);
  }

  #split(hash: number, entry: number): void {
    const directory = this.#directory;
    const page = directory.entries[entry]!;
    const depth = (directory.entries[entry + 1]! >>> 16) + 1;
    const count = this.count(page);
    const bit = 1 << (32 - depth);
    const low = this.#countBelow(page, bit);
    const lowCapacity = fittingCapacity(low);
    const highCapacity = fittingCapacity(count - low);
    const lowPage = this.#build(page, 0, low, 0, depth, lowCapacity, tailOf(lowCapacity));
    let highPage: Ref;
    try {
      highPage = this.#build(page, low, count, 0, depth, highCapacity, tailOf(highCapacity));
    } catch (error) {
      this.#free(lowPage);
      throw error;
    }
    directory.assign(hash & ~bit, depth, lowPage, lowCapacity);
    directory.assign(hash | bit, depth, highPage, highCapacity);
    directory.countPages(depth - 1, -1);
    directory.countPages(depth, 2);
    this.#free(page);
  }

  /** Joins two pages that a split once made; false when the other is too full or was split again. */
  #mergeWithBuddy(hash: number, entry: number, count: number): boolean {
    const directory = this.#directory;
    const depth = directory.entries[entry + 1]! >>> 16;
    const bit = 1 << (32 - depth);
    const buddyEntry = directory.indexOf(hash ^ bit);
    const buddy = directory.entries[buddyEntry]!;
    if (directory.entries[buddyEntry + 1]! >>> 16 !== depth) return false;
    const all = count + this.count(buddy);
    if (all > MERGED_LIMIT) return false;
    const page = directory.entries[entry]!;
    const low = (hash & bit) === 0 ? page : buddy;
    const high = low === page ? buddy : page;
    const capacity = fittingCapacity(all);
    const built = this.#buildEven(low, this.count(low), high, depth - 1, capacity);
    if (built === 0) return false;
    directory.assign(hash, depth - 1, built, capacity);
    directory.countPages(depth, -2);
    directory.countPages(depth - 1, 1);
    directory.shrink();
    this.#free(page);
    this.#free(buddy);
    return true;
  }

  /**
   * A new page of elements [from, to) of `first` followed by all of `second` (0: none), in order.
   * All hashes of `first` must be below those of `second`.
   */
  #build(
    first: Ref,
    from: number,
    to: number,
    second: Ref,
    depth: number,
    capacity: number,
    tail: number,
  ): Ref {
    const info = (depth << 16) | capacity;
    const count2 = second === 0 ? 0 : this.count(second);
    for (let room = tail; ; room *= 2) {
      const page = this.#allocate(capacity, room);
      const next = this.#append(page, info, 0, first, from, to);
      if (next >= 0 && (count2 === 0 || this.#append(page, info, next, second, 0, count2) >= 0)) {
        const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
        words[((page & GRANULE_MASK) << 1) + COUNT_WORD] = to - from + count2;
        return page;
      }
      this.#free(page);
    }
  }

  /**
   * A new page of the `count` elements of `first` followed by all of `second` (0: none); 0 when they
   * are so uneven that some would stand far from home.
   */
  #buildEven(first: Ref, count: number, second: Ref, depth: number, capacity: number): Ref {
    const info = (depth << 16) | capacity;
    const tail = tailOf(capacity);
    const page = this.#allocate(capacity, tail);
    const more = second === 0 ? 0 : this.count(second);
    let next = this.#append(page, info, 0, first, 0, count, tail);
    if (next >= 0 && more > 0) next = this.#append(page, info, next, second, 0, more, tail);
    if (next < 0) {
      this.#free(page);
      return 0;
    }
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    words[((page & GRANULE_MASK) << 1) + COUNT_WORD] = count + more;
    return page;
  }

  /**
   * Copies elements [from, to) of `source` (counted from its left) to `page`, whose slots before
   * `next` are settled. Returns the next slot that may be taken, or -1 when they do not fit or one
   * would stand further than `reach` slots from its home.
   */
  #append(
    page: Ref,
    info: number,
    next: number,
    source: Ref,
    from: number,
    to: number,
    reach = Infinity,
  ): number {
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    const base = ((page & GRANULE_MASK) << 1) + HEADER_WORDS;
    const old = this.#heap.words[source >>> SEGMENT_SHIFT]!;
    let read = ((source & GRANULE_MASK) << 1) + HEADER_WORDS;
    const last = words[base - HEADER_WORDS + SLOTS_WORD]! - 1;
    let slot = next;
    for (let seen = 0; seen < to; read += 2) {
      const ref = old[read]!;
      if (ref === 0) continue;
      if (seen++ < from) continue;
      const hash = old[read + 1]!;
      const home = homeOf(hash, info);
      if (home > slot) slot = home;
      if (slot >= last || slot - home > reach) return -1;
      words[base + slot * 2] = ref;
      words[base + slot * 2 + 1] = hash;
      slot++;
    }
    return slot;
  }

  #header(page: Ref, word: number): number {
    return this.#heap.words[page >>> SEGMENT_SHIFT]![((page & GRANULE_MASK) << 1) + word]!;
  }

  /** Elements whose hash does not have this bit, on which the page splits: they come first. */
  #countBelow(page: Ref, bit: number): number {
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    const base = ((page & GRANULE_MASK) << 1) + HEADER_WORDS;
    const end = base + this.slots(page) * 2;
    let below = 0;
    for (let at = base; at < end; at += 2) {
      if (words[at] !== 0 && (words[at + 1]! & bit) === 0) below++;
    }
    return below;
  }
}
