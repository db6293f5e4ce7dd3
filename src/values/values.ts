/** One instance of every value type over one heap, and what they have in common. */
import type { Random } from '../env/random.ts';
import type { Dict } from '../memory/dict.ts';
import { Heap } from '../memory/heap.ts';
import {
  encodingOf,
  type Entry,
  isInline,
  payloadOf,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_SORTED_SET,
  TYPE_STREAM,
  TYPE_STRING,
  typeOf,
  type ValueType,
} from './entry.ts';
import type { FieldTable } from './field-table.ts';
import type { HashSet } from './hash-set.ts';
import { Hashes } from './hash.ts';
import type { ValueLimits } from './limits.ts';
import { Lists } from './list.ts';
import type { LargeValue, ObjectTable } from './object-table.ts';
import { Sets } from './set.ts';
import type { SkiplistSet } from './skiplist-set.ts';
import { SortedSets } from './sorted-set.ts';
import { Streams } from './streams.ts';
import { Strings } from './string.ts';

/** Names that TYPE replies, by type number. */
export const TYPE_NAMES: readonly string[] = [
  'string',
  'list',
  'set',
  'zset',
  'hash',
  'module',
  'stream',
];

export class Values {
  readonly strings: Strings;
  readonly lists: Lists;
  readonly sets: Sets;
  readonly sortedSets: SortedSets;
  readonly hashes: Hashes;
  readonly streams: Streams;
  readonly #heap: Heap;
  readonly #objects: ObjectTable;

  constructor(heap: Heap, objects: ObjectTable, limits: ValueLimits, random: Random) {
    this.#heap = heap;
    this.#objects = objects;
    this.strings = new Strings(heap);
    this.lists = new Lists(heap, objects, limits);
    this.sets = new Sets(heap, objects, limits);
    this.sortedSets = new SortedSets(heap, objects, limits, random);
    this.hashes = new Hashes(heap, objects, limits);
    this.streams = new Streams(heap, objects, limits);
  }

  typeName(entry: Entry): string {
    return TYPE_NAMES[typeOf(this.#heap, entry)];
  }

  /** What OBJECT ENCODING says. */
  encodingName(entry: Entry): string {
    const type = typeOf(this.#heap, entry);
    if (type === TYPE_STREAM) return 'stream';
    if (type === TYPE_LIST) return 'quicklist';
    if (type === TYPE_SET) return this.sets.encodingName(entry);
    if (type === TYPE_SORTED_SET) return this.sortedSets.encodingName(entry);
    if (type === TYPE_HASH) return this.hashes.encodingName(entry);
    return this.strings.encodingName(entry);
  }

  /**
   * Lets go of an entry's value: a block is freed at once, an object is returned for the caller to
   * free. The entry's payload is void afterwards.
   */
  release(entry: Entry): LargeValue | undefined {
    const heap = this.#heap;
    if (isInline(heap, entry)) return undefined;
    const type = typeOf(heap, entry);
    if (type === TYPE_STRING || isCompact(type, encodingOf(heap, entry))) {
      heap.free(payloadOf(heap, entry));
      return undefined;
    }
    return this.#objects.remove(payloadOf(heap, entry));
  }

  /** Bytes of the value outside its entry, with what objects estimate of themselves. O(1). */
  bytesUsed(entry: Entry): number {
    const heap = this.#heap;
    if (isInline(heap, entry)) return 0;
    const type = typeOf(heap, entry);
    if (type === TYPE_STRING || isCompact(type, encodingOf(heap, entry)))
      return heap.usableSize(payloadOf(heap, entry));
    return this.#objects.get(payloadOf(heap, entry)).bytesUsed;
  }

  /** Number of values that are objects. */
  get largeValues(): number {
    return this.#objects.size;
  }

  /** The table of a large hash, set or sorted set; undefined for all other values. O(1). */
  elementsOf(entry: Entry): Dict | undefined {
    const heap = this.#heap;
    const type = typeOf(heap, entry);
    if (type !== TYPE_HASH && type !== TYPE_SET && type !== TYPE_SORTED_SET) return undefined;
    if (isCompact(type, encodingOf(heap, entry))) return undefined;
    const object = this.#objects.get(payloadOf(heap, entry));
    return (object as FieldTable | HashSet | SkiplistSet).dict;
  }

  /** A copy of the entry and its value under another key. O(value). */
  copy(entry: Entry, key: Uint8Array, start: number, end: number): Entry {
    const type = typeOf(this.#heap, entry);
    if (type === TYPE_STREAM) return this.streams.copy(entry, key, start, end);
    if (type === TYPE_LIST) return this.lists.copy(entry, key, start, end);
    if (type === TYPE_SET) return this.sets.copy(entry, key, start, end);
    if (type === TYPE_SORTED_SET) return this.sortedSets.copy(entry, key, start, end);
    if (type === TYPE_HASH) return this.hashes.copy(entry, key, start, end);
    return this.strings.copy(entry, key, start, end);
  }
}

/** Whether the payload is a block (encoding 0 of every type but streams), not an object. */
function isCompact(type: ValueType, encoding: number): boolean {
  return encoding === 0 && type !== TYPE_STREAM;
}
