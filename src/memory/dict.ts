/**
 * A set of keyed blocks, found by key: the table behind the keyspace and every large hash, set and
 * sorted set.
 *
 * A *keyed block* is a heap block whose byte 0 is the distance from its start to the key's first
 * byte, and byte 1 the key's length, or 255 when the key has 255 bytes or more: then its length, a
 * little-endian u32, stands in the four bytes before the key. All else belongs to its owner.
 *
 * Slots hold a ref and the key's 32-bit hash side by side (one cache miss). They stand in *pages* of
 * up to 32 Ki slots; the first bits of a hash choose the page through a small directory, the bits
 * after them the home slot:
 *
 *   hash   ddd | hhhhhhhhhhhhhhhh | …        d: page depth, h: home = h * capacity >> 16
 *
 * A slot is taken at home or to the right of it, and slots are kept sorted by (unsigned) hash, so a
 * page is one sorted run with gaps: searches end early, a page grows or splits by one sequential
 * pass, and an order by hash exists that no growth ever changes. Runs are short where hashes are
 * spread; where they are not, because elements come in the order in which another dict gave them,
 * a search leaps through the run instead of walking. SCAN cursors are positions
 * in that order: an element is visited exactly when the cursor passes its hash, whatever splits,
 * grows or shrinks in between.
 *
 * No operation touches more than one page (two when pages split or merge), so none takes longer
 * than a few hundred microseconds at any size; there is no rehash of the whole. The load of a page
 * is at most 0.85 and, while growing, at least 0.6: about 10.5 bytes an element on average.
 */
import { randomBelow, type Random } from '../env/random.ts';
import { DictDirectory, HEADER_WORDS, LIMIT_WORD, SLOTS_WORD } from './dict-directory.ts';
import { DictPages, homeOf } from './dict-pages.ts';
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';

/** Slots drawn before a sample is taken by counting: sparse dicts are rare and soon shrink. */
const SAMPLE_TRIES = 256;
/** Below this many elements the blocks are in the caches anyway. */
const WORTH_TOUCHING = 20_000;
/** Blocks read ahead in a walk. */
const AHEAD = 32;
/** Slots that a search looks at one by one, in words, before it leaps. */
const WALKED_WORDS = 16;
/** Stands for arrays that are not needed yet: there are many small dicts, and an array of V8's is large. */
const NONE = new Int32Array(0);

/** Found elements that the arrays below are kept for. */
const KEPT_FOUND = 4096;
/** What a scan step found. Shared by all dicts: nobody holds them but while a step goes on. */
let scanRefs = NONE;
let scanHashes = NONE;
/** Where `random` found its element, and where the slots of that page end. Shared in the same way. */
let drawnWords: Int32Array = NONE;
let drawnAt = 0;
let drawnEnd = 0;

export class Dict {
  readonly #heap: Heap;
  readonly #directory: DictDirectory;
  readonly #pages: DictPages;
  #size = 0;
  #drainEntry = 0;
  #drainSlot = 0;
  /** Keeps what was read ahead from being optimised away. */
  #sink = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#directory = new DictDirectory();
    this.#pages = new DictPages(heap, this.#directory);
  }

  /** Heap bytes of the slots; the blocks are their owner's to count. O(1). */
  get bytesUsed(): number {
    return this.#pages.bytesUsed;
  }

  /** Of no meaning: see `#sink`. */
  get sink(): number {
    return this.#sink;
  }

  /** Number of elements. */
  get size(): number {
    return this.#size;
  }

  /** The block with this key, or 0. O(1), about two cache misses. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): Ref {
    const directory = this.#directory;
    const entry = directory.indexOf(hash);
    const page = directory.entries[entry]!;
    const info = directory.entries[entry + 1]!;
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    const base = (page & GRANULE_MASK) << 1;
    let at = base + HEADER_WORDS + homeOf(hash, info) * 2;
    const stop = at + WALKED_WORDS;
    for (; ; at += 2) {
      if (at === stop) at = leap(words, base, at, hash);
      const ref = words[at]!;
      if (ref === 0) return 0;
      const other = words[at + 1]!;
      if (other === hash) {
        if (this.#keyEquals(ref, bytes, start, end)) return ref;
      } else if (other >>> 0 > hash >>> 0) return 0;
    }
  }

  /**
   * The first block with this hash, or 0: a hint that loads the slot into the cache ahead of
   * `find`, without reading the block.
   */
  candidate(hash: number): Ref {
    const directory = this.#directory;
    const entry = directory.indexOf(hash);
    const page = directory.entries[entry]!;
    const info = directory.entries[entry + 1]!;
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    const base = (page & GRANULE_MASK) << 1;
    let at = base + HEADER_WORDS + homeOf(hash, info) * 2;
    const stop = at + WALKED_WORDS;
    for (; ; at += 2) {
      if (at === stop) at = leap(words, base, at, hash);
      const ref = words[at]!;
      if (ref === 0 || words[at + 1] === hash) return ref;
      if (words[at + 1]! >>> 0 > hash >>> 0) return 0;
    }
  }

  /** The ref at the hash's home slot, whoever's it is: touches the slot's cache line only. */
  touch(hash: number): Ref {
    const directory = this.#directory;
    const entry = directory.indexOf(hash);
    const page = directory.entries[entry]!;
    const home = homeOf(hash, directory.entries[entry + 1]!);
    return this.#heap.words[page >>> SEGMENT_SHIFT]![
      ((page & GRANULE_MASK) << 1) + HEADER_WORDS + home * 2
    ]!;
  }

  /**
   * Makes room in an empty dict for at least so many elements, so that it need not grow while they are
   * added. O(elements). Throws HeapFull, and then nothing has changed.
   */
  reserve(elements: number): void {
    if (elements > 0 && this.#directory.entries[0] === 0) this.#pages.reserve(elements);
  }

  /**
   * Adds a block whose key is absent. Amortised O(1); at worst one page is rebuilt. Throws HeapFull,
   * and then nothing has changed.
   */
  insert(ref: Ref, hash: number): void {
    const directory = this.#directory;
    if (directory.entries[0] === 0) this.#pages.addFirst();
    for (;;) {
      const entry = directory.indexOf(hash);
      const page = directory.entries[entry]!;
      const info = directory.entries[entry + 1]!;
      const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
      const base = (page & GRANULE_MASK) << 1;
      if (words[base]! < words[base + LIMIT_WORD]! && place(words, base, info, ref, hash)) break;
      this.#pages.grow(hash);
    }
    this.#size++;
  }

  /** Puts another block with the same key in the place of one that is there. O(1). */
  replace(oldRef: Ref, newRef: Ref, hash: number): void {
    const at = this.#slotOf(oldRef, hash);
    if (at < 0) throw new Error('Dict.replace: no such block');
    this.#slotWords[at] = newRef;
  }

  /** Takes a block out (and leaves the block itself to the caller). O(1). */
  remove(ref: Ref, hash: number): boolean {
    const slot = this.#slotOf(ref, hash);
    if (slot < 0) return false;
    const directory = this.#directory;
    const entry = directory.indexOf(hash);
    const page = directory.entries[entry]!;
    const info = directory.entries[entry + 1]!;
    const words = this.#slotWords;
    const base = (page & GRANULE_MASK) << 1;
    // Shift back those that stand right of their home, so that no gap parts them from it.
    let at = slot;
    for (;;) {
      const next = words[at + 2]!;
      const nextHash = words[at + 3]!;
      if (next === 0 || base + HEADER_WORDS + homeOf(nextHash, info) * 2 === at + 2) break;
      words[at] = next;
      words[at + 1] = nextHash;
      at += 2;
    }
    words[at] = 0;
    words[at + 1] = 0;
    const count = --words[base]!;
    this.#size--;
    if (this.#size === 0) this.clear();
    else this.#pages.shrinkIfSparse(hash, count);
    return true;
  }

  /** An element drawn uniformly, or 0. Expected O(1). */
  random(random: Random): Ref {
    if (this.#size === 0) return 0;
    const directory = this.#directory;
    const bits = this.#pages.slotBits;
    for (let tries = 0; tries < SAMPLE_TRIES; tries++) {
      const entry = directory.depth === 0 ? 0 : directory.indexOf(random.next32() | 0);
      const page = directory.entries[entry]!;
      const depth = directory.entries[entry + 1]! >>> 16;
      // A page reached by several directory entries is drawn that many times less each time.
      const slot = random.next32() >>> Math.max(0, 32 - bits - (directory.depth - depth));
      const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
      const base = (page & GRANULE_MASK) << 1;
      if (slot >= words[base + SLOTS_WORD]!) continue;
      const at = base + HEADER_WORDS + slot * 2;
      const ref = words[at]!;
      if (ref === 0) continue;
      drawnWords = words;
      drawnAt = at;
      drawnEnd = base + (HEADER_WORDS + words[base + SLOTS_WORD]! * 2);
      return ref;
    }
    drawnEnd = 0;
    return this.#randomByCounting(randomBelow(random, this.#size));
  }

  /**
   * Draws up to `most` elements: one uniformly, and those in the slots behind it. Hashes are random, so
   * these have nothing in common, and all together cost about what one costs. Returns how many there
   * are, at least one unless the dict is empty, fewer where a page ends.
   */
  randomRun(random: Random, into: Int32Array, most: number): number {
    const first = this.random(random);
    if (first === 0) return 0;
    into[0] = first;
    let count = 1;
    for (let at = drawnAt + 2; at < drawnEnd && count < most; at += 2) {
      const ref = drawnWords[at]!;
      if (ref !== 0) into[count++] = ref;
    }
    return count;
  }

  /**
   * Visits elements in hash order from `cursor` on until `atLeast` were visited, and returns the
   * cursor to go on from, or 0 at the end. Cursors are integers in [0, 2^32). An element that is in
   * the dict throughout is visited exactly once by a full round, and every element whose unsigned
   * hash is below the returned cursor has had its turn. `visit` may remove or replace the element it
   * is given and insert others, but not remove others. O(atLeast), or O(page) where it is sparse.
   */
  scan(cursor: number, atLeast: number, visit: (ref: Ref, hash: number) => void): number {
    let found = 0;
    let position = cursor >>> 0;
    const wanted = Math.max(1, atLeast);
    if (this.#size === 0) return 0;
    const directory = this.#directory;
    for (;;) {
      const entry = directory.indexOf(position | 0);
      const page = directory.entries[entry]!;
      const info = directory.entries[entry + 1]!;
      const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
      const base = (page & GRANULE_MASK) << 1;
      const end = base + HEADER_WORDS + words[base + SLOTS_WORD]! * 2;
      let last = -1;
      let at = base + HEADER_WORDS + homeOf(position | 0, info) * 2;
      for (; at < end; at += 2) {
        const ref = words[at]!;
        const hash = words[at + 1]! >>> 0;
        if (ref === 0 || hash < position) continue;
        if (found >= wanted && hash !== last) return this.#visitFound(found, visit, last + 1);
        this.#remember(found++, ref, hash | 0);
        last = hash;
      }
      position = directory.nextPrefix(position, info >>> 16);
      if (position === 0 || found >= wanted) return this.#visitFound(found, visit, position);
    }
  }

  /**
   * Visits every element in hash order. `visit` must not change the dict (it may replace the element
   * it is given), but may stop the walk by returning true. O(slots).
   */
  forEach(visit: (ref: Ref, hash: number) => boolean | void): void {
    const directory = this.#directory;
    if (this.#size === 0) return;
    const ahead = this.#size >= WORTH_TOUCHING ? new Int32Array(AHEAD * 2) : undefined;
    for (let i = 0; i < 1 << directory.depth;) {
      const page = directory.entries[i * 2]!;
      const isStopped =
        ahead === undefined
          ? this.#forEachInPage(page, visit)
          : this.#forEachAhead(page, ahead, visit);
      if (isStopped) return;
      i += 1 << (directory.depth - (directory.entries[i * 2 + 1]! >>> 16));
    }
  }

  #forEachInPage(page: Ref, visit: (ref: Ref, hash: number) => boolean | void): boolean {
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    const base = (page & GRANULE_MASK) << 1;
    const first = base + HEADER_WORDS;
    const end = first + words[base + SLOTS_WORD]! * 2;
    for (let at = first; at < end; at += 2) {
      const ref = words[at]!;
      if (ref !== 0 && visit(ref, words[at + 1]!) === true) return true;
    }
    return false;
  }

  /**
   * The same in a dict whose blocks are not in the caches: some are read ahead in one loop, in which
   * the processor overlaps the misses, and then visited.
   */
  #forEachAhead(
    page: Ref,
    ahead: Int32Array,
    visit: (ref: Ref, hash: number) => boolean | void,
  ): boolean {
    const segments = this.#heap.bytes;
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    const base = (page & GRANULE_MASK) << 1;
    const end = base + HEADER_WORDS + words[base + SLOTS_WORD]! * 2;
    for (let at = base + HEADER_WORDS; at < end;) {
      let count = 0;
      let seen = 0;
      for (; at < end && count < ahead.length; at += 2) {
        const ref = words[at]!;
        if (ref === 0) continue;
        seen ^= segments[ref >>> SEGMENT_SHIFT]![(ref & GRANULE_MASK) << 3]!;
        ahead[count] = ref;
        ahead[count + 1] = words[at + 1]!;
        count += 2;
      }
      this.#sink = seen;
      for (let i = 0; i < count; i += 2) if (visit(ahead[i]!, ahead[i + 1]!) === true) return true;
    }
    return false;
  }

  /**
   * Takes out up to about `budget` elements, hands them to `visit` (which may free them), and returns
   * whether all are gone. From the first call on the dict is good for nothing but further calls.
   */
  drain(budget: number, visit: (ref: Ref) => void): boolean {
    const directory = this.#directory;
    let left = budget;
    while (directory.entries[0] !== 0 && this.#drainEntry < 1 << directory.depth) {
      const page = directory.entries[this.#drainEntry * 2]!;
      const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
      const base = ((page & GRANULE_MASK) << 1) + HEADER_WORDS;
      const slots = this.#pages.slots(page);
      for (; this.#drainSlot < slots; this.#drainSlot++) {
        if (left <= 0) return false;
        const ref = words[base + this.#drainSlot * 2]!;
        if (ref === 0) continue;
        visit(ref);
        this.#size--;
        left--;
      }
      const depth = directory.entries[this.#drainEntry * 2 + 1]! >>> 16;
      this.#drainEntry += 1 << (directory.depth - depth);
      this.#drainSlot = 0;
      this.#pages.drop(page);
    }
    this.#pages.reset();
    this.#drainEntry = 0;
    this.#size = 0;
    return true;
  }

  /** Drops every element at once; the blocks stay the caller's. O(pages). */
  clear(): void {
    this.#pages.freeAll();
    this.#size = 0;
    this.#drainEntry = 0;
    this.#drainSlot = 0;
  }

  /** Frees the dict's own memory, like `clear`; the dict may be used again. */
  free(): void {
    this.clear();
  }

  /** Moves pages out of segments that the heap wants to empty; see DictPages.leaveSegments. */
  leaveSegments(most: number): boolean {
    return this.#pages.leaveSegments(most);
  }

  /**
   * Moves the blocks themselves, which nothing else may refer to, out of segments that the heap wants
   * to empty; returns how many. O(n)
   */
  moveBlocks(): number {
    const heap = this.#heap;
    const leaving: [ref: Ref, hash: number][] = [];
    let cursor = 0;
    do {
      cursor = this.scan(cursor, 64, (ref, hash) => {
        if (heap.mustLeave(ref)) leaving.push([ref, hash]);
      });
    } while (cursor !== 0);
    for (const [ref, hash] of leaving) {
      this.replace(ref, heap.clone(ref), hash);
      heap.free(ref);
    }
    return leaving.length;
  }

  /** Slots and pages now, for DEBUG HTSTATS and tests. */
  statistics(): { pages: number; slots: number; depth: number } {
    let pages = 0;
    let slots = 0;
    this.#pages.forEachPage((page) => {
      pages++;
      slots += this.#pages.slots(page);
    });
    return { pages, slots, depth: this.#directory.depth };
  }

  #slotWords: Int32Array = NONE;

  /** Word index (in #slotWords) of the slot that holds this very block, or -1. */
  #slotOf(ref: Ref, hash: number): number {
    const directory = this.#directory;
    const entry = directory.indexOf(hash);
    const page = directory.entries[entry]!;
    const info = directory.entries[entry + 1]!;
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    this.#slotWords = words;
    const base = (page & GRANULE_MASK) << 1;
    let at = base + HEADER_WORDS + homeOf(hash, info) * 2;
    const stop = at + WALKED_WORDS;
    for (; ; at += 2) {
      if (at === stop) at = leap(words, base, at, hash);
      const other = words[at]!;
      if (other === ref) return at;
      if (other === 0 || words[at + 1]! >>> 0 > hash >>> 0) return -1;
    }
  }

  #keyEquals(ref: Ref, bytes: Uint8Array, start: number, end: number): boolean {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const block = (ref & GRANULE_MASK) << 3;
    const length = end - start;
    const stored = memory[block + 1]!;
    let at = block + memory[block]!;
    if (stored !== length) {
      if (stored !== 255 || length < 255) return false;
      const long = memory[at - 4]! | (memory[at - 3]! << 8) | (memory[at - 2]! << 16);
      if ((long | (memory[at - 1]! << 24)) !== length) return false;
    } else if (stored === 255) {
      if (memory[at - 4] !== 255 || (memory[at - 3]! | memory[at - 2]! | memory[at - 1]!) !== 0)
        return false;
    }
    for (let i = start; i < end; i++) if (memory[at++] !== bytes[i]) return false;
    return true;
  }

  /** Element number `index` in hash order. O(pages + page). */
  #randomByCounting(index: number): Ref {
    let left = index;
    let found = 0;
    const pages = this.#pages;
    pages.forEachPage((page) => {
      const count = pages.count(page);
      if (left >= 0 && left < count) found = this.#elementOf(page, left);
      left -= count;
    });
    return found;
  }

  #elementOf(page: Ref, index: number): Ref {
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    let left = index;
    for (let at = ((page & GRANULE_MASK) << 1) + HEADER_WORDS; ; at += 2) {
      if (words[at] !== 0 && left-- === 0) return words[at]!;
    }
  }

  #remember(index: number, ref: Ref, hash: number): void {
    if (index >= scanRefs.length) {
      const size = Math.max(16, index * 2);
      const refs = new Int32Array(size);
      const hashes = new Int32Array(size);
      refs.set(scanRefs);
      hashes.set(scanHashes);
      scanRefs = refs;
      scanHashes = hashes;
    }
    scanRefs[index] = ref;
    scanHashes[index] = hash;
  }

  /** Hands out what a scan step found. The arrays are taken first: `visit` may scan, too. */
  #visitFound(found: number, visit: (ref: Ref, hash: number) => void, next: number): number {
    const refs = scanRefs;
    const hashes = scanHashes;
    scanRefs = NONE;
    scanHashes = NONE;
    for (let i = 0; i < found; i++) visit(refs[i]!, hashes[i]!);
    if (refs.length <= KEPT_FOUND) {
      scanRefs = refs;
      scanHashes = hashes;
    }
    return next > 0xffffffff ? 0 : next;
  }
}

/**
 * The first slot from `from` on, which is at the hash's home or right of it, that is empty or has no
 * lower hash. A slot right of it with a lower hash has its own home left of it, so all between are
 * taken, and in order: leaps of doubled length and then halving find the end. O(log(run)).
 */
function leap(words: Int32Array, base: number, from: number, hash: number): number {
  const key = hash >>> 0;
  const end = base + HEADER_WORDS + (words[base + SLOTS_WORD]! - 1) * 2;
  let passed = from - 2;
  let step = 2;
  let found = from;
  while (found < end && words[found] !== 0 && words[found + 1]! >>> 0 < key) {
    passed = found;
    found = Math.min(found + step, end);
    step *= 2;
  }
  while (found - passed > 2) {
    const middle = ((passed + found) >> 2) << 1;
    if (words[middle] !== 0 && words[middle + 1]! >>> 0 < key) passed = middle;
    else found = middle;
  }
  return found;
}

/** Puts a slot where the order wants it; false when the page's run would leave the page. */
function place(words: Int32Array, base: number, info: number, ref: Ref, hash: number): boolean {
  let at = base + HEADER_WORDS + homeOf(hash, info) * 2;
  const stop = at + WALKED_WORDS;
  while (words[at] !== 0 && words[at + 1]! >>> 0 <= hash >>> 0) {
    at += 2;
    if (at === stop) at = leap(words, base, at, hash);
  }
  let gap = at;
  while (words[gap] !== 0) gap += 2;
  // The last slot stays empty: it ends every search.
  if (gap >= base + HEADER_WORDS + (words[base + SLOTS_WORD]! - 1) * 2) return false;
  for (; gap > at; gap -= 2) {
    words[gap] = words[gap - 2]!;
    words[gap + 1] = words[gap - 1]!;
  }
  words[at] = ref;
  words[at + 1] = hash;
  words[base]!++;
  return true;
}
