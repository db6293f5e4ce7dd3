import { describe, expect, it } from 'vitest';

import { SeededRandom } from '../env/random.ts';
import { arcSine, cosine, sine } from './geo-trigonometry.ts';

const BITS = 200n;
const ONE = 1n << BITS;

/** The value in fixed-point numbers of 200 bits, exactly for magnitudes down to 2^-140. */
function fixed(value: number): bigint {
  return BigInt(value * 2 ** 60 * 2 ** 80) << (BITS - 140n);
}

function series(angle: number, isSine: boolean): number {
  const x = fixed(angle);
  let term = isSine ? x : ONE;
  let sum = 0n;
  for (let power = isSine ? 1n : 0n; term !== 0n; power += 2n) {
    sum += term;
    term = -((((term * x) >> BITS) * x) >> BITS) / ((power + 1n) * (power + 2n));
  }
  return Number(sum) / 2 ** 200;
}

const SAMPLES = 20_000;

describe('trigonometry', () => {
  it('rounds sine and cosine correctly nearly always', () => {
    const random = new SeededRandom(3);
    let wrong = 0;
    for (let i = 0; i < SAMPLES; i++) {
      const scale = i % 3 === 0 ? 2 ** -(i % 40) : 1;
      const angle = (random.next32() / 2 ** 31 - 1) * Math.PI * scale;
      const s = series(angle, true);
      const c = series(angle, false);
      if (sine(angle) !== s) wrong++;
      if (cosine(angle) !== c) wrong++;
      expect(Math.abs(sine(angle) - s)).toBeLessThanOrEqual(Math.abs(s) * 2 ** -52);
      expect(Math.abs(cosine(angle) - c)).toBeLessThanOrEqual(Math.abs(c) * 2 ** -52);
    }
    expect(wrong).toBeLessThan(SAMPLES / 500);
  });

  it('inverts the sine', () => {
    const random = new SeededRandom(4);
    for (let i = 0; i < SAMPLES; i++) {
      const angle = ((random.next32() / 2 ** 31 - 1) * Math.PI) / 2.001;
      const back = arcSine(sine(angle));
      expect(Math.abs(back - angle)).toBeLessThan(2 ** -52 / Math.cos(angle));
    }
    expect(arcSine(0)).toBe(0);
    expect(arcSine(1)).toBe(Math.PI / 2);
    expect(arcSine(-1)).toBe(-Math.PI / 2);
    expect(arcSine(1.1)).toBeNaN();
  });
});
