/** Timeouts of blocking commands. */
import { parseLongDouble } from '../bytes/long-double.ts';
import type { Arguments } from '../command/arguments.ts';
import { TIMEOUT_NEGATIVE, TIMEOUT_NOT_A_FLOAT, TIMEOUT_NOT_AN_INTEGER } from '../resp/errors.ts';

/** Larger values overflow in the real server, and are negative then. */
const OVERFLOW = 2 ** 63;

/**
 * A timeout in seconds with decimals, in milliseconds rounded up; 0: for ever. Notes an error when
 * it is no number, negative, or beyond 64 bits of milliseconds.
 */
export function readTimeoutSeconds(args: Arguments, index: number): number {
  const value = parseLongDouble(args.bytes, args.start(index), args.end(index));
  if (value === undefined) {
    args.fail(TIMEOUT_NOT_A_FLOAT);
    return 0;
  }
  const exact = Number(value.mantissa) * 1000 * 2 ** value.exponent;
  const milliseconds = Math.ceil(exact);
  if (milliseconds < 0 || milliseconds >= OVERFLOW) args.fail(TIMEOUT_NEGATIVE);
  if (milliseconds === 0 && value.mantissa > 0n) return 1;
  return Math.max(0, milliseconds);
}

/** A timeout in whole milliseconds; 0: for ever. */
export function readTimeoutMilliseconds(args: Arguments, index: number): number {
  const value = args.integer(index, TIMEOUT_NOT_AN_INTEGER);
  if (value < 0) args.fail(TIMEOUT_NEGATIVE);
  return value;
}
