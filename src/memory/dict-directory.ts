/**
 * The directory of a Dict: which page serves which hash prefix (extendible hashing, after Fagin et
 * al., 1979). An entry is two words: the page's ref, and `depth << 16 | capacity` of the page. A
 * page of depth d serves all hashes with the same first d bits, so 2^(depth of the directory - d)
 * neighbouring entries name it. The directory is as deep as its deepest page, no deeper.
 */
import type { Ref } from './heap.ts';

/** A page begins with its count, its slots and its limit (see dict-pages.ts); slots follow. */
export const HEADER_WORDS = 4;
export const COUNT_WORD = 0;
export const SLOTS_WORD = 1;
export const LIMIT_WORD = 2;

/**
 * Home slots in the largest page; a page that needs more splits. With its tail and header the
 * page is 256 KiB to the byte.
 */
export const MAX_CAPACITY = 32640;

/** Pages of this depth do not split: 2^18 pages hold more than refs can address. */
export const MAX_DEPTH = 18;

/** The directory of every dict without pages; never written. */
const NO_PAGES = new Int32Array(2);

export class DictDirectory {
  /** Two words an entry; entry 0 has ref 0 while the dict has no page. */
  entries = NO_PAGES;
  depth = 0;
  #shift = 31;
  /** Pages by depth, once there are several: tells when the directory may halve. */
  #pagesOfDepth: Int32Array | undefined;

  /** Index in `entries` of the hash's page. */
  indexOf(hash: number): number {
    return ((hash >>> 1) >>> this.#shift) << 1;
  }

  /** First position behind the hashes that share the first `depth` bits with this; 0 at the end. */
  nextPrefix(position: number, depth: number): number {
    const width = 2 ** (32 - depth);
    const next = Math.floor(position / width) * width + width;
    return next > 0xffffffff ? 0 : next;
  }

  /** Makes all entries that the page of this depth and hash has name `page`. */
  assign(hash: number, depth: number, page: Ref, capacity: number): void {
    if (this.entries === NO_PAGES) this.entries = new Int32Array(2);
    while (this.depth < depth) this.#double();
    const span = 1 << (this.depth - depth);
    const first = (this.indexOf(hash) >> 1) & ~(span - 1);
    for (let i = first; i < first + span; i++) {
      this.entries[i * 2] = page;
      this.entries[i * 2 + 1] = (depth << 16) | capacity;
    }
  }

  /** To be told whenever pages of a depth come (+) or go (-), after `assign`. */
  countPages(depth: number, change: number): void {
    if (depth === 0) return;
    this.#pagesOfDepth ??= new Int32Array(MAX_DEPTH + 1);
    this.#pagesOfDepth[depth]! += change;
  }

  /** Halves the directory while no page needs its depth. */
  shrink(): void {
    while (this.depth > 0 && this.#pagesOfDepth![this.depth] === 0) this.#halve();
  }

  reset(): void {
    this.entries = NO_PAGES;
    this.depth = 0;
    this.#shift = 31;
    this.#pagesOfDepth = undefined;
  }

  #double(): void {
    const old = this.entries;
    const entries = new Int32Array(old.length * 2);
    for (let i = 0; i < old.length; i += 2) {
      entries[i * 2] = entries[i * 2 + 2] = old[i]!;
      entries[i * 2 + 1] = entries[i * 2 + 3] = old[i + 1]!;
    }
    this.entries = entries;
    this.depth++;
    this.#shift--;
  }

  #halve(): void {
    const old = this.entries;
    const entries = new Int32Array(old.length / 2);
    for (let i = 0; i < entries.length; i += 2) {
      entries[i] = old[i * 2]!;
      entries[i + 1] = old[i * 2 + 1]!;
    }
    this.entries = entries;
    this.depth--;
    this.#shift++;
  }
}
