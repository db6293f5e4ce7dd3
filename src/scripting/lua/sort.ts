/**
 * table.sort: quicksort with the median of three as pivot, comparing and swapping in the order
 * Lua 5.1 does, since where equal elements end up, and which comparisons an inconsistent order
 * function sees, is visible. O(n log n) on average; depth O(log n), as the smaller part is done
 * first by recursion.
 */
import { checkFunction, checkTable, fail } from './arguments.ts';
import { callNativeSuspendable } from './calls.ts';
import { rawSet } from './library-base.ts';
import type { LuaRuntime } from './runtime.ts';
import type { LuaTable } from './table.ts';
import { first, isTruthy, LuaFunction, NOTHING, type LuaValue } from './value.ts';

type Less = (a: LuaValue, b: LuaValue) => boolean;
type LessSuspendable = (a: LuaValue, b: LuaValue) => Generator<unknown, boolean, unknown>;

const INVALID_ORDER = 'invalid order function for sorting';

export function makeSort(runtime: LuaRuntime): LuaFunction {
  return new LuaFunction(
    function sort(depth, list, order) {
      const table = checkTable(list, 1, arguments.length - 1);
      const size = table.length();
      let less: Less = (a, b) => {
        if (--runtime.plain.fuel < 0) runtime.plain.interrupt();
        return runtime.plain.lessThan(a, b, depth, null);
      };
      if (order !== undefined) {
        const f = checkFunction(order, 2, arguments.length - 1);
        less = (a, b) => isTruthy(first(runtime.callNative(f, depth, [a, b])));
      }
      sortRange(table, 1, size, less);
      return NOTHING;
    },
    function* sort(depth, list, order) {
      const table = checkTable(list, 1, arguments.length - 1);
      const size = table.length();
      let less: LessSuspendable = function* lessThan(a, b) {
        if (--runtime.suspendable.fuel < 0) yield;
        return yield* runtime.suspendable.lessThan(a, b, depth, null);
      };
      if (order !== undefined) {
        const f = checkFunction(order, 2, arguments.length - 1);
        less = function* lessThan(a, b) {
          return isTruthy(first(yield* callNativeSuspendable(runtime.state, f, depth, [a, b])));
        };
      }
      yield* sortRangeSuspendable(table, 1, size, less);
      return NOTHING;
    },
    'sort',
  );
}

function swap(table: LuaTable, i: number, j: number): void {
  const value = table.getNumber(i);
  rawSet(table, i, table.getNumber(j));
  rawSet(table, j, value);
}

function sortRange(table: LuaTable, from: number, to: number, less: Less): void {
  let low = from;
  let high = to;
  while (low < high) {
    if (less(table.getNumber(high), table.getNumber(low))) swap(table, low, high);
    if (high - low === 1) return;
    const middle = (low + high) >> 1;
    if (less(table.getNumber(middle), table.getNumber(low))) swap(table, middle, low);
    else if (less(table.getNumber(high), table.getNumber(middle))) swap(table, middle, high);
    if (high - low === 2) return;
    const pivot = table.getNumber(middle);
    swap(table, middle, high - 1);
    let i = low;
    let j = high - 1;
    for (;;) {
      while (less(table.getNumber(++i), pivot)) if (i > high) fail(INVALID_ORDER);
      while (less(pivot, table.getNumber(--j))) if (j < low) fail(INVALID_ORDER);
      if (j < i) break;
      swap(table, i, j);
    }
    swap(table, high - 1, i);
    if (i - low < high - i) {
      sortRange(table, low, i - 1, less);
      low = i + 1;
    } else {
      sortRange(table, i + 1, high, less);
      high = i - 1;
    }
  }
}

function* sortRangeSuspendable(
  table: LuaTable,
  from: number,
  to: number,
  less: LessSuspendable,
): Generator<unknown, void, unknown> {
  let low = from;
  let high = to;
  while (low < high) {
    if (yield* less(table.getNumber(high), table.getNumber(low))) swap(table, low, high);
    if (high - low === 1) return;
    const middle = (low + high) >> 1;
    if (yield* less(table.getNumber(middle), table.getNumber(low))) swap(table, middle, low);
    else if (yield* less(table.getNumber(high), table.getNumber(middle))) swap(table, middle, high);
    if (high - low === 2) return;
    const pivot = table.getNumber(middle);
    swap(table, middle, high - 1);
    let i = low;
    let j = high - 1;
    for (;;) {
      while (yield* less(table.getNumber(++i), pivot)) if (i > high) fail(INVALID_ORDER);
      while (yield* less(pivot, table.getNumber(--j))) if (j < low) fail(INVALID_ORDER);
      if (j < i) break;
      swap(table, i, j);
    }
    swap(table, high - 1, i);
    if (i - low < high - i) {
      yield* sortRangeSuspendable(table, low, i - 1, less);
      low = i + 1;
    } else {
      yield* sortRangeSuspendable(table, i + 1, high, less);
      high = i - 1;
    }
  }
}
