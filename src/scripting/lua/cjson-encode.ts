/** cjson.encode: a Lua value as JSON text, byte for byte as lua-cjson 2.1 writes it. */
import { formatG } from '../../bytes/format-double.ts';
import { fail } from './arguments.ts';
import type { CjsonSettings } from './cjson-settings.ts';
import { LuaError } from './errors.ts';
import { NOT_ENOUGH_MEMORY, reserveBytes } from './memory.ts';
import { numberToString } from './number.ts';
import type { LuaRuntime } from './runtime.ts';
import { flat } from './state.ts';
import { LuaTable } from './table.ts';
import { typeName } from './types.ts';
import { NULL_USERDATA, type LuaValue } from './value.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NEEDS_ESCAPE = /[\u0000-\u001f"\\/\u007f]/;
// oxlint-disable-next-line no-control-regex -- the same
const ESCAPED = /[\u0000-\u001f"\\/\u007f]/g;
const SHORT: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Gives the text in pieces of about this length: V8 keeps a text that grows as a tree of its parts. */
const PIECE = 16 * 1024;
/** A table that holds another one twice, and so on, has a text that grows beyond all measure. */
const MAX_TEXT = 128 * 1024 * 1024;
/** Writing a byte of JSON takes so many times as long as copying one. */
const CYCLES_A_BYTE = 16;
/** Shorter texts are looked through faster character by character. */
const SHORT_TEXT = 32;
/** By character: whether it is escaped. */
const escapes = new Uint8Array(256);
for (let c = 0; c < 256; c++) escapes[c] = NEEDS_ESCAPE.test(String.fromCharCode(c)) ? 1 : 0;

/** The text so far: its latest part, and the pieces before it. */
let out = '';
let pieces: string[] = [];
let length = 0;

/** JSON of a value. Throws LuaError when that cannot be, or would be too long. */
export function encode(value: LuaValue, settings: CjsonSettings, runtime: LuaRuntime): string {
  out = '';
  pieces = [];
  length = 0;
  encodeValue(value, settings, 0);
  const parts = pieces;
  parts.push(out);
  length += out.length;
  out = '';
  pieces = [];
  runtime.state.reserveString(length);
  runtime.work(length * CYCLES_A_BYTE);
  return parts.length === 1 ? parts[0]! : parts.join('');
}

/** Puts the latest part with the pieces before it. */
function endPiece(): void {
  length += out.length;
  if (length > MAX_TEXT) throw new LuaError(NOT_ENOUGH_MEMORY);
  // Counted while they are put together: the whole is counted again when it is complete.
  reserveBytes(out.length);
  pieces.push(flat(out));
  out = '';
}

function encodeString(text: string): string {
  if (text.length <= SHORT_TEXT) {
    let i = 0;
    while (i < text.length && escapes[text.charCodeAt(i)] === 0) i++;
    if (i === text.length) return `"${text}"`;
  } else if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  const escaped = text.replace(
    ESCAPED,
    (c) => SHORT[c] ?? `\\u00${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}

function encodeNumber(value: number, settings: CjsonSettings): string {
  if (Number.isFinite(value)) {
    return settings.precision === 14 ? numberToString(value) : formatG(value, settings.precision);
  }
  if (settings.encodeInvalid === 'null') return 'null';
  if (!settings.encodeInvalid) failValue(value, 'must not be NaN or Inf');
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

function failValue(value: LuaValue, reason: string): never {
  return fail(`Cannot serialise ${typeName(value)}: ${reason}`);
}

function encodeValue(value: LuaValue, settings: CjsonSettings, depth: number): void {
  if (typeof value === 'string') out += encodeString(value);
  else if (typeof value === 'number') out += encodeNumber(value, settings);
  else if (value instanceof LuaTable) encodeTable(value, settings, depth + 1);
  else if (typeof value === 'boolean') out += value ? 'true' : 'false';
  else if (value === undefined || value === NULL_USERDATA) out += 'null';
  else failValue(value, 'type not supported');
  if (out.length > PIECE) endPiece();
}

function encodeTable(table: LuaTable, settings: CjsonSettings, depth: number): void {
  if (depth > settings.encodeMaxDepth) fail(`Cannot serialise, excessive nesting (${depth})`);
  const count = arrayLength(table, settings);
  if (count > 0) encodeArray(table, count, settings, depth);
  else encodeObject(table, settings, depth);
}

/** The largest index of a table that has none but positive integer keys; -1 for an object. */
function arrayLength(table: LuaTable, settings: CjsonSettings): number {
  let most = 0;
  let count = 0;
  for (let at = 0; (at = table.advance(at)) > 0;) {
    const key = table.keyAt(at - 1);
    if (typeof key !== 'number' || key < 1 || Math.floor(key) !== key) return -1;
    if (key > most) most = key;
    count++;
  }
  const { sparseRatio, sparseSafe } = settings;
  if (sparseRatio > 0 && most > count * sparseRatio && most > sparseSafe) {
    if (!settings.sparseConvert) failValue(table, 'excessively sparse array');
    return -1;
  }
  return most;
}

function encodeArray(table: LuaTable, count: number, settings: CjsonSettings, depth: number): void {
  out += '[';
  for (let i = 1; i <= count; i++) {
    if (i > 1) out += ',';
    encodeValue(table.getNumber(i), settings, depth);
  }
  out += ']';
}

function encodeObject(table: LuaTable, settings: CjsonSettings, depth: number): void {
  out += '{';
  let isFirst = true;
  for (let at = 0; (at = table.advance(at)) > 0;) {
    if (!isFirst) out += ',';
    isFirst = false;
    const key = table.keyAt(at - 1);
    if (typeof key === 'string') out += `${encodeString(key)}:`;
    else if (typeof key === 'number') out += `"${encodeNumber(key, settings)}":`;
    else failValue(key, 'table key must be a number or string');
    encodeValue(table.valueAt(at - 1), settings, depth);
  }
  out += '}';
}
