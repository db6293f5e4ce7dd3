/** Adding members and changing scores: ZADD, ZINCRBY. */
import type { Arguments } from '../../command/arguments.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_SORTED_SET } from '../../config/notify-classes.ts';
import { SCORE_NOT_A_NUMBER, SYNTAX_ERROR, ZADD_GT_LT_NX, ZADD_NX_XX } from '../../resp/errors.ts';
import { type Entry, TYPE_SORTED_SET } from '../../values/entry.ts';
import {
  ADD_GT,
  ADD_INCR,
  ADD_LT,
  ADD_NX,
  ADD_XX,
  ADDED,
  type AddResult,
  NOT_A_NUMBER,
  REFUSED,
  UPDATED,
} from '../../values/sorted-set.ts';
import { readScore } from './score-argument.ts';

const INCR_TAKES_ONE_PAIR = 'ERR INCR option supports a single increment-element pair';

/** What is asked for, and what became of it; reused by every request. */
const state = {
  /** ADD_* bits. */
  flags: 0,
  countsChanges: false,
  /** The argument with the first score. */
  firstScore: 2,
  added: 0,
  updated: 0,
  /** The score that is dealt with: pairs before it stay when memory runs out. */
  reached: 2,
  /** What the last member's turn came to. */
  last: REFUSED as AddResult,
  /** Scores are checked before anything is changed. */
  scores: new Float64Array(64),
};

function flagAt(args: Arguments, index: number): number {
  if (args.is(index, 'nx')) return ADD_NX;
  if (args.is(index, 'xx')) return ADD_XX;
  if (args.is(index, 'gt')) return ADD_GT;
  if (args.is(index, 'lt')) return ADD_LT;
  if (args.is(index, 'incr')) return ADD_INCR;
  return 0;
}

function readOptions(args: Arguments): void {
  state.countsChanges = false;
  let index = 2;
  for (; index < args.count; index++) {
    const flag = flagAt(args, index);
    if (flag !== 0) state.flags |= flag;
    else if (args.is(index, 'ch')) state.countsChanges = true;
    else break;
  }
  state.firstScore = index;
  const { flags } = state;
  const words = args.count - index;
  if (words % 2 !== 0 || words === 0) args.fail(SYNTAX_ERROR);
  if ((flags & ADD_NX) !== 0 && (flags & ADD_XX) !== 0) args.fail(ZADD_NX_XX);
  const bounds = flags & (ADD_GT | ADD_LT);
  if (bounds === (ADD_GT | ADD_LT) || (bounds !== 0 && (flags & ADD_NX) !== 0))
    args.fail(ZADD_GT_LT_NX);
  if ((flags & ADD_INCR) !== 0 && words > 2) args.fail(INCR_TAKES_ONE_PAIR);
}

function readScores(args: Arguments): void {
  const pairs = (args.count - state.firstScore) >> 1;
  if (pairs > state.scores.length) state.scores = new Float64Array(pairs);
  for (let i = 0; i < pairs; i++) state.scores[i] = readScore(args, state.firstScore + i * 2);
}

/** Adds every pair of the request; leaves the score of the last in `foundScore`. */
function addPairs(context: CommandContext, entry: Entry): void {
  const { args } = context;
  const { sortedSets } = context.values;
  state.added = 0;
  state.updated = 0;
  for (let i = state.firstScore + 1, pair = 0; i < args.count; i += 2, pair++) {
    const score = state.scores[pair];
    state.reached = i - 1;
    const result = sortedSets.add(
      entry,
      score,
      args.bytes,
      args.start(i),
      args.end(i),
      state.flags,
    );
    if (result === ADDED) state.added++;
    else if (result === UPDATED) state.updated++;
    state.last = result;
  }
}

/** Tells of the members that were added and changed. */
function tellPairs(context: CommandContext): void {
  const changes = state.added + state.updated;
  if (changes === 0) return;
  const isIncrement = (state.flags & ADD_INCR) !== 0;
  context.modified(1, NOTIFY_SORTED_SET, isIncrement ? 'zincr' : 'zadd');
  context.keyspace.dirty += changes - 1;
}

/** `addPairs` for a set that clients know: when memory runs out, what was done before stays. */
function changePairs(context: CommandContext, entry: Entry): void {
  try {
    addPairs(context, entry);
  } catch (error) {
    tellPairs(context);
    if (state.added + state.updated > 0) context.propagatePrefix(state.reached);
    throw error;
  }
}

/** Puts a new set with the pairs of the request at argument 1. */
function addSet(context: CommandContext): void {
  const { args } = context;
  const firstLength = args.length(state.firstScore + 1);
  const { sortedSets } = context.values;
  const entry = sortedSets.create(args.bytes, args.start(1), args.end(1), firstLength);
  try {
    addPairs(context, entry);
    context.database.add(entry, args.hash(1));
  } catch (error) {
    context.keyspace.freeEntry(entry);
    throw error;
  }
}

/** ZADD with these ADD_* bits besides those of the request. */
function addMembers(context: CommandContext, flags: number): void {
  const { args, reply } = context;
  state.flags = flags;
  readOptions(args);
  if (args.failure === undefined) readScores(args);
  if (context.refused()) return;
  const entry = context.writable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  if (entry !== 0) changePairs(context, entry);
  else if ((state.flags & ADD_XX) === 0) addSet(context);
  else {
    state.added = 0;
    state.updated = 0;
    state.last = REFUSED;
  }
  tellPairs(context);
  if ((state.flags & ADD_INCR) === 0)
    reply.integer(state.countsChanges ? state.added + state.updated : state.added);
  else if (state.last === NOT_A_NUMBER) reply.error(SCORE_NOT_A_NUMBER);
  else if (state.last === REFUSED) reply.null();
  else reply.double(context.values.sortedSets.foundScore);
}

export const zadd = command({
  name: 'ZADD',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Puts members into a sorted set or changes their scores.',
  complexity: 'O(log(N)) a member, N: members in the set',
  arity: -4,
  flags: 'write denyoom fast',
  categories: 'sortedset',
  keys: 'RW update 1',
  arguments:
    'key@0 [condition: NX | XX] since 3.0.2 [comparison: GT | LT] since 6.2.0 [change=CH ' +
    'since 3.0.2] [increment=INCR since 3.0.2] (score_member: score:double ' +
    'member:string)...',
  history: [
    '2.4.0: Takes several members.',
    '3.0.2: `XX` and `NX` restrict it, `CH` counts changes, `INCR` adds to the score.',
    '6.2.0: `GT` and `LT` let scores only rise or only fall.',
  ],
  handler: (context) => addMembers(context, 0),
});

export const zincrby = command({
  name: 'ZINCRBY',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Adds to the score of a member.',
  complexity: 'O(log(N)), N: members in the set',
  arity: 4,
  flags: 'write denyoom fast',
  categories: 'sortedset',
  keys: 'RW access update 1',
  arguments: 'key@0 increment:integer member:string',
  handler: (context) => addMembers(context, ADD_INCR),
});
