/** Expiry arguments of SET, GETEX, SETEX, EXPIRE and their like. */
import { parseInteger } from '../bytes/integer.ts';
import type { CommandContext } from '../command/context.ts';
import { invalidExpireTime, NOT_AN_INTEGER } from '../resp/errors.ts';

/** Milliseconds in the unit of an expiry argument. */
export const UNIT_SECONDS = 1000;
export const UNIT_MILLISECONDS = 1;

/** How an expiry argument is meant. */
export interface ExpiryForm {
  readonly expiryUnit: number;
  /** A point in time rather than a duration from now. */
  readonly expiryIsAbsolute: boolean;
}

/** Below this, no unit leads beyond 2^53. */
const MOST_PLAIN = 1e12;
const MOST = 2n ** 63n - 1n;

/**
 * The point in time that argument `index` means, in milliseconds since the epoch: a number up to 2^53,
 * a bigint beyond. Notes an error when it is no integer, does not fit 64 bits, or, unless
 * `allowPast`, when the argument is not positive.
 */
export function readExpiry(
  context: CommandContext,
  index: number,
  form: ExpiryForm,
  allowPast = false,
): number | bigint {
  const { args, keyspace, command } = context;
  const plain = parseInteger(args.bytes, args.start(index), args.end(index));
  if (plain > 0 && plain < MOST_PLAIN)
    return plain * form.expiryUnit + (form.expiryIsAbsolute ? 0 : keyspace.now);
  const value = args.int64(index, NOT_AN_INTEGER);
  if (args.failure !== undefined) return 0;
  const unit = BigInt(form.expiryUnit);
  const base = form.expiryIsAbsolute ? 0n : BigInt(keyspace.now);
  const time = value * unit + base;
  const fits = value * unit <= MOST && value * unit >= -MOST - 1n && time <= MOST;
  if (!fits || (value <= 0n && !allowPast)) args.fail(invalidExpireTime(command.name));
  return time >= -MAX_SAFE && time <= MAX_SAFE ? Number(time) : time;
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
