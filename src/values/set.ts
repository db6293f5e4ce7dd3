/**
 * Sets: an intset while all members are integers and there are at most `setMaxIntsetEntries`, else
 * a hash table (HashSet). A set that became a hash table stays one. As in Redis 7.0, there are no
 * listpack sets.
 *
 *                 intset        hash table
 *   add, remove   O(n), small   O(1)
 *   contains      O(log n)      O(1)
 *   random        O(1)          O(1)
 *
 * Methods that change a set may replace what its entry points to; the entry block stays. An empty set
 * is the caller's to delete.
 */
import { hashBytes } from '../bytes/hash.ts';
import { isCanonicalInt64, parseInt64, parseInteger } from '../bytes/integer.ts';
import { copyBytes } from '../bytes/text.ts';
import { type Random, randomBelow } from '../env/random.ts';
import { type Heap, HeapFull, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { Intsets } from '../memory/intset.ts';
import { keyEnd, keyStart } from '../memory/keyed-block.ts';
import { sampleElements, sampleIndexes } from '../memory/sample.ts';
import {
  copyEntry,
  createEntryWith,
  encodingOf,
  type Entry,
  payloadOf,
  SET_HASHTABLE,
  SET_INTSET,
  setEncoding,
  setPayload,
  TYPE_SET,
} from './entry.ts';
import { HashSet } from './hash-set.ts';
import type { ValueLimits } from './limits.ts';
import type { ObjectTable } from './object-table.ts';

/** No setting lets an intset grow beyond this. */
const LARGEST_INTSET = 2 ** 30;
/** SPOP moves what remains instead of what goes when that is so many times less. */
const MOVE_REMAINING_FACTOR = 5;
const SCRATCH_LIMIT = 65_536;
/** Members of a set looked at to tell how many are in another. */
const PROBES = 64;

/**
 * Gets a member; true stops the walk. The bytes are valid during the call. `hash` is that of the
 * member (bytes/hash.ts) when it is known anyway, else 0.
 */
export type MemberVisit = (
  bytes: Uint8Array,
  start: number,
  end: number,
  hash: number,
) => boolean | void;

export class Sets {
  /** The member found last, until the next call. */
  foundBytes: Uint8Array = new Uint8Array(0);
  foundStart = 0;
  foundEnd = 0;

  /** The intsets of this heap, for codecs. */
  readonly intsets: Intsets;
  readonly #heap: Heap;
  readonly #objects: ObjectTable;
  readonly #limits: ValueLimits;
  #scratch = new Uint8Array(64);

  constructor(heap: Heap, objects: ObjectTable, limits: ValueLimits) {
    this.#heap = heap;
    this.#objects = objects;
    this.#limits = limits;
    this.intsets = new Intsets(heap);
  }

  /** A new entry with this key and an empty set. */
  create(key: Uint8Array, start: number, end: number): Entry {
    const payload = this.intsets.create();
    return createEntryWith(this.#heap, TYPE_SET, SET_INTSET, key, start, end, payload);
  }

  encodingName(entry: Entry): 'intset' | 'hashtable' {
    return this.isIntset(entry) ? 'intset' : 'hashtable';
  }

  isIntset(entry: Entry): boolean {
    return encodingOf(this.#heap, entry) === SET_INTSET;
  }

  size(entry: Entry): number {
    const payload = payloadOf(this.#heap, entry);
    return this.isIntset(entry) ? this.intsets.length(payload) : this.#hashSet(entry).size;
  }

  contains(entry: Entry, bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.isIntset(entry)) {
      return this.#hashSet(entry).has(bytes, start, end, hashBytes(bytes, start, end));
    }
    const ref = payloadOf(this.#heap, entry);
    const value = parseInteger(bytes, start, end);
    if (!Number.isNaN(value)) return this.intsets.has(ref, value);
    if (end - start < 16 || !isCanonicalInt64(bytes, start, end)) return false;
    return this.intsets.hasBig(ref, parseInt64(bytes, start, end)!);
  }

  /** Adds a member; false when it was there. Converts the set where Redis does. */
  add(entry: Entry, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.isIntset(entry)) {
      const value = parseInteger(bytes, start, end);
      if (!Number.isNaN(value)) return this.#addInteger(entry, value);
      if (end - start >= 16 && isCanonicalInt64(bytes, start, end)) {
        return this.#addBig(entry, parseInt64(bytes, start, end)!);
      }
      this.convert(entry);
    }
    return this.#hashSet(entry).add(bytes, start, end);
  }

  /** Removes a member; false when it was not there. */
  remove(entry: Entry, bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.isIntset(entry)) return this.#hashSet(entry).remove(bytes, start, end);
    const ref = payloadOf(this.#heap, entry);
    const size = this.intsets.length(ref);
    const value = parseInteger(bytes, start, end);
    let changed = ref;
    if (!Number.isNaN(value)) changed = this.intsets.remove(ref, value);
    else if (end - start >= 16 && isCanonicalInt64(bytes, start, end)) {
      changed = this.intsets.removeBig(ref, parseInt64(bytes, start, end)!);
    }
    setPayload(this.#heap, entry, changed);
    return this.intsets.length(changed) < size;
  }

  /** Visits all members: in ascending order, or in no order. The set must not change meanwhile. */
  forEach(entry: Entry, visit: MemberVisit): void {
    const heap = this.#heap;
    if (!this.isIntset(entry)) {
      this.#hashSet(entry).dict.forEach((ref, hash) => this.#visitBlock(ref, hash, visit));
      return;
    }
    const ref = payloadOf(heap, entry);
    const intsets = this.intsets;
    const count = intsets.length(ref);
    for (let i = 0; i < count; i++) {
      intsets.read(ref, i);
      if (visit(intsets.foundBytes, intsets.foundStart, intsets.foundEnd, 0) === true) return;
    }
  }

  /**
   * Visits the members that all these sets have. Walks the smallest set and asks the others, smaller
   * ones first; between hash tables no member is hashed again, and slots are met in order.
   */
  intersect(entries: readonly Entry[], visit: MemberVisit): void {
    const sorted = entries.toSorted((a, b) => this.size(a) - this.size(b));
    const [smallest, ...others] = sorted;
    if (smallest === undefined) return;
    const hashSets = others.filter((e) => !this.isIntset(e)).map((e) => this.#hashSet(e));
    const intsets = others.filter((e) => this.isIntset(e));
    if (this.isIntset(smallest) || intsets.length > 0) {
      this.forEach(smallest, (bytes, start, end) => {
        for (const other of others) if (!this.contains(other, bytes, start, end)) return false;
        return visit(bytes, start, end, 0);
      });
      return;
    }
    const heap = this.#heap;
    this.#hashSet(smallest).dict.forEach((ref, hash) => {
      const bytes = heap.bytes[ref >>> SEGMENT_SHIFT]!;
      const start = keyStart(heap, ref);
      const end = keyEnd(heap, ref);
      for (const other of hashSets) if (!other.has(bytes, start, end, hash)) return false;
      return visit(bytes, start, end, hash);
    });
  }

  /**
   * Visits the members that any of these sets has, once each: those of a set that no earlier one
   * has. O(members * sets), so for many sets collect the members in one of their own instead.
   */
  union(entries: readonly Entry[], visit: MemberVisit): void {
    for (let i = 0; i < entries.length; i++) this.#forEachWithout(entries[i]!, entries, i, visit);
  }

  /** Visits the members of a set that none of the others has. O(members * others). */
  difference(entry: Entry, others: readonly Entry[], visit: MemberVisit): void {
    this.#forEachWithout(entry, others, others.length, visit);
  }

  /**
   * Adds a member that is not in the set, with its hash as a MemberVisit gets it. Converts the set as
   * `add` does.
   */
  addNew(entry: Entry, bytes: Uint8Array, start: number, end: number, hash: number): void {
    if (this.isIntset(entry)) this.add(entry, bytes, start, end);
    else {
      const known = hash === 0 ? hashBytes(bytes, start, end) : hash;
      this.#hashSet(entry).addNew(bytes, start, end, known);
    }
  }

  /**
   * Prepares a new set for at least so many members, and probably `likely` ones; it may take its final
   * form at once.
   */
  reserve(entry: Entry, members: number, likely: number = members): void {
    if (members > Math.min(LARGEST_INTSET, this.#limits.setMaxIntsetEntries))
      this.expand(entry, likely);
  }

  /**
   * About how many members all these sets have together: some of each are looked up in the largest.
   * O(sets).
   */
  estimateUnion(entries: readonly Entry[]): number {
    const largest = entries.reduce((a, b) => (this.size(b) > this.size(a) ? b : a));
    let sum = this.size(largest);
    for (const entry of entries) {
      let probes = 0;
      let missing = 0;
      this.forEach(entry, (bytes, start, end) => {
        if (!this.contains(largest, bytes, start, end)) missing++;
        return ++probes === PROBES;
      });
      if (probes > 0) sum += Math.round((this.size(entry) * missing) / probes);
    }
    return sum;
  }

  /** Makes a new set a hash table for at least so many members. */
  expand(entry: Entry, members: number): void {
    if (this.isIntset(entry)) this.convert(entry);
    this.#hashSet(entry).dict.reserve(members);
  }

  /** Adds all members of another set. O(members of the other). */
  addAll(entry: Entry, other: Entry): void {
    this.forEach(other, (bytes, start, end) => void this.add(entry, bytes, start, end));
  }

  /** Leaves a uniformly drawn member in found…; the set must not be empty. */
  random(entry: Entry, random: Random): void {
    if (this.isIntset(entry)) {
      const ref = payloadOf(this.#heap, entry);
      this.#findInteger(ref, randomBelow(random, this.intsets.length(ref)));
    } else this.#findBlock(this.#hashSet(entry).dict.random(random));
  }

  /** Visits `count` different members, or all, every choice equally likely. */
  randomDistinct(entry: Entry, count: number, random: Random, visit: MemberVisit): void {
    if (!this.isIntset(entry)) {
      const dict = this.#hashSet(entry).dict;
      sampleElements(dict, count, random, (ref) => void this.#visitBlock(ref, 0, visit));
      return;
    }
    const ref = payloadOf(this.#heap, entry);
    const intsets = this.intsets;
    sampleIndexes(intsets.length(ref), count, random, (index) => {
      intsets.read(ref, index);
      visit(intsets.foundBytes, intsets.foundStart, intsets.foundEnd, 0);
    });
  }

  /** Takes a uniformly drawn member out and leaves it in found…; the set must not be empty. */
  pop(entry: Entry, random: Random): void {
    const heap = this.#heap;
    if (this.isIntset(entry)) {
      const ref = payloadOf(heap, entry);
      const index = randomBelow(random, this.intsets.length(ref));
      this.#findInteger(ref, index);
      setPayload(heap, entry, this.intsets.removeAt(ref, index));
      return;
    }
    const hashSet = this.#hashSet(entry);
    const ref = hashSet.dict.random(random);
    this.#findBlock(ref);
    this.#keepFound();
    hashSet.removeBlock(ref);
  }

  /**
   * Takes `count` members out (fewer than there are) and visits each. When few remain, these
   * move to a set of their own, which may be an intset again, as in Redis. O(count), or O(size).
   */
  popMany(entry: Entry, count: number, random: Random, visit: MemberVisit): void {
    const remaining = this.size(entry) - count;
    if (remaining * MOVE_REMAINING_FACTOR > count) {
      for (let i = 0; i < count; i++) {
        this.pop(entry, random);
        visit(this.foundBytes, this.foundStart, this.foundEnd, 0);
      }
    } else if (this.isIntset(entry)) this.#keepIntegers(entry, remaining, random, visit);
    else this.#keepMembers(entry, remaining, random, visit);
  }

  /**
   * Visits members from a SCAN cursor on, and returns the next cursor, or 0 at the end. An intset is
   * visited whole. `visit` must not change the set, and cannot stop the walk.
   */
  scan(entry: Entry, cursor: number, atLeast: number, visit: MemberVisit): number {
    if (this.isIntset(entry)) {
      this.forEach(entry, (bytes, start, end) => void visit(bytes, start, end, 0));
      return 0;
    }
    const dict = this.#hashSet(entry).dict;
    return dict.scan(cursor, atLeast, (ref) => void this.#visitBlock(ref, 0, visit));
  }

  /** A copy of entry and set under another key. O(members). */
  copy(entry: Entry, key: Uint8Array, start: number, end: number): Entry {
    const heap = this.#heap;
    if (this.isIntset(entry)) {
      const other = copyEntry(heap, entry, key, start, end);
      setPayload(heap, other, this.intsets.copy(payloadOf(heap, entry)));
      return other;
    }
    const copied = this.#hashSetOf(entry);
    const other = copyEntry(heap, entry, key, start, end);
    setPayload(heap, other, this.#objects.add(copied));
    return other;
  }

  /** Heap bytes of the set, without its entry; for a hash table with an estimate of its objects. */
  bytesUsed(entry: Entry): number {
    return this.isIntset(entry)
      ? this.#heap.usableSize(payloadOf(this.#heap, entry))
      : this.#hashSet(entry).bytesUsed;
  }

  /** Makes a hash table of an intset. O(members). */
  convert(entry: Entry): void {
    const heap = this.#heap;
    const ref = payloadOf(heap, entry);
    const hashSet = this.#hashSetOf(entry);
    setEncoding(heap, entry, SET_HASHTABLE);
    setPayload(heap, entry, this.#objects.add(hashSet));
    heap.free(ref);
  }

  /**
   * Visits the members of a set that none of the first `count` of `others` has. Between hash tables no
   * member is hashed again, and slots are met in order.
   */
  #forEachWithout(entry: Entry, others: readonly Entry[], count: number, visit: MemberVisit): void {
    const some = others.slice(0, count);
    if (this.isIntset(entry) || some.some((other) => this.isIntset(other))) {
      this.forEach(entry, (bytes, start, end) => {
        for (const other of some) if (this.contains(other, bytes, start, end)) return false;
        return visit(bytes, start, end, 0);
      });
      return;
    }
    const hashSets = some.map((other) => this.#hashSet(other));
    const heap = this.#heap;
    this.#hashSet(entry).dict.forEach((ref, hash) => {
      const bytes = heap.bytes[ref >>> SEGMENT_SHIFT]!;
      const start = keyStart(heap, ref);
      const end = keyEnd(heap, ref);
      for (const other of hashSets) if (other.has(bytes, start, end, hash)) return false;
      return visit(bytes, start, end, hash);
    });
  }

  #addInteger(entry: Entry, value: number): boolean {
    const ref = payloadOf(this.#heap, entry);
    const size = this.intsets.length(ref);
    return this.#grown(entry, this.intsets.add(ref, value), size);
  }

  #addBig(entry: Entry, value: bigint): boolean {
    const ref = payloadOf(this.#heap, entry);
    const size = this.intsets.length(ref);
    return this.#grown(entry, this.intsets.addBig(ref, value), size);
  }

  #grown(entry: Entry, ref: Ref, before: number): boolean {
    setPayload(this.#heap, entry, ref);
    const size = this.intsets.length(ref);
    if (size === before) return false;
    if (size > Math.min(LARGEST_INTSET, this.#limits.setMaxIntsetEntries)) {
      this.#convertIfRoom(entry);
    }
    return true;
  }

  /** Converts after a change, which stands even when the heap is too full to convert. */
  #convertIfRoom(entry: Entry): void {
    try {
      this.convert(entry);
    } catch (error) {
      if (!(error instanceof HeapFull)) throw error;
    }
  }

  /** A hash table with all members of the set. */
  #hashSetOf(entry: Entry): HashSet {
    const hashSet = new HashSet(this.#heap);
    try {
      hashSet.dict.reserve(this.size(entry));
      this.forEach(entry, (bytes, start, end, hash) => {
        hashSet.addNew(bytes, start, end, hash === 0 ? hashBytes(bytes, start, end) : hash);
      });
    } catch (error) {
      hashSet.freeSome(Infinity);
      throw error;
    }
    return hashSet;
  }

  #keepIntegers(entry: Entry, remaining: number, random: Random, visit: MemberVisit): void {
    const intsets = this.intsets;
    const old = payloadOf(this.#heap, entry);
    const kept = new Set<number>();
    sampleIndexes(intsets.length(old), remaining, random, (index) => void kept.add(index));
    setPayload(this.#heap, entry, intsets.create());
    for (let i = 0; i < intsets.length(old); i++) {
      intsets.read(old, i);
      const { foundBytes, foundStart, foundEnd } = intsets;
      if (kept.has(i)) this.add(entry, foundBytes, foundStart, foundEnd);
      else visit(foundBytes, foundStart, foundEnd, 0);
    }
    this.#heap.free(old);
  }

  #keepMembers(entry: Entry, remaining: number, random: Random, visit: MemberVisit): void {
    const old = this.#hashSet(entry);
    const kept = new Set<Ref>();
    sampleElements(old.dict, remaining, random, (ref) => void kept.add(ref));
    this.#objects.remove(payloadOf(this.#heap, entry));
    setEncoding(this.#heap, entry, SET_INTSET);
    setPayload(this.#heap, entry, this.intsets.create());
    for (const ref of kept) {
      this.#findBlock(ref);
      this.add(entry, this.foundBytes, this.foundStart, this.foundEnd);
    }
    old.dict.forEach((ref) => {
      if (!kept.has(ref)) this.#visitBlock(ref, 0, visit);
    });
    old.freeSome(Infinity);
  }

  #hashSet(entry: Entry): HashSet {
    return this.#objects.get(payloadOf(this.#heap, entry)) as HashSet;
  }

  #visitBlock(ref: Ref, hash: number, visit: MemberVisit): boolean | void {
    const heap = this.#heap;
    const memory = heap.bytes[ref >>> SEGMENT_SHIFT]!;
    return visit(memory, keyStart(heap, ref), keyEnd(heap, ref), hash);
  }

  #findBlock(ref: Ref): void {
    this.foundBytes = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    this.foundStart = keyStart(this.#heap, ref);
    this.foundEnd = keyEnd(this.#heap, ref);
  }

  #findInteger(ref: Ref, index: number): void {
    this.intsets.read(ref, index);
    this.foundBytes = this.intsets.foundBytes;
    this.foundStart = this.intsets.foundStart;
    this.foundEnd = this.intsets.foundEnd;
  }

  /** Copies what was found out of a block that is about to be freed. */
  #keepFound(): void {
    const length = this.foundEnd - this.foundStart;
    let kept = this.#scratch;
    if (kept.length < length) {
      kept = new Uint8Array(length * 2);
      if (kept.length <= SCRATCH_LIMIT) this.#scratch = kept;
    }
    copyBytes(kept, 0, this.foundBytes, this.foundStart, this.foundEnd);
    this.foundBytes = kept;
    this.foundStart = 0;
    this.foundEnd = length;
  }
}
