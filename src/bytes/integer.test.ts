import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decimalLength,
  isCanonicalInt64,
  parseCursor,
  parseInt64,
  parseInteger,
  parseUnsigned64,
  writeBigInteger,
  writeInteger,
} from './integer.ts';
import { fromLatin1, latin1 } from './text.ts';

type Parse<T> = (bytes: Uint8Array, start: number, end: number) => T;

/** Runs a parser on text in the middle of other digits, which it must not look at. */
function within<T>(parse: Parse<T>, text: string): T {
  return parse(fromLatin1(`17${text}93`), 2, 2 + text.length);
}

const MAX_INT64 = 2n ** 63n - 1n;
const anyInt64 = fc.bigInt({ min: -MAX_INT64 - 1n, max: MAX_INT64 });
const safeInteger = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -2000, max: 2000 }),
  fc.nat({ max: 15 }).chain((digits) => fc.constantFrom(10 ** digits, 10 ** digits - 1)),
);

const CANONICAL = [
  '0',
  '7',
  '-1',
  '10',
  '999999999',
  '1000000000',
  '-1234567890123',
  '9007199254740991',
  '-9007199254740991',
  '9007199254740992',
  '999999999999999999',
  '9223372036854775807',
  '-9223372036854775808',
];
/** All refused by SET and INCRBY on the real server. */
const REFUSED = [
  '',
  '-',
  '+',
  '-0',
  '+1',
  '00',
  '01',
  '-01',
  ' 1',
  '1 ',
  '1.0',
  '1e3',
  '0x10',
  '--1',
  '1-',
  '/',
  ':',
  '1:',
  '9223372036854775808',
  '-9223372036854775809',
  '9999999999999999999',
  '10000000000000000000',
  '-10000000000000000000',
  '100000000000000000000',
];

describe('reading canonical integers', () => {
  it.each(CANONICAL)('accepts %s', (text) => {
    expect(within(isCanonicalInt64, text)).toBe(true);
    expect(within(parseInt64, text)).toBe(BigInt(text));
    const safe = Number.isSafeInteger(Number(text));
    expect(within(parseInteger, text)).toBe(safe ? Number(text) : NaN);
  });

  it.each(REFUSED)('refuses %j', (text) => {
    expect(within(isCanonicalInt64, text)).toBe(false);
    expect(within(parseInt64, text)).toBeUndefined();
    expect(within(parseInteger, text)).toBeNaN();
  });

  it('accepts a text exactly when it is the text of its own value', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'0123456789-+ '), maxLength: 22 });
    fc.assert(
      fc.property(fc.oneof(noise, anyInt64.map(String)), (text) => {
        const value = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
        const canonical = value !== undefined && BigInt.asIntN(64, value).toString() === text;
        expect(within(isCanonicalInt64, text)).toBe(canonical);
        expect(within(parseInt64, text)).toBe(canonical ? value : undefined);
        const safe = canonical && Number.isSafeInteger(Number(value));
        expect(within(parseInteger, text)).toBe(safe ? Number(value) : NaN);
      }),
    );
  });
});

describe('reading unsigned integers as strtoull does', () => {
  it.each([
    ['0', 0n],
    ['007', 7n],
    ['+5', 5n],
    [' 5', 5n],
    ['\t5', 5n],
    ['-07', 2n ** 64n - 7n],
    ['-0', 0n],
    ['-5', undefined],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['18446744073709551616', undefined],
    ['99999999999999999999999999', undefined],
    [`${'0'.repeat(46)}7`, 7n],
    ['', undefined],
    ['-', undefined],
    ['5 ', undefined],
    ['0x5', undefined],
  ])('takes %j as half of a stream ID', (text, value) => {
    expect(within(parseUnsigned64, text)).toBe(value);
  });

  it.each([
    ['0', 0n],
    ['+0', 0n],
    ['00', 0n],
    ['', 0n],
    ['-1', 2n ** 64n - 1n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['18446744073709551616', undefined],
    ['-18446744073709551616', undefined],
    [' 0', undefined],
    ['0x0', undefined],
    ['1-', undefined],
  ])('takes %j as a cursor', (text, value) => {
    expect(within(parseCursor, text)).toBe(value);
  });
});

describe('writing', () => {
  it('writes what String gives, in as many bytes as decimalLength says', () => {
    const target = new Uint8Array(40);
    fc.assert(
      fc.property(safeInteger, fc.nat(9), (value, at) => {
        target.fill(0x2e);
        const end = writeInteger(target, at, value);
        expect(latin1(target, at, end)).toBe(String(value));
        expect(decimalLength(value)).toBe(end - at);
        // Nothing beside the number is touched.
        expect(latin1(target, 0, at) + latin1(target, end, 40)).toBe('.'.repeat(40 - end + at));
      }),
      { numRuns: 2000 },
    );
  });

  it('writes numbers just below a multiple of 10^9, where a quotient might round up', () => {
    const target = new Uint8Array(20);
    for (let high = 9_007_199; high > 8_388_000; high -= 97) {
      for (const value of [high * 1e9 - 1, high * 1e9]) {
        expect(latin1(target, 0, writeInteger(target, 0, value))).toBe(String(value));
      }
    }
  });

  it('writes bigints of any size', () => {
    const target = new Uint8Array(64);
    fc.assert(
      fc.property(
        fc.oneof(anyInt64, fc.bigInt({ min: -(2n ** 120n), max: 2n ** 120n })),
        (value) => {
          expect(latin1(target, 0, writeBigInteger(target, 0, value))).toBe(String(value));
        },
      ),
    );
  });
});
