/**
 * Writes what a script returned as the reply of its command.
 *
 * A table is, by the first of these fields it has: an error (`err`), a status (`ok`), a double, a
 * map, a set, a big number, a verbatim string; else an array, which ends at its first nil.
 */
import type { ReplyWriter } from '../resp/reply-writer.ts';
import { LuaTable } from './lua/table.ts';
import type { LuaValue } from './lua/value.ts';

/** Tables may nest this deep, as deep as the real server's Lua stack allows. */
const MAX_DEPTH = 1998;
const INT64_LIMIT = 2 ** 63;

export class LuaToReply {
  readonly #reply: ReplyWriter;
  /** Whether the script chose RESP3 (redis.setresp), which changes what booleans are. */
  isResp3 = false;
  /** Set when an error was written that the statistics count already. */
  isCountedError = false;

  constructor(reply: ReplyWriter) {
    this.#reply = reply;
  }

  /** Writes one value as one reply. */
  write(value: LuaValue): void {
    this.isCountedError = false;
    this.#value(value, 0);
  }

  #value(value: LuaValue, depth: number): void {
    const reply = this.#reply;
    if (typeof value === 'string') reply.bulkText(value);
    else if (typeof value === 'number') writeInteger(reply, value);
    else if (typeof value === 'boolean') this.#boolean(value);
    else if (!(value instanceof LuaTable)) reply.null();
    else if (depth >= MAX_DEPTH) reply.error('ERR reached lua stack limit');
    else if (!this.#tagged(value, depth)) this.#array(value, depth);
  }

  #boolean(value: boolean): void {
    const reply = this.#reply;
    if (this.isResp3) reply.boolean(value);
    else if (value) reply.integer(1);
    else reply.null();
  }

  /** Writes a table that says what it is; false when it does not. */
  #tagged(table: LuaTable, depth: number): boolean {
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
      reply.double(double);
      return true;
    }
    return this.#taggedAggregate(table, depth);
  }

  #taggedAggregate(table: LuaTable, depth: number): boolean {
    const map = table.get('map');
    if (map instanceof LuaTable) {
      this.#map(map, depth + 1);
      return true;
    }
    const set = table.get('set');
    if (set instanceof LuaTable) {
      this.#set(set, depth + 1);
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

  #map(table: LuaTable, depth: number): void {
    const reply = this.#reply;
    const mark = reply.deferArray();
    let count = 0;
    for (let at = 0; (at = table.advance(at)) > 0; count++) {
      this.#value(table.keyAt(at - 1), depth);
      this.#value(table.valueAt(at - 1), depth);
    }
    reply.resolveMap(mark, count);
  }

  #set(table: LuaTable, depth: number): void {
    const reply = this.#reply;
    const mark = reply.deferArray();
    let count = 0;
    for (let at = 0; (at = table.advance(at)) > 0; count++) this.#value(table.keyAt(at - 1), depth);
    reply.resolveSet(mark, count);
  }

  #array(table: LuaTable, depth: number): void {
    const reply = this.#reply;
    // The elements that are there bound the length, and are nearly always all of it.
    const mark = reply.deferArray(table.array.length);
    let count = 0;
    for (;;) {
      const item = table.getNumber(count + 1);
      if (item === undefined) break;
      this.#value(item, depth + 1);
      count++;
    }
    reply.resolveArray(mark, count);
  }
}

/** A Lua number as C converts it to a 64-bit integer: cut, and the smallest one out of range. */
function writeInteger(reply: ReplyWriter, value: number): void {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) reply.integer(whole);
  else if (Math.abs(whole) < INT64_LIMIT) reply.bigInteger(BigInt(whole));
  else reply.bigInteger(-(2n ** 63n));
}
