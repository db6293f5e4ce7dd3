/** Lua's table library. */
import {
  checkFunction,
  checkInteger,
  checkTable,
  fail,
  optionalInteger,
  optionalString,
} from './arguments.ts';
import { callNativeSuspendable } from './calls.ts';
import { addLibrary } from './library.ts';
import { LuaError } from './errors.ts';
import { rawSet } from './library-base.ts';
import { NOT_ENOUGH_MEMORY } from './memory.ts';
import { numberToString } from './number.ts';
import type { LuaRuntime } from './runtime.ts';
import { makeSort } from './sort.ts';
import type { LuaTable } from './table.ts';
import { typeName } from './types.ts';
import { first, LuaFunction, NOTHING, type LuaValue, type PlainCode } from './value.ts';

/** Handling a value of a table is as much work as copying so many bytes. */
const VALUE_BYTES = 64;
/** More values than a table's array part holds are not moved. */
const MAX_SHIFTS = 2 ** 26;

export function installTable(runtime: LuaRuntime): void {
  addLibrary(runtime, 'table', {
    ...plainFunctions(runtime),
    foreach: makeForeach(runtime),
    foreachi: makeForeachi(runtime),
    sort: makeSort(runtime),
  });
}

function plainFunctions(runtime: LuaRuntime): Record<string, PlainCode> {
  return {
    concat(_, list, separator, from, to) {
      const count = arguments.length - 1;
      const between = optionalString(separator, 2, count, '');
      const table = checkTable(list, 1, count);
      const start = optionalInteger(from, 3, count, 1);
      const end = to === undefined ? table.length() : checkInteger(to, 4, count);
      return concat(runtime, table, between, start, end);
    },
    insert(_, list, position, value) {
      const count = arguments.length - 1;
      const table = checkTable(list, 1, count);
      const end = table.length() + 1;
      if (count === 2) {
        rawSet(table, end, position);
        return NOTHING;
      }
      if (count !== 3) fail("wrong number of arguments to 'insert'");
      const at = checkInteger(position, 2, count);
      shifts(runtime, end - at);
      for (let i = Math.max(end, at); i > at; i--) rawSet(table, i, table.getNumber(i - 1));
      rawSet(table, at, value);
      return NOTHING;
    },
    remove(_, list, position) {
      const count = arguments.length - 1;
      const table = checkTable(list, 1, count);
      const end = table.length();
      const at = optionalInteger(position, 2, count, end);
      if (at < 1 || at > end) return NOTHING;
      const value = table.getNumber(at);
      shifts(runtime, end - at);
      for (let i = at; i < end; i++) rawSet(table, i, table.getNumber(i + 1));
      rawSet(table, end, undefined);
      return value;
    },
    getn(_, list) {
      return checkTable(list, 1, arguments.length - 1).length();
    },
    setn(_, list) {
      checkTable(list, 1, arguments.length - 1);
      return fail("'setn' is obsolete");
    },
    maxn(_, list) {
      const table = checkTable(list, 1, arguments.length - 1);
      let most = 0;
      runtime.work(table.capacity * VALUE_BYTES);
      for (let at = 0; (at = table.advance(at)) > 0;) {
        const key = table.keyAt(at - 1);
        if (typeof key === 'number' && key > most) most = key;
      }
      return most;
    },
  };
}

/** Accounts for moving so many values by one place. */
function shifts(runtime: LuaRuntime, count: number): void {
  if (count > MAX_SHIFTS) throw new LuaError('table overflow');
  if (count > 0) runtime.work(count * VALUE_BYTES);
}

function concat(
  runtime: LuaRuntime,
  table: LuaTable,
  between: string,
  start: number,
  end: number,
): string {
  const parts: string[] = [];
  let length = 0;
  for (let i = start; i <= end; i++) {
    const value = table.getNumber(i);
    let text: string;
    if (typeof value === 'string') text = value;
    else if (typeof value === 'number') text = numberToString(value);
    else {
      const type = typeName(value);
      return fail(`invalid value (${type}) at index ${i} in table for 'concat'`);
    }
    parts.push(text);
    length += text.length + between.length;
    if (length > runtime.state.limits.maxString) throw new LuaError(NOT_ENOUGH_MEMORY);
  }
  runtime.state.reserveString(length);
  runtime.work(length + parts.length * VALUE_BYTES);
  return parts.join(between);
}

function prepare(list: LuaValue, f: LuaValue, count: number): [LuaTable, LuaFunction] {
  return [checkTable(list, 1, count), checkFunction(f, 2, count)];
}

function makeForeach({ state }: LuaRuntime): LuaFunction {
  return new LuaFunction(
    function foreach(depth, list, f) {
      const [table, callee] = prepare(list, f, arguments.length - 1);
      for (let at = 0; (at = table.advance(at)) > 0;) {
        const entry = [table.keyAt(at - 1), table.valueAt(at - 1)];
        const result = first(callee.code(depth + 1, ...entry));
        if (result !== undefined) return result;
      }
      return NOTHING;
    },
    function* foreach(depth, list, f) {
      const [table, callee] = prepare(list, f, arguments.length - 1);
      for (let at = 0; (at = table.advance(at)) > 0;) {
        const entry = [table.keyAt(at - 1), table.valueAt(at - 1)];
        const result = first(yield* callNativeSuspendable(state, callee, depth, entry));
        if (result !== undefined) return result;
      }
      return NOTHING;
    },
    'foreach',
  );
}

function makeForeachi({ state }: LuaRuntime): LuaFunction {
  return new LuaFunction(
    function foreachi(depth, list, f) {
      const table = checkTable(list, 1, arguments.length - 1);
      const callee = checkFunction(f, 2, arguments.length - 1);
      const end = table.length();
      for (let i = 1; i <= end; i++) {
        const result = first(callee.code(depth + 1, i, table.getNumber(i)));
        if (result !== undefined) return result;
      }
      return NOTHING;
    },
    function* foreachi(depth, list, f) {
      const table = checkTable(list, 1, arguments.length - 1);
      const callee = checkFunction(f, 2, arguments.length - 1);
      const end = table.length();
      for (let i = 1; i <= end; i++) {
        const entry = [i, table.getNumber(i)];
        const result = first(yield* callNativeSuspendable(state, callee, depth, entry));
        if (result !== undefined) return result;
      }
      return NOTHING;
    },
    'foreachi',
  );
}
