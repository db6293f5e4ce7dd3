/**
 * HyperLogLog: the estimate of how many distinct elements were seen, kept in an ordinary string.
 *
 *   bytes 0-3    'HYLL'
 *   byte  4      form: 0 dense, 1 sparse
 *   bytes 5-7    unused
 *   bytes 8-15   the last estimate, little-endian; its highest bit says that it is out of date
 *   bytes 16-…   registers (hyperloglog-dense.ts, hyperloglog-sparse.ts)
 *
 * An element's hash chooses one of 16,384 registers and a rank: one more than the number of zeros that its
 * other bits begin with. A register keeps the highest rank it was given. Few elements make a short
 * sparse string; one that grows beyond `hll-sparse-max-bytes` becomes dense for good.
 *
 * One object works on one string at a time. It changes a dense string where it stands; a sparse one
 * is copied first, and `isMoved` tells that the copy must be stored.
 */
import { murmur, murmurHash64 } from '../bytes/murmur.ts';
import {
  countDense,
  DENSE_BYTES,
  denseRegister,
  raiseFromDense,
  setDenseRegister,
} from './hyperloglog-dense.ts';
import { estimate, RANKS, REGISTERS } from './hyperloglog-estimate.ts';
import {
  CORRUPT,
  countSparse,
  raiseFromSparse,
  type RaiseOutcome,
  RAISED,
  SparseRegisters,
  TOO_LARGE,
  UNCHANGED,
} from './hyperloglog-sparse.ts';

export const HEADER_BYTES = 16;
export const DENSE_STRING_BYTES = HEADER_BYTES + DENSE_BYTES;
const MAGIC = [0x48, 0x59, 0x4c, 0x4c];
const FORM_AT = 4;
const ESTIMATE_AT = 8;
const OUTDATED_AT = 15;
const OUTDATED = 0x80;
const DENSE = 0;
const SPARSE = 1;

const HASH_SEED = 0xadc83b19 | 0;
const INDEX_BITS = 14;
const LOW_BITS = 32 - INDEX_BITS;
/** A copy that once was larger than this is let go. */
const KEPT_BYTES = 64 * 1024;

/** Whether the string can be a HyperLogLog, as far as its header and its length tell. */
export function isHyperLogLog(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < HEADER_BYTES) return false;
  for (let i = 0; i < MAGIC.length; i++) if (bytes[start + i] !== MAGIC[i]) return false;
  const form = bytes[start + FORM_AT];
  return form === SPARSE || (form === DENSE && end - start === DENSE_STRING_BYTES);
}

const histogram = new Int32Array(RANKS);

/** The estimate for plain ranks, one a register. */
export function estimateRanks(ranks: Uint8Array): number {
  histogram.fill(0);
  for (let i = 0; i < REGISTERS; i++) histogram[ranks[i]]++;
  return estimate(histogram);
}

export class HyperLogLog {
  /** Where the string stands: in the caller's memory or in a copy. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** The string is no longer, or not yet, in the caller's memory. */
  isMoved = false;

  #sparse = new SparseRegisters(HEADER_BYTES);
  readonly #dense = new Uint8Array(DENSE_STRING_BYTES);

  /** Begins to work on a string that `isHyperLogLog`. Borrowed until the next call. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isMoved = false;
    if (this.isDense) return;
    if (this.#sparse.bytes.length > KEPT_BYTES) this.#sparse = new SparseRegisters(HEADER_BYTES);
    this.#sparse.load(bytes, start, end);
  }

  /** Begins with a new string without elements, which is up to date. */
  create(): void {
    const sparse = this.#sparse;
    sparse.bytes.fill(0, 0, HEADER_BYTES);
    sparse.bytes.set(MAGIC);
    sparse.bytes[FORM_AT] = SPARSE;
    sparse.clear();
    this.#useSparse();
  }

  get isDense(): boolean {
    return this.bytes[this.start + FORM_AT] === DENSE;
  }

  /** Lets the string see an element. `mostSparseBytes` is the directive. */
  add(element: Uint8Array, from: number, to: number, mostSparseBytes: number): RaiseOutcome {
    murmurHash64(element, from, to, HASH_SEED);
    const { low, high } = murmur;
    const index = low & (REGISTERS - 1);
    const rest = low >>> INDEX_BITS;
    let zeros = LOW_BITS + 32;
    if (rest !== 0) zeros = trailingZeros(rest);
    else if (high !== 0) zeros = LOW_BITS + trailingZeros(high);
    return this.raise(index, zeros + 1, mostSparseBytes);
  }

  /** Raises a register to `rank` unless it is as high; the estimate is out of date if it was not. */
  raise(index: number, rank: number, mostSparseBytes: number): RaiseOutcome {
    if (!this.isDense) {
      const outcome = this.#sparse.raise(index, rank, mostSparseBytes);
      if (outcome === RAISED) {
        this.#useSparse();
        this.outdate();
      }
      if (outcome !== TOO_LARGE) return outcome;
      if (!this.makeDense()) return CORRUPT;
    }
    const registers = this.start + HEADER_BYTES;
    if (denseRegister(this.bytes, registers, index) >= rank) return UNCHANGED;
    setDenseRegister(this.bytes, registers, index, rank);
    return RAISED;
  }

  /** Turns a sparse string into a dense one; false, and nothing changed, when it is corrupt. */
  makeDense(): boolean {
    if (this.isDense) return true;
    const ranks = new Uint8Array(REGISTERS);
    if (!this.raiseRanks(ranks)) return false;
    const dense = this.#dense;
    dense.fill(0);
    dense.set(this.bytes.subarray(this.start, this.start + HEADER_BYTES));
    dense[FORM_AT] = DENSE;
    for (let i = 0; i < REGISTERS; i++)
      if (ranks[i] !== 0) setDenseRegister(dense, HEADER_BYTES, i, ranks[i]);
    this.bytes = dense;
    this.start = 0;
    this.end = DENSE_STRING_BYTES;
    this.isMoved = true;
    return true;
  }

  /** Raises each of `ranks` to the register's, where that is higher; false when it is corrupt. */
  raiseRanks(ranks: Uint8Array): boolean {
    const from = this.start + HEADER_BYTES;
    if (!this.isDense) return raiseFromSparse(this.bytes, from, this.end, ranks);
    raiseFromDense(this.bytes, from, ranks);
    return true;
  }

  /** Whether the string tells an estimate that is up to date. */
  get isUpToDate(): boolean {
    return (this.bytes[this.start + OUTDATED_AT] & OUTDATED) === 0;
  }

  /** Notes that the estimate in the string is out of date. */
  outdate(): void {
    this.bytes[this.start + OUTDATED_AT] |= OUTDATED;
  }

  /** The estimate in the string. */
  get lastEstimate(): bigint {
    let value = 0n;
    for (let i = OUTDATED_AT; i >= ESTIMATE_AT; i--)
      value = (value << 8n) | BigInt(this.bytes[this.start + i]);
    return value;
  }

  /** Computes the estimate; -1 when the string is corrupt. O(registers). */
  estimate(): number {
    histogram.fill(0);
    const from = this.start + HEADER_BYTES;
    if (this.isDense) countDense(this.bytes, from, histogram);
    else if (!countSparse(this.bytes, from, this.end, histogram)) return -1;
    return estimate(histogram);
  }

  #useSparse(): void {
    this.bytes = this.#sparse.bytes;
    this.start = 0;
    this.end = this.#sparse.length;
    this.isMoved = true;
  }
}

/** Writes an estimate into the header of the string at `start`. */
export function writeEstimate(bytes: Uint8Array, start: number, value: bigint): void {
  let rest = value;
  for (let i = ESTIMATE_AT; i <= OUTDATED_AT; i++) {
    bytes[start + i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

/** Number of zero bits below the lowest 1 bit; of a word that is not zero. */
function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}
