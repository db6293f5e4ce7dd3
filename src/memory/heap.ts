/**
 * The heap: every byte of user data lives here, off V8's own heap, so that the collector never
 * traces it and `used` is exact.
 *
 *   segment   16 MiB of memory (one ArrayBuffer), 4096 units
 *   unit      4 KiB
 *   span      consecutive units of one segment: free, holding blocks of one size class, or one
 *             large block
 *   block     what `allocate` returns; named by its ref, the number of granules (8 bytes) from
 *             the start of segment 0, as if segments followed each other
 *
 * A ref is a positive 31-bit integer, which V8 keeps unboxed: 16 GiB are addressable. A block
 * never moves and never straddles segments. One larger than half a segment gets a segment of its
 * own, of exactly its size. Blocks of a class are recycled through a list per span (threaded
 * through the free blocks), so an empty span goes back as units, neighbouring free spans merge, and
 * an empty segment is given back to the operating system.
 *
 * allocate and free are O(1), touch the block's first word and one span record, and allocate
 * nothing on V8's heap.
 */
import {
  CLASS_COUNT,
  CLASS_GRANULES,
  CLASS_OF_GRANULES,
  GRANULE_BYTES,
  LARGEST_CLASS_GRANULES,
} from './size-classes.ts';
import {
  BUMP,
  CAPACITY,
  FREE_HEAD,
  KIND,
  KIND_FREE,
  LIVE,
  RECORD_SHIFT,
  SpanTable,
} from './span-table.ts';

/** The number of a block, in granules; 0 is no block. */
export type Ref = number;

/** `ref >>> SEGMENT_SHIFT` is the index of the block's segment. */
export const SEGMENT_SHIFT = 21;

/** `ref & GRANULE_MASK` is the block's offset in its segment, in granules. */
export const GRANULE_MASK = (1 << SEGMENT_SHIFT) - 1;

const SEGMENT_BYTES = (1 << SEGMENT_SHIFT) * GRANULE_BYTES;
const UNIT_BYTES = 4096;
const UNIT_SHIFT = 9;
const UNITS_PER_SEGMENT = SEGMENT_BYTES / UNIT_BYTES;
const MAX_SEGMENTS = 1024;
const LARGEST_CLASS_BYTES = LARGEST_CLASS_GRANULES * GRANULE_BYTES;
const LARGEST_BLOCK_BYTES = 2 ** 31;
const LARGEST_SHARED_BYTES = SEGMENT_BYTES / 2;

/** Span kinds at or above CLASS_COUNT are no size classes. */
const KIND_LARGE = CLASS_COUNT;
const KIND_HUGE = CLASS_COUNT + 1;
const KIND_RESERVED = CLASS_COUNT + 2;
/** In segments that are being emptied: spans of a class are of kind KIND_EMPTYING + class, … */
const KIND_EMPTYING = 128;
/** … and free spans, which are not to be taken, of this one. */
const KIND_HELD = 254;
/** Of the room in the other segments, how much the blocks of emptied ones may need. */
const EMPTYING_SHARE = 0.8;

const NO_MEMORY = new Uint8Array(0);
const NO_WORDS = new Int32Array(0);
const NO_VIEW = new DataView(NO_MEMORY.buffer);

/** Thrown when the address space of refs (16 GiB) is used up or the system has no memory. */
export class HeapFull extends Error {
  constructor(bytes: number) {
    super(`the heap cannot hold another ${bytes} bytes`);
    this.name = 'HeapFull';
  }
}

function spanUnitsOfClass(sizeClass: number): number {
  const bytes = CLASS_GRANULES[sizeClass]! * GRANULE_BYTES;
  if (bytes <= 1024) return 16;
  return bytes <= 8192 ? 32 : 64;
}

export class Heap {
  /** The memory by segment; an entry may be replaced when its segment is given back. */
  readonly bytes: Uint8Array[] = [];
  /** The same memory as 32-bit words. */
  readonly words: Int32Array[] = [];
  /** The same memory for what is not aligned: four bytes of a view cost what one of `bytes` does. */
  readonly views: DataView[] = [];

  readonly #spans = new SpanTable(UNITS_PER_SEGMENT);
  /** First span of each class with a block to give, or -1. */
  readonly #partial = new Int32Array(CLASS_COUNT).fill(-1);
  readonly #vacantSegments: number[] = [];
  #usedGranules = 0;
  #reservedBytes = 0;
  #blocks = 0;
  #emptySegments = 0;
  /** By segment that is being emptied: spans that are still in use. */
  #emptying: Map<number, number> | undefined;

  constructor() {
    this.#addOrdinarySegment();
    // Ref 0 means "none", so the first unit of segment 0 is never given out.
    this.#spans.claim(this.#takeUnits(1), 1, KIND_RESERVED, false);
  }

  /** Bytes in live blocks, rounded up to their size classes. Exact. */
  get used(): number {
    return this.#usedGranules * GRANULE_BYTES;
  }

  /** Bytes taken from the operating system, of which untouched pages may not be resident. */
  get reserved(): number {
    return this.#reservedBytes;
  }

  /** Number of live blocks. */
  get blocks(): number {
    return this.#blocks;
  }

  /** A block of at least so many bytes, contents undefined. Throws HeapFull. O(1). */
  allocate(bytes: number): Ref {
    if (bytes > LARGEST_CLASS_BYTES) return this.#allocateLarge(bytes);
    const granules = (bytes + GRANULE_BYTES - 1) >>> 3;
    const sizeClass = CLASS_OF_GRANULES[granules]!;
    let span = this.#partial[sizeClass]!;
    if (span < 0) span = this.#addSpan(sizeClass);
    const records = this.#spans.records;
    const record = span << RECORD_SHIFT;
    const size = CLASS_GRANULES[sizeClass]!;
    let ref = records[record + FREE_HEAD]!;
    if (ref !== 0) {
      records[record + FREE_HEAD] = this.words[ref >>> SEGMENT_SHIFT]![(ref & GRANULE_MASK) << 1]!;
    } else {
      ref = records[record + BUMP]!;
      records[record + BUMP] = ref + size;
    }
    const live = records[record + LIVE]! + 1;
    records[record + LIVE] = live;
    if (live === records[record + CAPACITY]!) this.#unlinkPartial(span, sizeClass);
    this.#usedGranules += size;
    this.#blocks++;
    return ref;
  }

  /** `allocate` for what may as well be left undone: 0 where that throws. */
  allocateIfRoom(bytes: number): Ref {
    try {
      return this.allocate(bytes);
    } catch (error) {
      if (error instanceof HeapFull) return 0;
      throw error;
    }
  }

  /** Gives a block back. O(1). Throws when the ref cannot be a block's. */
  free(ref: Ref): void {
    const spans = this.#spans;
    const records = spans.records;
    const span = spans.start[ref >>> UNIT_SHIFT]!;
    const record = span << RECORD_SHIFT;
    const kind = records[record + KIND]!;
    if (kind >= CLASS_COUNT) {
      if (kind >= KIND_EMPTYING && kind < KIND_HELD)
        this.#freeEmptying(ref, span, kind - KIND_EMPTYING);
      else this.#freeLarge(span, kind);
      return;
    }
    this.#blocks--;
    this.words[ref >>> SEGMENT_SHIFT]![(ref & GRANULE_MASK) << 1] = records[record + FREE_HEAD]!;
    records[record + FREE_HEAD] = ref;
    this.#usedGranules -= CLASS_GRANULES[kind]!;
    const live = records[record + LIVE]! - 1;
    records[record + LIVE] = live;
    if (live === records[record + CAPACITY]! - 1) this.#linkPartial(span, kind);
    // The last span of a class stays, so that one block going back and forth costs nothing.
    if (live === 0 && spans.hasNeighbours(span)) {
      this.#unlinkPartial(span, kind);
      this.#releaseUnits(span);
    }
  }

  /**
   * Gives back the empty spans that `free` keeps (one a size class), so that they do not hold whole
   * segments. For a timer, and after large values went. O(size classes).
   */
  trim(): void {
    const spans = this.#spans;
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) {
      const span = this.#partial[sizeClass]!;
      // An empty span beside others is released at once, so an empty one is the only one.
      if (span < 0 || spans.records[(span << RECORD_SHIFT) + LIVE] !== 0) continue;
      this.#unlinkPartial(span, sizeClass);
      this.#releaseUnits(span);
    }
  }

  /** Bytes that the block may use: at least what was asked for. O(1). */
  usableSize(ref: Ref): number {
    const spans = this.#spans;
    const span = spans.start[ref >>> UNIT_SHIFT]!;
    const kind = spans.kind(span);
    if (kind < CLASS_COUNT) return CLASS_GRANULES[kind]! * GRANULE_BYTES;
    if (kind >= KIND_EMPTYING) return CLASS_GRANULES[kind - KIND_EMPTYING]! * GRANULE_BYTES;
    return kind === KIND_HUGE
      ? this.bytes[ref >>> SEGMENT_SHIFT]!.length
      : spans.units(span) * UNIT_BYTES;
  }

  /** What `usableSize` would be of a block of so many bytes. */
  static sizeFor(bytes: number): number {
    if (bytes > LARGEST_CLASS_BYTES) return Math.ceil(bytes / UNIT_BYTES) * UNIT_BYTES;
    const granules = (bytes + GRANULE_BYTES - 1) >>> 3;
    return CLASS_GRANULES[CLASS_OF_GRANULES[granules]!]! * GRANULE_BYTES;
  }

  /**
   * A block of at least `bytes` that begins with the first `keep` bytes of `ref`; `ref` itself when
   * its size class fits, else a new block (and `ref` is freed). O(keep).
   */
  reallocate(ref: Ref, bytes: number, keep: number): Ref {
    if (Heap.sizeFor(bytes) === this.usableSize(ref)) return ref;
    const moved = this.allocate(bytes);
    this.copy(ref, 0, moved, 0, keep);
    this.free(ref);
    return moved;
  }

  /** Another block of the same size with the same bytes. O(size). */
  clone(ref: Ref): Ref {
    const bytes = this.usableSize(ref);
    const copy = this.allocate(bytes);
    this.copy(ref, 0, copy, 0, bytes);
    return copy;
  }

  /** Whether segments are being emptied, by whoever owns the blocks. */
  get isEmptying(): boolean {
    return this.#emptying !== undefined;
  }

  /** Whether the block stands in a segment that is being emptied: a `clone` of it does not. */
  mustLeave(ref: Ref): boolean {
    return this.#emptying?.has(ref >>> SEGMENT_SHIFT) === true;
  }

  /**
   * Chooses segments to be emptied, those with the fewest bytes in use, as many as the others have
   * room for: from now on nothing is allocated there, and each goes back to the system with its last
   * block. Returns how many were chosen; if any, `endEmptying` must follow. O(spans).
   */
  beginEmptying(): number {
    if (this.#emptying !== undefined) throw new Error('Heap.beginEmptying: begun already');
    this.trim();
    const candidates: { segment: number; used: number }[] = [];
    for (let segment = 0; segment < this.bytes.length; segment++) {
      const isOrdinary =
        this.bytes[segment]!.length === SEGMENT_BYTES &&
        this.#spans.kind(segment * UNITS_PER_SEGMENT) !== KIND_HUGE;
      if (!isOrdinary) continue;
      const used = this.#usedIn(segment);
      if (used > 0) candidates.push({ segment, used });
    }
    candidates.sort((one, other) => one.used - other.used);
    let room = candidates.reduce((sum, { used }) => sum + SEGMENT_BYTES - used, 0);
    let leaving = 0;
    const chosen = new Map<number, number>();
    for (const { segment, used } of candidates) {
      // The first segment has a unit that is never given back.
      if (segment === 0) continue;
      room -= SEGMENT_BYTES - used;
      leaving += used;
      if (leaving > room * EMPTYING_SHARE) break;
      chosen.set(segment, 0);
    }
    if (chosen.size === 0) return 0;
    this.#emptying = chosen;
    for (const segment of chosen.keys()) this.#emptySegment(segment);
    return chosen.size;
  }

  /** Lets what is left in segments that were to be emptied be used as before. O(spans). */
  endEmptying(): void {
    const emptying = this.#emptying;
    this.#emptying = undefined;
    for (const segment of emptying?.keys() ?? []) this.#restoreSegment(segment);
  }

  /** Copies `source[start, end)` to the block at `offset`. */
  write(ref: Ref, offset: number, source: Uint8Array, start: number, end: number): void {
    const memory = this.bytes[ref >>> SEGMENT_SHIFT]!;
    let at = ((ref & GRANULE_MASK) << 3) + offset;
    if (end - start > 48) {
      memory.set(source.subarray(start, end), at);
      return;
    }
    for (let i = start; i < end; i++) memory[at++] = source[i]!;
  }

  /** Copies between blocks; the ranges may overlap when the blocks are the same. */
  copy(from: Ref, fromOffset: number, to: Ref, toOffset: number, length: number): void {
    const source = this.bytes[from >>> SEGMENT_SHIFT]!;
    const target = this.bytes[to >>> SEGMENT_SHIFT]!;
    const start = ((from & GRANULE_MASK) << 3) + fromOffset;
    const at = ((to & GRANULE_MASK) << 3) + toOffset;
    if (length > 48) {
      if (source === target) target.copyWithin(at, start, start + length);
      else target.set(source.subarray(start, start + length), at);
    } else if (at <= start || source !== target) {
      for (let i = 0; i < length; i++) target[at + i] = source[start + i]!;
    } else {
      for (let i = length - 1; i >= 0; i--) target[at + i] = source[start + i]!;
    }
  }

  /** Whether the block holds `source[start, end)` at `offset`. */
  equals(ref: Ref, offset: number, source: Uint8Array, start: number, end: number): boolean {
    const memory = this.bytes[ref >>> SEGMENT_SHIFT]!;
    let at = ((ref & GRANULE_MASK) << 3) + offset;
    for (let i = start; i < end; i++) if (memory[at++] !== source[i]) return false;
    return true;
  }

  getUint32(ref: Ref, offset: number): number {
    const memory = this.bytes[ref >>> SEGMENT_SHIFT]!;
    const at = ((ref & GRANULE_MASK) << 3) + offset;
    const low = memory[at]! | (memory[at + 1]! << 8) | (memory[at + 2]! << 16);
    return (low | (memory[at + 3]! << 24)) >>> 0;
  }

  setUint32(ref: Ref, offset: number, value: number): void {
    const memory = this.bytes[ref >>> SEGMENT_SHIFT]!;
    const at = ((ref & GRANULE_MASK) << 3) + offset;
    memory[at] = value;
    memory[at + 1] = value >>> 8;
    memory[at + 2] = value >>> 16;
    memory[at + 3] = value >>> 24;
  }

  getFloat64(ref: Ref, offset: number): number {
    CONVERT_WORDS[0] = this.getUint32(ref, offset);
    CONVERT_WORDS[1] = this.getUint32(ref, offset + 4);
    return CONVERT_DOUBLE[0]!;
  }

  setFloat64(ref: Ref, offset: number, value: number): void {
    CONVERT_DOUBLE[0] = value;
    this.setUint32(ref, offset, CONVERT_WORDS[0]!);
    this.setUint32(ref, offset + 4, CONVERT_WORDS[1]!);
  }

  #addSpan(sizeClass: number): number {
    const spans = this.#spans;
    const units = spanUnitsOfClass(sizeClass);
    const span = this.#takeUnits(units);
    spans.claim(span, units, sizeClass, true);
    const record = span << RECORD_SHIFT;
    spans.records[record + FREE_HEAD] = 0;
    spans.records[record + BUMP] = span << UNIT_SHIFT;
    spans.records[record + LIVE] = 0;
    const capacity = Math.floor((units << UNIT_SHIFT) / CLASS_GRANULES[sizeClass]!);
    spans.records[record + CAPACITY] = capacity;
    this.#linkPartial(span, sizeClass);
    return span;
  }

  #linkPartial(span: number, sizeClass: number): void {
    this.#spans.push(this.#partial, sizeClass, span);
  }

  #unlinkPartial(span: number, sizeClass: number): void {
    this.#spans.unlink(this.#partial, sizeClass, span);
  }

  #allocateLarge(bytes: number): Ref {
    if (bytes > LARGEST_BLOCK_BYTES) throw new HeapFull(bytes);
    if (bytes > LARGEST_SHARED_BYTES) return this.#allocateHuge(bytes);
    const units = Math.ceil(bytes / UNIT_BYTES);
    const span = this.#takeUnits(units);
    this.#spans.claim(span, units, KIND_LARGE, false);
    this.#usedGranules += units << UNIT_SHIFT;
    this.#blocks++;
    return span << UNIT_SHIFT;
  }

  #allocateHuge(bytes: number): Ref {
    const rounded = Math.ceil(bytes / UNIT_BYTES) * UNIT_BYTES;
    const segment = this.#addSegment(rounded);
    const span = segment * UNITS_PER_SEGMENT;
    this.#spans.claim(span, 1, KIND_HUGE, false);
    this.#usedGranules += rounded / GRANULE_BYTES;
    this.#blocks++;
    return span << UNIT_SHIFT;
  }

  /** Calls `visit` for each span of a segment, which may change its kind. */
  #forEachSpan(segment: number, visit: (span: number, kind: number, units: number) => void): void {
    const spans = this.#spans;
    const end = (segment + 1) * UNITS_PER_SEGMENT;
    for (let span = segment * UNITS_PER_SEGMENT; span < end;) {
      const units = spans.units(span);
      visit(span, spans.kind(span), units);
      span += units;
    }
  }

  /** Bytes in live blocks of an ordinary segment, and in spans that are for others of their class. */
  #usedIn(segment: number): number {
    const { records } = this.#spans;
    let used = 0;
    this.#forEachSpan(segment, (span, kind, units) => {
      if (kind === KIND_FREE) return;
      if (kind >= CLASS_COUNT) used += units * UNIT_BYTES;
      else used += records[(span << RECORD_SHIFT) + LIVE]! * CLASS_GRANULES[kind]! * GRANULE_BYTES;
    });
    return used;
  }

  #emptySegment(segment: number): void {
    const spans = this.#spans;
    let live = 0;
    this.#forEachSpan(segment, (span, kind, units) => {
      if (kind === KIND_FREE) {
        spans.removeFree(span);
        spans.claim(span, units, KIND_HELD, false);
        return;
      }
      live++;
      if (kind >= CLASS_COUNT) return;
      const record = span << RECORD_SHIFT;
      if (spans.records[record + LIVE]! < spans.records[record + CAPACITY]!)
        this.#unlinkPartial(span, kind);
      spans.records[record + KIND] = KIND_EMPTYING + kind;
    });
    this.#emptying!.set(segment, live);
  }

  #restoreSegment(segment: number): void {
    const spans = this.#spans;
    let freeFrom = -1;
    const endFree = (end: number): void => {
      if (freeFrom >= 0) spans.addFree(freeFrom, end - freeFrom);
      freeFrom = -1;
    };
    this.#forEachSpan(segment, (span, kind) => {
      if (kind === KIND_HELD) {
        if (freeFrom < 0) freeFrom = span;
        return;
      }
      endFree(span);
      if (kind < KIND_EMPTYING) return;
      const record = span << RECORD_SHIFT;
      spans.records[record + KIND] = kind - KIND_EMPTYING;
      if (spans.records[record + LIVE]! < spans.records[record + CAPACITY]!)
        this.#linkPartial(span, kind - KIND_EMPTYING);
    });
    endFree((segment + 1) * UNITS_PER_SEGMENT);
  }

  #freeEmptying(ref: Ref, span: number, sizeClass: number): void {
    const { records } = this.#spans;
    const record = span << RECORD_SHIFT;
    this.#blocks--;
    this.#usedGranules -= CLASS_GRANULES[sizeClass]!;
    this.words[ref >>> SEGMENT_SHIFT]![(ref & GRANULE_MASK) << 1] = records[record + FREE_HEAD]!;
    records[record + FREE_HEAD] = ref;
    records[record + LIVE]!--;
    if (records[record + LIVE] === 0) this.#releaseUnits(span);
  }

  /** A span of a segment that is being emptied is not needed any more. */
  #leave(segment: number, span: number): void {
    const spans = this.#spans;
    const left = this.#emptying!.get(segment)! - 1;
    if (left > 0) {
      spans.claim(span, spans.units(span), KIND_HELD, false);
      this.#emptying!.set(segment, left);
      return;
    }
    this.#emptying!.delete(segment);
    this.#dropSegment(segment);
  }

  #freeLarge(span: number, kind: number): void {
    if (kind === KIND_LARGE) {
      this.#blocks--;
      this.#usedGranules -= this.#spans.units(span) << UNIT_SHIFT;
      this.#releaseUnits(span);
      return;
    }
    if (kind !== KIND_HUGE) throw new RangeError('Heap.free: no such block');
    this.#blocks--;
    const segment = span / UNITS_PER_SEGMENT;
    this.#usedGranules -= this.bytes[segment]!.length / GRANULE_BYTES;
    this.#dropSegment(segment);
  }

  /** A span of exactly so many units, from the free ones or from a new segment. */
  #takeUnits(units: number): number {
    let span = this.#spans.take(units);
    if (span < 0) {
      this.#addOrdinarySegment();
      span = this.#spans.take(units);
    }
    if (this.#spans.tookWholeSegment) this.#emptySegments--;
    return span;
  }

  #addOrdinarySegment(): void {
    const segment = this.#addSegment(SEGMENT_BYTES);
    this.#spans.addFree(segment * UNITS_PER_SEGMENT, UNITS_PER_SEGMENT);
    this.#emptySegments++;
  }

  /** Units become free; of wholly free segments one is kept, the others go back to the system. */
  #releaseUnits(span: number): void {
    const spans = this.#spans;
    const segment = Math.floor(span / UNITS_PER_SEGMENT);
    if (this.#emptying?.has(segment) === true) {
      this.#leave(segment, span);
      return;
    }
    const merged = spans.release(span);
    if (spans.units(merged) !== UNITS_PER_SEGMENT) return;
    if (this.#emptySegments === 0) {
      this.#emptySegments = 1;
      return;
    }
    spans.removeFree(merged);
    this.#dropSegment(merged / UNITS_PER_SEGMENT);
  }

  #addSegment(bytes: number): number {
    const segment = this.#vacantSegments.pop() ?? this.bytes.length;
    if (segment >= MAX_SEGMENTS) throw new HeapFull(bytes);
    let buffer: ArrayBuffer;
    try {
      buffer = new ArrayBuffer(bytes);
    } catch {
      this.#vacantSegments.push(segment);
      throw new HeapFull(bytes);
    }
    this.bytes[segment] = new Uint8Array(buffer);
    this.words[segment] = new Int32Array(buffer);
    this.views[segment] = new DataView(buffer);
    this.#reservedBytes += bytes;
    this.#spans.ensure((segment + 1) * UNITS_PER_SEGMENT);
    return segment;
  }

  #dropSegment(segment: number): void {
    this.#reservedBytes -= this.bytes[segment]!.length;
    this.#spans.claim(segment * UNITS_PER_SEGMENT, 1, KIND_RESERVED, false);
    this.bytes[segment] = NO_MEMORY;
    this.words[segment] = NO_WORDS;
    this.views[segment] = NO_VIEW;
    this.#vacantSegments.push(segment);
  }
}

const CONVERT_DOUBLE = new Float64Array(1);
const CONVERT_WORDS = new Uint32Array(CONVERT_DOUBLE.buffer);
