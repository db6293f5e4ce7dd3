/** Lua's basic functions, as far as Redis offers them. */
import {
  checkAny,
  checkFunction,
  checkInteger,
  checkNumber,
  checkString,
  checkTable,
  fail,
  failArgument,
  optionalInteger,
  optionalString,
  whereLevel,
} from './arguments.ts';
import { callNativeSuspendable, caughtValue } from './calls.ts';
import { LuaError } from './errors.ts';
import { addFunctions } from './library.ts';
import { parseNumber } from './number.ts';
import type { LuaRuntime } from './runtime.ts';
import { guardLasting, LuaTable } from './table.ts';
import { rawToString, typeName } from './types.ts';
import {
  all,
  first,
  isTruthy,
  LuaFunction,
  NOTHING,
  type LuaResult,
  type LuaValue,
  type PlainCode,
} from './value.ts';

/** Most values `unpack` gives. */
const MAX_RESULTS = 7_999;
const LONG_LIST = 8;

/* eslint-disable prefer-arrow-callback -- functions here need `arguments` of their own */
export function installBase(runtime: LuaRuntime): void {
  const { globals, state } = runtime;
  addFunctions(globals, { ...plainFunctions(), ...listFunctions(runtime), ...loaders(runtime) });
  addFunctions(globals, { pcall: makePcall(runtime), xpcall: makeXpcall(runtime) });
  addFunctions(globals, { tostring: makeToString(runtime) });
  addFunctions(globals, iterators(runtime));
  addFunctions(globals, metatables(runtime));
  globals.set('_G', globals);
  globals.set('_VERSION', 'Lua 5.1');
  const count: PlainCode = () => state.budget.asked / 1024;
  addFunctions(globals, {
    gcinfo: () => Math.floor(state.budget.asked / 1024),
    collectgarbage(depth, option = 'collect', argument = undefined) {
      const name = optionalString(option, 1, arguments.length - 1, 'collect');
      const known = ['stop', 'restart', 'collect', 'count', 'step', 'setpause', 'setstepmul'];
      if (!known.includes(name)) failArgument(1, `invalid option '${name}'`);
      optionalInteger(argument, 2, arguments.length - 1, 0);
      if (name === 'count') return count(depth);
      if (name === 'step') return false;
      return name.startsWith('set') ? 200 : 0;
    },
  });
}

function plainFunctions(): Record<string, PlainCode> {
  return {
    assert(_, value, message, ...rest) {
      if (isTruthy(value)) return arguments.length === 2 ? value : [value, message, ...rest];
      checkAny(1, arguments.length - 1);
      const text = optionalString(message, 2, arguments.length - 1, 'assertion failed!');
      return fail(text);
    },
    error(_, value, level) {
      const at = optionalInteger(level, 2, arguments.length - 1, 1);
      const isText = typeof value === 'string' || typeof value === 'number';
      if (!isText || at <= 0) throw new LuaError(value);
      throw new LuaError(whereLevel(at) + rawToString(value));
    },
    type(_, value) {
      if (value === undefined) checkAny(1, arguments.length - 1);
      return typeName(value);
    },
    tonumber,
    rawequal(_, a, b) {
      checkAny(1, arguments.length - 1);
      checkAny(2, arguments.length - 1);
      return a === b;
    },
    rawget(_, table, key) {
      const from = checkTable(table, 1, arguments.length - 1);
      checkAny(2, arguments.length - 1);
      return from.get(key);
    },
    rawset(_, table, key, value) {
      const into = checkTable(table, 1, arguments.length - 1);
      checkAny(2, arguments.length - 1);
      checkAny(3, arguments.length - 1);
      rawSet(into, key, value);
      return into;
    },
  };
}

/** What works on lists of values: the longer they are, the more fuel it takes. */
function listFunctions(runtime: LuaRuntime): Record<string, PlainCode> {
  return {
    select(_, index, ...list) {
      if (index === '#') return list.length;
      const n = checkInteger(index, 1, arguments.length - 1);
      const from = n < 0 ? list.length + n : n - 1;
      if (from < 0) failArgument(1, 'index out of range');
      if (list.length > LONG_LIST) runtime.work(list.length * 16);
      return list.slice(from);
    },
    unpack(_, list, from, to) {
      const count = arguments.length - 1;
      const table = checkTable(list, 1, count);
      const start = optionalInteger(from, 2, count, 1);
      const end = to === undefined ? table.length() : checkInteger(to, 3, count);
      if (start > end) return NOTHING;
      const total = end - start + 1;
      if (total > MAX_RESULTS) fail('too many results to unpack');
      if (total > LONG_LIST) runtime.work(total * 16);
      const values: LuaValue[] = [];
      for (let i = start; i <= end; i++) values.push(table.getNumber(i));
      return values;
    },
  };
}

/** Raises a text without a position. */
function fail0(text: string): never {
  throw new LuaError(text);
}

/** Assignment by a native function. */
export function rawSet(table: LuaTable, key: LuaValue, value: LuaValue): void {
  if (table.readonly) fail0('Attempt to modify a readonly table');
  if (table.isLasting) guardLasting();
  if (key === undefined) fail0('table index is nil');
  if (typeof key === 'number' && Number.isNaN(key)) fail0('table index is NaN');
  table.set(key, value);
}

function tonumber(_: number, value: LuaValue, base?: LuaValue): LuaResult {
  if (base === undefined || base === 10) {
    if (typeof value === 'number') return value;
    if (typeof value === 'string') return parseNumber(value);
    // eslint-disable-next-line prefer-rest-params
    checkAny(1, arguments.length - 1);
    return undefined;
  }
  const radix = checkInteger(base, 2, 2);
  const text = checkString(value, 1, 2);
  if (radix < 2 || radix > 36) failArgument(2, 'base out of range');
  const pattern =
    radix === 16 ? /^\s*([+-]?)(?:0[xX])?([0-9a-zA-Z]+)\s*$/ : /^\s*([+-]?)([0-9a-zA-Z]+)\s*$/;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  let result = 0n;
  for (const c of match[2]!) {
    const digit = Number.parseInt(c, 36);
    if (digit >= radix) return undefined;
    result = result * BigInt(radix) + BigInt(digit);
  }
  const most = (1n << 64n) - 1n;
  if (result > most) return Number(most);
  return Number(match[1] === '-' ? BigInt.asUintN(64, -result) : result);
}

/** The text of a value with regard to __tostring, which may suspend. */
export function makeToString(runtime: LuaRuntime): LuaFunction {
  const plain: PlainCode = function tostring(depth, value) {
    if (value === undefined) checkAny(1, arguments.length - 1);
    const handler = runtime.plain.metamethod(value, '__tostring');
    if (handler === undefined) return rawToString(value);
    const f = asFunction(runtime, handler);
    return first(runtime.callNative(f, depth, [value]));
  };
  return new LuaFunction(
    plain,
    function* tostring(depth, value) {
      if (value === undefined) checkAny(1, arguments.length - 1);
      const handler = runtime.plain.metamethod(value, '__tostring');
      if (handler === undefined) return rawToString(value);
      const f = asFunction(runtime, handler);
      return first(yield* callNativeSuspendable(runtime.state, f, depth, [value]));
    },
    'tostring',
  );
}

/** A function, or what stands in for a value that is none when it is called. */
export function asFunction(runtime: LuaRuntime, value: LuaValue): LuaFunction {
  return value instanceof LuaFunction ? value : runtime.operations.callable(value, null);
}

function makePcall(runtime: LuaRuntime): LuaFunction {
  const { state } = runtime;
  return new LuaFunction(
    function pcall(depth, f, ...list) {
      checkAny(1, arguments.length - 1);
      try {
        return [true, ...all(runtime.callNative(asFunction(runtime, f), depth, list))];
      } catch (thrown) {
        return [false, withoutTable(caughtValue(thrown, state))];
      }
    },
    function* pcall(depth, f, ...list) {
      checkAny(1, arguments.length - 1);
      try {
        const callee = asFunction(runtime, f);
        return [true, ...all(yield* callNativeSuspendable(state, callee, depth, list))];
      } catch (thrown) {
        return [false, withoutTable(caughtValue(thrown, state))];
      }
    },
    'pcall',
  );
}

/** Redis's pcall gives the text of an error that is a table with one. */
function withoutTable(value: LuaValue): LuaValue {
  const text = value instanceof LuaTable ? value.get('err') : undefined;
  return typeof text === 'string' || typeof text === 'number' ? text : value;
}

function makeXpcall(runtime: LuaRuntime): LuaFunction {
  const { state } = runtime;
  return new LuaFunction(
    function xpcall(depth, f, handler) {
      checkAny(2, arguments.length - 1);
      try {
        return [true, ...all(runtime.callNative(asFunction(runtime, f), depth, []))];
      } catch (thrown) {
        const value = caughtValue(thrown, state);
        try {
          return [false, first(runtime.callNative(asFunction(runtime, handler), depth, [value]))];
        } catch (again) {
          caughtValue(again, state);
          return [false, 'error in error handling'];
        }
      }
    },
    function* xpcall(depth, f, handler) {
      checkAny(2, arguments.length - 1);
      try {
        const callee = asFunction(runtime, f);
        return [true, ...all(yield* callNativeSuspendable(state, callee, depth, []))];
      } catch (thrown) {
        const list = [caughtValue(thrown, state)];
        try {
          const callee = asFunction(runtime, handler);
          return [false, first(yield* callNativeSuspendable(state, callee, depth, list))];
        } catch (again) {
          caughtValue(again, state);
          return [false, 'error in error handling'];
        }
      }
    },
    'xpcall',
  );
}

function iterators(runtime: LuaRuntime): Record<string, PlainCode | LuaFunction> {
  const next = new LuaFunction(
    function next(_, table, key) {
      const from = checkTable(table, 1, arguments.length - 1);
      const position = from.positionAfter(key);
      if (position < 0) fail0("invalid key to 'next'");
      const found = from.advance(position);
      runtime.operations.fuel -= ((found < 0 ? from.capacity : found) - position) >> 3;
      return found < 0 ? undefined : [from.keyAt(found - 1), from.valueAt(found - 1)];
    },
    null,
    'next',
  );
  const step = new LuaFunction(
    function step(_, table, index) {
      const i = checkNumber(index, 2, arguments.length - 1) + 1;
      const value = checkTable(table, 1, arguments.length - 1).getNumber(i);
      return value === undefined ? NOTHING : [i, value];
    },
    null,
    'ipairs',
  );
  runtime.state.next = next;
  runtime.state.sequenceIterator = step;
  return {
    next,
    pairs(_, table) {
      return [next, checkTable(table, 1, arguments.length - 1), undefined];
    },
    ipairs(_, table) {
      return [step, checkTable(table, 1, arguments.length - 1), 0];
    },
  };
}

function metatables({ state }: LuaRuntime): Record<string, PlainCode> {
  return {
    getmetatable(_, value) {
      checkAny(1, arguments.length - 1);
      let metatable: LuaTable | null = null;
      if (value instanceof LuaTable) metatable = value.metatable;
      else if (typeof value === 'string') metatable = state.stringMetatable;
      if (metatable === null) return undefined;
      return metatable.get('__metatable') ?? metatable;
    },
    setmetatable(_, value, metatable) {
      const count = arguments.length - 1;
      const table = checkTable(value, 1, count);
      if (metatable !== undefined && !(metatable instanceof LuaTable)) {
        failArgument(2, 'nil or table expected');
      }
      if (count < 2) failArgument(2, 'nil or table expected');
      if (table.metatable?.get('__metatable') !== undefined) {
        fail('cannot change a protected metatable');
      }
      if (table.readonly) fail0('Attempt to modify a readonly table');
      if (table.isLasting) guardLasting();
      table.metatable = metatable ?? null;
      return table;
    },
  };
}

function loaders(runtime: LuaRuntime): Record<string, PlainCode | LuaFunction> {
  const compile = (source: string, name: string): LuaResult => {
    if (source.startsWith('\x1b')) return [undefined, `${name}: bad binary format`];
    try {
      return runtime.load(source, name);
    } catch (thrown) {
      return [undefined, caughtValue(thrown, runtime.state)];
    }
  };
  return {
    loadstring(_, source, name) {
      const text = checkString(source, 1, arguments.length - 1);
      return compile(text, optionalString(name, 2, arguments.length - 1, text));
    },
    load: makeLoad(runtime, compile),
  };
}

function makeLoad(
  runtime: LuaRuntime,
  compile: (source: string, name: string) => LuaResult,
): LuaFunction {
  const { state } = runtime;
  const notText = 'reader function must return a string';
  return new LuaFunction(
    function load(depth, reader, name) {
      const f = checkFunction(reader, 1, arguments.length - 1);
      const chunk = optionalString(name, 2, arguments.length - 1, '=(load)');
      let text = '';
      try {
        for (;;) {
          const piece = first(runtime.callNative(f, depth, []));
          if (piece === undefined || piece === '') return compile(text, chunk);
          if (typeof piece !== 'string') return [undefined, notText];
          text += piece;
        }
      } catch (thrown) {
        return [undefined, caughtValue(thrown, state)];
      }
    },
    function* load(depth, reader, name) {
      const f = checkFunction(reader, 1, arguments.length - 1);
      const chunk = optionalString(name, 2, arguments.length - 1, '=(load)');
      let text = '';
      try {
        for (;;) {
          const piece = first(yield* callNativeSuspendable(state, f, depth, []));
          if (piece === undefined || piece === '') return compile(text, chunk);
          if (typeof piece !== 'string') return [undefined, notText];
          text += piece;
        }
      } catch (thrown) {
        return [undefined, caughtValue(thrown, state)];
      }
    },
    'load',
  );
}
