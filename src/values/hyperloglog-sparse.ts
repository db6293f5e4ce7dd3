/**
 * The sparse form of a HyperLogLog's registers: runs of equal registers, in order.
 *
 *   00nnnnnn            n + 1 registers are zero (1 to 64)
 *   01nnnnnn nnnnnnnn   n + 1 registers are zero (1 to 16384)
 *   1rrrrrnn            n + 1 registers (1 to 4) have rank r + 1 (1 to 32)
 *
 * The bytes must come out as the real server writes them, so where runs are split and joined is part
 * of the format: raising a register splits its run in up to three, and then runs of equal rank are
 * joined among the five from the one before it on, as long as they fit one code.
 *
 * A string may hold anything, since SET can make one. What ends in the middle of a code reads as if a zero
 * byte followed.
 */
import { REGISTERS } from './hyperloglog-estimate.ts';

const LONG_ZEROS = 0x40;
const RANKED = 0x80;
const SHORT_ZEROS_MOST = 64;
const RANKED_RUN_MASK = 3;
/** The highest rank that the form can hold. */
const SPARSE_RANK_MOST = 32;
/** How many codes are looked at for joining. */
const JOINED_CODES = 5;

/** What `raise` did. */
export const RAISED = 1;
export const UNCHANGED = 0;
export const CORRUPT = -1;
/** The form cannot hold it, or not in so few bytes; nothing was changed. */
export const TOO_LARGE = 2;
export type RaiseOutcome = 1 | 0 | -1 | 2;

function rankedCode(rank: number, run: number): number {
  return RANKED | ((rank - 1) << 2) | (run - 1);
}

/** Registers in the run whose code is at `at`. */
function runLength(bytes: Uint8Array, at: number, end: number): number {
  const code = bytes[at];
  if (code >= RANKED) return (code & RANKED_RUN_MASK) + 1;
  if (code < LONG_ZEROS) return code + 1;
  return (((code & 0x3f) << 8) | (at + 1 < end ? bytes[at + 1] : 0)) + 1;
}

function codeLength(code: number): number {
  return code < RANKED && code >= LONG_ZEROS ? 2 : 1;
}

function rankOf(code: number): number {
  return code >= RANKED ? ((code >>> 2) & 31) + 1 : 0;
}

/** Visits every run: its rank, its length, and whether it has the code of many zeros. */
export function forEachRun(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (rank: number, length: number, isLong: boolean) => void,
): void {
  for (let at = start; at < end;) {
    const size = codeLength(bytes[at]);
    visit(rankOf(bytes[at]), runLength(bytes, at, end), size === 2);
    at += size;
  }
}

/** Adds how many registers hold each rank to the histogram; false when there are not all of them. */
export function countSparse(
  bytes: Uint8Array,
  start: number,
  end: number,
  histogram: Int32Array,
): boolean {
  let index = 0;
  for (let at = start; at < end; at += codeLength(bytes[at])) {
    const run = runLength(bytes, at, end);
    histogram[rankOf(bytes[at])] += run;
    index += run;
  }
  return index === REGISTERS;
}

/**
 * Raises each of `ranks` to the register's, where that is higher; false when there are too many
 * registers or too few.
 */
export function raiseFromSparse(
  bytes: Uint8Array,
  start: number,
  end: number,
  ranks: Uint8Array,
): boolean {
  let index = 0;
  for (let at = start; at < end && index <= REGISTERS; at += codeLength(bytes[at])) {
    const next = index + runLength(bytes, at, end);
    const rank = rankOf(bytes[at]);
    if (rank > 0) {
      if (next > REGISTERS) return false;
      for (let i = index; i < next; i++) if (ranks[i] < rank) ranks[i] = rank;
    }
    index = next;
  }
  return index === REGISTERS;
}

/** Codes that replace one, as `raise` builds them: two, one and two bytes at most. */
const sequence = new Uint8Array(5);

/** Writes the code of a run to `sequence[at]` and returns the position after it. */
function putRun(at: number, rank: number, length: number): number {
  if (rank > 0) sequence[at] = rankedCode(rank, length);
  else if (length <= SHORT_ZEROS_MOST) sequence[at] = length - 1;
  else {
    sequence[at] = LONG_ZEROS | ((length - 1) >>> 8);
    sequence[at + 1] = length - 1;
    return at + 2;
  }
  return at + 1;
}

/** A string in the sparse form that is being changed, its header included. */
export class SparseRegisters {
  /** Where the codes begin. */
  readonly #start: number;
  bytes: Uint8Array;
  length = 0;
  /** The byte before the code that `#locate` found is part of that code; -1: there is none. */
  #previous = -1;
  #first = 0;

  constructor(headerBytes: number) {
    this.#start = headerBytes;
    this.bytes = new Uint8Array(4096);
  }

  /** Takes a copy of a string. */
  load(source: Uint8Array, start: number, end: number): void {
    this.length = end - start;
    if (this.bytes.length <= this.length) this.bytes = new Uint8Array(this.length * 2);
    this.bytes.set(source.subarray(start, end));
  }

  /** Makes all registers zero. The header is the caller's. */
  clear(): void {
    const end = putRun(0, 0, REGISTERS);
    this.bytes.set(sequence.subarray(0, end), this.#start);
    this.length = this.#start + end;
  }

  /** Raises a register to `rank`, unless the string would exceed `mostBytes`. O(length). */
  raise(index: number, rank: number, mostBytes: number): RaiseOutcome {
    if (rank > SPARSE_RANK_MOST) return TOO_LARGE;
    const at = this.#locate(index);
    if (at >= this.length) return CORRUPT;
    const code = this.bytes[at];
    const old = rankOf(code);
    if (old >= rank) return UNCHANGED;
    const run = runLength(this.bytes, at, this.length);
    const size = codeLength(code);
    if (run === 1 && size === 1) this.bytes[at] = rankedCode(rank, 1);
    else {
      const before = index - this.#first;
      let end = before > 0 ? putRun(0, old, before) : 0;
      end = putRun(end, rank, 1);
      if (before + 1 < run) end = putRun(end, old, run - before - 1);
      const growth = end - size;
      if (growth > 0 && this.length + growth > mostBytes) return TOO_LARGE;
      this.#replaceCode(at, size, end);
    }
    this.#joinRuns(this.#previous < 0 ? this.#start : this.#previous);
    return RAISED;
  }

  /** Position of the code that covers a register; behind the end when there is none. */
  #locate(index: number): number {
    const { bytes, length } = this;
    let at = this.#start;
    let previous = -1;
    let first = 0;
    while (at < length) {
      const next = first + runLength(bytes, at, length);
      if (index < next) break;
      previous = at;
      at += codeLength(bytes[at]);
      first = next;
    }
    this.#previous = previous;
    this.#first = first;
    return at;
  }

  /** Puts the first `count` bytes of `sequence` in the place of the code of `size` bytes at `at`. */
  #replaceCode(at: number, size: number, count: number): void {
    const length = this.length + count - size;
    if (length + sequence.length > this.bytes.length) {
      const wider = new Uint8Array(this.bytes.length * 2);
      wider.set(this.bytes);
      this.bytes = wider;
    }
    const { bytes } = this;
    if (count !== size) bytes.copyWithin(at + count, at + size, this.length);
    for (let i = 0; i < count; i++) bytes[at + i] = sequence[i];
    this.length = length;
  }

  #joinRuns(from: number): void {
    const { bytes } = this;
    let at = from;
    for (let i = 0; i < JOINED_CODES && at < this.length; i++) {
      const code = bytes[at];
      const next = at + 1 < this.length ? bytes[at + 1] : 0;
      const run = (code & RANKED_RUN_MASK) + (next & RANKED_RUN_MASK) + 2;
      const isJoined =
        code >= RANKED && next >= RANKED && rankOf(code) === rankOf(next) && run <= 4;
      if (isJoined) {
        // The joined run stays where it is: it may take in another one.
        bytes[at + 1] = rankedCode(rankOf(code), run);
        bytes.copyWithin(at, at + 1, this.length);
        this.length--;
      } else at += codeLength(code);
    }
  }
}
