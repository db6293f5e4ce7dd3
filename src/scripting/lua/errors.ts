/**
 * What is thrown while Lua code runs. LuaError carries a Lua value and is what pcall catches.
 * ScriptKilled and SwitchToSuspendable pass through pcall: the first ends the execution, the
 * second makes the runtime start it anew in suspendable form (see runtime.ts).
 */
import type { Site } from './site.ts';
import type { LuaValue } from './value.ts';

/**
 * A Lua error in flight. It keeps the JavaScript stack of the place where it was raised, unformatted,
 * from which position.ts can tell the line in the script should somebody ask.
 */
export class LuaError {
  readonly value: LuaValue;
  /** The place, if who raised it knew it. */
  readonly site: Site | null;
  readonly stack: unknown;

  constructor(value: LuaValue, site: Site | null = null) {
    this.value = value;
    this.site = site;
    Error.captureStackTrace(this, LuaError);
  }

  get message(): string {
    return typeof this.value === 'string' ? this.value : '(error object is not a string)';
  }
}

export class ScriptKilled {
  readonly reason: string;
  /** Where the script was, `@user_script:1`, if it had begun. */
  place: string | undefined;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export class SwitchToSuspendable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * The Lua error a caught exception stands for, or null when it must not be caught by Lua code.
 * JavaScript's own limits (stack, string length) become Lua's words for them.
 */
export function toLuaError(thrown: unknown): LuaError | null {
  if (thrown instanceof LuaError) return thrown;
  if (thrown instanceof RangeError) {
    const isStack = thrown.message.includes('call stack');
    return new LuaError(isStack ? 'stack overflow' : 'not enough memory');
  }
  return null;
}
