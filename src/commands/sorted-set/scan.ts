/** ZSCAN: a walk through a sorted set in steps. */
import { writeDouble } from '../../bytes/format-double.ts';
import { writeBigInteger } from '../../bytes/integer.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { type Entry, TYPE_SORTED_SET } from '../../values/entry.ts';
import { LARGEST_INTEGER_SCORE } from '../../values/listpack-set.ts';
import { replied, replyScan, scanMatches } from '../collection-scan.ts';

/** Room for the text of a score. */
const text = new Uint8Array(32);

/**
 * Writes a score as a scan shows it, and returns the text's length: as it is stored, which in a
 * listpack is all digits for integral scores up to 2^62.
 */
function writeScore(score: number, isSmall: boolean): number {
  if (isSmall && Number.isInteger(score) && Math.abs(score) <= LARGEST_INTEGER_SCORE)
    return writeBigInteger(text, 0, BigInt(score));
  return writeDouble(text, 0, score);
}

function walk(context: CommandContext, entry: Entry, cursor: number, atLeast: number): number {
  const { reply } = context;
  const { sortedSets } = context.values;
  const isSmall = sortedSets.listpackOf(entry) !== 0;
  return sortedSets.scan(entry, cursor, atLeast, (bytes, start, end, score) => {
    if (scanMatches(context, bytes, start, end)) {
      reply.bulk(bytes, start, end);
      // Other than elsewhere, scores are texts in RESP3, too.
      reply.bulk(text, 0, writeScore(score, isSmall));
      replied.count += 2;
    }
    return true;
  });
}

export const zscan = command({
  name: 'ZSCAN',
  group: 'sorted-set',
  since: '2.8.0',
  summary: 'Walks through a sorted set a few members at a time.',
  complexity: 'O(1) a call, O(N) for the whole walk, N: members',
  arity: -3,
  flags: 'readonly',
  categories: 'sortedset',
  keys: 'RO access 1',
  arguments: 'key@0 cursor:integer [MATCH pattern:pattern] [COUNT count:integer]',
  tips: 'nondeterministic_output',
  handler: (context) => replyScan(context, TYPE_SORTED_SET, walk),
});
