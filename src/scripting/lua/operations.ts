/**
 * What compiled code does when its inline fast paths do not apply, as far as no Lua function is
 * called: looking for metamethods, coercions, errors. The two forms of code share it;
 * operations-plain.ts and operations-suspendable.ts add the calls.
 */
import { LuaError } from './errors.ts';
import { hashString } from './hash.ts';
import { displayName } from './lexer.ts';
import { countBytes, LARGE_BLOCK } from './memory.ts';
import { numberToString, parseNumber } from './number.ts';
import type { Site, ValueName } from './site.ts';
import { guardLasting, LuaTable } from './table.ts';
import { typeName } from './types.ts';
import {
  all,
  first,
  LuaFunction,
  modulo,
  type LuaGenerator,
  type LuaResult,
  type LuaValue,
} from './value.ts';
import { flat, type LuaState } from './state.ts';

const INDEX = hashString('__index');
const NEW_INDEX = hashString('__newindex');
const MAX_CHAIN = 100;
/** Strings this long and longer count as long as they are; shorter ones as V8's note of their parts. */
const COUNTED_LENGTH = 1024;
const SHORT_STRING_BYTES = 32;

export type Arithmetic = 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'pow' | 'unm';

/** Walks a table for a `for` loop over pairs or ipairs. */
export class Cursor {
  readonly #table: LuaTable;
  readonly #isSequence: boolean;
  #position = 0;
  key: LuaValue = undefined;
  value: LuaValue = undefined;

  constructor(table: LuaTable, isSequence: boolean) {
    this.#table = table;
    this.#isSequence = isSequence;
  }

  advance(): boolean {
    const table = this.#table;
    if (this.#isSequence) {
      this.value = table.getNumber(++this.#position);
      this.key = this.#position;
      return this.value !== undefined;
    }
    const next = table.advance(this.#position);
    if (next < 0) return false;
    this.#position = next;
    this.key = table.keyAt(next - 1);
    this.value = table.valueAt(next - 1);
    return true;
  }
}

export class Operations {
  readonly state: LuaState;
  /** Runs down at loop turns and function entries. */
  fuel = 0;
  /** The function and first argument of the metamethod that a look-up ended at. */
  protected handler: LuaFunction | null = null;
  protected self: LuaValue = undefined;

  constructor(state: LuaState) {
    this.state = state;
  }

  first(result: LuaResult): LuaValue {
    return first(result);
  }

  all(result: LuaResult): LuaValue[] {
    return all(result);
  }

  /** Before a variable that may last from call to call is changed. */
  beforeChange(): void {
    guardLasting();
  }

  /** The first argument: the second is evaluated after it. */
  afterNote(values: LuaValue[], _site: unknown): LuaValue[] {
    return values;
  }

  mod(a: number, b: number): number {
    return modulo(a, b);
  }

  pow(a: number, b: number): number {
    return power(a, b);
  }

  /** The place of an error as messages start with it; nothing for native code. */
  where(site: Site | null): string {
    return site === null ? '' : `${displayName(site.chunk)}:${site.line}: `;
  }

  fail(message: string, site: Site | null): never {
    throw new LuaError(this.where(site) + message, site);
  }

  /** "attempt to index local 'x' (a nil value)" and its kin. */
  failType(action: string, value: LuaValue, name: ValueName | null, site: Site | null): never {
    const type = typeName(value);
    const named =
      name === null ? `a ${type} value` : `${name.kind} '${name.name}' (a ${type} value)`;
    return this.fail(`attempt to ${action} ${named}`, site);
  }

  metamethod(value: LuaValue, event: string): LuaValue {
    let metatable: LuaTable | null = null;
    if (value instanceof LuaTable) metatable = value.metatable;
    else if (typeof value === 'string') metatable = this.state.stringMetatable;
    return metatable === null ? undefined : metatable.getString(event, hashString(event));
  }

  /** Reads object[key]; leaves a function in `handler` when that has to be asked instead. */
  protected lookUp(object: LuaValue, key: LuaValue, site: Site | null): LuaValue {
    this.handler = null;
    let current = object;
    const hash = typeof key === 'string' ? hashString(key) : 0;
    for (let i = 0; i < MAX_CHAIN; i++) {
      let handler: LuaValue;
      if (current instanceof LuaTable) {
        const value = typeof key === 'string' ? current.getString(key, hash) : current.get(key);
        if (value !== undefined || current.metatable === null) return value;
        handler = current.metatable.getString('__index', INDEX);
        if (handler === undefined) return undefined;
      } else {
        const { stringMetatable } = this.state;
        const isText = typeof current === 'string' && stringMetatable !== null;
        handler = isText ? stringMetatable.getString('__index', INDEX) : undefined;
        if (handler === undefined) {
          this.failType('index', current, i === 0 ? (site?.left ?? null) : null, site);
        }
      }
      if (handler instanceof LuaFunction) {
        this.handler = handler;
        this.self = current;
        return undefined;
      }
      current = handler;
    }
    return this.fail('loop in gettable', site);
  }

  /** Sets object[key]; leaves a function in `handler` when that has to do it instead. */
  protected assign(object: LuaValue, key: LuaValue, value: LuaValue, site: Site | null): void {
    this.handler = null;
    let current = object;
    for (let i = 0; i < MAX_CHAIN; i++) {
      let handler: LuaValue;
      if (current instanceof LuaTable) {
        if (current.readonly) this.fail('Attempt to modify a readonly table', site);
        if (current.isLasting) guardLasting();
        const { metatable } = current;
        const isNew = metatable !== null && current.get(key) === undefined;
        handler = isNew ? metatable.getString('__newindex', NEW_INDEX) : undefined;
        if (handler === undefined) {
          this.rawSet(current, key, value, site);
          return;
        }
      } else {
        handler = this.metamethod(current, '__newindex');
        if (handler === undefined) {
          this.failType('index', current, i === 0 ? (site?.left ?? null) : null, site);
        }
      }
      if (handler instanceof LuaFunction) {
        this.handler = handler;
        this.self = current;
        return;
      }
      current = handler;
    }
    this.fail('loop in settable', site);
  }

  rawSet(table: LuaTable, key: LuaValue, value: LuaValue, site: Site | null): void {
    if (key === undefined) this.fail('table index is nil', site);
    // Only NaN differs from itself.
    if (typeof key === 'number' && Number.isNaN(key)) this.fail('table index is NaN', site);
    table.set(key, value);
  }

  /** Finds a binary metamethod, left operand first; fails as arithmetic does without one. */
  protected arithmeticHandler(
    event: Arithmetic,
    a: LuaValue,
    b: LuaValue,
    site: Site | null,
  ): LuaValue {
    const handler = this.metamethod(a, `__${event}`) ?? this.metamethod(b, `__${event}`);
    if (handler !== undefined) return handler;
    const isLeft = toNumber(a) === undefined;
    const name = (isLeft ? site?.left : site?.right) ?? null;
    return this.failType('perform arithmetic on', isLeft ? a : b, name, site);
  }

  protected concatHandler(a: LuaValue, b: LuaValue, sites: [Site | null, Site | null]): LuaValue {
    const handler = this.metamethod(a, '__concat') ?? this.metamethod(b, '__concat');
    if (handler !== undefined) return handler;
    const isRight = typeof a === 'string' || typeof a === 'number';
    const site = sites[isRight ? 1 : 0];
    return this.failType('concatenate', isRight ? b : a, site?.left ?? null, site);
  }

  /** Joins two strings, counting long ones against the memory budget. */
  join(a: string, b: string): string {
    const length = a.length + b.length;
    if (length >= COUNTED_LENGTH) return this.#joinLong(a, b, length);
    countBytes(SHORT_STRING_BYTES);
    return a + b;
  }

  #joinLong(a: string, b: string, length: number): string {
    if (length >= LARGE_BLOCK) this.fuel -= length >> 6;
    this.state.reserveString(length);
    return length >= LARGE_BLOCK ? flat(a + b) : a + b;
  }

  /** Compares two values of one basic type; undefined when metamethods have to decide. */
  protected compare(a: LuaValue, b: LuaValue, orEqual: boolean): boolean | undefined {
    if (typeof a === 'number' && typeof b === 'number') return orEqual ? a <= b : a < b;
    if (typeof a === 'string' && typeof b === 'string') return orEqual ? a <= b : a < b;
    return undefined;
  }

  /** The comparison metamethod both operands share, or undefined. */
  protected orderHandler(event: string, a: LuaValue, b: LuaValue): LuaValue {
    if (typeName(a) !== typeName(b)) return undefined;
    const handler = this.metamethod(a, event);
    return handler === this.metamethod(b, event) ? handler : undefined;
  }

  protected failOrder(a: LuaValue, b: LuaValue, site: Site | null): never {
    const left = typeName(a);
    const right = typeName(b);
    const what = left === right ? `two ${left} values` : `${left} with ${right}`;
    return this.fail(`attempt to compare ${what}`, site);
  }

  lengthOf(value: LuaValue, site: Site | null): number {
    if (typeof value === 'string') return value.length;
    if (value instanceof LuaTable) return value.length();
    return this.failType('get length of', value, site?.left ?? null, site);
  }

  /** What stands in for a value that is called but is no function. */
  callable(value: LuaValue, site: Site | null): LuaFunction {
    const handler = this.metamethod(value, '__call');
    if (!(handler instanceof LuaFunction)) {
      return new LuaFunction(
        () => this.failType('call', value, site?.left ?? null, site),
        null,
        '',
      );
    }
    return new LuaFunction(
      (depth, ...list) => handler.code(depth, value, ...list),
      handler.suspends
        ? (depth, ...list) => handler.entry(depth, value, ...list) as LuaGenerator
        : null,
      '',
    );
  }

  loopNumber(value: LuaValue, what: string, site: Site): number {
    const number = toNumber(value);
    const name = what === 'initial' ? "'for' initial value" : `'for' ${what}`;
    return number ?? this.fail(`${name} must be a number`, site);
  }

  loopNumbers(values: LuaValue[], site: Site): number[] {
    return values.map((value, i) => this.loopNumber(value, ['initial', 'limit', 'step'][i]!, site));
  }

  cursor(iterator: LuaValue, table: LuaValue, control: LuaValue): Cursor | null {
    if (!(table instanceof LuaTable)) return null;
    if (iterator === this.state.next && control === undefined) return new Cursor(table, false);
    return iterator === this.state.sequenceIterator && control === 0
      ? new Cursor(table, true)
      : null;
  }

  /** The `arg` table of a vararg function. */
  argumentTable(values: LuaValue[]): LuaTable {
    const table = LuaTable.fromArray([...values]);
    table.set('n', values.length);
    return table;
  }

  /** A constructor's table whose last item gave any number of values. */
  openArray(values: LuaValue[], reserved: number): LuaTable {
    while (values.length < reserved) values.push(undefined);
    return LuaTable.fromArray(values);
  }

  /** Stores a constructor's positional values. */
  appendAll(table: LuaTable, values: LuaValue[]): LuaTable {
    if (values.length > table.array.length) table.growArray(values.length);
    for (let i = 0; i < values.length; i++) table.setNumber(i + 1, values[i]);
    return table;
  }
}

/** A number, or the number a string stands for. */
export function toNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? parseNumber(value) : undefined;
}

/** A string, or a number's text. */
export function toText(value: LuaValue): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? numberToString(value) : undefined;
}

export function compute(event: Arithmetic, a: number, b: number): number {
  switch (event) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'div':
      return a / b;
    case 'mod':
      return modulo(a, b);
    case 'pow':
      return power(a, b);
    case 'unm':
      return -a;
  }
}

/** C's pow, which knows that 1 to any power is 1. */
export function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return b === 0.5 ? Math.sqrt(a) : a ** b;
}
