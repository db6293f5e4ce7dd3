/** BITFIELD and BITFIELD_RO: strings as arrays of integers of any width. */
import { parseInteger } from '../../bytes/integer.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_STRING } from '../../config/notify-classes.ts';
import { INVALID_BITFIELD_TYPE, SYNTAX_ERROR } from '../../resp/errors.ts';
import {
  type FieldType,
  fitField,
  fitSmall,
  isSmall,
  OVERFLOW_FAIL,
  OVERFLOW_SATURATE,
  OVERFLOW_WRAP,
  type OverflowMode,
  readField,
  readSmallField,
  SMALL_BITS,
  writeField,
  writeSmallField,
} from '../../values/bitfield.ts';
import { type Entry, TYPE_STRING } from '../../values/entry.ts';
import { growString } from '../string/write-string.ts';
import { readBitOffset } from './bit-offset.ts';

const INVALID_OVERFLOW = 'ERR Invalid OVERFLOW type specified';
const ONLY_GET = 'ERR BITFIELD_RO only supports the GET subcommand';

const LOWER_I = 0x69;
const LOWER_U = 0x75;
const MOST_SIGNED = 64;
const MOST_UNSIGNED = 63;

const GET = 0;
const SET = 1;
const INCREMENT = 2;

/** One operation of a request. */
interface FieldOperation {
  readonly kind: typeof GET | typeof SET | typeof INCREMENT;
  readonly type: FieldType;
  /** In bits. */
  readonly offset: number;
  /** What to set or add; NaN when that is too large for a number, and `exactOperand` has it. */
  readonly operand: number;
  readonly exactOperand: bigint;
  readonly mode: OverflowMode;
}

const NO_TYPE: FieldType = { signed: true, bits: 1 };

/** `i8`, `u63`, …; notes an error for anything else. */
function readType(context: CommandContext, index: number): FieldType {
  const { args } = context;
  const start = args.start(index);
  const letter = args.length(index) > 0 ? args.bytes[start] : 0;
  const bits = parseInteger(args.bytes, start + 1, args.end(index));
  const signed = letter === LOWER_I;
  const most = signed ? MOST_SIGNED : MOST_UNSIGNED;
  if ((signed || letter === LOWER_U) && bits >= 1 && bits <= most) return { signed, bits };
  args.fail(INVALID_BITFIELD_TYPE);
  return NO_TYPE;
}

function readMode(context: CommandContext, index: number): OverflowMode {
  const { args } = context;
  if (args.is(index, 'wrap')) return OVERFLOW_WRAP;
  if (args.is(index, 'sat')) return OVERFLOW_SATURATE;
  if (args.is(index, 'fail')) return OVERFLOW_FAIL;
  args.fail(INVALID_OVERFLOW);
  return OVERFLOW_WRAP;
}

/** The operations of the request; stops at the first error, which is noted. */
function readOperations(context: CommandContext): FieldOperation[] {
  const { args } = context;
  const operations: FieldOperation[] = [];
  let mode: OverflowMode = OVERFLOW_WRAP;
  for (let i = 2; i < args.count && args.failure === undefined;) {
    const left = args.count - i - 1;
    if (args.is(i, 'overflow') && left >= 1) {
      mode = readMode(context, i + 1);
      i += 2;
      continue;
    }
    const isGet = args.is(i, 'get');
    const isSet = args.is(i, 'set');
    if ((!isGet && !isSet && !args.is(i, 'incrby')) || left < (isGet ? 2 : 3)) {
      args.fail(SYNTAX_ERROR);
      break;
    }
    const type = readType(context, i + 1);
    const offset = readBitOffset(context, i + 2, type.bits);
    const kind = isGet ? GET : isSet ? SET : INCREMENT;
    const operand = isGet ? 0 : parseInteger(args.bytes, args.start(i + 3), args.end(i + 3));
    const exactOperand = operand === operand ? 0n : args.int64(i + 3);
    operations.push({ kind, type, offset, operand, exactOperand, mode });
    i += isGet ? 3 : 4;
  }
  return operations;
}

/** Replies a field of the string (0: missing, so all zeros). */
function replyField(context: CommandContext, entry: Entry, operation: FieldOperation): void {
  const { reply } = context;
  const { strings } = context.values;
  const { type, offset } = operation;
  const length = entry === 0 ? 0 : strings.length(entry);
  if (entry !== 0) strings.read(entry);
  const { foundBytes, foundStart } = strings;
  if (type.bits <= SMALL_BITS)
    reply.integer(readSmallField(foundBytes, foundStart, length, offset, type));
  else reply.bigInteger(readField(foundBytes, foundStart, length, offset, type));
}

/** Sets or increments a field, replies, and returns whether it was changed; undefined: it failed. */
function changeField(
  context: CommandContext,
  entry: Entry,
  operation: FieldOperation,
): boolean | undefined {
  const { reply } = context;
  const { strings } = context.values;
  const { type, offset, operand, mode } = operation;
  const isIncrement = operation.kind === INCREMENT;
  const length = strings.length(entry);
  strings.read(entry);
  const { foundBytes, foundStart } = strings;
  if (isSmall(type, operand)) {
    const old = readSmallField(foundBytes, foundStart, length, offset, type);
    const value = fitSmall(type, old, operand, isIncrement, mode);
    if (value === undefined) return undefined;
    writeSmallField(foundBytes, foundStart, offset, type, value);
    reply.integer(isIncrement ? value : old);
    return value !== old;
  }
  const old = readField(foundBytes, foundStart, length, offset, type);
  const by = operand === operand ? BigInt(operand) : operation.exactOperand;
  const value = fitField(type, old, by, isIncrement, mode);
  if (value === undefined) return undefined;
  writeField(foundBytes, foundStart, offset, type, value);
  reply.bigInteger(isIncrement ? value : old);
  return value !== old;
}

/** Executes operations of which some write. */
function executeWrites(context: CommandContext, operations: readonly FieldOperation[]): void {
  const { reply, keyspace } = context;
  const { strings } = context.values;
  const entry = context.writable(1, TYPE_STRING);
  if (entry < 0) return;
  let length = 0;
  for (const { kind, type, offset } of operations)
    if (kind !== GET) length = Math.max(length, Math.ceil((offset + type.bits) / 8));
  const isLonger = entry === 0 || length > strings.length(entry);
  const placed = growString(context, entry, length);
  let changes = 0;
  reply.array(operations.length);
  for (const operation of operations) {
    if (operation.kind === GET) {
      replyField(context, placed, operation);
      continue;
    }
    const changed = changeField(context, placed, operation);
    if (changed === undefined) reply.null();
    else if (changed || isLonger) changes++;
  }
  if (changes === 0) return;
  context.modified(1, NOTIFY_STRING, 'setbit');
  keyspace.dirty += changes - 1;
}

function executeReads(context: CommandContext, operations: readonly FieldOperation[]): void {
  const entry = context.readable(1, TYPE_STRING);
  if (entry < 0) return;
  context.reply.array(operations.length);
  for (const operation of operations) replyField(context, entry, operation);
}

export const bitfield = command({
  name: 'BITFIELD',
  group: 'bitmap',
  since: '3.2.0',
  summary: 'Treats a string as an array of integers of any width: reads, sets and increments them.',
  complexity: 'O(1) for each operation',
  arity: -2,
  flags: 'write denyoom',
  categories: 'bitmap',
  keys: 'RW access update variable_flags 1 (some operations read, others write)',
  arguments:
    'key@0 [operation: GET (encoding_offset: encoding:string offset:integer) | (write: ' +
    '[OVERFLOW (wrap_sat_fail: WRAP | SAT | FAIL)] (write_operation: SET ' +
    '(encoding_offset_value: encoding:string offset:integer value:integer) | INCRBY ' +
    '(encoding_offset_increment: encoding:string offset:integer increment:integer)))]...',
  handler: (context) => {
    const operations = readOperations(context);
    if (context.refused()) return;
    if (operations.some(({ kind }) => kind !== GET)) executeWrites(context, operations);
    else executeReads(context, operations);
  },
});

export const bitfieldRo = command({
  name: 'BITFIELD_RO',
  group: 'bitmap',
  since: '6.0.0',
  summary: 'Reads integers of any width out of a string; the half of BITFIELD that never writes.',
  complexity: 'O(1) for each operation',
  arity: -2,
  flags: 'readonly fast',
  categories: 'bitmap',
  keys: 'RO access 1',
  arguments: 'key@0 [GET... (encoding_offset: encoding:string offset:integer)]',
  handler: (context) => {
    const operations = readOperations(context);
    if (operations.some(({ kind }) => kind !== GET)) context.args.fail(ONLY_GET);
    if (!context.refused()) executeReads(context, operations);
  },
});
