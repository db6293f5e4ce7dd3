/** HRANDFIELD: fields picked by chance. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { type Entry, TYPE_HASH } from '../../values/entry.ts';
import type { FieldVisit } from '../../values/hash.ts';
import { checkRandomCount, readRandomCount } from '../random-count.ts';

function replyOne(context: CommandContext): void {
  const { hashes } = context.values;
  const entry = context.readable(1, TYPE_HASH);
  if (entry < 0) return;
  if (entry === 0) {
    context.reply.null();
    return;
  }
  hashes.random(entry, context.keyspace.random);
  context.reply.bulk(hashes.foundField, hashes.foundFieldStart, hashes.foundFieldEnd);
}

/** Announces `count` fields: with values, RESP3 has an array of pairs, RESP2 a flat one. */
function replyLength({ reply }: CommandContext, count: number, withValues: boolean): void {
  reply.array(withValues && reply.protocol === 2 ? count * 2 : count);
}

/** What writes one field, and its value if that is wanted. */
function fieldWriter({ reply }: CommandContext, withValues: boolean): FieldVisit {
  return (field, from, to, value, start, end) => {
    if (withValues && reply.protocol === 3) reply.array(2);
    reply.bulk(field, from, to);
    if (withValues) reply.bulk(value, start, end);
  };
}

/** Fields that may be the same. */
function replyRepeated(context: CommandContext, entry: Entry, count: number, pairs: boolean): void {
  const { hashes } = context.values;
  const { random } = context.keyspace;
  const write = fieldWriter(context, pairs);
  replyLength(context, count, pairs);
  for (let i = 0; i < count; i++) {
    hashes.random(entry, random);
    const { foundField, foundFieldStart, foundFieldEnd } = hashes;
    const { foundBytes, foundStart, foundEnd } = hashes;
    write(foundField, foundFieldStart, foundFieldEnd, foundBytes, foundStart, foundEnd);
  }
}

function replyMany(context: CommandContext): void {
  const { args } = context;
  const { hashes } = context.values;
  const count = readRandomCount(context, 2);
  const withValues = args.count > 3;
  if (args.count > 4 || (withValues && !args.is(3, 'withvalues'))) args.fail(SYNTAX_ERROR);
  if (args.failure === undefined) checkRandomCount(context, 2, withValues);
  if (context.refused()) return;
  const entry = context.readable(1, TYPE_HASH);
  if (entry < 0) return;
  const length = entry === 0 ? 0 : hashes.length(entry);
  if (length === 0 || count === 0) context.reply.emptyArray();
  else if (count < 0) replyRepeated(context, entry, -count, withValues);
  else {
    const picked = Math.min(count, length);
    replyLength(context, picked, withValues);
    const write = fieldWriter(context, withValues);
    hashes.randomDistinct(entry, picked, context.keyspace.random, write);
  }
}

export const hrandfield = command({
  name: 'HRANDFIELD',
  group: 'hash',
  since: '6.2.0',
  summary: 'Picks fields of a hash by chance.',
  complexity: 'O(N), N: fields returned',
  arity: -2,
  flags: 'readonly',
  categories: 'hash',
  keys: 'RO access 1',
  arguments: 'key@0 [options: count:integer [WITHVALUES]]',
  tips: 'nondeterministic_output',
  handler: (context) => {
    if (context.args.count === 2) replyOne(context);
    else replyMany(context);
  },
});
