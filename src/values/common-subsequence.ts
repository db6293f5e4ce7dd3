/**
 * The longest common subsequence of two byte strings, by dynamic programming.
 *
 * L(i, j), the length for the first i bytes of a and the first j of b, needs only the row above, so one
 * row is kept. To walk back through the choices it is enough to know, for bytes that differ, whether
 * L(i-1, j) > L(i, j-1): one bit a cell, an eighth of a byte where a table of lengths takes four.
 *
 * O(|a| * |b|) time, and as many bits of memory when the path is wanted.
 */
export class CommonSubsequence {
  /** Length of the subsequence, in bytes. */
  readonly length: number;

  readonly #a: Uint8Array;
  readonly #aStart: number;
  readonly #aLength: number;
  readonly #b: Uint8Array;
  readonly #bStart: number;
  readonly #bLength: number;
  /** Bit j of row i: going up is better than going left. */
  readonly #upwards: Uint32Array;
  readonly #rowWords: number;

  /** Compares the ranges, which must stay as they are while this object is used. */
  constructor(
    a: Uint8Array,
    aStart: number,
    aEnd: number,
    b: Uint8Array,
    bStart: number,
    bEnd: number,
    withPath: boolean,
  ) {
    this.#a = a;
    this.#aStart = aStart;
    this.#aLength = aEnd - aStart;
    this.#b = b;
    this.#bStart = bStart;
    this.#bLength = bEnd - bStart;
    this.#rowWords = (this.#bLength >>> 5) + 1;
    this.#upwards = new Uint32Array(withPath ? this.#rowWords * this.#aLength : 0);
    const row = new Uint32Array(this.#bLength + 1);
    for (let i = 0; i < this.#aLength; i++) {
      if (withPath) this.#fillRowAndBits(row, i);
      else this.#fillRow(row, i);
    }
    this.length = row[this.#bLength];
  }

  /**
   * Visits the runs of consecutive bytes that the subsequence takes from both strings, from the last
   * to the first: where each begins in a and in b, and how many bytes it has.
   */
  forEachRun(visit: (aAt: number, bAt: number, length: number) => void): void {
    let i = this.#aLength;
    let j = this.#bLength;
    let run = 0;
    while (i > 0 && j > 0) {
      if (this.#a[this.#aStart + i - 1] === this.#b[this.#bStart + j - 1]) {
        i--;
        j--;
        run++;
        continue;
      }
      if (run > 0) visit(i, j, run);
      run = 0;
      if (this.#isUpwards(i - 1, j)) i--;
      else j--;
    }
    if (run > 0) visit(i, j, run);
  }

  #isUpwards(row: number, column: number): boolean {
    const word = this.#upwards[row * this.#rowWords + (column >>> 5)];
    return ((word >>> (column & 31)) & 1) !== 0;
  }

  /** Turns row i of lengths into row i + 1. */
  #fillRow(row: Uint32Array, i: number): void {
    const b = this.#b;
    const byte = this.#a[this.#aStart + i];
    const start = this.#bStart - 1;
    const columns = this.#bLength;
    let diagonal = 0;
    let left = 0;
    for (let j = 1; j <= columns; j++) {
      const up = row[j];
      if (b[start + j] === byte) left = diagonal + 1;
      else if (up > left) left = up;
      row[j] = left;
      diagonal = up;
    }
  }

  /** The same, and keeps which way was better. */
  #fillRowAndBits(row: Uint32Array, i: number): void {
    const b = this.#b;
    const byte = this.#a[this.#aStart + i];
    const start = this.#bStart - 1;
    const columns = this.#bLength;
    const upwards = this.#upwards;
    const words = i * this.#rowWords;
    let bits = 0;
    let diagonal = 0;
    let left = 0;
    for (let j = 1; j <= columns; j++) {
      const up = row[j];
      if ((j & 31) === 0) {
        upwards[words + (j >>> 5) - 1] = bits;
        bits = 0;
      }
      if (b[start + j] === byte) left = diagonal + 1;
      else if (up > left) {
        left = up;
        bits |= 1 << (j & 31);
      }
      row[j] = left;
      diagonal = up;
    }
    upwards[words + (columns >>> 5)] = bits;
  }
}
