import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDouble } from './double.ts';
import { fromLatin1 } from './text.ts';

/** Parses text in the middle of other digits, which must not be looked at. */
function parse(text: string): number | undefined {
  return parseDouble(fromLatin1(`12${text}34`), 2, 2 + text.length);
}

describe('parseDouble', () => {
  // Every row as ZADD of the real server answers.
  it.each([
    ['0', 0],
    ['-0', -0],
    ['+5', 5],
    ['.5', 0.5],
    ['5.', 5],
    ['007', 7],
    ['1e3', 1000],
    ['1E+3', 1000],
    ['1e-3', 0.001],
    ['inf', Infinity],
    ['+inf', Infinity],
    ['-INF', -Infinity],
    ['+Infinity', Infinity],
    ['0x1p3', 8],
    ['0X.8', 0.5],
    ['-0xA.8p-1', -5.25],
    ['0x0p-5000', 0],
    ['0e400', 0],
    ['0e-400', 0],
    ['4.9e-324', 5e-324],
    ['-5e-324', -5e-324],
    ['2.2250738585072011e-308', 2.225073858507201e-308],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['0x1.fffffffffffff7p1023', Number.MAX_VALUE],
    ['0x1p-1074', 5e-324],
    ['0x1.8p-1075', 5e-324],
    ['0x1.00000000000008p0', 1],
    ['0x1.000000000000080000000000000000000000000000000001p0', 1 + 2 ** -52],
    ['9007199254740993', 9007199254740992],
    ['9007199254740993.0000000000000000000000000000001', 9007199254740994],
    [`${'0'.repeat(300)}1`, 1],
    [`1.${'0'.repeat(252)}1`, 1],
    [`0.${'0'.repeat(400)}1e401`, 1],
    [`1${'0'.repeat(400)}e-400`, 1],
  ])('%s', (text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each([
    '',
    ' ',
    ' 1',
    '\t1',
    '\n1',
    '1 ',
    '1\0',
    'nan',
    '-nan',
    'NaN(1)',
    'infinit',
    'infinityx',
    '.',
    '-',
    '+',
    '--5',
    '1e',
    '1e+',
    'e5',
    '1.2.3',
    '1_0',
    '1,5',
    '0x',
    '0x.',
    '0xg',
    '0x1p',
    '0x1e+5p',
    '0b1',
    '1a',
    '1p3',
    '1e400',
    '-1e400',
    '1e309',
    '1.7976931348623159e308',
    '0x1p1024',
    '0x1.fffffffffffff8p1023',
    '0x1p400000',
    '0x1p99999999999999999999',
    '1e99999999999999999999',
    '1e-400',
    '2e-324',
    '0x1p-1075',
    '0x1p-400000',
  ])('refuses %j', (text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('reads back every double, in every notation', () => {
    const notations = fc.constantFrom(
      (value: number) => String(value),
      (value: number) => value.toExponential(),
      (value: number) => value.toPrecision(17),
      (value: number) => value.toPrecision(21),
      hexText,
    );
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        notations,
        (value, write) => {
          // Only C's notation shows the sign of -0.
          expect(parse(write(value))).toBe(write === hexText ? value : value + 0);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('rounds decimals of any length as the engine does', () => {
    const digits = fc.string({
      unit: fc.constantFrom(...'0123456789'),
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        digits,
        digits,
        fc.integer({ min: -60, max: 60 }),
        (whole, fraction, exponent) => {
          const text = `${whole}.${fraction}e${exponent}`;
          expect(parse(text)).toBe(Number(text));
          expect(parse(whole)).toBe(Number(whole));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('keeps to the right side of a boundary however far away the deciding digit is', () => {
    // Half way between 1 and its successor, then a digit far behind the last one that is kept.
    const halfWay = '1.00000000000000011102230246251565404236316680908203125';
    expect(parse(halfWay)).toBe(1);
    expect(parse(`${halfWay}${'0'.repeat(2000)}`)).toBe(1);
    expect(parse(`${halfWay}${'0'.repeat(2000)}1`)).toBe(1 + 2 ** -52);
    expect(parse(`0x1.00000000000008${'0'.repeat(2000)}1`)).toBe(1 + 2 ** -52);
  });
});

/** C's %a of a finite double, though not normalized: the mantissa as an integer. */
function hexText(value: number): string {
  let mantissa = Math.abs(value);
  let exponent = 0;
  while (mantissa >= 2 ** 53) {
    mantissa /= 2;
    exponent++;
  }
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent--;
  }
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return `${sign}0x${mantissa.toString(16)}p${exponent}`;
}
