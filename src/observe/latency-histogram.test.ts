import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../env/random.ts';
import { LatencyHistograms } from './latency-histogram.ts';

function recorded(microseconds: readonly number[]): LatencyHistograms {
  const histograms = new LatencyHistograms(2);
  for (const one of microseconds) histograms.add(1, histograms.bucketOf(one));
  return histograms;
}

describe('percentiles', () => {
  it('are at most one part in 31 above the truth, and never below', () => {
    const seed = 20260101;
    const random = new SeededRandom(seed);
    const values = Array.from({ length: 5000 }, () => 2 ** ((random.next32() % 2900) / 100) / 1000);
    const histograms = recorded(values);
    const sorted = values.toSorted((one, other) => one - other);
    const asked = [0, 1, 25, 50, 90, 99, 99.9, 100];
    for (const [i, found] of histograms.percentiles(1, asked)!.entries()) {
      const rank = Math.max(1, Math.ceil((asked[i]! / 100) * sorted.length));
      const truth = sorted[rank - 1]!;
      expect(found, `p${asked[i]}, seed ${seed}`).toBeGreaterThanOrEqual(truth - 0.001);
      expect(found, `p${asked[i]}, seed ${seed}`).toBeLessThanOrEqual(truth * (1 + 1 / 31) + 0.001);
    }
  });

  it('are unknown for commands that have not run', () => {
    expect(recorded([1]).percentiles(0, [50])).toBeUndefined();
  });

  it('count what took longer than a second as a second', () => {
    const [most] = recorded([5e9, Infinity]).percentiles(1, [100])!;
    expect(most).toBeGreaterThan(0.99e6);
    expect(most).toBeLessThan(1.04e6);
  });

  it('take durations of nothing and below', () => {
    expect(recorded([0, -5, 0.0001]).percentiles(1, [100])).toEqual([0.001]);
  });
});

describe('of', () => {
  it('adds up to powers of two of 1.024 microseconds', () => {
    expect(recorded([0.5, 0.9, 1.5, 3, 3, 100]).of(1)).toEqual({
      calls: 6,
      cumulative: [
        [1, 2],
        [2, 3],
        [4, 5],
        [132, 6],
      ],
    });
  });

  it('forgets with reset, and records nothing while off', () => {
    const histograms = recorded([1, 2]);
    histograms.reset();
    expect(histograms.of(1)).toBeUndefined();
    histograms.enabled = false;
    expect(histograms.bucketOf(1)).toBe(-1);
  });
});
