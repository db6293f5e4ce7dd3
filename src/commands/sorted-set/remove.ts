/** Removing members: ZREM, ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { TYPE_SORTED_SET } from '../../values/entry.ts';
import { membersTaken } from './members.ts';
import { BY_LEX, BY_RANK, BY_SCORE, RangeArgument, type RangeKind } from './range-argument.ts';

export const zrem = command({
  name: 'ZREM',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Removes members from a sorted set.',
  complexity: 'O(M*log(N)), N: members in the set, M: members removed',
  arity: -3,
  flags: 'write fast',
  categories: 'sortedset',
  keys: 'RW delete 1',
  arguments: 'key@0 member:string...',
  history: ['2.4.0: Takes several members.'],
  handler: (context) => {
    const { args } = context;
    const { sortedSets } = context.values;
    const entry = context.writable(1, TYPE_SORTED_SET);
    if (entry < 0) return;
    let removed = 0;
    let size = entry === 0 ? 0 : sortedSets.size(entry);
    for (let i = 2; i < args.count && size > 0; i++) {
      if (!sortedSets.remove(entry, args.bytes, args.start(i), args.end(i))) continue;
      removed++;
      size--;
    }
    if (removed > 0) membersTaken(context, 1, entry, removed, 'zrem');
    context.reply.integer(removed);
  },
});

const range = new RangeArgument();

function removeRange(context: CommandContext, kind: RangeKind, event: string): void {
  const { sortedSets } = context.values;
  range.read(context.args, kind, 2, 3);
  if (context.refused()) return;
  const entry = context.writable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  let removed = 0;
  if (entry > 0) {
    range.locate(sortedSets, entry, false);
    removed = range.end - range.start;
    sortedSets.removeRange(entry, range.start, removed);
  }
  if (removed > 0) membersTaken(context, 1, entry, removed, event);
  context.reply.integer(removed);
}

export const zremrangebyrank = command({
  name: 'ZREMRANGEBYRANK',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Removes the members in a range of places.',
  complexity: 'O(log(N)+M), N: members in the set, M: members removed',
  arity: 4,
  flags: 'write',
  categories: 'sortedset',
  keys: 'RW delete 1',
  arguments: 'key@0 start:integer stop:integer',
  handler: (context) => removeRange(context, BY_RANK, 'zremrangebyrank'),
});

export const zremrangebyscore = command({
  name: 'ZREMRANGEBYSCORE',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Removes the members whose scores are in a range.',
  complexity: 'O(log(N)+M), N: members in the set, M: members removed',
  arity: 4,
  flags: 'write',
  categories: 'sortedset',
  keys: 'RW delete 1',
  arguments: 'key@0 min:double max:double',
  handler: (context) => removeRange(context, BY_SCORE, 'zremrangebyscore'),
});

export const zremrangebylex = command({
  name: 'ZREMRANGEBYLEX',
  group: 'sorted-set',
  since: '2.8.9',
  summary: 'Removes the members in a range of the alphabet; their scores must be equal.',
  complexity: 'O(log(N)+M), N: members in the set, M: members removed',
  arity: 4,
  flags: 'write',
  categories: 'sortedset',
  keys: 'RW delete 1',
  arguments: 'key@0 min:string max:string',
  handler: (context) => removeRange(context, BY_LEX, 'zremrangebylex'),
});
