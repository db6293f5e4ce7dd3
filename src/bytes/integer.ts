/**
 * Decimal text of 64-bit integers, both ways.
 *
 * Redis reads an integer argument only in its canonical form: `0`, or an optional minus sign and a
 * digit 1-9 followed by digits, within the range of a signed 64-bit integer. No plus sign, no
 * leading zeros, no spaces, no `-0`. One text for each value is also what lets a string be stored
 * as an integer and come back byte for byte.
 *
 * Numbers carry integers up to 2^53 - 1 exactly; beyond that the functions named `BigInteger` and
 * `Int64` take over. The usual order is: `parseInteger`, and when it says NaN, `parseInt64`.
 */

const MINUS = 0x2d;
const PLUS = 0x2b;
const ZERO = 0x30;

/** The digits of 2^63, which no magnitude may exceed (and only a negative one may reach). */
const INT64_LIMIT = Uint8Array.from('9223372036854775808', (digit) => digit.charCodeAt(0));
const UINT64_MAX = (1n << 64n) - 1n;

/**
 * The value of a canonical integer within ±(2^53 - 1). NaN for anything else, which includes
 * integers too large for a number: `parseInt64` tells those apart. Allocates nothing.
 */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = bytes[at] === MINUS && at < end;
  if (negative) at++;
  const digits = end - at;
  if (digits < 1 || digits > 16) return NaN;
  const first = bytes[at]! - ZERO;
  if (first < 1 || first > 9) return first === 0 && digits === 1 && !negative ? 0 : NaN;
  // Nine digits fit an int32; the rest, seven at most, is added as a double.
  const headEnd = digits > 9 ? at + 9 : end;
  let head = first;
  for (at++; at < headEnd; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    head = (head * 10 + digit) | 0;
  }
  let value = head;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  if (value > Number.MAX_SAFE_INTEGER) return NaN;
  return negative ? -value : value;
}

/**
 * True when the bytes are the canonical text of a signed 64-bit integer. Most strings that are
 * not are refused by their length or first byte. Allocates nothing.
 */
export function isCanonicalInt64(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 20 || start >= end) return false;
  const negative = bytes[start] === MINUS;
  const from = negative ? start + 1 : start;
  const first = bytes[from]! - ZERO;
  if (from >= end) return false;
  if (first < 1 || first > 9) return first === 0 && end - start === 1;
  for (let at = from + 1; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return false;
  }
  if (end - from < 19) return true;
  return end - from === 19 && isBelowLimit(bytes, from, negative);
}

/** Compares nineteen digits with 2^63: below it, or equal to it for a negative number. */
function isBelowLimit(bytes: Uint8Array, from: number, negative: boolean): boolean {
  for (let i = 0; i < 19; i++) {
    const difference = bytes[from + i]! - INT64_LIMIT[i]!;
    if (difference !== 0) return difference < 0;
  }
  return negative;
}

/** The exact value of a canonical signed 64-bit integer, or undefined when it is none. */
export function parseInt64(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  if (!isCanonicalInt64(bytes, start, end)) return undefined;
  const negative = bytes[start] === MINUS;
  const magnitude = decimalDigits(bytes, negative ? start + 1 : start, end);
  return negative ? -magnitude : magnitude;
}

/** The value of at most 24 decimal digits. */
function decimalDigits(bytes: Uint8Array, start: number, end: number): bigint {
  let high = 0;
  let low = 0;
  const middle = Math.max(start, end - 12);
  for (let at = start; at < middle; at++) high = high * 10 + bytes[at]! - ZERO;
  for (let at = middle; at < end; at++) low = low * 10 + bytes[at]! - ZERO;
  return BigInt(high) * 1_000_000_000_000n + BigInt(low);
}

/**
 * Half of a stream ID: an unsigned 64-bit integer, or undefined. A canonical signed integer must
 * not be negative; any other text goes by the rules of C's strtoull, as the real server lets it
 * (so `007`, `+7` and ` 7` are 7, and `-07` is 2^64 - 7). Try `parseInteger` first: it covers
 * nearly all IDs and allocates nothing.
 */
export function parseUnsigned64(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const canonical = parseInt64(bytes, start, end);
  if (canonical !== undefined) return canonical < 0n ? undefined : canonical;
  let at = start;
  while (at < end && isSpace(bytes[at]!)) at++;
  return wrappedUnsigned(bytes, at, end);
}

/**
 * A SCAN cursor by the rules of C's strtoul, or undefined: leading zeros and signs are accepted,
 * a minus sign negates modulo 2^64, and no text at all is 0.
 */
export function parseCursor(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  return start === end ? 0n : wrappedUnsigned(bytes, start, end);
}

/** An optional sign and decimal digits of magnitude below 2^64, taken modulo 2^64. */
function wrappedUnsigned(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  if (start >= end) return undefined;
  const sign = bytes[start];
  let at = sign === MINUS || sign === PLUS ? start + 1 : start;
  if (at === end) return undefined;
  for (let i = at; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return undefined;
  }
  while (at < end && bytes[at] === ZERO) at++;
  if (end - at > 20) return undefined;
  const magnitude = decimalDigits(bytes, at, end);
  if (magnitude > UINT64_MAX) return undefined;
  return sign === MINUS ? BigInt.asUintN(64, -magnitude) : magnitude;
}

/** White space as C's isspace sees it in the "C" locale. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** How many bytes `writeInteger` writes for a safe integer, the sign included: 1 to 17. */
export function decimalLength(value: number): number {
  if (value < 0) return decimalLength(-value) + 1;
  if (value < 1e5) {
    if (value < 100) return value < 10 ? 1 : 2;
    return value < 1000 ? 3 : value < 1e4 ? 4 : 5;
  }
  if (value < 1e10) {
    if (value < 1e7) return value < 1e6 ? 6 : 7;
    return value < 1e8 ? 8 : value < 1e9 ? 9 : 10;
  }
  if (value < 1e13) return value < 1e11 ? 11 : value < 1e12 ? 12 : 13;
  return value < 1e14 ? 14 : value < 1e15 ? 15 : 16;
}

/**
 * Writes the decimal text of a safe integer at `target[at]` and returns the position after it.
 * The caller has made sure of the room (17 bytes always suffice). Allocates nothing.
 */
export function writeInteger(target: Uint8Array, at: number, value: number): number {
  let from = at;
  let magnitude = value;
  if (magnitude < 0) {
    target[from++] = MINUS;
    magnitude = -magnitude;
  }
  if (magnitude < 10) {
    target[from] = ZERO + magnitude;
    return from + 1;
  }
  const end = from + decimalLength(magnitude);
  if (magnitude < 1e9) {
    writeDigits(target, from, end, magnitude | 0);
    return end;
  }
  const high = Math.floor(magnitude / 1e9);
  writeDigits(target, from, end - 9, high);
  writeDigits(target, end - 9, end, magnitude - high * 1e9);
  return end;
}

/** The digits of 00 to 99. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, index) =>
  index % 2 === 0 ? ZERO + Math.floor(index / 20) : ZERO + ((index >> 1) % 10),
);

/** Fills `target[start, end)` with the last digits of an int32, zeros in front; two a division. */
function writeDigits(target: Uint8Array, start: number, end: number, value: number): void {
  let rest = value | 0;
  let at = end - 2;
  for (; at >= start; at -= 2) {
    const quotient = (rest / 100) | 0;
    const pair = (rest - Math.imul(quotient, 100)) << 1;
    target[at] = PAIRS[pair]!;
    target[at + 1] = PAIRS[pair + 1]!;
    rest = quotient;
  }
  if (at + 1 === start) target[start] = PAIRS[((rest % 10) << 1) + 1]!;
}

/** `writeInteger` for values of any size; allocates when they are beyond ±(2^53 - 1). */
export function writeBigInteger(target: Uint8Array, at: number, value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return writeInteger(target, at, number);
  const text = value.toString();
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
}
