/**
 * The values a Lua program works with, and how JavaScript holds them.
 *
 *   nil -> undefined     boolean -> boolean     number -> number (a double)
 *   string -> a JavaScript string with one character per byte (0..255): V8 keeps these as one-byte
 *             strings, so concatenation, comparison and use as keys cost what native strings cost,
 *             and no byte is ever re-encoded. Bytes are converted at the host border only.
 *   table, function, thread, light userdata -> the classes here and in table.ts
 *
 * A call's results are either the single value itself, or an array holding none or several values
 * (an array of one is allowed too). No Lua value is a JavaScript array, so the two cannot be
 * confused; such arrays are shared and must never be changed by who receives them.
 */
import type { LuaTable } from './table.ts';
import type { Coroutine } from './coroutine.ts';
import { countBytes } from './memory.ts';

export type LuaValue =
  | undefined
  | boolean
  | number
  | string
  | LuaTable
  | LuaFunction
  | Coroutine
  | LightUserdata;

export type LuaResult = LuaValue | LuaValue[];

/** What a suspended computation asks of the scheduler; undefined asks only to be resumed later. */
export type Suspension = unknown;

export type LuaGenerator = Generator<Suspension, LuaResult, unknown>;

/** Plain machine code of a function: `depth` counts the Lua calls below it. */
export type PlainCode = (depth: number, ...args: LuaValue[]) => LuaResult;

export type GeneratorCode = (depth: number, ...args: LuaValue[]) => LuaGenerator;

/** The empty result list. Frozen, because every function that returns nothing shares it. */
export const NOTHING: LuaValue[] = Object.freeze([]) as unknown as LuaValue[];

/** What a function value takes, about, with its variables. */
const FUNCTION_BYTES = 320;

let lastIdentity = 0x55d0c0de0;

/** A fresh number standing for the address of an object, as `tostring` shows it. */
export function nextIdentity(): number {
  lastIdentity += 32;
  return lastIdentity;
}

/**
 * A function value. `code` runs to its end; `generator`, where there is one, can be suspended.
 * `entry` is what suspendable callers invoke and `suspends` says whether it gives a generator.
 */
export class LuaFunction {
  readonly code: PlainCode;
  readonly entry: PlainCode | GeneratorCode;
  readonly suspends: boolean;
  readonly name: string;
  /** Keeps the sites of its chunk, from which errors tell positions; null for native code. */
  readonly sites: unknown;
  #identity = 0;

  constructor(
    code: PlainCode,
    generator: GeneratorCode | null,
    name: string,
    sites: unknown = null,
  ) {
    countBytes(FUNCTION_BYTES);
    this.code = code;
    this.entry = generator ?? code;
    this.suspends = generator !== null;
    this.name = name;
    this.sites = sites;
  }

  get identity(): number {
    return (this.#identity ||= nextIdentity());
  }
}

/** An opaque host value such as cjson.null; compared by identity. */
export class LightUserdata {
  readonly identity: number;

  constructor(identity: number) {
    this.identity = identity;
  }
}

/** Lua's NULL pointer as light userdata: what cjson.null is. */
export const NULL_USERDATA = new LightUserdata(0);

/** The first of a call's results. */
export function first(result: LuaResult): LuaValue {
  return Array.isArray(result) ? result[0] : result;
}

/** All of a call's results, as an array that must not be changed. */
export function all(result: LuaResult): LuaValue[] {
  return Array.isArray(result) ? result : [result];
}

export function isTruthy(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

/** `%`: the result has the divisor's sign. */
export function modulo(a: number, b: number): number {
  return a - Math.floor(a / b) * b;
}
