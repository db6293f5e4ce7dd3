/**
 * What is thrown while Lua code runs. LuaError carries a Lua value and is what pcall catches.
 * ScriptKilled and SwitchToSuspendable pass through pcall: the first ends the execution, the
 * second makes the runtime start it anew in suspendable form (see runtime.ts).
 */
import { place, type Site } from './site.ts';
import type { LuaValue } from './value.ts';

/** A Lua error in flight. No JavaScript error: those take time to note the stack. */
export class LuaError {
  readonly value: LuaValue;
  /** Where it was raised; null in a native function that another one called. */
  readonly site: Site | null;

  constructor(value: LuaValue, site: Site | null = null) {
    this.value = value;
    this.site = site ?? place.site;
  }

  get message(): string {
    return typeof this.value === 'string' ? this.value : '(error object is not a string)';
  }
}

export class ScriptKilled {
  readonly reason: string;
  /** Where the script was, if it had begun. */
  readonly site: Site | null;

  constructor(reason: string, site: Site | null) {
    this.reason = reason;
    this.site = site;
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
    return new LuaError(isStackOverflow(thrown) ? 'stack overflow' : 'not enough memory');
  }
  return null;
}

/** Whether an exception says that JavaScript's stack is full. */
export function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.includes('call stack');
}
