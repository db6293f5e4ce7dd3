/** string.gsub: its replacement may be a Lua function, so it exists in both forms. */
import { checkString, fail, failArgument, optionalInteger } from './arguments.ts';
import { callNativeSuspendable } from './calls.ts';
import { LuaError } from './errors.ts';
import { countBytes, NOT_ENOUGH_MEMORY } from './memory.ts';
import { toText } from './operations.ts';
import { Matcher } from './pattern.ts';
import type { LuaRuntime } from './runtime.ts';
import type { LuaState } from './state.ts';
import { LuaTable } from './table.ts';
import { typeName } from './types.ts';
import { first, LuaFunction, type LuaResult, type LuaValue } from './value.ts';

/** What a piece of the result takes while it is put together. */
const PART_BYTES = 64;

/** The state of one call: what has been replaced so far. */
class Substitution {
  readonly #source: string;
  readonly #matcher: Matcher;
  readonly #isAnchored: boolean;
  readonly #most: number;
  readonly #parts: string[] = [];
  readonly #maxLength: number;
  #length = 0;
  #at = 0;
  #from = 0;
  #end = -1;
  #isOver = false;
  count = 0;

  constructor(source: string, pattern: string, most: number, maxLength: number) {
    this.#source = source;
    this.#maxLength = maxLength;
    this.#matcher = new Matcher(source, pattern);
    this.#isAnchored = pattern.startsWith('^');
    this.#most = most;
  }

  /** Finds the next match; false when there is none or enough were replaced. */
  find(): boolean {
    while (!this.#isOver && this.count < this.#most && this.#at <= this.#source.length) {
      if (this.#isAnchored) this.#isOver = true;
      this.#end = this.#matcher.match(this.#at, this.#isAnchored ? 1 : 0);
      if (this.#end >= 0) {
        this.count++;
        return true;
      }
      this.#at++;
    }
    return false;
  }

  /** Fuel that finding the last match is worth. */
  cost(): number {
    return this.#matcher.takeCost() + 1;
  }

  get captures(): LuaValue[] {
    return this.#matcher.captures(this.#at, this.#end, true);
  }

  get firstCapture(): LuaValue {
    return this.#matcher.capture(0, this.#at, this.#end);
  }

  /** Puts a value in the place of the match; false and nil keep it. */
  replace(value: LuaValue): void {
    const start = this.#at;
    const end = this.#end;
    if (value !== undefined && value !== false) {
      const text = toText(value);
      if (text === undefined) {
        fail(`invalid replacement value (a ${typeName(value)})`);
      }
      this.#add(start, text);
      this.#from = end;
    }
    this.#at = end > start ? end : start + 1;
  }

  /** Adds what stands unchanged before the match, and what takes its place. */
  #add(start: number, text: string): void {
    this.#length += start - this.#from + text.length;
    if (this.#length > this.#maxLength) throw new LuaError(NOT_ENOUGH_MEMORY);
    countBytes(PART_BYTES);
    this.#parts.push(this.#source.slice(this.#from, start), text);
  }

  /** Puts a template in the place of the match: %0 to %9 stand for captures. */
  replaceTemplate(template: string): void {
    if (!template.includes('%')) {
      this.replace(template);
      return;
    }
    let text = '';
    for (let i = 0; i < template.length; i++) {
      const c = template[i]!;
      if (c !== '%') {
        text += c;
        continue;
      }
      const next = template[++i] ?? '\0';
      if (next < '0' || next > '9') text += next;
      else if (next === '0') text += this.#source.slice(this.#at, this.#end);
      else text += toText(this.#matcher.capture(Number(next) - 1, this.#at, this.#end))!;
    }
    this.replace(text);
  }

  finish(runtime: LuaRuntime): LuaResult {
    this.#parts.push(this.#source.slice(this.#from));
    const length = this.#length + this.#source.length - this.#from;
    runtime.state.reserveString(length);
    runtime.work(length);
    return [this.#parts.join(''), this.count];
  }
}

/* eslint-disable prefer-arrow-callback -- functions here need `arguments` of their own */
export function makeGsub(runtime: LuaRuntime): LuaFunction {
  const { state } = runtime;
  return new LuaFunction(
    function gsub(depth, text, pattern, replacement, most) {
      const count = arguments.length - 1;
      const work = begin(state, [text, pattern, replacement, most], count);
      while (work.find()) {
        if ((runtime.plain.fuel -= work.cost()) < 0) runtime.plain.interrupt();
        if (replacement instanceof LuaFunction) {
          work.replace(first(runtime.callNative(replacement, depth, work.captures)));
        } else if (replacement instanceof LuaTable) {
          work.replace(runtime.plain.index(replacement, work.firstCapture, depth, null));
        } else work.replaceTemplate(toText(replacement)!);
      }
      return work.finish(runtime);
    },
    function* gsub(depth, text, pattern, replacement, most) {
      const count = arguments.length - 1;
      const work = begin(state, [text, pattern, replacement, most], count);
      while (work.find()) {
        if ((runtime.suspendable.fuel -= work.cost()) < 0) yield;
        if (replacement instanceof LuaFunction) {
          const list = work.captures;
          work.replace(first(yield* callNativeSuspendable(state, replacement, depth, list)));
        } else if (replacement instanceof LuaTable) {
          const key = work.firstCapture;
          work.replace(yield* runtime.suspendable.index(replacement, key, depth, null));
        } else work.replaceTemplate(toText(replacement)!);
      }
      return work.finish(runtime);
    },
    'gsub',
  );
}

function begin(state: LuaState, list: readonly LuaValue[], count: number): Substitution {
  const [text, pattern, replacement, most] = list;
  const source = checkString(text, 1, count);
  const search = checkString(pattern, 2, count);
  const limit = optionalInteger(most, 4, count, source.length + 1);
  const isKnown = replacement instanceof LuaFunction || replacement instanceof LuaTable;
  if (!isKnown && toText(replacement) === undefined) {
    failArgument(3, 'string/function/table expected');
  }
  return new Substitution(source, search, limit, state.limits.maxString);
}
