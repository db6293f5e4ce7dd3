/** Changing a list within: LSET, LINSERT, LREM, LTRIM. */
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC, NOTIFY_LIST } from '../../config/notify-classes.ts';
import { INDEX_OUT_OF_RANGE, NO_SUCH_KEY, SYNTAX_ERROR } from '../../resp/errors.ts';
import { TYPE_LIST } from '../../values/entry.ts';

export const lset = command({
  name: 'LSET',
  group: 'list',
  since: '1.0.0',
  summary: 'Replaces the element at a place in a list.',
  complexity: 'O(N), N: length of the list; O(1) at both ends',
  arity: 4,
  flags: 'write denyoom',
  categories: 'list',
  keys: 'RW update 1',
  arguments: 'key@0 index:integer element:string',
  handler: (context) => {
    const { args, reply } = context;
    const entry = context.writable(1, TYPE_LIST);
    if (entry < 0) return;
    if (entry === 0) args.fail(NO_SUCH_KEY);
    const index = args.integer(2);
    if (context.refused()) return;
    if (!context.values.lists.set(entry, index, args.bytes, args.start(3), args.end(3))) {
      reply.error(INDEX_OUT_OF_RANGE);
      return;
    }
    context.modified(1, NOTIFY_LIST, 'lset');
    reply.ok();
  },
});

export const linsert = command({
  name: 'LINSERT',
  group: 'list',
  since: '2.2.0',
  summary: 'Inserts an element next to another one of a list.',
  complexity: 'O(N), N: elements up to the other one',
  arity: 5,
  flags: 'write denyoom',
  categories: 'list',
  keys: 'RW insert 1',
  arguments: 'key@0 (where: BEFORE | AFTER) pivot:string element:string',
  handler: (context) => {
    const { args, reply } = context;
    const { bytes } = args;
    const { lists } = context.values;
    const isAfter = args.is(2, 'after');
    if (!isAfter && !args.is(2, 'before')) args.fail(SYNTAX_ERROR);
    if (context.refused()) return;
    const entry = context.writable(1, TYPE_LIST);
    if (entry < 0) return;
    if (entry === 0) {
      reply.integer(0);
      return;
    }
    const index = lists.indexOf(entry, bytes, args.start(3), args.end(3), 0, Infinity, false);
    if (index < 0) {
      reply.integer(-1);
      return;
    }
    lists.insert(entry, index, bytes, args.start(4), args.end(4), isAfter);
    context.modified(1, NOTIFY_LIST, 'linsert');
    reply.integer(lists.length(entry));
  },
});

export const lrem = command({
  name: 'LREM',
  group: 'list',
  since: '1.0.0',
  summary: 'Removes elements that equal the given one.',
  complexity: 'O(N+M), N: length of the list, M: elements removed',
  arity: 4,
  flags: 'write',
  categories: 'list',
  keys: 'RW delete 1',
  arguments: 'key@0 count:integer element:string',
  handler: (context) => {
    const { args, reply } = context;
    const { lists } = context.values;
    const count = args.integer(2);
    if (context.refused()) return;
    const entry = context.writable(1, TYPE_LIST);
    if (entry < 0) return;
    let removed = 0;
    if (entry > 0)
      removed = lists.removeEqual(entry, args.bytes, args.start(3), args.end(3), count);
    if (removed > 0) {
      context.modified(1, NOTIFY_LIST, 'lrem');
      context.keyspace.dirty += removed - 1;
      if (lists.length(entry) === 0) {
        context.remove(1, entry);
        context.notify(1, NOTIFY_GENERIC, 'del');
      }
    }
    reply.integer(removed);
  },
});

export const ltrim = command({
  name: 'LTRIM',
  group: 'list',
  since: '1.0.0',
  summary: 'Cuts a list down to a stretch of it.',
  complexity: 'O(N), N: elements removed',
  arity: 4,
  flags: 'write',
  categories: 'list',
  keys: 'RW delete 1',
  arguments: 'key@0 start:integer stop:integer',
  handler: (context) => {
    const { args, reply } = context;
    const { lists } = context.values;
    const from = args.integer(2);
    const to = args.integer(3);
    if (context.refused()) return;
    const entry = context.writable(1, TYPE_LIST);
    if (entry < 0) return;
    if (entry > 0) {
      const length = lists.length(entry);
      const start = from < 0 ? Math.max(0, from + length) : from;
      const stop = Math.min(to < 0 ? to + length : to, length - 1);
      const kept = Math.max(0, stop - start + 1);
      if (kept > 0) lists.keepRange(entry, start, kept);
      // It is told even when nothing was cut off; only what was cut off counts as changed.
      context.modified(1, NOTIFY_LIST, 'ltrim');
      context.keyspace.dirty += length - kept - 1;
      if (kept === 0) {
        context.remove(1, entry);
        context.notify(1, NOTIFY_GENERIC, 'del');
      }
    }
    reply.ok();
  },
});
