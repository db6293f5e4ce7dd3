/**
 * Elements of a listpack, as bytes. The layout is that of Redis's listpack (its specification:
 * "Listpack specification" by S. Sanfilippo, and the files of Redis 7), because DUMP payloads and
 * RDB files hold listpacks as they are:
 *
 *   0xxxxxxx                       integer 0..127
 *   10xxxxxx bytes                 string of up to 63 bytes
 *   110xxxxx 1 byte                integer of 13 bits, two's complement, big end first
 *   1110xxxx 1 byte, bytes         string of up to 4095 bytes, big end first
 *   11110000 u32, bytes            string
 *   11110001 … 11110100            integer of 16, 24, 32, 64 bits, little end first
 *
 * Each element is followed by its own length, in groups of 7 bits, so that it can be read backwards.
 * An element whose text is a canonical 64-bit integer is stored as the shortest integer.
 */
import { isCanonicalInt64, parseInt64, parseInteger } from '../bytes/integer.ts';

export const HEAD_BYTES = 6;
export const END_MARK = 0xff;
/** The count in the head when there are too many elements to count in 16 bits. */
export const COUNT_UNKNOWN = 0xffff;

/** Bytes of the element at `at`, without its back length; 0 for a byte that starts none. */
export function elementSize(memory: Uint8Array, at: number): number {
  const first = memory[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc0) return 1 + (first & 0x3f);
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 2 + (((first & 0x0f) << 8) | memory[at + 1]!);
  if (first === 0xf0) return 5 + readUint32(memory, at + 1);
  if (first < 0xf4) return first - 0xf1 + 3;
  return first === 0xf4 ? 9 : 0;
}

/** Bytes that the length `size` takes behind its element. The odd limits are Redis's. */
export function backLengthSize(size: number): number {
  if (size <= 127) return 1;
  if (size < 16_383) return 2;
  if (size < 2_097_151) return 3;
  return size < 268_435_455 ? 4 : 5;
}

/** Writes the back length of an element of `size` bytes, and returns the position behind it. */
export function writeBackLength(memory: Uint8Array, at: number, size: number): number {
  const bytes = backLengthSize(size);
  let rest = size;
  for (let i = bytes - 1; i > 0; i--) {
    memory[at + i] = (rest & 127) | 128;
    rest = Math.floor(rest / 128);
  }
  memory[at] = rest;
  return at + bytes;
}

/** The back length that ends before `at`, or -1 when it is longer than any can be. */
export function readBackLength(memory: Uint8Array, at: number): number {
  let value = 0;
  let scale = 1;
  for (let i = 1; i <= 5; i++) {
    const byte = memory[at - i]!;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
  return -1;
}

export function readUint32(memory: Uint8Array, at: number): number {
  const low = memory[at]! | (memory[at + 1]! << 8) | (memory[at + 2]! << 16);
  return (low | (memory[at + 3]! << 24)) >>> 0;
}

/** Whether the element is a string (else an integer). */
export function isString(first: number): boolean {
  return (first >= 0x80 && first < 0xc0) || (first >= 0xe0 && first <= 0xf0);
}

/** Bytes before a string element's text. */
export function stringHead(first: number): number {
  return first < 0xc0 ? 1 : first < 0xf0 ? 2 : 5;
}

/** The value of an integer element; only approximate, and no safe integer, beyond ±(2^53 - 1). */
export function integerValue(memory: Uint8Array, at: number): number {
  const first = memory[at]!;
  if (first < 0x80) return first;
  if (first < 0xe0) return (((first & 0x1f) << 27) | (memory[at + 1]! << 19)) >> 19;
  const low = memory[at + 1]! | (memory[at + 2]! << 8);
  if (first === 0xf1) return (low << 16) >> 16;
  if (first === 0xf2) return ((low << 8) | (memory[at + 3]! << 24)) >> 8;
  const word = low | (memory[at + 3]! << 16) | (memory[at + 4]! << 24);
  if (first === 0xf3) return word;
  return (readUint32(memory, at + 5) | 0) * 0x100000000 + (word >>> 0);
}

/** The value of a 64-bit integer element. */
export function bigIntegerValue(memory: Uint8Array, at: number): bigint {
  const high = BigInt(readUint32(memory, at + 5) | 0);
  return (high << 32n) | BigInt(readUint32(memory, at + 1));
}

/** Prepares elements: what stands before the text, or the whole of an integer. */
export class ElementEncoder {
  /** The first `headLength` bytes are to be stored, then `textLength` bytes of the text itself. */
  readonly head = new Uint8Array(9);
  headLength = 0;
  textLength = 0;

  /** Bytes of the element with its back length. */
  get storedSize(): number {
    const size = this.headLength + this.textLength;
    return size + backLengthSize(size);
  }

  /** Encodes the text `bytes[start, end)` as Redis would. */
  encode(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > 0 && length <= 20) {
      const value = parseInteger(bytes, start, end);
      // NaN is also what integers beyond 2^53 give.
      if (!Number.isNaN(value)) {
        this.encodeInteger(value);
        return;
      }
      if (length >= 16 && isCanonicalInt64(bytes, start, end)) {
        this.#encodeBig(parseInt64(bytes, start, end)!);
        return;
      }
    }
    this.#encodeString(length);
  }

  /** Writes the encoded element, whose text begins at `start` of `source`, where there is room. */
  write(memory: Uint8Array, position: number, source: Uint8Array, start: number): void {
    const { head, headLength, textLength } = this;
    let at = position;
    for (let i = 0; i < headLength; i++) memory[at++] = head[i]!;
    if (textLength > 48) memory.set(source.subarray(start, start + textLength), at);
    else for (let i = 0; i < textLength; i++) memory[at + i] = source[start + i]!;
    const size = headLength + textLength;
    if (size <= 127) memory[at + textLength] = size;
    else writeBackLength(memory, at + textLength, size);
  }

  encodeInteger(value: number): void {
    const head = this.head;
    this.textLength = 0;
    if (value >= 0 && value <= 127) {
      head[0] = value;
      this.headLength = 1;
    } else if (value >= -4096 && value <= 4095) {
      head[0] = 0xc0 | ((value >> 8) & 0x1f);
      head[1] = value;
      this.headLength = 2;
    } else if (value >= -0x80000000 && value <= 0x7fffffff) {
      const size = value >= -32_768 && value <= 32_767 ? 2 : (value << 8) >> 8 === value ? 3 : 4;
      head[0] = 0xf1 + size - 2;
      this.#setWord(1, value);
      this.headLength = 1 + size;
    } else {
      head[0] = 0xf4;
      this.#setWord(1, value);
      this.#setWord(5, Math.floor(value / 0x100000000));
      this.headLength = 9;
    }
  }

  #encodeBig(value: bigint): void {
    this.textLength = 0;
    this.head[0] = 0xf4;
    this.#setWord(1, Number(BigInt.asIntN(32, value)));
    this.#setWord(5, Number(BigInt.asIntN(32, value >> 32n)));
    this.headLength = 9;
  }

  #encodeString(length: number): void {
    const head = this.head;
    this.textLength = length;
    if (length < 64) {
      head[0] = 0x80 | length;
      this.headLength = 1;
    } else if (length < 4096) {
      head[0] = 0xe0 | (length >> 8);
      head[1] = length;
      this.headLength = 2;
    } else {
      head[0] = 0xf0;
      this.#setWord(1, length);
      this.headLength = 5;
    }
  }

  #setWord(at: number, value: number): void {
    this.head[at] = value;
    this.head[at + 1] = value >> 8;
    this.head[at + 2] = value >> 16;
    this.head[at + 3] = value >> 24;
  }
}

/**
 * Whether `bytes[start, end)` is a listpack that nothing can run out of: sizes, back lengths, count
 * and end all agree. Returns the number of elements, or -1. For bytes from outside. O(bytes).
 */
export function validateListpack(bytes: Uint8Array, start: number, end: number): number {
  const last = end - 1;
  if (end - start < HEAD_BYTES + 1 || readUint32(bytes, start) !== end - start) return -1;
  if (bytes[last] !== END_MARK) return -1;
  let at = start + HEAD_BYTES;
  let count = 0;
  while (at < last) {
    const size = validElementSize(bytes, at, last);
    if (size < 0) return -1;
    at += size + backLengthSize(size);
    if (at > last || readBackLength(bytes, at) !== size) return -1;
    count++;
  }
  const stated = bytes[start + 4]! | (bytes[start + 5]! << 8);
  return stated === COUNT_UNKNOWN || stated === count ? count : -1;
}

/** Size of the element at `at`, or -1 when it is none or does not end before `last`. */
function validElementSize(bytes: Uint8Array, at: number, last: number): number {
  const first = bytes[at]!;
  const head = isString(first) ? stringHead(first) : 1;
  if (at + head > last) return -1;
  const size = elementSize(bytes, at);
  return size > 0 && at + size < last ? size : -1;
}
