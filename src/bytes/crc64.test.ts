import { describe, expect, it } from 'vitest';
import { Crc64 } from './crc64.ts';
import { fromLatin1 } from './text.ts';

/** The definition on bigints, a bit at a time. */
function bitwise(bytes: Uint8Array): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n;
    }
  }
  return crc;
}

function crcOf(bytes: Uint8Array): Crc64 {
  const crc = new Crc64();
  crc.update(bytes, 0, bytes.length);
  return crc;
}

const random = Uint8Array.from({ length: 400 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 9);

describe('Crc64', () => {
  it('gives the check value of CRC-64/Jones', () => {
    expect(crcOf(fromLatin1('123456789')).value).toBe(0xe9c6d914c4b8d9can);
  });

  it('equals the bitwise definition at every length', () => {
    for (let length = 0; length < 80; length++) {
      const bytes = random.subarray(0, length);
      expect(crcOf(bytes).value).toBe(bitwise(bytes));
    }
  });

  it('does not depend on how the bytes are cut up', () => {
    const whole = crcOf(random).value;
    for (let cut = 0; cut <= random.length; cut += 13) {
      const crc = new Crc64();
      crc.update(random, 0, cut);
      crc.update(random, cut, random.length);
      expect(crc.value).toBe(whole);
      expect((BigInt(crc.high) << 32n) | BigInt(crc.low)).toBe(whole);
    }
  });

  it('starts over after reset', () => {
    const crc = crcOf(random);
    crc.reset();
    expect(crc.value).toBe(0n);
  });

  it('agrees with a DUMP payload of the real server', () => {
    // DUMP of a string: type, LZF-compressed text, version 10, CRC of all before it.
    const dump =
      '\x00\xc3\n<\x02aba\xe0.\x01\x01ab\n\x00' + // the payload and its version
      '\xbb\x16\xd3\xeb\xaeo\xc5t';
    const bytes = fromLatin1(dump);
    const crc = new Crc64();
    crc.update(bytes, 0, bytes.length - 8);
    expect(crc.matches(bytes, bytes.length - 8)).toBe(true);
    const written = new Uint8Array(9);
    expect(crc.writeTo(written, 1)).toBe(9);
    expect(written.slice(1)).toEqual(bytes.slice(-8));
    for (let i = 1; i < 9; i++) {
      written[i]! ^= 0x10;
      expect(crc.matches(written, 1)).toBe(false);
      written[i]! ^= 0x10;
    }
  });
});
