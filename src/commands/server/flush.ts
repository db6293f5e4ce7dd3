/**
 * Whole databases: DBSIZE, FLUSHDB, FLUSHALL, SWAPDB. A flush takes the keys away at once and gives
 * their memory back in slices between commands, whether SYNC or ASYNC was asked for: nothing could
 * be gained by making the other clients wait.
 */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { DB_INDEX_OUT_OF_RANGE, SYNTAX_ERROR } from '../../resp/errors.ts';

const INVALID_FIRST = 'ERR invalid first DB index';
const INVALID_SECOND = 'ERR invalid second DB index';

export const dbsize = command({
  name: 'DBSIZE',
  group: 'server',
  since: '1.0.0',
  summary: 'Counts the keys of the database.',
  complexity: 'O(1)',
  arity: 1,
  flags: 'readonly fast',
  categories: 'keyspace',
  tips: 'request_policy:all_shards response_policy:agg_sum',
  handler: ({ database, reply }) => reply.integer(database.size),
});

/** Whether the only argument there may be is SYNC or ASYNC; replies the error otherwise. */
function readFlushMode(context: CommandContext): boolean {
  const { args, reply } = context;
  if (args.count === 1) return true;
  if (args.count === 2 && (args.is(1, 'sync') || args.is(1, 'async'))) return true;
  reply.error(SYNTAX_ERROR);
  return false;
}

/** States the request itself as its effect: an empty database is flushed elsewhere, too. */
function propagateFlush(context: CommandContext, name: string): void {
  const { args } = context;
  if (args.count === 1) context.propagate(name);
  else context.propagate(name, args.copy(1));
}

export const flushdb = command({
  name: 'FLUSHDB',
  group: 'server',
  since: '1.0.0',
  summary: 'Removes the keys of the database.',
  complexity: 'O(N), N: keys in the database',
  arity: -1,
  flags: 'write touches_arbitrary_keys',
  categories: 'keyspace dangerous',
  arguments: '[async: ASYNC since 4.0.0 | SYNC since 6.2.0]',
  history: [
    '4.0.0: `ASYNC` frees the memory in the background.',
    '6.2.0: `SYNC` asks for the opposite of `ASYNC`.',
  ],
  tips: 'request_policy:all_shards response_policy:all_succeeded',
  handler: (context) => {
    if (!readFlushMode(context)) return;
    const { keyspace, database } = context;
    keyspace.dirty += keyspace.flush(database.index);
    propagateFlush(context, 'FLUSHDB');
    context.reply.ok();
  },
});

export const flushall = command({
  name: 'FLUSHALL',
  group: 'server',
  since: '1.0.0',
  summary: 'Removes the keys of all databases.',
  complexity: 'O(N), N: keys in all databases',
  arity: -1,
  flags: 'write touches_arbitrary_keys',
  categories: 'keyspace dangerous',
  arguments: '[async: ASYNC since 4.0.0 | SYNC since 6.2.0]',
  history: [
    '4.0.0: `ASYNC` frees the memory in the background.',
    '6.2.0: `SYNC` asks for the opposite of `ASYNC`.',
  ],
  tips: 'request_policy:all_shards response_policy:all_succeeded',
  handler: (context) => {
    if (!readFlushMode(context)) return;
    const { keyspace } = context;
    keyspace.dirty += keyspace.flushAll() + 1;
    propagateFlush(context, 'FLUSHALL');
    context.reply.ok();
  },
});

export const swapdb = command({
  name: 'SWAPDB',
  group: 'server',
  since: '4.0.0',
  summary: 'Exchanges the contents of two databases.',
  complexity: 'O(N), N: clients that watch or wait for keys of either',
  arity: 3,
  flags: 'write fast touches_arbitrary_keys',
  categories: 'keyspace dangerous',
  arguments: 'index1:integer index2:integer',
  handler: (context) => {
    const { args, reply, keyspace } = context;
    const first = args.integerBetween(1, -(2 ** 31), 2 ** 31 - 1, INVALID_FIRST);
    const second = args.integerBetween(2, -(2 ** 31), 2 ** 31 - 1, INVALID_SECOND);
    const count = keyspace.databases.length;
    const isInside = (index: number): boolean => index >= 0 && index < count;
    if (!isInside(first) || !isInside(second)) args.fail(DB_INDEX_OUT_OF_RANGE);
    if (context.refused()) return;
    keyspace.swap(first, second);
    keyspace.dirty++;
    reply.ok();
  },
});
