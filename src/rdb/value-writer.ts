/**
 * Values in RDB form, in the encodings of Redis 7.0: compact encodings are copies of their blocks,
 * large ones are written element by element. What would take long is written in steps.
 *
 * It has readers of its own, so that it may run while a command is at work on other values: a
 * snapshot writes an entry just before it changes.
 */
import { GRANULE_MASK, type Heap, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { keyEnd, keyStart } from '../memory/keyed-block.ts';
import { memberLength, memberScore, memberStart } from '../memory/member-block.ts';
import type { Quicklist } from '../memory/quicklist.ts';
import {
  encodingOf,
  type Entry,
  extraOf,
  inlineLength,
  inlineOffset,
  isInline,
  payloadOf,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_SORTED_SET,
  TYPE_STREAM,
  TYPE_STRING,
  typeOf,
} from '../values/entry.ts';
import type { FieldTable } from '../values/field-table.ts';
import type { HashSet } from '../values/hash-set.ts';
import type { LargeValue, ObjectTable } from '../values/object-table.ts';
import type { SkiplistSet } from '../values/skiplist-set.ts';
import type { Stream } from '../values/stream.ts';
import {
  NODE_PACKED,
  NODE_PLAIN,
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_LIST_QUICKLIST_2,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_STREAM_2,
  RDB_STRING,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
} from './format.ts';
import { BytesRest, LzfRest } from './long-string-writer.ts';
import type { RdbOutput } from './output.ts';
import { limitOf } from './step-limit.ts';
import { StreamRest } from './stream-writer.ts';

/** Elements and bytes from which on a value is written in steps. */
const MANY_ELEMENTS = 256;
const MANY_BYTES = 64 * 1024;
/** Elements fetched from a dict at a time. */
const FETCHED = 64;
/** A longer string is not compressed at all: what compressing makes of it is kept until its end. */
const LONGEST_COMPRESSED = 16 * 1024 * 1024;

/** The rest of a value that is being written. It must not change before `step` returned true. */
export interface ValueRest {
  /**
   * Writes about `budget` elements, fewer when they are long (see STEP_BYTES); Infinity: all there
   * is, as quickly as possible. Returns true at the end.
   */
  step(output: RdbOutput, budget: number): boolean;
}

export class ValueWriter {
  readonly #heap: Heap;
  readonly #objects: ObjectTable;

  constructor(heap: Heap, objects: ObjectTable) {
    this.#heap = heap;
    this.#objects = objects;
  }

  /** The type byte that tells how the value is written. */
  typeOf(entry: Entry): number {
    const heap = this.#heap;
    const isCompact = encodingOf(heap, entry) === 0;
    switch (typeOf(heap, entry)) {
      case TYPE_STRING:
        return RDB_STRING;
      case TYPE_LIST:
        return RDB_LIST_QUICKLIST_2;
      case TYPE_SET:
        return isCompact ? RDB_SET_INTSET : RDB_SET;
      case TYPE_SORTED_SET:
        return isCompact ? RDB_ZSET_LISTPACK : RDB_ZSET_2;
      case TYPE_HASH:
        return isCompact ? RDB_HASH_LISTPACK : RDB_HASH;
      case TYPE_STREAM:
        return RDB_STREAM_2;
    }
  }

  /** Writes the whole value. O(value). */
  write(output: RdbOutput, entry: Entry): void {
    const isString = typeOf(this.#heap, entry) === TYPE_STRING;
    if (isString && !isInline(this.#heap, entry)) {
      this.#longString(output, entry);
      return;
    }
    const rest = this.begin(output, entry);
    if (rest !== undefined) rest.step(output, Infinity);
  }

  /** Writes the value, or its beginning: then what writes the rest is returned. */
  begin(output: RdbOutput, entry: Entry): ValueRest | undefined {
    const heap = this.#heap;
    const type = typeOf(heap, entry);
    if (type === TYPE_STRING) return this.#string(output, entry);
    const payload = payloadOf(heap, entry);
    if (type !== TYPE_STREAM && encodingOf(heap, entry) === 0) {
      this.#compact(output, type, payload);
      return undefined;
    }
    const rest = this.#restOf(output, type, this.#objects.get(payload));
    return rest.step(output, MANY_ELEMENTS) ? undefined : rest;
  }

  #restOf(output: RdbOutput, type: number, value: LargeValue): ValueRest {
    const heap = this.#heap;
    switch (type) {
      case TYPE_HASH:
        return new FieldsRest(heap, output, value as FieldTable);
      case TYPE_SET:
        return new MembersRest(heap, output, value as HashSet);
      case TYPE_LIST:
        return new NodesRest(heap, output, value as Quicklist);
      case TYPE_STREAM:
        return new StreamRest(output, value as Stream);
      default:
        return new ScoresRest(heap, output, value as SkiplistSet);
    }
  }

  #string(output: RdbOutput, entry: Entry): ValueRest | undefined {
    const heap = this.#heap;
    if (isInline(heap, entry)) {
      const start = ((entry & GRANULE_MASK) << 3) + inlineOffset(heap, entry);
      const memory = heap.bytes[entry >>> SEGMENT_SHIFT];
      output.string(memory, start, start + inlineLength(heap, entry));
      return undefined;
    }
    const length = extraOf(heap, entry);
    if (length < MANY_BYTES) {
      this.#longString(output, entry);
      return undefined;
    }
    const ref = payloadOf(heap, entry);
    if (output.compresses && length <= LONGEST_COMPRESSED) return new LzfRest(heap, ref, length);
    output.count(length);
    return new BytesRest(heap.bytes[ref >>> SEGMENT_SHIFT], (ref & GRANULE_MASK) << 3, length);
  }

  /** A string that does not stand in its entry, at once. */
  #longString(output: RdbOutput, entry: Entry): void {
    const ref = payloadOf(this.#heap, entry);
    const start = (ref & GRANULE_MASK) << 3;
    const end = start + extraOf(this.#heap, entry);
    output.string(this.#heap.bytes[ref >>> SEGMENT_SHIFT], start, end);
  }

  /** A listpack or an intset is written as the string of its bytes. */
  #compact(output: RdbOutput, type: number, ref: Ref): void {
    const heap = this.#heap;
    const first = heap.getUint32(ref, 0);
    const size = type === TYPE_SET ? 8 + first * heap.getUint32(ref, 4) : first;
    const start = (ref & GRANULE_MASK) << 3;
    if (type === TYPE_LIST) {
      output.count(1);
      output.count(NODE_PACKED);
    }
    output.string(heap.bytes[ref >>> SEGMENT_SHIFT], start, start + size);
  }
}

/** Fields and values of a hash table, in hash order. */
class FieldsRest implements ValueRest {
  readonly #table: FieldTable;
  readonly #visit: (ref: Ref) => void;
  #output: RdbOutput;
  #cursor = 0;

  constructor(heap: Heap, output: RdbOutput, table: FieldTable) {
    this.#table = table;
    this.#output = output;
    output.count(table.size);
    this.#visit = (ref) => {
      const memory = heap.bytes[ref >>> SEGMENT_SHIFT];
      const end = keyEnd(heap, ref);
      this.#output.string(memory, keyStart(heap, ref), end);
      this.#output.string(memory, end, end + table.valueLength(ref));
    };
  }

  step(output: RdbOutput, budget: number): boolean {
    this.#output = output;
    const limit = limitOf(output, budget);
    for (let left = budget; left > 0 && output.length < limit; left -= FETCHED) {
      this.#cursor = this.#table.dict.scan(this.#cursor, FETCHED, this.#visit);
      if (this.#cursor === 0) return true;
    }
    return false;
  }
}

/** Members of a set, in hash order. */
class MembersRest implements ValueRest {
  readonly #set: HashSet;
  readonly #visit: (ref: Ref) => void;
  #output: RdbOutput;
  #cursor = 0;

  constructor(heap: Heap, output: RdbOutput, set: HashSet) {
    this.#set = set;
    this.#output = output;
    output.count(set.size);
    this.#visit = (ref) => {
      const memory = heap.bytes[ref >>> SEGMENT_SHIFT];
      this.#output.string(memory, keyStart(heap, ref), keyEnd(heap, ref));
    };
  }

  step(output: RdbOutput, budget: number): boolean {
    this.#output = output;
    const limit = limitOf(output, budget);
    for (let left = budget; left > 0 && output.length < limit; left -= FETCHED) {
      this.#cursor = this.#set.dict.scan(this.#cursor, FETCHED, this.#visit);
      if (this.#cursor === 0) return true;
    }
    return false;
  }
}

/** Members and scores from the highest down: Redis's order, in which its loader inserts fastest. */
class ScoresRest implements ValueRest {
  readonly #heap: Heap;
  readonly #set: SkiplistSet;
  #left: number;

  constructor(heap: Heap, output: RdbOutput, set: SkiplistSet) {
    this.#heap = heap;
    this.#set = set;
    this.#left = set.size;
    output.count(set.size);
  }

  step(output: RdbOutput, budget: number): boolean {
    const heap = this.#heap;
    if (this.#left === 0) return true;
    const limit = limitOf(output, budget);
    this.#set.list.forEach(this.#left - 1, Math.min(budget, this.#left), true, (ref) => {
      const start = memberStart(heap, ref);
      const end = start + memberLength(heap, ref);
      output.string(heap.bytes[ref >>> SEGMENT_SHIFT], start, end);
      output.double(memberScore(heap, ref));
      this.#left--;
      return output.length < limit;
    });
    return this.#left === 0;
  }
}

/** The nodes of a list, each a listpack or one large element. */
class NodesRest implements ValueRest {
  readonly #heap: Heap;
  readonly #list: Quicklist;
  #next = 0;

  constructor(heap: Heap, output: RdbOutput, list: Quicklist) {
    this.#heap = heap;
    this.#list = list;
    output.count(list.nodeCount);
  }

  step(output: RdbOutput, budget: number): boolean {
    const heap = this.#heap;
    const limit = limitOf(output, budget);
    this.#next = this.#list.forEachNode((ref, bytes, plain) => {
      const start = (ref & GRANULE_MASK) << 3;
      output.count(plain ? NODE_PLAIN : NODE_PACKED);
      output.string(heap.bytes[ref >>> SEGMENT_SHIFT], start, start + bytes);
      return output.length >= limit;
    }, this.#next);
    return this.#next >= this.#list.nodeCount;
  }
}
