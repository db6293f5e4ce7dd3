/**
 * Lua patterns: matching by backtracking over the pattern itself, character by character.
 *
 * Bounds: at most 32 captures; the nesting of quantified items and captures is limited, and so is the work of
 * one call, because matching cannot be suspended: beyond either, "pattern too complex".
 */
import { fail } from './arguments.ts';

const MAX_CAPTURES = 32;
const MAX_DEPTH = 1500;
/** Single-character comparisons one matcher may make: at least, and a byte of its source. */
const LEAST_STEPS = 20_000_000;
const STEPS_A_BYTE = 64;
const MOST_STEPS = 400_000_000;
/** Comparisons that take as long as a loop turn. */
const STEPS_A_TURN = 2;

const UNCLOSED = -1;
const POSITION = -2;

const PERCENT = 37;
const DASH = 45;
const CARET = 94;
const OPEN_BRACKET = 91;

/** Classes of the C locale, as bits. */
const ALPHA = 1;
const DIGIT = 2;
const LOWER = 4;
const UPPER = 8;
const SPACE = 16;
const CONTROL = 32;
const PUNCTUATION = 64;
const HEXADECIMAL = 128;

const classes = new Uint8Array(256);
for (let c = 0; c < 128; c++) {
  const text = String.fromCharCode(c);
  let bits = 0;
  if (/[A-Za-z]/.test(text)) bits |= ALPHA;
  if (/[0-9]/.test(text)) bits |= DIGIT;
  if (/[a-z]/.test(text)) bits |= LOWER;
  if (/[A-Z]/.test(text)) bits |= UPPER;
  if (c === 32 || (c >= 9 && c <= 13)) bits |= SPACE;
  if (c < 32 || c === 127) bits |= CONTROL;
  if (c > 32 && c < 127 && !/[A-Za-z0-9]/.test(text)) bits |= PUNCTUATION;
  if (/[0-9A-Fa-f]/.test(text)) bits |= HEXADECIMAL;
  classes[c] = bits;
}

const CLASS_BITS: Record<string, number> = {
  a: ALPHA,
  d: DIGIT,
  l: LOWER,
  s: SPACE,
  u: UPPER,
  c: CONTROL,
  p: PUNCTUATION,
  w: ALPHA | DIGIT,
  x: HEXADECIMAL,
};

/** Whether `c` is in the class that follows a percent sign. */
function matchesClass(c: number, letter: number): boolean {
  const lower = letter | 32;
  const isLetter = (classes[letter]! & ALPHA) !== 0;
  if (isLetter && lower === 122) return (c === 0) === (letter === 122);
  const bits = isLetter ? CLASS_BITS[String.fromCharCode(lower)] : undefined;
  if (bits === undefined) return letter === c;
  return ((classes[c]! & bits) !== 0) === (letter === lower);
}

export class Matcher {
  readonly source: string;
  readonly pattern: string;
  /** Captures of the last match: start and length, or the special lengths above. */
  level = 0;
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  #depth = 0;
  #stepsLeft: number;
  #stepsCharged: number;

  constructor(source: string, pattern: string) {
    this.source = source;
    this.pattern = pattern;
    this.#stepsLeft = Math.min(LEAST_STEPS + STEPS_A_BYTE * source.length, MOST_STEPS);
    this.#stepsCharged = this.#stepsLeft;
  }

  /** Fuel that matching is worth since this was last asked. */
  takeCost(): number {
    const cost = Math.ceil((this.#stepsCharged - this.#stepsLeft) / STEPS_A_TURN);
    this.#stepsCharged = this.#stepsLeft;
    return cost;
  }

  /** Matches the pattern from offset `p` against the source at `s`: the end of the match or -1. */
  match(s: number, p: number): number {
    this.level = 0;
    this.#depth = 0;
    return this.#match(s, p);
  }

  /** A capture's value: text, or a position. The whole match counts when there is none. */
  capture(index: number, start: number, end: number): string | number {
    if (index >= this.level) {
      if (index === 0) return this.source.slice(start, end);
      return fail('invalid capture index');
    }
    const length = this.#lengths[index]!;
    if (length === UNCLOSED) fail('unfinished capture');
    const from = this.#starts[index]!;
    return length === POSITION ? from + 1 : this.source.slice(from, from + length);
  }

  captures(start: number, end: number, wholeIfNone: boolean): (string | number)[] {
    const count = this.level === 0 && wholeIfNone ? 1 : this.level;
    const values: (string | number)[] = [];
    for (let i = 0; i < count; i++) values.push(this.capture(i, start, end));
    return values;
  }

  #match(start: number, from: number): number {
    if (++this.#depth > MAX_DEPTH) fail('pattern too complex');
    const end = this.#matchItems(start, from);
    this.#depth--;
    return end;
  }

  #matchItems(start: number, from: number): number {
    const { pattern } = this;
    let s = start;
    let p = from;
    for (;;) {
      if (p >= pattern.length) return s;
      switch (pattern[p]) {
        case '(':
          if (pattern[p + 1] === ')') return this.#open(s, p + 2, POSITION);
          return this.#open(s, p + 1, UNCLOSED);
        case ')':
          return this.#close(s, p + 1);
        case '$':
          if (p + 1 === pattern.length) return s === this.source.length ? s : -1;
          break;
        case '%': {
          const next = pattern[p + 1];
          if (next === 'b') {
            s = this.#balanced(s, p + 2);
            if (s < 0) return -1;
            p += 4;
            continue;
          }
          if (next === 'f') {
            p = this.#frontier(s, p + 2);
            if (p < 0) return -1;
            continue;
          }
          if (next !== undefined && next >= '0' && next <= '9') {
            s = this.#back(s, next.charCodeAt(0));
            if (s < 0) return -1;
            p += 2;
            continue;
          }
          break;
        }
        default:
      }
      const end = this.#itemEnd(p);
      const quantifier = pattern[end];
      if (quantifier === '*') return this.#expand(s, p, end, 0);
      if (quantifier === '+') return this.#expand(s, p, end, 1);
      if (quantifier === '-') return this.#expandLess(s, p, end);
      const matches = this.#matchesOne(s, p, end);
      if (quantifier === '?') {
        if (matches) {
          const result = this.#match(s + 1, end + 1);
          if (result >= 0) return result;
        }
        p = end + 1;
      } else {
        if (!matches) return -1;
        s++;
        p = end;
      }
    }
  }

  /** The offset after the single-character item at `p`. */
  #itemEnd(p: number): number {
    const { pattern } = this;
    const c = pattern.charCodeAt(p);
    if (c === PERCENT) {
      if (p + 1 >= pattern.length) fail("malformed pattern (ends with '%')");
      return p + 2;
    }
    if (c !== OPEN_BRACKET) return p + 1;
    let at = p + 1;
    if (pattern[at] === '^') at++;
    do {
      if (at >= pattern.length) fail("malformed pattern (missing ']')");
      if (pattern.charCodeAt(at++) === PERCENT) {
        if (at >= pattern.length) fail("malformed pattern (missing ']')");
        at++;
      }
    } while (pattern[at] !== ']');
    return at + 1;
  }

  #matchesOne(s: number, p: number, end: number): boolean {
    if (s >= this.source.length) return false;
    if (--this.#stepsLeft < 0) fail('pattern too complex');
    const c = this.source.charCodeAt(s);
    const item = this.pattern.charCodeAt(p);
    if (item === 46) return true;
    if (item === PERCENT) return matchesClass(c, this.pattern.charCodeAt(p + 1));
    if (item === OPEN_BRACKET) return this.#matchesSet(c, p, end - 1);
    return item === c;
  }

  /** Whether `c` is in the set whose brackets stand at `p` and `last`. */
  #matchesSet(c: number, p: number, last: number): boolean {
    const { pattern } = this;
    let at = p + 1;
    let found = true;
    if (pattern.charCodeAt(at) === CARET) {
      found = false;
      at++;
    }
    for (; at < last; at++) {
      const item = pattern.charCodeAt(at);
      if (item === PERCENT) {
        at++;
        if (matchesClass(c, pattern.charCodeAt(at))) return found;
      } else if (pattern.charCodeAt(at + 1) === DASH && at + 2 < last) {
        at += 2;
        if (item <= c && c <= pattern.charCodeAt(at)) return found;
      } else if (item === c) return found;
    }
    return !found;
  }

  #expand(s: number, p: number, end: number, least: number): number {
    let count = 0;
    while (this.#matchesOne(s + count, p, end)) count++;
    for (; count >= least; count--) {
      const result = this.#match(s + count, end + 1);
      if (result >= 0) return result;
    }
    return -1;
  }

  #expandLess(start: number, p: number, end: number): number {
    for (let s = start; ; s++) {
      const result = this.#match(s, end + 1);
      if (result >= 0) return result;
      if (!this.#matchesOne(s, p, end)) return -1;
    }
  }

  #open(s: number, p: number, kind: number): number {
    if (this.level >= MAX_CAPTURES) fail('too many captures');
    this.#starts[this.level] = s;
    this.#lengths[this.level] = kind;
    this.level++;
    const result = this.#match(s, p);
    if (result < 0) this.level--;
    return result;
  }

  #close(s: number, p: number): number {
    let index = this.level - 1;
    while (index >= 0 && this.#lengths[index] !== UNCLOSED) index--;
    if (index < 0) fail('invalid pattern capture');
    this.#lengths[index] = s - this.#starts[index]!;
    const result = this.#match(s, p);
    if (result < 0) this.#lengths[index] = UNCLOSED;
    return result;
  }

  #balanced(s: number, p: number): number {
    const { source, pattern } = this;
    if (p + 1 >= pattern.length) fail('unbalanced pattern');
    if (s >= source.length || source[s] !== pattern[p]) return -1;
    const open = pattern[p];
    const close = pattern[p + 1];
    let depth = 1;
    for (let at = s + 1; at < source.length; at++) {
      const c = source[at];
      if (c === close) {
        if (--depth === 0) return at + 1;
      } else if (c === open) depth++;
    }
    return -1;
  }

  /** `%f[set]`: the pattern offset after it when the source is at such a frontier, or -1. */
  #frontier(s: number, p: number): number {
    if (this.pattern.charCodeAt(p) !== OPEN_BRACKET) {
      fail("missing '[' after '%f' in pattern");
    }
    const end = this.#itemEnd(p);
    const before = s === 0 ? 0 : this.source.charCodeAt(s - 1);
    const after = s < this.source.length ? this.source.charCodeAt(s) : 0;
    const isFrontier = !this.#matchesSet(before, p, end - 1) && this.#matchesSet(after, p, end - 1);
    return isFrontier ? end : -1;
  }

  #back(s: number, digit: number): number {
    const index = digit - 49;
    if (index < 0 || index >= this.level || this.#lengths[index] === UNCLOSED) {
      fail('invalid capture index');
    }
    // A position capture has no text and so matches nothing.
    if (this.#lengths[index] === POSITION) return -1;
    const start = this.#starts[index]!;
    const text = this.source.slice(start, start + this.#lengths[index]!);
    return this.source.startsWith(text, s) ? s + text.length : -1;
  }
}
