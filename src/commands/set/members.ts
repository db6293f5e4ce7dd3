/** Members of one set: SADD, SREM, SISMEMBER, SMISMEMBER, SCARD, SMEMBERS; and SMOVE between two. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC, NOTIFY_SET } from '../../config/notify-classes.ts';
import { WRONG_TYPE } from '../../resp/errors.ts';
import { type Entry, TYPE_SET, typeOf } from '../../values/entry.ts';

/** How far SADD came; what it did stays when memory runs out. */
const progress = { added: 0, reached: 0 };

/** Adds the members from argument `from` on, and counts the new ones. */
function addMembers(context: CommandContext, entry: Entry, from: number): void {
  const { args } = context;
  const { bytes, count } = args;
  const { sets } = context.values;
  progress.added = 0;
  for (let i = from; i < count; i++) {
    progress.reached = i;
    if (sets.add(entry, bytes, args.start(i), args.end(i))) progress.added++;
  }
}

/**
 * Makes a set of the members from argument `from` on and puts it under the key in argument `keyIndex`;
 * it is still to be told of. When memory runs out, nothing is left behind.
 */
function placeSet(context: CommandContext, keyIndex: number, from: number): Entry {
  const { args } = context;
  const entry = context.values.sets.create(args.bytes, args.start(keyIndex), args.end(keyIndex));
  try {
    addMembers(context, entry, from);
    context.database.place(entry, args.hash(keyIndex));
    return entry;
  } catch (error) {
    context.keyspace.freeEntry(entry);
    throw error;
  }
}

/** Tells of the members that SADD added. */
function tellAdded(context: CommandContext): void {
  if (progress.added === 0) return;
  context.modified(1, NOTIFY_SET, 'sadd');
  context.keyspace.dirty += progress.added - 1;
}

/** Adds the members of SADD to a set that clients know. */
function extendSet(context: CommandContext, entry: Entry): void {
  try {
    addMembers(context, entry, 2);
  } catch (error) {
    tellAdded(context);
    if (progress.added > 0) context.propagatePrefix(progress.reached);
    throw error;
  }
}

export const sadd = command({
  name: 'SADD',
  group: 'set',
  since: '1.0.0',
  summary: 'Puts members into a set, which is created when missing.',
  complexity: 'O(1) a member',
  arity: -3,
  flags: 'write denyoom fast',
  categories: 'set',
  keys: 'RW insert 1',
  arguments: 'key@0 member:string...',
  history: ['2.4.0: Takes several members.'],
  handler: (context) => {
    const entry = context.writable(1, TYPE_SET);
    if (entry < 0) return;
    if (entry !== 0) extendSet(context, entry);
    else context.database.tellAdded(placeSet(context, 1, 2));
    tellAdded(context);
    context.reply.integer(progress.added);
  },
});

/** Removes the members named from argument 2 on; returns how many there were. */
function removeMembers(context: CommandContext, entry: Entry): number {
  const { args } = context;
  const { sets } = context.values;
  let removed = 0;
  for (let i = 2; i < args.count; i++)
    if (sets.remove(entry, args.bytes, args.start(i), args.end(i))) removed++;
  return removed;
}

export const srem = command({
  name: 'SREM',
  group: 'set',
  since: '1.0.0',
  summary: 'Removes members from a set.',
  complexity: 'O(N), N: members named',
  arity: -3,
  flags: 'write fast',
  categories: 'set',
  keys: 'RW delete 1',
  arguments: 'key@0 member:string...',
  history: ['2.4.0: Takes several members.'],
  handler: (context) => {
    const entry = context.writable(1, TYPE_SET);
    if (entry < 0) return;
    const removed = entry === 0 ? 0 : removeMembers(context, entry);
    const isGone = removed > 0 && context.values.sets.size(entry) === 0;
    if (isGone) context.remove(1, entry);
    if (removed > 0) {
      context.modified(1, NOTIFY_SET, 'srem');
      context.keyspace.dirty += removed - 1;
      if (isGone) context.notify(1, NOTIFY_GENERIC, 'del');
    }
    context.reply.integer(removed);
  },
});

/** Whether the set (0: none) has the member in an argument, as 1 or 0. */
function isMember({ args, values }: CommandContext, entry: Entry, index: number): 0 | 1 {
  if (entry === 0) return 0;
  return values.sets.contains(entry, args.bytes, args.start(index), args.end(index)) ? 1 : 0;
}

export const sismember = command({
  name: 'SISMEMBER',
  group: 'set',
  since: '1.0.0',
  summary: 'Tells whether a set has a member.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly fast',
  categories: 'set',
  keys: 'RO 1',
  arguments: 'key@0 member:string',
  handler: (context) => {
    const entry = context.readable(1, TYPE_SET);
    if (entry >= 0) context.reply.integer(isMember(context, entry, 2));
  },
});

export const smismember = command({
  name: 'SMISMEMBER',
  group: 'set',
  since: '6.2.0',
  summary: 'Tells for several members whether a set has them.',
  complexity: 'O(N), N: members named',
  arity: -3,
  flags: 'readonly fast',
  categories: 'set',
  keys: 'RO access 1',
  arguments: 'key@0 member:string...',
  handler: (context) => {
    const { count } = context.args;
    const entry = context.readable(1, TYPE_SET);
    if (entry < 0) return;
    context.reply.array(count - 2);
    for (let i = 2; i < count; i++) context.reply.integer(isMember(context, entry, i));
  },
});

export const scard = command({
  name: 'SCARD',
  group: 'set',
  since: '1.0.0',
  summary: 'Counts the members of a set.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'set',
  keys: 'RO 1',
  arguments: 'key@0',
  handler: (context) => {
    const entry = context.readable(1, TYPE_SET);
    if (entry >= 0) context.reply.integer(entry === 0 ? 0 : context.values.sets.size(entry));
  },
});

export const smembers = command({
  name: 'SMEMBERS',
  group: 'set',
  since: '1.0.0',
  summary: 'Lists all members of a set.',
  complexity: 'O(N), N: members of the set',
  arity: 2,
  flags: 'readonly',
  categories: 'set',
  keys: 'RO access 1',
  arguments: 'key@0',
  tips: 'nondeterministic_output_order',
  handler: (context) => {
    const { reply } = context;
    const { sets } = context.values;
    const entry = context.readable(1, TYPE_SET);
    if (entry < 0) return;
    reply.set(entry === 0 ? 0 : sets.size(entry));
    if (entry !== 0) sets.forEach(entry, (bytes, start, end) => reply.bulk(bytes, start, end));
  },
});

/** Takes the member in argument 3 out of the source, which has it, and tells. */
function moveOut(context: CommandContext, source: Entry): void {
  const { args } = context;
  const { sets } = context.values;
  sets.remove(source, args.bytes, args.start(3), args.end(3));
  const isGone = sets.size(source) === 0;
  if (isGone) context.remove(1, source);
  context.modified(1, NOTIFY_SET, 'srem');
  if (isGone) context.notify(1, NOTIFY_GENERIC, 'del');
}

export const smove = command({
  name: 'SMOVE',
  group: 'set',
  since: '1.0.0',
  summary: 'Moves a member from one set to another.',
  complexity: 'O(1)',
  arity: 4,
  flags: 'write fast',
  categories: 'set',
  keys: 'RW access delete 1; RW insert 2',
  arguments: 'source@0 destination@1 member:string',
  handler: (context) => {
    const { reply } = context;
    const { heap } = context.keyspace;
    const source = context.lookupWrite(1);
    const target = context.lookupWrite(2);
    if (source === 0) {
      reply.integer(0);
      return;
    }
    const isOther = target !== 0 && typeOf(heap, target) !== TYPE_SET;
    if (isOther || typeOf(heap, source) !== TYPE_SET) {
      reply.error(WRONG_TYPE);
      return;
    }
    const isThere = isMember(context, source, 3);
    reply.integer(isThere);
    if (isThere === 0 || source === target) return;
    // It goes in before it goes out: when memory runs out, nothing may get lost.
    const created = target === 0 ? placeSet(context, 2, 3) : 0;
    if (target !== 0) addMembers(context, target, 3);
    moveOut(context, source);
    if (created !== 0) context.database.tellAdded(created);
    if (progress.added > 0) context.modified(2, NOTIFY_SET, 'sadd');
  },
});
