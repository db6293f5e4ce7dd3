/** How libraries are put together: tables of functions under global names. */
import { fail } from './arguments.ts';
import type { LuaRuntime } from './runtime.ts';
import { LuaTable } from './table.ts';
import { rawToString } from './types.ts';
import { LuaFunction, type LuaValue, type PlainCode } from './value.ts';

/** Adds functions to a table under their names. */
export function addFunctions(
  table: LuaTable,
  functions: Record<string, PlainCode | LuaFunction>,
): void {
  for (const [name, code] of Object.entries(functions)) {
    table.set(name, code instanceof LuaFunction ? code : new LuaFunction(code, null, name));
  }
}

/** A library's table under a global name. */
export function addLibrary(
  runtime: LuaRuntime,
  name: string,
  functions: Record<string, PlainCode | LuaFunction>,
  values: Record<string, LuaValue> = {},
): LuaTable {
  const table = new LuaTable();
  addFunctions(table, functions);
  for (const [key, value] of Object.entries(values)) table.set(key, value);
  runtime.globals.set(name, table);
  return table;
}

/** Makes a table and every table in it read-only, and so their metatables. */
export function makeReadonly(table: LuaTable): void {
  if (table.readonly) return;
  table.readonly = true;
  if (table.metatable !== null) makeReadonly(table.metatable);
  for (let at = 0; (at = table.advance(at)) > 0;) {
    const value = table.valueAt(at - 1);
    if (value instanceof LuaTable) makeReadonly(value);
  }
}

/**
 * Redis's protection: unknown globals are errors, and neither globals nor libraries can be
 * changed. Call it once everything is registered; the host's own table.set still works.
 */
export function protectGlobals(runtime: LuaRuntime): void {
  const { globals, state } = runtime;
  const metatable = new LuaTable();
  addFunctions(metatable, {
    __index(_, _table, name) {
      return fail(`Script attempted to access nonexistent global variable '${rawToString(name)}'`);
    },
  });
  globals.metatable = metatable;
  makeReadonly(globals);
  if (state.stringMetatable !== null) makeReadonly(state.stringMetatable);
}
