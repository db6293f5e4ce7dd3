/**
 * The arguments of the request that is executed, as ranges of bytes, with readers for the forms that
 * commands share. A reader that fails notes the first error text in `failure` and returns a
 * harmless value, so that a handler reads everything and checks once.
 *
 * There is one instance per server; nested executions (EXEC, scripts) save and restore it. Everything
 * is borrowed: it is valid until the handler returns.
 */
import { hashBytes } from '../bytes/hash.ts';
import { parseInteger, parseInt64 } from '../bytes/integer.ts';
import { equalsIgnoreCase, latin1 } from '../bytes/text.ts';
import { MUST_BE_POSITIVE, NOT_AN_INTEGER } from '../resp/errors.ts';

export class Arguments {
  bytes: Uint8Array = new Uint8Array(0);
  /** Pairs of start and end by argument, from `first` on. */
  offsets: Int32Array = new Int32Array(2);
  first = 0;
  /** Number of arguments, the command's name included. */
  count = 0;
  /** The whole request as it came, when it can be passed on as it is; rawEnd 0: it cannot. */
  rawStart = 0;
  rawEnd = 0;
  /** The first error that a reader met. */
  failure: string | undefined = undefined;

  /**
   * Arguments that are secrets, which logs and monitors do not show: a bit by argument number, the
   * top bit standing for all from 31 on.
   */
  redacted = 0;

  #hashedIndex = 0;
  #hash = 0;

  /** Points to a request; `keyIndex` (0: none) is the argument whose hash is known already. */
  set(
    bytes: Uint8Array,
    offsets: Int32Array,
    first: number,
    count: number,
    keyIndex: number,
    hash: number,
  ): void {
    this.bytes = bytes;
    this.offsets = offsets;
    this.first = first;
    this.count = count;
    this.failure = undefined;
    this.redacted = 0;
    this.#hashedIndex = keyIndex;
    this.#hash = hash;
  }

  start(index: number): number {
    return this.offsets[this.first + index * 2];
  }

  end(index: number): number {
    return this.offsets[this.first + index * 2 + 1];
  }

  length(index: number): number {
    const at = this.first + index * 2;
    return this.offsets[at + 1] - this.offsets[at];
  }

  /** Hash of an argument as a key; that of the first key was computed ahead. */
  hash(index: number): number {
    if (index === this.#hashedIndex && index !== 0) return this.#hash;
    return hashBytes(this.bytes, this.start(index), this.end(index));
  }

  /** Whether the argument is this word (ASCII, lower case), in any case. */
  is(index: number, word: string): boolean {
    return equalsIgnoreCase(this.bytes, this.start(index), this.end(index), word);
  }

  /** The argument as text with one character for each byte. */
  text(index: number): string {
    return latin1(this.bytes, this.start(index), this.end(index));
  }

  /** A copy of the argument. */
  copy(index: number): Uint8Array {
    return this.bytes.slice(this.start(index), this.end(index));
  }

  /** Keeps an argument out of logs and monitors. */
  redact(index: number): void {
    this.redacted |= 1 << Math.min(index, 31);
  }

  isRedacted(index: number): boolean {
    return (this.redacted & (1 << Math.min(index, 31))) !== 0;
  }

  /** Notes an error; the first one counts. */
  fail(text: string): void {
    this.failure ??= text;
  }

  /**
   * A signed 64-bit integer, as a number: exact up to 2^53, rounded beyond. Fails with "value is not
   * an integer or out of range", or with `error`.
   */
  integer(index: number, error: string = NOT_AN_INTEGER): number {
    const start = this.start(index);
    const end = this.end(index);
    const value = parseInteger(this.bytes, start, end);
    if (value === value) return value;
    const exact = parseInt64(this.bytes, start, end);
    if (exact !== undefined) return Number(exact);
    this.fail(error);
    return 0;
  }

  /** A signed 32-bit integer; the error tells the range. */
  integer32(index: number): number {
    const value = this.integer(index);
    if (value !== (value | 0))
      this.fail('ERR value is out of range, value must between -2147483648 and 2147483647');
    return value;
  }

  /** A signed 64-bit integer, exact. */
  int64(index: number, error: string = NOT_AN_INTEGER): bigint {
    const value = parseInt64(this.bytes, this.start(index), this.end(index));
    if (value !== undefined) return value;
    this.fail(error);
    return 0n;
  }

  /** An integer between two safe ones; `error` is said of one outside, and of no integer too. */
  integerBetween(index: number, least: number, most: number, error: string): number {
    const value = this.integer(index, error);
    if (value < least || value > most) this.fail(error);
    return value;
  }

  /** A count that must not be negative. */
  natural(index: number): number {
    const value = this.integer(index, MUST_BE_POSITIVE);
    if (value < 0) this.fail(MUST_BE_POSITIVE);
    return value;
  }
}
