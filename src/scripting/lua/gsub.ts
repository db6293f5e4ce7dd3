/** string.gsub: its replacement may be a Lua function, so it exists in both forms. */
import { checkString, fail, failArgument, optionalInteger } from './arguments.ts';
import { callNativeSuspendable } from './calls.ts';
import { toText } from './operations.ts';
import { Matcher } from './pattern.ts';
import type { LuaRuntime } from './runtime.ts';
import type { LuaState } from './state.ts';
import { LuaTable } from './table.ts';
import { typeName } from './types.ts';
import { first, LuaFunction, type LuaResult, type LuaValue } from './value.ts';

/** The state of one call: what has been replaced so far. */
class Substitution {
  readonly #source: string;
  readonly #matcher: Matcher;
  readonly #isAnchored: boolean;
  readonly #most: number;
  readonly #parts: string[] = [];
  #at = 0;
  #from = 0;
  #end = -1;
  #isOver = false;
  count = 0;

  constructor(source: string, pattern: string, most: number) {
    this.#source = source;
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
      this.#parts.push(this.#source.slice(this.#from, start), text);
      this.#from = end;
    }
    this.#at = end > start ? end : start + 1;
  }

  /** Puts a template in the place of the match: %0 to %9 stand for captures. */
  replaceTemplate(template: string): void {
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

  finish(state: LuaState): LuaResult {
    this.#parts.push(this.#source.slice(this.#from));
    let length = 0;
    for (const part of this.#parts) length += part.length;
    if (length > 1024) state.countString(length);
    return [this.#parts.join(''), this.count];
  }
}

/* eslint-disable prefer-arrow-callback -- functions here need `arguments` of their own */
export function makeGsub(runtime: LuaRuntime): LuaFunction {
  const { state } = runtime;
  return new LuaFunction(
    function gsub(depth, text, pattern, replacement, most) {
      const count = arguments.length - 1;
      const work = begin(text, pattern, replacement, most, count);
      while (work.find()) {
        if (--runtime.plain.fuel < 0) runtime.plain.interrupt();
        if (replacement instanceof LuaFunction) {
          work.replace(first(runtime.callNative(replacement, depth, work.captures)));
        } else if (replacement instanceof LuaTable) {
          work.replace(runtime.plain.index(replacement, work.firstCapture, depth, null));
        } else work.replaceTemplate(toText(replacement)!);
      }
      return work.finish(state);
    },
    function* gsub(depth, text, pattern, replacement, most) {
      const count = arguments.length - 1;
      const work = begin(text, pattern, replacement, most, count);
      while (work.find()) {
        if (--runtime.suspendable.fuel < 0) yield;
        if (replacement instanceof LuaFunction) {
          const list = work.captures;
          work.replace(first(yield* callNativeSuspendable(state, replacement, depth, list)));
        } else if (replacement instanceof LuaTable) {
          const key = work.firstCapture;
          work.replace(yield* runtime.suspendable.index(replacement, key, depth, null));
        } else work.replaceTemplate(toText(replacement)!);
      }
      return work.finish(state);
    },
    'gsub',
  );
}

function begin(
  text: LuaValue,
  pattern: LuaValue,
  replacement: LuaValue,
  most: LuaValue,
  count: number,
): Substitution {
  const source = checkString(text, 1, count);
  const search = checkString(pattern, 2, count);
  const limit = optionalInteger(most, 4, count, source.length + 1);
  const isKnown = replacement instanceof LuaFunction || replacement instanceof LuaTable;
  if (!isKnown && toText(replacement) === undefined) {
    failArgument(3, 'string/function/table expected');
  }
  return new Substitution(source, search, limit);
}
