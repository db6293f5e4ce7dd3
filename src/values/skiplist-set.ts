/**
 * A large sorted set: member blocks (memory/member-block.ts) found by member through a Dict, and in
 * order through a Skiplist. It owns the blocks.
 */
import { hashBytes } from '../bytes/hash.ts';
import type { Random } from '../env/random.ts';
import { Dict } from '../memory/dict.ts';
import { Heap, SEGMENT_SHIFT, type Ref } from '../memory/heap.ts';
import { createMember, memberLength, memberScore, memberStart } from '../memory/member-block.ts';
import { Skiplist } from '../memory/skiplist.ts';
import type { LargeValue } from './object-table.ts';

/** What V8 needs for the objects of one set, about. */
const OBJECT_BYTES = 600;
const SLOT_BYTES = 8;
/** As many slots of the dict are passed in the time that it takes to free a member. */
const SLOTS_FOR_A_MEMBER = 16;

function nothing(): void {}

export class SkiplistSet implements LargeValue {
  readonly list: Skiplist;
  readonly dict: Dict;
  readonly #heap: Heap;
  #blockBytes = 0;

  constructor(heap: Heap, random: Random) {
    this.#heap = heap;
    this.list = new Skiplist(heap, random);
    this.dict = new Dict(heap);
  }

  get size(): number {
    return this.dict.size;
  }

  /** O(pages of the dict), one for each 27 thousand members. */
  get bytesUsed(): number {
    const slots = this.dict.statistics().slots;
    return OBJECT_BYTES + this.#blockBytes + this.list.bytesUsed + slots * SLOT_BYTES;
  }

  get freeEffort(): number {
    return this.size;
  }

  /** The member's block, or 0. */
  find(bytes: Uint8Array, start: number, end: number): Ref {
    return this.dict.find(bytes, start, end, hashBytes(bytes, start, end));
  }

  /** Adds a member known to be absent, or throws HeapFull. `hash` is that of the member. */
  insert(score: number, bytes: Uint8Array, start: number, end: number, hash: number): void {
    const ref = createMember(this.#heap, score, bytes, start, end);
    this.#blockBytes += this.#heap.usableSize(ref);
    let isFound = false;
    try {
      this.dict.insert(ref, hash);
      isFound = true;
      this.list.insert(ref);
    } catch (error) {
      if (isFound) this.dict.remove(ref, hash);
      this.#freeBlock(ref);
      throw error;
    }
  }

  /** Takes a member out and frees its block. */
  remove(ref: Ref): void {
    this.list.remove(ref);
    this.dict.remove(ref, this.#hashOf(ref));
    this.#freeBlock(ref);
  }

  /** Takes the member of a rank out. Allocates nothing. */
  removeAt(rank: number): void {
    const ref = this.list.takeAt(rank);
    this.dict.remove(ref, this.#hashOf(ref));
    this.#freeBlock(ref);
  }

  /** Takes members out by rank. O(log n + count). */
  removeRange(rank: number, count: number): void {
    this.list.removeRange(rank, count, (ref) => {
      this.dict.remove(ref, this.#hashOf(ref));
      this.#freeBlock(ref);
    });
  }

  freeSome(budget: number): boolean {
    const slots = budget * SLOTS_FOR_A_MEMBER;
    // One without members may have pages, too: see Dict.reserve.
    if (this.dict.bytesUsed > 0 && !this.dict.drain(slots, nothing)) return false;
    return this.list.freeSome(budget, (ref) => this.#freeBlock(ref));
  }

  scoreOf(ref: Ref): number {
    return memberScore(this.#heap, ref);
  }

  #hashOf(ref: Ref): number {
    const start = memberStart(this.#heap, ref);
    const end = start + memberLength(this.#heap, ref);
    return hashBytes(this.#heap.bytes[ref >>> SEGMENT_SHIFT]!, start, end);
  }

  #freeBlock(ref: Ref): void {
    this.#blockBytes -= this.#heap.usableSize(ref);
    this.#heap.free(ref);
  }
}
