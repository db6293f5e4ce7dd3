/**
 * cjson.decode: JSON text as Lua values, as lenient as lua-cjson 2.1: numbers are whatever C's
 * strtod takes, and strings hold bytes of any kind.
 */
import { fail } from './arguments.ts';
import type { CjsonSettings } from './cjson-settings.ts';
import { hashString } from './hash.ts';
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
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const KEY_EXPECTED = 'object key string';
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

/** An object's key seen lately, with its hash: keys repeat. */
type Key = { readonly text: string; readonly hash: number };
const KEYS = 256;
const MAX_KEY_LENGTH = 32;
const keys: Key[] = Array.from({ length: KEYS }, () => ({ text: '', hash: 0 }));

/**
 * Reads common tokens by their characters where they stand. What is not common, escapes, special
 * numbers and errors, is left to `#next`, which reads one token and names it as messages do.
 */
class Decoder {
  readonly #text: string;
  readonly #settings: CjsonSettings;
  #at = 0;
  /** The token that was read last: its type as messages name it, its value and where it starts. */
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
    const value = this.#parseValue();
    this.#next();
    if (this.#type !== 'T_END') this.#fail('the end');
    return value;
  }

  /** The first character from here on that is no space; NaN at the end. */
  #skipSpaces(): number {
    const text = this.#text;
    let c = text.charCodeAt(this.#at);
    while (c === 32 || c === 10 || c === 9 || c === 13) c = text.charCodeAt(++this.#at);
    return c;
  }

  /** Takes a punctuation mark; fails when another token stands there. */
  #take(mark: number, expected: string): void {
    if (this.#skipSpaces() === mark) this.#at++;
    else this.#failHere(expected);
  }

  #failHere(expected: string): never {
    this.#next();
    return this.#fail(expected);
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
    const c = this.#skipSpaces();
    if (c === QUOTE) return this.#parseString('value');
    if (c === OPEN_BRACE) return this.#object();
    if (c === OPEN_BRACKET) return this.#array();
    const number = c >= 0x30 && c <= 0x39 ? this.#shortInteger(c) : -1;
    return number >= 0 ? number : this.#otherValue();
  }

  /** A number, a constant, or an error. */
  #otherValue(): LuaValue {
    this.#next();
    const type = this.#type;
    if (type !== 'T_NUMBER' && type !== 'T_BOOLEAN' && type !== 'T_NULL') this.#fail('value');
    return this.#value;
  }

  /** The number that begins here with digit `first`, or -1 if it is more than a few digits. */
  #shortInteger(first: number): number {
    const text = this.#text;
    let at = this.#at + 1;
    let value = first - 0x30;
    let c = text.charCodeAt(at);
    while (c >= 0x30 && c <= 0x39) {
      value = value * 10 + (c - 0x30);
      c = text.charCodeAt(++at);
    }
    const length = at - this.#at;
    if (length > 15 || (first === 0x30 && length > 1)) return -1;
    // A fraction, an exponent, or hexadecimal digits follow.
    if (c === 0x2e || (c | 32) === 0x65 || (c | 32) === 0x78) return -1;
    this.#at = at;
    return value;
  }

  /** The string that begins here with its quote. */
  #parseString(expected: string): string {
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    let c = text.charCodeAt(at);
    while (c !== QUOTE && c !== BACKSLASH && c > 0) c = text.charCodeAt(++at);
    if (c === QUOTE) {
      this.#at = at + 1;
      return text.slice(start, at);
    }
    this.#next();
    if (this.#type !== 'T_STRING') this.#fail(expected);
    return this.#value as string;
  }

  /** The key that begins here with its quote, with its hash. */
  #key(): Key {
    const text = this.#text;
    const start = this.#at + 1;
    const end = text.indexOf('"', start);
    const length = end - start;
    if (length <= 0 || length > MAX_KEY_LENGTH) return keyOf(this.#parseString(KEY_EXPECTED));
    let hash = length;
    for (let i = end - 1; i >= start; i--) {
      const c = text.charCodeAt(i);
      if (c === BACKSLASH || c === 0) return keyOf(this.#parseString(KEY_EXPECTED));
      hash ^= (hash << 5) + (hash >>> 2) + c;
    }
    hash |= 0;
    this.#at = end + 1;
    const slot = hash & (KEYS - 1);
    const known = keys[slot]!;
    if (known.hash === hash && known.text.length === length && text.startsWith(known.text, start))
      return known;
    return (keys[slot] = { text: text.slice(start, end), hash });
  }

  #descend(): void {
    this.#at++;
    if (++this.#depth <= this.#settings.decodeMaxDepth) return;
    fail(`Found too many nested data structures (${this.#depth}) at character ${this.#at}`);
  }

  #object(): LuaTable {
    this.#descend();
    const table = new LuaTable();
    let c = this.#skipSpaces();
    if (c === CLOSE_BRACE) this.#at++;
    else {
      for (;;) {
        if (c !== QUOTE) this.#failHere(KEY_EXPECTED);
        const { text, hash } = this.#key();
        this.#take(COLON, 'colon');
        table.setString(text, hash, this.#parseValue());
        c = this.#skipSpaces();
        if (c === CLOSE_BRACE) break;
        this.#take(COMMA, 'comma or object end');
        c = this.#skipSpaces();
      }
      this.#at++;
    }
    this.#depth--;
    return table;
  }

  #array(): LuaTable {
    this.#descend();
    const table = new LuaTable();
    if (this.#skipSpaces() === CLOSE_BRACKET) this.#at++;
    else {
      for (let i = 1; ; i++) {
        table.setNumber(i, this.#parseValue());
        if (this.#skipSpaces() === CLOSE_BRACKET) break;
        this.#take(COMMA, 'comma or array end');
      }
      this.#at++;
    }
    this.#depth--;
    return table;
  }
}

function keyOf(text: string): Key {
  return { text, hash: hashString(text) };
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
