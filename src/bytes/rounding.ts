/** Rounding of exact binary fractions to a mantissa of limited width, by BigInt arithmetic. */

/** The value mantissa * 2^exponent. */
export interface BinaryFloat {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** How many bits a non-negative integer has; 0 for 0. */
export function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return value === 0n ? 0 : (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0]!, 16)));
}

/**
 * Rounds mantissa * 2^exponent (mantissa not negative) to at most `bits` bits, half to even, with
 * no exponent below `lowestExponent` (where precision runs out gradually, as IEEE 754 has it).
 */
export function roundToBits(
  mantissa: bigint,
  exponent: number,
  bits: number,
  lowestExponent: number,
): BinaryFloat {
  const excess = Math.max(bitLength(mantissa) - bits, lowestExponent - exponent);
  if (excess <= 0) return { mantissa, exponent };
  return { mantissa: shiftRightToEven(mantissa, excess), exponent: exponent + excess };
}

/** value / 2^bits, rounded half to even. The value is not negative. */
export function shiftRightToEven(value: bigint, bits: number): bigint {
  if (bits > bitLength(value)) return 0n;
  const shift = BigInt(bits);
  const quotient = value >> shift;
  const twice = (value - (quotient << shift)) << 1n;
  const unit = 1n << shift;
  return twice > unit || (twice === unit && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}
