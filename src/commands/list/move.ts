/** Moving an element between the ends of two lists: LMOVE, RPOPLPUSH, BLMOVE, BRPOPLPUSH. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { Waiter } from '../../command/waiting.ts';
import { NOTIFY_LIST } from '../../config/notify-classes.ts';
import { type Entry, TYPE_LIST } from '../../values/entry.ts';
import { readTimeoutSeconds } from '../timeout-argument.ts';
import { elementsTaken, readEnd } from './ends.ts';

/** The keys of all four commands. */
const SOURCE = 1;
const TARGET = 2;

/** Puts an empty list at the target's key; it is still to be told of. */
function placeTarget(context: CommandContext): Entry {
  const { args } = context;
  const target = context.values.lists.create(args.bytes, args.start(TARGET), args.end(TARGET));
  try {
    context.database.place(target, args.hash(TARGET));
  } catch (error) {
    context.keyspace.freeEntry(target);
    throw error;
  }
  return target;
}

/** Moves an element to a new list at the target's key. */
function moveToNew(
  context: CommandContext,
  source: Entry,
  fromHead: boolean,
  toHead: boolean,
): void {
  const { database } = context;
  const target = placeTarget(context);
  try {
    context.values.lists.move(source, target, fromHead, toHead);
  } catch (error) {
    database.remove(target, context.args.hash(TARGET));
    throw error;
  }
  database.tellAdded(target);
}

/**
 * Moves an element from the list `source` at argument 1 to the one at argument 2, which is created when
 * missing, and replies it. False when an error was replied instead.
 */
function move(context: CommandContext, source: Entry, fromHead: boolean, toHead: boolean): boolean {
  const { args, reply, database } = context;
  const { lists } = context.values;
  const found = context.writable(TARGET, TYPE_LIST);
  if (found < 0) return false;
  if (found === 0) moveToNew(context, source, fromHead, toHead);
  else lists.move(source, found, fromHead, toHead);
  reply.bulk(lists.foundBytes, lists.foundStart, lists.foundEnd);
  // Both keys change, and it counts as one change: that of the source.
  const { bytes } = args;
  const start = args.start(TARGET);
  const end = args.end(TARGET);
  database.changed(bytes, start, end, args.hash(TARGET));
  context.notify(TARGET, NOTIFY_LIST, toHead ? 'lpush' : 'rpush');
  elementsTaken(context, SOURCE, source, fromHead, 1);
  return true;
}

/** The plain commands. */
function moveIfAny(context: CommandContext, fromHead: boolean, toHead: boolean): void {
  if (context.refused()) return;
  const source = context.writable(SOURCE, TYPE_LIST);
  if (source > 0) move(context, source, fromHead, toHead);
  else if (source === 0) context.reply.null();
}

export const lmove = command({
  name: 'LMOVE',
  group: 'list',
  since: '6.2.0',
  summary: 'Moves an element from one end of a list to an end of another.',
  complexity: 'O(1)',
  arity: 5,
  flags: 'write denyoom',
  categories: 'list',
  keys: 'RW access delete 1; RW insert 2',
  arguments: 'source@0 destination@1 (wherefrom: LEFT | RIGHT) (whereto: LEFT | RIGHT)',
  handler: (context) => {
    const fromHead = readEnd(context.args, 3);
    moveIfAny(context, fromHead, readEnd(context.args, 4));
  },
});

export const rpoplpush = command({
  name: 'RPOPLPUSH',
  group: 'list',
  since: '1.2.0',
  summary: 'Moves the tail of a list to the head of another.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'write denyoom',
  categories: 'list',
  keys: 'RW access delete 1; RW insert 2',
  arguments: 'source@0 destination@1',
  deprecated: '6.2.0',
  replacedBy: '`LMOVE` with `RIGHT` and `LEFT`',
  handler: (context) => moveIfAny(context, false, true),
});

/** States the effect of BRPOPLPUSH: the plain command. */
function propagatePopPush(context: CommandContext): void {
  const { args } = context;
  context.propagate('RPOPLPUSH', args.copy(SOURCE), args.copy(TARGET));
}

/** States the effect of BLMOVE: the plain command, the ends as they were spelt. */
function propagateMove(context: CommandContext): void {
  const { args } = context;
  const from = args.copy(3);
  context.propagate('LMOVE', args.copy(SOURCE), args.copy(TARGET), from, args.copy(4));
}

function moveOrWait(
  context: CommandContext,
  fromHead: boolean,
  toHead: boolean,
  timeoutIndex: number,
  waiter: Waiter,
  propagate: (context: CommandContext) => void,
): void {
  const timeout = readTimeoutSeconds(context.args, timeoutIndex);
  if (context.refused()) return;
  const source = context.writable(SOURCE, TYPE_LIST);
  if (source < 0) return;
  if (source > 0) {
    if (move(context, source, fromHead, toHead)) propagate(context);
  } else if (context.server.blocking.allowed()) {
    context.server.blocking.block(SOURCE, 1, timeout, waiter);
  } else context.reply.null();
}

const moveWaiter: Waiter = {
  type: TYPE_LIST,
  serve: (context, _keyIndex, entry) => {
    const { args } = context;
    const fromHead = readEnd(args, 3);
    const toHead = readEnd(args, 4);
    if (!move(context, entry, fromHead, toHead)) return true;
    const [from, to] = [fromHead ? 'left' : 'right', toHead ? 'left' : 'right'];
    context.propagate('LMOVE', args.copy(SOURCE), args.copy(TARGET), from, to);
    return true;
  },
};

export const blmove = command({
  name: 'BLMOVE',
  group: 'list',
  since: '6.2.0',
  summary: 'Moves an element from one list to another, waiting for one if need be.',
  complexity: 'O(1)',
  arity: 6,
  flags: 'write denyoom noscript blocking',
  categories: 'list',
  keys: 'RW access delete 1; RW insert 2',
  arguments:
    'source@0 destination@1 (wherefrom: LEFT | RIGHT) (whereto: LEFT | RIGHT) timeout:double',
  handler: (context) => {
    const fromHead = readEnd(context.args, 3);
    const toHead = readEnd(context.args, 4);
    moveOrWait(context, fromHead, toHead, 5, moveWaiter, propagateMove);
  },
});

const popPushWaiter: Waiter = {
  type: TYPE_LIST,
  serve: (context, _keyIndex, entry) => {
    if (move(context, entry, false, true)) propagatePopPush(context);
    return true;
  },
};

export const brpoplpush = command({
  name: 'BRPOPLPUSH',
  group: 'list',
  since: '2.2.0',
  summary: 'Moves the tail of a list to the head of another, waiting for one if need be.',
  complexity: 'O(1)',
  arity: 4,
  flags: 'write denyoom noscript blocking',
  categories: 'list',
  keys: 'RW access delete 1; RW insert 2',
  arguments: 'source@0 destination@1 timeout:double',
  history: ['6.0.0: The timeout may have a fraction.'],
  deprecated: '6.2.0',
  replacedBy: '`BLMOVE` with `RIGHT` and `LEFT`',
  handler: (context) => {
    moveOrWait(context, false, true, 3, popPushWaiter, propagatePopPush);
  },
});
