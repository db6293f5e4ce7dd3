/** Asking for members and counts: ZCARD, ZCOUNT, ZLEXCOUNT, ZSCORE, ZMSCORE, ZRANK, ZREVRANK. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { type Entry, TYPE_SORTED_SET } from '../../values/entry.ts';
import { BY_LEX, BY_SCORE, RangeArgument, type RangeKind } from './range-argument.ts';

export const zcard = command({
  name: 'ZCARD',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Counts the members of a sorted set.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'sortedset',
  keys: 'RO 1',
  arguments: 'key@0',
  handler: (context) => {
    const entry = context.readable(1, TYPE_SORTED_SET);
    if (entry < 0) return;
    context.reply.integer(entry === 0 ? 0 : context.values.sortedSets.size(entry));
  },
});

const range = new RangeArgument();

function countRange(context: CommandContext, kind: RangeKind): void {
  range.read(context.args, kind, 2, 3);
  if (context.refused()) return;
  const entry = context.readable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  if (entry !== 0) range.locate(context.values.sortedSets, entry, false);
  context.reply.integer(entry === 0 ? 0 : range.end - range.start);
}

export const zcount = command({
  name: 'ZCOUNT',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Counts the members whose scores are in a range.',
  complexity: 'O(log(N)), N: members in the set',
  arity: 4,
  flags: 'readonly fast',
  categories: 'sortedset',
  keys: 'RO access 1',
  arguments: 'key@0 min:double max:double',
  handler: (context) => countRange(context, BY_SCORE),
});

export const zlexcount = command({
  name: 'ZLEXCOUNT',
  group: 'sorted-set',
  since: '2.8.9',
  summary: 'Counts the members in a range of the alphabet; their scores must be equal.',
  complexity: 'O(log(N)), N: members in the set',
  arity: 4,
  flags: 'readonly fast',
  categories: 'sortedset',
  keys: 'RO access 1',
  arguments: 'key@0 min:string max:string',
  handler: (context) => countRange(context, BY_LEX),
});

/** Replies the score of the member in an argument; null when the set (0: none) has no such. */
function replyScore(context: CommandContext, entry: Entry, index: number): void {
  const { args, reply } = context;
  const { sortedSets } = context.values;
  if (entry !== 0 && sortedSets.score(entry, args.bytes, args.start(index), args.end(index)))
    reply.double(sortedSets.foundScore);
  else reply.null();
}

export const zscore = command({
  name: 'ZSCORE',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Tells the score of a member.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly fast',
  categories: 'sortedset',
  keys: 'RO access 1',
  arguments: 'key@0 member:string',
  handler: (context) => {
    const entry = context.readable(1, TYPE_SORTED_SET);
    if (entry >= 0) replyScore(context, entry, 2);
  },
});

export const zmscore = command({
  name: 'ZMSCORE',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Tells the scores of several members.',
  complexity: 'O(N), N: members named',
  arity: -3,
  flags: 'readonly fast',
  categories: 'sortedset',
  keys: 'RO access 1',
  arguments: 'key@0 member:string...',
  handler: (context) => {
    const { count } = context.args;
    const entry = context.readable(1, TYPE_SORTED_SET);
    if (entry < 0) return;
    context.reply.array(count - 2);
    for (let i = 2; i < count; i++) replyScore(context, entry, i);
  },
});

function replyRank(context: CommandContext, reverse: boolean): void {
  const { args, reply } = context;
  const { sortedSets } = context.values;
  const entry = context.readable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  const rank = entry && sortedSets.rank(entry, args.bytes, args.start(2), args.end(2));
  if (entry === 0 || rank < 0) reply.null();
  else reply.integer(reverse ? sortedSets.size(entry) - 1 - rank : rank);
}

export const zrank = command({
  name: 'ZRANK',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Tells the place of a member, counted from the lowest score.',
  complexity: 'O(log(N)), N: members in the set',
  arity: 3,
  flags: 'readonly fast',
  categories: 'sortedset',
  keys: 'RO access 1',
  arguments: 'key@0 member:string',
  handler: (context) => replyRank(context, false),
});

export const zrevrank = command({
  name: 'ZREVRANK',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Tells the place of a member, counted from the highest score.',
  complexity: 'O(log(N)), N: members in the set',
  arity: 3,
  flags: 'readonly fast',
  categories: 'sortedset',
  keys: 'RO access 1',
  arguments: 'key@0 member:string',
  handler: (context) => replyRank(context, true),
});
