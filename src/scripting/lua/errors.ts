/**
 * What is thrown while Lua code runs. LuaError carries a Lua value and is what pcall catches.
 * ScriptKilled and SwitchToSuspendable pass through pcall: the first ends the execution, the
 * second makes the runtime start it anew in suspendable form (see runtime.ts).
 */
import type { LuaValue } from './value.ts';

/** A Lua error in flight. Not an Error: collecting a JavaScript stack would cost microseconds. */
export class LuaError {
  readonly value: LuaValue;

  constructor(value: LuaValue) {
    this.value = value;
  }

  get message(): string {
    return typeof this.value === 'string' ? this.value : '(error object is not a string)';
  }
}

export class ScriptKilled {
  readonly reason: string;

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
