/** Generators for random parity tests: few keys, many awkward values. */
import * as fc from 'fast-check';

import type { Argument } from './raw-client.ts';

/** One of a few names, so that commands meet the same keys. */
export const key = (count = 5, prefix = 'key'): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max: count - 1 }).map((index) => `${prefix}${index}`);

/** A command name in any mix of cases. */
export const named = (name: string): fc.Arbitrary<string> =>
  fc.constantFrom(name, name.toLowerCase(), name[0]! + name.slice(1).toLowerCase());

/** Integers around the limits of 8 to 64 bits. */
export const integer: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: -20n, max: 20n }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(7n, 8n, 15n, 16n, 31n, 32n, 63n), fc.constantFrom(-1n, 0n, 1n))
      .chain(([bits, offset]) => fc.constantFrom((1n << bits) + offset, -(1n << bits) + offset)),
  },
  { weight: 1, arbitrary: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }) },
);

/** Integers as a client might spell them, most of them valid. */
export const integerText: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: integer.map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' 1', '1 ', '+1', '01', '-0', '1.0', '1e3', '0x10', 'nan', '-'),
  },
);

/** Floating-point numbers as a client might spell them, most of them valid. */
export const floatText: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((n) => String(n / 8)) },
  { weight: 2, arbitrary: fc.double({ noNaN: true }).map(String).map(plainInfinity) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '3.0e3',
      '-0',
      '0x1p3',
      'inf',
      '-inf',
      '+inf',
      'Infinity',
      'nan',
      '',
      ' 1',
      '1 ',
      '1e400',
      '1e-400',
      '.5',
      '5.',
      '1,5',
    ),
  },
);

/** Values on both sides of the int, embstr and raw encodings, with bytes of every kind. */
export const value: fc.Arbitrary<Argument> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 3, arbitrary: integerText },
  { weight: 1, arbitrary: floatText },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 8 }) },
  { weight: 1, arbitrary: fc.integer({ min: 42, max: 70 }).map((n) => 'x'.repeat(n)) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 5000 }).map((n) => 'y'.repeat(n)) },
);

/** Offsets and indexes: mostly small, on either side of zero. */
export const index: fc.Arbitrary<number> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -12, max: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom(-2147483649, 2147483647, 4294967296) },
);

/** Expiries in seconds that no test lives to see, and some that are past or invalid. */
export const farSeconds: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1_000, max: 1_000_000 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('0', '-1', '9223372036854775807', 'x') },
);

function plainInfinity(text: string): string {
  return text.replace('Infinity', 'inf');
}
