import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sortFirst } from './partial-sort.ts';

const compare = (a: number, b: number): number => a - b;

describe('sortFirst', () => {
  it('puts the first ones where sorting all would', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 300 });
    fc.assert(
      fc.property(numbers, fc.nat(310), (items, count) => {
        const partly = [...items];
        sortFirst(partly, count, compare);
        const sorted = items.toSorted(compare);
        expect(partly.slice(0, count)).toEqual(sorted.slice(0, count));
        expect(partly.toSorted(compare)).toEqual(sorted);
      }),
    );
  });

  it('compares few items when few are wanted', () => {
    const items = Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 20_000);
    let comparisons = 0;
    sortFirst(items, 10, (a, b) => {
      comparisons++;
      return a - b;
    });
    expect(items.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(comparisons).toBeLessThan(100_000);
  });
});
