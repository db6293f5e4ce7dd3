/**
 * Doubles as text, digit for digit as C's printf gives it. JavaScript's own conversions are
 * correctly rounded but for one thing: a value exactly half way between two results goes to the
 * larger magnitude, where C takes the even digit (1 + 2^-17 has 18 digits and the 17-digit result
 * differs). Half way is rare and easily recognized: with n decimals kept, it means that the value
 * times 2^(n+1) is an integer and the value times 2^n is not.
 */

import { writeInteger } from './integer.ts';

const DIGIT_ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
/** See `writeBinaryFraction`. */
const BINARY_UNIT = 1024;
const BINARY_LIMIT = 1e6;
/** What JavaScript's toFixed and toExponential can do. */
const MAX_DECIMALS = 100;
/** From here on toFixed falls back to exponents; all such doubles are integers. */
const FIXED_LIMIT = 1e21;

/** C's `%.{decimals}f`; decimals from 0 to 100. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  if (Math.abs(value) >= FIXED_LIMIT) {
    const whole = BigInt(value).toString();
    return decimals === 0 ? whole : `${whole}.${'0'.repeat(decimals)}`;
  }
  const magnitude = Math.abs(value);
  const text = magnitude.toFixed(decimals);
  return signOf(value) + (isHalfWay(magnitude, decimals) ? toEven(text, text.length) : text);
}

/** C's `%.{decimals}e`; decimals from 0 to 100. The exponent has at least two digits. */
export function formatExponential(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  const { mantissa, exponent } = scientific(Math.abs(value), decimals);
  return signOf(value) + mantissa + exponentSuffix(exponent);
}

/** C's `%.{precision}g`; precision from 0 (which means 1) to 101. */
export function formatG(value: number, precision: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  const digits = precision === 0 ? 1 : precision;
  const { mantissa, exponent } = scientific(Math.abs(value), digits - 1);
  const sign = signOf(value);
  if (exponent < -4 || exponent >= digits) {
    return sign + trimZeros(mantissa) + exponentSuffix(exponent);
  }
  const significant = mantissa.length > 1 ? mantissa[0] + mantissa.slice(2) : mantissa;
  if (exponent < 0) return sign + trimZeros(`0.${'0'.repeat(-exponent - 1)}${significant}`);
  const whole = significant.slice(0, exponent + 1);
  const fraction = significant.slice(exponent + 1);
  return sign + (fraction === '' ? whole : trimZeros(`${whole}.${fraction}`));
}

/**
 * A double as Redis 7.0 replies it (`%.17g`, `inf`, `-inf`): scores, distances and the like, as
 * bulk strings in RESP2 and behind the comma in RESP3.
 */
export function formatDouble(value: number): string {
  const magnitude = Math.abs(value);
  if (!(magnitude >= 1e-4 && magnitude < 1e17)) return formatG(value, 17);
  const text = magnitude.toPrecision(17);
  // 17 digits and a point, so it has as many decimals as stand behind the point.
  const decimals = text.length - 1 - text.indexOf('.');
  const halfWay = decimals < text.length - 1 && isHalfWay(magnitude, decimals);
  return signOf(value) + trimZeros(halfWay ? toEven(text, text.length) : text);
}

/**
 * Writes `formatDouble(value)` at `target[at]` and returns the position after it; 24 bytes always
 * suffice. Integers within ±(2^53 - 1) and short binary fractions (x.5, x.25 ...) allocate nothing.
 */
export function writeDouble(target: Uint8Array, at: number, value: number): number {
  if (Number.isSafeInteger(value) && (value !== 0 || 1 / value > 0)) {
    return writeInteger(target, at, value);
  }
  const magnitude = Math.abs(value);
  if (value !== 0 && magnitude < BINARY_LIMIT && Number.isInteger(magnitude * BINARY_UNIT)) {
    return writeBinaryFraction(target, at, value);
  }
  const text = formatDouble(value);
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/**
 * Writes a multiple of 1/1024 below 10^6 that is not -0. It has at most 16 digits, so `%.17g` is
 * its exact value; the engine's own conversion is slowest on just these.
 */
function writeBinaryFraction(target: Uint8Array, at: number, value: number): number {
  let from = at;
  if (value < 0) target[from++] = MINUS;
  const magnitude = Math.abs(value);
  const whole = Math.floor(magnitude);
  // 1/1024 is 9765625 / 10^10. A one in front keeps the zeros behind the point in place.
  const decimals = 10 ** 10 + (magnitude - whole) * BINARY_UNIT * 9_765_625;
  const point = writeInteger(target, from, whole);
  let end = writeInteger(target, point, decimals);
  target[point] = POINT;
  while (target[end - 1] === DIGIT_ZERO) end--;
  return end;
}

/** C's `%.17f` without trailing zeros, as GEOPOS replies coordinates. */
export function formatHuman(value: number): string {
  const text = formatFixed(value, 17);
  const trimmed = Number.isFinite(value) ? trimZeros(text) : text;
  return trimmed === '-0' ? '0' : trimmed;
}

function nonFinite(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

/** The minus sign of a finite value, that of -0 included. */
function signOf(value: number): string {
  return value < 0 || Object.is(value, -0) ? '-' : '';
}

/** One digit, a point and `decimals` more if any, and the power of ten. */
function scientific(magnitude: number, decimals: number): { mantissa: string; exponent: number } {
  const text = magnitude.toExponential(Math.min(decimals, MAX_DECIMALS));
  const end = text.indexOf('e');
  const exponent = Number(text.slice(end + 1));
  const halfWay = isHalfWay(magnitude, decimals - exponent);
  return { mantissa: halfWay ? toEven(text, end) : text.slice(0, end), exponent };
}

/** True when the value lies exactly between two neighbours with so many decimals (or, below
 * zero, so many zeros before the point). */
function isHalfWay(magnitude: number, decimals: number): boolean {
  if (decimals >= 0) {
    const twice = magnitude * 2 ** (decimals + 1);
    return Number.isInteger(twice) && !Number.isInteger(twice / 2);
  }
  const half = 10n ** BigInt(-decimals) / 2n;
  const whole = Number.isInteger(magnitude) ? BigInt(magnitude) : 0n;
  return whole % half === 0n && (whole / half) % 2n === 1n;
}

/** The text up to `end`, whose last digit was rounded up from half way: made even. */
function toEven(text: string, end: number): string {
  const last = text.charCodeAt(end - 1);
  const kept = text.slice(0, end - 1);
  return kept + String.fromCharCode((last & 1) === 1 ? last - 1 : last);
}

function exponentSuffix(exponent: number): string {
  const magnitude = Math.abs(exponent);
  return `e${exponent < 0 ? '-' : '+'}${magnitude < 10 ? '0' : ''}${magnitude}`;
}

/** Drops the zeros at the end of a fraction, and the point when nothing is left behind it. */
function trimZeros(text: string): string {
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === DIGIT_ZERO) end--;
  if (text.charCodeAt(end - 1) === POINT) end--;
  return text.slice(0, end);
}
