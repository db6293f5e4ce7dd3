/**
 * Arguments of library functions, checked and converted as Lua's C library does, with its errors.
 * `count` is how many arguments were given: it tells "no value" from nil. Functions pass it as
 * `arguments.length - 1`, on the failing path only.
 */
import { LuaError } from './errors.ts';
import { displayName } from './lexer.ts';
import { numberToString, parseNumber } from './number.ts';
import { captureLevels } from './position.ts';
import { place } from './site.ts';
import { LuaTable } from './table.ts';
import { typeName } from './types.ts';
import { LuaFunction, type LuaValue } from './value.ts';

/** The place of the Lua code at a level: 1 is who called the running native function. */
export function whereLevel(level: number): string {
  const site = level === 1 ? place.site : captureLevels(level)[level - 1];
  return site ? `${displayName(site.chunk)}:${site.line}: ` : '';
}

/** Raises an error in the name of the running native function. */
export function fail(message: string): never {
  throw new LuaError(whereLevel(1) + message);
}

/** "bad argument #1 to 'insert' (...)". */
export function failArgument(index: number, message: string): never {
  const { site } = place;
  if (!site) throw new LuaError(`bad argument #${index} to '?' (${message})`);
  const where = `${displayName(site.chunk)}:${site.line}: `;
  const name = site.left?.name ?? '?';
  if (site.left?.kind === 'method') {
    if (index === 1) throw new LuaError(`${where}calling '${name}' on bad self (${message})`);
    throw new LuaError(`${where}bad argument #${index - 1} to '${name}' (${message})`);
  }
  throw new LuaError(`${where}bad argument #${index} to '${name}' (${message})`);
}

export function failType(index: number, expected: string, value: LuaValue, count: number): never {
  const given = index > count ? 'no value' : typeName(value);
  return failArgument(index, `${expected} expected, got ${given}`);
}

export function checkAny(index: number, count: number): void {
  if (count < index) failArgument(index, 'value expected');
}

export function checkString(value: LuaValue, index: number, count: number): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberToString(value);
  return failType(index, 'string', value, count);
}

export function optionalString(
  value: LuaValue,
  index: number,
  count: number,
  otherwise: string,
): string {
  return value === undefined ? otherwise : checkString(value, index, count);
}

export function checkNumber(value: LuaValue, index: number, count: number): number {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' ? parseNumber(value) : undefined;
  return number ?? failType(index, 'number', value, count);
}

/** A number cut to a 64-bit integer, as C converts it, held in a double. */
export function checkInteger(value: LuaValue, index: number, count: number): number {
  return toInteger(checkNumber(value, index, count));
}

export function optionalInteger(
  value: LuaValue,
  index: number,
  count: number,
  otherwise: number,
): number {
  return value === undefined ? otherwise : checkInteger(value, index, count);
}

/** C's conversion of a double to a 64-bit integer: out of range gives the smallest one. */
export function toInteger(value: number): number {
  if (!(Math.abs(value) < 2 ** 63)) return -(2 ** 63);
  // Adding zero turns a negative zero positive.
  return Math.trunc(value) + 0;
}

/** What remains of a 64-bit integer in C's int. */
export function toInt32(value: number): number {
  return value === (value | 0) ? value : Number(BigInt.asIntN(32, BigInt(toInteger(value))));
}

export function checkTable(value: LuaValue, index: number, count: number): LuaTable {
  return value instanceof LuaTable ? value : failType(index, 'table', value, count);
}

export function checkFunction(value: LuaValue, index: number, count: number): LuaFunction {
  return value instanceof LuaFunction ? value : failType(index, 'function', value, count);
}

/** What C makes of a double as an unsigned 64-bit integer, through a signed one below zero. */
export function toUnsigned(value: number): bigint {
  if (Number.isNaN(value)) return 1n << 63n;
  if (value < 0)
    return value >= -(2 ** 63) ? BigInt.asUintN(64, BigInt(Math.trunc(value))) : 1n << 63n;
  return value < 2 ** 64 ? BigInt(Math.trunc(value)) : 0n;
}
