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
 * pass, and an order by hash exists that no growth ever changes. SCAN cursors are positions
 * in that order: an element is visited exactly when the cursor passes its hash, whatever splits,
 * grows or shrinks in between.
 *
 * No operation touches more than one page (two when pages split or merge), so none takes longer
 * than a few hundred microseconds at any size; there is no rehash of the whole. The load of a page
 * is at most 0.85 and, while growing, at least 0.68: 10.3 bytes an element on average.
 */
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap, type Ref } from './heap.ts';
import { randomBelow, type Random } from '../env/random.ts';
import { DictDirectory, HEADER_WORDS, MAX_CAPACITY, totalSlots } from './dict-directory.ts';
import { DictPages, homeOf, limitOf } from './dict-pages.ts';

const SAMPLE_TRIES = 4096;

export class Dict {
  readonly #heap: Heap;
  readonly #directory: DictDirectory;
  readonly #pages: DictPages;
  #size = 0;
  #scanRefs = new Int32Array(0);
  #scanHashes = new Int32Array(0);

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#directory = new DictDirectory();
    this.#pages = new DictPages(heap, this.#directory);
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
    let at = ((page & GRANULE_MASK) << 1) + HEADER_WORDS + homeOf(hash, info) * 2;
    for (; ; at += 2) {
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
    let at = ((page & GRANULE_MASK) << 1) + HEADER_WORDS + homeOf(hash, info) * 2;
    for (; ; at += 2) {
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

  /** Adds a block whose key is absent. Amortised O(1); at worst one page is rebuilt. */
  insert(ref: Ref, hash: number): void {
    const directory = this.#directory;
    if (directory.entries[0] === 0) this.#pages.addFirst();
    for (;;) {
      const entry = directory.indexOf(hash);
      const page = directory.entries[entry]!;
      const info = directory.entries[entry + 1]!;
      const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
      const base = (page & GRANULE_MASK) << 1;
      if (words[base]! < limitOf(info) && this.#place(words, base, info, ref, hash)) break;
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
    const most = directory.depth === 0 ? directory.largestTotal() : totalSlots(MAX_CAPACITY);
    for (let tries = 0; tries < SAMPLE_TRIES; tries++) {
      const entry = randomBelow(random, 1 << directory.depth) * 2;
      const page = directory.entries[entry]!;
      const info = directory.entries[entry + 1]!;
      // A page reached by several directory entries is drawn that many times less each time.
      const slot = randomBelow(random, most << (directory.depth - (info >>> 16)));
      if (slot >= totalSlots(info & 0xffff)) continue;
      const at = ((page & GRANULE_MASK) << 1) + HEADER_WORDS + slot * 2;
      const ref = this.#heap.words[page >>> SEGMENT_SHIFT]![at]!;
      if (ref !== 0) return ref;
    }
    return this.#randomBySuccessor(random);
  }

  /**
   * Visits elements in hash order from `cursor` on until `atLeast` were visited, and returns the
   * cursor to go on from, or 0 at the end. An element that is in the dict throughout is visited
   * exactly once by a full round. `visit` may change the dict.
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
      const base = ((page & GRANULE_MASK) << 1) + HEADER_WORDS;
      const end = base + totalSlots(info & 0xffff) * 2;
      let last = -1;
      for (let at = base + homeOf(position | 0, info) * 2; at < end; at += 2) {
        const ref = words[at]!;
        const hash = words[at + 1]! >>> 0;
        if (ref === 0 || hash < position) continue;
        if (found >= wanted && hash !== last) return this.#visitFound(found, visit, last + 1);
        this.#remember(found++, ref, hash);
        last = hash;
      }
      position = directory.nextPrefix(position, info >>> 16);
      if (position === 0 || found >= wanted) return this.#visitFound(found, visit, position);
    }
  }

  /** Drops every element at once; the blocks stay the caller's. O(pages). */
  clear(): void {
    this.#pages.freeAll();
    this.#size = 0;
    this.#scanRefs = new Int32Array(0);
    this.#scanHashes = new Int32Array(0);
  }

  /** Slots and pages now, for DEBUG HTSTATS and tests. */
  statistics(): { pages: number; slots: number; depth: number } {
    return this.#directory.statistics();
  }

  #slotWords: Int32Array = new Int32Array(0);

  /** Word index (in #slotWords) of the slot that holds this very block, or -1. */
  #slotOf(ref: Ref, hash: number): number {
    const directory = this.#directory;
    const entry = directory.indexOf(hash);
    const page = directory.entries[entry]!;
    const info = directory.entries[entry + 1]!;
    const words = this.#heap.words[page >>> SEGMENT_SHIFT]!;
    this.#slotWords = words;
    let at = ((page & GRANULE_MASK) << 1) + HEADER_WORDS + homeOf(hash, info) * 2;
    for (; ; at += 2) {
      const other = words[at]!;
      if (other === ref) return at;
      if (other === 0 || words[at + 1]! >>> 0 > hash >>> 0) return -1;
    }
  }

  /** Puts a slot where the order wants it; false when the page's run would leave the page. */
  #place(words: Int32Array, base: number, info: number, ref: Ref, hash: number): boolean {
    let at = base + HEADER_WORDS + homeOf(hash, info) * 2;
    while (words[at] !== 0 && words[at + 1]! >>> 0 <= hash >>> 0) at += 2;
    let gap = at;
    while (words[gap] !== 0) gap += 2;
    // The last slot stays empty: it ends every search.
    if (gap >= base + HEADER_WORDS + (totalSlots(info & 0xffff) - 1) * 2) return false;
    for (; gap > at; gap -= 2) {
      words[gap] = words[gap - 2]!;
      words[gap + 1] = words[gap - 1]!;
    }
    words[at] = ref;
    words[at + 1] = hash;
    words[base]!++;
    return true;
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

  /** For dicts so sparse that drawing slots fails: the first element behind a random hash. */
  #randomBySuccessor(random: Random): Ref {
    let drawn = 0;
    const keep = (ref: Ref): void => {
      if (drawn === 0) drawn = ref;
    };
    this.scan(random.next32(), 1, keep);
    if (drawn === 0) this.scan(0, 1, keep);
    return drawn;
  }

  #remember(index: number, ref: Ref, hash: number): void {
    if (index >= this.#scanRefs.length) {
      const size = Math.max(16, index * 2);
      const refs = new Int32Array(size);
      const hashes = new Int32Array(size);
      refs.set(this.#scanRefs);
      hashes.set(this.#scanHashes);
      this.#scanRefs = refs;
      this.#scanHashes = hashes;
    }
    this.#scanRefs[index] = ref;
    this.#scanHashes[index] = hash;
  }

  /** Hands out what a scan step found. The arrays are taken first: `visit` may scan, too. */
  #visitFound(found: number, visit: (ref: Ref, hash: number) => void, next: number): number {
    const refs = this.#scanRefs;
    const hashes = this.#scanHashes;
    this.#scanRefs = new Int32Array(0);
    this.#scanHashes = new Int32Array(0);
    for (let i = 0; i < found; i++) visit(refs[i]!, hashes[i]!);
    this.#scanRefs = refs;
    this.#scanHashes = hashes;
    return next > 0xffffffff ? 0 : next;
  }
}
