/** Taking elements off a list: LPOP, RPOP, and waiting for them: BLPOP, BRPOP. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { Waiter } from '../../command/waiting.ts';
import { MUST_BE_POSITIVE, wrongArgumentCount } from '../../resp/errors.ts';
import { type Entry, TYPE_LIST } from '../../values/entry.ts';
import { readTimeoutSeconds } from '../timeout-argument.ts';
import { popElement, popElements, popName } from './ends.ts';

function pop(context: CommandContext, head: boolean): void {
  if (context.args.count > 2) {
    popCount(context, head);
    return;
  }
  const entry = context.writable(1, TYPE_LIST);
  if (entry > 0) popElement(context, 1, entry, head);
  else if (entry === 0) context.reply.null();
}

function popCount(context: CommandContext, head: boolean): void {
  const { args } = context;
  if (args.count > 3) args.fail(wrongArgumentCount(context.command.fullName));
  const count = args.integerBetween(2, 0, Infinity, MUST_BE_POSITIVE);
  if (context.refused()) return;
  const entry = context.writable(1, TYPE_LIST);
  if (entry < 0) return;
  if (entry === 0) context.reply.nullArray();
  else if (count === 0) context.reply.emptyArray();
  else popElements(context, 1, entry, head, count);
}

export const lpop = command({
  name: 'LPOP',
  group: 'list',
  since: '1.0.0',
  summary: 'Pops elements off the head of a list.',
  complexity: 'O(N), N: elements popped',
  arity: -2,
  flags: 'write fast',
  categories: 'list',
  keys: 'RW access delete 1',
  arguments: 'key@0 [count:integer since 6.2.0]',
  history: ['6.2.0: `count` takes several at once.'],
  handler: (context) => pop(context, true),
});

export const rpop = command({
  name: 'RPOP',
  group: 'list',
  since: '1.0.0',
  summary: 'Pops elements off the tail of a list.',
  complexity: 'O(N), N: elements popped',
  arity: -2,
  flags: 'write fast',
  categories: 'list',
  keys: 'RW access delete 1',
  arguments: 'key@0 [count:integer since 6.2.0]',
  history: ['6.2.0: `count` takes several at once.'],
  handler: (context) => pop(context, false),
});

/** Replies the key's name and its list's end element; elsewhere it is a plain pop. */
function popNamed(context: CommandContext, keyIndex: number, entry: Entry, head: boolean): void {
  const { args, reply } = context;
  reply.array(2);
  reply.bulk(args.bytes, args.start(keyIndex), args.end(keyIndex));
  popElement(context, keyIndex, entry, head);
  if (context.effects.active) context.propagate(popName(head), args.copy(keyIndex));
  else context.propagateNothing();
}

function popWaiter(head: boolean): Waiter {
  return {
    type: TYPE_LIST,
    serve: (context, keyIndex, entry) => {
      popNamed(context, keyIndex, entry, head);
      return true;
    },
  };
}

const headWaiter = popWaiter(true);
const tailWaiter = popWaiter(false);

function blockingPop(context: CommandContext, head: boolean): void {
  const { args } = context;
  const last = args.count - 1;
  const timeout = readTimeoutSeconds(args, last);
  if (context.refused()) return;
  for (let i = 1; i < last; i++) {
    const entry = context.writable(i, TYPE_LIST);
    if (entry < 0) return;
    if (entry === 0) continue;
    popNamed(context, i, entry, head);
    return;
  }
  context.server.blocking.block(1, last - 1, timeout, head ? headWaiter : tailWaiter);
}

export const blpop = command({
  name: 'BLPOP',
  group: 'list',
  since: '2.0.0',
  summary: 'Pops the head of the first list that has elements, waiting for one if need be.',
  complexity: 'O(N), N: keys named',
  arity: -3,
  flags: 'write noscript blocking',
  categories: 'list',
  keys: 'RW access delete 1 to -2',
  arguments: 'key@0... timeout:double',
  history: ['6.0.0: The timeout may have a fraction.'],
  handler: (context) => blockingPop(context, true),
});

export const brpop = command({
  name: 'BRPOP',
  group: 'list',
  since: '2.0.0',
  summary: 'Pops the tail of the first list that has elements, waiting for one if need be.',
  complexity: 'O(N), N: keys named',
  arity: -3,
  flags: 'write noscript blocking',
  categories: 'list',
  keys: 'RW access delete 1 to -2',
  arguments: 'key@0... timeout:double',
  history: ['6.0.0: The timeout may have a fraction.'],
  handler: (context) => blockingPop(context, false),
});
