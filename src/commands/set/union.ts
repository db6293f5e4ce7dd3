/** Sets together and sets apart: SUNION, SUNIONSTORE, SDIFF, SDIFFSTORE. */
import { isCanonicalInt64 } from '../../bytes/integer.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { Entry } from '../../values/entry.ts';
import type { Sets } from '../../values/set.ts';
import { type Combination, readSets, replyCombination, storeCombination } from './sources.ts';

/** More sets than this are first collected in one. */
const MOST_ASKED = 4;
const NO_KEY = new Uint8Array(0);
/** How many more members than there will be a table is made for that is filled in several rounds. */
const SPACIOUS = 1.15;

/** Runs `use` with a set, under no key, that has the members of all these. */
function withCollected(
  context: CommandContext,
  entries: readonly Entry[],
  use: (collected: Entry) => void,
): void {
  const { sets } = context.values;
  const collected = sets.create(NO_KEY, 0, 0);
  try {
    for (const entry of entries) sets.addAll(collected, entry);
    use(collected);
  } finally {
    context.keyspace.freeEntry(collected);
  }
}

function unionOf(context: CommandContext, entries: readonly Entry[]): Combination {
  const { sets } = context.values;
  const present = [...new Set(entries)].filter((entry) => entry !== 0);
  if (present.length <= MOST_ASKED) return (visit) => sets.union(present, visit);
  return (visit) => withCollected(context, present, (all) => sets.forEach(all, visit));
}

/**
 * Whether collecting all members costs less than asking every set for each of the first one's. The
 * real server decides so, and what it decides shows in the encoding of the result.
 */
function prefersCollecting(sets: Sets, first: Entry, others: readonly Entry[]): boolean {
  const size = sets.size(first);
  const all = others.reduce((sum, other) => sum + sets.size(other), size);
  return Math.floor((size * (others.length + 1)) / 2) > all;
}

function differenceOf(
  context: CommandContext,
  first: Entry,
  others: readonly Entry[],
): Combination {
  const { sets } = context.values;
  return (visit) => {
    if (first === 0 || others.includes(first)) return;
    // Large sets are the most likely to have a member, so they are asked first.
    const sorted = others.toSorted((a, b) => sets.size(b) - sets.size(a));
    if (others.length <= MOST_ASKED || !prefersCollecting(sets, first, others))
      sets.difference(first, sorted, visit);
    else withCollected(context, others, (all) => sets.difference(first, [all], visit));
  };
}

/**
 * Where the real server collects, it puts all of the first set in the result and takes the others' out
 * again: a first set that had to be a hash table makes the result one.
 */
function becomesHashTable(
  context: CommandContext,
  first: Entry,
  others: readonly Entry[],
): boolean {
  const { sets } = context.values;
  if (!prefersCollecting(sets, first, others)) return false;
  if (sets.size(first) > context.config.setMaxIntsetEntries) return true;
  let isText = false;
  if (!sets.isIntset(first))
    sets.forEach(first, (bytes, start, end) => {
      isText = !isCanonicalInt64(bytes, start, end);
      return isText;
    });
  return isText;
}

export const sunion = command({
  name: 'SUNION',
  group: 'set',
  since: '1.0.0',
  summary: 'Gives the members that any of the sets has.',
  complexity: 'O(N), N: members of all sets',
  arity: -2,
  flags: 'readonly',
  categories: 'set',
  keys: 'RO access 1 to -1',
  arguments: 'key@0...',
  tips: 'nondeterministic_output_order',
  handler: (context) => {
    const entries = readSets(context, 1, context.args.count - 1);
    if (entries !== undefined) replyCombination(context, unionOf(context, entries));
  },
});

export const sunionstore = command({
  name: 'SUNIONSTORE',
  group: 'set',
  since: '1.0.0',
  summary: 'Stores the members that any of the sets has.',
  complexity: 'O(N), N: members of all sets',
  arity: -3,
  flags: 'write denyoom',
  categories: 'set',
  keys: 'OW update 1; RO access 2 to -1',
  arguments: 'destination@0 key@1...',
  handler: (context) => {
    const entries = readSets(context, 2, context.args.count - 2);
    if (entries === undefined) return;
    const { sets } = context.values;
    const present = entries.filter((entry) => entry !== 0);
    const largest = present.reduce((most, entry) => Math.max(most, sets.size(entry)), 0);
    // Members of the second set come between those of the first: a table that is not full spares
    // moving others for nearly every one of them.
    const likely = present.length < 2 ? largest : sets.estimateUnion(present) * SPACIOUS;
    storeCombination(context, 'sunionstore', largest, Math.ceil(likely), unionOf(context, entries));
  },
});

export const sdiff = command({
  name: 'SDIFF',
  group: 'set',
  since: '1.0.0',
  summary: 'Gives the members of the first set that no other one has.',
  complexity: 'O(N), N: members of all sets',
  arity: -2,
  flags: 'readonly',
  categories: 'set',
  keys: 'RO access 1 to -1',
  arguments: 'key@0...',
  tips: 'nondeterministic_output_order',
  handler: (context) => {
    const entries = readSets(context, 1, context.args.count - 1);
    if (entries === undefined) return;
    const others = entries.slice(1).filter((entry) => entry !== 0);
    replyCombination(context, differenceOf(context, entries[0]!, others));
  },
});

export const sdiffstore = command({
  name: 'SDIFFSTORE',
  group: 'set',
  since: '1.0.0',
  summary: 'Stores the members of the first set that no other one has.',
  complexity: 'O(N), N: members of all sets',
  arity: -3,
  flags: 'write denyoom',
  categories: 'set',
  keys: 'OW update 1; RO access 2 to -1',
  arguments: 'destination@0 key@1...',
  handler: (context) => {
    const { sets } = context.values;
    const entries = readSets(context, 2, context.args.count - 2);
    if (entries === undefined) return;
    const first = entries[0]!;
    const others = entries.slice(1).filter((entry) => entry !== 0);
    storeCombination(
      context,
      'sdiffstore',
      0,
      0,
      differenceOf(context, first, others),
      (created) => {
        if (sets.isIntset(created) && becomesHashTable(context, first, others))
          sets.convert(created);
      },
    );
  },
});
