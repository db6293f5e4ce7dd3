import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { hashBytes, seedHash } from './hash.ts';

const DEFAULT_KEY = [0x03020100, 0x07060504] as const;

/** HalfSipHash-c-d from its definition, with nothing unrolled: the oracle for the fast one. */
function reference(c: number, d: number, k0: number, k1: number, message: Uint8Array): number {
  const v = Uint32Array.of(k0, k1, 0x6c796765 ^ k0, 0x74656462 ^ k1);
  const rotate = (i: number, by: number) => {
    v[i] = (v[i]! << by) | (v[i]! >>> (32 - by));
  };
  const mix = (a: number, b: number, by: number) => {
    v[a]! += v[b]!;
    rotate(b, by);
    v[b]! ^= v[a]!;
  };
  const rounds = (times: number) => {
    for (let i = 0; i < times; i++) {
      mix(0, 1, 5);
      rotate(0, 16);
      mix(2, 3, 8);
      mix(0, 3, 7);
      mix(2, 1, 13);
      rotate(2, 16);
    }
  };
  const padded = new Uint8Array((message.length & ~3) + 4);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 4) {
    const word = view.getUint32(at, true);
    v[3]! ^= word;
    rounds(c);
    v[0]! ^= word;
  }
  v[2]! ^= 0xff;
  rounds(d);
  return (v[1]! ^ v[3]!) | 0;
}

const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i);

afterEach(() => seedHash(...DEFAULT_KEY));

describe('hashBytes', () => {
  it('has an oracle that gives the published HalfSipHash-2-4 vectors', () => {
    // Key 00..07, messages (), (00), (00 01): the 32-bit vectors published with the algorithm.
    const published = [0x5b9f35a9, 0xb85a4727, 0x03a662fa];
    const computed = published.map((_, n) => reference(2, 4, ...DEFAULT_KEY, counting(n)) >>> 0);
    expect(computed).toEqual(published);
  });

  it('is HalfSipHash-1-3 for every length, key and position', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(9),
        fc.integer(),
        fc.integer(),
        (message, offset, k0, k1) => {
          const buffer = new Uint8Array(offset + message.length + 5).fill(0xa5);
          buffer.set(message, offset);
          seedHash(k0, k1);
          const hash = hashBytes(buffer, offset, offset + message.length);
          expect(hash).toBe(reference(1, 3, k0, k1, message));
        },
      ),
    );
  });

  it('keeps its values under the default key', () => {
    const hashes = [0, 1, 4, 8, 15].map((n) => hashBytes(counting(n), 0, n) >>> 0);
    expect(hashes).toMatchInlineSnapshot(`
      [
        1477757078,
        3890767050,
        2114297510,
        1467586993,
        3492117252,
      ]
    `);
  });

  it('depends on the key', () => {
    const before = hashBytes(counting(8), 0, 8);
    seedHash(1, 2);
    expect(hashBytes(counting(8), 0, 8)).not.toBe(before);
    seedHash(...DEFAULT_KEY);
    expect(hashBytes(counting(8), 0, 8)).toBe(before);
  });
});

describe('distribution', () => {
  const SHAPES: Record<string, (i: number) => string> = {
    'sequential numbers': (i) => `${i}`,
    'prefixed, padded numbers': (i) => `key:${String(i).padStart(12, '0')}`,
    'a common suffix': (i) => `${i}:session`,
    'one letter repeated': (i) =>
      String.fromCodePoint(97 + (i % 26)).repeat(1 + Math.floor(i / 26)),
  };
  const BUCKETS = 1024;

  /** Chi-square of the hashes over buckets chosen by ten bits starting at bit `shift`. */
  function chiSquare(keys: string[], shift: number): number {
    const counts = Array.from({ length: BUCKETS }, () => 0);
    for (const key of keys) {
      const bytes = Uint8Array.from(key, (c) => c.codePointAt(0)!);
      counts[(hashBytes(bytes, 0, bytes.length) >>> shift) & (BUCKETS - 1)]!++;
    }
    const expected = keys.length / BUCKETS;
    return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  }

  for (const [shape, keyOf] of Object.entries(SHAPES)) {
    it(`is even in the high, middle and low bits: ${shape}`, () => {
      const keys = Array.from({ length: shape.startsWith('one') ? 6_000 : 40_000 }, (_, i) =>
        keyOf(i),
      );
      for (const shift of [22, 11, 0]) {
        // 1023 degrees of freedom: mean 1023, deviation 45; six deviations either way.
        expect(chiSquare(keys, shift)).toBeGreaterThan(750);
        expect(chiSquare(keys, shift)).toBeLessThan(1300);
      }
    });
  }

  it('flips every output bit with probability one half when an input bit flips', () => {
    const flips = Array.from({ length: 32 }, () => 0);
    const message = counting(12);
    let samples = 0;
    for (let key = 0; key < 100; key++) {
      seedHash(Math.imul(key, 0x9e3779b1), key);
      const base = hashBytes(message, 0, 12);
      for (let bit = 0; bit < 96; bit++) {
        message[bit >> 3]! ^= 1 << (bit & 7);
        const difference = base ^ hashBytes(message, 0, 12);
        message[bit >> 3]! ^= 1 << (bit & 7);
        for (let out = 0; out < 32; out++) flips[out]! += (difference >>> out) & 1;
        samples++;
      }
    }
    for (const count of flips) expect(Math.abs(count / samples - 0.5)).toBeLessThan(0.03);
  });
});
