/** LCS: the longest common subsequence of two strings. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { CommonSubsequence } from '../../values/common-subsequence.ts';
import { type Entry, TYPE_STRING, typeOf } from '../../values/entry.ts';

const NOT_STRINGS = 'ERR The specified keys must contain string values';
const LENGTH_AND_INDEXES = 'ERR If you want both the length and indexes, please just use IDX.';
const TOO_MUCH_MEMORY =
  'ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len';

/** What clients know as the cost of one cell of the comparison, in bytes. */
const CELL_BYTES = 4;

interface LcsOptions {
  length: boolean;
  indexes: boolean;
  matchLength: boolean;
  /** Shorter matches are not reported. */
  leastMatch: number;
}

/** Reads the options from argument 3 on; errors are noted. */
function readOptions(context: CommandContext): LcsOptions {
  const { args } = context;
  const options = { length: false, indexes: false, matchLength: false, leastMatch: 0 };
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, 'idx')) options.indexes = true;
    else if (args.is(i, 'len')) options.length = true;
    else if (args.is(i, 'withmatchlen')) options.matchLength = true;
    else if (args.is(i, 'minmatchlen') && i + 1 < args.count) {
      options.leastMatch = args.integer(i + 1);
      i++;
    } else args.fail(SYNTAX_ERROR);
  }
  if (options.length && options.indexes) args.fail(LENGTH_AND_INDEXES);
  return options;
}

function isOther(context: CommandContext, entry: Entry): boolean {
  return entry !== 0 && typeOf(context.keyspace.heap, entry) !== TYPE_STRING;
}

/** Compares the strings; undefined, and the error replied, when that takes too much memory. */
function compare(
  context: CommandContext,
  first: Entry,
  second: Entry,
  withPath: boolean,
): CommonSubsequence | undefined {
  const { strings } = context.values;
  const firstLength = first === 0 ? 0 : strings.length(first);
  const secondLength = second === 0 ? 0 : strings.length(second);
  const cells = (firstLength + 1) * (secondLength + 1);
  if (cells * CELL_BYTES > context.config.protoMaxBulkLen) {
    context.reply.error(TOO_MUCH_MEMORY);
    return undefined;
  }
  // An empty range of any bytes stands for a missing key.
  if (first !== 0) strings.read(first);
  const { foundBytes, foundStart } = strings;
  if (second !== 0) strings.read(second);
  const from = strings.foundStart;
  return new CommonSubsequence(
    foundBytes,
    foundStart,
    foundStart + firstLength,
    strings.foundBytes,
    from,
    from + secondLength,
    withPath,
  );
}

function replyText(context: CommandContext, common: CommonSubsequence, first: Entry): void {
  const { strings } = context.values;
  const text = new Uint8Array(common.length);
  let at = common.length;
  if (first !== 0) strings.read(first);
  const { foundBytes, foundStart } = strings;
  common.forEachRun((aAt, _bAt, length) => {
    at -= length;
    const start = foundStart + aAt;
    text.set(foundBytes.subarray(start, start + length), at);
  });
  context.reply.bulk(text, 0, text.length);
}

function replyIndexes(
  context: CommandContext,
  common: CommonSubsequence,
  options: LcsOptions,
): void {
  const { reply } = context;
  reply.map(2);
  reply.bulkText('matches');
  const mark = reply.deferArray();
  let count = 0;
  common.forEachRun((aAt, bAt, length) => {
    if (length < options.leastMatch) return;
    count++;
    reply.array(options.matchLength ? 3 : 2);
    reply.array(2);
    reply.integer(aAt);
    reply.integer(aAt + length - 1);
    reply.array(2);
    reply.integer(bAt);
    reply.integer(bAt + length - 1);
    if (options.matchLength) reply.integer(length);
  });
  reply.resolveArray(mark, count);
  reply.bulkText('len');
  reply.integer(common.length);
}

export const lcs = command({
  name: 'LCS',
  group: 'string',
  since: '7.0.0',
  summary: 'Finds the longest common subsequence of two strings.',
  complexity: 'O(N*M), N and M: lengths of the strings',
  arity: -3,
  flags: 'readonly',
  categories: 'string',
  keys: 'RO access 1 to 1',
  arguments: 'key1@0 key2@0 [LEN] [IDX] [MINMATCHLEN len:integer] [WITHMATCHLEN]',
  handler: (context) => {
    const first = context.lookup(1);
    const second = context.lookup(2);
    if (isOther(context, first) || isOther(context, second)) {
      context.reply.error(NOT_STRINGS);
      return;
    }
    const options = readOptions(context);
    if (context.refused()) return;
    const common = compare(context, first, second, !options.length);
    if (common === undefined) return;
    if (options.length) context.reply.integer(common.length);
    else if (options.indexes) replyIndexes(context, common, options);
    else replyText(context, common, first);
  },
});
