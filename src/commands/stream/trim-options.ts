/** The options that XADD and XTRIM share: MAXLEN, MINID, `~`, `=`, LIMIT; and NOMKSTREAM. */
import { NEW_ID, StreamId } from '../../bytes/stream-id.ts';
import type { EffectPart } from '../../command/effect-log.ts';
import type { CommandContext } from '../../command/context.ts';
import { SESSION_PRIMARY } from '../../command/session.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import type { Stream } from '../../values/stream.ts';
import { readId } from './ids.ts';

const NO_STRATEGY = 0;
const BY_LENGTH = 1;
const BY_ID = 2;

/** Bounds of the default LIMIT. */
const DEFAULT_LIMIT = 10_000;
const LARGEST_DEFAULT_LIMIT = 1_000_000;

const TWO_STRATEGIES =
  'ERR syntax error, MAXLEN and MINID options at the same time are not compatible';
const ASTERISK = 0x2a;
const TILDE = 0x7e;
const EQUALS = 0x3d;

export class TrimOptions {
  /** XADD: create nothing. */
  noStream = false;
  /** XADD: where the ID stands, and whether it is `*`. */
  idIndex = 0;
  isAutomatic = false;
  readonly id = new StreamId();

  #strategy = NO_STRATEGY;
  #isApproximate = false;
  #most = 0;
  readonly #least = new StreamId();
  #limit = 0;
  #isLimited = false;
  /** Where the threshold stands. */
  #thresholdIndex = 0;

  /**
   * Reads the arguments from 2 on; those of XADD up to the ID. Replies an error and returns false
   * when they are wrong.
   */
  read(context: CommandContext, isAdd: boolean): boolean {
    this.#reset();
    const { args, reply } = context;
    let i = 2;
    for (; i < args.count; i++) {
      if (isAdd && isCharacter(context, i, ASTERISK)) {
        this.isAutomatic = true;
        break;
      }
      const next = this.#option(context, i, isAdd);
      if (context.refused()) return false;
      if (next > 0) {
        i = next;
        continue;
      }
      if (!isAdd) {
        reply.error(SYNTAX_ERROR);
        return false;
      }
      readId(args, i, this.id, NEW_ID);
      if (context.refused()) return false;
      break;
    }
    this.idIndex = i;
    const problem = this.#contradiction(isAdd, context.session.has(SESSION_PRIMARY));
    if (problem !== undefined) reply.error(problem);
    else if (!this.#isLimited && this.#isApproximate)
      this.#limit = defaultLimit(context.config.streamNodeMaxEntries);
    if (context.session.has(SESSION_PRIMARY)) this.#limit = 0;
    return problem === undefined;
  }

  /** Trims; returns how many entries were removed. */
  apply(stream: Stream): number {
    if (this.#strategy === BY_LENGTH)
      return stream.trimToLength(this.#most, this.#isApproximate, this.#limit);
    if (this.#strategy === BY_ID)
      return stream.trimToId(this.#least, this.#isApproximate, this.#limit);
    return 0;
  }

  /** Whether the effect must state what was trimmed, since others could trim otherwise. */
  get isRewritten(): boolean {
    return this.#isApproximate;
  }

  /** Puts what was trimmed into the parts of an effect, exactly. */
  rewrite(parts: EffectPart[], stream: Stream): void {
    if (!this.#isApproximate) return;
    parts[this.#thresholdIndex - 1] = '=';
    parts[this.#thresholdIndex] =
      this.#strategy === BY_LENGTH ? stream.length : stream.firstPlace().toString();
  }

  #reset(): void {
    this.noStream = false;
    this.isAutomatic = false;
    this.#strategy = NO_STRATEGY;
    this.#isApproximate = false;
    this.#limit = 0;
    this.#isLimited = false;
  }

  /** Reads the option at `i`; returns the index of its last argument, or 0 when it is none. */
  #option(context: CommandContext, i: number, isAdd: boolean): number {
    const { args } = context;
    const isMore = i + 1 < args.count;
    if (args.is(i, 'maxlen') && isMore) return this.#threshold(context, i, BY_LENGTH);
    if (args.is(i, 'minid') && isMore) return this.#threshold(context, i, BY_ID);
    if (args.is(i, 'limit') && isMore) {
      this.#limit = args.integer(i + 1);
      this.#isLimited = true;
      if (this.#limit < 0) args.fail('ERR The LIMIT argument must be >= 0.');
      return i + 1;
    }
    if (isAdd && args.is(i, 'nomkstream')) {
      this.noStream = true;
      return i;
    }
    return 0;
  }

  #threshold(context: CommandContext, index: number, strategy: number): number {
    const { args } = context;
    let i = index + 1;
    if (this.#strategy !== NO_STRATEGY) {
      args.fail(TWO_STRATEGIES);
      return i;
    }
    this.#isApproximate = false;
    if (i + 1 < args.count && isCharacter(context, i, TILDE)) {
      this.#isApproximate = true;
      i++;
    } else if (i + 1 < args.count && isCharacter(context, i, EQUALS)) i++;
    if (strategy === BY_LENGTH) {
      this.#most = args.integer(i);
      if (this.#most < 0) args.fail('ERR The MAXLEN argument must be >= 0.');
    } else readId(args, i, this.#least);
    this.#strategy = strategy;
    this.#thresholdIndex = i;
    return i;
  }

  #contradiction(isAdd: boolean, isPrimary: boolean): string | undefined {
    if (this.#limit > 0 && this.#strategy === NO_STRATEGY)
      return 'ERR syntax error, LIMIT cannot be used without specifying a trimming strategy';
    if (!isAdd && this.#strategy === NO_STRATEGY)
      return 'ERR syntax error, XTRIM must be called with a trimming strategy';
    if (this.#isLimited && !this.#isApproximate && !isPrimary)
      return 'ERR syntax error, LIMIT cannot be used without the special ~ option';
    return undefined;
  }
}

function defaultLimit(nodeMaxEntries: number): number {
  const limit = 100 * nodeMaxEntries;
  return limit <= 0 ? DEFAULT_LIMIT : Math.min(limit, LARGEST_DEFAULT_LIMIT);
}

function isCharacter(context: CommandContext, index: number, character: number): boolean {
  const { args } = context;
  return args.length(index) === 1 && args.bytes[args.start(index)] === character;
}
