/**
 * DEL and UNLINK. Both take the keys out at once, and both leave large values to be freed in slices
 * between commands: there is nothing for UNLINK to do better.
 */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC } from '../../config/notify-classes.ts';

function deleteAll(context: CommandContext): void {
  const { args } = context;
  let deleted = 0;
  for (let i = 1; i < args.count; i++) {
    const entry = context.lookupWrite(i);
    if (entry === 0) continue;
    context.remove(i, entry);
    context.modified(i, NOTIFY_GENERIC, 'del');
    deleted++;
  }
  context.reply.integer(deleted);
}

export const del = command({
  name: 'DEL',
  group: 'generic',
  since: '1.0.0',
  summary: 'Removes keys.',
  complexity: 'O(N), N: keys; a collection costs O(M), M: its elements',
  arity: -2,
  flags: 'write',
  categories: 'keyspace',
  keys: 'RM delete 1 to -1',
  arguments: 'key@0...',
  tips: 'request_policy:multi_shard response_policy:agg_sum',
  handler: deleteAll,
});

export const unlink = command({
  name: 'UNLINK',
  group: 'generic',
  since: '4.0.0',
  summary: 'Removes keys at once and frees their memory later.',
  complexity: 'O(1) a key; the memory is released in the background in O(N), N: its allocations',
  arity: -2,
  flags: 'write fast',
  categories: 'keyspace',
  keys: 'RM delete 1 to -1',
  arguments: 'key@0...',
  tips: 'request_policy:multi_shard response_policy:agg_sum',
  handler: deleteAll,
});
