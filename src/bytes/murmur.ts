/**
 * MurmurHash64A (Austin Appleby, public domain), which HyperLogLog strings are defined by: both servers
 * must put an element into the same register. Little-endian, on two 32-bit halves.
 */

/** The multiplier 0xc6a4a7935bd1e995 in halves, and its low half in quarters. */
const MULTIPLIER_HIGH = 0xc6a4a793 | 0;
const MULTIPLIER_LOW = 0x5bd1e995;
const QUARTER_1 = 0x5bd1;
const QUARTER_0 = 0xe995;

/** The hash that `murmurHash64` computed last. */
export const murmur = { high: 0, low: 0 };

/** The high half of (high, low) * multiplier modulo 2^64; the low half is imul(low, MULTIPLIER_LOW). */
function multipliedHigh(high: number, low: number): number {
  const low0 = low & 0xffff;
  const low1 = low >>> 16;
  const product00 = Math.imul(low0, QUARTER_0);
  const product01 = Math.imul(low0, QUARTER_1);
  const product10 = Math.imul(low1, QUARTER_0);
  const middle = (product00 >>> 16) + (product01 & 0xffff) + (product10 & 0xffff);
  const carried = Math.imul(low1, QUARTER_1) + (product01 >>> 16) + (product10 >>> 16);
  const across = Math.imul(low, MULTIPLIER_HIGH) + Math.imul(high, MULTIPLIER_LOW);
  return (carried + (middle >>> 16) + across) | 0;
}

/** Leaves the hash of `bytes[start, end)` in `murmur`. The seed has 32 bits. O(length). */
export function murmurHash64(bytes: Uint8Array, start: number, end: number, seed: number): void {
  const length = end - start;
  let high = multipliedHigh(0, length);
  let low = Math.imul(length, MULTIPLIER_LOW) ^ seed;
  let at = start;
  for (const eights = end - 7; at < eights; at += 8) {
    let wordLow = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    let wordHigh =
      bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
    wordHigh = multipliedHigh(wordHigh, wordLow);
    wordLow = Math.imul(wordLow, MULTIPLIER_LOW);
    // Shifting right by 47 leaves bits in the low half only.
    wordLow ^= wordHigh >>> 15;
    high ^= multipliedHigh(wordHigh, wordLow);
    low ^= Math.imul(wordLow, MULTIPLIER_LOW);
    high = multipliedHigh(high, low);
    low = Math.imul(low, MULTIPLIER_LOW);
  }
  if (at < end) {
    for (let shift = 0; at < end; at++, shift += 8) {
      if (shift < 32) low ^= bytes[at] << shift;
      else high ^= bytes[at] << (shift - 32);
    }
    high = multipliedHigh(high, low);
    low = Math.imul(low, MULTIPLIER_LOW);
  }
  low ^= high >>> 15;
  high = multipliedHigh(high, low);
  low = Math.imul(low, MULTIPLIER_LOW);
  murmur.high = high;
  murmur.low = low ^ (high >>> 15);
}
