/** Reading fields of a hash: HGET, HMGET, HEXISTS, HLEN, HSTRLEN, and all of them: HGETALL, HKEYS, HVALS. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { type Entry, TYPE_HASH } from '../../values/entry.ts';

/** Replies the value of the field named by an argument; null when the hash (0: none) has no such. */
function replyField(context: CommandContext, entry: Entry, index: number): void {
  const { args, reply } = context;
  const { hashes } = context.values;
  if (entry !== 0 && hashes.get(entry, args.bytes, args.start(index), args.end(index)))
    reply.bulk(hashes.foundBytes, hashes.foundStart, hashes.foundEnd);
  else reply.null();
}

export const hget = command({
  name: 'HGET',
  group: 'hash',
  since: '2.0.0',
  summary: 'Reads one field of a hash.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly fast',
  categories: 'hash',
  keys: 'RO access 1',
  arguments: 'key@0 field:string',
  handler: (context) => {
    const entry = context.readable(1, TYPE_HASH);
    if (entry >= 0) replyField(context, entry, 2);
  },
});

export const hmget = command({
  name: 'HMGET',
  group: 'hash',
  since: '2.0.0',
  summary: 'Reads several fields of a hash.',
  complexity: 'O(N), N: fields named',
  arity: -3,
  flags: 'readonly fast',
  categories: 'hash',
  keys: 'RO access 1',
  arguments: 'key@0 field:string...',
  handler: (context) => {
    const { count } = context.args;
    const entry = context.readable(1, TYPE_HASH);
    if (entry < 0) return;
    context.reply.array(count - 2);
    for (let i = 2; i < count; i++) replyField(context, entry, i);
  },
});

export const hexists = command({
  name: 'HEXISTS',
  group: 'hash',
  since: '2.0.0',
  summary: 'Tells whether a hash has a field.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly fast',
  categories: 'hash',
  keys: 'RO 1',
  arguments: 'key@0 field:string',
  handler: (context) => {
    const { args, values } = context;
    const entry = context.readable(1, TYPE_HASH);
    if (entry < 0) return;
    const has = entry !== 0 && values.hashes.has(entry, args.bytes, args.start(2), args.end(2));
    context.reply.integer(has ? 1 : 0);
  },
});

export const hlen = command({
  name: 'HLEN',
  group: 'hash',
  since: '2.0.0',
  summary: 'Counts the fields of a hash.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'hash',
  keys: 'RO 1',
  arguments: 'key@0',
  handler: (context) => {
    const entry = context.readable(1, TYPE_HASH);
    if (entry >= 0) context.reply.integer(entry === 0 ? 0 : context.values.hashes.length(entry));
  },
});

export const hstrlen = command({
  name: 'HSTRLEN',
  group: 'hash',
  since: '3.2.0',
  summary: 'Tells how long the value of a field is.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly fast',
  categories: 'hash',
  keys: 'RO 1',
  arguments: 'key@0 field:string',
  handler: (context) => {
    const { args, values } = context;
    const entry = context.readable(1, TYPE_HASH);
    if (entry < 0) return;
    context.reply.integer(
      entry === 0 ? 0 : values.hashes.valueLength(entry, args.bytes, args.start(2), args.end(2)),
    );
  },
});

/** What of each field is replied. */
const FIELDS = 1;
const VALUES = 2;

/** Replies all fields, values or both; both as a map. */
function replyAll(context: CommandContext, what: number): void {
  const { reply } = context;
  const { hashes } = context.values;
  const entry = context.readable(1, TYPE_HASH);
  if (entry < 0) return;
  const length = entry === 0 ? 0 : hashes.length(entry);
  if (what === (FIELDS | VALUES)) reply.map(length);
  else reply.array(length);
  if (entry === 0) return;
  hashes.forEach(entry, (field, from, to, value, start, end) => {
    if ((what & FIELDS) !== 0) reply.bulk(field, from, to);
    if ((what & VALUES) !== 0) reply.bulk(value, start, end);
  });
}

export const hgetall = command({
  name: 'HGETALL',
  group: 'hash',
  since: '2.0.0',
  summary: 'Reads a whole hash.',
  complexity: 'O(N), N: fields of the hash',
  arity: 2,
  flags: 'readonly',
  categories: 'hash',
  keys: 'RO access 1',
  arguments: 'key@0',
  tips: 'nondeterministic_output_order',
  handler: (context) => replyAll(context, FIELDS | VALUES),
});

export const hkeys = command({
  name: 'HKEYS',
  group: 'hash',
  since: '2.0.0',
  summary: 'Lists the field names of a hash.',
  complexity: 'O(N), N: fields of the hash',
  arity: 2,
  flags: 'readonly',
  categories: 'hash',
  keys: 'RO access 1',
  arguments: 'key@0',
  tips: 'nondeterministic_output_order',
  handler: (context) => replyAll(context, FIELDS),
});

export const hvals = command({
  name: 'HVALS',
  group: 'hash',
  since: '2.0.0',
  summary: 'Lists the values of a hash.',
  complexity: 'O(N), N: fields of the hash',
  arity: 2,
  flags: 'readonly',
  categories: 'hash',
  keys: 'RO access 1',
  arguments: 'key@0',
  tips: 'nondeterministic_output_order',
  handler: (context) => replyAll(context, VALUES),
});
