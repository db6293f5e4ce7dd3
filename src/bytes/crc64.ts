/**
 * CRC-64 as RDB files and DUMP payloads carry it: the Jones polynomial 0xad93d23594c935a9,
 * reflected, initial value 0, no final inversion.
 *
 * A BigInt per byte would cost a hundred times the work, so the register is two 32-bit halves.
 * Eight bytes are taken at once by eight tables ("slicing", Kounavis and Berry, 2005): table k
 * holds the CRC of a byte followed by k zero bytes, and a CRC is linear, so the eight look-ups
 * are independent and their results are XORed.
 */

/** The bit-reversed polynomial, by halves. */
const POLYNOMIAL_HIGH = 0x95ac9329 | 0;
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;

/** From so many bytes on, a view of them by words is worth its making. */
const LONG = 64;

/** LOW[256 * k + byte] and HIGH[...]: the CRC of `byte` followed by k zero bytes. */
const LOW = new Int32Array(8 * 256);
const HIGH = new Int32Array(8 * 256);

fillTables();

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let low = byte;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const odd = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (odd) {
        low ^= POLYNOMIAL_LOW;
        high ^= POLYNOMIAL_HIGH;
      }
    }
    LOW[byte] = low;
    HIGH[byte] = high;
  }
  for (let i = 256; i < 8 * 256; i++) {
    const low = LOW[i - 256]!;
    const high = HIGH[i - 256]!;
    const index = low & 0xff;
    LOW[i] = ((low >>> 8) | (high << 24)) ^ LOW[index]!;
    HIGH[i] = (high >>> 8) ^ HIGH[index]!;
  }
}

/**
 * A running CRC-64: feed byte ranges in order with `update`, then read the result by halves, as
 * eight bytes, or as a bigint.
 */
export class Crc64 {
  #low = 0;
  #high = 0;

  /** The low 32 bits, unsigned. */
  get low(): number {
    return this.#low >>> 0;
  }

  /** The high 32 bits, unsigned. */
  get high(): number {
    return this.#high >>> 0;
  }

  get value(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  reset(): void {
    this.#low = 0;
    this.#high = 0;
  }

  /** Takes in `bytes[start, end)`. O(length); of a long range the middle is read by words. */
  update(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    if (end - start >= LONG) {
      const misplaced = (bytes.byteOffset + start) & 3;
      if (misplaced > 0) this.#bytes(bytes, start, (at += 4 - misplaced));
      const pairs = (end - at) >>> 3;
      this.#words(new Int32Array(bytes.buffer, bytes.byteOffset + at, pairs * 2));
      at += pairs * 8;
    }
    this.#bytes(bytes, at, end);
  }

  #bytes(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      const index = (this.#low ^ bytes[at]!) & 0xff;
      this.#low = ((this.#low >>> 8) | (this.#high << 24)) ^ LOW[index]!;
      this.#high = (this.#high >>> 8) ^ HIGH[index]!;
    }
  }

  /** Takes in pairs of words, low byte first. */
  #words(words: Int32Array): void {
    let low = this.#low | 0;
    let high = this.#high | 0;
    for (let i = 0; i < words.length; i += 2) {
      const first = low ^ words[i]!;
      const second = high ^ words[i + 1]!;
      const b0 = 0x700 + (first & 0xff);
      const b1 = 0x600 + ((first >>> 8) & 0xff);
      const b2 = 0x500 + ((first >>> 16) & 0xff);
      const b3 = 0x400 + (first >>> 24);
      const b4 = 0x300 + (second & 0xff);
      const b5 = 0x200 + ((second >>> 8) & 0xff);
      const b6 = 0x100 + ((second >>> 16) & 0xff);
      const b7 = second >>> 24;
      low = LOW[b0]! ^ LOW[b1]! ^ LOW[b2]! ^ LOW[b3]! ^ LOW[b4]! ^ LOW[b5]! ^ LOW[b6]! ^ LOW[b7]!;
      high =
        HIGH[b0]! ^
        HIGH[b1]! ^
        HIGH[b2]! ^
        HIGH[b3]! ^
        HIGH[b4]! ^
        HIGH[b5]! ^
        HIGH[b6]! ^
        HIGH[b7]!;
    }
    this.#low = low;
    this.#high = high;
  }

  /** Writes the eight bytes, least significant first as files hold them, and returns `at + 8`. */
  writeTo(target: Uint8Array, at: number): number {
    for (let i = 0; i < 4; i++) {
      target[at + i] = this.#low >>> (8 * i);
      target[at + 4 + i] = this.#high >>> (8 * i);
    }
    return at + 8;
  }

  /** True when the eight bytes at `bytes[at]` are this CRC as `writeTo` writes it. */
  matches(bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < 4; i++) {
      if (bytes[at + i] !== ((this.#low >>> (8 * i)) & 0xff)) return false;
      if (bytes[at + 4 + i] !== ((this.#high >>> (8 * i)) & 0xff)) return false;
    }
    return true;
  }
}
