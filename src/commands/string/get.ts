/** Reading strings: GET, STRLEN, MGET, GETRANGE, SUBSTR. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { TYPE_STRING, typeOf } from '../../values/entry.ts';
import { KEY_CHUNK, keyHashes, lookAhead } from '../key-chunk.ts';

export const get = command({
  name: 'GET',
  group: 'string',
  since: '1.0.0',
  summary: 'Reads a string.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'string',
  keys: 'RO access 1',
  arguments: 'key@0',
  handler: (context) => {
    const entry = context.readable(1, TYPE_STRING);
    if (entry < 0) return;
    if (entry === 0) {
      context.reply.null();
      return;
    }
    const { strings } = context.values;
    strings.read(entry);
    context.reply.bulk(strings.foundBytes, strings.foundStart, strings.foundEnd);
  },
});

export const strlen = command({
  name: 'STRLEN',
  group: 'string',
  since: '2.2.0',
  summary: 'Tells how long a string is.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'string',
  keys: 'RO 1',
  arguments: 'key@0',
  handler: (context) => {
    const entry = context.readable(1, TYPE_STRING);
    if (entry >= 0) context.reply.integer(entry === 0 ? 0 : context.values.strings.length(entry));
  },
});

/** Replies the string under a key; null when it is missing or something else. */
function replyString(context: CommandContext, index: number, hash: number): void {
  const { args, reply } = context;
  const { strings } = context.values;
  const entry = context.database.lookupRead(args.bytes, args.start(index), args.end(index), hash);
  if (entry === 0 || typeOf(context.keyspace.heap, entry) !== TYPE_STRING) {
    reply.null();
    return;
  }
  strings.read(entry);
  reply.bulk(strings.foundBytes, strings.foundStart, strings.foundEnd);
}

export const mget = command({
  name: 'MGET',
  group: 'string',
  since: '1.0.0',
  summary: 'Reads the strings of several keys.',
  complexity: 'O(N), N: keys named',
  arity: -2,
  flags: 'readonly fast',
  categories: 'string',
  keys: 'RO access 1 to -1',
  arguments: 'key@0...',
  tips: 'request_policy:multi_shard',
  handler: (context) => {
    const { count } = context.args;
    context.reply.array(count - 1);
    for (let from = 1; from < count; from += KEY_CHUNK) {
      const keys = lookAhead(context, from, 1);
      for (let i = 0; i < keys; i++) replyString(context, from + i, keyHashes[i]);
    }
  },
});

/** GETRANGE: both ends included, negative ones counted from the end. */
function getPart(context: CommandContext): void {
  const { args, reply } = context;
  let start = args.integer(2);
  let end = args.integer(3);
  if (context.refused()) return;
  const entry = context.readable(1, TYPE_STRING);
  if (entry < 0) return;
  const { strings } = context.values;
  const length = entry === 0 ? 0 : strings.length(entry);
  const isBackwards = start < 0 && end < 0 && start > end;
  if (start < 0) start = Math.max(0, start + length);
  if (end < 0) end = Math.max(0, end + length);
  end = Math.min(end, length - 1);
  if (isBackwards || start > end) {
    reply.bulk(args.bytes, 0, 0);
    return;
  }
  strings.read(entry);
  const from = strings.foundStart;
  reply.bulk(strings.foundBytes, from + start, from + end + 1);
}

export const getrange = command({
  name: 'GETRANGE',
  group: 'string',
  since: '2.4.0',
  summary: 'Reads a part of a string.',
  complexity: 'O(N), N: bytes returned',
  arity: 4,
  flags: 'readonly',
  categories: 'string',
  keys: 'RO access 1',
  arguments: 'key@0 start:integer end:integer',
  handler: getPart,
});

export const substr = command({
  name: 'SUBSTR',
  group: 'string',
  since: '1.0.0',
  summary: 'Reads a part of a string, under the old name.',
  complexity: 'O(N), N: bytes returned',
  arity: 4,
  flags: 'readonly',
  categories: 'string',
  keys: 'RO access 1',
  arguments: 'key@0 start:integer end:integer',
  deprecated: '2.0.0',
  replacedBy: '`GETRANGE`',
  handler: getPart,
});
