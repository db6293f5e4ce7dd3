/**
 * Hashes: one listpack of field, value, field, value … while there are at most
 * `hashMaxListpackEntries` fields and no field or value is longer than `hashMaxListpackValue` bytes,
 * else a hash table (FieldTable). A hash that became a hash table stays one.
 *
 *                      listpack     hash table
 *   get, set, delete   O(fields)    O(1)
 *   random             O(fields)    O(1)
 *
 * Methods that change a hash may replace what its entry points to; the entry block stays. An empty
 * hash is the caller's to delete.
 */
import { type Random, randomBelow } from '../env/random.ts';
import { type Heap, HeapFull, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { keyEnd, keyStart } from '../memory/keyed-block.ts';
import { Listpacks, type Position } from '../memory/listpack.ts';
import { sampleElements, sampleIndexes } from '../memory/sample.ts';
import {
  copyEntry,
  createEntryWith,
  encodingOf,
  type Entry,
  HASH_HASHTABLE,
  HASH_LISTPACK,
  payloadOf,
  setEncoding,
  setPayload,
  TYPE_HASH,
} from './entry.ts';
import { FieldTable } from './field-table.ts';
import type { ValueLimits } from './limits.ts';
import type { ObjectTable } from './object-table.ts';

/** More than a listpack element takes beside its text. */
const ELEMENT_OVERHEAD = 16;

/** Gets a field and its value; true stops the walk. The bytes are valid during the call. */
export type FieldVisit = (
  field: Uint8Array,
  fieldStart: number,
  fieldEnd: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
) => boolean | void;

export class Hashes {
  /** The value found last, until the next call. */
  foundBytes: Uint8Array = new Uint8Array(0);
  foundStart = 0;
  foundEnd = 0;
  /** The same as a number when it is stored as an integer within ±(2^53 - 1), else NaN. */
  foundInteger = NaN;
  /** The field that `random` found, until the next call. */
  foundField: Uint8Array = this.foundBytes;
  foundFieldStart = 0;
  foundFieldEnd = 0;

  readonly #heap: Heap;
  readonly #objects: ObjectTable;
  readonly #limits: ValueLimits;
  /** Two readers, so that a field and its value can be in hand at once. */
  readonly #fields: Listpacks;
  readonly #values: Listpacks;

  constructor(heap: Heap, objects: ObjectTable, limits: ValueLimits) {
    this.#heap = heap;
    this.#objects = objects;
    this.#limits = limits;
    this.#fields = new Listpacks(heap);
    this.#values = new Listpacks(heap);
  }

  /** A new entry with this key and an empty hash. */
  create(key: Uint8Array, start: number, end: number): Entry {
    const payload = this.#fields.create();
    return createEntryWith(this.#heap, TYPE_HASH, HASH_LISTPACK, key, start, end, payload);
  }

  encodingName(entry: Entry): 'listpack' | 'hashtable' {
    return this.isListpack(entry) ? 'listpack' : 'hashtable';
  }

  isListpack(entry: Entry): boolean {
    return encodingOf(this.#heap, entry) === HASH_LISTPACK;
  }

  /** Number of fields. */
  length(entry: Entry): number {
    return this.isListpack(entry)
      ? this.#fields.length(payloadOf(this.#heap, entry)) >>> 1
      : this.#table(entry).size;
  }

  /** Leaves the field's value in found… and returns true, or returns false. */
  get(entry: Entry, field: Uint8Array, start: number, end: number): boolean {
    if (!this.isListpack(entry)) {
      const table = this.#table(entry);
      const ref = table.find(field, start, end);
      if (ref !== 0) this.#findValue(table, ref);
      return ref !== 0;
    }
    const ref = payloadOf(this.#heap, entry);
    const at = this.#position(ref, field, start, end);
    if (at !== 0) this.#readValue(ref, this.#values.next(ref, at));
    return at !== 0;
  }

  has(entry: Entry, field: Uint8Array, start: number, end: number): boolean {
    return this.isListpack(entry)
      ? this.#position(payloadOf(this.#heap, entry), field, start, end) !== 0
      : this.#table(entry).find(field, start, end) !== 0;
  }

  /** Bytes of the field's value; 0 when there is no such field. */
  valueLength(entry: Entry, field: Uint8Array, start: number, end: number): number {
    return this.get(entry, field, start, end) ? this.foundEnd - this.foundStart : 0;
  }

  /**
   * For HSET and HMSET, to be called with the length of every field and value before the first
   * `set`: one too long for a listpack makes the hash a hash table at once. `set` does so for its own
   * arguments, which is all that HSETNX and HINCRBY want.
   */
  announce(entry: Entry, length: number): void {
    if (length > this.#limits.hashMaxListpackValue && this.isListpack(entry)) this.convert(entry);
  }

  /** Sets a field's value; false when the field was there before. Converts the hash where needed. */
  set(
    entry: Entry,
    field: Uint8Array,
    fieldStart: number,
    fieldEnd: number,
    value: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (this.isListpack(entry)) {
      const limit = this.#limits.hashMaxListpackValue;
      const fieldLength = fieldEnd - fieldStart;
      const length = end - start;
      const bytes = fieldLength + length + ELEMENT_OVERHEAD;
      const mayStay = fieldLength <= limit && length <= limit;
      if (mayStay && this.#fields.mayGrow(payloadOf(this.#heap, entry), bytes))
        return this.#setInListpack(entry, field, fieldStart, fieldEnd, value, start, end);
      this.convert(entry);
    }
    return this.#table(entry).set(field, fieldStart, fieldEnd, value, start, end);
  }

  /** Deletes a field; false when it was not there. */
  delete(entry: Entry, field: Uint8Array, start: number, end: number): boolean {
    if (!this.isListpack(entry)) return this.#table(entry).remove(field, start, end);
    const ref = payloadOf(this.#heap, entry);
    const at = this.#position(ref, field, start, end);
    if (at !== 0) setPayload(this.#heap, entry, this.#fields.delete(ref, at, 2));
    return at !== 0;
  }

  /** Visits all fields; a listpack's in the order they came. The hash must not change meanwhile. */
  forEach(entry: Entry, visit: FieldVisit): void {
    if (!this.isListpack(entry)) {
      const table = this.#table(entry);
      table.dict.forEach((ref) => this.#visitBlock(table, ref, visit));
      return;
    }
    const ref = payloadOf(this.#heap, entry);
    let at = this.#fields.first(ref);
    while (at !== 0) {
      if (this.#visitPair(ref, at, visit) === true) return;
      at = this.#fields.next(ref, this.#fields.next(ref, at));
    }
  }

  /** Leaves a uniformly drawn field and its value in found…; the hash must not be empty. */
  random(entry: Entry, random: Random): void {
    if (!this.isListpack(entry)) {
      const table = this.#table(entry);
      this.#findField(table, table.dict.random(random));
      return;
    }
    const ref = payloadOf(this.#heap, entry);
    const fields = this.#fields;
    const at = fields.seek(ref, randomBelow(random, fields.length(ref) >>> 1) * 2);
    fields.read(ref, at);
    this.foundField = fields.foundBytes;
    this.foundFieldStart = fields.foundStart;
    this.foundFieldEnd = fields.foundEnd;
    this.#readValue(ref, fields.next(ref, at));
  }

  /** Visits `count` different fields, or all, every choice equally likely. */
  randomDistinct(entry: Entry, count: number, random: Random, visit: FieldVisit): void {
    if (!this.isListpack(entry)) {
      const table = this.#table(entry);
      sampleElements(table.dict, count, random, (ref) => {
        this.#visitBlock(table, ref, visit);
      });
      return;
    }
    const ref = payloadOf(this.#heap, entry);
    const fields = this.#fields;
    let at = fields.first(ref);
    let reached = 0;
    sampleIndexes(fields.length(ref) >>> 1, count, random, (index) => {
      for (; reached < index; reached++) at = fields.next(ref, fields.next(ref, at));
      this.#visitPair(ref, at, visit);
    });
  }

  /**
   * Visits fields from a SCAN cursor on, and returns the next cursor, or 0 at the end. A listpack is
   * visited whole. `visit` must not change the hash, and cannot stop the walk.
   */
  scan(entry: Entry, cursor: number, atLeast: number, visit: FieldVisit): number {
    if (this.isListpack(entry)) {
      this.forEach(entry, (field, from, to, value, start, end) => {
        visit(field, from, to, value, start, end);
      });
      return 0;
    }
    const table = this.#table(entry);
    return table.dict.scan(cursor, atLeast, (ref) => {
      this.#visitBlock(table, ref, visit);
    });
  }

  /** A copy of entry and hash under another key. O(fields). */
  copy(entry: Entry, key: Uint8Array, start: number, end: number): Entry {
    const heap = this.#heap;
    if (this.isListpack(entry)) {
      const other = copyEntry(heap, entry, key, start, end);
      setPayload(heap, other, this.#fields.copy(payloadOf(heap, entry)));
      return other;
    }
    const table = this.#filledTable(entry);
    const other = copyEntry(heap, entry, key, start, end);
    setPayload(heap, other, this.#objects.add(table));
    return other;
  }

  /** Heap bytes of the hash, without its entry; for a hash table with an estimate of its objects. */
  bytesUsed(entry: Entry): number {
    return this.isListpack(entry)
      ? this.#heap.usableSize(payloadOf(this.#heap, entry))
      : this.#table(entry).bytesUsed;
  }

  /** Makes a hash table of a listpack. O(fields). */
  convert(entry: Entry): void {
    const heap = this.#heap;
    const ref = payloadOf(heap, entry);
    const table = this.#filledTable(entry);
    setEncoding(heap, entry, HASH_HASHTABLE);
    setPayload(heap, entry, this.#objects.add(table));
    heap.free(ref);
  }

  /** Makes a new hash a table for so many fields. */
  expand(entry: Entry, fields: number): void {
    this.convert(entry);
    this.#table(entry).dict.reserve(fields);
  }

  /** Converts after a change, which stands even when the heap is too full to convert. */
  #convertIfRoom(entry: Entry): void {
    try {
      this.convert(entry);
    } catch (error) {
      if (!(error instanceof HeapFull)) throw error;
    }
  }

  /** A table with all that the hash holds. */
  #filledTable(entry: Entry): FieldTable {
    const table = new FieldTable(this.#heap);
    try {
      table.dict.reserve(this.length(entry));
      this.forEach(entry, (field, from, to, value, start, end) => {
        table.set(field, from, to, value, start, end);
      });
    } catch (error) {
      table.freeSome(Infinity);
      throw error;
    }
    return table;
  }

  #setInListpack(
    entry: Entry,
    field: Uint8Array,
    fieldStart: number,
    fieldEnd: number,
    value: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const fields = this.#fields;
    const old = payloadOf(this.#heap, entry);
    let ref = old;
    const at = this.#position(ref, field, fieldStart, fieldEnd);
    if (at !== 0) ref = fields.replace(ref, fields.next(ref, at), value, start, end);
    else {
      const bytes = fields.sizeOf(field, fieldStart, fieldEnd) + fields.sizeOf(value, start, end);
      ref = fields.reserve(ref, bytes);
      fields.append(ref, field, fieldStart, fieldEnd);
      fields.append(ref, value, start, end);
    }
    if (ref !== old) setPayload(this.#heap, entry, ref);
    // Also after a replacement: the limit may have been lowered.
    if (fields.length(ref) > this.#limits.hashMaxListpackEntries * 2) this.#convertIfRoom(entry);
    return at === 0;
  }

  #position(ref: Ref, field: Uint8Array, start: number, end: number): Position {
    return this.#fields.find(ref, this.#fields.first(ref), field, start, end, 1);
  }

  #visitPair(ref: Ref, at: Position, visit: FieldVisit): boolean | void {
    const fields = this.#fields;
    const values = this.#values;
    fields.read(ref, at);
    values.read(ref, fields.next(ref, at));
    return visit(
      fields.foundBytes,
      fields.foundStart,
      fields.foundEnd,
      values.foundBytes,
      values.foundStart,
      values.foundEnd,
    );
  }

  #visitBlock(table: FieldTable, ref: Ref, visit: FieldVisit): boolean | void {
    const heap = this.#heap;
    const memory = heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const end = keyEnd(heap, ref);
    return visit(memory, keyStart(heap, ref), end, memory, end, end + table.valueLength(ref));
  }

  #readValue(ref: Ref, at: Position): void {
    const values = this.#values;
    values.read(ref, at);
    this.foundBytes = values.foundBytes;
    this.foundStart = values.foundStart;
    this.foundEnd = values.foundEnd;
    this.foundInteger = values.foundInteger;
  }

  #findValue(table: FieldTable, ref: Ref): void {
    this.foundBytes = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    this.foundStart = keyEnd(this.#heap, ref);
    this.foundEnd = this.foundStart + table.valueLength(ref);
    this.foundInteger = NaN;
  }

  #findField(table: FieldTable, ref: Ref): void {
    this.#findValue(table, ref);
    this.foundField = this.foundBytes;
    this.foundFieldStart = keyStart(this.#heap, ref);
    this.foundFieldEnd = this.foundStart;
  }

  #table(entry: Entry): FieldTable {
    return this.#objects.get(payloadOf(this.#heap, entry)) as FieldTable;
  }
}
