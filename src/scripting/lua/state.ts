/**
 * What the parts of one Lua runtime share. Everything a script can change and a repeated run
 * must find unchanged is in `snapshot`-able fields here: see runtime.ts.
 */
import { LuaError, ScriptKilled, SwitchToSuspendable } from './errors.ts';
import { tableMemory, LuaTable } from './table.ts';
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

export type Limits = {
  /** Longest string a script may make, bytes. */
  maxString: number;
  /** Bytes a script may ask for between two measurements of the memory in use. */
  memoryInterval: number;
  /** Bytes a script may have allocated, by `measureMemory` where given, else by own count. */
  maxMemory: number;
  /** Measures the bytes in use by the process's heap; null leaves the own count. */
  measureMemory: (() => number) | null;
};

export class LuaState {
  readonly globals = new LuaTable();
  readonly limits: Limits;
  stringMetatable: LuaTable | null = null;
  /** The functions `pairs` and `ipairs` return, which loops recognise. */
  next: LuaFunction | null = null;
  sequenceIterator: LuaFunction | null = null;
  form: Form = 'plain';
  running: Coroutine | null = null;
  nativeDepth = 1;
  /** State of math.random; runtimes may share one. */
  random: RandomState = newRandomState();
  #strings = 0;
  #tablesAtStart = 0;
  #nextMeasurement = 0;
  #memoryAtStart = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Starts counting what a script allocates. */
  startCounting(): void {
    this.#strings = 0;
    this.#tablesAtStart = tableMemory.allocated;
    this.#nextMeasurement = this.limits.memoryInterval;
    this.#memoryAtStart = -1;
    this.nativeDepth = 1;
  }

  get randomSeed(): RandomSeed {
    return this.random.seed;
  }

  set randomSeed(seed: RandomSeed) {
    this.random.seed = seed;
  }

  /** Bytes this execution has asked for so far, garbage included. */
  get allocated(): number {
    return this.#strings + tableMemory.allocated - this.#tablesAtStart;
  }

  /** Accounts for a long string that is about to be made. */
  countString(length: number): void {
    if (length > this.limits.maxString) throw new LuaError('not enough memory');
    this.#strings += length;
    if (this.allocated >= this.#nextMeasurement) this.checkMemory();
  }

  /** Throws "not enough memory" when the script has used up its budget. */
  checkMemory(): void {
    const { allocated } = this;
    if (allocated < this.#nextMeasurement) return;
    this.#nextMeasurement = allocated + this.limits.memoryInterval;
    const { measureMemory, maxMemory } = this.limits;
    if (measureMemory === null) {
      if (allocated > maxMemory) throw new LuaError('not enough memory');
      return;
    }
    const used = measureMemory();
    if (this.#memoryAtStart < 0) this.#memoryAtStart = used;
    if (used - this.#memoryAtStart > maxMemory) throw new LuaError('not enough memory');
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

/** Whether Lua code may catch what was thrown, given the form it runs in. */
export function isCatchable(thrown: unknown, form: Form): boolean {
  if (thrown instanceof LuaError) return true;
  if (thrown instanceof ScriptKilled || thrown instanceof SwitchToSuspendable) return false;
  return thrown instanceof RangeError && form === 'suspendable';
}
