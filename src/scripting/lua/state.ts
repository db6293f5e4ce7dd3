/**
 * What the parts of one Lua runtime share. Everything a script can change and a repeated run
 * must find unchanged is in `snapshot`-able fields here: see runtime.ts.
 */
import { isStackOverflow, LuaError, ScriptKilled, SwitchToSuspendable } from './errors.ts';
import {
  LARGE_BLOCK,
  MemoryBudget,
  NOT_ENOUGH_MEMORY,
  reserveBytes,
  type Limits,
} from './memory.ts';
import { LuaTable } from './table.ts';
import type { LuaFunction } from './value.ts';
import type { Form } from './compiler.ts';
import type { Coroutine } from './coroutine.ts';

/** Calls of native functions that call Lua may nest this deep. */
const MAX_NATIVE_DEPTH = 200;

/** 48 bits, as three 16-bit words, low first. */
export type RandomSeed = [number, number, number];
export type RandomState = { seed: RandomSeed };

export function newRandomState(): RandomState {
  return { seed: [0x330e, 0xabcd, 0x1234] };
}

export class LuaState {
  readonly globals = new LuaTable();
  readonly limits: Limits;
  readonly budget: MemoryBudget;
  stringMetatable: LuaTable | null = null;
  /** The functions `pairs` and `ipairs` return, which loops recognise. */
  next: LuaFunction | null = null;
  sequenceIterator: LuaFunction | null = null;
  form: Form = 'plain';
  running: Coroutine | null = null;
  nativeDepth = 1;
  /** State of math.random; runtimes may share one. */
  random: RandomState = newRandomState();

  constructor(limits: Limits) {
    this.limits = limits;
    this.budget = new MemoryBudget(limits);
  }

  /** A script begins. */
  start(): void {
    this.budget.start();
    this.nativeDepth = 1;
  }

  get randomSeed(): RandomSeed {
    return this.random.seed;
  }

  set randomSeed(seed: RandomSeed) {
    this.random.seed = seed;
  }

  /** Asks for a string of this length before it is made. */
  reserveString(length: number): void {
    if (length > this.limits.maxString) throw new LuaError(NOT_ENOUGH_MEMORY);
    reserveBytes(length);
  }

  /**
   * Accounts for a string that was put together: V8 keeps long ones as trees of their parts, which take
   * no memory until they are read. Large ones are made flat at once, so that what is in use can be measured.
   */
  joined(text: string): string {
    const { length } = text;
    this.reserveString(length);
    return length < LARGE_BLOCK ? text : flat(text);
  }

  /** In plain form, gives up on it; the runtime then starts anew in suspendable form. */
  requireSuspendable(reason: string): void {
    if (this.form === 'plain') throw new SwitchToSuspendable(reason);
  }

  enterNative(): void {
    if (++this.nativeDepth > MAX_NATIVE_DEPTH - 1) {
      this.nativeDepth--;
      throw new LuaError('C stack overflow');
    }
  }

  leaveNative(): void {
    this.nativeDepth--;
  }
}

/** The same text in one piece of memory: reading a character is what makes V8 do that. */
export function flat(text: string): string {
  sink.character = text.charCodeAt(0);
  return text;
}

/** Takes what is read, lest the compiler finds the reading useless. */
const sink = { character: 0 };

/** Whether Lua code may catch what was thrown, given the form it runs in. */
export function isCatchable(thrown: unknown, form: Form): boolean {
  if (thrown instanceof LuaError) return true;
  if (thrown instanceof ScriptKilled || thrown instanceof SwitchToSuspendable) return false;
  return thrown instanceof RangeError && (form === 'suspendable' || !isStackOverflow(thrown));
}
