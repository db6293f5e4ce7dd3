import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { murmur, murmurHash64 } from './murmur.ts';

const MULTIPLIER = 0xc6a4a7935bd1e995n;
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

/** The definition, in 64-bit arithmetic. */
function reference(bytes: Uint8Array, seed: bigint): bigint {
  let hash = wrap(seed ^ wrap(BigInt(bytes.length) * MULTIPLIER));
  const whole = bytes.length - (bytes.length % 8);
  const word = (from: number, to: number): bigint =>
    bytes.slice(from, to).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  for (let at = 0; at < whole; at += 8) {
    let mixed = wrap(word(at, at + 8) * MULTIPLIER);
    mixed = wrap((mixed ^ (mixed >> 47n)) * MULTIPLIER);
    hash = wrap((hash ^ mixed) * MULTIPLIER);
  }
  if (whole < bytes.length) hash = wrap((hash ^ word(whole, bytes.length)) * MULTIPLIER);
  hash = wrap((hash ^ (hash >> 47n)) * MULTIPLIER);
  return hash ^ (hash >> 47n);
}

describe('murmurHash64', () => {
  it('equals the definition for every length and seed, anywhere in an array', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 70 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.nat({ max: 9 }),
        (bytes, seed, before) => {
          const padded = new Uint8Array(before + bytes.length + 9).fill(0xa5);
          padded.set(bytes, before);
          murmurHash64(padded, before, before + bytes.length, seed | 0);
          const hash = (BigInt(murmur.high >>> 0) << 32n) | BigInt(murmur.low >>> 0);
          expect(hash).toBe(reference(bytes, BigInt(seed)));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
