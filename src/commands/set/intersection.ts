/** What several sets have in common: SINTER, SINTERSTORE, SINTERCARD. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { LIMIT_NEGATIVE, NUMKEYS_NOT_POSITIVE, SYNTAX_ERROR } from '../../resp/errors.ts';
import type { Entry } from '../../values/entry.ts';
import type { Sets } from '../../values/set.ts';
import { type Combination, readSets, replyCombination, storeCombination } from './sources.ts';

const TOO_MANY_KEYS = "ERR Number of keys can't be greater than number of args";

/** One missing set leaves nothing in common. */
function intersection(sets: Sets, entries: readonly Entry[]): Combination {
  return (visit) => {
    if (!entries.includes(0)) sets.intersect(entries, visit);
  };
}

/** Reads the number of keys in argument 1 and the options behind them; returns the limit. */
function readLimit(context: CommandContext): number {
  const { args } = context;
  const keys = args.integer(1, NUMKEYS_NOT_POSITIVE);
  if (keys < 1) args.fail(NUMKEYS_NOT_POSITIVE);
  if (keys > args.count - 2) args.fail(TOO_MANY_KEYS);
  let limit = 0;
  for (let i = 2 + keys; i < args.count && args.failure === undefined; i += 2) {
    if (!args.is(i, 'limit') || i + 1 === args.count) args.fail(SYNTAX_ERROR);
    else limit = args.integer(i + 1, LIMIT_NEGATIVE);
    if (limit < 0) args.fail(LIMIT_NEGATIVE);
  }
  return limit === 0 ? Infinity : limit;
}

export const sinter = command({
  name: 'SINTER',
  group: 'set',
  since: '1.0.0',
  summary: 'Gives the members that all sets have.',
  complexity: 'O(N*M) at worst, N: members of the smallest set, M: sets',
  arity: -2,
  flags: 'readonly',
  categories: 'set',
  keys: 'RO access 1 to -1',
  arguments: 'key@0...',
  tips: 'nondeterministic_output_order',
  handler: (context) => {
    const entries = readSets(context, 1, context.args.count - 1);
    if (entries === undefined) return;
    replyCombination(context, intersection(context.values.sets, entries));
  },
});

export const sinterstore = command({
  name: 'SINTERSTORE',
  group: 'set',
  since: '1.0.0',
  summary: 'Stores the members that all sets have.',
  complexity: 'O(N*M) at worst, N: members of the smallest set, M: sets',
  arity: -3,
  flags: 'write denyoom',
  categories: 'set',
  keys: 'RW update 1; RO access 2 to -1',
  arguments: 'destination@0 key@1...',
  handler: (context) => {
    const entries = readSets(context, 2, context.args.count - 2);
    if (entries === undefined) return;
    storeCombination(context, 'sinterstore', 0, 0, intersection(context.values.sets, entries));
  },
});

export const sintercard = command({
  name: 'SINTERCARD',
  group: 'set',
  since: '7.0.0',
  summary: 'Counts the members that all sets have, up to a limit.',
  complexity: 'O(N*M) at worst, N: members of the smallest set, M: sets',
  arity: -3,
  flags: 'readonly',
  categories: 'set',
  keys: 'RO access 1 keynum',
  arguments: 'numkeys:integer key@0... [LIMIT limit:integer]',
  handler: (context) => {
    const limit = readLimit(context);
    if (context.refused()) return;
    const entries = readSets(context, 2, context.args.integer(1));
    if (entries === undefined) return;
    let count = 0;
    intersection(context.values.sets, entries)(() => ++count >= limit);
    context.reply.integer(count);
  },
});
