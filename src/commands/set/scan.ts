/** SSCAN: a walk through a set in steps. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { type Entry, TYPE_SET } from '../../values/entry.ts';
import { replied, replyScan, scanMatches } from '../collection-scan.ts';

function walk(context: CommandContext, entry: Entry, cursor: number, atLeast: number): number {
  const { reply, values } = context;
  return values.sets.scan(entry, cursor, atLeast, (bytes, start, end) => {
    if (!scanMatches(context, bytes, start, end)) return;
    reply.bulk(bytes, start, end);
    replied.count++;
  });
}

export const sscan = command({
  name: 'SSCAN',
  group: 'set',
  since: '2.8.0',
  summary: 'Walks through a set a few members at a time.',
  complexity: 'O(1) a call, O(N) for the whole walk, N: members',
  arity: -3,
  flags: 'readonly',
  categories: 'set',
  keys: 'RO access 1',
  arguments: 'key@0 cursor:integer [MATCH pattern:pattern] [COUNT count:integer]',
  tips: 'nondeterministic_output',
  handler: (context) => replyScan(context, TYPE_SET, walk),
});
