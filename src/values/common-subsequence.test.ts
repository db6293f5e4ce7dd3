import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { CommonSubsequence } from './common-subsequence.ts';

/** The plain table of lengths. */
function lengthOf(a: Uint8Array, b: Uint8Array): number {
  const table = Array.from({ length: a.length + 1 }, () =>
    Array.from({ length: b.length + 1 }, () => 0),
  );
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++)
      table[i]![j] =
        a[i - 1] === b[j - 1]
          ? table[i - 1]![j - 1]! + 1
          : Math.max(table[i - 1]![j]!, table[i]![j - 1]!);
  return table[a.length]![b.length]!;
}

const few = fc
  .array(fc.integer({ min: 0, max: 3 }), { maxLength: 80 })
  .map((list) => Uint8Array.from(list));

describe('CommonSubsequence', () => {
  it('is as long as possible, and made of runs that both strings have, in order', () => {
    fc.assert(
      fc.property(few, few, (a, b) => {
        const common = new CommonSubsequence(a, 0, a.length, b, 0, b.length, true);
        expect(common.length).toBe(lengthOf(a, b));
        let total = 0;
        let aBound = a.length;
        let bBound = b.length;
        common.forEachRun((aAt, bAt, length) => {
          expect(aAt + length).toBeLessThanOrEqual(aBound);
          expect(bAt + length).toBeLessThanOrEqual(bBound);
          expect([...a.subarray(aAt, aAt + length)]).toEqual([...b.subarray(bAt, bAt + length)]);
          aBound = aAt;
          bBound = bAt;
          total += length;
        });
        expect(total).toBe(common.length);
        expect(new CommonSubsequence(a, 0, a.length, b, 0, b.length, false).length).toBe(total);
      }),
      { numRuns: 400 },
    );
  });

  it('compares ranges inside larger arrays', () => {
    const a = Uint8Array.from([9, 1, 2, 3, 9]);
    const b = Uint8Array.from([9, 9, 2, 3, 4]);
    expect(new CommonSubsequence(a, 1, 4, b, 2, 5, true).length).toBe(2);
    expect(new CommonSubsequence(a, 1, 1, b, 2, 5, true).length).toBe(0);
  });
});
