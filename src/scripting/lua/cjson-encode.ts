/** cjson.encode: a Lua value as JSON text, byte for byte as lua-cjson 2.1 writes it. */
import { formatG } from '../../bytes/format-double.ts';
import { fail } from './arguments.ts';
import type { CjsonSettings } from './cjson-settings.ts';
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

export function encode(value: LuaValue, settings: CjsonSettings): string {
  return encodeValue(value, settings, 0);
}

function encodeString(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  const escaped = text.replace(
    ESCAPED,
    (c) => SHORT[c] ?? `\\u00${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}

function encodeNumber(value: number, settings: CjsonSettings): string {
  if (Number.isFinite(value)) {
    if (value === (value | 0) && settings.precision >= 10 && !Object.is(value, -0)) {
      return `${value}`;
    }
    return formatG(value, settings.precision);
  }
  if (settings.encodeInvalid === 'null') return 'null';
  if (!settings.encodeInvalid) failValue(value, 'must not be NaN or Inf');
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

function failValue(value: LuaValue, reason: string): never {
  return fail(`Cannot serialise ${typeName(value)}: ${reason}`);
}

function encodeValue(value: LuaValue, settings: CjsonSettings, depth: number): string {
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'number') return encodeNumber(value, settings);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === undefined || value === NULL_USERDATA) return 'null';
  if (!(value instanceof LuaTable)) return failValue(value, 'type not supported');
  if (depth + 1 > settings.encodeMaxDepth) {
    fail(`Cannot serialise, excessive nesting (${depth + 1})`);
  }
  const length = arrayLength(value, settings);
  return length > 0
    ? encodeArray(value, length, settings, depth + 1)
    : encodeObject(value, settings, depth + 1);
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

function encodeArray(
  table: LuaTable,
  length: number,
  settings: CjsonSettings,
  depth: number,
): string {
  let text = '[';
  for (let i = 1; i <= length; i++) {
    if (i > 1) text += ',';
    text += encodeValue(table.getNumber(i), settings, depth);
  }
  return `${text}]`;
}

function encodeObject(table: LuaTable, settings: CjsonSettings, depth: number): string {
  let text = '{';
  let isFirst = true;
  for (let at = 0; (at = table.advance(at)) > 0;) {
    if (!isFirst) text += ',';
    isFirst = false;
    const key = table.keyAt(at - 1);
    if (typeof key === 'string') text += `${encodeString(key)}:`;
    else if (typeof key === 'number') text += `"${encodeNumber(key, settings)}":`;
    else failValue(key, 'table key must be a number or string');
    text += encodeValue(table.valueAt(at - 1), settings, depth);
  }
  return `${text}}`;
}
