/**
 * Integers of 1 to 64 bits at any bit of a string, the highest bit first, and what becomes of one that
 * is set or incremented beyond its range.
 *
 * Fields of up to SMALL_BITS bits and small operands are computed as numbers, exact because nothing
 * exceeds 2^53; all others as bigints.
 */

export const OVERFLOW_WRAP = 0;
export const OVERFLOW_SATURATE = 1;
export const OVERFLOW_FAIL = 2;
export type OverflowMode = 0 | 1 | 2;

/** The widest field that is computed as a number. */
export const SMALL_BITS = 48;
/** Operands up to this size, added to a field of SMALL_BITS, stay below 2^53. */
const SMALL_OPERAND = 2 ** 52;

/** The type of a field; unsigned ones have 63 bits at most. */
export interface FieldType {
  readonly signed: boolean;
  /** 1 to 64. */
  readonly bits: number;
}

/** Unsigned bits [offset, offset + bits) of the bytes; those beyond `length` are zero. bits <= 48. */
function readBits(
  bytes: Uint8Array,
  start: number,
  length: number,
  offset: number,
  bits: number,
): number {
  let value = 0;
  let at = offset;
  for (let left = bits; left > 0;) {
    const index = Math.floor(at / 8);
    const within = at & 7;
    const taken = Math.min(8 - within, left);
    const byte = index < length ? bytes[start + index] : 0;
    value = value * (1 << taken) + ((byte >>> (8 - within - taken)) & ((1 << taken) - 1));
    at += taken;
    left -= taken;
  }
  return value;
}

/** Writes the low `bits` bits (<= 48) of a non-negative integer; all must lie inside the bytes. */
function writeBits(
  bytes: Uint8Array,
  start: number,
  offset: number,
  bits: number,
  value: number,
): void {
  let at = offset + bits;
  let rest = value;
  for (let left = bits; left > 0;) {
    // From the last bit to the first: the part of the field in the byte before `at`.
    const within = ((at - 1) & 7) + 1;
    const taken = Math.min(within, left);
    const index = start + Math.floor((at - 1) / 8);
    const size = 1 << taken;
    const shift = 8 - within;
    const mask = (size - 1) << shift;
    bytes[index] = (bytes[index] & ~mask) | ((rest % size) << shift);
    rest = Math.floor(rest / size);
    at -= taken;
    left -= taken;
  }
}

/** The field as a number; its type has SMALL_BITS bits at most. */
export function readSmallField(
  bytes: Uint8Array,
  start: number,
  length: number,
  offset: number,
  type: FieldType,
): number {
  const value = readBits(bytes, start, length, offset, type.bits);
  const range = 2 ** type.bits;
  return type.signed && value >= range / 2 ? value - range : value;
}

/** The field as a bigint, whatever its type. */
export function readField(
  bytes: Uint8Array,
  start: number,
  length: number,
  offset: number,
  type: FieldType,
): bigint {
  const lowBits = Math.min(32, type.bits);
  const highBits = type.bits - lowBits;
  const high = BigInt(readBits(bytes, start, length, offset, highBits));
  const low = BigInt(readBits(bytes, start, length, offset + highBits, lowBits));
  const value = (high << 32n) | low;
  return type.signed ? BigInt.asIntN(type.bits, value) : value;
}

/** Writes a field from a number in the range of its type, which has SMALL_BITS bits at most. */
export function writeSmallField(
  bytes: Uint8Array,
  start: number,
  offset: number,
  type: FieldType,
  value: number,
): void {
  writeBits(bytes, start, offset, type.bits, value < 0 ? value + 2 ** type.bits : value);
}

/** Writes a field of any type. */
export function writeField(
  bytes: Uint8Array,
  start: number,
  offset: number,
  type: FieldType,
  value: bigint,
): void {
  const lowBits = Math.min(32, type.bits);
  const highBits = type.bits - lowBits;
  writeBits(bytes, start, offset, highBits, Number(BigInt.asUintN(highBits, value >> 32n)));
  writeBits(bytes, start, offset + highBits, lowBits, Number(BigInt.asUintN(lowBits, value)));
}

/** Whether `fitSmall` may be used; never for NaN. */
export function isSmall(type: FieldType, operand: number): boolean {
  return type.bits <= SMALL_BITS && operand >= -SMALL_OPERAND && operand <= SMALL_OPERAND;
}

/**
 * What a field becomes that is set to `operand`, or (`isIncrement`) incremented by it from `old`;
 * undefined when that is out of range and must fail. Only for `isSmall` operands.
 */
export function fitSmall(
  type: FieldType,
  old: number,
  operand: number,
  isIncrement: boolean,
  mode: OverflowMode,
): number | undefined {
  const range = 2 ** type.bits;
  const least = type.signed ? -range / 2 : 0;
  const most = least + range - 1;
  const value = isIncrement ? old + operand : operand;
  if (value >= least && value <= most) return value;
  if (mode === OVERFLOW_FAIL) return undefined;
  if (mode === OVERFLOW_SATURATE) {
    // A negative number that an unsigned field is set to stands for a very large one.
    const isAbove = value > most || (!type.signed && !isIncrement);
    return isAbove ? most : least;
  }
  const wrapped = ((value % range) + range) % range;
  return type.signed && wrapped > most ? wrapped - range : wrapped;
}

/** `fitSmall` for every type and every 64-bit operand. */
export function fitField(
  type: FieldType,
  old: bigint,
  operand: bigint,
  isIncrement: boolean,
  mode: OverflowMode,
): bigint | undefined {
  const range = 1n << BigInt(type.bits);
  const least = type.signed ? -range / 2n : 0n;
  const most = least + range - 1n;
  let value = isIncrement ? old + operand : operand;
  if (!type.signed && !isIncrement) value = BigInt.asUintN(64, value);
  if (value >= least && value <= most) return value;
  if (mode === OVERFLOW_FAIL) return undefined;
  if (mode === OVERFLOW_WRAP)
    return type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
  return value > most || isFarBelow(type, most, value, isIncrement) ? most : least;
}

/**
 * Whether a number that a field is set to lies so far below that its distance from the largest value
 * exceeds 64 bits: redis-server takes that for too large, and clients may rely on it.
 */
function isFarBelow(type: FieldType, most: bigint, value: bigint, isIncrement: boolean): boolean {
  return type.bits < 64 && !isIncrement && BigInt.asIntN(64, most - value) !== most - value;
}
