/**
 * Splits a line into arguments the way Redis does for inline requests, redis.conf and redis-cli:
 * words separated by blanks, "double quotes" with the escapes \n \r \t \b \a \" \\ and \xHH, and
 * 'single quotes' in which only \' is an escape. A closing quote must be followed by a blank or the
 * end of the line.
 */

import { isSpace } from '../bytes/integer.ts';

const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const BACKSLASH = 92;
const LOWER_X = 120;
const NO_BYTES = new Uint8Array(0);

/**
 * What ends a word: fewer characters than what may stand before one (\v and \f are part of the
 * word).
 */
function endsWord(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13 || byte === 0;
}

/** The value of a hexadecimal digit, or -1. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The byte that `\` followed by this one stands for. */
function escaped(byte: number): number {
  switch (byte) {
    case 110:
      return 10;
    case 114:
      return 13;
    case 116:
      return 9;
    case 98:
      return 8;
    case 97:
      return 7;
    default:
      return byte;
  }
}

/** Reused by the server for every line: the arguments of the last line that was split. */
export class LineSplitter {
  /** The bytes `offsets` points into: the line's own, or a copy without quotes and escapes. */
  bytes: Uint8Array = NO_BYTES;
  /** Pairs of start and end by argument. */
  offsets = new Int32Array(64);
  count = 0;
  #length = 0;

  /** Drops references to the last line, and memory an unusually long one needed. */
  clear(): void {
    this.bytes = NO_BYTES;
    this.count = 0;
    if (this.offsets.length > 1024) this.offsets = new Int32Array(64);
  }

  /**
   * Splits the line, linear in its length. False when a quote is not closed, or is closed before
   * something other than a blank; the arguments are undefined then. A line of blanks has none.
   */
  split(line: Uint8Array, start: number, end: number): boolean {
    this.count = 0;
    for (let i = start; i < end; i++) {
      if (line[i] === DOUBLE_QUOTE || line[i] === SINGLE_QUOTE) {
        return this.#splitQuoted(line, start, end);
      }
    }
    this.bytes = line;
    let at = start;
    for (;;) {
      while (at < end && isSpace(line[at])) at++;
      if (at >= end) return true;
      const word = at;
      while (at < end && !endsWord(line[at])) at++;
      this.#add(word, at);
      // A zero byte ends the line, as the end of a C string does.
      if (at < end && line[at] === 0) return true;
    }
  }

  #add(start: number, end: number): void {
    const at = 2 * this.count++;
    if (at >= this.offsets.length) {
      const larger = new Int32Array(this.offsets.length * 2);
      larger.set(this.offsets);
      this.offsets = larger;
    }
    this.offsets[at] = start;
    this.offsets[at + 1] = end;
  }

  #splitQuoted(line: Uint8Array, start: number, end: number): boolean {
    // Unquoting never makes a line longer.
    this.bytes = new Uint8Array(end - start);
    this.#length = 0;
    let at = start;
    for (;;) {
      while (at < end && isSpace(line[at])) at++;
      if (at >= end || line[at] === 0) return true;
      const from = this.#length;
      while (at < end && !endsWord(line[at])) {
        const byte = line[at++];
        if (byte === DOUBLE_QUOTE) at = this.#doubleQuoted(line, at, end);
        else if (byte === SINGLE_QUOTE) at = this.#singleQuoted(line, at, end);
        else this.bytes[this.#length++] = byte;
        if (at < 0) return false;
        if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) break;
      }
      this.#add(from, this.#length);
    }
  }

  /** Copies up to the closing quote; where the line goes on, or -1. */
  #doubleQuoted(line: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const byte = line[at];
      if (byte === DOUBLE_QUOTE) return this.#closed(line, at + 1, end);
      if (byte !== BACKSLASH || at + 1 >= end) {
        this.bytes[this.#length++] = byte;
        at++;
      } else {
        const high = line[at + 1] === LOWER_X && at + 3 < end ? hexDigit(line[at + 2]) : -1;
        const low = high >= 0 ? hexDigit(line[at + 3]) : -1;
        this.bytes[this.#length++] = low >= 0 ? high * 16 + low : escaped(line[at + 1]);
        at += low >= 0 ? 4 : 2;
      }
    }
    return -1;
  }

  /** Copies up to the closing quote; where the line goes on, or -1. */
  #singleQuoted(line: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      if (line[at] === SINGLE_QUOTE) return this.#closed(line, at + 1, end);
      if (line[at] === BACKSLASH && at + 1 < end && line[at + 1] === SINGLE_QUOTE) at++;
      this.bytes[this.#length++] = line[at++];
    }
    return -1;
  }

  #closed(line: Uint8Array, at: number, end: number): number {
    return at >= end || line[at] === 0 || isSpace(line[at]) ? at : -1;
  }
}
