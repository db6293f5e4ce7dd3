/**
 * The directory of a Dict: which page serves which hash prefix (extendible hashing, after Fagin et
 * al., 1979). An entry is two words: the page's ref, and `depth << 16 | capacity` of the page. A
 * page of depth d serves all hashes with the same first d bits, so 2^(depth of the directory - d)
 * neighbouring entries name it.
 */
import type { Ref } from '../memory/heap.ts';

/** A page begins with its count and a spare word; slots of two words follow. */
export const HEADER_WORDS = 2;

/** Home slots in the largest page; a page that needs more splits. */
export const MAX_CAPACITY = 32768;

/** Slots of a page: home slots, room for the last run, and an empty one that ends searches. */
export function totalSlots(capacity: number): number {
  return capacity + Math.min(capacity >> 2, 120) + 5;
}

export class DictDirectory {
  /** Two words an entry; entry 0 has ref 0 while the dict has no page. */
  entries = new Int32Array(2);
  depth = 0;
  #shift = 31;

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
    while (this.depth < depth) this.#double();
    const span = 1 << (this.depth - depth);
    const first = (this.indexOf(hash) >> 1) & ~(span - 1);
    for (let i = first; i < first + span; i++) {
      this.entries[i * 2] = page;
      this.entries[i * 2 + 1] = (depth << 16) | capacity;
    }
  }

  reset(): void {
    this.entries = new Int32Array(2);
    this.depth = 0;
    this.#shift = 31;
  }

  /** Calls `visit` once for each page. */
  forEachPage(visit: (page: Ref, info: number) => void): void {
    if (this.entries[0] === 0) return;
    for (let i = 0; i < 1 << this.depth;) {
      const info = this.entries[i * 2 + 1]!;
      visit(this.entries[i * 2]!, info);
      i += 1 << (this.depth - (info >>> 16));
    }
  }

  largestTotal(): number {
    return totalSlots(this.entries[1]! & 0xffff);
  }

  statistics(): { pages: number; slots: number; depth: number } {
    let pages = 0;
    let slots = 0;
    this.forEachPage((_page, info) => {
      pages++;
      slots += totalSlots(info & 0xffff);
    });
    return { pages, slots, depth: this.depth };
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
}
