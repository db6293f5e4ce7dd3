/** Adding elements at the ends of a list: LPUSH, RPUSH, LPUSHX, RPUSHX. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_LIST } from '../../config/notify-classes.ts';
import { type Entry, TYPE_LIST } from '../../values/entry.ts';

/** The argument that `pushAll` is at: what is before it stays when memory runs out. */
let reached = 0;

/** Pushes every element of the request, in order. */
function pushAll(context: CommandContext, entry: Entry, head: boolean): void {
  const { args } = context;
  const { lists } = context.values;
  for (let i = 2; i < args.count; i++) {
    reached = i;
    if (head) lists.pushHead(entry, args.bytes, args.start(i), args.end(i));
    else lists.pushTail(entry, args.bytes, args.start(i), args.end(i));
  }
}

/** Tells of `count` elements that were pushed. */
function tellPushed(context: CommandContext, head: boolean, count: number): void {
  context.modified(1, NOTIFY_LIST, head ? 'lpush' : 'rpush');
  context.keyspace.dirty += count - 1;
}

/** `pushAll` for a list that clients know. */
function extendList(context: CommandContext, entry: Entry, head: boolean): void {
  try {
    pushAll(context, entry, head);
  } catch (error) {
    if (reached > 2) {
      tellPushed(context, head, reached - 2);
      context.propagatePrefix(reached);
    }
    throw error;
  }
}

/** Puts a new list with the elements of the request at argument 1. */
function addList(context: CommandContext, head: boolean): Entry {
  const { args } = context;
  const entry = context.values.lists.create(args.bytes, args.start(1), args.end(1));
  try {
    pushAll(context, entry, head);
    context.database.add(entry, args.hash(1));
  } catch (error) {
    context.keyspace.freeEntry(entry);
    throw error;
  }
  return entry;
}

function push(context: CommandContext, head: boolean, mayCreate: boolean): void {
  const found = context.writable(1, TYPE_LIST);
  if (found < 0) return;
  if (found === 0 && !mayCreate) {
    context.reply.integer(0);
    return;
  }
  let entry = found;
  if (found === 0) entry = addList(context, head);
  else extendList(context, found, head);
  tellPushed(context, head, context.args.count - 2);
  context.reply.integer(context.values.lists.length(entry));
}

export const lpush = command({
  name: 'LPUSH',
  group: 'list',
  since: '1.0.0',
  summary: 'Puts elements at the head of a list, which is created when missing.',
  complexity: 'O(1) an element',
  arity: -3,
  flags: 'write denyoom fast',
  categories: 'list',
  keys: 'RW insert 1',
  arguments: 'key@0 element:string...',
  history: ['2.4.0: Takes several elements.'],
  handler: (context) => push(context, true, true),
});

export const rpush = command({
  name: 'RPUSH',
  group: 'list',
  since: '1.0.0',
  summary: 'Puts elements at the tail of a list, which is created when missing.',
  complexity: 'O(1) an element',
  arity: -3,
  flags: 'write denyoom fast',
  categories: 'list',
  keys: 'RW insert 1',
  arguments: 'key@0 element:string...',
  history: ['2.4.0: Takes several elements.'],
  handler: (context) => push(context, false, true),
});

export const lpushx = command({
  name: 'LPUSHX',
  group: 'list',
  since: '2.2.0',
  summary: 'Puts elements at the head of a list that exists.',
  complexity: 'O(1) an element',
  arity: -3,
  flags: 'write denyoom fast',
  categories: 'list',
  keys: 'RW insert 1',
  arguments: 'key@0 element:string...',
  history: ['4.0.0: Takes several elements.'],
  handler: (context) => push(context, true, false),
});

export const rpushx = command({
  name: 'RPUSHX',
  group: 'list',
  since: '2.2.0',
  summary: 'Puts elements at the tail of a list that exists.',
  complexity: 'O(1) an element',
  arity: -3,
  flags: 'write denyoom fast',
  categories: 'list',
  keys: 'RW insert 1',
  arguments: 'key@0 element:string...',
  history: ['4.0.0: Takes several elements.'],
  handler: (context) => push(context, false, false),
});
