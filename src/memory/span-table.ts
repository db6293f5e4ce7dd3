/**
 * The book-keeping of the heap's units: which spans exist, which are free, and who their
 * neighbours are. Columns of numbers indexed by unit; a span's record stands at its first unit.
 *
 * Free spans hang in lists by length: one list for each length below 32 units, one for each half
 * power of two above. Taking a span is best-effort best fit, O(lists) plus the walk of one list; a
 * released span merges with free neighbours of its segment at once.
 */

const EXACT_LISTS = 32;
const LISTS = EXACT_LISTS + 16;
const KIND_FREE = 255;

/** The list that spans of this length hang in; lengths in a list above EXACT_LISTS vary. */
function listOf(units: number): number {
  if (units < EXACT_LISTS) return units;
  const log = 31 - Math.clz32(units);
  return EXACT_LISTS + (log - 5) * 2 + ((units >>> (log - 1)) & 1);
}

export class SpanTable {
  /** First unit of the span that a unit belongs to (large and free spans: right at both ends). */
  start = new Int32Array(0);
  /** At a span's first unit: its length in units. */
  units = new Int32Array(0);
  /** At a span's first unit: a size class, or what the heap calls it, or free. */
  kind = new Uint8Array(0);
  /** Class spans: first block of the list of freed blocks, or 0. */
  freeHead = new Int32Array(0);
  /** Class spans: the first block never given out. */
  bump = new Int32Array(0);
  /** Class spans: blocks in use, and how many there are. */
  live = new Int32Array(0);
  capacity = new Int32Array(0);
  /** Links of the list the span is in (free spans or a class's partial spans), or -1. */
  next = new Int32Array(0);
  previous = new Int32Array(0);
  /** Whether the last `take` cut its span from a segment that was wholly free. */
  tookWholeSegment = false;

  readonly #unitsPerSegment: number;
  readonly #lists = new Int32Array(LISTS).fill(-1);

  constructor(unitsPerSegment: number) {
    this.#unitsPerSegment = unitsPerSegment;
  }

  /** Makes room for so many units; the columns double, so the cost a unit is constant. */
  ensure(units: number): void {
    if (units <= this.start.length) return;
    const size = Math.max(units, this.start.length * 2);
    this.start = widen(this.start, size);
    this.units = widen(this.units, size);
    const kind = new Uint8Array(size);
    kind.set(this.kind);
    this.kind = kind;
    this.freeHead = widen(this.freeHead, size);
    this.bump = widen(this.bump, size);
    this.live = widen(this.live, size);
    this.capacity = widen(this.capacity, size);
    this.next = widen(this.next, size);
    this.previous = widen(this.previous, size);
  }

  /** Puts `span` at the head of the list `heads[index]`. */
  push(heads: Int32Array, index: number, span: number): void {
    const head = heads[index]!;
    this.next[span] = head;
    this.previous[span] = -1;
    if (head >= 0) this.previous[head] = span;
    heads[index] = span;
  }

  unlink(heads: Int32Array, index: number, span: number): void {
    const next = this.next[span]!;
    const previous = this.previous[span]!;
    if (next >= 0) this.previous[next] = previous;
    if (previous >= 0) this.next[previous] = next;
    else heads[index] = next;
  }

  /** Names what a taken span is for; `blocks` when refs into its middle must find its start. */
  claim(span: number, kind: number, blocks: boolean): void {
    this.kind[span] = kind;
    this.start[span] = span;
    this.start[span + this.units[span]! - 1] = span;
    if (blocks) this.start.fill(span, span, span + this.units[span]!);
  }

  /** Adds units to the free ones as one span, without merging. */
  addFree(span: number, units: number): void {
    this.units[span] = units;
    this.kind[span] = KIND_FREE;
    this.start[span] = span;
    this.start[span + units - 1] = span;
    this.push(this.#lists, listOf(units), span);
  }

  /** Takes a free span out of its list. */
  removeFree(span: number): void {
    this.unlink(this.#lists, listOf(this.units[span]!), span);
  }

  /** Cuts a span of so many units from a free one; -1 when none is long enough. */
  take(units: number): number {
    for (let list = listOf(units); list < LISTS; list++) {
      let span = this.#lists[list]!;
      while (span >= 0 && this.units[span]! < units) span = this.next[span]!;
      if (span < 0) continue;
      this.unlink(this.#lists, list, span);
      const rest = this.units[span]! - units;
      this.tookWholeSegment = rest + units === this.#unitsPerSegment;
      if (rest > 0) this.addFree(span + units, rest);
      this.units[span] = units;
      return span;
    }
    return -1;
  }

  /** Frees a span, merges it with free neighbours, and returns the resulting span. */
  release(span: number): number {
    let first = span;
    let units = this.units[span]!;
    const segmentStart = span - (span % this.#unitsPerSegment);
    const after = span + units;
    if (after < segmentStart + this.#unitsPerSegment && this.kind[after] === KIND_FREE) {
      this.removeFree(after);
      units += this.units[after]!;
      this.kind[after] = 0;
    }
    if (span > segmentStart) {
      const before = this.start[span - 1]!;
      if (this.kind[before] === KIND_FREE) {
        this.removeFree(before);
        units += this.units[before]!;
        first = before;
      }
    }
    this.addFree(first, units);
    return first;
  }
}

function widen(column: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(size);
  wide.set(column);
  return wide;
}
