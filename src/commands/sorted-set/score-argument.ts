/** Scores, increments and weights in requests. */
import { parseDouble } from '../../bytes/double.ts';
import type { Arguments } from '../../command/arguments.ts';
import { NOT_A_FLOAT } from '../../resp/errors.ts';

/** Reads a number that is not NaN; notes the error when the argument is none. */
export function readScore(args: Arguments, index: number, error: string = NOT_A_FLOAT): number {
  const score = parseDouble(args.bytes, args.start(index), args.end(index));
  if (score !== undefined) return score;
  args.fail(error);
  return 0;
}
