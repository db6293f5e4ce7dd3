/** Taking the lowest or highest members out: ZPOPMIN, ZPOPMAX, and waiting for them: BZPOPMIN, BZPOPMAX. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { Waiter } from '../../command/waiting.ts';
import { MUST_BE_POSITIVE, SYNTAX_ERROR } from '../../resp/errors.ts';
import { type Entry, TYPE_SORTED_SET } from '../../values/entry.ts';
import { readTimeoutSeconds } from '../timeout-argument.ts';
import { announceMembers, scoredForm } from './members.ts';
import { popMember, popMembers, popName } from './ends.ts';

function pop(context: CommandContext, lowest: boolean): void {
  if (context.args.count > 2) {
    popCount(context, lowest);
    return;
  }
  const entry = context.writable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  if (entry === 0) {
    context.reply.emptyArray();
    return;
  }
  context.reply.array(2);
  popMember(context, 1, entry, lowest);
}

function popCount(context: CommandContext, lowest: boolean): void {
  const { args, reply } = context;
  if (args.count > 3) args.fail(SYNTAX_ERROR);
  const count = args.integerBetween(2, 0, Infinity, MUST_BE_POSITIVE);
  if (context.refused()) return;
  const entry = context.writable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  if (entry === 0 || count === 0) {
    reply.emptyArray();
    return;
  }
  const popped = Math.min(count, context.values.sortedSets.size(entry));
  const form = scoredForm(reply);
  announceMembers(reply, popped, form);
  popMembers(context, 1, entry, lowest, popped, form);
}

export const zpopmin = command({
  name: 'ZPOPMIN',
  group: 'sorted-set',
  since: '5.0.0',
  summary: 'Pops the members with the lowest scores.',
  complexity: 'O(M*log(N)), N: members in the set, M: members popped',
  arity: -2,
  flags: 'write fast',
  categories: 'sortedset',
  keys: 'RW access delete 1',
  arguments: 'key@0 [count:integer]',
  handler: (context) => pop(context, true),
});

export const zpopmax = command({
  name: 'ZPOPMAX',
  group: 'sorted-set',
  since: '5.0.0',
  summary: 'Pops the members with the highest scores.',
  complexity: 'O(M*log(N)), N: members in the set, M: members popped',
  arity: -2,
  flags: 'write fast',
  categories: 'sortedset',
  keys: 'RW access delete 1',
  arguments: 'key@0 [count:integer]',
  handler: (context) => pop(context, false),
});

/** Replies the key's name, its end member and the score; elsewhere it is a plain pop. */
function popNamed(context: CommandContext, keyIndex: number, entry: Entry, lowest: boolean): void {
  const { args, reply } = context;
  reply.array(3);
  reply.bulk(args.bytes, args.start(keyIndex), args.end(keyIndex));
  popMember(context, keyIndex, entry, lowest);
  if (context.effects.active) context.propagate(popName(lowest), args.copy(keyIndex));
  else context.propagateNothing();
}

function popWaiter(lowest: boolean): Waiter {
  return {
    type: TYPE_SORTED_SET,
    serve: (context, keyIndex, entry) => {
      popNamed(context, keyIndex, entry, lowest);
      return true;
    },
  };
}

const lowestWaiter = popWaiter(true);
const highestWaiter = popWaiter(false);

function blockingPop(context: CommandContext, lowest: boolean): void {
  const { args } = context;
  const last = args.count - 1;
  const timeout = readTimeoutSeconds(args, last);
  if (context.refused()) return;
  for (let i = 1; i < last; i++) {
    const entry = context.writable(i, TYPE_SORTED_SET);
    if (entry < 0) return;
    if (entry === 0) continue;
    popNamed(context, i, entry, lowest);
    return;
  }
  context.server.blocking.block(1, last - 1, timeout, lowest ? lowestWaiter : highestWaiter);
}

export const bzpopmin = command({
  name: 'BZPOPMIN',
  group: 'sorted-set',
  since: '5.0.0',
  summary: 'Pops the lowest member of the first sorted set that has any, waiting if need be.',
  complexity: 'O(log(N)), N: members in the set',
  arity: -3,
  flags: 'write noscript blocking fast',
  categories: 'sortedset',
  keys: 'RW access delete 1 to -2',
  arguments: 'key@0... timeout:double',
  history: ['6.0.0: The timeout may have a fraction.'],
  handler: (context) => blockingPop(context, true),
});

export const bzpopmax = command({
  name: 'BZPOPMAX',
  group: 'sorted-set',
  since: '5.0.0',
  summary: 'Pops the highest member of the first sorted set that has any, waiting if need be.',
  complexity: 'O(log(N)), N: members in the set',
  arity: -3,
  flags: 'write noscript blocking fast',
  categories: 'sortedset',
  keys: 'RW access delete 1 to -2',
  arguments: 'key@0... timeout:double',
  history: ['6.0.0: The timeout may have a fraction.'],
  handler: (context) => blockingPop(context, false),
});
