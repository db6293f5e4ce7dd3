/** Lua's string library. Strings hold one character per byte: see value.ts. */
import {
  checkInteger,
  checkString,
  fail,
  failArgument,
  optionalInteger,
  toInt32,
} from './arguments.ts';
import { format } from './format.ts';
import { makeGsub } from './gsub.ts';
import { addLibrary } from './library.ts';
import { LARGE_BLOCK } from './memory.ts';
import { Matcher } from './pattern.ts';
import type { LuaRuntime } from './runtime.ts';
import { flat } from './state.ts';
import { LuaTable } from './table.ts';
import { isTruthy, LuaFunction, NOTHING, type LuaResult, type PlainCode } from './value.ts';

/** Most values string.byte gives. */
const MAX_BYTES_GIVEN = 7_980;
/** Strings up to this long are not worth accounting for. */
const SHORT = 1024;
const NOT_ASCII = /[\x80-\xff]/;
const SPECIALS = /[\^$*+?.([%-]/;

export function installString(runtime: LuaRuntime): void {
  const gmatch = makeGmatch(runtime);
  const library = addLibrary(runtime, 'string', {
    ...basicFunctions(runtime),
    ...formatFunctions(runtime),
    find: makeFind(runtime, true),
    match: makeFind(runtime, false),
    gmatch,
    gfind: gmatch,
    gsub: makeGsub(runtime),
  });
  const metatable = new LuaTable();
  metatable.set('__index', library);
  runtime.state.stringMetatable = metatable;
}

/** JavaScript changes the case of more letters than the C locale knows. */
function isAscii(text: string): boolean {
  return !NOT_ASCII.test(text);
}

/** A position from the end when negative; C's way. */
function fromEnd(position: number, length: number): number {
  if (position >= 0) return position;
  return Math.max(0, length + position + 1);
}

function basicFunctions(runtime: LuaRuntime): Record<string, PlainCode> {
  const { state } = runtime;
  /** Accounts for a result of a native function before it is made. */
  const make = (length: number): void => {
    if (length <= SHORT) return;
    state.reserveString(length);
    runtime.work(length * 4);
  };
  return {
    len(_, text) {
      return checkString(text, 1, arguments.length - 1).length;
    },
    sub(_, text, from, to) {
      const count = arguments.length - 1;
      const s = checkString(text, 1, count);
      const start = Math.max(1, fromEnd(checkInteger(from, 2, count), s.length));
      const end = Math.min(s.length, fromEnd(optionalInteger(to, 3, count, -1), s.length));
      return start > end ? '' : s.slice(start - 1, end);
    },
    reverse(_, text) {
      const s = checkString(text, 1, arguments.length - 1);
      make(s.length);
      const parts: string[] = [];
      for (let end = s.length; end > 0; end -= 4096) {
        const part = s.slice(Math.max(0, end - 4096), end);
        parts.push(part.split('').toReversed().join(''));
      }
      return parts.join('');
    },
    lower(_, text) {
      const s = checkString(text, 1, arguments.length - 1);
      make(s.length);
      return isAscii(s) ? s.toLowerCase() : s.replace(/[A-Z]/g, (c) => c.toLowerCase());
    },
    upper(_, text) {
      const s = checkString(text, 1, arguments.length - 1);
      make(s.length);
      return isAscii(s) ? s.toUpperCase() : s.replace(/[a-z]/g, (c) => c.toUpperCase());
    },
    rep(_, text, times) {
      const count = arguments.length - 1;
      const s = checkString(text, 1, count);
      const n = toInt32(checkInteger(times, 2, count));
      if (n <= 0 || s.length === 0) return '';
      const length = n * s.length;
      if (length <= SHORT) return s.repeat(n);
      make(length);
      return length < LARGE_BLOCK ? s.repeat(n) : flat(s.repeat(n));
    },
  };
}

function formatFunctions(runtime: LuaRuntime): Record<string, PlainCode> {
  return {
    byte(_, text, from, to) {
      const count = arguments.length - 1;
      const s = checkString(text, 1, count);
      const at = fromEnd(optionalInteger(from, 2, count, 1), s.length);
      const start = Math.max(1, at);
      const end = Math.min(s.length, fromEnd(optionalInteger(to, 3, count, at), s.length));
      if (start > end) return NOTHING;
      if (end - start >= MAX_BYTES_GIVEN) fail('string slice too long');
      if (start === end) return s.charCodeAt(start - 1);
      runtime.work((end - start) * 16);
      const values: number[] = [];
      for (let i = start; i <= end; i++) values.push(s.charCodeAt(i - 1));
      return values;
    },
    char(_, ...codes) {
      let result = '';
      for (let i = 0; i < codes.length; i++) {
        const code = toInt32(checkInteger(codes[i], i + 1, codes.length));
        if (code < 0 || code > 255) failArgument(i + 1, 'invalid value');
        result += String.fromCharCode(code);
      }
      return result;
    },
    format(_, template, ...list) {
      const count = arguments.length - 1;
      const result = format(checkString(template, 1, count), list, count);
      if (result.length <= SHORT) return result;
      runtime.work(result.length);
      return runtime.state.joined(result);
    },
    dump() {
      return fail('unable to dump given function');
    },
  };
}

function makeFind(runtime: LuaRuntime, wantsPositions: boolean): PlainCode {
  return function (_, text, search, from, isPlain): LuaResult {
    const count = arguments.length - 1;
    const source = checkString(text, 1, count);
    const pattern = checkString(search, 2, count);
    let start = fromEnd(optionalInteger(from, 3, count, 1), source.length) - 1;
    if (start < 0) start = 0;
    else if (start > source.length) start = source.length;
    if (wantsPositions && (isTruthy(isPlain) || !SPECIALS.test(pattern))) {
      const at = source.indexOf(pattern, start);
      if (source.length > SHORT) runtime.work((at < 0 ? source.length : at) - start);
      return at < 0 ? undefined : [at + 1, at + pattern.length];
    }
    const matcher = new Matcher(source, pattern);
    const isAnchored = pattern.startsWith('^');
    const last = isAnchored ? start : source.length;
    do {
      const end = matcher.match(start, isAnchored ? 1 : 0);
      if (end >= 0) {
        runtime.operations.fuel -= matcher.takeCost();
        if (!wantsPositions) return matcher.captures(start, end, true);
        return [start + 1, end, ...matcher.captures(start, end, false)];
      }
      start++;
    } while (start <= last);
    runtime.operations.fuel -= matcher.takeCost();
    return undefined;
  };
}

function makeGmatch(runtime: LuaRuntime): PlainCode {
  return function gmatch(_, text, search) {
    const count = arguments.length - 1;
    const source = checkString(text, 1, count);
    const pattern = checkString(search, 2, count);
    let at = 0;
    return new LuaFunction(
      (): LuaResult => {
        const matcher = new Matcher(source, pattern);
        for (let start = at; start <= source.length; start++) {
          const end = matcher.match(start, 0);
          if (end < 0) continue;
          at = end === start ? end + 1 : end;
          runtime.operations.fuel -= matcher.takeCost();
          return matcher.captures(start, end, true);
        }
        return undefined;
      },
      null,
      'gmatch_aux',
    );
  };
}
