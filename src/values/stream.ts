/**
 * A stream: entries with ascending IDs and consumer groups that read them.
 *
 * Entries stand in nodes of up to about a hundred (stream-node.ts), filed by the ID of each node's
 * first entry. So appending touches the last node only, and any other entry is found in
 * O(log(nodes) + entries of a node). Full nodes are packed (packed-node.ts) until they change.
 *
 * The counters follow Redis 7: `entriesAdded` counts entries ever added, `maxDeletedId` is the
 * greatest ID removed by XDEL; together they tell how far a group lags behind, as long as no hole
 * lies ahead of it.
 */
import { StreamId } from '../bytes/stream-id.ts';
import { GRANULE_MASK, type Heap, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { IdIndex } from '../memory/id-index.ts';
import { Listpacks } from '../memory/listpack.ts';
import { latin1 } from '../bytes/text.ts';
import { ConsumerGroup, READ_COUNT_UNKNOWN, sortedByName } from './consumer-group.ts';
import type { ValueLimits } from './limits.ts';
import type { LargeValue } from './object-table.ts';
import { packNode, unpackedBytes, unpackNode } from './packed-node.ts';
import {
  ENTRY_DELETED,
  type FieldSource,
  hasFields,
  NodeReader,
  NodeWriter,
} from './stream-node.ts';

/** Bytes of fields and values that one entry may have. */
export const LARGEST_ENTRY = 2 ** 30;
/** Entries' worth of work that freeing a node is. */
const NODE_EFFORT = 1;
/** Counts up to this one take one byte in a node. */
const SMALL_COUNT = 127;
/** Estimate of V8's objects behind a stream, in bytes. */
const STREAM_BYTES = 1100;

/** What streams of one heap share. */
export class StreamTools {
  readonly heap: Heap;
  readonly limits: ValueLimits;
  readonly writer: NodeWriter;
  readonly listpacks: Listpacks;
  /** Reads whatever an operation looks at; no operation leaves it open for the next. */
  readonly reader = new NodeReader();
  /** Counts packed nodes that were freed: their refs may stand for others now. */
  freedPacked = 0;

  constructor(heap: Heap, limits: ValueLimits) {
    this.heap = heap;
    this.limits = limits;
    this.writer = new NodeWriter(heap);
    this.listpacks = new Listpacks(heap);
  }
}

export class Stream implements LargeValue {
  length = 0;
  /** Entries ever added; exact up to 2^53. */
  entriesAdded = 0;
  readonly lastId = new StreamId();
  /** The first entry; 0-0 while there is none. */
  readonly firstId = new StreamId();
  readonly maxDeletedId = new StreamId();
  /** Master ID → ref of the node's listpack, or negated, of its packed form. */
  readonly nodes: IdIndex;
  readonly #tools: StreamTools;
  readonly #groups = new Map<string, ConsumerGroup>();
  readonly #master = new StreamId();
  #nodeBytes = 0;

  /**
   * The last node, a listpack, while what appending needs to know of it is known: its master ID, its
   * entries, deleted ones included, and its master entry's fields, from an offset on. 0: it is not;
   * whatever else changes nodes sees to that.
   */
  #tail: Ref = 0;
  readonly #tailMaster = new StreamId();
  #tailEntries = 0;
  #tailFields = 0;
  #tailFieldCount = 0;

  constructor(tools: StreamTools) {
    this.#tools = tools;
    this.nodes = new IdIndex(tools.heap);
  }

  get bytesUsed(): number {
    let bytes = STREAM_BYTES + this.#nodeBytes + this.nodes.bytesUsed;
    for (const group of this.#groups.values()) bytes += group.bytesUsed;
    return bytes;
  }

  get freeEffort(): number {
    let effort = this.nodes.size * NODE_EFFORT;
    for (const group of this.#groups.values()) effort += group.pending.size + group.consumerCount;
    return effort;
  }

  freeSome(budget: number): boolean {
    const { heap } = this.#tools;
    this.#tail = 0;
    const freed = this.nodes.freeSome(budget, (node) => heap.free(Math.abs(node)));
    this.#tools.freedPacked++;
    if (this.nodes.size > 0) return false;
    this.#nodeBytes = 0;
    const left = Math.max(1, budget - freed);
    for (const [name, group] of this.#groups) {
      if (!group.freeSome(left)) return false;
      this.#groups.delete(name);
    }
    return true;
  }

  /**
   * Appends an entry with an ID above `lastId`: `count` fields and values from argument `first` on,
   * at most LARGEST_ENTRY bytes. O(fields).
   */
  append(id: StreamId, source: FieldSource, first: number, count: number): void {
    const { writer, heap } = this.#tools;
    let bytes = 0;
    for (let i = first; i < first + 2 * count; i++) bytes += source.end(i) - source.start(i);
    let isSame = true;
    if (this.#openTail() && this.#tailTakes(bytes))
      isSame = this.#hasTailFields(source, first, count);
    else this.#beginTail(id, source, first, count);
    const node = this.#tail;
    const before = heap.usableSize(node);
    const grown = writer.append(node, this.#tailMaster, id, source, first, count, bytes, isSame);
    if (grown !== node) {
      this.nodes.last();
      this.nodes.value = grown;
      this.#nodeBytes += heap.usableSize(grown) - before;
    }
    // A count above 127 takes more room, and the fields are elsewhere then.
    this.#tail = ++this.#tailEntries > SMALL_COUNT ? 0 : grown;
    this.length++;
    this.entriesAdded++;
    this.lastId.set(id);
    if (this.length === 1) this.firstId.set(id);
  }

  /** Opens the entry of this ID; false when there is none. O(log nodes). */
  find(id: StreamId, reader: NodeReader): boolean {
    if (!this.nodes.seekBack(id)) return false;
    this.openNode(reader);
    return reader.seek(id) && reader.id.compare(id) === 0 && (reader.flags & ENTRY_DELETED) === 0;
  }

  /** Whether there is an entry of this ID. */
  has(id: StreamId): boolean {
    return this.find(id, this.#tools.reader);
  }

  /**
   * Opens the node that the cursor of `nodes` stands at, to be read from its beginning on, for as
   * long as the stream does not change.
   */
  openNode(reader: NodeReader): void {
    const { heap } = this.#tools;
    const node = this.nodes.value;
    const block = Math.abs(node);
    this.nodes.readId(this.#master);
    const memory = heap.bytes[block >>> SEGMENT_SHIFT];
    reader.open(memory, (block & GRANULE_MASK) << 3, this.#master, node < 0);
  }

  /** The same as a listpack, to be read in any direction; the reader must open no other meanwhile. */
  openListpack(reader: NodeReader): void {
    const { heap, freedPacked } = this.#tools;
    const node = this.nodes.value;
    if (node > 0) {
      this.openNode(reader);
      return;
    }
    this.nodes.readId(this.#master);
    // A reader keeps what it unpacked last until a packed node, perhaps that one, is freed.
    if (reader.unpacked !== node || reader.unpackedWhen !== freedPacked) {
      const target = reader.unpackRoom(unpackedBytes(heap, -node));
      unpackNode(heap, -node, target, 0);
      reader.unpacked = node;
      reader.unpackedWhen = freedPacked;
    }
    reader.open(reader.unpackRoom(0), 0, this.#master, false);
  }

  /** Removes an entry (XDEL); false when there is none of this ID. */
  delete(id: StreamId): boolean {
    const { reader, writer } = this.#tools;
    if (!this.find(id, reader)) return false;
    if (reader.live === 1) this.#dropNode();
    else {
      const node = this.#plainNode();
      this.openNode(reader);
      reader.seek(id);
      writer.mark(node, reader.position, reader.flags);
      this.#countDeleted(1);
    }
    this.length--;
    if (id.compare(this.maxDeletedId) > 0) this.maxDeletedId.set(id);
    if (this.length === 0 || id.compare(this.firstId) === 0) this.#findFirst();
    return true;
  }

  /**
   * Removes the oldest entries until no more than `most` are left. `approximate`: only whole nodes;
   * `limit`: no more than so many entries (0: any number). Returns how many were removed.
   */
  trimToLength(most: number, approximate: boolean, limit: number): number {
    const { reader } = this.#tools;
    let removed = 0;
    while (this.length > most && this.nodes.first()) {
      this.openNode(reader);
      const { live } = reader;
      if (limit > 0 && removed + live > limit) break;
      if (this.length - live >= most) {
        this.#dropNode();
        this.length -= live;
        removed += live;
        continue;
      }
      if (!approximate) removed += this.#trimNode(this.length - most, undefined);
      break;
    }
    if (removed > 0) this.#findFirst();
    return removed;
  }

  /** Removes the entries whose IDs are below `least`; the rest as in `trimToLength`. */
  trimToId(least: StreamId, approximate: boolean, limit: number): number {
    const { reader } = this.#tools;
    let removed = 0;
    while (this.nodes.first()) {
      this.openListpack(reader);
      const { live } = reader;
      if (limit > 0 && removed + live > limit) break;
      reader.toLast();
      if (reader.id.compare(least) < 0) {
        this.#dropNode();
        this.length -= live;
        removed += live;
        continue;
      }
      if (!approximate) removed += this.#trimNode(Infinity, least);
      break;
    }
    if (removed > 0) this.#findFirst();
    return removed;
  }

  /** The first ID that has a place in the nodes, deleted or not; the greatest when none has. */
  firstPlace(): StreamId {
    const id = new StreamId();
    if (this.nodes.first()) this.nodes.readId(id);
    else id.setGreatest();
    return id;
  }

  /** Reads the ID of the last entry that lives; there must be one. */
  readLastEntryId(into: StreamId): void {
    const { reader } = this.#tools;
    for (let more = this.nodes.last(); more; more = this.nodes.previous()) {
      this.openListpack(reader);
      reader.toLast();
      do {
        if ((reader.flags & ENTRY_DELETED) !== 0) continue;
        into.set(reader.id);
        return;
      } while (reader.previous());
    }
  }

  group(name: Uint8Array, start: number, end: number): ConsumerGroup | undefined {
    return this.#groups.get(latin1(name, start, end));
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  /** All groups, by name in byte order. */
  groups(): ConsumerGroup[] {
    return sortedByName(this.#groups);
  }

  /** A new group that goes on behind `lastId`; undefined when there is one of that name. */
  addGroup(
    name: Uint8Array,
    start: number,
    end: number,
    lastId: StreamId,
    entriesRead: number,
  ): ConsumerGroup | undefined {
    const key = latin1(name, start, end);
    if (this.#groups.has(key)) return undefined;
    const group = new ConsumerGroup(this.#tools.heap, name.slice(start, end));
    group.lastId.set(lastId);
    group.entriesRead = entriesRead;
    this.#groups.set(key, group);
    return group;
  }

  /** Removes a group with all it holds. O(pending entries). */
  removeGroup(group: ConsumerGroup): void {
    this.#groups.delete(latin1(group.name, 0, group.name.length));
    group.freeSome(Infinity);
  }

  /** Whether XDEL left a hole at `from` or behind it. */
  hasHoleFrom(from: StreamId): boolean {
    if (this.length === 0 || this.maxDeletedId.isLeast) return false;
    return from.compare(this.maxDeletedId) <= 0;
  }

  /**
   * How many entries were ever added up to this ID, or READ_COUNT_UNKNOWN when a hole or an ID that
   * was never an entry's makes it impossible to tell.
   */
  distanceTo(id: StreamId): number {
    const { entriesAdded, length, firstId, lastId, maxDeletedId } = this;
    if (entriesAdded === 0) return 0;
    const againstLast = id.compare(lastId);
    if (length === 0 && againstLast < 1) return entriesAdded;
    if (againstLast === 0) return entriesAdded;
    if (againstLast > 0) return READ_COUNT_UNKNOWN;
    const againstFirst = id.compare(firstId);
    if (maxDeletedId.isLeast || maxDeletedId.compare(firstId) < 0) {
      if (againstFirst < 0) return entriesAdded - length;
      if (againstFirst === 0) return entriesAdded - length + 1;
    }
    return READ_COUNT_UNKNOWN;
  }

  /**
   * Entries that a group has still to read, undefined when that cannot be told. Negative when the
   * group was told that it had read more than there is.
   */
  lagOf(group: ConsumerGroup): number | undefined {
    if (this.entriesAdded === 0) return 0;
    if (group.entriesRead !== READ_COUNT_UNKNOWN && !this.hasHoleFrom(group.lastId))
      return this.entriesAdded - group.entriesRead;
    const read = this.distanceTo(group.lastId);
    return read === READ_COUNT_UNKNOWN ? undefined : this.entriesAdded - read;
  }

  /** Notes that a group was given the entry `id`, which lies behind its last one. */
  advanceGroup(group: ConsumerGroup, id: StreamId): void {
    if (group.entriesRead !== READ_COUNT_UNKNOWN && !this.hasHoleFrom(id)) group.entriesRead++;
    else if (this.entriesAdded > 0) group.entriesRead = this.distanceTo(id);
    group.lastId.set(id);
  }

  /** Takes over a node read from a file: a valid one, filed behind all others. */
  adoptNode(master: StreamId, node: Ref): void {
    this.#tail = 0;
    this.nodes.insert(master, node);
    this.#nodeBytes += this.#tools.heap.usableSize(node);
    this.#pack();
  }

  copy(): Stream {
    const other = new Stream(this.#tools);
    other.length = this.length;
    other.entriesAdded = this.entriesAdded;
    other.lastId.set(this.lastId);
    other.firstId.set(this.firstId);
    other.maxDeletedId.set(this.maxDeletedId);
    const { nodes } = this;
    const id = new StreamId();
    for (let more = nodes.first(); more; more = nodes.next()) {
      nodes.readId(id);
      other.#addCopy(id, nodes.value);
    }
    for (const [name, group] of this.#groups) other.#groups.set(name, group.copy());
    return other;
  }

  /** Adds a copy of another stream's node, packed or not, behind all others. */
  #addCopy(master: StreamId, node: number): void {
    const { heap, listpacks } = this.#tools;
    let copied: number;
    if (node > 0) copied = listpacks.copy(node);
    else {
      const bytes = heap.usableSize(-node);
      const block = heap.allocate(bytes);
      heap.copy(-node, 0, block, 0, bytes);
      copied = -block;
    }
    this.nodes.insert(master, copied);
    this.#nodeBytes += heap.usableSize(Math.abs(copied));
  }

  /** Finds out what appending needs to know of the last node; false when there is none. */
  #openTail(): boolean {
    if (this.#tail !== 0) return true;
    if (!this.nodes.last()) return false;
    const { reader } = this.#tools;
    const node = this.#plainNode();
    this.openNode(reader);
    this.#tail = node;
    this.#tailEntries = reader.live + reader.deleted;
    this.#tailFields = reader.masterFields;
    this.#tailFieldCount = reader.masterFieldCount;
    this.#tailMaster.set(this.#master);
    return true;
  }

  /** Whether the last node, which is open, has room for an entry of so many bytes. */
  #tailTakes(bytes: number): boolean {
    const { limits, listpacks } = this.#tools;
    const most = limits.streamNodeMaxBytes;
    const mostBytes = most === 0 || most > LARGEST_ENTRY ? LARGEST_ENTRY : most;
    const mostEntries = limits.streamNodeMaxEntries;
    return (
      listpacks.totalBytes(this.#tail) + bytes < mostBytes &&
      (mostEntries <= 0 || this.#tailEntries < mostEntries)
    );
  }

  /** Whether these are the fields of the last node's master entry. */
  #hasTailFields(source: FieldSource, first: number, count: number): boolean {
    if (count !== this.#tailFieldCount) return false;
    const node = this.#tail;
    const memory = this.#tools.heap.bytes[node >>> SEGMENT_SHIFT];
    const at = ((node & GRANULE_MASK) << 3) + this.#tailFields;
    return hasFields(memory, at, source, first, count);
  }

  /** Gives the last node its final form, if it is open, and begins another, filed under `id`. */
  #beginTail(id: StreamId, source: FieldSource, first: number, count: number): void {
    const { writer, heap } = this.#tools;
    if (this.#tail !== 0) {
      this.nodes.last();
      this.#pack();
    }
    const node = writer.create(source, first, count);
    this.nodes.insert(id, node);
    this.#nodeBytes += heap.usableSize(node);
    this.#openTail();
  }

  /** Gives the node at the cursor, a listpack, its smallest form. */
  #pack(): void {
    this.#tail = 0;
    const { heap, writer } = this.#tools;
    const node = this.nodes.value;
    const before = heap.usableSize(node);
    const packed = packNode(heap, node);
    if (packed === 0) this.nodes.value = writer.shrink(node);
    else {
      heap.free(node);
      this.nodes.value = -packed;
    }
    this.#nodeBytes += heap.usableSize(Math.abs(this.nodes.value)) - before;
  }

  /** The node at the cursor as a listpack that may be changed. */
  #plainNode(): Ref {
    const { heap } = this.#tools;
    const node = this.nodes.value;
    this.#tail = 0;
    if (node > 0) return node;
    const plain = heap.allocate(unpackedBytes(heap, -node));
    unpackNode(heap, -node, heap.bytes[plain >>> SEGMENT_SHIFT], (plain & GRANULE_MASK) << 3);
    this.#nodeBytes += heap.usableSize(plain) - heap.usableSize(-node);
    heap.free(-node);
    this.#tools.freedPacked++;
    this.nodes.value = plain;
    return plain;
  }

  /** Marks the oldest entries of the node at the cursor, up to `most`, those below `least` only. */
  #trimNode(most: number, least: StreamId | undefined): number {
    const { reader, writer } = this.#tools;
    const node = this.#plainNode();
    this.openNode(reader);
    let marked = 0;
    reader.toFirst();
    do {
      if (marked >= most || (least !== undefined && reader.id.compare(least) >= 0)) break;
      if ((reader.flags & ENTRY_DELETED) === 0) {
        writer.mark(node, reader.position, reader.flags);
        marked++;
      }
    } while (reader.next());
    this.#countDeleted(marked);
    this.length -= marked;
    return marked;
  }

  #countDeleted(entries: number): void {
    const { heap, writer } = this.#tools;
    if (entries === 0) return;
    const node = this.nodes.value;
    const before = heap.usableSize(node);
    const counted = writer.countDeleted(node, entries);
    this.nodes.value = counted;
    this.#nodeBytes += heap.usableSize(counted) - before;
  }

  #dropNode(): void {
    this.#tail = 0;
    const { heap } = this.#tools;
    const node = this.nodes.value;
    const block = Math.abs(node);
    this.#nodeBytes -= heap.usableSize(block);
    heap.free(block);
    if (node < 0) this.#tools.freedPacked++;
    this.nodes.remove();
  }

  /** Finds the first entry anew. */
  #findFirst(): void {
    const { reader } = this.#tools;
    this.firstId.setLeast();
    for (let more = this.nodes.first(); more; more = this.nodes.next()) {
      this.openNode(reader);
      reader.toFirst();
      do {
        if ((reader.flags & ENTRY_DELETED) !== 0) continue;
        this.firstId.set(reader.id);
        return;
      } while (reader.next());
    }
  }
}
