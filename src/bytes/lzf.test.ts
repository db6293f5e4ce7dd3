import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressLzf, decompressLzf } from './lzf.ts';
import { fromLatin1, latin1 } from './text.ts';

function compress(source: Uint8Array, room = source.length * 2 + 10): Uint8Array {
  const target = new Uint8Array(room + 6).fill(0xee);
  const padded = Uint8Array.of(1, 2, 3, ...source, 1, 2, 3);
  const length = compressLzf(padded, 3, 3 + source.length, target, 4, 4 + room);
  expect([...target.subarray(0, 4), ...target.subarray(4 + room)]).toEqual(
    Array.from({ length: 6 }, () => 0xee),
  );
  return target.slice(4, 4 + length);
}

function decompress(source: Uint8Array, room: number): Uint8Array {
  const target = new Uint8Array(room + 6).fill(0xee);
  const length = decompressLzf(source, 0, source.length, target, 4, 4 + room);
  expect([...target.subarray(0, 4), ...target.subarray(4 + room)]).toEqual(
    Array.from({ length: 6 }, () => 0xee),
  );
  return target.slice(4, 4 + length);
}

/** Bytes with repetitions near and far, of all lengths. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40, max: 60 }), fc.nat(60)), {
    maxLength: 12,
  })
  .map((parts) =>
    Uint8Array.from(
      parts.flatMap(([part, n]) => Array.from({ length: n }, () => [...part]).flat()),
    ),
  );

describe('LZF', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 300 })), (source) => {
        const packed = compress(source);
        expect(decompress(packed, source.length)).toEqual(source);
        if (source.length > 0) expect(decompress(packed, source.length - 1).length).toBe(0);
      }),
    );
  });

  it('uses references of every length, up to 8192 bytes back', () => {
    for (const gap of [8180, 8192, 8193, 9000]) {
      for (const length of [3, 8, 9, 263, 264, 265, 600]) {
        const noise = Uint8Array.from(
          { length: gap },
          (_, i) => Math.imul(i + gap, 2654435761) >>> 7,
        );
        const source = Uint8Array.of(...noise, ...noise.subarray(0, length));
        expect(decompress(compress(source), source.length)).toEqual(source);
      }
    }
  });

  it('does not take entries of earlier calls for its own', () => {
    const first = fromLatin1('abcdefgh'.repeat(50));
    const second = fromLatin1('abcdefgh');
    compress(first);
    expect(decompress(compress(second), 8)).toEqual(second);
    expect(compress(second).length).toBe(9);
  });

  it('compresses what repeats', () => {
    expect(compress(new Uint8Array(10_000)).length).toBeLessThan(130);
    expect(compress(fromLatin1('hello world, '.repeat(100))).length).toBeLessThan(40);
  });

  it('says 0 when the result does not fit, whatever the room', () => {
    const source = fromLatin1('the quick brown fox, the quick brown dog, 0123456789, 0123456789');
    const needed = compress(source).length;
    for (let room = 0; room < needed; room++) expect(compress(source, room).length).toBe(0);
    expect(compress(source, needed).length).toBe(needed);
  });

  it.each([
    ['\x02aba\xe0.\x01\x01ab', 'ab'.repeat(30)],
    [
      '\x06hello h\xe0\x08\x05\x04world\xe0\x01\x04\n 0123456789',
      'hello hello hello hello worldworldworld 0123456789',
    ],
  ])('reads what the real server wrote: %j', (packed, text) => {
    const plain = decompress(fromLatin1(packed), text.length);
    expect(latin1(plain, 0, plain.length)).toBe(text);
  });

  it.each([
    ['a literal run cut short', [3, 1, 2]],
    ['a reference without its offset', [0, 7, 0x20]],
    ['a long reference without its length', [0, 7, 0xe0]],
    ['a long reference without its offset', [0, 7, 0xe0, 1]],
    ['a reference before the beginning', [0, 7, 0x20, 1]],
    ['a reference at the very beginning', [0x20, 0]],
  ])('refuses %s', (_, packed) => {
    expect(decompress(Uint8Array.from(packed), 500).length).toBe(0);
  });

  it('stays within bounds on any input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(300), (packed, room) => {
        expect(decompress(packed, room).length).toBeLessThanOrEqual(room);
      }),
    );
  });
});
