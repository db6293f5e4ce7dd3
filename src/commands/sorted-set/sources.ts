/** The sets that ZUNION, ZINTER and ZDIFF combine, which may be plain sets, too: reading them. */
import type { Arguments } from '../../command/arguments.ts';
import type { CommandContext } from '../../command/context.ts';
import { LIMIT_NEGATIVE, noInputKeys, SYNTAX_ERROR, WRONG_TYPE } from '../../resp/errors.ts';
import { type Entry, TYPE_SET, TYPE_SORTED_SET, typeOf } from '../../values/entry.ts';
import { readScore } from './score-argument.ts';

const WEIGHT_NOT_A_FLOAT = 'ERR weight value is not a float';

export const AGGREGATE_SUM = 0;
export const AGGREGATE_MIN = 1;
export const AGGREGATE_MAX = 2;

/** A set to combine. */
export interface Source {
  /** 0: the key is missing. */
  readonly entry: Entry;
  /** Members of a plain set have the score 1. */
  readonly isPlain: boolean;
  readonly size: number;
  weight: number;
}

/** What the request says besides the keys. */
export interface CombinationOptions {
  aggregate: number;
  withScores: boolean;
  /** Most members to count; 0: all. */
  limit: number;
}

/** Options that a command takes. */
export const TAKES_WEIGHTS = 1;
export const TAKES_SCORES = 2;
export const TAKES_LIMIT = 4;

function sourceAt(context: CommandContext, index: number): Source | undefined {
  const { values } = context;
  const entry = context.lookup(index);
  if (entry === 0) return { entry, isPlain: false, size: 0, weight: 1 };
  const type = typeOf(context.keyspace.heap, entry);
  if (type === TYPE_SET) return { entry, isPlain: true, size: values.sets.size(entry), weight: 1 };
  if (type !== TYPE_SORTED_SET) return undefined;
  return { entry, isPlain: false, size: values.sortedSets.size(entry), weight: 1 };
}

function readAggregate(args: Arguments, index: number): number {
  if (args.is(index, 'min')) return AGGREGATE_MIN;
  if (args.is(index, 'max')) return AGGREGATE_MAX;
  if (!args.is(index, 'sum')) args.fail(SYNTAX_ERROR);
  return AGGREGATE_SUM;
}

/** Reads the options from argument `from` on; `takes` has TAKES_* bits. */
function readOptions(
  args: Arguments,
  from: number,
  sources: readonly Source[],
  takes: number,
): CombinationOptions {
  const options = { aggregate: AGGREGATE_SUM, withScores: false, limit: 0 };
  const weighs = (takes & TAKES_WEIGHTS) !== 0;
  for (let i = from; i < args.count && args.failure === undefined; i++) {
    const behind = args.count - 1 - i;
    if (weighs && behind >= sources.length && args.is(i, 'weights')) {
      for (const source of sources) source.weight = readScore(args, ++i, WEIGHT_NOT_A_FLOAT);
    } else if (weighs && behind >= 1 && args.is(i, 'aggregate')) {
      options.aggregate = readAggregate(args, ++i);
    } else if ((takes & TAKES_SCORES) !== 0 && args.is(i, 'withscores')) {
      options.withScores = true;
    } else if ((takes & TAKES_LIMIT) !== 0 && behind >= 1 && args.is(i, 'limit')) {
      options.limit = args.integerBetween(++i, 0, Infinity, LIMIT_NEGATIVE);
    } else args.fail(SYNTAX_ERROR);
  }
  return options;
}

/** The sources of a request and its options. */
export interface Sources {
  readonly sources: Source[];
  readonly options: CombinationOptions;
}

/**
 * Reads `numkeys key …` from argument `index` on and the options behind; undefined when an error was
 * replied.
 */
export function readSources(
  context: CommandContext,
  index: number,
  takes: number,
): Sources | undefined {
  const { args } = context;
  const count = args.integer(index);
  if (args.failure === undefined && count < 1) args.fail(noInputKeys(context.command.fullName));
  if (count > args.count - index - 1) args.fail(SYNTAX_ERROR);
  if (context.refused()) return undefined;
  const sources: Source[] = [];
  for (let i = 0; i < count; i++) {
    const source = sourceAt(context, index + 1 + i);
    if (source === undefined) {
      context.reply.error(WRONG_TYPE);
      return undefined;
    }
    sources.push(source);
  }
  const options = readOptions(args, index + 1 + count, sources, takes);
  return context.refused() ? undefined : { sources, options };
}
