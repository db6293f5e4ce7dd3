/**
 * The syntax of floating-point text, as C's strtod and strtold see it, for all of a byte range:
 * an optional sign and a decimal with optional fraction and exponent, or `0x` and a hexadecimal
 * one with an optional binary exponent (`p`), or `inf` or `infinity`. NaN is refused here, since
 * Redis refuses it everywhere. What the text is worth is for double.ts and long-double.ts.
 */

import { equalsIgnoreCase, toLowerCase } from './text.ts';

export const INFINITE = 0;
export const DECIMAL = 10;
export const HEXADECIMAL = 16;

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const LETTER_A = 0x61;
const LETTER_E = 0x65;
const LETTER_P = 0x70;
const LETTER_X = 0x78;

/** An exponent beyond this is as good as infinite: no mantissa in memory can outweigh it. */
const EXPONENT_LIMIT = 4e9;
/** `significand` is kept up to this many digits. */
const DIGITS_KEPT = 16;

/** What a scan found; the value is ±(mantissa digits as an integer) * base ^ exponent. */
export interface FloatText {
  /** INFINITE, or the base of the mantissa: DECIMAL or HEXADECIMAL. */
  kind: typeof INFINITE | typeof DECIMAL | typeof HEXADECIMAL;
  negative: boolean;
  /** Digits from the first that is not zero to the last: 0 for zero. */
  digits: number;
  /** The value of those digits, when `digits` says that there are few enough; see `isExact`. */
  significand: number;
  /** The power of ten, or of two in hexadecimal, that belongs to the last digit. */
  exponent: number;
  /** The range of the mantissa's digits, a point among them. */
  mantissaStart: number;
  mantissaEnd: number;
}

/** The one result, overwritten by every scan so that none allocates. */
const found: FloatText = {
  kind: DECIMAL,
  negative: false,
  digits: 0,
  significand: 0,
  exponent: 0,
  mantissaStart: 0,
  mantissaEnd: 0,
};

/**
 * Scans `bytes[start, end)`. Undefined when it is not a number from its first byte to its last;
 * otherwise a record that the next scan overwrites.
 */
export function scanFloat(
  bytes: Uint8Array,
  start: number,
  end: number,
): Readonly<FloatText> | undefined {
  let at = start;
  if (at >= end) return undefined;
  found.negative = bytes[at] === MINUS;
  if (bytes[at] === MINUS || bytes[at] === PLUS) at++;
  found.kind = DECIMAL;
  if (end - at > 2) {
    const second = toLowerCase(bytes[at + 1]!);
    if (bytes[at] === ZERO && second === LETTER_X) {
      found.kind = HEXADECIMAL;
      at += 2;
    } else if (
      equalsIgnoreCase(bytes, at, end, 'inf') ||
      equalsIgnoreCase(bytes, at, end, 'infinity')
    ) {
      found.kind = INFINITE;
      return found;
    }
  }
  at = scanMantissa(bytes, at, end, found.kind);
  if (at < 0) return undefined;
  return at === end || scanExponent(bytes, at, end, found.kind) ? found : undefined;
}

/** True when `significand` holds all of the digits, exactly. */
export function isExact(text: Readonly<FloatText>): boolean {
  return text.digits <= DIGITS_KEPT && text.significand <= Number.MAX_SAFE_INTEGER;
}

/** Reads digits and at most one point; returns where they end, or -1 when there is no digit. */
function scanMantissa(
  bytes: Uint8Array,
  start: number,
  end: number,
  base: typeof DECIMAL | typeof HEXADECIMAL,
): number {
  let point = -1;
  let digits = 0;
  let significand = 0;
  let at = start;
  for (; at < end; at++) {
    if (bytes[at] === POINT && point < 0) {
      point = at;
      continue;
    }
    const digit = digitValue(bytes[at]!);
    if (digit >= base) break;
    if (digit > 0 || digits > 0) digits++;
    if (digits <= DIGITS_KEPT) significand = significand * base + digit;
  }
  if (at - start === (point < 0 ? 0 : 1)) return -1;
  const fraction = point < 0 ? 0 : at - point - 1;
  found.digits = digits;
  found.significand = significand;
  found.exponent = base === DECIMAL ? -fraction : -4 * fraction;
  found.mantissaStart = start;
  found.mantissaEnd = at;
  return at;
}

/** Reads an exponent that must take up all of the range, and adds it. */
function scanExponent(
  bytes: Uint8Array,
  start: number,
  end: number,
  base: typeof DECIMAL | typeof HEXADECIMAL,
): boolean {
  if (toLowerCase(bytes[start]!) !== (base === DECIMAL ? LETTER_E : LETTER_P)) return false;
  let at = start + 1;
  if (at === end) return false;
  const negative = bytes[at] === MINUS;
  if (negative || bytes[at] === PLUS) at++;
  if (at === end) return false;
  let exponent = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    if (exponent < EXPONENT_LIMIT) exponent = exponent * 10 + digit;
  }
  found.exponent += negative ? -exponent : exponent;
  return true;
}

/** The value of a digit in base 16 or less; 255 for any other byte. */
function digitValue(byte: number): number {
  if (byte >= ZERO && byte <= ZERO + 9) return byte - ZERO;
  const letter = toLowerCase(byte) - LETTER_A;
  return letter >= 0 && letter < 6 ? letter + 10 : 255;
}

/** Significant digits as text, and how many digits behind them were left out. */
export interface Significant {
  text: string;
  dropped: number;
}

/**
 * The significant digits of a scanned mantissa, at most `limit`. When more follow and they are
 * not all zero, a 1 stands for all of them, so that the text still lies on the right side of every
 * rounding boundary of fewer digits.
 */
export function significantDigits(
  bytes: Uint8Array,
  text: Readonly<FloatText>,
  limit: number,
): Significant {
  let kept = '';
  let dropped = 0;
  let sticky = false;
  for (let at = text.mantissaStart; at < text.mantissaEnd; at++) {
    const byte = bytes[at]!;
    if (byte === POINT || (byte === ZERO && kept === '')) continue;
    if (kept.length < limit) {
      kept += String.fromCharCode(byte);
    } else {
      dropped++;
      sticky ||= byte !== ZERO;
    }
  }
  if (sticky) {
    kept += '1';
    dropped--;
  }
  return { text: kept, dropped };
}
