/** ZRANDMEMBER: members picked by chance. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { type Entry, TYPE_SORTED_SET } from '../../values/entry.ts';
import { checkRandomCount, readRandomCount } from '../random-count.ts';
import { ALONE, announceMembers, AS_PAIR, type MemberForm, scoredForm } from './members.ts';

function replyOne(context: CommandContext): void {
  const { reply } = context;
  const entry = context.readable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  if (entry === 0) {
    reply.null();
    return;
  }
  context.values.sortedSets.random(entry, context.keyspace.random);
  writeFound(context, ALONE);
}

/** Writes the member that was found last. */
function writeFound(context: CommandContext, form: MemberForm): void {
  const { reply } = context;
  const { sortedSets } = context.values;
  if (form === AS_PAIR) reply.array(2);
  reply.bulk(sortedSets.foundBytes, sortedSets.foundStart, sortedSets.foundEnd);
  if (form !== ALONE) reply.double(sortedSets.foundScore);
}

/** Members that may be the same. */
function replyRepeated(
  context: CommandContext,
  entry: Entry,
  count: number,
  form: MemberForm,
): void {
  announceMembers(context.reply, count, form);
  for (let i = 0; i < count; i++) {
    context.values.sortedSets.random(entry, context.keyspace.random);
    writeFound(context, form);
  }
}

/** Different members, or all. */
function replyDistinct(
  context: CommandContext,
  entry: Entry,
  count: number,
  form: MemberForm,
): void {
  const { sortedSets } = context.values;
  announceMembers(context.reply, Math.min(count, sortedSets.size(entry)), form);
  sortedSets.randomRanks(entry, count, context.keyspace.random, (rank) => {
    sortedSets.seekRank(entry, rank);
    writeFound(context, form);
  });
}

function replyMany(context: CommandContext): void {
  const { args, reply } = context;
  const count = readRandomCount(context, 2);
  const withScores = args.count > 3;
  if (args.count > 4 || (withScores && !args.is(3, 'withscores'))) args.fail(SYNTAX_ERROR);
  if (args.failure === undefined) checkRandomCount(context, 2, withScores);
  if (context.refused()) return;
  const entry = context.readable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  const form = withScores ? scoredForm(reply) : ALONE;
  if (entry === 0 || count === 0) reply.emptyArray();
  else if (count < 0) replyRepeated(context, entry, -count, form);
  else replyDistinct(context, entry, count, form);
}

export const zrandmember = command({
  name: 'ZRANDMEMBER',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Picks members of a sorted set by chance and leaves them in it.',
  complexity: 'O(N), N: members picked',
  arity: -2,
  flags: 'readonly',
  categories: 'sortedset',
  keys: 'RO access 1',
  arguments: 'key@0 [options: count:integer [WITHSCORES]]',
  tips: 'nondeterministic_output',
  handler: (context) => {
    if (context.args.count === 2) replyOne(context);
    else replyMany(context);
  },
});
