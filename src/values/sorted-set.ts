/**
 * Sorted set values: a listpack while small (listpack-set.ts), a Dict and a Skiplist beyond
 * (skiplist-set.ts). A set becomes large when a member is added that is longer than
 * zset-max-listpack-value or would be one more than zset-max-listpack-entries, and never small again
 * by itself; results of STORE commands are compacted once at their end.
 *
 * Places are ranks: 0 is the lowest score. A range is located first (`locateScoreRange`,
 * `locateLexRange` leave `rangeStart` and `rangeEnd`), then visited, counted or removed by rank.
 *
 *                      listpack   skiplist
 *   score, add, remove   O(n)     O(log n)
 *   rank, by rank        O(n)     O(log n)
 *   range of m           O(n)     O(log n + m)
 *
 * A set that became empty is the caller's to delete.
 */
import { hashBytes } from '../bytes/hash.ts';
import { randomBelow, type Random } from '../env/random.ts';
import { type Heap, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { Listpacks } from '../memory/listpack.ts';
import { memberLength, memberStart } from '../memory/member-block.ts';
import { sampleIndexes } from '../memory/sample.ts';
import type { MemberVisitor } from '../memory/skiplist-walk.ts';
import {
  copyEntry,
  createEntry,
  createEntryWith,
  encodingOf,
  type Entry,
  payloadOf,
  setEncoding,
  setPayload,
  SORTED_SET_LISTPACK,
  SORTED_SET_SKIPLIST,
  TYPE_SORTED_SET,
} from './entry.ts';
import {
  LEX_EXCLUSIVE,
  LEX_HIGHEST,
  LEX_LOWEST,
  type LexBound,
  type LexRange,
} from './lex-range.ts';
import type { ValueLimits } from './limits.ts';
import { ListpackSets } from './listpack-set.ts';
import type { ObjectTable } from './object-table.ts';
import type { ScoreRange } from './score-range.ts';
import { SkiplistSet } from './skiplist-set.ts';

/** Conditions of `add`, to be combined. */
export const ADD_NX = 1;
export const ADD_XX = 2;
export const ADD_GT = 4;
export const ADD_LT = 8;
export const ADD_INCR = 16;
/** Zeros of different sign are different scores: to combine scores, but not to ZADD. */
export const ADD_EXACT = 32;

/** Results of `add`. */
export const ADDED = 1;
/** The member was there with another score. */
export const UPDATED = 2;
/** The member was there with this score. */
export const UNCHANGED = 3;
/** A condition was not met. */
export const REFUSED = 4;
/** The sum is not a number; nothing changed. */
export const NOT_A_NUMBER = 5;
export type AddResult = 1 | 2 | 3 | 4 | 5;

/** Below this share of all, members are drawn one by one; repeats are rare enough then. */
const DRAWN_SHARE = 4;

const NOTHING = new Uint8Array(0);

export class SortedSets {
  /** The member found last; valid until the heap changes or the next call. */
  foundBytes: Uint8Array = NOTHING;
  foundStart = 0;
  foundEnd = 0;
  /** The score found or set last. */
  foundScore = 0;
  /** The ranks [rangeStart, rangeEnd) located last; rangeEnd is not below rangeStart. */
  rangeStart = 0;
  rangeEnd = 0;

  readonly #heap: Heap;
  readonly #objects: ObjectTable;
  readonly #limits: ValueLimits;
  readonly #random: Random;
  readonly #listpacks: Listpacks;
  readonly #small: ListpackSets;

  constructor(heap: Heap, objects: ObjectTable, limits: ValueLimits, random: Random) {
    this.#heap = heap;
    this.#objects = objects;
    this.#limits = limits;
    this.#random = random;
    this.#listpacks = new Listpacks(heap);
    this.#small = new ListpackSets(heap, this.#listpacks);
  }

  /**
   * An entry with an empty set for the key. `memberBytes` is the length of the first member to come:
   * the real server chooses the first encoding by it alone; Infinity makes a large one.
   */
  create(key: Uint8Array, start: number, end: number, memberBytes: number): Entry {
    const limits = this.#limits;
    const small = limits.zsetMaxListpackEntries !== 0 && memberBytes <= limits.zsetMaxListpackValue;
    const heap = this.#heap;
    if (small) {
      const payload = this.#listpacks.create();
      return createEntryWith(heap, TYPE_SORTED_SET, SORTED_SET_LISTPACK, key, start, end, payload);
    }
    const set = new SkiplistSet(heap, this.#random);
    try {
      const entry = createEntry(heap, TYPE_SORTED_SET, SORTED_SET_SKIPLIST, key, start, end, -1);
      setPayload(heap, entry, this.#objects.add(set));
      return entry;
    } catch (error) {
      set.freeSome(Infinity);
      throw error;
    }
  }

  /** Makes room for so many members in a new large set. */
  reserve(entry: Entry, members: number): void {
    this.#large(payloadOf(this.#heap, entry)).dict.reserve(members);
  }

  /** Gives an entry made by `create` a listpack that came from outside and was validated. */
  adoptListpack(entry: Entry, bytes: Uint8Array, start: number, end: number): void {
    const heap = this.#heap;
    if (isSmall(heap, entry)) heap.free(payloadOf(heap, entry));
    else this.#freeLarge(entry);
    setEncoding(heap, entry, SORTED_SET_LISTPACK);
    setPayload(heap, entry, this.#listpacks.fromBytes(bytes, start, end));
  }

  encodingName(entry: Entry): string {
    return isSmall(this.#heap, entry) ? 'listpack' : 'skiplist';
  }

  /** Number of members. O(1). */
  size(entry: Entry): number {
    const payload = payloadOf(this.#heap, entry);
    return isSmall(this.#heap, entry) ? this.#small.size(payload) : this.#large(payload).size;
  }

  /**
   * Adds the member or changes its score, under the conditions in `flags`. `foundScore` is the score
   * that it has afterwards (unless REFUSED or NOT_A_NUMBER). The member must not lie in this set.
   */
  add(
    entry: Entry,
    score: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
  ): AddResult {
    this.foundScore = score;
    if (Number.isNaN(score)) return NOT_A_NUMBER;
    if (!isSmall(this.#heap, entry)) return this.#addLarge(entry, score, bytes, start, end, flags);
    const small = this.#small;
    const ref = payloadOf(this.#heap, entry);
    const position = small.find(ref, bytes, start, end);
    if (position !== 0) {
      const result = this.#decide(small.scoreAt(ref, position), score, flags);
      if (result !== UPDATED) return result;
      const wanted = this.foundScore;
      setPayload(this.#heap, entry, small.rescore(ref, position, wanted, bytes, start, end));
      return UPDATED;
    }
    if ((flags & ADD_XX) !== 0) return REFUSED;
    if (this.#outgrows(ref, end - start)) {
      this.makeLarge(entry);
      return this.#addLarge(entry, score, bytes, start, end, flags);
    }
    setPayload(this.#heap, entry, small.insert(ref, score, bytes, start, end));
    return ADDED;
  }

  /** Whether the member is there; leaves its score in `foundScore`. */
  score(entry: Entry, bytes: Uint8Array, start: number, end: number): boolean {
    const payload = payloadOf(this.#heap, entry);
    if (isSmall(this.#heap, entry)) {
      const position = this.#small.find(payload, bytes, start, end);
      if (position === 0) return false;
      this.foundScore = this.#small.scoreAt(payload, position);
      return true;
    }
    const set = this.#large(payload);
    const ref = set.find(bytes, start, end);
    if (ref === 0) return false;
    this.foundScore = set.scoreOf(ref);
    return true;
  }

  /** Takes a member out; false when it is not there. The member must not lie in this set. */
  remove(entry: Entry, bytes: Uint8Array, start: number, end: number): boolean {
    const payload = payloadOf(this.#heap, entry);
    if (isSmall(this.#heap, entry)) {
      const position = this.#small.find(payload, bytes, start, end);
      if (position === 0) return false;
      setPayload(this.#heap, entry, this.#small.removeAt(payload, position));
      return true;
    }
    const set = this.#large(payload);
    const ref = set.find(bytes, start, end);
    if (ref === 0) return false;
    set.remove(ref);
    return true;
  }

  /**
   * Number of members before this one (in reverse: `size - 1 - rank`), or -1. Leaves the score in
   * `foundScore`.
   */
  rank(entry: Entry, bytes: Uint8Array, start: number, end: number): number {
    const payload = payloadOf(this.#heap, entry);
    if (isSmall(this.#heap, entry)) {
      const position = this.#small.find(payload, bytes, start, end);
      if (position === 0) return -1;
      this.foundScore = this.#small.scoreAt(payload, position);
      return this.#small.rankAt(payload, position);
    }
    const set = this.#large(payload);
    const ref = set.find(bytes, start, end);
    if (ref === 0) return -1;
    this.foundScore = set.scoreOf(ref);
    return set.list.rankOf(ref);
  }

  /** Finds the member of this rank, 0 <= rank < size, and its score. */
  seekRank(entry: Entry, rank: number): void {
    const payload = payloadOf(this.#heap, entry);
    if (isSmall(this.#heap, entry)) {
      const position = this.#small.atRank(payload, rank);
      this.foundScore = this.#small.scoreAt(payload, position);
      this.#listpacks.read(payload, position);
      this.foundBytes = this.#listpacks.foundBytes;
      this.foundStart = this.#listpacks.foundStart;
      this.foundEnd = this.#listpacks.foundEnd;
      return;
    }
    const set = this.#large(payload);
    const ref = set.list.at(rank);
    this.foundScore = set.scoreOf(ref);
    this.foundBytes = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    this.foundStart = memberStart(this.#heap, ref);
    this.foundEnd = this.foundStart + memberLength(this.#heap, ref);
  }

  /** Finds a member drawn uniformly from a set that is not empty, and its score. */
  random(entry: Entry, random: Random): void {
    this.seekRank(entry, randomBelow(random, this.size(entry)));
  }

  /**
   * Visits the ranks of `count` different members (all, when there are fewer), every choice equally
   * likely. The set must not change meanwhile. O(count).
   */
  randomRanks(entry: Entry, count: number, random: Random, visit: (rank: number) => void): void {
    const size = this.size(entry);
    if (count * DRAWN_SHARE >= size) {
      sampleIndexes(size, count, random, visit);
      return;
    }
    const drawn = new Set<number>();
    while (drawn.size < count) {
      const rank = randomBelow(random, size);
      if (drawn.has(rank)) continue;
      drawn.add(rank);
      visit(rank);
    }
  }

  /** Locates the members with scores in the range. */
  locateScoreRange(entry: Entry, range: Readonly<ScoreRange>): void {
    const payload = payloadOf(this.#heap, entry);
    const { min, max, minExclusive, maxExclusive } = range;
    if (isSmall(this.#heap, entry)) {
      this.rangeStart = this.#small.countBelowScore(payload, min, minExclusive);
      this.rangeEnd = this.#small.countBelowScore(payload, max, !maxExclusive);
    } else {
      const { list } = this.#large(payload);
      this.rangeStart = list.countBelowScore(min, minExclusive);
      this.rangeEnd = list.countBelowScore(max, !maxExclusive);
    }
    if (this.rangeEnd < this.rangeStart) this.rangeEnd = this.rangeStart;
  }

  /** Locates the members in the range, in a set where all scores are equal. */
  locateLexRange(entry: Entry, range: Readonly<LexRange>): void {
    this.rangeStart = this.#countBelow(entry, range.min, range.min.kind === LEX_EXCLUSIVE);
    this.rangeEnd = this.#countBelow(entry, range.max, range.max.kind !== LEX_EXCLUSIVE);
    if (this.rangeEnd < this.rangeStart) this.rangeEnd = this.rangeStart;
  }

  /**
   * Visits `count` members from a rank on, upwards or (`reverse`) downwards, until `visit` returns
   * false. The set must not change meanwhile.
   */
  forEach(entry: Entry, rank: number, count: number, reverse: boolean, visit: MemberVisitor): void {
    const heap = this.#heap;
    const payload = payloadOf(heap, entry);
    if (isSmall(heap, entry)) {
      this.#small.forEach(payload, rank, count, reverse, visit);
      return;
    }
    this.#large(payload).list.forEachMember(heap.bytes, rank, count, reverse, true, visit);
  }

  /**
   * The same for a large set, whose members are given by views of the heap; false, and nothing is
   * visited, when the set is small. Scores are given only when they are wanted (`scored`).
   */
  forEachView(
    entry: Entry,
    rank: number,
    count: number,
    reverse: boolean,
    scored: boolean,
    visit: MemberVisitor<DataView>,
  ): boolean {
    const heap = this.#heap;
    if (isSmall(heap, entry)) return false;
    const { list } = this.#large(payloadOf(heap, entry));
    list.forEachMember(heap.views, rank, count, reverse, scored, visit);
    return true;
  }

  /** Takes `count` members from a rank on out. To pop, visit them first. */
  removeRange(entry: Entry, rank: number, count: number): void {
    if (count <= 0) return;
    const payload = payloadOf(this.#heap, entry);
    if (isSmall(this.#heap, entry)) {
      setPayload(this.#heap, entry, this.#small.removeRange(payload, rank, count));
    } else if (count === 1) this.#large(payload).removeAt(rank);
    else this.#large(payload).removeRange(rank, count);
  }

  /**
   * Visits about `atLeast` members from a cursor on and returns the next cursor, 0 at the end, with
   * SCAN's guarantees. A listpack is visited whole.
   */
  scan(entry: Entry, cursor: number, atLeast: number, visit: MemberVisitor): number {
    const heap = this.#heap;
    const payload = payloadOf(heap, entry);
    if (isSmall(heap, entry)) {
      this.#small.forEach(payload, 0, Infinity, false, visit);
      return 0;
    }
    const set = this.#large(payload);
    return set.dict.scan(cursor, atLeast, (ref) => {
      const start = memberStart(heap, ref);
      const bytes = heap.bytes[ref >>> SEGMENT_SHIFT]!;
      visit(bytes, start, start + memberLength(heap, ref), set.scoreOf(ref));
    });
  }

  /** A copy of the entry and its set under another key. O(n). */
  copy(entry: Entry, key: Uint8Array, start: number, end: number): Entry {
    const target = copyEntry(this.#heap, entry, key, start, end);
    try {
      this.copyValue(entry, target);
    } catch (error) {
      this.#heap.free(target);
      throw error;
    }
    return target;
  }

  /** Gives `target`, a copy of this entry's head, its own copy of the value. O(n). */
  copyValue(entry: Entry, target: Entry): void {
    const heap = this.#heap;
    if (isSmall(heap, entry)) {
      setPayload(heap, target, this.#listpacks.copy(payloadOf(heap, entry)));
      return;
    }
    setPayload(heap, target, this.#objects.add(this.#largeCopy(entry)));
  }

  /** Makes a small set large. O(n). */
  makeLarge(entry: Entry): void {
    const heap = this.#heap;
    if (!isSmall(heap, entry)) return;
    const ref = payloadOf(heap, entry);
    const set = this.#largeCopy(entry);
    heap.free(ref);
    setEncoding(heap, entry, SORTED_SET_SKIPLIST);
    setPayload(heap, entry, this.#objects.add(set));
  }

  /** Makes a large set small again if it may be: for results of STORE commands. O(n). */
  compact(entry: Entry): void {
    const heap = this.#heap;
    const limits = this.#limits;
    if (isSmall(heap, entry) || this.size(entry) > limits.zsetMaxListpackEntries) return;
    const ref = this.#smallCopy(entry);
    if (ref === 0) return;
    this.#freeLarge(entry);
    setEncoding(heap, entry, SORTED_SET_LISTPACK);
    setPayload(heap, entry, ref);
  }

  /** A listpack with all members; 0 when one of them is too long for it. */
  #smallCopy(entry: Entry): Ref {
    const limit = this.#limits.zsetMaxListpackValue;
    let isFit = true;
    let ref = this.#listpacks.create();
    try {
      this.forEach(entry, 0, Infinity, false, (bytes, start, end, score) => {
        isFit = end - start <= limit;
        if (isFit) ref = this.#small.insert(ref, score, bytes, start, end);
        return isFit;
      });
    } catch (error) {
      this.#heap.free(ref);
      throw error;
    }
    if (isFit) return ref;
    this.#heap.free(ref);
    return 0;
  }

  /** A large set with all members. */
  #largeCopy(entry: Entry): SkiplistSet {
    const set = new SkiplistSet(this.#heap, this.#random);
    try {
      this.forEach(entry, 0, Infinity, false, (bytes, start, end, score) => {
        set.insert(score, bytes, start, end, hashBytes(bytes, start, end));
        return true;
      });
    } catch (error) {
      set.freeSome(Infinity);
      throw error;
    }
    return set;
  }

  /** The listpack's ref, for DUMP and the like; 0 when the set is large. */
  listpackOf(entry: Entry): Ref {
    return isSmall(this.#heap, entry) ? payloadOf(this.#heap, entry) : 0;
  }

  #addLarge(
    entry: Entry,
    score: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
  ): AddResult {
    const set = this.#large(payloadOf(this.#heap, entry));
    const hash = hashBytes(bytes, start, end);
    const ref = set.dict.find(bytes, start, end, hash);
    if (ref === 0) {
      if ((flags & ADD_XX) !== 0) return REFUSED;
      set.insert(score, bytes, start, end, hash);
      return ADDED;
    }
    const result = this.#decide(set.scoreOf(ref), score, flags);
    if (result === UPDATED) set.list.updateScore(ref, this.foundScore);
    return result;
  }

  /** What becomes of a member that has the score `old`; leaves the new one in `foundScore`. */
  #decide(old: number, score: number, flags: number): AddResult {
    const wanted = (flags & ADD_INCR) !== 0 ? old + score : score;
    this.foundScore = old;
    if ((flags & ADD_NX) !== 0) return REFUSED;
    if (Number.isNaN(wanted)) return NOT_A_NUMBER;
    if ((flags & ADD_GT) !== 0 && wanted <= old) return REFUSED;
    if ((flags & ADD_LT) !== 0 && wanted >= old) return REFUSED;
    this.foundScore = wanted;
    const isSame = (flags & ADD_EXACT) === 0 ? wanted === old : Object.is(wanted, old);
    return isSame ? UNCHANGED : UPDATED;
  }

  #outgrows(ref: Ref, memberBytes: number): boolean {
    const limits = this.#limits;
    return (
      this.#small.size(ref) + 1 > limits.zsetMaxListpackEntries ||
      memberBytes > limits.zsetMaxListpackValue ||
      !this.#listpacks.mayGrow(ref, memberBytes)
    );
  }

  #countBelow(entry: Entry, bound: Readonly<LexBound>, orEqual: boolean): number {
    if (bound.kind === LEX_LOWEST) return 0;
    if (bound.kind === LEX_HIGHEST) return this.size(entry);
    const payload = payloadOf(this.#heap, entry);
    const { bytes, start, end } = bound;
    return isSmall(this.#heap, entry)
      ? this.#small.countBelowMember(payload, bytes, start, end, orEqual)
      : this.#large(payload).list.countBelowMember(bytes, start, end, orEqual);
  }

  #freeLarge(entry: Entry): void {
    this.#objects.remove(payloadOf(this.#heap, entry)).freeSome(Infinity);
  }

  #large(handle: number): SkiplistSet {
    return this.#objects.get(handle) as SkiplistSet;
  }
}

function isSmall(heap: Heap, entry: Entry): boolean {
  return encodingOf(heap, entry) === SORTED_SET_LISTPACK;
}
