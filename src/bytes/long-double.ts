/**
 * The arithmetic of INCRBYFLOAT and HINCRBYFLOAT. The real server computes them in x86's 80-bit
 * "long double" (a mantissa of 64 bits) and prints 17 decimals, trailing zeros removed; clients
 * see its rounding (100.1 + 0.1 is 100.2, which doubles would not give), so it is done here
 * exactly: BigInt arithmetic rounded to 64 bits, half to even, at the same three places - reading
 * either operand, adding, printing.
 *
 * Small operands can skip all that, see `addSmallDecimals`.
 */

import { DECIMAL, INFINITE, isExact, scanFloat, significantDigits } from './float-syntax.ts';
import { bitLength, roundToBits, shiftRightToEven } from './rounding.ts';
import type { BinaryFloat } from './rounding.ts';

/**
 * A long double: mantissa (signed) * 2^exponent. Infinities have the exponent Infinity. Zero has
 * no sign, since nothing here shows one.
 */
export type LongDouble = BinaryFloat;

const MANTISSA_BITS = 64;
const LOWEST_EXPONENT = -16445;
/** The first power of two that is too large. */
const OVERFLOW_BITS = 16384;
/** Text this long or longer is refused, whatever it says. */
const TEXT_LIMIT = 5120;
const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };
const DECIMALS = 17;
const DECIMAL_UNIT = 10n ** BigInt(DECIMALS);

/**
 * The value of a floating-point argument as a long double, or undefined when Redis refuses it:
 * the rules of `parseDouble` with the range of long doubles, for less than 5120 bytes.
 */
export function parseLongDouble(
  bytes: Uint8Array,
  start: number,
  end: number,
): LongDouble | undefined {
  const text = end - start < TEXT_LIMIT ? scanFloat(bytes, start, end) : undefined;
  if (text === undefined) return undefined;
  const sign = text.negative ? -1n : 1n;
  if (text.kind === INFINITE) return { mantissa: sign, exponent: Infinity };
  if (text.digits === 0) return ZERO;
  const { kind, exponent } = text;
  const digits = significantDigits(bytes, text, TEXT_LIMIT).text;
  // Values far outside the range are refused before large powers are computed.
  const magnitude =
    kind === DECIMAL ? exponent + digits.length : (exponent + 4 * digits.length) / 4;
  if (magnitude > 5000 || magnitude < -5000) return undefined;
  const rounded =
    kind === DECIMAL
      ? fromDecimal(BigInt(digits), exponent)
      : roundToBits(BigInt(`0x${digits}`), exponent, MANTISSA_BITS, LOWEST_EXPONENT);
  if (rounded.mantissa === 0n || overflows(rounded)) return undefined;
  return { mantissa: sign * rounded.mantissa, exponent: rounded.exponent };
}

/** digits * 10^exponent as a long double; digits positive. */
function fromDecimal(digits: bigint, exponent: number): LongDouble {
  if (exponent >= 0) {
    return roundToBits(digits * 10n ** BigInt(exponent), 0, MANTISSA_BITS, LOWEST_EXPONENT);
  }
  // A quotient of at least 66 bits, with one more that says whether anything was left over.
  const divisor = 10n ** BigInt(-exponent);
  const shift = Math.max(0, MANTISSA_BITS + 2 + bitLength(divisor) - bitLength(digits));
  const scaled = digits << BigInt(shift);
  const quotient = scaled / divisor;
  const sticky = quotient * divisor === scaled ? 0n : 1n;
  return roundToBits((quotient << 1n) | sticky, -shift - 1, MANTISSA_BITS, LOWEST_EXPONENT);
}

function overflows(value: LongDouble): boolean {
  return bitLength(value.mantissa) + value.exponent > OVERFLOW_BITS;
}

/** The sum as long doubles add, or undefined when it is infinite or not a number. */
export function addLongDouble(a: LongDouble, b: LongDouble): LongDouble | undefined {
  if (a.exponent === Infinity || b.exponent === Infinity) return undefined;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum =
    (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  if (sum === 0n) return ZERO;
  const magnitude = sum < 0n ? -sum : sum;
  const rounded = roundToBits(magnitude, exponent, MANTISSA_BITS, LOWEST_EXPONENT);
  if (overflows(rounded)) return undefined;
  return sum < 0n ? { mantissa: -rounded.mantissa, exponent: rounded.exponent } : rounded;
}

/** The powers of ten up to MAX_SCALE, exact. */
const POWERS = Float64Array.from({ length: 15 }, (_, i) => 10 ** i);
const MAX_SCALE = POWERS.length - 1;
/** See `addSmallDecimals`: a little less than 0.5e-17 * 2^64. */
const SMALL_TOTAL = 92;

/** One scanned operand of `addSmallDecimals`: value = significand / 10^scale. */
const operand = { significand: 0, scale: 0 };

/**
 * The formatted sum of two decimals by number arithmetic, ten times as fast as the exact way and
 * equal to it; undefined when they are no decimals, or not small enough to tell.
 *
 * Integers (below 2^53) are exact either way. Otherwise reading a, reading b and adding err by no
 * more than a 2^-64th of |a|, |b| and |a + b|. When that makes less than half of the 17th decimal,
 * rounding to 17 decimals undoes it, and what is printed is the exact sum.
 */
export function addSmallDecimals(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): string | undefined {
  if (!scanOperand(a, aStart, aEnd)) return undefined;
  const { significand, scale } = operand;
  if (!scanOperand(b, bStart, bEnd)) return undefined;
  const decimals = Math.max(scale, operand.scale);
  const left = significand * POWERS[decimals - scale]!;
  const right = operand.significand * POWERS[decimals - operand.scale]!;
  const sum = left + right;
  const total = Math.abs(left) + Math.abs(right) + Math.abs(sum);
  if (total >= (decimals === 0 ? 2 ** 53 : SMALL_TOTAL * POWERS[decimals]!)) return undefined;
  const text = decimals === 0 ? `${Math.abs(sum)}` : trimFraction(`${Math.abs(sum)}`, decimals);
  return sum < 0 ? `-${text}` : text;
}

function scanOperand(bytes: Uint8Array, start: number, end: number): boolean {
  const text = scanFloat(bytes, start, end);
  if (text?.kind !== DECIMAL || !isExact(text)) return false;
  if (text.exponent > 0 || text.exponent < -MAX_SCALE) return false;
  operand.significand = text.negative ? -text.significand : text.significand;
  operand.scale = -text.exponent;
  return true;
}

/** C's `%.17Lf` without trailing zeros, and without a point when nothing follows it. */
export function formatLongDouble(value: LongDouble): string {
  const negative = value.mantissa < 0n;
  if (value.exponent === Infinity) return negative ? '-inf' : 'inf';
  const magnitude = negative ? -value.mantissa : value.mantissa;
  if (value.exponent >= 0) return `${value.mantissa << BigInt(value.exponent)}`;
  const scaled = shiftRightToEven(magnitude * DECIMAL_UNIT, -value.exponent);
  const text = trimFraction(scaled.toString(), DECIMALS);
  return negative && text !== '0' ? `-${text}` : text;
}

/** An integer's digits with the point moved left by `decimals`, and no trailing zeros. */
function trimFraction(digits: string, decimals: number): string {
  const padded = digits.padStart(decimals + 1, '0');
  let end = padded.length;
  const point = end - decimals;
  while (end > point && padded.charCodeAt(end - 1) === 0x30) end--;
  const whole = padded.slice(0, point);
  return end === point ? whole : `${whole}.${padded.slice(point, end)}`;
}
