/**
 * The estimate of a HyperLogLog from how many registers hold each rank: the improved raw estimator of
 * Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6.
 * The operations and their order decide the last digit, so they are those of the paper.
 */

/** Number of registers: 14 bits of the hash choose one. */
export const REGISTERS = 16_384;
/** Ranks go from 1 to this; it stands for 50 remaining bits of the hash being zero. */
export const HIGHEST_RANK = 51;
/** Ranks have six bits where they are stored. */
export const RANKS = 64;

/** 1 / (2 ln 2) */
const ALPHA = 0.7213475204444817;

/** x + x^2 + 2 x^4 + 4 x^8 + …, until a term changes nothing. */
function sigma(fraction: number): number {
  if (fraction === 1) return Infinity;
  let x = fraction;
  let weight = 1;
  let sum = x;
  for (let before = NaN; before !== sum; weight += weight) {
    x *= x;
    before = sum;
    sum += x * weight;
  }
  return sum;
}

/** (1 - x - (1 - x^(1/2))^2 / 2 - (1 - x^(1/4))^2 / 4 - …) / 3 */
function tau(fraction: number): number {
  if (fraction === 0 || fraction === 1) return 0;
  let x = fraction;
  let weight = 1;
  let sum = 1 - x;
  for (let before = NaN; before !== sum;) {
    x = Math.sqrt(x);
    before = sum;
    weight *= 0.5;
    sum -= (1 - x) * (1 - x) * weight;
  }
  return sum / 3;
}

/**
 * The estimated number of distinct elements, an integer; Infinity when all registers are full.
 * `histogram[rank]` is the number of registers of that rank.
 */
export function estimate(histogram: Int32Array): number {
  let sum = REGISTERS * tau((REGISTERS - histogram[HIGHEST_RANK]) / REGISTERS);
  for (let rank = HIGHEST_RANK - 1; rank >= 1; rank--) sum = (sum + histogram[rank]) * 0.5;
  sum += REGISTERS * sigma(histogram[0] / REGISTERS);
  return Math.round((ALPHA * REGISTERS * REGISTERS) / sum);
}
