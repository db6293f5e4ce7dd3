/** Bits of a whole string or of a range of it: BITCOUNT and BITPOS. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { type Entry, TYPE_STRING } from '../../values/entry.ts';
import { countBitRange, countBits, findBit, findBitInRange } from '../../values/bitmap.ts';

const NOT_A_BIT = 'ERR The bit argument must be 1 or 0.';

/** The range of the command that runs, both ends included; in bytes or in bits. */
const range = { start: 0, end: -1, inBits: false };

/** Reads BYTE or BIT in argument `index`, if there is one, and makes sure that nothing follows. */
function readUnit(context: CommandContext, index: number): void {
  const { args } = context;
  range.inBits = false;
  if (index >= args.count) return;
  if (index === args.count - 1 && args.is(index, 'bit')) range.inBits = true;
  else if (index < args.count - 1 || !args.is(index, 'byte')) args.fail(SYNTAX_ERROR);
}

/** Turns ends counted from the end into ends counted from the start, inside the string. */
function settleRange(length: number): void {
  const total = range.inBits ? length * 8 : length;
  if (range.start < 0) range.start += total;
  if (range.end < 0) range.end += total;
  range.start = Math.max(0, range.start);
  range.end = Math.min(Math.max(0, range.end), total - 1);
}

function countInRange(context: CommandContext, entry: Entry): number {
  const { strings } = context.values;
  const { start, end } = range;
  if (start > end) return 0;
  strings.read(entry);
  const { foundBytes, foundStart } = strings;
  if (range.inBits) return countBitRange(foundBytes, foundStart, start, end);
  return countBits(foundBytes, foundStart + start, foundStart + end + 1);
}

export const bitcount = command({
  name: 'BITCOUNT',
  group: 'bitmap',
  since: '2.6.0',
  summary: 'Counts the 1 bits of a string or of a part of it.',
  complexity: 'O(N), N: bytes examined',
  arity: -2,
  flags: 'readonly',
  categories: 'bitmap',
  keys: 'RO access 1',
  arguments: 'key@0 [index: start:integer end:integer [index_unit: BYTE | BIT] since 7.0.0]',
  history: ['7.0.0: The range may be given in bits (`BIT`) as well as in bytes (`BYTE`).'],
  handler: (context) => {
    const { args, reply } = context;
    const { strings } = context.values;
    const entry = context.readable(1, TYPE_STRING);
    if (entry < 0) return;
    if (entry === 0) {
      reply.integer(0);
      return;
    }
    range.start = 0;
    range.end = -1;
    range.inBits = false;
    if (args.count === 4 || args.count === 5) {
      range.start = args.integer(2);
      range.end = args.integer(3);
      const isBackwards = range.start < 0 && range.end < 0 && range.start > range.end;
      if (args.failure === undefined && isBackwards) {
        reply.integer(0);
        return;
      }
      readUnit(context, 4);
    } else if (args.count !== 2) args.fail(SYNTAX_ERROR);
    if (context.refused()) return;
    settleRange(strings.length(entry));
    reply.integer(countInRange(context, entry));
  },
});

function findInRange(context: CommandContext, entry: Entry, bit: number): number {
  const { strings } = context.values;
  const { start, end } = range;
  if (start > end) return -1;
  strings.read(entry);
  const { foundBytes, foundStart } = strings;
  if (range.inBits) return findBitInRange(foundBytes, foundStart, start, end, bit);
  const found = findBit(foundBytes, foundStart + start, foundStart + end + 1, bit);
  return found < 0 ? -1 : start * 8 + found;
}

export const bitpos = command({
  name: 'BITPOS',
  group: 'bitmap',
  since: '2.8.7',
  summary: 'Locates the first 0 or 1 bit of a string.',
  complexity: 'O(N), N: bytes examined',
  arity: -3,
  flags: 'readonly',
  categories: 'bitmap',
  keys: 'RO access 1',
  arguments:
    'key@0 bit:integer [index: start:integer [end_index: end:integer [index_unit: BYTE | ' +
    'BIT] since 7.0.0]]',
  history: ['7.0.0: The range may be given in bits (`BIT`) as well as in bytes (`BYTE`).'],
  handler: (context) => {
    const { args, reply } = context;
    const { strings } = context.values;
    const bit = args.integer(2);
    if (bit !== 0 && bit !== 1) args.fail(NOT_A_BIT);
    if (context.refused()) return;
    const entry = context.readable(1, TYPE_STRING);
    if (entry < 0) return;
    if (entry === 0) {
      // A missing key is an endless row of zeros.
      reply.integer(bit === 0 ? 0 : -1);
      return;
    }
    range.start = args.count > 3 ? args.integer(3) : 0;
    range.end = args.count > 4 ? args.integer(4) : -1;
    readUnit(context, 5);
    if (context.refused()) return;
    const length = strings.length(entry);
    settleRange(length);
    const found = findInRange(context, entry, bit);
    // Zeros follow the string unless the caller said where it ends.
    const isOpen = bit === 0 && args.count <= 4 && range.start <= range.end;
    reply.integer(found < 0 && isOpen ? length * 8 : found);
  },
});
