/**
 * Calling Lua functions from native code, in both forms. The names callNative and
 * callNativeSuspendable are how position.ts recognises a native level on the stack.
 */
import { LuaError, toLuaError } from './errors.ts';
import { place, type Site } from './site.ts';
import { isCatchable, type LuaState } from './state.ts';
import type { LuaFunction, LuaGenerator, LuaResult, LuaValue } from './value.ts';

/** A call in tail position that the caller makes in its place. Only in suspendable form. */
export class TailCall {
  readonly callee: LuaFunction;
  readonly list: LuaValue[];
  readonly site: Site | null;

  constructor(callee: LuaFunction, list: LuaValue[], site: Site | null) {
    this.callee = callee;
    this.list = list;
    this.site = site;
  }
}

/** Runs tail calls one after the other, in constant space. */
export function* finishTailCalls(call: unknown, depth: number): LuaGenerator {
  let result = call as LuaResult | TailCall;
  while (result instanceof TailCall) {
    const { callee, list, site } = result;
    place.site = site;
    result = callee.entry(depth + 1, ...list) as LuaResult;
    if (callee.suspends) result = yield* result as unknown as LuaGenerator;
  }
  return result;
}

/** Calls a function in suspendable form. */
export function* callFunction(f: LuaFunction, depth: number, list: LuaValue[]): LuaGenerator {
  if (!f.suspends) return f.code(depth + 1, ...list);
  const result = yield* f.entry(depth + 1, ...list) as LuaGenerator;
  return (result as unknown) instanceof TailCall ? yield* finishTailCalls(result, depth) : result;
}

export function callNative(
  state: LuaState,
  f: LuaFunction,
  depth: number,
  list: LuaValue[],
): LuaResult {
  const { site } = place;
  state.enterNative();
  place.site = null;
  try {
    return f.code(depth + 1, ...list);
  } finally {
    place.site = site;
    state.leaveNative();
  }
}

export function* callNativeSuspendable(
  state: LuaState,
  f: LuaFunction,
  depth: number,
  list: LuaValue[],
): LuaGenerator {
  const { site } = place;
  state.enterNative();
  place.site = null;
  try {
    return yield* callFunction(f, depth, list);
  } finally {
    place.site = site;
    state.leaveNative();
  }
}

/** The value of a Lua error that was caught; throws on what Lua code must not catch. */
export function caughtValue(thrown: unknown, state: LuaState): LuaValue {
  if (!isCatchable(thrown, state.form)) throw thrown;
  return (toLuaError(thrown) as LuaError).value;
}
