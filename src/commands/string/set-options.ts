/** The options of SET and GETEX. */
import type { CommandContext } from '../../command/context.ts';
import { UNIT_MILLISECONDS, UNIT_SECONDS } from '../expiry-argument.ts';

export const SET_NX = 1;
export const SET_XX = 2;
export const SET_GET = 4;
export const SET_KEEPTTL = 8;
export const SET_PERSIST = 16;

/**
 * Options as they were read: flags, and where the expiry stands. An option may be repeated, even one
 * with a value (the last one counts); two that contradict each other may not be given together.
 */
export class SetOptions {
  /** SET_* bits. */
  flags = 0;
  /** The argument with the expiry; 0: none. */
  expiryIndex = 0;
  expiryUnit = UNIT_SECONDS;
  expiryIsAbsolute = false;

  /** Reads arguments from `index` on; false when they are no `allowed` options. */
  read(context: CommandContext, index: number, allowed: number): boolean {
    this.flags = 0;
    this.expiryIndex = 0;
    const { args } = context;
    for (let i = index; i < args.count; i++) {
      const flag = optionFlag(context, i);
      if (flag !== 0) {
        if ((flag & allowed) === 0 || this.#contradicts(flag)) return false;
        this.flags |= flag;
      } else if (i + 1 < args.count && this.#readExpiryWord(context, i)) i++;
      else return false;
    }
    return true;
  }

  #contradicts(flag: number): boolean {
    if (flag === SET_NX) return (this.flags & SET_XX) !== 0;
    if (flag === SET_XX) return (this.flags & SET_NX) !== 0;
    // KEEPTTL and PERSIST never meet: no command has both.
    return flag !== SET_GET && this.expiryIndex !== 0;
  }

  #readExpiryWord(context: CommandContext, i: number): boolean {
    const { args } = context;
    const isSeconds = args.is(i, 'ex') || args.is(i, 'exat');
    if (!isSeconds && !args.is(i, 'px') && !args.is(i, 'pxat')) return false;
    const unit = isSeconds ? UNIT_SECONDS : UNIT_MILLISECONDS;
    const isAbsolute = args.length(i) === 4;
    if ((this.flags & (SET_KEEPTTL | SET_PERSIST)) !== 0) return false;
    const isOther = this.expiryUnit !== unit || this.expiryIsAbsolute !== isAbsolute;
    if (this.expiryIndex !== 0 && isOther) return false;
    this.expiryIndex = i + 1;
    this.expiryUnit = unit;
    this.expiryIsAbsolute = isAbsolute;
    return true;
  }
}

function optionFlag(context: CommandContext, i: number): number {
  const { args } = context;
  const length = args.length(i);
  if (length === 2) return args.is(i, 'nx') ? SET_NX : args.is(i, 'xx') ? SET_XX : 0;
  if (length === 3) return args.is(i, 'get') ? SET_GET : 0;
  if (length !== 7) return 0;
  return args.is(i, 'keepttl') ? SET_KEEPTTL : args.is(i, 'persist') ? SET_PERSIST : 0;
}
