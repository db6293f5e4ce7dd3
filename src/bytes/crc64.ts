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

  /** Takes in `bytes[start, end)`. O(length), no allocation. */
  update(bytes: Uint8Array, start: number, end: number): void {
    let low = this.#low | 0;
    let high = this.#high | 0;
    let at = start;
    for (const sliced = end - 7; at < sliced; at += 8) {
      const b0 = (low ^ bytes[at]!) & 0xff;
      const b1 = ((low >>> 8) ^ bytes[at + 1]!) & 0xff;
      const b2 = ((low >>> 16) ^ bytes[at + 2]!) & 0xff;
      const b3 = ((low >>> 24) ^ bytes[at + 3]!) & 0xff;
      const b4 = (high ^ bytes[at + 4]!) & 0xff;
      const b5 = ((high >>> 8) ^ bytes[at + 5]!) & 0xff;
      const b6 = ((high >>> 16) ^ bytes[at + 6]!) & 0xff;
      const b7 = ((high >>> 24) ^ bytes[at + 7]!) & 0xff;
      low =
        LOW[0x700 + b0]! ^
        LOW[0x600 + b1]! ^
        LOW[0x500 + b2]! ^
        LOW[0x400 + b3]! ^
        LOW[0x300 + b4]! ^
        LOW[0x200 + b5]! ^
        LOW[0x100 + b6]! ^
        LOW[b7]!;
      high =
        HIGH[0x700 + b0]! ^
        HIGH[0x600 + b1]! ^
        HIGH[0x500 + b2]! ^
        HIGH[0x400 + b3]! ^
        HIGH[0x300 + b4]! ^
        HIGH[0x200 + b5]! ^
        HIGH[0x100 + b6]! ^
        HIGH[b7]!;
    }
    for (; at < end; at++) {
      const index = (low ^ bytes[at]!) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ LOW[index]!;
      high = (high >>> 8) ^ HIGH[index]!;
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
