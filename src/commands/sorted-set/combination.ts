/** Combining sets: ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { Entry } from '../../values/entry.ts';
import { intersect, subtract, unite } from './combine.ts';
import { ALONE, announceMembers, scoredForm, writeMembers } from './members.ts';
import {
  AGGREGATE_SUM,
  readSources,
  type Sources,
  TAKES_LIMIT,
  TAKES_SCORES,
  TAKES_WEIGHTS,
} from './sources.ts';
import { storeSortedSet } from './store.ts';

const NO_KEY = new Uint8Array(0);

/** Puts a combination into an empty set. */
type Combine = (context: CommandContext, request: Sources, result: Entry) => void;

const union: Combine = ({ values }, { sources, options }, result) =>
  unite(values, sources, options.aggregate, result);

const intersection: Combine = ({ values }, { sources, options }, result) =>
  intersect(values, sources, options.aggregate, (bytes, start, end, score) => {
    values.sortedSets.add(result, score, bytes, start, end, 0);
    return true;
  });

const difference: Combine = ({ values }, { sources }, result) =>
  subtract(values, sources, (bytes, start, end, score) => {
    values.sortedSets.add(result, score, bytes, start, end, 0);
    return true;
  });

/** Replies a combination in order, which takes a set of its own. */
function reply(context: CommandContext, takes: number, combine: Combine): void {
  const { sortedSets } = context.values;
  const request = readSources(context, 1, takes);
  if (request === undefined) return;
  const result = sortedSets.create(NO_KEY, 0, 0, Infinity);
  try {
    combine(context, request, result);
    const size = sortedSets.size(result);
    const form = request.options.withScores ? scoredForm(context.reply) : ALONE;
    announceMembers(context.reply, size, form);
    writeMembers(context, result, 0, size, false, form);
  } finally {
    context.keyspace.freeEntry(result);
  }
}

function store(context: CommandContext, takes: number, event: string, combine: Combine): void {
  const { args } = context;
  const { sortedSets } = context.values;
  const request = readSources(context, 2, takes);
  if (request === undefined) return;
  const result = sortedSets.create(args.bytes, args.start(1), args.end(1), Infinity);
  storeSortedSet(context, result, event, () => {
    combine(context, request, result);
    sortedSets.compact(result);
  });
}

export const zunion = command({
  name: 'ZUNION',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Gives the members that any of the sorted sets has, with combined scores.',
  complexity: 'O(N)+O(M*log(M)), N: members of all sets, M: members of the result',
  arity: -3,
  flags: 'readonly',
  categories: 'sortedset',
  keys: 'RO access 1 keynum',
  arguments:
    'numkeys:integer key@0... [WEIGHTS weight:integer...] [AGGREGATE (aggregate: SUM | ' +
    'MIN | MAX)] [WITHSCORES]',
  handler: (context) => reply(context, TAKES_WEIGHTS | TAKES_SCORES, union),
});

export const zunionstore = command({
  name: 'ZUNIONSTORE',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Stores the members that any of the sorted sets has, with combined scores.',
  complexity: 'O(N)+O(M*log(M)), N: members of all sets, M: members of the result',
  arity: -4,
  flags: 'write denyoom',
  categories: 'sortedset',
  keys: 'OW update 1; RO access 2 keynum',
  arguments:
    'destination@0 numkeys:integer key@1... [WEIGHTS weight:integer...] [AGGREGATE ' +
    '(aggregate: SUM | MIN | MAX)]',
  handler: (context) => store(context, TAKES_WEIGHTS, 'zunionstore', union),
});

export const zinter = command({
  name: 'ZINTER',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Gives the members that all sorted sets have, with combined scores.',
  complexity:
    'O(N*K)+O(M*log(M)) at worst, N: members of the smallest set, K: sets, M: members of ' +
    'the result',
  arity: -3,
  flags: 'readonly',
  categories: 'sortedset',
  keys: 'RO access 1 keynum',
  arguments:
    'numkeys:integer key@0... [WEIGHTS weight:integer...] [AGGREGATE (aggregate: SUM | ' +
    'MIN | MAX)] [WITHSCORES]',
  handler: (context) => reply(context, TAKES_WEIGHTS | TAKES_SCORES, intersection),
});

export const zinterstore = command({
  name: 'ZINTERSTORE',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Stores the members that all sorted sets have, with combined scores.',
  complexity:
    'O(N*K)+O(M*log(M)) at worst, N: members of the smallest set, K: sets, M: members of ' +
    'the result',
  arity: -4,
  flags: 'write denyoom',
  categories: 'sortedset',
  keys: 'OW update 1; RO access 2 keynum',
  arguments:
    'destination@0 numkeys:integer key@1... [WEIGHTS weight:integer...] [AGGREGATE ' +
    '(aggregate: SUM | MIN | MAX)]',
  handler: (context) => store(context, TAKES_WEIGHTS, 'zinterstore', intersection),
});

export const zdiff = command({
  name: 'ZDIFF',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Gives the members of the first sorted set that no other one has.',
  complexity:
    'O(L+(N-K)*log(N)) at worst, L: members of all sets, N: members of the first, K: ' +
    'members of the result',
  arity: -3,
  flags: 'readonly',
  categories: 'sortedset',
  keys: 'RO access 1 keynum',
  arguments: 'numkeys:integer key@0... [WITHSCORES]',
  handler: (context) => reply(context, TAKES_SCORES, difference),
});

export const zdiffstore = command({
  name: 'ZDIFFSTORE',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Stores the members of the first sorted set that no other one has.',
  complexity:
    'O(L+(N-K)*log(N)) at worst, L: members of all sets, N: members of the first, K: ' +
    'members of the result',
  arity: -4,
  flags: 'write denyoom',
  categories: 'sortedset',
  keys: 'OW update 1; RO access 2 keynum',
  arguments: 'destination@0 numkeys:integer key@1...',
  handler: (context) => store(context, 0, 'zdiffstore', difference),
});

export const zintercard = command({
  name: 'ZINTERCARD',
  group: 'sorted-set',
  since: '7.0.0',
  summary: 'Counts the members that all sorted sets have, up to a limit.',
  complexity: 'O(N*K) at worst, N: members of the smallest set, K: sets',
  arity: -3,
  flags: 'readonly',
  categories: 'sortedset',
  keys: 'RO access 1 keynum',
  arguments: 'numkeys:integer key@0... [LIMIT limit:integer]',
  handler: (context) => {
    const request = readSources(context, 1, TAKES_LIMIT);
    if (request === undefined) return;
    const most = request.options.limit || Infinity;
    let count = 0;
    intersect(context.values, request.sources, AGGREGATE_SUM, () => ++count < most);
    context.reply.integer(count);
  },
});
