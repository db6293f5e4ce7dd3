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
import type { RdbOutput } from './output.ts';
import { StreamRest } from './stream-writer.ts';

/** Elements and bytes from which on a value is written in steps. */
const MANY_ELEMENTS = 2048;
const MANY_BYTES = 256 * 1024;

/** The rest of a value that is being written. It must not change before `step` returned true. */
export interface ValueRest {
  /** Writes about `budget` elements, or as many times 64 bytes; true at the end. */
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
    const ref = payloadOf(heap, entry);
    const length = extraOf(heap, entry);
    const start = (ref & GRANULE_MASK) << 3;
    if (length < MANY_BYTES || output.mayCompress(length)) {
      output.string(heap.bytes[ref >>> SEGMENT_SHIFT], start, start + length);
      return undefined;
    }
    output.count(length);
    return new BytesRest(heap, ref, length);
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

/** The bytes of a long string. */
class BytesRest implements ValueRest {
  readonly #heap: Heap;
  readonly #ref: Ref;
  readonly #length: number;
  #written = 0;

  constructor(heap: Heap, ref: Ref, length: number) {
    this.#heap = heap;
    this.#ref = ref;
    this.#length = length;
  }

  step(output: RdbOutput, budget: number): boolean {
    const start = ((this.#ref & GRANULE_MASK) << 3) + this.#written;
    const size = Math.min(this.#length - this.#written, budget * 64);
    output.raw(this.#heap.bytes[this.#ref >>> SEGMENT_SHIFT], start, start + size);
    this.#written += size;
    return this.#written === this.#length;
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
    for (let left = budget; left > 0; left -= MANY_ELEMENTS) {
      const count = Math.min(left, MANY_ELEMENTS);
      this.#cursor = this.#table.dict.scan(this.#cursor, count, this.#visit);
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
    for (let left = budget; left > 0; left -= MANY_ELEMENTS) {
      const count = Math.min(left, MANY_ELEMENTS);
      this.#cursor = this.#set.dict.scan(this.#cursor, count, this.#visit);
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
    const count = Math.min(budget, this.#left);
    this.#set.list.forEach(this.#left - 1, count, true, (ref) => {
      const start = memberStart(heap, ref);
      const end = start + memberLength(heap, ref);
      output.string(heap.bytes[ref >>> SEGMENT_SHIFT], start, end);
      output.double(memberScore(heap, ref));
      return true;
    });
    this.#left -= count;
    return this.#left === 0;
  }
}

/** The nodes of a list, each a listpack or one large element. */
class NodesRest implements ValueRest {
  readonly #heap: Heap;
  readonly #list: Quicklist;

  constructor(heap: Heap, output: RdbOutput, list: Quicklist) {
    this.#heap = heap;
    this.#list = list;
    output.count(list.nodeCount);
  }

  step(output: RdbOutput): boolean {
    const heap = this.#heap;
    this.#list.forEachNode((ref, bytes, plain) => {
      const start = (ref & GRANULE_MASK) << 3;
      output.count(plain ? NODE_PLAIN : NODE_PACKED);
      output.string(heap.bytes[ref >>> SEGMENT_SHIFT], start, start + bytes);
    });
    return true;
  }
}
