/**
 * Reading floating-point arguments (scores, coordinates, timeouts): C's strtod under Redis's
 * conditions. Refused are empty text, leading white space, anything behind the number, NaN,
 * magnitudes that overflow, and those that round to zero without being zero. Accepted besides
 * decimals are `inf` and `infinity` in any case, and hexadecimal floats.
 *
 * Integers, and decimals below 2^53 without their point, which is nearly all there are, take at
 * most one exact multiplication or division (Clinger's fast path) and allocate nothing. The others go
 * through the engine's own correctly rounded conversion.
 */

import { HEXADECIMAL, INFINITE, isExact, scanFloat, significantDigits } from './float-syntax.ts';
import type { FloatText } from './float-syntax.ts';
import { parseInteger } from './integer.ts';
import { roundToBits } from './rounding.ts';

/** The powers of ten that a double holds exactly. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const DOUBLE_BITS = 53;
const LOWEST_EXPONENT = -1074;
/** No boundary between two doubles has more significant decimal digits than this. */
const DECIMAL_LIMIT = 800;
/** Room for 53 bits and then some; what lies behind is only "more than nothing". */
const HEX_LIMIT = 32;

/** The value of a floating-point argument, or undefined when Redis refuses it. */
export function parseDouble(bytes: Uint8Array, start: number, end: number): number | undefined {
  const integer = parseInteger(bytes, start, end);
  if (!Number.isNaN(integer)) return integer;
  const text = scanFloat(bytes, start, end);
  if (text === undefined) return undefined;
  let magnitude = Infinity;
  if (text.kind !== INFINITE) {
    magnitude = text.kind === HEXADECIMAL ? hexMagnitude(bytes, text) : magnitudeOf(bytes, text);
    if (magnitude === Infinity || (magnitude === 0 && text.digits > 0)) return undefined;
  }
  return text.negative ? -magnitude : magnitude;
}

function magnitudeOf(bytes: Uint8Array, text: Readonly<FloatText>): number {
  const { significand, exponent } = text;
  if (isExact(text)) {
    if (exponent >= 0 && exponent <= 22) return significand * EXACT_POWERS[exponent]!;
    if (exponent < 0 && exponent >= -22) return significand / EXACT_POWERS[-exponent]!;
  }
  const digits = significantDigits(bytes, text, DECIMAL_LIMIT);
  return digits.text === '' ? 0 : Number(`${digits.text}e${exponent + digits.dropped}`);
}

function hexMagnitude(bytes: Uint8Array, text: Readonly<FloatText>): number {
  const digits = significantDigits(bytes, text, HEX_LIMIT);
  if (digits.text === '') return 0;
  const exponent = text.exponent + 4 * digits.dropped;
  // Far outside the range of doubles: no need to shift by millions of bits.
  if (exponent > 1024) return Infinity;
  if (exponent < LOWEST_EXPONENT - 4 * (HEX_LIMIT + 1)) return 0;
  const exact = BigInt(`0x${digits.text}`);
  const rounded = roundToBits(exact, exponent, DOUBLE_BITS, LOWEST_EXPONENT);
  return scaleByPowerOfTwo(Number(rounded.mantissa), rounded.exponent);
}

/** value * 2^exponent, in two steps because 2^exponent alone may overflow or vanish. */
function scaleByPowerOfTwo(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}
