/**
 * Keys drawn by Zipf's law: the k-th most frequent of `count` keys with a chance in proportion to
 * 1 / k^exponent. The same seed gives the same trace.
 */
import { randomUnit, SeededRandom } from '../../src/env/random.ts';

export class ZipfTrace {
  readonly #cumulative: Float64Array;
  readonly #names: Int32Array;
  readonly #random: SeededRandom;

  constructor(count: number, exponent: number, seed: number) {
    this.#random = new SeededRandom(seed);
    this.#cumulative = new Float64Array(count);
    let sum = 0;
    for (let rank = 0; rank < count; rank++) {
      sum += 1 / (rank + 1) ** exponent;
      this.#cumulative[rank] = sum;
    }
    // Names in no relation to ranks, so that nothing depends on their order.
    this.#names = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const other = Math.floor(randomUnit(this.#random) * (i + 1));
      [this.#names[i], this.#names[other]] = [this.#names[other]!, this.#names[i]!];
    }
  }

  /** The number of the next key, below `count`. O(log count). */
  next(): number {
    const cumulative = this.#cumulative;
    const wanted = randomUnit(this.#random) * cumulative.at(-1)!;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return this.#names[low]!;
  }
}
