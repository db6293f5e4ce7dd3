/**
 * Makes values of their RDB form, of any version: element by element, so that a value of any size can
 * be loaded in steps from a window (see input.ts). An entry is handed out only when it is whole.
 *
 * Every structure is checked before it is taken over, since a wrong one would corrupt the heap.
 * `deep` also looks for what only makes no sense: members twice, sets out of order.
 */
import { parseDouble } from '../bytes/double.ts';
import { parseInteger } from '../bytes/integer.ts';
import { latin1 } from '../bytes/text.ts';
import type { Random } from '../env/random.ts';
import { GRANULE_MASK, type Heap, SEGMENT_SHIFT } from '../memory/heap.ts';
import { validateIntset } from '../memory/intset.ts';
import { Listpacks } from '../memory/listpack.ts';
import { validateListpack } from '../memory/listpack-encoding.ts';
import {
  createEntry,
  type Entry,
  isInline,
  payloadOf,
  setEncoding,
  setPayload,
  SET_INTSET,
  STRING_AUTO,
  TYPE_SET,
} from '../values/entry.ts';
import { Hashes } from '../values/hash.ts';
import type { ValueLimits } from '../values/limits.ts';
import { Lists } from '../values/list.ts';
import type { ObjectTable } from '../values/object-table.ts';
import { Sets } from '../values/set.ts';
import { ADDED, SortedSets } from '../values/sorted-set.ts';
import { Strings } from '../values/string.ts';
import { Values } from '../values/values.ts';
import {
  NODE_PACKED,
  NODE_PLAIN,
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
  RDB_LIST,
  RDB_LIST_QUICKLIST,
  RDB_LIST_QUICKLIST_2,
  RDB_LIST_ZIPLIST,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_SET_LISTPACK,
  RDB_STREAM,
  RDB_STREAM_2,
  RDB_STREAM_3,
  RDB_STRING,
  RDB_ZSET,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
  RDB_ZSET_ZIPLIST,
  RdbError,
  typeNameOf,
} from './format.ts';
import type { RdbInput } from './input.ts';
import { readListpack, scoresAreInOrder } from './listpack-checks.ts';
import { StreamReader } from './stream-reader.ts';
import { readZipmap, readZiplist, type TextVisit } from './ziplist.ts';

const NOTHING: Uint8Array = new Uint8Array(0);

export class ValueReader {
  /** The value with its key, once `step` returned true; 0: it has no elements. */
  entry: Entry = 0;
  /** Whether to look for duplicates and wrong order, too. */
  deep = false;

  readonly #heap: Heap;
  readonly #limits: ValueLimits;
  readonly #values: Values;
  readonly #strings: Strings;
  readonly #lists: Lists;
  readonly #sets: Sets;
  readonly #hashes: Hashes;
  readonly #sortedSets: SortedSets;
  readonly #listpacks: Listpacks;
  readonly #streams: StreamReader;
  #isStream = false;
  #key = NOTHING;
  #keyStart = 0;
  #keyEnd = 0;
  #type = 0;
  #isOpen = false;
  /** Elements still to come. */
  #left = 0;
  /** Members of a set, all told. */
  #members = 0;

  constructor(heap: Heap, objects: ObjectTable, limits: ValueLimits, random: Random) {
    this.#heap = heap;
    this.#limits = limits;
    this.#values = new Values(heap, objects, limits, random);
    this.#strings = new Strings(heap);
    this.#lists = new Lists(heap, objects, limits);
    this.#sets = new Sets(heap, objects, limits);
    this.#hashes = new Hashes(heap, objects, limits);
    this.#sortedSets = new SortedSets(heap, objects, limits, random);
    this.#listpacks = new Listpacks(heap);
    this.#streams = new StreamReader(heap);
  }

  /** Begins a value; the key must stay as it is until the end. Throws on types that are unknown. */
  begin(type: number, key: Uint8Array, start: number, end: number): void {
    this.entry = 0;
    this.#type = type;
    this.#key = key;
    this.#keyStart = start;
    this.#keyEnd = end;
    this.#isOpen = false;
    this.#isStream = type === RDB_STREAM || type === RDB_STREAM_2 || type === RDB_STREAM_3;
    this.#left = 0;
  }

  /**
   * Reads on, about `budget` elements; true when the value is complete. Throws UNDERFLOW (the input
   * is to be rewound and refilled) or RdbError; after the latter, and HeapFull, `discard`.
   */
  step(input: RdbInput, budget: number): boolean {
    if (!this.#isOpen) {
      this.#open(input);
      this.#isOpen = true;
      input.commit();
    }
    if (this.#isStream) return this.#streams.step(input, budget);
    for (let budgetLeft = budget; this.#left > 0; budgetLeft--) {
      if (budgetLeft <= 0) return false;
      this.#element(input);
      this.#left--;
      input.commit();
    }
    this.#close();
    return true;
  }

  /** Frees what there is of a value that will not be completed, or not be used. */
  discard(): void {
    const { entry } = this;
    this.entry = 0;
    if (entry === 0) return;
    if (isInline(this.#heap, entry) || payloadOf(this.#heap, entry) !== 0)
      this.#values.release(entry)?.freeSome(Infinity);
    this.#heap.free(entry);
  }

  /** Reads a value's beginning; of a compact one, all of it. */
  #open(input: RdbInput): void {
    const type = this.#type;
    switch (type) {
      case RDB_STRING:
        this.#openString(input);
        break;
      case RDB_LIST:
      case RDB_LIST_QUICKLIST:
      case RDB_LIST_QUICKLIST_2:
        this.#left = input.elements();
        this.entry = this.#lists.create(this.#key, this.#keyStart, this.#keyEnd);
        break;
      case RDB_SET:
        this.#left = input.elements();
        this.#createSet(this.#left);
        break;
      case RDB_HASH:
        this.#left = input.elements();
        this.entry = this.#hashes.create(this.#key, this.#keyStart, this.#keyEnd);
        if (this.#left > this.#limits.hashMaxListpackEntries)
          this.#hashes.expand(this.entry, this.#left);
        break;
      case RDB_ZSET:
      case RDB_ZSET_2:
        this.#left = input.elements();
        this.entry = this.#sortedSets.create(this.#key, this.#keyStart, this.#keyEnd, Infinity);
        this.#sortedSets.reserve(this.entry, this.#left);
        break;
      default:
        this.#openCompact(input, type);
    }
  }

  #openCompact(input: RdbInput, type: number): void {
    switch (type) {
      case RDB_HASH_LISTPACK:
        this.#openHashListpack(input);
        break;
      case RDB_ZSET_LISTPACK:
        this.#openSortedSetListpack(input);
        break;
      case RDB_SET_INTSET:
        this.#openIntset(input);
        break;
      case RDB_SET_LISTPACK:
        this.#openSetListpack(input);
        break;
      case RDB_HASH_ZIPMAP:
      case RDB_HASH_ZIPLIST:
        this.#openOldHash(input, type === RDB_HASH_ZIPMAP);
        break;
      case RDB_ZSET_ZIPLIST:
        this.#openOldSortedSet(input);
        break;
      case RDB_LIST_ZIPLIST:
        this.#openOldList(input);
        break;
      case RDB_STREAM:
      case RDB_STREAM_2:
      case RDB_STREAM_3:
        this.#openStream(input, type);
        break;
      default:
        throw new RdbError(`unknown value type: ${typeNameOf(type)}`);
    }
  }

  /** Reads one element of a value that is not compact. Changes nothing before it has all of it. */
  #element(input: RdbInput): void {
    switch (this.#type) {
      case RDB_LIST:
        input.string();
        this.#lists.pushTail(this.entry, input.foundBytes, input.foundStart, input.foundEnd);
        break;
      case RDB_LIST_QUICKLIST:
        this.#oldNode(input);
        break;
      case RDB_LIST_QUICKLIST_2:
        this.#node(input);
        break;
      case RDB_SET:
        this.#member(input);
        break;
      case RDB_HASH:
        this.#field(input);
        break;
      default:
        this.#score(input);
    }
  }

  /** Chooses the encoding where that depends on the whole, and lets go of what has no elements. */
  #close(): void {
    const { entry } = this;
    if (this.#type === RDB_ZSET || this.#type === RDB_ZSET_2) this.#sortedSets.compact(entry);
    if (entry !== 0 && this.#size(entry) === 0) this.discard();
  }

  #size(entry: Entry): number {
    switch (this.#type) {
      case RDB_LIST:
      case RDB_LIST_QUICKLIST:
      case RDB_LIST_QUICKLIST_2:
      case RDB_LIST_ZIPLIST:
        return this.#lists.length(entry);
      case RDB_SET:
      case RDB_SET_LISTPACK:
        return this.#sets.size(entry);
      case RDB_HASH:
      case RDB_HASH_ZIPMAP:
      case RDB_HASH_ZIPLIST:
      case RDB_HASH_LISTPACK:
        return this.#hashes.length(entry);
      case RDB_ZSET:
      case RDB_ZSET_2:
      case RDB_ZSET_ZIPLIST:
      case RDB_ZSET_LISTPACK:
        return this.#sortedSets.size(entry);
      default:
        return 1;
    }
  }

  #openString(input: RdbInput): void {
    input.string();
    this.entry = this.#strings.create(
      this.#key,
      this.#keyStart,
      this.#keyEnd,
      input.foundBytes,
      input.foundStart,
      input.foundEnd,
      STRING_AUTO,
    );
  }

  #createSet(members: number): void {
    this.entry = this.#sets.create(this.#key, this.#keyStart, this.#keyEnd);
    this.#members = members;
  }

  #member(input: RdbInput): void {
    input.string();
    const { foundBytes, foundStart, foundEnd } = input;
    if (this.#left === this.#members) this.#chooseSet(foundBytes, foundStart, foundEnd);
    if (this.#sets.add(this.entry, foundBytes, foundStart, foundEnd)) return;
    if (!this.#sets.isIntset(this.entry)) throw new RdbError('a set has a member twice');
  }

  /** Makes room for all members, unless the first one lets expect a set of a few integers. */
  #chooseSet(bytes: Uint8Array, start: number, end: number): void {
    const isFew = this.#members <= this.#limits.setMaxIntsetEntries;
    if (isFew && !Number.isNaN(parseInteger(bytes, start, end))) return;
    this.#sets.expand(this.entry, this.#members);
  }

  #field(input: RdbInput): void {
    input.string();
    input.keep();
    input.string();
    const isNew = this.#hashes.set(
      this.entry,
      input.keptBytes,
      input.keptStart,
      input.keptEnd,
      input.foundBytes,
      input.foundStart,
      input.foundEnd,
    );
    if (!isNew) throw new RdbError('a hash has a field twice');
  }

  #score(input: RdbInput): void {
    input.string();
    const score = this.#type === RDB_ZSET_2 ? input.double() : input.textDouble();
    if (Number.isNaN(score)) throw new RdbError('a score is not a number');
    this.#addScore(input.foundBytes, input.foundStart, input.foundEnd, score);
  }

  #addScore(bytes: Uint8Array, start: number, end: number, score: number): void {
    if (this.#sortedSets.add(this.entry, score, bytes, start, end, 0) !== ADDED)
      throw new RdbError('a sorted set has a member twice');
  }

  #node(input: RdbInput): void {
    const container = input.count();
    if (container !== NODE_PLAIN && container !== NODE_PACKED)
      throw new RdbError('a list node of unknown kind');
    input.string();
    const { foundBytes, foundStart, foundEnd } = input;
    const isPlain = container === NODE_PLAIN;
    if (isPlain && foundStart === foundEnd) throw new RdbError('a plain list node is empty');
    if (!isPlain) {
      const count = validateListpack(foundBytes, foundStart, foundEnd);
      if (count < 0) throw new RdbError('a list node is no listpack');
      if (count === 0) return;
    }
    this.#lists.appendNode(this.entry, foundBytes, foundStart, foundEnd, isPlain);
  }

  /** A node of a list as before Redis 7: a ziplist, which becomes a listpack. */
  #oldNode(input: RdbInput): void {
    input.string();
    const listpacks = this.#listpacks;
    let ref = listpacks.create();
    try {
      const count = readZiplist(
        input.foundBytes,
        input.foundStart,
        input.foundEnd,
        (bytes, start, end) => {
          ref = listpacks.append(ref, bytes, start, end);
        },
      );
      if (count < 0) throw new RdbError('a list node is no ziplist');
      if (count > 0) {
        const start = (ref & GRANULE_MASK) << 3;
        const end = start + listpacks.totalBytes(ref);
        const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT];
        this.#lists.appendNode(this.entry, memory, start, end, false);
      }
    } finally {
      this.#heap.free(ref);
    }
  }

  #openOldList(input: RdbInput): void {
    input.string();
    this.entry = this.#lists.create(this.#key, this.#keyStart, this.#keyEnd);
    const count = readZiplist(
      input.foundBytes,
      input.foundStart,
      input.foundEnd,
      (bytes, start, end) => this.#lists.pushTail(this.entry, bytes, start, end),
    );
    if (count < 0) throw new RdbError('a list is no ziplist');
  }

  #openHashListpack(input: RdbInput): void {
    input.string();
    const { foundBytes, foundStart, foundEnd } = input;
    const count = validateListpack(foundBytes, foundStart, foundEnd);
    if (count < 0 || count % 2 !== 0) throw new RdbError('a hash is no listpack of pairs');
    if (this.deep) this.#refuseDuplicates(foundBytes, foundStart, foundEnd);
    this.entry = this.#hashes.create(this.#key, this.#keyStart, this.#keyEnd);
    this.#adopt(foundBytes, foundStart, foundEnd);
    if (count / 2 > this.#limits.hashMaxListpackEntries) {
      this.#hashes.convert(this.entry);
      if (this.#hashes.length(this.entry) !== count / 2)
        throw new RdbError('a hash has a field twice');
    }
  }

  /** Puts a listpack from outside in the place of the empty one of a new entry. */
  #adopt(bytes: Uint8Array, start: number, end: number): void {
    const heap = this.#heap;
    const ref = this.#listpacks.fromBytes(bytes, start, end);
    heap.free(payloadOf(heap, this.entry));
    setPayload(heap, this.entry, ref);
  }

  #openSortedSetListpack(input: RdbInput): void {
    input.string();
    const { foundBytes, foundStart, foundEnd } = input;
    const count = validateListpack(foundBytes, foundStart, foundEnd);
    if (count < 0 || count % 2 !== 0) throw new RdbError('a sorted set is no listpack of pairs');
    const isLarge = count / 2 > this.#limits.zsetMaxListpackEntries;
    if (this.deep || isLarge) {
      if (!scoresAreInOrder(foundBytes, foundStart, foundEnd))
        throw new RdbError('a sorted set is not sorted');
      this.#refuseDuplicates(foundBytes, foundStart, foundEnd);
    }
    this.entry = this.#sortedSets.create(this.#key, this.#keyStart, this.#keyEnd, 0);
    this.#sortedSets.adoptListpack(this.entry, foundBytes, foundStart, foundEnd);
    if (isLarge) this.#sortedSets.makeLarge(this.entry);
  }

  #openIntset(input: RdbInput): void {
    input.string();
    const { foundBytes, foundStart, foundEnd } = input;
    const count = validateIntset(foundBytes, foundStart, foundEnd);
    if (count < 0) throw new RdbError('a set is no intset');
    const heap = this.#heap;
    const ref = this.#listpacks.fromBytes(foundBytes, foundStart, foundEnd);
    this.entry = createEntry(
      heap,
      TYPE_SET,
      SET_INTSET,
      this.#key,
      this.#keyStart,
      this.#keyEnd,
      -1,
    );
    setEncoding(heap, this.entry, SET_INTSET);
    setPayload(heap, this.entry, ref);
    if (count > this.#limits.setMaxIntsetEntries) this.#sets.convert(this.entry);
  }

  #openSetListpack(input: RdbInput): void {
    input.string();
    const { foundBytes, foundStart, foundEnd } = input;
    const count = validateListpack(foundBytes, foundStart, foundEnd);
    if (count < 0) throw new RdbError('a set is no listpack');
    this.#createSet(count);
    if (count > this.#limits.setMaxIntsetEntries) this.#sets.convert(this.entry);
    readListpack(foundBytes, foundStart, foundEnd, (bytes, start, end) => {
      if (!this.#sets.add(this.entry, bytes, start, end))
        throw new RdbError('a set has a member twice');
    });
  }

  #openStream(input: RdbInput, type: number): void {
    if (this.entry === 0)
      this.entry = this.#values.streams.create(this.#key, this.#keyStart, this.#keyEnd);
    this.#streams.begin(input, type, this.#values.streams.of(this.entry));
  }

  #openOldHash(input: RdbInput, isZipmap: boolean): void {
    input.string();
    this.entry = this.#hashes.create(this.#key, this.#keyStart, this.#keyEnd);
    let field: Uint8Array | undefined;
    const visit: TextVisit = (bytes, start, end) => {
      if (field === undefined) {
        field = bytes.slice(start, end);
        return;
      }
      if (!this.#hashes.set(this.entry, field, 0, field.length, bytes, start, end))
        throw new RdbError('a hash has a field twice');
      field = undefined;
    };
    const { foundBytes, foundStart, foundEnd } = input;
    const count = isZipmap
      ? readZipmap(foundBytes, foundStart, foundEnd, visit)
      : readZiplist(foundBytes, foundStart, foundEnd, visit);
    if (count < 0 || field !== undefined) throw new RdbError('a hash is no list of pairs');
  }

  #openOldSortedSet(input: RdbInput): void {
    input.string();
    this.entry = this.#sortedSets.create(this.#key, this.#keyStart, this.#keyEnd, 0);
    let member: Uint8Array | undefined;
    const { foundBytes, foundStart, foundEnd } = input;
    const count = readZiplist(foundBytes, foundStart, foundEnd, (bytes, start, end) => {
      if (member === undefined) {
        member = bytes.slice(start, end);
        return;
      }
      const score = parseDouble(bytes, start, end);
      if (score === undefined) throw new RdbError('a score is not a number');
      this.#addScore(member, 0, member.length, score);
      member = undefined;
    });
    if (count < 0 || member !== undefined) throw new RdbError('a sorted set is no list of pairs');
  }

  /** Throws when two pairs of the listpack have the same first part. */
  #refuseDuplicates(bytes: Uint8Array, start: number, end: number): void {
    const seen = new Set<string>();
    let index = 0;
    readListpack(bytes, start, end, (text, from, to) => {
      if (index++ % 2 === 1) return;
      const key = latin1(text, from, to);
      if (seen.has(key)) throw new RdbError('the same element stands twice');
      seen.add(key);
    });
  }
}
