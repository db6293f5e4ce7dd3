/**
 * Writes what a script returned as the reply of its command.
 *
 * A table is, by the first of these fields it has: an error (`err`), a status (`ok`), a double, a
 * map, a set, a big number, a verbatim string; else an array, which ends at its first nil.
 */
import { fromLatin1 } from '../bytes/text.ts';
import type { ReplyWriter } from '../resp/reply-writer.ts';
import { LuaTable } from './lua/table.ts';
import type { LuaValue } from './lua/value.ts';

/**
 * What a nested value costs of the real server's Lua stack, and how much there is: that bounds how
 * deep values may nest.
 */
const ROOT_SLOTS = 2;
const ITEM_SLOTS = 1;
const MAP_KEY_SLOTS = 4;
const MAP_VALUE_SLOTS = 3;
const SET_MEMBER_SLOTS = 3;
const MAX_SLOTS = 7996;
/** A table can refer to the same string, or to itself, again and again. */
const MAX_REPLY_BYTES = 512 * 1024 * 1024;
const MAX_REPLY_ITEMS = 2 ** 24;
const TOO_LONG = 'ERR the reply of the script is too long';
const INT64_LIMIT = 2 ** 63;
const NEGATIVE_NAN = fromLatin1(',-nan\r\n');

const ARRAY = 0;
const MAP = 1;
const SET = 2;

/** An aggregate of which a part is written. */
interface Open {
  readonly kind: typeof ARRAY | typeof MAP | typeof SET;
  readonly table: LuaTable;
  /** Where the reply began, and how many items (of maps: pairs) it has so far. */
  readonly mark: number;
  count: number;
  /** Of maps and sets: the place of the traversal. */
  at: number;
  /** Of maps: the key was written, its value follows. */
  isValueNext: boolean;
  readonly slots: number;
}

export class LuaToReply {
  readonly #reply: ReplyWriter;
  /** Aggregates around the value at hand: tables nest deeper than JavaScript's stack allows. */
  readonly #open: Open[] = [];
  /** Values of the reply so far. */
  #items = 0;
  /** Whether the script chose RESP3 (redis.setresp), which changes what booleans are. */
  isResp3 = false;
  /** Set when an error was written that the statistics count already. */
  isCountedError = false;

  constructor(reply: ReplyWriter) {
    this.#reply = reply;
  }

  /** Writes one value as one reply. O(value). */
  write(value: LuaValue): void {
    const open = this.#open;
    open.length = 0;
    this.#items = 0;
    this.isCountedError = false;
    const reply = this.#reply;
    const mark = reply.length;
    this.#value(value, ROOT_SLOTS);
    while (open.length > 0) {
      this.#goOn(open[open.length - 1]!, mark + MAX_REPLY_BYTES);
      if (reply.length - mark <= MAX_REPLY_BYTES && this.#items <= MAX_REPLY_ITEMS) continue;
      reply.discardFrom(mark);
      reply.error(TOO_LONG);
      return;
    }
  }

  /** Writes a value; of an aggregate only the beginning. */
  #value(value: LuaValue, slots: number): void {
    const reply = this.#reply;
    this.#items++;
    if (slots > MAX_SLOTS) reply.error('ERR reached lua stack limit');
    else if (typeof value === 'string') reply.bulkText(value);
    else if (typeof value === 'number') writeInteger(reply, value);
    else if (typeof value === 'boolean') this.#boolean(value);
    else if (!(value instanceof LuaTable)) reply.null();
    else if (!this.#tagged(value, slots)) this.#begin(ARRAY, value, value.array.length, slots);
  }

  #begin(kind: Open['kind'], table: LuaTable, expected: number, slots: number): void {
    const mark = this.#reply.deferArray(expected);
    this.#open.push({ kind, table, mark, count: 0, at: 0, isValueNext: false, slots });
  }

  /** Writes the rest of the innermost aggregate, or up to an aggregate within it. */
  #goOn(top: Open, limit: number): void {
    const depth = this.#open.length;
    do {
      const isDone = top.kind === ARRAY ? this.#nextItem(top) : this.#nextEntry(top);
      if (!isDone) continue;
      this.#open.pop();
      if (top.kind === ARRAY) this.#reply.resolveArray(top.mark, top.count);
      else if (top.kind === MAP) this.#reply.resolveMap(top.mark, top.count);
      else this.#reply.resolveSet(top.mark, top.count);
    } while (this.#open.length === depth && this.#reply.length < limit);
  }

  #nextItem(top: Open): boolean {
    const item = top.table.getNumber(top.count + 1);
    if (item === undefined) return true;
    top.count++;
    this.#value(item, top.slots + ITEM_SLOTS);
    return false;
  }

  #nextEntry(top: Open): boolean {
    const { table, slots } = top;
    if (top.isValueNext) {
      top.isValueNext = false;
      this.#value(table.valueAt(top.at - 1), slots + MAP_VALUE_SLOTS);
      return false;
    }
    top.at = table.advance(top.at);
    if (top.at < 0) return true;
    top.count++;
    top.isValueNext = top.kind === MAP;
    this.#value(
      table.keyAt(top.at - 1),
      slots + (top.kind === MAP ? MAP_KEY_SLOTS : SET_MEMBER_SLOTS),
    );
    return false;
  }

  #boolean(value: boolean): void {
    const reply = this.#reply;
    if (this.isResp3) reply.boolean(value);
    else if (value) reply.integer(1);
    else reply.null();
  }

  /** Writes a table that says what it is; false when it does not. */
  #tagged(table: LuaTable, slots: number): boolean {
    const reply = this.#reply;
    const error = table.get('err');
    if (typeof error === 'string') {
      this.isCountedError = table.get('ignore_error_stats_update') === true;
      reply.error(error);
      return true;
    }
    const ok = table.get('ok');
    if (typeof ok === 'string') {
      reply.simple(ok);
      return true;
    }
    const double = table.get('double');
    if (typeof double === 'number') {
      this.#double(double);
      return true;
    }
    return this.#taggedAggregate(table, slots);
  }

  #taggedAggregate(table: LuaTable, slots: number): boolean {
    const map = table.get('map');
    if (map instanceof LuaTable) {
      this.#begin(MAP, map, 1, slots);
      return true;
    }
    const set = table.get('set');
    if (set instanceof LuaTable) {
      this.#begin(SET, set, 1, slots);
      return true;
    }
    const bigNumber = table.get('big_number');
    if (typeof bigNumber === 'string') {
      this.#reply.bigNumber(bigNumber.replaceAll(/[\r\n]/g, ' '));
      return true;
    }
    const verbatim = table.get('verbatim_string');
    if (!(verbatim instanceof LuaTable)) return false;
    const format = verbatim.get('format');
    const text = verbatim.get('string');
    if (typeof format !== 'string' || typeof text !== 'string') return false;
    this.#reply.verbatim(`${format}   `.slice(0, 3), text);
    return true;
  }

  /** The NaN that arithmetic gives is negative, as C prints it. */
  #double(value: number): void {
    const reply = this.#reply;
    if (!Number.isNaN(value)) reply.double(value);
    else if (reply.protocol === 2) reply.bulkText('-nan');
    else reply.raw(NEGATIVE_NAN, 0, NEGATIVE_NAN.length);
  }
}

/** A Lua number as C converts it to a 64-bit integer: cut, and the smallest one out of range. */
function writeInteger(reply: ReplyWriter, value: number): void {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) reply.integer(whole);
  else if (Math.abs(whole) < INT64_LIMIT) reply.bigInteger(BigInt(whole));
  else reply.bigInteger(-(2n ** 63n));
}
