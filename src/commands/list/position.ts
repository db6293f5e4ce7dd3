/** LPOS: the places at which an element stands. */
import { equalsBytes } from '../../bytes/text.ts';
import type { Arguments } from '../../command/arguments.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { type Entry, TYPE_LIST } from '../../values/entry.ts';

const RANK_ZERO =
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use " +
  'negative to start from the end of the list';
const COUNT_NEGATIVE = "ERR COUNT can't be negative";
const MAXLEN_NEGATIVE = "ERR MAXLEN can't be negative";
const LEAST_INT64 = -(2n ** 63n);

/** What is asked for besides the element. */
const options = {
  /** The first match to reply, from 1 on; negative: counted from the tail. */
  rank: 1,
  /** How many matches to reply, 0 for all; -1: one, not as an array. */
  count: -1,
  /** How many elements to look at. */
  limit: Infinity,
};

function readRank(args: Arguments, index: number): number {
  const rank = args.integer(index);
  if (rank === 0) args.fail(RANK_ZERO);
  // The least integer has no magnitude in 64 bits: the real server takes it for the last match.
  return rank === Number(LEAST_INT64) && args.int64(index) === LEAST_INT64 ? -1 : rank;
}

function readOptions(args: Arguments): void {
  options.rank = 1;
  options.count = -1;
  options.limit = Infinity;
  for (let i = 3; i < args.count && args.failure === undefined; i += 2) {
    if (i + 1 === args.count) args.fail(SYNTAX_ERROR);
    else if (args.is(i, 'rank')) options.rank = readRank(args, i + 1);
    else if (args.is(i, 'count'))
      options.count = args.integerBetween(i + 1, 0, Infinity, COUNT_NEGATIVE);
    else if (args.is(i, 'maxlen'))
      options.limit = args.integerBetween(i + 1, 0, Infinity, MAXLEN_NEGATIVE) || Infinity;
    else args.fail(SYNTAX_ERROR);
  }
}

/** Replies the places of matches; returns how many. */
function replyMatches(context: CommandContext, entry: Entry, wanted: number): number {
  const { args, reply } = context;
  const { lists } = context.values;
  const { bytes } = args;
  const start = args.start(2);
  const end = args.end(2);
  const reverse = options.rank < 0;
  const length = lists.length(entry);
  let index = reverse ? length : -1;
  let before = Math.abs(options.rank) - 1;
  let replied = 0;
  const from = reverse ? length - 1 : 0;
  lists.forEach(entry, from, options.limit, reverse, (other, otherStart, otherEnd) => {
    index += reverse ? -1 : 1;
    if (!equalsBytes(other, otherStart, otherEnd, bytes, start, end)) return true;
    if (before > 0) before--;
    else {
      reply.integer(index);
      replied++;
    }
    return replied < wanted;
  });
  return replied;
}

export const lpos = command({
  name: 'LPOS',
  group: 'list',
  since: '6.0.6',
  summary: 'Finds the places at which an element stands in a list.',
  complexity: 'O(N), N: elements examined; less when matches are near the end searched from',
  arity: -3,
  flags: 'readonly',
  categories: 'list',
  keys: 'RO access 1',
  arguments:
    'key@0 element:string [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN ' +
    'len:integer]',
  handler: (context) => {
    const { reply } = context;
    readOptions(context.args);
    if (context.refused()) return;
    const entry = context.readable(1, TYPE_LIST);
    if (entry < 0) return;
    const isSingle = options.count < 0;
    if (entry === 0) {
      if (isSingle) reply.null();
      else reply.emptyArray();
    } else if (isSingle) {
      if (replyMatches(context, entry, 1) === 0) reply.null();
    } else {
      const mark = reply.deferArray();
      reply.resolveArray(mark, replyMatches(context, entry, options.count || Infinity));
    }
  },
});
