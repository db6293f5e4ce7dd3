/**
 * Sine, cosine and arc sine, rounded correctly but for about one argument in ten thousand. The
 * engine's own functions are off by a unit in the last place far more often, and distances are
 * stored with all their digits (GEOSEARCHSTORE … STOREDIST).
 *
 * Method: sin and cos of the multiples of 1/64 are kept in twice the precision of a double, as
 * head and tail. An argument is the nearest multiple plus a rest of at most 1/128, which is exact;
 * the addition theorem needs only the leading product in full (Dekker's), the other terms being
 * small enough for plain doubles. The arc sine takes one step of Newton's method on that sine.
 * All O(1), nothing is allocated.
 */
const STEPS_PER_UNIT = 64;
/** Multiples up to 3.25: arguments reach from -pi to pi. */
const TABLE_SIZE = 209;
/** Splits a double in two halves of 26 bits (Veltkamp). */
const SPLITTER = 2 ** 27 + 1;
/** Bits behind the point while the table is made. */
const TABLE_BITS = 160n;

const sineHead = new Float64Array(TABLE_SIZE);
const sineTail = new Float64Array(TABLE_SIZE);
const cosineHead = new Float64Array(TABLE_SIZE);
const cosineTail = new Float64Array(TABLE_SIZE);

/** Result of the last `evaluate`. */
let head = 0;
let tail = 0;

fillTables();

/** The sine of an angle in radians, from -3.25 to 3.25. */
export function sine(angle: number): number {
  const magnitude = Math.abs(angle);
  evaluate(magnitude, sineHead, sineTail, cosineHead, 1);
  const value = head + tail;
  return angle < 0 ? -value : value;
}

/** The cosine of an angle in radians, from -3.25 to 3.25. */
export function cosine(angle: number): number {
  evaluate(Math.abs(angle), cosineHead, cosineTail, sineHead, -1);
  return head + tail;
}

/** The angle in radians whose sine is `value`; NaN outside of [-1, 1]. */
export function arcSine(value: number): number {
  const magnitude = Math.abs(value);
  const guess = Math.asin(magnitude);
  const slope = Math.cos(guess);
  // Where the sine is flat, the step would divide by next to nothing.
  if (!(slope > 1e-4)) return Math.asin(value);
  evaluate(guess, sineHead, sineTail, cosineHead, 1);
  const angle = guess + (magnitude - head - tail) / slope;
  return value < 0 ? -angle : angle;
}

/**
 * f(c + r) = f(c) + (f(c) (cos r - 1) ± g(c) sin r), f and g being sine and cosine or the other way
 * round; `sign` is that of g.
 */
function evaluate(
  magnitude: number,
  heads: Float64Array,
  tails: Float64Array,
  others: Float64Array,
  sign: 1 | -1,
): void {
  const index = Math.round(magnitude * STEPS_PER_UNIT);
  const rest = magnitude - index / STEPS_PER_UNIT;
  const square = rest * rest;
  // sin r - r, and cos r - 1.
  const sineRest = rest * square * (-1 / 6 + square * (1 / 120 - square * (1 / 5040)));
  const cosineRest = square * (-1 / 2 + square * (1 / 24 - square * (1 / 720)));
  const other = sign * others[index]!;
  const product = other * rest;
  const productError = exactError(other, rest, product);
  const first = heads[index]!;
  const sum = first + product;
  // Which of the two is larger is not known when the argument is near a zero of f.
  const moved = sum - first;
  const sumError = first - (sum - moved) + (product - moved);
  const otherTail = index === 0 ? 0 : sign * tailOf(others, index) * rest;
  const small =
    first * cosineRest + other * sineRest + (tails[index]! + productError + otherTail + sumError);
  head = sum + small;
  tail = small - (head - sum);
}

function tailOf(heads: Float64Array, index: number): number {
  return heads === sineHead ? sineTail[index]! : cosineTail[index]!;
}

/** a * b - product, exactly, `product` being the rounded a * b (Dekker). */
function exactError(a: number, b: number, product: number): number {
  const aScaled = a * SPLITTER;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * SPLITTER;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** Taylor's series in fixed-point numbers of 160 bits. */
function fillTables(): void {
  const one = 1n << TABLE_BITS;
  for (let i = 0; i < TABLE_SIZE; i++) {
    const angle = (BigInt(i) << TABLE_BITS) / BigInt(STEPS_PER_UNIT);
    let term = one;
    let sineSum = 0n;
    let cosineSum = 0n;
    for (let power = 0n; term !== 0n; power++) {
      const signed = power % 4n < 2n ? term : -term;
      if (power % 2n === 0n) cosineSum += signed;
      else sineSum += signed;
      term = ((term * angle) >> TABLE_BITS) / (power + 1n);
    }
    store(sineSum, i, sineHead, sineTail);
    store(cosineSum, i, cosineHead, cosineTail);
  }
}

function store(value: bigint, index: number, heads: Float64Array, tails: Float64Array): void {
  const scale = 2 ** -Number(TABLE_BITS);
  const rounded = Number(value);
  heads[index] = rounded * scale;
  tails[index] = Number(value - BigInt(rounded)) * scale;
}
