/**
 * Reads RDB form from a window of bytes. The window may be a whole payload, or a part of a file that
 * is refilled: whoever reads calls `commit` after each unit it has taken in, and when a unit is not
 * complete yet, UNDERFLOW is thrown, the input goes back to the last commit (`rewind`), gets more
 * bytes, and the unit is read again. So values of any size are read without holding them.
 *
 * Nothing here trusts the bytes: lengths are checked against what can still come.
 */
import { writeInteger } from '../bytes/integer.ts';
import { decompressLzf } from '../bytes/lzf.ts';
import { RdbError } from './format.ts';

/** Thrown when the window ends in the middle of a unit and more bytes may come. */
export const UNDERFLOW = new Error('RDB input: more bytes are needed');

/** LZF makes at most this many bytes of one. */
const LARGEST_EXPANSION = 264;
const LARGEST_STRING = 2 ** 31 - 1;
const KEPT_SCRATCH = 1024 * 1024;

const convertDouble = new Float64Array(1);
const convertBytes = new Uint8Array(convertDouble.buffer);

export class RdbInput {
  bytes: Uint8Array;
  position: number;
  /** Where the window ends. */
  end: number;
  /** Bytes that may come behind the window; 0: it is all there is. */
  following = 0;

  /** The string that `string` read; valid until the next one, or until the window changes. */
  foundBytes: Uint8Array;
  foundStart = 0;
  foundEnd = 0;
  /** The string that `keep` put aside, under the same terms. */
  keptBytes: Uint8Array;
  keptStart = 0;
  keptEnd = 0;
  /** Halves of what `count` read, for counts beyond 2^53. */
  high = 0;
  low = 0;

  #committed: number;
  #scratch = new Uint8Array(64);
  #otherScratch = new Uint8Array(64);

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.#committed = start;
    this.foundBytes = bytes;
    this.keptBytes = bytes;
  }

  /** Where the unit that is being read began. */
  get committed(): number {
    return this.#committed;
  }

  /** Ends a unit: the input will not go back behind this point. */
  commit(): void {
    this.#committed = this.position;
  }

  /** Goes back to the last commit. */
  rewind(): void {
    this.position = this.#committed;
  }

  /** Takes another window, in which the unit begins at `start`. */
  refill(bytes: Uint8Array, start: number, end: number, following: number): void {
    this.bytes = bytes;
    this.position = start;
    this.#committed = start;
    this.end = end;
    this.following = following;
  }

  /** Bytes that can still be read. */
  get left(): number {
    return this.end - this.position + this.following;
  }

  /** Makes sure of so many bytes in the window. */
  need(size: number): void {
    if (this.end - this.position >= size) return;
    if (size > this.left) throw new RdbError('unexpected end of the data');
    throw UNDERFLOW;
  }

  byte(): number {
    this.need(1);
    return this.bytes[this.position++];
  }

  uint32(): number {
    this.need(4);
    const { bytes } = this;
    const at = this.position;
    this.position += 4;
    return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
  }

  /** A signed 64-bit integer, as a number where that is exact. */
  int64(): number | bigint {
    const low = this.uint32();
    const high = this.uint32() | 0;
    const value = high * 0x100000000 + low;
    if (Number.isSafeInteger(value)) return value;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  double(): number {
    this.need(8);
    for (let i = 0; i < 8; i++) convertBytes[i] = this.bytes[this.position++];
    return convertDouble[0];
  }

  /** A score as the oldest versions wrote it: a length byte and text, or a byte for the extremes. */
  textDouble(): number {
    const length = this.byte();
    if (length === 253) return NaN;
    if (length === 254) return Infinity;
    if (length === 255) return -Infinity;
    this.need(length);
    let text = '';
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.bytes[this.position++]);
    const value = Number(text);
    if (text.trim() === '' || (Number.isNaN(value) && text !== 'nan'))
      throw new RdbError('a score is no number');
    return value;
  }

  /** A count, exact up to 2^53 (and by halves beyond). */
  count(): number {
    const first = this.byte();
    this.high = 0;
    switch (first >> 6) {
      case 0:
        this.low = first & 0x3f;
        break;
      case 1:
        this.low = ((first & 0x3f) << 8) | this.byte();
        break;
      case 2:
        if (first === 0x80) this.low = this.#bigEndian32();
        else if (first === 0x81) {
          this.high = this.#bigEndian32();
          this.low = this.#bigEndian32();
        } else throw new RdbError(`unknown length form ${first}`);
        break;
      default:
        throw new RdbError('a string form where a length belongs');
    }
    return this.high * 0x100000000 + this.low;
  }

  /** A count of things that take at least a byte each. */
  elements(): number {
    const value = this.count();
    if (value > this.left) throw new RdbError('a count is larger than the data');
    return value;
  }

  /** A string of any form, left in `found…`. */
  string(): void {
    this.need(1);
    const first = this.bytes[this.position];
    if (first >= 0xc0) {
      this.position++;
      this.#encoded(first & 0x3f);
      return;
    }
    const length = this.count();
    this.need(length);
    this.foundBytes = this.bytes;
    this.foundStart = this.position;
    this.position += length;
    this.foundEnd = this.position;
  }

  /** Puts the string just read aside, so that the next one can be in hand beside it. */
  keep(): void {
    this.keptBytes = this.foundBytes;
    this.keptStart = this.foundStart;
    this.keptEnd = this.foundEnd;
    const scratch = this.#scratch;
    this.#scratch = this.#otherScratch;
    this.#otherScratch = scratch;
  }

  /** Passes a string over without expanding it. */
  skipString(): void {
    this.need(1);
    const first = this.bytes[this.position];
    let size: number;
    if (first < 0xc0) size = this.count();
    else {
      this.position++;
      if (first < 0xc3) size = 1 << (first & 3);
      else if (first === 0xc3) {
        size = this.count();
        this.count();
      } else throw new RdbError(`unknown string form ${first & 0x3f}`);
    }
    this.need(size);
    this.position += size;
  }

  #encoded(form: number): void {
    if (form < 3) {
      this.#integer(1 << form);
      return;
    }
    if (form !== 3) throw new RdbError(`unknown string form ${form}`);
    const size = this.count();
    const length = this.count();
    if (length === 0 || length > LARGEST_STRING || length > size * LARGEST_EXPANSION)
      throw new RdbError('impossible length of a compressed string');
    this.need(size);
    const target = this.#reserve(length);
    const made = decompressLzf(this.bytes, this.position, this.position + size, target, 0, length);
    if (made !== length) throw new RdbError('invalid compressed string');
    this.position += size;
    this.#found(target, length);
  }

  #integer(size: number): void {
    this.need(size);
    let value = 0;
    for (let i = 0; i < size; i++) value |= this.bytes[this.position++] << (8 * i);
    const shift = 32 - 8 * size;
    const text = this.#reserve(16);
    this.#found(text, writeInteger(text, 0, (value << shift) >> shift));
  }

  #found(bytes: Uint8Array, length: number): void {
    this.foundBytes = bytes;
    this.foundStart = 0;
    this.foundEnd = length;
  }

  /** Memory for a string that does not stand in the window; a large one is not kept. */
  #reserve(size: number): Uint8Array {
    if (size <= this.#scratch.length) return this.#scratch;
    const wide = new Uint8Array(size);
    if (size <= KEPT_SCRATCH) this.#scratch = wide;
    return wide;
  }

  #bigEndian32(): number {
    this.need(4);
    let value = 0;
    for (let i = 0; i < 4; i++) value = (value << 8) | this.bytes[this.position++];
    return value >>> 0;
  }
}
