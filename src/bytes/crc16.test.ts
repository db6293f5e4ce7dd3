import { describe, expect, it } from 'vitest';
import { crc16, keySlot, SLOT_COUNT } from './crc16.ts';
import { fromLatin1 } from './text.ts';

/** The definition, bit by bit. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const carry = ((crc >> 15) ^ (byte >> bit)) & 1;
      crc = ((crc << 1) & 0xffff) ^ (carry ? 0x1021 : 0);
    }
  }
  return crc;
}

/** The slot of a key among braces that are not its own. */
function slotOf(key: string): number {
  const bytes = fromLatin1(`{x}${key}}`);
  return keySlot(bytes, 3, 3 + key.length);
}

describe('crc16', () => {
  it('gives the check value of CRC-16/XMODEM', () => {
    expect(crc16(fromLatin1('0123456789'), 1, 10)).toBe(0x31c3);
  });

  it('equals the bitwise definition', () => {
    const bytes = Uint8Array.from({ length: 600 }, (_, i) => Math.imul(i, 2654435761) >>> 11);
    for (let length = 0; length < 600; length += 7) {
      expect(crc16(bytes, 0, length)).toBe(bitwise(bytes.subarray(0, length)));
    }
  });
});

describe('keySlot', () => {
  // As CLUSTER KEYSLOT of the real server answers.
  it.each([
    ['foo', 12182],
    ['bar', 5061],
    ['', 0],
    ['{user1000}.following', 3443],
    ['{user1000}.followers', 3443],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', 4015],
    ['foo{bar}{zap}', 5061],
    ['foo{bar', 15278],
  ])('%s is in slot %i', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
    expect(slot).toBeLessThan(SLOT_COUNT);
  });

  it('hashes binary keys by their bytes', () => {
    expect(slotOf('\xff\xfe')).toBe(bitwise(Uint8Array.of(0xff, 0xfe)) % 16384);
  });
});
