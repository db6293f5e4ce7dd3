/** cmsgpack: Lua values as MessagePack. */
import { checkString, fail, failArgument, optionalInteger, toInt32 } from './arguments.ts';
import { addLibrary } from './library.ts';
import type { LuaRuntime } from './runtime.ts';
import { LuaError } from './errors.ts';
import { NOT_ENOUGH_MEMORY, reserveBytes } from './memory.ts';
import { flat } from './state.ts';
import { LuaTable } from './table.ts';
import type { LuaValue, PlainCode } from './value.ts';

const MAX_NESTING = 16;
/** Nesting that unpacking follows, where the original has only the native stack as a limit. */
const MAX_UNPACK_NESTING = 2_000;

/** Packing and unpacking a byte take so many times as long as copying one. */
const CYCLES_A_BYTE = 16;
/** See cjson-encode.ts. */
const PIECE = 16 * 1024;

const view = new DataView(new ArrayBuffer(8));

function bytes(count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += String.fromCharCode(view.getUint8(i));
  return text;
}

function unsigned(tag: number, value: number, size: number): string {
  if (size === 1) view.setUint8(0, value);
  else if (size === 2) view.setUint16(0, value);
  else if (size === 4) view.setUint32(0, value);
  else view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)));
  return String.fromCharCode(tag) + bytes(size);
}

function packInteger(value: number): string {
  if (value >= 0) {
    if (value <= 127) return String.fromCharCode(value);
    if (value <= 0xff) return unsigned(0xcc, value, 1);
    if (value <= 0xffff) return unsigned(0xcd, value, 2);
    return value <= 0xffffffff ? unsigned(0xce, value, 4) : unsigned(0xcf, value, 8);
  }
  if (value >= -32) return String.fromCharCode(256 + value);
  if (value >= -128) return unsigned(0xd0, value, 1);
  if (value >= -32768) return unsigned(0xd1, value, 2);
  return value >= -2147483648 ? unsigned(0xd2, value, 4) : unsigned(0xd3, value, 8);
}

function packNumber(value: number): string {
  // Beyond 2^63 the original's cast does not give the number back.
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) {
    return packInteger(value + 0);
  }
  if (Math.fround(value) === value) {
    view.setFloat32(0, value);
    return `\xca${bytes(4)}`;
  }
  view.setFloat64(0, value);
  if (Number.isNaN(value)) view.setUint8(0, 0xff);
  return `\xcb${bytes(8)}`;
}

function packString(text: string): string {
  const { length } = text;
  if (length < 32) return String.fromCharCode(0xa0 | length) + text;
  if (length <= 0xff) return unsigned(0xd9, length, 1) + text;
  return (length <= 0xffff ? unsigned(0xda, length, 2) : unsigned(0xdb, length, 4)) + text;
}

function sized(small: number, wide: number, count: number): string {
  if (count <= 15) return String.fromCharCode(small | count);
  return count <= 0xffff ? unsigned(wide, count, 2) : unsigned(wide + 1, count, 4);
}

/** How many entries a table has when they are exactly 1..n, else -1; entries as counted. */
function shapeOf(table: LuaTable): { isArray: boolean; count: number } {
  let count = 0;
  let most = 0;
  let isArray = true;
  for (let at = 0; (at = table.advance(at)) > 0;) {
    const key = table.keyAt(at - 1);
    count++;
    if (typeof key === 'number' && key > 0 && Number.isInteger(key)) most = Math.max(most, key);
    else isArray = false;
  }
  return { isArray: isArray && most === count, count };
}

class Packer {
  readonly #runtime: LuaRuntime;
  /** The latest part of the result, and the pieces before it. */
  #text = '';
  readonly #pieces: string[] = [];
  #length = 0;

  constructor(runtime: LuaRuntime) {
    this.#runtime = runtime;
  }

  pack(list: readonly LuaValue[]): string {
    const runtime = this.#runtime;
    for (const value of list) this.#value(value, 0);
    const length = this.#length + this.#text.length;
    runtime.state.reserveString(length);
    runtime.work(length * CYCLES_A_BYTE);
    return this.#pieces.length === 0 ? this.#text : this.#pieces.join('') + this.#text;
  }

  #value(value: LuaValue, level: number): void {
    if (typeof value === 'string') this.#text += packString(value);
    else if (typeof value === 'number') this.#text += packNumber(value);
    else if (typeof value === 'boolean') this.#text += value ? '\xc3' : '\xc2';
    else if (value instanceof LuaTable && level < MAX_NESTING) this.#table(value, level + 1);
    else this.#text += '\xc0';
    if (this.#text.length > PIECE) this.#endPiece();
  }

  #table(table: LuaTable, level: number): void {
    const { isArray, count } = shapeOf(table);
    if (isArray) {
      this.#text += sized(0x90, 0xdc, count);
      for (let i = 1; i <= count; i++) this.#value(table.getNumber(i), level);
      return;
    }
    this.#text += sized(0x80, 0xde, count);
    for (let at = 0; (at = table.advance(at)) > 0;) {
      this.#value(table.keyAt(at - 1), level);
      this.#value(table.valueAt(at - 1), level);
    }
  }

  #endPiece(): void {
    const { state } = this.#runtime;
    this.#length += this.#text.length;
    if (this.#length > state.limits.maxString) throw new LuaError(NOT_ENOUGH_MEMORY);
    reserveBytes(this.#text.length);
    this.#pieces.push(flat(this.#text));
    this.#text = '';
  }
}

class Unpacker {
  readonly #data: string;
  at: number;
  #nesting = 0;

  constructor(data: string, at: number) {
    this.#data = data;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#data.length;
  }

  #take(count: number): string {
    if (count > this.#data.length - this.at) fail('Missing bytes in input.');
    this.at += count;
    return this.#data.slice(this.at - count, this.at);
  }

  #load(count: number): DataView {
    const text = this.#take(count);
    for (let i = 0; i < count; i++) view.setUint8(i, text.charCodeAt(i));
    return view;
  }

  #length(size: number): number {
    const loaded = this.#load(size);
    if (size === 1) return loaded.getUint8(0);
    return size === 2 ? loaded.getUint16(0) : loaded.getUint32(0);
  }

  value(): LuaValue {
    const tag = this.#take(1).charCodeAt(0);
    if (tag <= 0x7f) return tag;
    if (tag >= 0xe0) return tag - 256;
    if (tag <= 0x8f) return this.#map(tag & 15);
    if (tag <= 0x9f) return this.#array(tag & 15);
    if (tag <= 0xbf) return this.#take(tag & 31);
    switch (tag) {
      case 0xc0:
        return undefined;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xd9:
        return this.#take(this.#length(1));
      case 0xda:
        return this.#take(this.#length(2));
      case 0xdb:
        return this.#take(this.#length(4));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#length(tag === 0xdc ? 2 : 4));
      case 0xde:
      case 0xdf:
        return this.#map(this.#length(tag === 0xde ? 2 : 4));
      default:
        return this.#number(tag);
    }
  }

  #number(tag: number): number {
    switch (tag) {
      case 0xca:
        return this.#load(4).getFloat32(0);
      case 0xcb:
        return this.#load(8).getFloat64(0);
      case 0xcc:
        return this.#load(1).getUint8(0);
      case 0xcd:
        return this.#load(2).getUint16(0);
      case 0xce:
        return this.#load(4).getUint32(0);
      case 0xcf:
        return Number(this.#load(8).getBigInt64(0));
      case 0xd0:
        return this.#load(1).getInt8(0);
      case 0xd1:
        return this.#load(2).getInt16(0);
      case 0xd2:
        return this.#load(4).getInt32(0);
      case 0xd3:
        return Number(this.#load(8).getBigInt64(0));
      default:
        return fail('Bad data format in input.');
    }
  }

  #enter(): void {
    if (++this.#nesting > MAX_UNPACK_NESTING) fail('Bad data format in input.');
  }

  #array(count: number): LuaTable {
    this.#enter();
    const table = new LuaTable();
    for (let i = 1; i <= count; i++) table.setNumber(i, this.value());
    this.#nesting--;
    return table;
  }

  #map(count: number): LuaTable {
    this.#enter();
    const table = new LuaTable();
    for (let i = 0; i < count; i++) {
      const key = this.value();
      const value = this.value();
      if (key === undefined) fail('table index is nil');
      if (typeof key === 'number' && Number.isNaN(key)) fail('table index is NaN');
      table.set(key, value);
    }
    this.#nesting--;
    return table;
  }
}

function unpack(data: string, limit: number, offset: number, wantsOffset: boolean): LuaValue[] {
  if (offset < 0 || limit < 0) {
    fail(`Invalid request to unpack with offset of ${offset} and limit of ${data.length}.`);
  }
  if (offset > data.length) {
    fail(`Start offset ${offset} greater than input length ${data.length}.`);
  }
  const most = limit === 0 && offset === 0 ? Infinity : limit;
  const unpacker = new Unpacker(data, offset);
  const values: LuaValue[] = [];
  while (!unpacker.isAtEnd && values.length < most) values.push(unpacker.value());
  if (wantsOffset && most !== Infinity) values.unshift(unpacker.isAtEnd ? -1 : unpacker.at);
  return values;
}

export function installCmsgpack(runtime: LuaRuntime): void {
  const functions: Record<string, PlainCode> = {
    pack(_, ...list) {
      if (list.length === 0) failArgument(0, 'MessagePack pack needs input.');
      return new Packer(runtime).pack(list);
    },
    unpack(_, data) {
      const source = checkString(data, 1, arguments.length - 1);
      runtime.work(source.length * CYCLES_A_BYTE);
      return unpack(source, 0, 0, false);
    },
    unpack_one(_, data, offset) {
      const count = arguments.length - 1;
      const at = toInt32(optionalInteger(offset, 2, count, 0));
      return unpack(checkString(data, 1, count), 1, at, true);
    },
    unpack_limit(_, data, limit, offset) {
      const count = arguments.length - 1;
      const most = toInt32(optionalInteger(limit, 2, count, 0));
      const at = toInt32(optionalInteger(offset, 3, count, 0));
      return unpack(checkString(data, 1, count), most, at, true);
    },
  };
  addLibrary(runtime, 'cmsgpack', functions, {
    _NAME: 'cmsgpack',
    _VERSION: 'lua-cmsgpack 0.4.0',
    _COPYRIGHT: 'Copyright (C) 2012, Salvatore Sanfilippo',
    _DESCRIPTION: 'MessagePack C implementation for Lua',
  });
}
