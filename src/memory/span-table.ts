/**
 * The book-keeping of the heap's units: which spans exist, which are free, and who their
 * neighbours are. A span's record, eight words, stands at its first unit; what `allocate` and `free`
 * touch of it is one cache line.
 *
 * Free spans hang in lists by length: one list for each length below 32 units, one for each half
 * power of two above. Taking a span is best-effort best fit, O(lists) plus a short walk of one list;
 * a released span merges with free neighbours of its segment at once.
 */

/** Words of a record, at `span << RECORD_SHIFT`. Class spans: first of the freed blocks, or 0. */
export const FREE_HEAD = 0;
/** Class spans: blocks in use, how many there are, and the first block never given out. */
export const LIVE = 1;
export const CAPACITY = 2;
export const BUMP = 3;
/** A size class, or what the heap calls it, or free. */
export const KIND = 4;
/** Length in units. */
export const UNITS = 5;
/** Links of the list the span is in (free spans, or a class's partial spans), or -1. */
const NEXT = 6;
const PREVIOUS = 7;
export const RECORD_SHIFT = 3;

const EXACT_LISTS = 32;
const LISTS = EXACT_LISTS + 16;
export const KIND_FREE = 255;

/** Spans of the right list that `take` looks at before it goes on to longer ones. */
const WALK_LIMIT = 32;

/** The table holds so many segments first, and all there can be when those are taken. */
const FIRST_SEGMENTS = 64;
const MAX_SEGMENTS = 1024;

/** The list that spans of this length hang in; lengths in a list above EXACT_LISTS vary. */
function listOf(units: number): number {
  if (units < EXACT_LISTS) return units;
  const log = 31 - Math.clz32(units);
  return EXACT_LISTS + (log - 5) * 2 + ((units >>> (log - 1)) & 1);
}

export class SpanTable {
  /** First unit of the span that a unit belongs to (large and free spans: right at both ends). */
  start = new Int32Array(0);
  records = new Int32Array(0);
  /** Whether the last `take` cut its span from a segment that was wholly free. */
  tookWholeSegment = false;

  readonly #unitsPerSegment: number;
  readonly #lists = new Int32Array(LISTS).fill(-1);

  constructor(unitsPerSegment: number) {
    this.#unitsPerSegment = unitsPerSegment;
  }

  /**
   * Makes room for so many units. The table grows once, from 1 GiB of segments to all that refs
   * can address: doubling would copy tens of megabytes at once. Untouched pages cost nothing.
   */
  ensure(units: number): void {
    if (units <= this.start.length) return;
    const segments = this.start.length === 0 ? FIRST_SEGMENTS : MAX_SEGMENTS;
    const size = segments * this.#unitsPerSegment;
    const start = new Int32Array(size);
    const records = new Int32Array(size << RECORD_SHIFT);
    start.set(this.start);
    records.set(this.records);
    this.start = start;
    this.records = records;
  }

  kind(span: number): number {
    return this.records[(span << RECORD_SHIFT) + KIND]!;
  }

  units(span: number): number {
    return this.records[(span << RECORD_SHIFT) + UNITS]!;
  }

  /** Whether the span, which is in a list, has company there. */
  hasNeighbours(span: number): boolean {
    const record = span << RECORD_SHIFT;
    return this.records[record + NEXT]! >= 0 || this.records[record + PREVIOUS]! >= 0;
  }

  /** Puts `span` at the head of the list `heads[index]`. */
  push(heads: Int32Array, index: number, span: number): void {
    const records = this.records;
    const head = heads[index]!;
    records[(span << RECORD_SHIFT) + NEXT] = head;
    records[(span << RECORD_SHIFT) + PREVIOUS] = -1;
    if (head >= 0) records[(head << RECORD_SHIFT) + PREVIOUS] = span;
    heads[index] = span;
  }

  unlink(heads: Int32Array, index: number, span: number): void {
    const records = this.records;
    const next = records[(span << RECORD_SHIFT) + NEXT]!;
    const previous = records[(span << RECORD_SHIFT) + PREVIOUS]!;
    if (next >= 0) records[(next << RECORD_SHIFT) + PREVIOUS] = previous;
    if (previous >= 0) records[(previous << RECORD_SHIFT) + NEXT] = next;
    else heads[index] = next;
  }

  /** Names what a taken span is for; `blocks` when refs into its middle must find its start. */
  claim(span: number, units: number, kind: number, blocks: boolean): void {
    this.records[(span << RECORD_SHIFT) + KIND] = kind;
    this.records[(span << RECORD_SHIFT) + UNITS] = units;
    this.start[span] = span;
    this.start[span + units - 1] = span;
    if (blocks) this.start.fill(span, span, span + units);
  }

  /** Adds units to the free ones as one span, without merging. */
  addFree(span: number, units: number): void {
    this.claim(span, units, KIND_FREE, false);
    this.push(this.#lists, listOf(units), span);
  }

  /** Takes a free span out of its list. */
  removeFree(span: number): void {
    this.unlink(this.#lists, listOf(this.units(span)), span);
  }

  /** Cuts a span of so many units, to be claimed, from a free one; -1 when none is long enough. */
  take(units: number): number {
    for (let list = listOf(units); list < LISTS; list++) {
      let span = this.#lists[list]!;
      let walked = 0;
      while (span >= 0 && this.units(span) < units) {
        span = ++walked < WALK_LIMIT ? this.records[(span << RECORD_SHIFT) + NEXT]! : -1;
      }
      if (span < 0) continue;
      this.unlink(this.#lists, list, span);
      const rest = this.units(span) - units;
      this.tookWholeSegment = rest + units === this.#unitsPerSegment;
      if (rest > 0) this.addFree(span + units, rest);
      return span;
    }
    return -1;
  }

  /** Frees a span, merges it with free neighbours, and returns the resulting span. */
  release(span: number): number {
    let first = span;
    let units = this.units(span);
    const segmentStart = span - (span % this.#unitsPerSegment);
    const after = span + units;
    if (after < segmentStart + this.#unitsPerSegment && this.kind(after) === KIND_FREE) {
      this.removeFree(after);
      units += this.units(after);
    }
    if (span > segmentStart) {
      const before = this.start[span - 1]!;
      if (this.kind(before) === KIND_FREE) {
        this.removeFree(before);
        units += this.units(before);
        first = before;
      }
    }
    this.addFree(first, units);
    return first;
  }
}
