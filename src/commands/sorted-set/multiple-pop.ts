/** Taking several members out of the first sorted set that has any: ZMPOP and BZMPOP. */
import { command } from '../../command/spec.ts';
import { TYPE_SORTED_SET } from '../../values/entry.ts';
import { SeveralKeysPop } from '../several-keys-pop.ts';
import { popMembers, popName } from './ends.ts';
import { announceMembers, AS_PAIR } from './members.ts';

const pop = new SeveralKeysPop(
  TYPE_SORTED_SET,
  'min',
  'max',
  (context, key, entry, lowest, count) => {
    const { args, reply } = context;
    const popped = Math.min(count, context.values.sortedSets.size(entry));
    reply.array(2);
    reply.bulk(args.bytes, args.start(key), args.end(key));
    announceMembers(reply, popped, AS_PAIR);
    popMembers(context, key, entry, lowest, popped, AS_PAIR);
    context.propagate(popName(lowest), args.copy(key), popped);
  },
);

export const zmpop = command({
  name: 'ZMPOP',
  group: 'sorted-set',
  since: '7.0.0',
  summary: 'Pops the lowest or highest members of the first sorted set that has any.',
  complexity: 'O(K)+O(M*log(N)), K: keys named, N: members in the set, M: members popped',
  arity: -4,
  flags: 'write',
  categories: 'sortedset',
  keys: 'RW access delete 1 keynum',
  arguments: 'numkeys:integer key@0... (where: MIN | MAX) [COUNT count:integer]',
  handler: (context) => pop.handle(context),
});

export const bzmpop = command({
  name: 'BZMPOP',
  group: 'sorted-set',
  since: '7.0.0',
  summary:
    'Pops the lowest or highest members of the first sorted set that has any, waiting if ' +
    'need be.',
  complexity: 'O(K)+O(M*log(N)), K: keys named, N: members in the set, M: members popped',
  arity: -5,
  flags: 'write blocking',
  categories: 'sortedset',
  keys: 'RW access delete 2 keynum',
  arguments: 'timeout:double numkeys:integer key@0... (where: MIN | MAX) [COUNT count:integer]',
  handler: (context) => pop.handleBlocking(context),
});
