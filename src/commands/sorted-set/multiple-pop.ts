/** Taking several members out of the first sorted set that has any: ZMPOP and BZMPOP. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { Waiter } from '../../command/waiting.ts';
import { type Entry, TYPE_SORTED_SET } from '../../values/entry.ts';
import { SeveralKeysPop } from '../several-keys-pop.ts';
import { readTimeoutSeconds } from '../timeout-argument.ts';
import { popMembers, popName } from './ends.ts';
import { announceMembers, AS_PAIR } from './members.ts';

const options = new SeveralKeysPop('min', 'max');

/** Replies the key's name and the members; elsewhere it is a plain pop of so many. */
function popNamed(context: CommandContext, keyIndex: number, entry: Entry): void {
  const { args, reply } = context;
  const lowest = options.isFirstEnd;
  const popped = Math.min(options.count, context.values.sortedSets.size(entry));
  reply.array(2);
  reply.bulk(args.bytes, args.start(keyIndex), args.end(keyIndex));
  announceMembers(reply, popped, AS_PAIR);
  popMembers(context, keyIndex, entry, lowest, popped, AS_PAIR);
  context.propagate(popName(lowest), args.copy(keyIndex), popped);
}

/** Pops from the first set of the request; false when no key has one. */
function popFirst(context: CommandContext): boolean {
  const { firstKey, keyCount } = options;
  for (let i = firstKey; i < firstKey + keyCount; i++) {
    const entry = context.writable(i, TYPE_SORTED_SET);
    if (entry === 0) continue;
    if (entry > 0) popNamed(context, i, entry);
    return true;
  }
  return false;
}

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
  handler: (context) => {
    options.read(context.args, 1);
    if (context.refused()) return;
    if (!popFirst(context)) context.reply.nullArray();
  },
});

const waiter: Waiter = {
  type: TYPE_SORTED_SET,
  serve: (context, keyIndex, entry) => {
    options.read(context.args, 2);
    popNamed(context, keyIndex, entry);
    return true;
  },
};

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
  handler: (context) => {
    const { args } = context;
    options.read(args, 2);
    const timeout = readTimeoutSeconds(args, 1);
    if (context.refused() || popFirst(context)) return;
    context.server.blocking.block(options.firstKey, options.keyCount, timeout, waiter);
  },
});
