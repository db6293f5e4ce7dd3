/** Reading elements by their places: LLEN, LINDEX, LRANGE. */
import { command } from '../../command/spec.ts';
import { TYPE_LIST } from '../../values/entry.ts';
import { replyElements } from './ends.ts';

export const llen = command({
  name: 'LLEN',
  group: 'list',
  since: '1.0.0',
  summary: 'Counts the elements of a list.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'list',
  keys: 'RO 1',
  arguments: 'key@0',
  handler: (context) => {
    const entry = context.readable(1, TYPE_LIST);
    if (entry >= 0) context.reply.integer(entry === 0 ? 0 : context.values.lists.length(entry));
  },
});

export const lindex = command({
  name: 'LINDEX',
  group: 'list',
  since: '1.0.0',
  summary: 'Reads an element by its place in a list.',
  complexity: 'O(N), N: elements up to that place; O(1) at both ends',
  arity: 3,
  flags: 'readonly',
  categories: 'list',
  keys: 'RO access 1',
  arguments: 'key@0 index:integer',
  handler: (context) => {
    const { reply } = context;
    const { lists } = context.values;
    const entry = context.readable(1, TYPE_LIST);
    if (entry < 0) return;
    // What stands for the index of a missing list does not matter.
    const index = entry === 0 ? 0 : context.args.integer(2);
    if (context.refused()) return;
    if (entry === 0 || !lists.seek(entry, index)) reply.null();
    else reply.bulk(lists.foundBytes, lists.foundStart, lists.foundEnd);
  },
});

export const lrange = command({
  name: 'LRANGE',
  group: 'list',
  since: '1.0.0',
  summary: 'Reads a stretch of a list.',
  complexity: 'O(S+N), S: distance of the stretch from the nearer end, N: elements read',
  arity: 4,
  flags: 'readonly',
  categories: 'list',
  keys: 'RO access 1',
  arguments: 'key@0 start:integer stop:integer',
  handler: (context) => {
    const { args, reply } = context;
    const from = args.integer(2);
    const to = args.integer(3);
    if (context.refused()) return;
    const entry = context.readable(1, TYPE_LIST);
    if (entry < 0) return;
    const length = entry === 0 ? 0 : context.values.lists.length(entry);
    const start = from < 0 ? Math.max(0, from + length) : from;
    const stop = Math.min(to < 0 ? to + length : to, length - 1);
    if (start > stop) reply.emptyArray();
    else replyElements(context, entry, start, stop - start + 1, false);
  },
});
