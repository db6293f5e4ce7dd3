/** Numbers kept in fields of a hash: HINCRBY, HINCRBYFLOAT. */
import { parseInt64, parseInteger, writeBigInteger, writeInteger } from '../../bytes/integer.ts';
import {
  addLongDouble,
  addSmallDecimals,
  formatLongDouble,
  type LongDouble,
  parseLongDouble,
} from '../../bytes/long-double.ts';
import { fromLatin1 } from '../../bytes/text.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_HASH } from '../../config/notify-classes.ts';
import {
  HASH_VALUE_NOT_A_FLOAT,
  HASH_VALUE_NOT_AN_INTEGER,
  INCREMENT_NOT_FINITE,
  INCREMENT_OVERFLOW,
  NOT_A_FLOAT,
} from '../../resp/errors.ts';
import { type Entry, TYPE_HASH } from '../../values/entry.ts';
import { putField } from './put-field.ts';

const NOT_FINITE = 'ERR value is NaN or Infinity';

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/** A sum as text; the longest integer has 20 characters. */
const text = new Uint8Array(24);
const ZERO_TEXT = fromLatin1('0');

/** Adds to the field when all three numbers are safe ones; false when they are not, or none at all. */
function addSmall(context: CommandContext, entry: Entry, isThere: boolean): boolean {
  const { args } = context;
  const { hashes } = context.values;
  let sum = parseInteger(args.bytes, args.start(3), args.end(3));
  if (isThere) {
    const { foundInteger: known } = hashes;
    sum +=
      known === known ? known : parseInteger(hashes.foundBytes, hashes.foundStart, hashes.foundEnd);
  }
  // NaN fails the comparison.
  if (!(sum >= -MAX_SAFE && sum <= MAX_SAFE)) return false;
  putField(context, entry, text, 0, writeInteger(text, 0, sum));
  context.modified(1, NOTIFY_HASH, 'hincrby');
  context.reply.integer(sum);
  return true;
}

/** Adds any 64-bit integers. */
function addExact(context: CommandContext, entry: Entry, isThere: boolean): void {
  const { reply } = context;
  const { hashes } = context.values;
  let sum: bigint | undefined = context.args.int64(3);
  if (isThere) {
    const value = parseInt64(hashes.foundBytes, hashes.foundStart, hashes.foundEnd);
    if (value === undefined) {
      reply.error(HASH_VALUE_NOT_AN_INTEGER);
      return;
    }
    sum += value;
  }
  if (sum < MIN_INT64 || sum > MAX_INT64) {
    reply.error(INCREMENT_OVERFLOW);
    return;
  }
  putField(context, entry, text, 0, writeBigInteger(text, 0, sum));
  context.modified(1, NOTIFY_HASH, 'hincrby');
  reply.bigInteger(sum);
}

/** The increment of HINCRBYFLOAT; undefined: error replied. */
function readIncrement(context: CommandContext): LongDouble | undefined {
  const { args, reply } = context;
  const increment = parseLongDouble(args.bytes, args.start(3), args.end(3));
  if (increment === undefined) reply.error(NOT_A_FLOAT);
  else if (increment.exponent === Infinity) reply.error(NOT_FINITE);
  else return increment;
  return undefined;
}

/** The sum of the field's number (0 when it is missing) and the increment; undefined: error replied. */
function floatSum(
  context: CommandContext,
  isThere: boolean,
  increment: LongDouble,
): string | undefined {
  const { args, reply } = context;
  const { hashes } = context.values;
  const bytes = isThere ? hashes.foundBytes : ZERO_TEXT;
  const start = isThere ? hashes.foundStart : 0;
  const end = isThere ? hashes.foundEnd : 1;
  const small = addSmallDecimals(bytes, start, end, args.bytes, args.start(3), args.end(3));
  if (small !== undefined) return small;
  const value = parseLongDouble(bytes, start, end);
  if (value === undefined) {
    reply.error(HASH_VALUE_NOT_A_FLOAT);
    return undefined;
  }
  const sum = addLongDouble(value, increment);
  if (sum !== undefined) return formatLongDouble(sum);
  reply.error(INCREMENT_NOT_FINITE);
  return undefined;
}

export const hincrby = command({
  name: 'HINCRBY',
  group: 'hash',
  since: '2.0.0',
  summary: 'Adds an integer to a field of a hash.',
  complexity: 'O(1)',
  arity: 4,
  flags: 'write denyoom fast',
  categories: 'hash',
  keys: 'RW access update 1',
  arguments: 'key@0 field:string increment:integer',
  handler: (context) => {
    const { args } = context;
    const { bytes } = args;
    args.integer(3);
    if (context.refused()) return;
    const entry = context.writable(1, TYPE_HASH);
    if (entry < 0) return;
    const isThere =
      entry !== 0 && context.values.hashes.get(entry, bytes, args.start(2), args.end(2));
    if (!addSmall(context, entry, isThere)) addExact(context, entry, isThere);
  },
});

export const hincrbyfloat = command({
  name: 'HINCRBYFLOAT',
  group: 'hash',
  since: '2.6.0',
  summary: 'Adds a floating-point number to a field of a hash.',
  complexity: 'O(1)',
  arity: 4,
  flags: 'write denyoom fast',
  categories: 'hash',
  keys: 'RW access update 1',
  arguments: 'key@0 field:string increment:double',
  handler: (context) => {
    const { args } = context;
    const increment = readIncrement(context);
    if (increment === undefined) return;
    const entry = context.writable(1, TYPE_HASH);
    if (entry < 0) return;
    const { hashes } = context.values;
    const isThere = entry !== 0 && hashes.get(entry, args.bytes, args.start(2), args.end(2));
    const sum = floatSum(context, isThere, increment);
    if (sum === undefined) return;
    const bytes = fromLatin1(sum);
    putField(context, entry, bytes, 0, bytes.length);
    context.modified(1, NOTIFY_HASH, 'hincrbyfloat');
    // Who repeats it must not depend on floating-point arithmetic being the same there.
    if (context.effects.active) context.propagate('HSET', args.copy(1), args.copy(2), bytes);
    context.reply.bulk(bytes, 0, bytes.length);
  },
});
