import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes } from '../bytes/hash.ts';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { randomBelow, SeededRandom } from '../env/random.ts';
import { type HeavyHitter, HeavyHitters } from './heavy-hitters.ts';

function count(hitters: HeavyHitters, database: number, name: string, hash?: number): void {
  const key = fromLatin1(name);
  hitters.count(database, hash ?? hashBytes(key, 0, key.length), key, 0, key.length);
}

function nameOf({ database, key }: HeavyHitter): string {
  return `${database} ${latin1(key, 0, key.length)}`;
}

describe('HeavyHitters', () => {
  it('never counts too little, is too high by the excess at most, and misses no frequent key', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(1, 7, 2 ** 31),
        (seed, capacity, accesses, keys, hashes) => {
          const random = new SeededRandom(seed);
          const hitters = new HeavyHitters(capacity);
          const truth = new Map<string, number>();
          for (let i = 0; i < accesses; i++) {
            // The lower, the more often; few hashes make many keys share one.
            const name = `k${randomBelow(random, 1 + randomBelow(random, keys))}`;
            const database = randomBelow(random, 2);
            count(hitters, database, name, Number(name.slice(1)) % hashes);
            truth.set(`${database} ${name}`, (truth.get(`${database} ${name}`) ?? 0) + 1);
          }
          expect(hitters.total).toBe(accesses);
          const top = hitters.top(capacity, 'count');
          expect(top.length).toBe(Math.min(capacity, truth.size));
          const found = new Map(top.map((hitter) => [nameOf(hitter), hitter]));
          expect(found.size).toBe(top.length);
          let last = Infinity;
          for (const hitter of top) {
            const real = truth.get(nameOf(hitter))!;
            expect(hitter.count).toBeGreaterThanOrEqual(real);
            expect(hitter.count - hitter.excess).toBeLessThanOrEqual(real);
            expect(hitter.count).toBeLessThanOrEqual(last);
            last = hitter.count;
          }
          for (const [name, real] of truth)
            if (real > accesses / capacity) expect(found.has(name), name).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('tells what a period was like, also for a key that came in the middle of it', () => {
    const hitters = new HeavyHitters(2);
    for (let i = 0; i < 10; i++) count(hitters, 0, 'old');
    for (let i = 0; i < 4; i++) count(hitters, 0, 'other');
    hitters.endPeriod(2);
    expect(hitters.top(9, 'perSecond').map((one) => [nameOf(one), one.perSecond])).toEqual([
      ['0 old', 5],
      ['0 other', 2],
    ]);
    // It takes the counter of `other` over, and its count, which is not its own.
    for (let i = 0; i < 3; i++) count(hitters, 0, 'new');
    hitters.endPeriod(1);
    expect(hitters.top(9, 'perSecond')).toMatchObject([{ count: 7, excess: 4, perSecond: 3 }]);
    hitters.endPeriod(1);
    expect(hitters.top(9, 'perSecond')).toEqual([]);
    expect(hitters.top(9, 'count').map(nameOf)).toEqual(['0 old', '0 new']);
    hitters.clear();
    expect([hitters.top(9, 'count'), hitters.total]).toEqual([[], 0]);
  });

  it('keeps the beginning of long keys, and tells them apart by length and hash', () => {
    const hitters = new HeavyHitters(10);
    const long = 'x'.repeat(1000);
    count(hitters, 0, `${long}a`);
    count(hitters, 0, `${long}b`);
    count(hitters, 0, `${long}a`);
    count(hitters, 0, long);
    count(hitters, 0, '');
    const shown = hitters
      .top(9, 'count')
      .map(({ count: times, key, length }) => [times, key.length, length]);
    expect(shown.toSorted()).toEqual([
      [1, 0, 0],
      [1, 128, 1000],
      [1, 128, 1001],
      [2, 128, 1001],
    ]);
  });
});
