/** The arguments of LMPOP, ZMPOP and their blocking forms: `numkeys key … END [COUNT count]`. */
import type { Arguments } from '../command/arguments.ts';
import { COUNT_NOT_POSITIVE, NUMKEYS_NOT_POSITIVE, SYNTAX_ERROR } from '../resp/errors.ts';

export class SeveralKeysPop {
  /** The keys are the arguments firstKey … firstKey + keyCount - 1. */
  firstKey = 0;
  keyCount = 0;
  /** Whether the end named first is meant. */
  isFirstEnd = false;
  /** How many elements to pop at most, 1 or more. */
  count = 1;

  readonly #firstEnd: string;
  readonly #secondEnd: string;

  /** The words for the two ends, in lower case. */
  constructor(firstEnd: string, secondEnd: string) {
    this.#firstEnd = firstEnd;
    this.#secondEnd = secondEnd;
  }

  /** Reads the arguments from `numkeys`, at `index`, on; notes an error for what is not right. */
  read(args: Arguments, index: number): void {
    this.keyCount = args.integerBetween(index, 1, Infinity, NUMKEYS_NOT_POSITIVE);
    this.firstKey = index + 1;
    this.count = 1;
    const end = this.firstKey + this.keyCount;
    if (end >= args.count) args.fail(SYNTAX_ERROR);
    if (args.failure !== undefined) return;
    this.isFirstEnd = args.is(end, this.#firstEnd);
    if (!this.isFirstEnd && !args.is(end, this.#secondEnd)) args.fail(SYNTAX_ERROR);
    if (args.count === end + 1) return;
    if (!args.is(end + 1, 'count') || args.count === end + 2) args.fail(SYNTAX_ERROR);
    else this.count = args.integerBetween(end + 2, 1, Infinity, COUNT_NOT_POSITIVE);
    if (args.count > end + 3) args.fail(SYNTAX_ERROR);
  }
}
