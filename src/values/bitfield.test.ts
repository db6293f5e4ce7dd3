import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  fitField,
  fitSmall,
  isSmall,
  OVERFLOW_FAIL,
  OVERFLOW_SATURATE,
  OVERFLOW_WRAP,
  readField,
  readSmallField,
  SMALL_BITS,
  writeField,
  writeSmallField,
} from './bitfield.ts';

const type = fc
  .tuple(fc.boolean(), fc.integer({ min: 1, max: 64 }))
  .map(([signed, bits]) => ({ signed, bits: signed ? bits : Math.min(63, bits) }));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const mode = fc.constantFrom(OVERFLOW_WRAP, OVERFLOW_SATURATE, OVERFLOW_FAIL);

describe('fields', () => {
  it('come back as they were written and leave the other bits alone', () => {
    fc.assert(
      fc.property(
        type,
        int64,
        fc.nat({ max: 40 }),
        fc.uint8Array({ minLength: 14, maxLength: 14 }),
        (field, raw, offset, bytes) => {
          const bits = BigInt(field.bits);
          const value = field.signed
            ? BigInt.asIntN(field.bits, raw)
            : BigInt.asUintN(field.bits, raw);
          const before = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
          writeField(bytes, 0, offset, field, value);
          const shift = BigInt(bytes.length * 8 - offset) - bits;
          const mask = ((1n << bits) - 1n) << shift;
          const after = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
          expect(after).toBe((before & ~mask) | (BigInt.asUintN(field.bits, value) << shift));
          expect(readField(bytes, 0, bytes.length, offset, field)).toBe(value);
          if (field.bits > SMALL_BITS) return;
          expect(readSmallField(bytes, 0, bytes.length, offset, field)).toBe(Number(value));
          const copy = Uint8Array.from(bytes).fill(0xaa, 0, 1);
          writeSmallField(copy, 0, offset, field, Number(value));
          expect(readSmallField(copy, 0, copy.length, offset, field)).toBe(Number(value));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('are zero beyond the end', () => {
    const bytes = new Uint8Array([0xff, 0xff, 0xff]);
    expect(readSmallField(bytes, 0, 1, 4, { signed: false, bits: 8 })).toBe(0xf0);
    expect(readField(bytes, 0, 1, 4, { signed: true, bits: 64 })).toBe(-(2n ** 60n));
    expect(readField(bytes, 0, 0, 1000, { signed: true, bits: 64 })).toBe(0n);
  });
});

describe('overflow', () => {
  it('is the same with numbers as with bigints', () => {
    const near = fc.tuple(
      fc.constantFrom(1, -1),
      fc.nat({ max: 53 }),
      fc.integer({ min: -2, max: 2 }),
    );
    const operand = near.map(
      ([sign, power, more]) => BigInt(sign) * 2n ** BigInt(power) + BigInt(more),
    );
    fc.assert(
      fc.property(
        type,
        int64,
        operand,
        fc.boolean(),
        mode,
        (field, raw, by, isIncrement, overflow) => {
          fc.pre(isSmall(field, Number(by)) && BigInt(Number(by)) === by);
          const old = field.signed
            ? BigInt.asIntN(field.bits, raw)
            : BigInt.asUintN(field.bits, raw);
          const exact = fitField(field, old, by, isIncrement, overflow);
          const small = fitSmall(field, Number(old), Number(by), isIncrement, overflow);
          expect(small === undefined ? undefined : BigInt(small)).toBe(exact);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('wraps, saturates or fails at 64 bits', () => {
    const field = { signed: true, bits: 64 };
    const most = 2n ** 63n - 1n;
    expect(fitField(field, most, 1n, true, OVERFLOW_WRAP)).toBe(-(2n ** 63n));
    expect(fitField(field, most, 1n, true, OVERFLOW_SATURATE)).toBe(most);
    expect(fitField(field, -most, -most, true, OVERFLOW_SATURATE)).toBe(-most - 1n);
    expect(fitField(field, most, 1n, true, OVERFLOW_FAIL)).toBeUndefined();
  });
});
