/** HSCAN: a walk through a hash in steps. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { type Entry, TYPE_HASH } from '../../values/entry.ts';
import { replied, replyScan, scanMatches } from '../collection-scan.ts';

function walk(context: CommandContext, entry: Entry, cursor: number, atLeast: number): number {
  const { reply, values } = context;
  return values.hashes.scan(entry, cursor, atLeast, (field, from, to, value, start, end) => {
    if (!scanMatches(context, field, from, to)) return;
    reply.bulk(field, from, to);
    reply.bulk(value, start, end);
    replied.count += 2;
  });
}

export const hscan = command({
  name: 'HSCAN',
  group: 'hash',
  since: '2.8.0',
  summary: 'Walks through a hash a few fields at a time.',
  complexity: 'O(1) a call, O(N) for the whole walk, N: fields',
  arity: -3,
  flags: 'readonly',
  categories: 'hash',
  keys: 'RO access 1',
  arguments: 'key@0 cursor:integer [MATCH pattern:pattern] [COUNT count:integer]',
  tips: 'nondeterministic_output',
  handler: (context) => replyScan(context, TYPE_HASH, walk),
});
