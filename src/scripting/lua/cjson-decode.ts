/**
 * cjson.decode: JSON text as Lua values, as lenient as lua-cjson 2.1: numbers are whatever C's
 * strtod takes, and strings hold bytes of any kind.
 */
import { fail } from './arguments.ts';
import type { CjsonSettings } from './cjson-settings.ts';
import { parseNumber } from './number.ts';
import { LuaTable } from './table.ts';
import { NULL_USERDATA, type LuaValue } from './value.ts';

const NUMBER =
  /[+-]?(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)/iy;
const SPECIAL = /\+|inf|nan/iy;
const PLAIN_PART = /[^"\\\0]*/y;
const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const PUNCTUATION: Record<string, string> = {
  '{': 'T_OBJ_BEGIN',
  '}': 'T_OBJ_END',
  '[': 'T_ARR_BEGIN',
  ']': 'T_ARR_END',
  ',': 'T_COMMA',
  ':': 'T_COLON',
};

export function decode(text: string, settings: CjsonSettings): LuaValue {
  return new Decoder(text, settings).document();
}

class Decoder {
  readonly #text: string;
  readonly #settings: CjsonSettings;
  #at = 0;
  /** The current token: its type as messages name it, its value and where it starts. */
  #type = '';
  #value: LuaValue = undefined;
  #start = 0;
  #depth = 0;

  constructor(text: string, settings: CjsonSettings) {
    this.#text = text;
    this.#settings = settings;
  }

  document(): LuaValue {
    const text = this.#text;
    if (text.length >= 2 && (text[0] === '\0' || text[1] === '\0')) {
      fail('JSON parser does not support UTF-16 or UTF-32');
    }
    this.#next();
    const value = this.#parseValue();
    this.#next();
    if (this.#type !== 'T_END') this.#fail('the end');
    return value;
  }

  #fail(expected: string): never {
    return fail(`Expected ${expected} but found ${this.#type} at character ${this.#start + 1}`);
  }

  #set(type: string, value: LuaValue = undefined): void {
    this.#type = type;
    this.#value = value;
  }

  #next(): void {
    const text = this.#text;
    let c = text[this.#at];
    while (c === ' ' || c === '\t' || c === '\n' || c === '\r') c = text[++this.#at];
    this.#start = this.#at;
    if (c === undefined || c === '\0') {
      this.#set(this.#at >= text.length ? 'T_END' : 'invalid token');
      return;
    }
    const punctuation = PUNCTUATION[c];
    if (punctuation !== undefined) {
      this.#at++;
      this.#type = punctuation;
    } else if (c === '"') this.#string();
    else if (c === '-' || (c >= '0' && c <= '9')) this.#number();
    else this.#word(c);
  }

  #word(c: string): void {
    const text = this.#text;
    for (const [word, type, value] of WORDS) {
      if (text.startsWith(word, this.#at)) {
        this.#at += word.length;
        this.#set(type, value);
        return;
      }
    }
    if (this.#settings.decodeInvalid && '+iInN'.includes(c)) {
      SPECIAL.lastIndex = this.#at;
      if (SPECIAL.test(text)) {
        this.#number();
        return;
      }
    }
    this.#set('invalid token');
  }

  #number(): void {
    const { decodeInvalid } = this.#settings;
    if (!decodeInvalid && this.#isSpecialNumber()) {
      this.#set('invalid number');
      return;
    }
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    const value = match === null ? undefined : parseNumber(match[0]);
    if (value === undefined) {
      this.#set('invalid number');
      return;
    }
    this.#at += match![0].length;
    this.#set('T_NUMBER', value);
  }

  /** Numbers JSON does not know: signs, leading zeros, hexadecimal, infinity, NaN. */
  #isSpecialNumber(): boolean {
    const rest = this.#text.slice(this.#at, this.#at + 4);
    const digits = rest.startsWith('-') ? rest.slice(1) : rest;
    return /^(?:0[xX0-9]|inf|nan)/i.test(digits);
  }

  #string(): void {
    const text = this.#text;
    let result = '';
    this.#at++;
    for (;;) {
      PLAIN_PART.lastIndex = this.#at;
      result += PLAIN_PART.exec(text)![0];
      this.#at = PLAIN_PART.lastIndex;
      const c = text[this.#at];
      if (c === '"') break;
      if (c === undefined || c === '\0') {
        this.#start = this.#at;
        this.#set('unexpected end of string');
        return;
      }
      const next = text[this.#at + 1] ?? '';
      if (next === 'u') {
        const decoded = this.#unicode();
        if (decoded === null) {
          this.#start = this.#at;
          this.#set('invalid unicode escape code');
          return;
        }
        result += decoded;
      } else {
        const escape = ESCAPES[next];
        if (escape === undefined) {
          this.#start = this.#at;
          this.#set('invalid escape code');
          return;
        }
        result += escape;
        this.#at += 2;
      }
    }
    this.#at++;
    this.#set('T_STRING', result);
  }

  #hexadecimal(at: number): number {
    const digits = this.#text.slice(at, at + 4);
    return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
  }

  /** The UTF-8 bytes of the escape at hand, or null. */
  #unicode(): string | null {
    let code = this.#hexadecimal(this.#at + 2);
    if (code < 0) return null;
    let length = 6;
    if (code >= 0xd800 && code <= 0xdfff) {
      if (code >= 0xdc00 || !this.#text.startsWith('\\u', this.#at + 6)) return null;
      const low = this.#hexadecimal(this.#at + 8);
      if (low < 0xdc00 || low > 0xdfff) return null;
      code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
      length = 12;
    }
    this.#at += length;
    return utf8(code);
  }

  #parseValue(): LuaValue {
    switch (this.#type) {
      case 'T_STRING':
      case 'T_NUMBER':
      case 'T_BOOLEAN':
      case 'T_NULL':
        return this.#value;
      case 'T_OBJ_BEGIN':
        return this.#object();
      case 'T_ARR_BEGIN':
        return this.#array();
      default:
        return this.#fail('value');
    }
  }

  #isAt(type: string): boolean {
    return this.#type === type;
  }

  #expect(type: string, expected: string): void {
    if (this.#type !== type) this.#fail(expected);
  }

  #descend(): void {
    if (++this.#depth <= this.#settings.decodeMaxDepth) return;
    fail(`Found too many nested data structures (${this.#depth}) at character ${this.#at}`);
  }

  #object(): LuaTable {
    this.#descend();
    const table = new LuaTable();
    this.#next();
    if (this.#type === 'T_OBJ_END') {
      this.#depth--;
      return table;
    }
    for (;;) {
      if (this.#type !== 'T_STRING') this.#fail('object key string');
      const key = this.#value as string;
      this.#next();
      this.#expect('T_COLON', 'colon');
      this.#next();
      table.set(key, this.#parseValue());
      this.#next();
      if (this.#isAt('T_OBJ_END')) break;
      this.#expect('T_COMMA', 'comma or object end');
      this.#next();
    }
    this.#depth--;
    return table;
  }

  #array(): LuaTable {
    this.#descend();
    const table = new LuaTable();
    this.#next();
    if (this.#type !== 'T_ARR_END') {
      for (let i = 1; ; i++) {
        table.setNumber(i, this.#parseValue());
        this.#next();
        if (this.#type === 'T_ARR_END') break;
        if (this.#type !== 'T_COMMA') this.#fail('comma or array end');
        this.#next();
      }
    }
    this.#depth--;
    return table;
  }
}

const WORDS: readonly (readonly [string, string, LuaValue])[] = [
  ['true', 'T_BOOLEAN', true],
  ['false', 'T_BOOLEAN', false],
  ['null', 'T_NULL', NULL_USERDATA],
];

/** A code point's UTF-8, one character per byte. */
function utf8(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
  const low = String.fromCharCode(0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12)) + low;
  return String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63)) + low;
}
