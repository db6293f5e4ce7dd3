/**
 * The nodes of a stream: listpacks of entries in the layout of Redis 7 (its stream type's comments
 * and files describe it), so that DUMP and RDB files hold them as they are.
 *
 *   master entry:  live count | deleted count | number of fields | field … | 0
 *   entry:         flags | ms delta | seq delta | values … | number of elements before this one
 *   other fields:  flags | ms delta | seq delta | number of fields | field, value … | as above
 *
 * A node is filed under the ID of its first entry, the master ID, and deltas count from it. Entries
 * with the fields of the master entry, in order, do not repeat them (SAME_FIELDS). A deleted entry
 * stays where it is, marked.
 *
 * Reader and writer work on raw memory rather than through Listpacks: an entry is six or more
 * elements, and each would cost a look-up and a move of its own.
 */
import { writeBigInteger, writeInteger } from '../bytes/integer.ts';
import { StreamId } from '../bytes/stream-id.ts';
import { copyBytes, equalsBytes } from '../bytes/text.ts';
import { GRANULE_MASK, type Heap, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { Listpacks } from '../memory/listpack.ts';
import {
  backLengthSize,
  bigIntegerValue,
  COUNT_UNKNOWN,
  ElementEncoder,
  elementSize,
  END_MARK,
  HEAD_BYTES,
  integerValue,
  isString,
  readBackLength,
  readUint32,
  stringHead,
  writeBackLength,
} from '../memory/listpack-encoding.ts';

export const ENTRY_DELETED = 1;
export const ENTRY_SAME_FIELDS = 2;

const NOTHING = new Uint8Array(0);
const WORD = 0x100000000;
const INTEGER_64 = 0xf4;

/** Where a new entry's fields and values come from: alternating arguments of a request. */
export interface FieldSource {
  readonly bytes: Uint8Array;
  start(index: number): number;
  end(index: number): number;
}

/** An element as text; integers are written out into a buffer of its own. */
export class ElementText {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  readonly #digits = new Uint8Array(24);

  /** Reads the element at `at` and returns where the next one begins. */
  read(memory: Uint8Array, at: number, isPacked: boolean): number {
    const first = memory[at];
    const size = elementSize(memory, at);
    if (isString(first)) {
      this.bytes = memory;
      this.start = at + stringHead(first);
      this.end = at + size;
    } else {
      const value = integerValue(memory, at);
      this.bytes = this.#digits;
      this.start = 0;
      this.end =
        first !== INTEGER_64 || Number.isSafeInteger(value)
          ? writeInteger(this.#digits, 0, value)
          : writeBigInteger(this.#digits, 0, bigIntegerValue(memory, at));
    }
    return isPacked ? at + size : at + size + backLengthSize(size);
  }
}

const comparedField = new ElementText();

/**
 * Whether the elements of a listpack from `at` on are the fields of an entry to be, `count` of them
 * from argument `first` on.
 */
export function hasFields(
  memory: Uint8Array,
  at: number,
  source: FieldSource,
  first: number,
  count: number,
): boolean {
  let next = at;
  for (let i = 0; i < count; i++) {
    next = comparedField.read(memory, next, false);
    const { bytes, start, end } = comparedField;
    const from = source.start(first + 2 * i);
    const to = source.end(first + 2 * i);
    if (!equalsBytes(bytes, start, end, source.bytes, from, to)) return false;
  }
  return true;
}

function skip(memory: Uint8Array, at: number, isPacked: boolean): number {
  const size = elementSize(memory, at);
  return isPacked ? at + size : at + size + backLengthSize(size);
}

function skipBack(memory: Uint8Array, at: number): number {
  const size = readBackLength(memory, at);
  return at - size - backLengthSize(size);
}

/** Walks over the entries of a node, deleted ones included. */
export class NodeReader {
  /** ID, flags and number of fields of the present entry. */
  readonly id = new StreamId();
  flags = 0;
  fieldCount = 0;
  /** Offset of the present entry's flags from the start of the node. */
  position = 0;
  /** Entries of the node that live, and that are marked deleted. */
  live = 0;
  deleted = 0;
  /** Counts the nodes that were opened: the same number means the same node. */
  opened = 0;
  /** The field and value that `nextField` found. */
  readonly field = new ElementText();
  readonly value = new ElementText();

  /** The packed node that was unpacked last (0: none), and what the owner needs to trust it. */
  unpacked = 0;
  unpackedWhen = 0;

  #memory: Uint8Array = NOTHING;
  #isPacked = false;
  #base = 0;
  #room: Uint8Array = NOTHING;
  readonly #master = new StreamId();
  #masterFieldCount = 0;
  #masterFields = 0;
  #firstEntry = 0;
  /** Where the present entry's values (or fields) begin, and where `nextField` goes on. */
  #fieldsAt = 0;
  #nextMasterField = 0;
  #nextValue = 0;
  #left = 0;
  /** What `#readDelta` found. */
  #deltaLow = 0;
  #deltaHigh = 0;

  /**
   * Opens the node at `memory[base]`, which is filed under `master`. When it is packed, one can only
   * go forth in it, and `position` means nothing.
   */
  open(memory: Uint8Array, base: number, master: StreamId, isPacked: boolean): void {
    this.#memory = memory;
    this.#isPacked = isPacked;
    this.#base = base;
    this.opened++;
    this.#master.set(master);
    let at = base + HEAD_BYTES;
    this.live = integerValue(memory, at);
    at = skip(memory, at, isPacked);
    this.deleted = integerValue(memory, at);
    at = skip(memory, at, isPacked);
    this.#masterFieldCount = integerValue(memory, at);
    at = skip(memory, at, isPacked);
    this.#masterFields = at;
    for (let i = 0; i < this.#masterFieldCount; i++) at = skip(memory, at, isPacked);
    this.#firstEntry = skip(memory, at, isPacked);
  }

  /** Memory of its own to unpack a node into, with room for so many bytes. */
  unpackRoom(bytes: number): Uint8Array {
    if (bytes > this.#room.length) this.#room = new Uint8Array(Math.ceil(bytes * 1.5));
    return this.#room;
  }

  /** The node's listpack: where it stands, and its bounds. */
  get memory(): Uint8Array {
    return this.#memory;
  }

  get start(): number {
    return this.#base;
  }

  get end(): number {
    return this.#base + readUint32(this.#memory, this.#base);
  }

  /** The first entry; a node always has one. */
  toFirst(): void {
    this.#enter(this.#firstEntry);
  }

  toLast(): void {
    this.#enterEndingAt(this.#base + readUint32(this.#memory, this.#base) - 1);
  }

  /** The next entry; false when there is none. */
  next(): boolean {
    const memory = this.#memory;
    const isPacked = this.#isPacked;
    let at = this.#nextValue;
    const each = (this.flags & ENTRY_SAME_FIELDS) !== 0 ? 1 : 2;
    for (let i = this.#left * each; i > 0; i--) at = skip(memory, at, isPacked);
    at = skip(memory, at, isPacked);
    if (memory[at] === END_MARK) return false;
    this.#enter(at);
    return true;
  }

  /** The entry before; false when there is none. */
  previous(): boolean {
    const at = this.#base + this.position;
    if (at <= this.#firstEntry) return false;
    this.#enterEndingAt(at);
    return true;
  }

  /** Goes to the first entry whose ID is not below this one; false when there is none. */
  seek(id: StreamId): boolean {
    this.toFirst();
    while (this.id.compare(id) < 0) if (!this.next()) return false;
    return true;
  }

  /** Reads the present entry's next value into `value`; for entries with the master's fields. */
  nextValue(): void {
    this.#nextValue = this.value.read(this.#memory, this.#nextValue, this.#isPacked);
    this.#left--;
  }

  /** Reads the present entry's next field and value into `field` and `value`. */
  nextField(): void {
    const memory = this.#memory;
    const isPacked = this.#isPacked;
    if ((this.flags & ENTRY_SAME_FIELDS) !== 0)
      this.#nextMasterField = this.field.read(memory, this.#nextMasterField, isPacked);
    else this.#nextValue = this.field.read(memory, this.#nextValue, isPacked);
    this.#nextValue = this.value.read(memory, this.#nextValue, isPacked);
    this.#left--;
  }

  /** Begins with the first field of the present entry again. */
  rewindFields(): void {
    this.#nextMasterField = this.#masterFields;
    this.#nextValue = this.#fieldsAt;
    this.#left = this.fieldCount;
  }

  /** Number of the master entry's fields, and their offset from the start of the node. */
  get masterFieldCount(): number {
    return this.#masterFieldCount;
  }

  get masterFields(): number {
    return this.#masterFields - this.#base;
  }

  #enterEndingAt(end: number): void {
    const memory = this.#memory;
    let at = skipBack(memory, end);
    for (let count = integerValue(memory, at); count > 0; count--) at = skipBack(memory, at);
    this.#enter(at);
  }

  #enter(start: number): void {
    const memory = this.#memory;
    const isPacked = this.#isPacked;
    this.position = start - this.#base;
    const first = memory[start];
    let at = isPacked ? start + 1 : start + 2;
    if (first < 0x80) this.flags = first;
    else {
      // Only files from elsewhere hold flags in such a form.
      this.flags = integerValue(memory, start);
      at = skip(memory, start, isPacked);
    }
    const { id } = this;
    const master = this.#master;
    at = this.#readDelta(memory, at);
    let low = master.msLow + this.#deltaLow;
    id.msHigh = (master.msHigh + this.#deltaHigh + (low >= WORD ? 1 : 0)) >>> 0;
    id.msLow = low >>> 0;
    at = this.#readDelta(memory, at);
    low = master.seqLow + this.#deltaLow;
    id.seqHigh = (master.seqHigh + this.#deltaHigh + (low >= WORD ? 1 : 0)) >>> 0;
    id.seqLow = low >>> 0;
    if ((this.flags & ENTRY_SAME_FIELDS) !== 0) this.fieldCount = this.#masterFieldCount;
    else {
      this.fieldCount = integerValue(memory, at);
      at = skip(memory, at, isPacked);
    }
    this.#fieldsAt = at;
    this.rewindFields();
  }

  /** Reads an integer element as two words, each from 0 to 2^32 - 1; returns the position behind. */
  #readDelta(memory: Uint8Array, at: number): number {
    const first = memory[at];
    if (first < 0x80) {
      this.#deltaLow = first;
      this.#deltaHigh = 0;
      return this.#isPacked ? at + 1 : at + 2;
    }
    if (first === INTEGER_64) {
      this.#deltaLow = readUint32(memory, at + 1);
      this.#deltaHigh = readUint32(memory, at + 5);
    } else {
      const value = integerValue(memory, at);
      this.#deltaLow = value >>> 0;
      this.#deltaHigh = value < 0 ? 0xffffffff : 0;
    }
    return skip(memory, at, this.#isPacked);
  }
}

/** Bytes an element may take beyond its text. */
const ELEMENT_OVERHEAD = 10;

/** Makes nodes and changes them. */
export class NodeWriter {
  readonly #heap: Heap;
  readonly #listpacks: Listpacks;
  readonly #encoder = new ElementEncoder();
  /** Elements put since `#begin`, and where the next one goes. */
  #count = 0;
  #at = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#listpacks = new Listpacks(heap);
  }

  /** A node with a master entry for `count` fields, and no entries yet. Throws HeapFull. */
  create(source: FieldSource, first: number, count: number): Ref {
    let room = 0;
    for (let i = 0; i < count; i++)
      room += source.end(first + 2 * i) - source.start(first + 2 * i) + ELEMENT_OVERHEAD;
    const ref = this.#heap.allocate(HEAD_BYTES + 1 + 5 * ELEMENT_OVERHEAD + room);
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT];
    const base = (ref & GRANULE_MASK) << 3;
    memory[base + 4] = 0;
    memory[base + 5] = 0;
    this.#at = base + HEAD_BYTES;
    this.#count = 0;
    this.#putInteger(memory, 0);
    this.#putInteger(memory, 0);
    this.#putInteger(memory, count);
    for (let i = 0; i < count; i++) this.#putArgument(memory, source, first + 2 * i);
    this.#putInteger(memory, 0);
    this.#finish(memory, base);
    return ref;
  }

  /**
   * Appends an entry of `count` fields and values from argument `first` on, `bytes` bytes of text in
   * all; `isSame`: the fields are the master entry's. Returns the node, which may have moved. Throws
   * HeapFull.
   */
  append(
    ref: Ref,
    master: StreamId,
    id: StreamId,
    source: FieldSource,
    first: number,
    count: number,
    bytes: number,
    isSame: boolean,
  ): Ref {
    const node = this.#reserve(ref, bytes + (2 * count + 6) * ELEMENT_OVERHEAD + 1);
    const memory = this.#heap.bytes[node >>> SEGMENT_SHIFT];
    const base = (node & GRANULE_MASK) << 3;
    this.#at = base + readUint32(memory, base) - 1;
    this.#count = 0;
    this.#putInteger(memory, isSame ? ENTRY_SAME_FIELDS : 0);
    this.#putDelta(memory, id.msHigh, id.msLow, master.msHigh, master.msLow);
    this.#putDelta(memory, id.seqHigh, id.seqLow, master.seqHigh, master.seqLow);
    if (!isSame) this.#putInteger(memory, count);
    for (let i = 0; i < count; i++) {
      if (!isSame) this.#putArgument(memory, source, first + 2 * i);
      this.#putArgument(memory, source, first + 2 * i + 1);
    }
    this.#putInteger(memory, this.#count);
    this.#finish(memory, base);
    return this.#addToElement(node, HEAD_BYTES, 1);
  }

  /** Marks an entry as deleted: `position` is the offset of its flags, `present` their value. */
  mark(ref: Ref, position: number, present: number): void {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT];
    const at = ((ref & GRANULE_MASK) << 3) + position;
    // All wider forms of an integer (from files) have their lowest byte second.
    memory[memory[at] < 0x80 ? at : at + 1] = present | ENTRY_DELETED;
  }

  /** Counts entries that were marked: they live no longer. Returns the node, which may have moved. */
  countDeleted(ref: Ref, entries: number): Ref {
    const node = this.#addToElement(ref, HEAD_BYTES, -entries);
    const memory = this.#heap.bytes[node >>> SEGMENT_SHIFT];
    const base = (node & GRANULE_MASK) << 3;
    return this.#addToElement(node, skip(memory, base + HEAD_BYTES, false) - base, entries);
  }

  /** Gives unused room back; returns the node, which may have moved. */
  shrink(ref: Ref): Ref {
    const size = this.#listpacks.totalBytes(ref);
    return this.#heap.reallocate(ref, size, size);
  }

  /** Adds to an integer element. */
  #addToElement(ref: Ref, position: number, change: number): Ref {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT];
    const at = ((ref & GRANULE_MASK) << 3) + position;
    const value = integerValue(memory, at) + change;
    if (value >= 0 && value <= 127 && memory[at] <= 127) {
      memory[at] = value;
      return ref;
    }
    return this.#listpacks.replaceInteger(ref, position, value);
  }

  /** Makes room for more bytes, with some to spare for entries to come. */
  #reserve(ref: Ref, room: number): Ref {
    const size = this.#listpacks.totalBytes(ref);
    if (size + room <= this.#heap.usableSize(ref)) return ref;
    return this.#heap.reallocate(ref, Math.max(size + room, Math.ceil(size * 1.5)), size);
  }

  #putDelta(memory: Uint8Array, high: number, low: number, baseHigh: number, base: number): void {
    const lower = low - base;
    if (lower >= 0 && high === baseHigh) {
      // As nearly always: the ID is at most 49 days behind the node's first one.
      this.#putInteger(memory, lower);
      return;
    }
    const upper = (high - baseHigh - (lower < 0 ? 1 : 0)) | 0;
    const value = upper * WORD + (lower >>> 0);
    if (Number.isSafeInteger(value)) this.#putInteger(memory, value);
    else {
      let at = this.#at;
      memory[at++] = INTEGER_64;
      for (let shift = 0; shift < 32; shift += 8) memory[at++] = lower >>> shift;
      for (let shift = 0; shift < 32; shift += 8) memory[at++] = upper >>> shift;
      this.#at = writeBackLength(memory, at, 9);
      this.#count++;
    }
  }

  #putInteger(memory: Uint8Array, value: number): void {
    if (value >= 0 && value <= 127) {
      // As most are: one byte, and one byte of back length.
      memory[this.#at] = value;
      memory[this.#at + 1] = 1;
      this.#at += 2;
      this.#count++;
      return;
    }
    this.#encoder.encodeInteger(value);
    this.#put(memory, memory, 0);
  }

  #putArgument(memory: Uint8Array, source: FieldSource, index: number): void {
    const { bytes } = source;
    const start = source.start(index);
    this.#encoder.encode(bytes, start, source.end(index));
    this.#put(memory, bytes, start);
  }

  #put(memory: Uint8Array, source: Uint8Array, start: number): void {
    const { head, headLength, textLength } = this.#encoder;
    let at = this.#at;
    for (let i = 0; i < headLength; i++) memory[at++] = head[i];
    if (textLength > 0) at = copyBytes(memory, at, source, start, start + textLength);
    const size = headLength + textLength;
    if (size > 127) this.#at = writeBackLength(memory, at, size);
    else {
      memory[at] = size;
      this.#at = at + 1;
    }
    this.#count++;
  }

  /** Writes the end and the head of the listpack. */
  #finish(memory: Uint8Array, base: number): void {
    memory[this.#at++] = END_MARK;
    const size = this.#at - base;
    for (let i = 0; i < 4; i++) memory[base + i] = size >>> (8 * i);
    const before = memory[base + 4] | (memory[base + 5] << 8);
    const count = Math.min(before + this.#count, COUNT_UNKNOWN);
    memory[base + 4] = count;
    memory[base + 5] = count >> 8;
  }
}
