/**
 * Bytes in RDB form, collected in a growing array: lengths, strings in their shortest form, numbers.
 * Who writes a file takes the bytes out from time to time (`take`, `clear`), so the array stays small.
 *
 *   00xxxxxx            length of 6 bits           11000000 i8    \
 *   01xxxxxx + 1 byte   length of 14 bits          11000001 i16    } a string that is an integer
 *   10000000 + 4 bytes  of 32 bits, big end first  11000010 i32   /
 *   10000001 + 8 bytes  of 64 bits                 11000011 packed length, length, LZF data
 */
import { parseInteger } from '../bytes/integer.ts';
import { compressLzf } from '../bytes/lzf.ts';
import { copyBytes } from '../bytes/text.ts';

/** Longer texts are no 32-bit integers. */
const LONGEST_INTEGER = 11;
/** Shorter strings are not worth compressing. */
const SHORTEST_COMPRESSED = 21;
/** Longest length in front of a string, beside the byte that says LZF. */
const LENGTH_ROOM = 18;
const FIRST_CAPACITY = 1024;

const convertDouble = new Float64Array(1);
const convertBytes = new Uint8Array(convertDouble.buffer);

export class RdbOutput {
  /** The first `length` bytes are written. */
  bytes: Uint8Array;
  length = 0;
  /** Whether strings are compressed (rdbcompression). */
  compresses = true;
  /** Longer strings are not compressed, for their time. Bytes. */
  longestCompressed = Infinity;

  constructor(capacity: number = FIRST_CAPACITY) {
    this.bytes = new Uint8Array(capacity);
  }

  clear(): void {
    this.length = 0;
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** Makes room for so many more bytes. */
  reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.bytes.length) return;
    const wide = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    wide.set(this.bytes.subarray(0, this.length));
    this.bytes = wide;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Bytes as they are. */
  raw(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.length = copyBytes(this.bytes, this.length, source, start, end);
  }

  /** A length or count: a safe integer, not negative. */
  count(value: number): void {
    this.reserve(9);
    const { bytes } = this;
    if (value < 64) bytes[this.length++] = value;
    else if (value < 16_384) {
      bytes[this.length++] = 0x40 | (value >>> 8);
      bytes[this.length++] = value;
    } else if (value < 0x100000000) {
      bytes[this.length++] = 0x80;
      this.#bigEndian32(value);
    } else {
      bytes[this.length++] = 0x81;
      this.#bigEndian32(Math.floor(value / 0x100000000));
      this.#bigEndian32(value % 0x100000000);
    }
  }

  /** A count given by its halves, unsigned. */
  count64(high: number, low: number): void {
    if (high === 0) {
      this.count(low >>> 0);
      return;
    }
    this.reserve(9);
    this.bytes[this.length++] = 0x81;
    this.#bigEndian32(high);
    this.#bigEndian32(low);
  }

  uint32(value: number): void {
    this.reserve(4);
    for (let i = 0; i < 4; i++) this.bytes[this.length++] = value >>> (8 * i);
  }

  /** A signed 64-bit integer, little end first. */
  int64(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.uint32(Number(BigInt.asUintN(32, value)));
      this.uint32(Number(BigInt.asUintN(32, value >> 32n)));
      return;
    }
    this.uint32(value % 0x100000000);
    this.uint32(Math.floor(value / 0x100000000));
  }

  double(value: number): void {
    convertDouble[0] = value;
    this.raw(convertBytes, 0, 8);
  }

  /** A string in its shortest form: an integer, compressed, or as it is. O(length). */
  string(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= LONGEST_INTEGER && this.#integer(parseInteger(source, start, end))) return;
    if (this.mayCompress(length) && this.#compressed(source, start, end)) return;
    this.count(length);
    this.raw(source, start, end);
  }

  /** Whether a string of so many bytes is tried to be compressed. */
  mayCompress(length: number): boolean {
    return this.compresses && length >= SHORTEST_COMPRESSED && length <= this.longestCompressed;
  }

  /** ASCII text as a string. */
  text(value: string): void {
    const bytes = new Uint8Array(value.length);
    for (let i = 0; i < value.length; i++) bytes[i] = value.charCodeAt(i);
    this.string(bytes, 0, bytes.length);
  }

  #integer(value: number): boolean {
    if (value !== (value | 0)) return false;
    this.reserve(5);
    const { bytes } = this;
    const size = value === (value << 24) >> 24 ? 1 : value === (value << 16) >> 16 ? 2 : 4;
    bytes[this.length++] = 0xc0 | (size >> 1);
    for (let i = 0; i < size; i++) bytes[this.length++] = value >> (8 * i);
    return true;
  }

  /** Compresses behind room for the lengths, which are known only then, and closes the gap. */
  #compressed(source: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    this.reserve(length + LENGTH_ROOM);
    const at = this.length + LENGTH_ROOM;
    const size = compressLzf(source, start, end, this.bytes, at, at + length - 4);
    if (size === 0) return false;
    this.bytes[this.length++] = 0xc3;
    this.count(size);
    this.count(length);
    this.bytes.copyWithin(this.length, at, at + size);
    this.length += size;
    return true;
  }

  #bigEndian32(value: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.bytes[this.length++] = value >>> shift;
  }
}
