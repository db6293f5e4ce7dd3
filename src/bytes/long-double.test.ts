import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addLongDouble,
  addSmallDecimals,
  formatLongDouble,
  parseLongDouble,
} from './long-double.ts';
import { fromLatin1 } from './text.ts';

const REFUSED = 'not a valid float';
const OVERFLOW = 'NaN or Infinity';

function parse(text: string) {
  return parseLongDouble(fromLatin1(`12${text}34`), 2, 2 + text.length);
}

/** INCRBYFLOAT by the exact way. */
function increment(value: string, by: string): string {
  const a = parse(value);
  const b = parse(by);
  if (!a || !b) return REFUSED;
  const sum = addLongDouble(a, b);
  return sum ? formatLongDouble(sum) : OVERFLOW;
}

function small(value: string, by: string): string | undefined {
  const a = fromLatin1(`1${value}1`);
  const b = fromLatin1(`2${by}2`);
  return addSmallDecimals(a, 1, 1 + value.length, b, 1, 1 + by.length);
}

// Every row as INCRBYFLOAT of the real server answers.
const ROWS = [
  ['100.1', '0.1', '100.2'],
  ['0.1', '0.2', '0.3'],
  ['10.5', '0.1', '10.6'],
  ['3.0e3', '200', '3200'],
  ['1e-18', '0', '0'],
  ['5e-18', '0', '0'],
  ['1.5e-17', '0', '0.00000000000000002'],
  ['1234567890123456789', '0.1', '1234567890123456789.125'],
  ['9007199254740993', '0.3', '9007199254740993.2998046875'],
  ['1e17', '0.7', '100000000000000000.703125'],
  ['999.999', '0.001', '1000'],
  ['0x1.8p1', '1e-3', '3.001'],
  ['-0', '0', '0'],
  ['5', '-5', '0'],
  ['-0.5', '0.25', '-0.25'],
  ['-1e-20', '0', '0'],
  ['1', 'inf', OVERFLOW],
  ['inf', '-inf', OVERFLOW],
  ['1.1e4932', '1.1e4932', OVERFLOW],
  ['1', ' 1', REFUSED],
  ['1', '1 ', REFUSED],
  ['1', '', REFUSED],
  ['1', 'nan', REFUSED],
  ['1', '1e5000', REFUSED],
  ['1', '1.2e4932', REFUSED],
  ['1', '-0x1p16384', REFUSED],
  ['1', '1e-4951', REFUSED],
  ['1', '0x1p-16446', REFUSED],
  ['1', '1e-999999999999', REFUSED],
  ['1', '0x1p-16445', '1'],
] as const;

describe('long double arithmetic', () => {
  it.each(ROWS)('%s + %s = %s', (value, by, expected) => {
    expect(increment(value, by)).toBe(expected);
    expect([expected, undefined]).toContain(small(value, by));
  });

  it('prints large values to their last digit', () => {
    // 10^400 as the nearest multiple of 2^1265; the real server printed the same 401 digits.
    const text = increment('1e400', '1');
    expect(text.length).toBe(401);
    expect(text.startsWith('10000000000000000000281880683947586514586453433629052038625910')).toBe(
      true,
    );
    expect(text.endsWith('309734806343732497430221946880')).toBe(true);
    expect(BigInt(text) % 2n ** 1265n).toBe(0n);
  });

  it('refuses text of 5120 bytes and more', () => {
    expect(increment(`${'0'.repeat(5118)}1`, '1')).toBe('2');
    expect(increment(`${'0'.repeat(5119)}1`, '1')).toBe(REFUSED);
  });

  it('prints infinities', () => {
    expect(formatLongDouble(parse('-inf')!)).toBe('-inf');
    expect(formatLongDouble(parse('Infinity')!)).toBe('inf');
  });

  it('holds integers of 64 bits and rounds larger ones half to even', () => {
    expect(increment('18446744073709551615', '0')).toBe('18446744073709551615');
    expect(increment('18446744073709551617', '0')).toBe('18446744073709551616');
    expect(increment('18446744073709551619', '0')).toBe('18446744073709551620');
    expect(increment('18446744073709551616', '1')).toBe('18446744073709551616');
  });
});

describe('addSmallDecimals', () => {
  const decimal = fc
    .tuple(
      fc.integer({ min: -120, max: 120 }),
      fc.string({ unit: fc.constantFrom(...'0159'), maxLength: 15 }),
    )
    .map(([whole, fraction]) => `${whole}.${fraction}`);

  it('says what the exact way says, or nothing', () => {
    let answered = 0;
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const sum = small(a, b);
        if (sum === undefined) return;
        answered++;
        expect(sum).toBe(increment(a, b));
      }),
      { numRuns: 5000 },
    );
    expect(answered).toBeGreaterThan(500);
  });

  it('adds integers below 2^53', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(small(String(a), String(b))).toBe(String(a + b));
      }),
    );
    expect(small('9007199254740991', '1')).toBeUndefined();
  });

  it.each([
    ['abc', '1'],
    ['1', ''],
    ['0x10', '1'],
    ['1', 'inf'],
    ['1e3', '1'],
    ['50.5', '50.5'],
    ['0.123456789012345', '1'],
  ])('leaves %s + %s to the exact way', (a, b) => {
    expect(small(a, b)).toBeUndefined();
  });
});
