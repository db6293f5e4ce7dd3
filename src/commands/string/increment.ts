/** Numbers kept as strings: INCR, INCRBY, DECR, DECRBY, INCRBYFLOAT. */
import { parseInteger, parseInt64, writeBigInteger, writeInteger } from '../../bytes/integer.ts';
import {
  addLongDouble,
  addSmallDecimals,
  formatLongDouble,
  parseLongDouble,
} from '../../bytes/long-double.ts';
import { fromLatin1 } from '../../bytes/text.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_STRING } from '../../config/notify-classes.ts';
import {
  DECREMENT_OVERFLOW,
  INCREMENT_NOT_FINITE,
  INCREMENT_OVERFLOW,
  NOT_A_FLOAT,
  NOT_AN_INTEGER,
} from '../../resp/errors.ts';
import { type Entry, STRING_AUTO, STRING_TEXT, TYPE_STRING } from '../../values/entry.ts';
import { storeString } from './write-string.ts';

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/** A sum as text; the longest integer has 20 characters. */
const text = new Uint8Array(24);
const ZERO_TEXT = fromLatin1('0');

/** Adds a safe integer to the number at argument 1. The way of nearly all calls: allocates nothing. */
function addSmall(context: CommandContext, delta: number): void {
  const entry = context.writable(1, TYPE_STRING);
  if (entry < 0) return;
  let sum = delta;
  if (entry !== 0) {
    const { strings } = context.values;
    strings.read(entry);
    sum += parseInteger(strings.foundBytes, strings.foundStart, strings.foundEnd);
  }
  // NaN, when the old value is too large for a number or none at all, fails the comparison.
  if (sum >= -MAX_SAFE && sum <= MAX_SAFE) {
    finish(context, entry, writeInteger(text, 0, sum));
    context.reply.integer(sum);
  } else addToEntry(context, entry, BigInt(delta));
}

/** Adds any 64-bit integer to the number at argument 1. */
function addExact(context: CommandContext, delta: bigint): void {
  const entry = context.writable(1, TYPE_STRING);
  if (entry >= 0) addToEntry(context, entry, delta);
}

function addToEntry(context: CommandContext, entry: Entry, delta: bigint): void {
  const { strings } = context.values;
  let sum: bigint | undefined = delta;
  if (entry !== 0) {
    strings.read(entry);
    const value = parseInt64(strings.foundBytes, strings.foundStart, strings.foundEnd);
    if (value === undefined) {
      context.reply.error(NOT_AN_INTEGER);
      return;
    }
    sum += value;
  }
  if (sum < MIN_INT64 || sum > MAX_INT64) {
    context.reply.error(INCREMENT_OVERFLOW);
    return;
  }
  finish(context, entry, writeBigInteger(text, 0, sum));
  context.reply.bigInteger(sum);
}

/** Stores the sum that stands in `text`, and tells of it. */
function finish(context: CommandContext, entry: Entry, length: number): void {
  storeString(context, entry, text, 0, length, STRING_AUTO);
  context.modified(1, NOTIFY_STRING, 'incrby');
}

/** INCRBY and DECRBY: reads the number in argument 2. */
function addArgument(context: CommandContext, sign: 1 | -1): void {
  const { args } = context;
  const small = parseInteger(args.bytes, args.start(2), args.end(2));
  if (small === small) {
    addSmall(context, sign * small);
    return;
  }
  const delta = args.int64(2);
  if (context.refused()) return;
  if (sign < 0 && delta === MIN_INT64) context.reply.error(DECREMENT_OVERFLOW);
  else addExact(context, sign < 0 ? -delta : delta);
}

/** The sum of the number at `entry` (0: zero) and argument 2, as text; undefined: error replied. */
function floatSum(context: CommandContext, entry: Entry): string | undefined {
  const { args, reply } = context;
  const { strings } = context.values;
  let bytes: Uint8Array = ZERO_TEXT;
  let start = 0;
  let end = 1;
  if (entry !== 0) {
    strings.read(entry);
    bytes = strings.foundBytes;
    start = strings.foundStart;
    end = strings.foundEnd;
  }
  const small = addSmallDecimals(bytes, start, end, args.bytes, args.start(2), args.end(2));
  if (small !== undefined) return small;
  const value = parseLongDouble(bytes, start, end);
  const delta = parseLongDouble(args.bytes, args.start(2), args.end(2));
  if (value === undefined || delta === undefined) {
    reply.error(NOT_A_FLOAT);
    return undefined;
  }
  const sum = addLongDouble(value, delta);
  if (sum !== undefined) return formatLongDouble(sum);
  reply.error(INCREMENT_NOT_FINITE);
  return undefined;
}

export const incr = command({
  name: 'INCR',
  group: 'string',
  since: '1.0.0',
  summary: 'Adds one to an integer.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'write denyoom fast',
  categories: 'string',
  keys: 'RW access update 1',
  arguments: 'key@0',
  handler: (context) => addSmall(context, 1),
});

export const decr = command({
  name: 'DECR',
  group: 'string',
  since: '1.0.0',
  summary: 'Subtracts one from an integer.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'write denyoom fast',
  categories: 'string',
  keys: 'RW access update 1',
  arguments: 'key@0',
  handler: (context) => addSmall(context, -1),
});

export const incrby = command({
  name: 'INCRBY',
  group: 'string',
  since: '1.0.0',
  summary: 'Adds a number to an integer.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'write denyoom fast',
  categories: 'string',
  keys: 'RW access update 1',
  arguments: 'key@0 increment:integer',
  handler: (context) => addArgument(context, 1),
});

export const decrby = command({
  name: 'DECRBY',
  group: 'string',
  since: '1.0.0',
  summary: 'Subtracts a number from an integer.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'write denyoom fast',
  categories: 'string',
  keys: 'RW access update 1',
  arguments: 'key@0 decrement:integer',
  handler: (context) => addArgument(context, -1),
});

export const incrbyfloat = command({
  name: 'INCRBYFLOAT',
  group: 'string',
  since: '2.6.0',
  summary: 'Adds a floating-point number to a number.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'write denyoom fast',
  categories: 'string',
  keys: 'RW access update 1',
  arguments: 'key@0 increment:double',
  handler: (context) => {
    const { args } = context;
    const entry = context.writable(1, TYPE_STRING);
    if (entry < 0) return;
    const sum = floatSum(context, entry);
    if (sum === undefined) return;
    const bytes = fromLatin1(sum);
    storeString(context, entry, bytes, 0, bytes.length, STRING_TEXT);
    context.modified(1, NOTIFY_STRING, 'incrbyfloat');
    // Who repeats it must not depend on floating-point arithmetic being the same there.
    if (context.effects.active) context.propagate('SET', args.copy(1), bytes, 'KEEPTTL');
    context.reply.bulk(bytes, 0, bytes.length);
  },
});
