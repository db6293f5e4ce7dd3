/** Reading and storing ranges: ZRANGE, the commands it replaces, and ZRANGESTORE. */
import type { Arguments } from '../../command/arguments.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { type Entry, TYPE_SORTED_SET } from '../../values/entry.ts';
import { ALONE, announceMembers, scoredForm, writeMembers } from './members.ts';
import { BY_LEX, BY_RANK, BY_SCORE, RangeArgument, type RangeKind } from './range-argument.ts';
import { storeSortedSet } from './store.ts';

const LIMIT_WITH_RANKS =
  'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX';
const SCORES_WITH_LEX = 'ERR syntax error, WITHSCORES not supported in combination with BYLEX';

/** What the request says; reused by every one. */
const range = new RangeArgument();
const options = {
  kind: BY_RANK as RangeKind,
  reverse: false,
  withScores: false,
  offset: 0,
  /** At most so many members; negative: all. */
  count: -1,
};

/** What a command leaves to the options of the request. */
const FREE = 1;
const STORES = 2;

/** Reads one option at `index`; returns the number of arguments it takes, 0 when there is no such. */
function readOption(args: Arguments, index: number, mode: number): number {
  if ((mode & STORES) === 0 && args.is(index, 'withscores')) options.withScores = true;
  else if (args.is(index, 'limit') && index + 2 < args.count) {
    options.offset = args.integer(index + 1);
    options.count = args.integer(index + 2);
    return 3;
  } else if ((mode & FREE) === 0) return 0;
  else if (!options.reverse && args.is(index, 'rev')) options.reverse = true;
  else if (options.kind === BY_RANK && args.is(index, 'bylex')) options.kind = BY_LEX;
  else if (options.kind === BY_RANK && args.is(index, 'byscore')) options.kind = BY_SCORE;
  else return 0;
  return 1;
}

/** Reads the range whose bounds are the arguments from `first` on, and all options behind. */
function readRange(
  args: Arguments,
  first: number,
  kind: RangeKind,
  reverse: boolean,
  mode: number,
): void {
  options.kind = kind;
  options.reverse = reverse;
  options.withScores = false;
  options.offset = 0;
  options.count = -1;
  for (let i = first + 2; i < args.count && args.failure === undefined;) {
    const taken = readOption(args, i, mode);
    if (taken === 0) args.fail(SYNTAX_ERROR);
    i += taken;
  }
  if (options.count !== -1 && options.kind === BY_RANK) args.fail(LIMIT_WITH_RANKS);
  if (options.withScores && options.kind === BY_LEX) args.fail(SCORES_WITH_LEX);
  // Backwards, scores and members are named from the top.
  const swapped = options.reverse && options.kind !== BY_RANK;
  range.read(args, options.kind, swapped ? first + 1 : first, swapped ? first : first + 1);
}

function locate(context: CommandContext, entry: Entry): void {
  range.locate(context.values.sortedSets, entry, options.reverse);
  if (options.kind !== BY_RANK) range.limit(options.offset, options.count, options.reverse);
}

/** A command that replies a range of the set at argument 1. */
function replyRange(
  context: CommandContext,
  kind: RangeKind,
  reverse: boolean,
  mode: number,
): void {
  const { reply } = context;
  readRange(context.args, 2, kind, reverse, mode);
  if (context.refused()) return;
  const entry = context.readable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  if (entry === 0) {
    reply.emptyArray();
    return;
  }
  locate(context, entry);
  const { start, end } = range;
  const form = options.withScores ? scoredForm(reply) : ALONE;
  announceMembers(reply, end - start, form);
  const first = options.reverse ? end - 1 : start;
  writeMembers(context, entry, first, end - start, options.reverse, form);
}

/** What the commands that reply a range have in common. */
const REPLIES_RANGE = {
  group: 'sorted-set',
  complexity: 'O(log(N)+M), N: members in the set, M: members returned',
  arity: -4,
  flags: 'readonly',
  categories: 'sortedset',
  keys: 'RO access 1',
} as const;

export const zrange = command({
  ...REPLIES_RANGE,
  name: 'ZRANGE',
  since: '1.2.0',
  summary: 'Reads a range of members by place, score or alphabet.',
  arguments:
    'key@0 start:string stop:string [sortby: BYSCORE | BYLEX] since 6.2.0 [REV since ' +
    '6.2.0] [LIMIT (offset_count: offset:integer count:integer) since 6.2.0] [WITHSCORES]',
  history: [
    '6.2.0: `BYSCORE`, `BYLEX`, `REV` and `LIMIT` let it do what the other range commands do.',
  ],
  handler: (context) => replyRange(context, BY_RANK, false, FREE),
});

export const zrevrange = command({
  ...REPLIES_RANGE,
  name: 'ZREVRANGE',
  since: '1.2.0',
  summary: 'Reads a range of members by place, highest score first.',
  arguments: 'key@0 start:integer stop:integer [WITHSCORES]',
  deprecated: '6.2.0',
  replacedBy: '`ZRANGE` with `REV`',
  handler: (context) => replyRange(context, BY_RANK, true, 0),
});

export const zrangebyscore = command({
  ...REPLIES_RANGE,
  name: 'ZRANGEBYSCORE',
  since: '1.0.5',
  summary: 'Reads the members whose scores are in a range.',
  arguments:
    'key@0 min:double max:double [WITHSCORES since 2.0.0] [LIMIT (offset_count: ' +
    'offset:integer count:integer)]',
  history: ['2.0.0: `WITHSCORES` gives the scores as well.'],
  deprecated: '6.2.0',
  replacedBy: '`ZRANGE` with `BYSCORE`',
  handler: (context) => replyRange(context, BY_SCORE, false, 0),
});

export const zrevrangebyscore = command({
  ...REPLIES_RANGE,
  name: 'ZREVRANGEBYSCORE',
  since: '2.2.0',
  summary: 'Reads the members whose scores are in a range, highest first.',
  arguments:
    'key@0 max:double min:double [WITHSCORES] [LIMIT (offset_count: offset:integer ' +
    'count:integer)]',
  history: ['2.1.6: Both ends may be exclusive.'],
  deprecated: '6.2.0',
  replacedBy: '`ZRANGE` with `REV` and `BYSCORE`',
  handler: (context) => replyRange(context, BY_SCORE, true, 0),
});

export const zrangebylex = command({
  ...REPLIES_RANGE,
  name: 'ZRANGEBYLEX',
  since: '2.8.9',
  summary: 'Reads the members in a range of the alphabet; their scores must be equal.',
  arguments: 'key@0 min:string max:string [LIMIT (offset_count: offset:integer count:integer)]',
  deprecated: '6.2.0',
  replacedBy: '`ZRANGE` with `BYLEX`',
  handler: (context) => replyRange(context, BY_LEX, false, 0),
});

export const zrevrangebylex = command({
  ...REPLIES_RANGE,
  name: 'ZREVRANGEBYLEX',
  since: '2.8.9',
  summary: 'Reads the members in a range of the alphabet backwards; their scores must be equal.',
  arguments: 'key@0 max:string min:string [LIMIT (offset_count: offset:integer count:integer)]',
  deprecated: '6.2.0',
  replacedBy: '`ZRANGE` with `REV` and `BYLEX`',
  handler: (context) => replyRange(context, BY_LEX, true, 0),
});

export const zrangestore = command({
  name: 'ZRANGESTORE',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Stores a range of members under another key.',
  complexity: 'O(log(N)+M), N: members in the set, M: members stored',
  arity: -5,
  flags: 'write denyoom',
  categories: 'sortedset',
  keys: 'OW update 1; RO access 2',
  arguments:
    'dst@0 src@1 min:string max:string [sortby: BYSCORE | BYLEX] [REV] [LIMIT ' +
    '(offset_count: offset:integer count:integer)]',
  handler: (context) => {
    const { args } = context;
    const { sortedSets } = context.values;
    readRange(args, 3, BY_RANK, false, FREE | STORES);
    if (context.refused()) return;
    const source = context.readable(2, TYPE_SORTED_SET);
    if (source < 0) return;
    const created = sortedSets.create(args.bytes, args.start(1), args.end(1), 0);
    storeSortedSet(context, created, 'zrangestore', () => {
      if (source === 0) return;
      locate(context, source);
      const { start, end } = range;
      sortedSets.forEach(source, start, end - start, false, (bytes, from, to, score) => {
        sortedSets.add(created, score, bytes, from, to, 0);
        return true;
      });
    });
  },
});
