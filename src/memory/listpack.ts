/**
 * Listpacks: short sequences of strings and integers in one heap block, in Redis's own layout (see
 * listpack-encoding.ts), so that saving and restoring them are copies.
 *
 *   u32 bytes in all | u16 count, or 65535: unknown | elements … | 0xff
 *
 * An element is named by its *position*, its offset in the listpack: the first one is at 6, and 0
 * stands for none. Positions survive the block's moving, but not changes before them. Operations that
 * change a listpack return its ref, which is another one when it outgrew (or no longer needs) its
 * block; the old ref is then void.
 *
 *   append, length (known), first, last, next, previous     O(1), and a copy when the block moves
 *   prepend, insert, replace, delete                        O(bytes behind)
 *   seek, find                                              O(elements passed)
 */
import { writeBigInteger, writeInteger } from '../bytes/integer.ts';
import { GRANULE_MASK, type Heap, type Ref, SEGMENT_SHIFT } from './heap.ts';
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
} from './listpack-encoding.ts';

/** A listpack must stay below 1 GiB, whatever the element to be added. */
const LARGEST_LISTPACK = 2 ** 30;

/** Gets an element; false stops the walk. */
export type ElementVisitor = (bytes: Uint8Array, start: number, end: number) => boolean;

/** The offset of an element from the start of its listpack; 0: none. */
export type Position = number;

const NOTHING = new Uint8Array(0);

export class Listpacks {
  /** The text of the element read last, until the next call. */
  foundBytes: Uint8Array = NOTHING;
  foundStart = 0;
  foundEnd = 0;
  /** Its value when it is stored as an integer within ±(2^53 - 1), else NaN. */
  foundInteger = NaN;

  readonly #heap: Heap;
  readonly #encoder = new ElementEncoder();
  readonly #text = new Uint8Array(24);

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** A listpack without elements. */
  create(): Ref {
    const ref = this.#heap.allocate(HEAD_BYTES + 1);
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const base = (ref & GRANULE_MASK) << 3;
    memory[base + HEAD_BYTES] = END_MARK;
    memory[base + 4] = 0;
    memory[base + 5] = 0;
    this.#heap.setUint32(ref, 0, HEAD_BYTES + 1);
    return ref;
  }

  /** A listpack of bytes that passed `validateListpack`. */
  fromBytes(bytes: Uint8Array, start: number, end: number): Ref {
    const ref = this.#heap.allocate(end - start);
    this.#heap.write(ref, 0, bytes, start, end);
    return ref;
  }

  copy(ref: Ref): Ref {
    const bytes = this.totalBytes(ref);
    const other = this.#heap.allocate(bytes);
    this.#heap.copy(ref, 0, other, 0, bytes);
    return other;
  }

  /** Bytes of the listpack, which are the first ones of its block. */
  totalBytes(ref: Ref): number {
    return this.#heap.words[ref >>> SEGMENT_SHIFT]![(ref & GRANULE_MASK) << 1]! >>> 0;
  }

  /** Number of elements. O(1) below 65535, else O(elements). */
  length(ref: Ref): number {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const base = (ref & GRANULE_MASK) << 3;
    const count = memory[base + 4]! | (memory[base + 5]! << 8);
    if (count !== COUNT_UNKNOWN) return count;
    let counted = 0;
    for (let at = this.first(ref); at !== 0; at = this.next(ref, at)) counted++;
    if (counted < COUNT_UNKNOWN) this.#setCount(ref, counted);
    return counted;
  }

  first(ref: Ref): Position {
    return this.totalBytes(ref) > HEAD_BYTES + 1 ? HEAD_BYTES : 0;
  }

  last(ref: Ref): Position {
    return this.previous(ref, this.end(ref));
  }

  /** The position behind the last element, where the next one would be appended. */
  end(ref: Ref): Position {
    return this.totalBytes(ref) - 1;
  }

  next(ref: Ref, position: Position): Position {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const base = (ref & GRANULE_MASK) << 3;
    const size = elementSize(memory, base + position);
    const next = position + size + backLengthSize(size);
    return memory[base + next] === END_MARK ? 0 : next;
  }

  /** The element before a position, which may be `end`. */
  previous(ref: Ref, position: Position): Position {
    if (position <= HEAD_BYTES) return 0;
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const size = readBackLength(memory, ((ref & GRANULE_MASK) << 3) + position);
    return position - size - backLengthSize(size);
  }

  /** The element of this index; -1 is the last one. 0 when there is none. */
  seek(ref: Ref, index: number): Position {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const base = (ref & GRANULE_MASK) << 3;
    const count = memory[base + 4]! | (memory[base + 5]! << 8);
    let steps = index;
    if (count !== COUNT_UNKNOWN) {
      if (steps < 0) steps += count;
      if (steps < 0 || steps >= count) return 0;
      if (steps > count >> 1) steps -= count;
    }
    if (steps < 0) {
      let position = this.last(ref);
      for (; steps < -1 && position !== 0; steps++) position = this.previous(ref, position);
      return position;
    }
    let position = this.first(ref);
    for (; steps > 0 && position !== 0; steps--) position = this.next(ref, position);
    return position;
  }

  /** Reads an element into foundBytes, foundStart, foundEnd and foundInteger. */
  read(ref: Ref, position: Position): void {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    this.readAt(memory, ((ref & GRANULE_MASK) << 3) + position);
  }

  /** The same for an element that begins at `at` of a segment. */
  readAt(memory: Uint8Array, at: number): void {
    const first = memory[at]!;
    if (isString(first)) {
      this.foundBytes = memory;
      this.foundStart = at + stringHead(first);
      this.foundEnd = at + elementSize(memory, at);
      this.foundInteger = NaN;
      return;
    }
    const value = integerValue(memory, at);
    const safe = first !== 0xf4 || Number.isSafeInteger(value);
    this.foundBytes = this.#text;
    this.foundStart = 0;
    this.foundInteger = safe ? value : NaN;
    this.foundEnd = safe
      ? writeInteger(this.#text, 0, value)
      : writeBigInteger(this.#text, 0, bigIntegerValue(memory, at));
  }

  /** The value of an element stored as an integer within ±(2^53 - 1), else NaN. */
  readInteger(ref: Ref, position: Position): number {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const at = ((ref & GRANULE_MASK) << 3) + position;
    if (isString(memory[at]!)) return NaN;
    const value = integerValue(memory, at);
    return Number.isSafeInteger(value) ? value : NaN;
  }

  /** Whether the element's text is `bytes[start, end)`. */
  equals(ref: Ref, position: Position, bytes: Uint8Array, start: number, end: number): boolean {
    this.#encoder.encode(bytes, start, end);
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    return this.#matches(memory, ((ref & GRANULE_MASK) << 3) + position, bytes, start, end);
  }

  /**
   * The first element from `position` on whose text is `bytes[start, end)`, or 0. After each element
   * compared, `skip` are passed over: 1 finds among the fields of field-value pairs.
   */
  find(
    ref: Ref,
    position: Position,
    bytes: Uint8Array,
    start: number,
    end: number,
    skip: number,
  ): Position {
    this.#encoder.encode(bytes, start, end);
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const base = (ref & GRANULE_MASK) << 3;
    let at = base + position;
    let passing = 0;
    if (position === 0) return 0;
    while (memory[at] !== END_MARK) {
      const size = elementSize(memory, at);
      if (passing > 0) passing--;
      else {
        if (this.#matches(memory, at, bytes, start, end)) return at - base;
        passing = skip;
      }
      at += size + backLengthSize(size);
    }
    return 0;
  }

  /**
   * Visits `count` elements from a position on, towards the end or (`reverse`) the start, until
   * `visit` returns false. The listpack must not change meanwhile. Returns how many are left to visit
   * when it came to the end, or -1 when it was stopped.
   */
  walk(
    ref: Ref,
    position: Position,
    count: number,
    reverse: boolean,
    visit: ElementVisitor,
  ): number {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const base = (ref & GRANULE_MASK) << 3;
    let at = base + position;
    let left = count;
    if (position === 0) return left;
    while (left > 0) {
      const first = memory[at]!;
      let behind: number;
      if (first >= 0x80 && first < 0xc0) {
        // A short text, as most elements are: its length is known, and its back length one byte.
        const end = at + 1 + (first & 0x3f);
        if (!visit(memory, at + 1, end)) return -1;
        behind = end + 1;
      } else {
        this.read(ref, at - base);
        if (!visit(this.foundBytes, this.foundStart, this.foundEnd)) return -1;
        const size = elementSize(memory, at);
        behind = at + size + backLengthSize(size);
      }
      left--;
      if (!reverse) {
        if (memory[behind] === END_MARK) break;
        at = behind;
      } else {
        if (at - base <= HEAD_BYTES) break;
        const size = readBackLength(memory, at);
        at -= size + backLengthSize(size);
      }
    }
    return left;
  }

  /**
   * Adds an element at the start (`head`) or the end if the block has room for it. Returns the
   * listpack's new size in bytes; 0 when it has not, and nothing is changed.
   */
  pushInPlace(ref: Ref, bytes: Uint8Array, start: number, end: number, head: boolean): number {
    const encoder = this.#encoder;
    encoder.encode(bytes, start, end);
    const words = this.#heap.words[ref >>> SEGMENT_SHIFT]!;
    const word = (ref & GRANULE_MASK) << 1;
    const total = words[word]!;
    const added = encoder.storedSize;
    const size = total + added;
    if (size > this.#heap.usableSize(ref) || size > LARGEST_LISTPACK) return 0;
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const base = word << 2;
    if (head) {
      memory.copyWithin(base + HEAD_BYTES + added, base + HEAD_BYTES, base + total);
      encoder.write(memory, base + HEAD_BYTES, bytes, start);
    } else {
      encoder.write(memory, base + total - 1, bytes, start);
      memory[base + size - 1] = END_MARK;
    }
    words[word] = size;
    const count = memory[base + 4]! | (memory[base + 5]! << 8);
    if (count !== COUNT_UNKNOWN) {
      memory[base + 4] = count + 1;
      memory[base + 5] = (count + 1) >> 8;
    }
    return size;
  }

  /**
   * Takes the first (`head`) or last element out of a listpack that is not empty, if it would stay
   * in its block. Returns the listpack's new size in bytes; 0 when a smaller block would do, and
   * nothing is changed.
   */
  popInPlace(ref: Ref, head: boolean): number {
    const words = this.#heap.words[ref >>> SEGMENT_SHIFT]!;
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const word = (ref & GRANULE_MASK) << 1;
    const base = word << 2;
    const total = words[word]!;
    const bare = head
      ? elementSize(memory, base + HEAD_BYTES)
      : readBackLength(memory, base + total - 1);
    const size = total - bare - backLengthSize(bare);
    if (wastes(size, this.#heap.usableSize(ref))) return 0;
    if (head) {
      memory.copyWithin(base + HEAD_BYTES, base + HEAD_BYTES + total - size, base + total);
    } else memory[base + size - 1] = END_MARK;
    words[word] = size;
    const count = memory[base + 4]! | (memory[base + 5]! << 8);
    if (count !== COUNT_UNKNOWN) {
      memory[base + 4] = count - 1;
      memory[base + 5] = (count - 1) >> 8;
    }
    return size;
  }

  append(ref: Ref, bytes: Uint8Array, start: number, end: number): Ref {
    return this.insert(ref, this.end(ref), bytes, start, end);
  }

  appendInteger(ref: Ref, value: number): Ref {
    return this.insertInteger(ref, this.end(ref), value);
  }

  prepend(ref: Ref, bytes: Uint8Array, start: number, end: number): Ref {
    return this.insert(ref, HEAD_BYTES, bytes, start, end);
  }

  /**
   * Inserts before the element at `position`, or at the end; the new element is at `position`. The
   * source must not be in this listpack, unless it is appended.
   */
  insert(ref: Ref, position: Position, bytes: Uint8Array, start: number, end: number): Ref {
    this.#encoder.encode(bytes, start, end);
    return this.#put(ref, position, 0, bytes, start);
  }

  insertInteger(ref: Ref, position: Position, value: number): Ref {
    this.#encoder.encodeInteger(value);
    return this.#put(ref, position, 0, NOTHING, 0);
  }

  /** Replaces an element, which stays at its position. The source must not be in this listpack. */
  replace(ref: Ref, position: Position, bytes: Uint8Array, start: number, end: number): Ref {
    this.#encoder.encode(bytes, start, end);
    return this.#put(ref, position, this.#storedSize(ref, position), bytes, start);
  }

  replaceInteger(ref: Ref, position: Position, value: number): Ref {
    this.#encoder.encodeInteger(value);
    return this.#put(ref, position, this.#storedSize(ref, position), NOTHING, 0);
  }

  /** Deletes `count` elements from a position on; the one behind them, if any, is there then. */
  delete(ref: Ref, position: Position, count = 1): Ref {
    let bytes = 0;
    let deleted = 0;
    const limit = this.end(ref);
    while (deleted < count && position + bytes < limit) {
      bytes += this.#storedSize(ref, position + bytes);
      deleted++;
    }
    const known = this.#count(ref);
    const moved = this.#splice(ref, position, bytes, 0);
    if (known !== COUNT_UNKNOWN) this.#setCount(moved, known - deleted);
    return moved;
  }

  /** Deletes up to `count` elements from an index on (negative: from the end). */
  deleteRange(ref: Ref, index: number, count: number): Ref {
    const position = this.seek(ref, index);
    return position === 0 || count <= 0 ? ref : this.delete(ref, position, count);
  }

  /** Appends all elements of another listpack, which stays as it is. */
  appendAll(ref: Ref, other: Ref): Ref {
    const count = this.length(ref) + this.length(other);
    const bytes = this.totalBytes(other) - HEAD_BYTES - 1;
    const position = this.end(ref);
    const moved = this.#splice(ref, position, 0, bytes);
    this.#heap.copy(other, HEAD_BYTES, moved, position, bytes);
    this.#setCount(moved, Math.min(count, COUNT_UNKNOWN));
    return moved;
  }

  /**
   * Room for so many more bytes: until they are used up, nothing moves the listpack or throws. For
   * changes of several steps that must not stop half-way.
   */
  reserve(ref: Ref, bytes: number): Ref {
    const total = this.totalBytes(ref);
    if (total + bytes <= this.#heap.usableSize(ref)) return ref;
    return this.#heap.reallocate(ref, total + bytes, total);
  }

  /** Bytes that may be added before the listpack needs another block. */
  spare(ref: Ref): number {
    return this.#heap.usableSize(ref) - this.totalBytes(ref);
  }

  /** Bytes that this text would add to a listpack. */
  sizeOf(bytes: Uint8Array, start: number, end: number): number {
    this.#encoder.encode(bytes, start, end);
    return this.#encoder.storedSize;
  }

  /** Whether so many bytes may be added: listpacks stay below 1 GiB. */
  mayGrow(ref: Ref, bytes: number): boolean {
    return this.totalBytes(ref) + bytes <= LARGEST_LISTPACK;
  }

  /** Compares with the needle that was encoded last. */
  #matches(m: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): boolean {
    const first = m[at]!;
    if (isString(first)) {
      const head = stringHead(first);
      const length = end - start;
      const stored =
        head === 1
          ? first & 0x3f
          : head === 2
            ? ((first & 0x0f) << 8) | m[at + 1]!
            : readUint32(m, at + 1);
      if (stored !== length) return false;
      const text = at + head;
      for (let i = 0; i < length; i++) if (m[text + i] !== bytes[start + i]) return false;
      return true;
    }
    const encoder = this.#encoder;
    if (encoder.textLength !== 0 || isString(encoder.head[0]!)) return false;
    // One value may come in several widths when the bytes are from outside.
    const value = integerValue(m, at);
    if (value !== integerValue(encoder.head, 0)) return false;
    if (Number.isSafeInteger(value)) return true;
    return bigIntegerValue(m, at) === bigIntegerValue(encoder.head, 0);
  }

  /** Puts the encoded element in the place of `removed` bytes (0: inserts it). */
  #put(ref: Ref, position: Position, removed: number, source: Uint8Array, start: number): Ref {
    const encoder = this.#encoder;
    if (removed === encoder.storedSize) {
      const here = ((ref & GRANULE_MASK) << 3) + position;
      encoder.write(this.#heap.bytes[ref >>> SEGMENT_SHIFT]!, here, source, start);
      return ref;
    }
    const known = this.#count(ref);
    const moved = this.#splice(ref, position, removed, encoder.storedSize);
    const memory = this.#heap.bytes[moved >>> SEGMENT_SHIFT]!;
    encoder.write(memory, ((moved & GRANULE_MASK) << 3) + position, source, start);
    if (removed === 0 && known !== COUNT_UNKNOWN) this.#setCount(moved, known + 1);
    return moved;
  }

  /**
   * Takes `removed` bytes out at `position` and makes room for `added`, in another block when they do
   * not fit, or when much of the block would be left unused.
   */
  #splice(ref: Ref, position: Position, removed: number, added: number): Ref {
    const heap = this.#heap;
    const total = this.totalBytes(ref);
    const size = total - removed + added;
    const room = heap.usableSize(ref);
    const tail = total - position - removed;
    if (size > LARGEST_LISTPACK) throw new RangeError('listpack: too large');
    let target = ref;
    if (size > room) target = heap.allocate(size);
    else if (removed > added && wastes(size, room)) target = this.#smaller(ref, size);
    if (target !== ref) {
      heap.copy(ref, 0, target, 0, position);
      heap.copy(ref, position + removed, target, position + added, tail);
      heap.free(ref);
    } else if (removed !== added) {
      heap.copy(ref, position + removed, ref, position + added, tail);
    }
    heap.words[target >>> SEGMENT_SHIFT]![(target & GRANULE_MASK) << 1] = size;
    return target;
  }

  /** A smaller block, or the same: a full heap must not keep anyone from deleting. */
  #smaller(ref: Ref, size: number): Ref {
    const smaller = this.#heap.allocateIfRoom(size);
    return smaller === 0 ? ref : smaller;
  }

  #storedSize(ref: Ref, position: Position): number {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const size = elementSize(memory, ((ref & GRANULE_MASK) << 3) + position);
    return size + backLengthSize(size);
  }

  #count(ref: Ref): number {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const base = (ref & GRANULE_MASK) << 3;
    return memory[base + 4]! | (memory[base + 5]! << 8);
  }

  #setCount(ref: Ref, count: number): void {
    const memory = this.#heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const base = (ref & GRANULE_MASK) << 3;
    memory[base + 4] = count;
    memory[base + 5] = count >> 8;
  }
}

/** Whether a listpack of `size` bytes leaves so much of a block unused that it should move. */
export function wastes(size: number, room: number): boolean {
  return size + (size >> 2) + 8 < room;
}
