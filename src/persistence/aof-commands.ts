/**
 * Finds complete commands in a stretch of an append-only file. The form is strict: what the server
 * wrote, and lines that begin with `#` (annotations, which are passed over).
 */
import { equalsIgnoreCase } from '../bytes/text.ts';
import type { RequestBatch } from '../resp/request-batch.ts';

const NEWLINE = 10;
const RETURN = 13;
const HASH = 0x23;
const STAR = 0x2a;
const DOLLAR = 0x24;
/** Longer numbers and lines are none of ours. */
const LONGEST_LINE = 128;
const LARGEST_BULK = 512 * 1024 * 1024;
const MOST_ARGUMENTS = 1024 * 1024;
/** Commands executed in one go. */
const MOST_COMMANDS = 128;

/** The bytes are no commands. */
export class FormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FormatError';
  }
}

export class AofCommands {
  /** After `read`: the first byte that is not part of a complete command. */
  position = 0;
  /** Bytes that a command cut short needs at least, from `position` on. */
  needed = 0;
  /** Where the last MULTI began among the commands of `read`; -1: there was none. */
  lastMulti = -1;

  #offsets = new Int32Array(64);
  #at = 0;

  /**
   * Fills the batch with complete commands of `bytes[start, end)`. Throws FormatError; `position` is
   * then where the bad command begins.
   */
  read(bytes: Uint8Array, start: number, end: number, batch: RequestBatch): void {
    batch.clear();
    batch.bytes = bytes;
    this.position = start;
    this.needed = 1;
    this.lastMulti = -1;
    while (this.position < end && batch.count < MOST_COMMANDS) {
      if (bytes[this.position] === HASH) {
        if (!this.#skipLine(bytes, end)) return;
        continue;
      }
      const count = this.#command(bytes, end, batch);
      if (count === 0) return;
      const begin = this.position;
      batch.append(this.#offsets, count, 0, begin, this.#at);
      if (equalsIgnoreCase(bytes, this.#offsets[0], this.#offsets[1], 'multi'))
        this.lastMulti = begin;
      this.position = this.#at;
    }
  }

  #skipLine(bytes: Uint8Array, end: number): boolean {
    const limit = Math.min(end, this.position + LONGEST_LINE);
    for (let at = this.position; at < limit; at++) {
      if (bytes[at] !== NEWLINE) continue;
      this.position = at + 1;
      return true;
    }
    if (limit < end) throw new FormatError('an annotation without end');
    return false;
  }

  /** Reads one command; returns its arguments' number, or 0 when it is cut short or has no room. */
  #command(bytes: Uint8Array, end: number, batch: RequestBatch): number {
    this.#at = this.position;
    const count = this.#number(bytes, end, STAR);
    if (count < 0) return 0;
    if (count < 1 || count > MOST_ARGUMENTS) throw new FormatError('invalid number of arguments');
    if (!batch.hasRoomFor(count)) return 0;
    if (this.#offsets.length < count * 2) this.#offsets = new Int32Array(count * 2);
    for (let i = 0; i < count; i++) {
      const length = this.#number(bytes, end, DOLLAR);
      if (length < 0) return 0;
      if (length > LARGEST_BULK) throw new FormatError('invalid length of an argument');
      if (this.#at + length + 2 > end) {
        this.needed = this.#at + length + 2 - this.position;
        return 0;
      }
      this.#offsets[i * 2] = this.#at;
      this.#at += length;
      this.#offsets[i * 2 + 1] = this.#at;
      if (bytes[this.#at] !== RETURN || bytes[this.#at + 1] !== NEWLINE)
        throw new FormatError('an argument does not end where it says');
      this.#at += 2;
    }
    return count;
  }

  /** A number behind its mark, and the end of the line; -1 when that is cut short. */
  #number(bytes: Uint8Array, end: number, mark: number): number {
    if (this.#at >= end) return -1;
    if (bytes[this.#at] !== mark) throw new FormatError(`expected '${String.fromCharCode(mark)}'`);
    let value = 0;
    let at = this.#at + 1;
    for (; at < end && bytes[at] !== RETURN; at++) {
      const digit = bytes[at] - 0x30;
      if (digit < 0 || digit > 9 || at - this.#at > 10) throw new FormatError('invalid number');
      value = value * 10 + digit;
    }
    if (at + 1 >= end) return -1;
    if (bytes[at + 1] !== NEWLINE || at === this.#at + 1) throw new FormatError('invalid line end');
    this.#at = at + 2;
    return value;
  }
}
