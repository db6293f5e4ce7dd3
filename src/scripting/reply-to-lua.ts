/**
 * Reads a reply, in either protocol, as a Lua value: what a script gets from redis.call. Reads the
 * bytes of our own writer, so they are well-formed.
 *
 *   RESP2   integer -> number   bulk -> string   null -> false   array -> table
 *           status -> {ok=…}    error -> {err=…, ignore_error_stats_update=true}
 *   RESP3   null -> nil   boolean -> boolean   double -> {double=…}   map -> {map={…}}
 *           set -> {set={member=true}}   big number -> {big_number=…}
 *           verbatim -> {verbatim_string={format=…, string=…}}
 *
 * O(bytes). One reader is used again for every reply.
 */
import { latin1 } from '../bytes/text.ts';
import { reserveBytes } from './lua/memory.ts';
import { LuaTable } from './lua/table.ts';
import type { LuaValue } from './lua/value.ts';

const CR = 13;
/** Shorter strings are not worth accounting for. */
const COUNTED_LENGTH = 1024;
const MINUS = 0x2d;
const ZERO = 0x30;

export class ReplyToLua {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** The value of the reply that begins at `start`. */
  read(bytes: Uint8Array, start: number): LuaValue {
    this.#bytes = bytes;
    this.#at = start;
    return this.#value();
  }

  #value(): LuaValue {
    const type = this.#bytes[this.#at++];
    switch (type) {
      case 0x24: // $
        return this.#bulk();
      case 0x3a: // :
        return this.#integer();
      case 0x2a: // *
        return this.#array();
      case 0x2b: // +
        return single('ok', this.#line());
      case MINUS:
        return errorTable(this.#line());
      default:
        return this.#newer(type);
    }
  }

  /** What only RESP3 has. */
  #newer(type: number): LuaValue {
    switch (type) {
      case 0x5f: // _
        this.#at += 2;
        return undefined;
      case 0x23: {
        // #
        const isTrue = this.#bytes[this.#at] === 0x74;
        this.#at += 3;
        return isTrue;
      }
      case 0x2c: // ,
        return single('double', toDouble(this.#line()));
      case 0x25: // %
        return this.#map();
      case 0x7e: // ~
        return this.#set();
      case 0x28: // (
        return single('big_number', this.#line());
      case 0x3d: // =
        return this.#verbatim();
      case 0x7c: // |
        // Attributes tell about the reply behind them; scripts are not shown them.
        for (let left = this.#integer() * 2; left > 0; left--) this.#value();
        return this.#value();
      default: // > (a push where a reply belongs is read like an array)
        return this.#array();
    }
  }

  #integer(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    let value = 0;
    for (let byte = bytes[at]; byte !== CR; byte = bytes[++at]) value = value * 10 + (byte - ZERO);
    this.#at = at + 2;
    return isNegative ? -value : value;
  }

  #line(): string {
    const start = this.#at;
    let end = start;
    while (this.#bytes[end] !== CR) end++;
    this.#at = end + 2;
    return latin1(this.#bytes, start, end);
  }

  #bulk(): LuaValue {
    const length = this.#integer();
    if (length < 0) return false;
    const start = this.#at;
    this.#at = start + length + 2;
    if (length >= COUNTED_LENGTH) reserveBytes(length);
    return latin1(this.#bytes, start, start + length);
  }

  #array(): LuaValue {
    const count = this.#integer();
    if (count < 0) return false;
    const values: LuaValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.#value());
    return LuaTable.fromArray(values);
  }

  #map(): LuaTable {
    const count = this.#integer();
    const entries = new LuaTable().reserve(0, count);
    for (let i = 0; i < count; i++) {
      const key = this.#value();
      const value = this.#value();
      if (isKey(key)) entries.set(key, value);
    }
    return single('map', entries);
  }

  #set(): LuaTable {
    const count = this.#integer();
    const members = new LuaTable().reserve(0, count);
    for (let i = 0; i < count; i++) {
      const member = this.#value();
      if (isKey(member)) members.set(member, true);
    }
    return single('set', members);
  }

  #verbatim(): LuaTable {
    const length = this.#integer();
    const start = this.#at;
    this.#at = start + length + 2;
    const table = new LuaTable();
    table.set('format', latin1(this.#bytes, start, start + 3));
    table.set('string', latin1(this.#bytes, start + 4, start + length));
    return single('verbatim_string', table);
  }
}

/** The table that stands for an error reply: `text` begins with its code. */
export function errorTable(text: string): LuaTable {
  const table = new LuaTable();
  table.set('err', text);
  // It was counted when it was replied; the script's own reply must not count it again.
  table.set('ignore_error_stats_update', true);
  return table;
}

/** The table that stands for an error a script made up, in Redis's notation `-CODE text`. */
export function customErrorTable(text: string): LuaTable {
  const bare = text.replace(/[\r\n]+$/, '');
  const whole = bare.startsWith('-') ? bare.slice(1) : bare;
  return single('err', whole.includes(' ') ? whole : `ERR ${whole}`);
}

export function single(field: string, value: LuaValue): LuaTable {
  const table = new LuaTable();
  table.set(field, value);
  return table;
}

function isKey(value: LuaValue): boolean {
  return value !== undefined && !Number.isNaN(value);
}

function toDouble(text: string): number {
  if (text === 'inf') return Infinity;
  return text === '-inf' ? -Infinity : Number(text);
}
