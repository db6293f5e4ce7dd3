import { writeDouble } from '../bytes/format-double.ts';
import { decimalLength, writeBigInteger, writeInteger } from '../bytes/integer.ts';
import { copyBytes, fromLatin1, writeLatin1 } from '../bytes/text.ts';

/**
 * Writes replies, in RESP2 or RESP3, into one growable array: the only place that knows how the two
 * differ.
 *
 * One writer serves the whole server. The connection sets `protocol`, remembers `length`, lets a
 * command write, and sends the bytes from there on; the replies of several clients follow one
 * another in the same array. When the array is in the hands of sockets, `replace` gives the writer
 * another.
 *
 * Text arguments are byte strings: one char a byte, as `latin1` in bytes/text.ts makes them.
 *
 * Every method is O(bytes written). The array at least doubles when it is full, so a long reply
 * costs a constant factor. Nothing is allocated otherwise, but for a view when 64 bytes or more are
 * copied.
 */

const CR = 13;
const LF = 10;
const SPACE = 32;
const DOLLAR = 36;

const BULK = DOLLAR;
const SIMPLE = 43;
const ERROR = 45;
const INTEGER = 58;
const ARRAY = 42;
const MAP = 37;
const SET = 126;
const PUSH = 62;
const ATTRIBUTE = 124;
const DOUBLE = 44;
const VERBATIM = 61;
const BIG_NUMBER = 40;

/** The longest header: a type, 17 bytes of integer, a line end. */
const HEADER_ROOM = 20;
/** A bulk header of two digits, 24 bytes of double, a line end. */
const DOUBLE_ROOM = 5 + 24 + 2;
const INITIAL_CAPACITY = 64 * 1024;

const OK = fromLatin1('+OK\r\n');
const PONG = fromLatin1('+PONG\r\n');
const QUEUED = fromLatin1('+QUEUED\r\n');
const NULL = fromLatin1('_\r\n');
const NULL_BULK = fromLatin1('$-1\r\n');
const NULL_ARRAY = fromLatin1('*-1\r\n');
const TRUE = fromLatin1('#t\r\n');
const FALSE = fromLatin1('#f\r\n');
const ONE = fromLatin1(':1\r\n');
const ZERO = fromLatin1(':0\r\n');
const EMPTY_ARRAY = fromLatin1('*0\r\n');

export class ReplyWriter {
  /** The output. Only the first `length` bytes mean anything. */
  bytes: Uint8Array;
  /** Bytes written. */
  length = 0;
  /**
   * Where the replies of the client that is served begin: what lies before is on its way, to it or to
   * others, and cannot be taken back.
   */
  floor = 0;
  /**
   * Where the reply begins that is being written; `length` when there is none. What else its client
   * is sent meanwhile must not land behind this position before the reply has ended.
   */
  replyStart = 0;
  /** What the client that is served speaks. */
  protocol: 2 | 3 = 2;
  /**
   * Error replies written so far: whoever wants to know whether a command failed compares before
   * and after.
   */
  errorCount = 0;
  /** The text of the last error reply, its code first, for the statistics by error code. */
  lastError = '';
  /** `bytes`, for words of several bytes anywhere. */
  #view: DataView;

  constructor(capacity: number = INITIAL_CAPACITY) {
    this.bytes = new Uint8Array(capacity);
    this.#view = viewOf(this.bytes);
  }

  /**
   * Makes sure that `size` bytes fit behind `length`, and returns `length`. What was taken from
   * `bytes` before may be the old array afterwards.
   */
  reserve(size: number): number {
    const at = this.length;
    if (at + size > this.bytes.length) this.#grow(at + size);
    return at;
  }

  /**
   * Goes on in another array, for the present one is being sent. Bytes from `keepFrom` on (by
   * default none) are not, and move to the front of the new one; it must have room for them.
   * Returns the old array.
   */
  replace(bytes: Uint8Array, keepFrom: number = this.length): Uint8Array {
    const old = this.bytes;
    this.length = copyBytes(bytes, 0, old, keepFrom, this.length);
    this.floor = 0;
    this.replyStart = 0;
    this.bytes = bytes;
    this.#view = viewOf(bytes);
    return old;
  }

  /**
   * Takes back everything written since `length` was `position` (CLIENT REPLY OFF, replies a script
   * captures).
   */
  discardFrom(position: number): void {
    this.length = position > this.floor ? position : this.floor;
    if (this.replyStart > this.length) this.replyStart = this.length;
  }

  /** `+OK` */
  ok(): void {
    this.#constant(OK);
  }

  /** `+PONG` */
  pong(): void {
    this.#constant(PONG);
  }

  /** `+QUEUED` */
  queued(): void {
    this.#constant(QUEUED);
  }

  /** A simple string. Line ends in it become spaces. */
  simple(text: string): void {
    this.#line(SIMPLE, text);
  }

  /**
   * An error; the text begins with its code (`ERR ...`). Line ends behind it go, others become
   * spaces.
   */
  error(text: string): void {
    let end = text.length;
    while (end > 0 && isLineEnd(text.charCodeAt(end - 1))) end--;
    this.lastError = end < text.length ? text.slice(0, end) : text;
    this.errorCount++;
    this.#line(ERROR, this.lastError);
  }

  /** A safe integer. */
  integer(value: number): void {
    if (value >= 0 && value < 10) {
      const at = this.reserve(4);
      const { bytes } = this;
      bytes[at] = INTEGER;
      bytes[at + 1] = 48 + value;
      bytes[at + 2] = CR;
      bytes[at + 3] = LF;
      this.length = at + 4;
    } else {
      this.#header(INTEGER, value);
    }
  }

  /** An integer of 64 bits. */
  bigInteger(value: bigint): void {
    const at = this.reserve(HEADER_ROOM + 4);
    this.bytes[at] = INTEGER;
    this.#endLine(writeBigInteger(this.bytes, at + 1, value));
  }

  /** A bulk string of the bytes from `start` to `end`. */
  bulk(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    const at = this.reserve(size + HEADER_ROOM + 2);
    const { bytes } = this;
    bytes[at] = BULK;
    let to: number;
    if (size < 10) {
      bytes[at + 1] = 48 + size;
      to = at + 2;
    } else if (size < 100) {
      const tens = (size / 10) | 0;
      bytes[at + 1] = 48 + tens;
      bytes[at + 2] = 48 + size - tens * 10;
      to = at + 3;
    } else {
      to = writeInteger(bytes, at + 1, size);
    }
    bytes[to] = CR;
    bytes[to + 1] = LF;
    to = copyBytes(bytes, to + 2, source, start, end);
    bytes[to] = CR;
    bytes[to + 1] = LF;
    this.length = to + 2;
  }

  /**
   * The same of bytes given by a view of their memory. Strings of usual length are copied four bytes
   * a turn, the last ones overlapping, which takes half the time that `bulk` does.
   */
  bulkOfView(source: DataView, start: number, end: number): void {
    const size = end - start;
    if (size >= 100) {
      this.bulk(new Uint8Array(source.buffer, source.byteOffset + start, size), 0, size);
      return;
    }
    let to = this.reserve(size + HEADER_ROOM + 2);
    const view = this.#view;
    if (size < 10) {
      view.setInt32(to, BULK | ((48 + size) << 8) | (CR << 16) | (LF << 24), true);
      to += 4;
    } else {
      const tens = (size / 10) | 0;
      const ones = size - tens * 10;
      view.setInt32(to, BULK | ((48 + tens) << 8) | ((48 + ones) << 16) | (CR << 24), true);
      view.setInt8(to + 4, LF);
      to += 5;
    }
    const behind = to + size;
    const last = end - 4;
    let from = start;
    for (; from < last; from += 4, to += 4) view.setInt32(to, source.getInt32(from, true), true);
    if (size >= 4) view.setInt32(behind - 4, source.getInt32(last, true), true);
    else for (; from < end; from++, to++) view.setInt8(to, source.getInt8(from));
    view.setInt16(behind, CR | (LF << 8), true);
    this.length = behind + 2;
  }

  /** A bulk string of a byte string. */
  bulkText(text: string): void {
    this.#header(BULK, text.length);
    this.#textLine(text);
  }

  /** A bulk string with the decimal text of a safe integer. */
  bulkInteger(value: number): void {
    this.#header(BULK, decimalLength(value));
    const at = this.reserve(HEADER_ROOM);
    this.#endLine(writeInteger(this.bytes, at, value));
  }

  /** A double with 17 significant digits; in RESP2 a bulk string. */
  double(value: number): void {
    const at = this.reserve(DOUBLE_ROOM);
    const { bytes } = this;
    if (this.protocol === 3) {
      bytes[at] = DOUBLE;
      this.#endLine(writeDouble(bytes, at + 1, value));
      return;
    }
    // The digits are written behind the longest header, then moved next to the real one.
    const from = at + 5;
    const size = writeDouble(bytes, from, value) - from;
    bytes[at] = BULK;
    let to = writeInteger(bytes, at + 1, size);
    bytes[to++] = CR;
    bytes[to++] = LF;
    this.#endLine(copyBytes(bytes, to, bytes, from, from + size));
  }

  /** The absence of a value: `$-1`, in RESP3 `_`. */
  null(): void {
    this.#constant(this.protocol === 2 ? NULL_BULK : NULL);
  }

  /** The absence of an array: `*-1`, in RESP3 `_`. */
  nullArray(): void {
    this.#constant(this.protocol === 2 ? NULL_ARRAY : NULL);
  }

  /** `*0` */
  emptyArray(): void {
    this.#constant(EMPTY_ARRAY);
  }

  /** Announces an array of `count` replies. */
  array(count: number): void {
    this.#header(ARRAY, count);
  }

  /** Announces a map of `count` pairs of replies; in RESP2 an array of twice as many. */
  map(count: number): void {
    if (this.protocol === 2) this.#header(ARRAY, count * 2);
    else this.#header(MAP, count);
  }

  /** Announces a set of `count` replies; in RESP2 an array. */
  set(count: number): void {
    this.#header(this.protocol === 2 ? ARRAY : SET, count);
  }

  /** Announces a push message of `count` replies; in RESP2 an array. */
  push(count: number): void {
    this.#header(this.protocol === 2 ? ARRAY : PUSH, count);
  }

  /**
   * Announces `count` pairs of attributes of the next reply. RESP2 has none: false then, and
   * nothing of them may be written.
   */
  attribute(count: number): boolean {
    if (this.protocol === 2) return false;
    this.#header(ATTRIBUTE, count);
    return true;
  }

  /** A truth value; in RESP2 1 or 0. */
  boolean(value: boolean): void {
    if (this.protocol === 2) this.#constant(value ? ONE : ZERO);
    else this.#constant(value ? TRUE : FALSE);
  }

  /** Text with a format of three chars (`txt`, `mkd`); in RESP2 a bulk string. */
  verbatim(format: string, text: string): void {
    if (this.protocol === 2) {
      this.bulkText(text);
      return;
    }
    this.#header(VERBATIM, text.length + 4);
    this.#text(format);
    this.#text(':');
    this.#textLine(text);
  }

  /** An integer of any size in decimal; in RESP2 a bulk string. */
  bigNumber(decimal: string): void {
    if (this.protocol === 2) this.bulkText(decimal);
    else this.#line(BIG_NUMBER, decimal);
  }

  /** Bytes that are a reply already. */
  raw(source: Uint8Array, start: number, end: number): void {
    const at = this.reserve(end - start);
    this.length = copyBytes(this.bytes, at, source, start, end);
  }

  /**
   * Begins an array (or a map, or a set) whose length is known only when it has been written. The
   * mark is for `resolveArray`, `resolveMap` or `resolveSet`; until then more can be deferred
   * inside.
   *
   * Lengths have no leading zeros, so the header's width depends on the count. The gap left for it
   * fits `expected`; when the real count has as many digits, nothing moves, and otherwise what was
   * written after it is moved by the difference. That is one pass at memory speed over what took
   * far longer to write.
   */
  deferArray(expected = 1): number {
    const width = decimalLength(expected) + 3;
    const mark = this.reserve(width);
    this.bytes[mark] = width;
    this.length = mark + width;
    return mark;
  }

  /** Ends what `deferArray` began, as an array of `count` replies. */
  resolveArray(mark: number, count: number): void {
    this.#resolve(mark, ARRAY, count);
  }

  /** Ends what `deferArray` began, as a map of `count` pairs. */
  resolveMap(mark: number, count: number): void {
    if (this.protocol === 2) this.#resolve(mark, ARRAY, count * 2);
    else this.#resolve(mark, MAP, count);
  }

  /** Ends what `deferArray` began, as a set of `count` replies. */
  resolveSet(mark: number, count: number): void {
    this.#resolve(mark, this.protocol === 2 ? ARRAY : SET, count);
  }

  #resolve(mark: number, type: number, count: number): void {
    const gap = this.bytes[mark];
    const width = decimalLength(count) + 3;
    if (width !== gap) {
      if (width > gap) this.reserve(width - gap);
      this.bytes.copyWithin(mark + width, mark + gap, this.length);
      this.length += width - gap;
    }
    const { bytes } = this;
    bytes[mark] = type;
    const to = writeInteger(bytes, mark + 1, count);
    bytes[to] = CR;
    bytes[to + 1] = LF;
  }

  #header(type: number, value: number): void {
    const at = this.reserve(HEADER_ROOM);
    this.bytes[at] = type;
    this.#endLine(writeInteger(this.bytes, at + 1, value));
  }

  #constant(source: Uint8Array): void {
    const size = source.length;
    const at = this.reserve(size);
    const { bytes } = this;
    for (let i = 0; i < size; i++) bytes[at + i] = source[i];
    this.length = at + size;
  }

  #line(type: number, text: string): void {
    const at = this.reserve(text.length + 3);
    const { bytes } = this;
    bytes[at] = type;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      bytes[at + 1 + i] = isLineEnd(code) ? SPACE : code;
    }
    this.#endLine(at + 1 + text.length);
  }

  #text(text: string): void {
    const at = this.reserve(text.length);
    this.length = writeLatin1(this.bytes, at, text);
  }

  #textLine(text: string): void {
    this.reserve(text.length + 2);
    this.#text(text);
    this.#endLine(this.length);
  }

  /** Ends a line at `at`, where there must be room. */
  #endLine(at: number): void {
    this.bytes[at] = CR;
    this.bytes[at + 1] = LF;
    this.length = at + 2;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isLineEnd(code: number): boolean {
  return code === CR || code === LF;
}
