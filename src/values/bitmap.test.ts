import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  BIT_AND,
  BIT_NOT,
  BIT_OR,
  BIT_XOR,
  BitSource,
  combineBits,
  countBitRange,
  countBits,
  findBit,
  findBitInRange,
} from './bitmap.ts';

/** Bytes with long rows of 00 and ff, as searches meet them. */
const rows = fc
  .array(
    fc.tuple(
      fc.constantFrom(0, 0xff, 0x01, 0x80, 0x7f, 0xfe, 0x5a),
      fc.integer({ min: 1, max: 90 }),
    ),
    { maxLength: 6 },
  )
  .map((list) => Uint8Array.from(list.flatMap(([byte, count]) => Array<number>(count).fill(byte))));

/** A copy that begins `before` bytes into an array with other bytes around. */
function placed(bytes: Uint8Array, before: number): Uint8Array {
  const array = new Uint8Array(before + bytes.length + 5).fill(0x33);
  array.set(bytes, before);
  return array;
}

const bitsOf = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length * 8 }, (_, i) => (bytes[i >> 3]! >> (7 - (i & 7))) & 1);

describe('counting and searching', () => {
  it('agree with looking at every bit', () => {
    fc.assert(
      fc.property(rows, fc.nat({ max: 7 }), (bytes, before) => {
        const array = placed(bytes, before);
        const bits = bitsOf(bytes);
        const end = before + bytes.length;
        expect(countBits(array, before, end)).toBe(bits.filter((bit) => bit === 1).length);
        for (const bit of [0, 1]) expect(findBit(array, before, end, bit)).toBe(bits.indexOf(bit));
      }),
      { numRuns: 500 },
    );
  });

  it('agree with it in ranges of bits', () => {
    const range = fc.tuple(rows, fc.nat(), fc.nat(), fc.nat({ max: 7 }));
    fc.assert(
      fc.property(range, ([bytes, a, b, before]) => {
        fc.pre(bytes.length > 0);
        const bits = bitsOf(bytes);
        const first = Math.min(a % bits.length, b % bits.length);
        const last = Math.max(a % bits.length, b % bits.length);
        const array = placed(bytes, before);
        const inside = bits.slice(first, last + 1);
        const ones = inside.filter((bit) => bit === 1).length;
        expect(countBitRange(array, before, first, last)).toBe(ones);
        for (const bit of [0, 1]) {
          const index = inside.indexOf(bit);
          const expected = index < 0 ? -1 : first + index;
          expect(findBitInRange(array, before, first, last, bit)).toBe(expected);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('combineBits', () => {
  const operations = [
    [BIT_AND, (a: number, b: number) => a & b],
    [BIT_OR, (a: number, b: number) => a | b],
    [BIT_XOR, (a: number, b: number) => a ^ b],
  ] as const;

  it('combines sources of any length and place, byte by byte', () => {
    const source = fc.tuple(rows, fc.nat({ max: 7 }));
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 4 }),
        fc.nat({ max: 7 }),
        (list, at) => {
          const length = Math.max(...list.map(([bytes]) => bytes.length));
          const sources = list.map(
            ([bytes, before]) => new BitSource(placed(bytes, before), before, bytes.length),
          );
          for (const [operation, combine] of operations) {
            const target = new Uint8Array(length + 16).fill(0x77);
            combineBits(operation, new BitSource(target, at, length), sources);
            const expected = Array.from({ length }, (_, i) =>
              list.map(([bytes]) => bytes[i] ?? 0).reduce(combine),
            );
            expect([...target.subarray(at, at + length)]).toEqual(expected);
            expect(target.subarray(0, at).every((byte) => byte === 0x77)).toBe(true);
            expect(target.subarray(at + length).every((byte) => byte === 0x77)).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('turns bits over', () => {
    const bytes = Uint8Array.from({ length: 70_001 }, (_, i) => (i * 31) & 0xff);
    const target = new Uint8Array(bytes.length);
    combineBits(BIT_NOT, new BitSource(target, 0, target.length), [
      new BitSource(bytes, 0, bytes.length),
    ]);
    expect(target.every((byte, i) => byte === (~bytes[i]! & 0xff))).toBe(true);
  });
});
