/** LMPOP, ZMPOP and their blocking forms: `numkeys key … END [COUNT count]` takes from the first that has any. */
import type { Arguments } from '../command/arguments.ts';
import type { CommandContext } from '../command/context.ts';
import type { Waiter } from '../command/waiting.ts';
import { COUNT_NOT_POSITIVE, NUMKEYS_NOT_POSITIVE, SYNTAX_ERROR } from '../resp/errors.ts';
import type { Entry, ValueType } from '../values/entry.ts';
import { readTimeoutSeconds } from './timeout-argument.ts';

/**
 * Replies the key in an argument and at most `count` elements off an end of its value, which it takes
 * away, and states the plain pop of so many as the effect.
 */
export type PopNamed = (
  context: CommandContext,
  keyIndex: number,
  entry: Entry,
  isFirstEnd: boolean,
  count: number,
) => void;

export class SeveralKeysPop {
  /** The keys are the arguments firstKey … firstKey + keyCount - 1. */
  #firstKey = 0;
  #keyCount = 0;
  /** Whether the end named first is meant. */
  #isFirstEnd = false;
  /** How many elements to pop at most, 1 or more. */
  #count = 1;

  readonly #type: ValueType;
  readonly #firstEnd: string;
  readonly #secondEnd: string;
  readonly #pop: PopNamed;
  readonly #waiter: Waiter;

  /** For values of this type; the words for their two ends are in lower case. */
  constructor(type: ValueType, firstEnd: string, secondEnd: string, pop: PopNamed) {
    this.#type = type;
    this.#firstEnd = firstEnd;
    this.#secondEnd = secondEnd;
    this.#pop = pop;
    this.#waiter = {
      type,
      serve: (context, keyIndex, entry) => {
        this.#read(context.args, 2);
        this.#pop(context, keyIndex, entry, this.#isFirstEnd, this.#count);
        return true;
      },
    };
  }

  /** The handler of the command that does not wait. */
  handle(context: CommandContext): void {
    this.#read(context.args, 1);
    if (context.refused()) return;
    if (!this.#popFirst(context)) context.reply.nullArray();
  }

  /** The handler of the command that waits; its first argument is for how long. */
  handleBlocking(context: CommandContext): void {
    const { args } = context;
    this.#read(args, 2);
    const timeout = readTimeoutSeconds(args, 1);
    if (context.refused() || this.#popFirst(context)) return;
    context.server.blocking.block(this.#firstKey, this.#keyCount, timeout, this.#waiter);
  }

  /** Pops from the first value there is; false when no key has one. */
  #popFirst(context: CommandContext): boolean {
    const end = this.#firstKey + this.#keyCount;
    for (let i = this.#firstKey; i < end; i++) {
      const entry = context.writable(i, this.#type);
      if (entry === 0) continue;
      if (entry > 0) this.#pop(context, i, entry, this.#isFirstEnd, this.#count);
      return true;
    }
    return false;
  }

  /** Reads the arguments from `numkeys`, at `index`, on; notes an error for what is not right. */
  #read(args: Arguments, index: number): void {
    this.#keyCount = args.integerBetween(index, 1, Infinity, NUMKEYS_NOT_POSITIVE);
    this.#firstKey = index + 1;
    this.#count = 1;
    const end = this.#firstKey + this.#keyCount;
    if (end >= args.count) args.fail(SYNTAX_ERROR);
    if (args.failure !== undefined) return;
    this.#isFirstEnd = args.is(end, this.#firstEnd);
    if (!this.#isFirstEnd && !args.is(end, this.#secondEnd)) args.fail(SYNTAX_ERROR);
    if (args.count === end + 1) return;
    if (!args.is(end + 1, 'count') || args.count === end + 2) args.fail(SYNTAX_ERROR);
    else this.#count = args.integerBetween(end + 2, 1, Infinity, COUNT_NOT_POSITIVE);
    if (args.count > end + 3) args.fail(SYNTAX_ERROR);
  }
}
