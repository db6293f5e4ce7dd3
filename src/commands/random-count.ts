/** The count of HRANDFIELD, SRANDMEMBER and ZRANDMEMBER. */
import type { CommandContext } from '../command/context.ts';

const OUT_OF_RANGE = 'ERR value is out of range';
const LEAST_REFUSED =
  'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807';
const LEAST_INT64 = -(2n ** 63n);
const MOST_PAIRS = (2n ** 63n - 1n) / 2n;
/** No reply of more elements can be built: the writer's buffer ends at 4 GiB. */
const MOST_REPEATED = 2 ** 29;

/**
 * Reads the count in argument `index`: negative for that many with repetitions. The rounding of large
 * ones does not matter, no collection has so many elements. Notes the error texts of the real
 * server; and, other than it, refuses a number of repetitions that no reply could hold.
 */
export function readRandomCount(context: CommandContext, index: number): number {
  const { args } = context;
  const count = args.integer(index);
  if (count < -Number.MAX_SAFE_INTEGER && args.int64(index) === LEAST_INT64)
    args.fail(LEAST_REFUSED);
  return count;
}

/** Checks a count that was read, as the last of all errors. */
export function checkRandomCount(
  context: CommandContext,
  index: number,
  withValues: boolean,
): void {
  const { args } = context;
  const count = args.int64(index);
  if (withValues && (count < -MOST_PAIRS || count > MOST_PAIRS)) args.fail(OUT_OF_RANGE);
  if (count < -MOST_REPEATED) args.fail(OUT_OF_RANGE);
}
