/** When a key expires: TTL and PTTL from now, EXPIRETIME and PEXPIRETIME as a Unix time. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { exactExpiryOf, expiryOf } from '../../values/entry.ts';

const NO_KEY = -2;
const NO_EXPIRY = -1;

/** Replies the expiry of argument 1 less `since` milliseconds, in units of `unit` milliseconds. */
function replyExpiry(context: CommandContext, since: number, unit: 1 | 1000): void {
  const { keyspace, reply } = context;
  keyspace.keepClocks = true;
  const entry = context.lookup(1);
  if (entry === 0) {
    reply.integer(NO_KEY);
    return;
  }
  const expiry = expiryOf(keyspace.heap, entry);
  if (expiry < 0) reply.integer(NO_EXPIRY);
  else if (expiry <= Number.MAX_SAFE_INTEGER) {
    const time = Math.max(0, expiry - since);
    reply.integer(unit === 1 ? time : Math.floor((time + 500) / 1000));
  } else {
    const time = exactExpiryOf(keyspace.heap, entry) - BigInt(since);
    reply.bigInteger(unit === 1 ? time : (time + 500n) / 1000n);
  }
}

export const ttl = command({
  name: 'TTL',
  group: 'generic',
  since: '1.0.0',
  summary: 'Tells how many seconds a key has left.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'keyspace',
  keys: 'RO access 1',
  arguments: 'key@0',
  history: ['2.8.0: A missing key gives -2.'],
  tips: 'nondeterministic_output',
  handler: (context) => replyExpiry(context, context.keyspace.now, 1000),
});

export const pttl = command({
  name: 'PTTL',
  group: 'generic',
  since: '2.6.0',
  summary: 'Tells how many milliseconds a key has left.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'keyspace',
  keys: 'RO access 1',
  arguments: 'key@0',
  history: ['2.8.0: A missing key gives -2.'],
  tips: 'nondeterministic_output',
  handler: (context) => replyExpiry(context, context.keyspace.now, 1),
});

export const expiretime = command({
  name: 'EXPIRETIME',
  group: 'generic',
  since: '7.0.0',
  summary: 'Tells until which Unix time in seconds a key lives.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'keyspace',
  keys: 'RO access 1',
  arguments: 'key@0',
  handler: (context) => replyExpiry(context, 0, 1000),
});

export const pexpiretime = command({
  name: 'PEXPIRETIME',
  group: 'generic',
  since: '7.0.0',
  summary: 'Tells until which Unix time in milliseconds a key lives.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'keyspace',
  keys: 'RO access 1',
  arguments: 'key@0',
  handler: (context) => replyExpiry(context, 0, 1),
});
