/**
 * Lua 5.1's tokens, over a source with one character per byte. Errors are Lua's own texts, with
 * the chunk's name, the line and the offending token as it stands in the source.
 */
import { LuaError } from './errors.ts';
import { parseNumber } from './number.ts';

export const NAME = '<name>';
export const NUMBER = '<number>';
export const STRING = '<string>';
export const END_OF_SOURCE = '<eof>';

const KEYWORDS = new Set(
  (
    'and break do else elseif end false for function if in local nil not or repeat return ' +
    'then true until while'
  ).split(' '),
);

const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const isDigit = (c: string): boolean => c >= '0' && c <= '9';
const isAlphanumeric = (c: string): boolean => /^[A-Za-z0-9_]$/.test(c);
const isNewline = (c: string): boolean => c === '\n' || c === '\r';

/** How Lua shows a chunk's name in messages: "@file", "=name" or source text itself. */
export function displayName(chunkName: string): string {
  if (chunkName.startsWith('=')) return chunkName.slice(1, 80);
  if (chunkName.startsWith('@')) {
    const name = chunkName.slice(1);
    return name.length > 72 ? `...${name.slice(name.length - 72)}` : name;
  }
  const line = /^[^\r\n]*/.exec(chunkName)![0];
  const limit = 63;
  if (line.length === chunkName.length && line.length <= limit) return `[string "${line}"]`;
  return `[string "${line.slice(0, limit)}..."]`;
}

export class Lexer {
  readonly chunk: string;
  readonly #source: string;
  #at = 0;
  #line = 1;
  #tokenStart = 0;
  #aheadType: string | null = null;
  #aheadValue: string | number = '';
  #aheadLine = 1;
  #aheadText = '';
  /** Type of the current token: a keyword or symbol itself, or one of the constants above. */
  type: string = END_OF_SOURCE;
  /** A name, a string's bytes or a number. */
  value: string | number = '';
  /** Line of the current token and of the one before it. */
  line = 1;
  lastLine = 1;
  #text = '';

  constructor(source: string, chunk: string) {
    this.#source = source;
    this.chunk = chunk;
    if (source.startsWith('#')) while (this.#at < source.length && !this.#atNewline()) this.#at++;
  }

  /** Throws a LuaError: `message`, and the current token unless told otherwise. */
  fail(message: string, near: string | null = this.#currentText()): never {
    const suffix = near === null ? '' : ` near '${near}'`;
    throw new LuaError(`${displayName(this.chunk)}:${this.#line}: ${message}${suffix}`);
  }

  next(): void {
    this.lastLine = this.line;
    if (this.#aheadType !== null) {
      this.type = this.#aheadType;
      this.value = this.#aheadValue;
      this.line = this.#aheadLine;
      this.#text = this.#aheadText;
      this.#aheadType = null;
      return;
    }
    this.type = this.#scan();
    this.line = this.#line;
    this.#text = this.#source.slice(this.#tokenStart, this.#at);
  }

  /** Type of the token after the current one. */
  peek(): string {
    if (this.#aheadType === null) {
      const { value } = this;
      this.#aheadType = this.#scan();
      this.#aheadValue = this.value;
      this.#aheadLine = this.#line;
      this.#aheadText = this.#source.slice(this.#tokenStart, this.#at);
      this.value = value;
    }
    return this.#aheadType;
  }

  #currentText(): string {
    const { type } = this;
    return type === NAME || type === STRING || type === NUMBER ? this.#text : tokenText(type);
  }

  #failHere(message: string, end = this.#at): never {
    this.fail(message, this.#source.slice(this.#tokenStart, end));
  }

  #atNewline(): boolean {
    return isNewline(this.#source[this.#at] ?? '');
  }

  /** Passes "\n", "\r", "\r\n" or "\n\r" as one line end. */
  #passNewline(): void {
    const c = this.#source[this.#at++]!;
    const other = this.#source[this.#at] ?? '';
    if (isNewline(other) && other !== c) this.#at++;
    this.#line++;
  }

  #skipSpace(): void {
    const source = this.#source;
    for (;;) {
      const c = source[this.#at];
      if (c === undefined) return;
      if (isNewline(c)) this.#passNewline();
      else if (c === ' ' || (c >= '\t' && c <= '\r')) this.#at++;
      else if (c === '-' && source[this.#at + 1] === '-') this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    this.#at += 2;
    this.#tokenStart = this.#at;
    if (this.#source[this.#at] === '[') {
      const level = this.#bracketLevel();
      if (level >= 0) {
        this.#longBracket(level, 'comment');
        return;
      }
    }
    while (this.#at < this.#source.length && !this.#atNewline()) this.#at++;
  }

  #scan(): string {
    this.#skipSpace();
    const source = this.#source;
    this.#tokenStart = this.#at;
    const c = source[this.#at];
    if (c === undefined) return END_OF_SOURCE;
    if (isDigit(c) || (c === '.' && isDigit(source[this.#at + 1] ?? ''))) return this.#number();
    if (isAlphanumeric(c)) return this.#name();
    if (c === '"' || c === "'") return this.#quoted(c);
    if (c === '[') {
      const level = this.#bracketLevel();
      if (level >= 0) {
        this.value = this.#longBracket(level, 'string');
        return STRING;
      }
      if (level === -2) {
        let end = this.#at + 1;
        while (source[end] === '=') end++;
        this.#failHere('invalid long string delimiter', end);
      }
    }
    for (const symbol of ['...', '..', '==', '~=', '<=', '>=']) {
      if (source.startsWith(symbol, this.#at)) {
        this.#at += symbol.length;
        return symbol;
      }
    }
    this.#at++;
    return c;
  }

  #name(): string {
    let end = this.#at + 1;
    const source = this.#source;
    while (end < source.length && isAlphanumeric(source[end]!)) end++;
    const word = source.slice(this.#at, end);
    this.#at = end;
    if (KEYWORDS.has(word)) return word;
    this.value = word;
    return NAME;
  }

  #number(): string {
    const source = this.#source;
    const start = this.#at;
    let end = start;
    while (isDigit(source[end] ?? '') || source[end] === '.') end++;
    if (/[eE]/.test(source[end] ?? '')) {
      end++;
      if (/[+-]/.test(source[end] ?? '')) end++;
    }
    while (isAlphanumeric(source[end] ?? '')) end++;
    this.#at = end;
    const value = parseNumber(source.slice(start, end));
    if (value === undefined) this.#failHere('malformed number');
    this.value = value;
    return NUMBER;
  }

  /** Level of the long bracket that opens here; -1 for a lone '[', -2 for "[==" without '['. */
  #bracketLevel(): number {
    let end = this.#at + 1;
    while (this.#source[end] === '=') end++;
    const level = end - this.#at - 1;
    if (this.#source[end] === '[') return level;
    return level === 0 ? -1 : -2;
  }

  #longBracket(level: number, what: string): string {
    const source = this.#source;
    const close = `]${'='.repeat(level)}]`;
    const parts: string[] = [];
    this.#at += level + 2;
    if (this.#atNewline()) this.#passNewline();
    let start = this.#at;
    for (;;) {
      const c = source[this.#at];
      if (c === undefined) this.fail(`unfinished long ${what}`, END_OF_SOURCE);
      if (c === ']' && source.startsWith(close, this.#at)) break;
      if (isNewline(c)) {
        parts.push(source.slice(start, this.#at), '\n');
        this.#passNewline();
        start = this.#at;
      } else this.#at++;
    }
    parts.push(source.slice(start, this.#at));
    this.#at += close.length;
    return parts.join('');
  }

  #quoted(quote: string): string {
    const source = this.#source;
    let text = '';
    this.#at++;
    for (;;) {
      const c = source[this.#at];
      if (c === undefined) this.fail('unfinished string', END_OF_SOURCE);
      if (isNewline(c)) this.fail('unfinished string', quote + text);
      if (c === quote) break;
      if (c === '\\') text += this.#escape(quote + text);
      else {
        text += c;
        this.#at++;
      }
    }
    this.#at++;
    this.value = text;
    return STRING;
  }

  #escape(before: string): string {
    const source = this.#source;
    const c = source[++this.#at];
    if (c === undefined) return '';
    if (isNewline(c)) {
      this.#passNewline();
      return '\n';
    }
    if (!isDigit(c)) {
      this.#at++;
      return ESCAPES[c] ?? c;
    }
    let code = 0;
    for (let i = 0; i < 3 && isDigit(source[this.#at] ?? ''); i++) {
      code = code * 10 + Number(source[this.#at++]);
    }
    if (code > 255) this.fail('escape sequence too large', before);
    return String.fromCharCode(code);
  }
}

/** A token's type as messages show it. */
export function tokenText(type: string): string {
  const code = type.charCodeAt(0);
  return type.length === 1 && (code < 32 || code === 127) ? `char(${code})` : type;
}
