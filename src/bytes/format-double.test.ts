import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDouble,
  formatExponential,
  formatFixed,
  formatG,
  formatHuman,
  writeDouble,
} from './format-double.ts';
import { latin1 } from './text.ts';

/** C's %.{decimals}f from its definition: the exact binary value, rounded half to even. */
function exactFixed(value: number, decimals: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & (2n ** 52n - 1n);
  const mantissa = biased === 0 ? fraction : fraction + 2n ** 52n;
  const shift = BigInt(Math.max(biased, 1) - 1075);
  const numerator = mantissa * 10n ** BigInt(decimals) * (shift > 0n ? 2n ** shift : 1n);
  const denominator = shift < 0n ? 2n ** -shift : 1n;
  let rounded = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  if (twice > denominator || (twice === denominator && rounded % 2n === 1n)) rounded++;
  const text = rounded.toString().padStart(decimals + 1, '0');
  const point = text.length - decimals;
  const sign = bits >> 63n ? '-' : '';
  return sign + text.slice(0, point) + (decimals > 0 ? `.${text.slice(point)}` : '');
}

/** Doubles of all kinds, and many that lie half way between two decimals. */
const anyDouble = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.tuple(fc.integer(), fc.nat(25)).map(([n, bits]) => n / 2 ** bits),
  fc
    .tuple(fc.nat(2 ** 20), fc.nat(8), fc.nat(60))
    .map(([n, a, b]) => (2 * n + 1) * 5 ** a * 2 ** b),
);

describe("C's formats", () => {
  // Value, then %.17g %.14g %.1g %.0f %.2f %.17f %.0e %.3e, all as printf gives them.
  it.each([
    [
      0.1,
      '0.10000000000000001',
      '0.1',
      '0.1',
      '0',
      '0.10',
      '0.10000000000000001',
      '1e-01',
      '1.000e-01',
    ],
    [
      1e-7,
      '9.9999999999999995e-08',
      '1e-07',
      '1e-07',
      '0',
      '0.00',
      '0.00000010000000000',
      '1e-07',
      '1.000e-07',
    ],
    [-0, '-0', '-0', '-0', '-0', '-0.00', '-0.00000000000000000', '-0e+00', '-0.000e+00'],
    [-Infinity, '-inf', '-inf', '-inf', '-inf', '-inf', '-inf', '-inf', '-inf'],
    [NaN, 'nan', 'nan', 'nan', 'nan', 'nan', 'nan', 'nan', 'nan'],
    [
      1 + 2 ** -17,
      '1.0000076293945312',
      '1.0000076293945',
      '1',
      '1',
      '1.00',
      '1.00000762939453125',
      '1e+00',
      '1.000e+00',
    ],
    [
      1e21,
      '1e+21',
      '1e+21',
      '1e+21',
      '1000000000000000000000',
      '1000000000000000000000.00',
      '1000000000000000000000.00000000000000000',
      '1e+21',
      '1.000e+21',
    ],
    [
      123456789012345680,
      '1.2345678901234568e+17',
      '1.2345678901235e+17',
      '1e+17',
      '123456789012345680',
      '123456789012345680.00',
      '123456789012345680.00000000000000000',
      '1e+17',
      '1.235e+17',
    ],
    [
      0.00012345,
      '0.00012344999999999999',
      '0.00012345',
      '0.0001',
      '0',
      '0.00',
      '0.00012345000000000',
      '1e-04',
      '1.234e-04',
    ],
    [
      0.00001,
      '1.0000000000000001e-05',
      '1e-05',
      '1e-05',
      '0',
      '0.00',
      '0.00001000000000000',
      '1e-05',
      '1.000e-05',
    ],
    [
      5e-324,
      '4.9406564584124654e-324',
      '4.9406564584125e-324',
      '5e-324',
      '0',
      '0.00',
      '0.00000000000000000',
      '5e-324',
      '4.941e-324',
    ],
    [-2.5, '-2.5', '-2.5', '-2', '-2', '-2.50', '-2.50000000000000000', '-2e+00', '-2.500e+00'],
    [9.5, '9.5', '9.5', '1e+01', '10', '9.50', '9.50000000000000000', '1e+01', '9.500e+00'],
    [
      999999.5,
      '999999.5',
      '999999.5',
      '1e+06',
      '1000000',
      '999999.50',
      '999999.50000000000000000',
      '1e+06',
      '1.000e+06',
    ],
    [
      1e16,
      '10000000000000000',
      '1e+16',
      '1e+16',
      '10000000000000000',
      '10000000000000000.00',
      '10000000000000000.00000000000000000',
      '1e+16',
      '1.000e+16',
    ],
    [100, '100', '100', '1e+02', '100', '100.00', '100.00000000000000000', '1e+02', '1.000e+02'],
  ])('%d', (value, g17, g14, g1, f0, f2, f17, e0, e3) => {
    expect([17, 14, 1].map((precision) => formatG(value, precision))).toEqual([g17, g14, g1]);
    expect(formatG(value, 0)).toBe(g1);
    expect([0, 2, 17].map((decimals) => formatFixed(value, decimals))).toEqual([f0, f2, f17]);
    expect([0, 3].map((decimals) => formatExponential(value, decimals))).toEqual([e0, e3]);
  });

  it('rounds %f half to even on the exact value', () => {
    fc.assert(
      fc.property(anyDouble, fc.nat(40), (value, decimals) => {
        expect(formatFixed(value, decimals)).toBe(exactFixed(value, decimals));
      }),
      { numRuns: 3000 },
    );
  });

  it('rounds %e and %g as %f at the same place', () => {
    fc.assert(
      fc.property(anyDouble, fc.integer({ min: 1, max: 30 }), (value, digits) => {
        const text = formatExponential(value, digits - 1);
        const exponent = Number(text.slice(text.indexOf('e') + 1));
        expect(Number(text)).toBe(Number(formatG(value, digits)));
        const decimals = digits - 1 - exponent;
        if (decimals < 0 || decimals > 100) return;
        const fixed = exactFixed(value, decimals)
          .replace(/^(-?)[0.]*/, '$1')
          .replace('.', '');
        if (value !== 0) expect(text.slice(0, text.indexOf('e')).replace('.', '')).toBe(fixed);
      }),
      { numRuns: 3000 },
    );
  });

  it('rounds integers of more digits than are asked for half to even', () => {
    expect(formatG(25, 1)).toBe('2e+01');
    expect(formatG(35, 1)).toBe('4e+01');
    expect(formatG(2 ** 60 + 2 ** 10, 3)).toBe('1.15e+18');
    expect(formatExponential(1250, 1)).toBe('1.2e+03');
    expect(formatExponential(1350, 1)).toBe('1.4e+03');
  });
});

describe('formatDouble', () => {
  // As ZSCORE of the real server replies.
  it.each([
    [0.1, '0.10000000000000001'],
    [3e100, '2.9999999999999999e+100'],
    [1e-7, '9.9999999999999995e-08'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [1e21, '1e+21'],
    [123456789012345680, '1.2345678901234568e+17'],
    [1.5, '1.5'],
    [1e17, '1e+17'],
    [1e16, '10000000000000000'],
    [12345678.9, '12345678.9'],
    [2.225073858507201e-308, '2.2250738585072009e-308'],
    [-0, '-0'],
  ])('%d', (value, text) => {
    expect(formatDouble(value)).toBe(text);
    const target = new Uint8Array(30);
    expect(latin1(target, 3, writeDouble(target, 3, value))).toBe(text);
  });

  it('is %.17g, reads back as the same value, and is what writeDouble writes', () => {
    const target = new Uint8Array(24);
    fc.assert(
      fc.property(fc.oneof(anyDouble, fc.maxSafeInteger()), (value) => {
        const text = formatDouble(value);
        expect(text).toBe(formatG(value, 17));
        expect(Number(text)).toBe(value);
        expect(latin1(target, 0, writeDouble(target, 0, value))).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('writeDouble', () => {
  it('writes multiples of 1/1024 exactly', () => {
    const target = new Uint8Array(24);
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), (n) => {
        const value = n / 1024;
        expect(latin1(target, 0, writeDouble(target, 0, value))).toBe(formatG(value, 17));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([NaN, Infinity, -Infinity, -0, 5e-324, -5e-324, 999999.9990234375, -1000000.5])(
    'writes %d as formatDouble does, in 24 bytes',
    (value) => {
      const target = new Uint8Array(24);
      const end = writeDouble(target, 0, value);
      expect(end).toBeLessThanOrEqual(24);
      expect(latin1(target, 0, end)).toBe(formatDouble(value));
    },
  );
});

describe('formatHuman', () => {
  // The first two as GEOPOS of the real server replies.
  it.each([
    [13.36138933897018433, '13.36138933897018433'],
    [38.11555639549629859, '38.11555639549629859'],
    [0, '0'],
    [-0, '0'],
    [-1e-20, '0'],
    [100, '100'],
    [-2.5, '-2.5'],
    [Infinity, 'inf'],
  ])('%d', (value, text) => {
    expect(formatHuman(value)).toBe(text);
  });
});
