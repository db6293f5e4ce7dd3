/**
 * The keyed hash behind every dictionary: HalfSipHash-1-3 (Aumasson and Bernstein's SipHash on
 * 32-bit words, 64-bit key, 32-bit result).
 *
 * Why this one. A client chooses its keys, and SCAN lets it see their hash order, so the function
 * must stay unpredictable to somebody who watches its results: a pseudorandom function is needed,
 * not merely a well-mixed or a universal hash (tabulation and multilinear hashes are linear, and
 * could be solved from the order SCAN reveals). All 32 bits are equally good, which the dictionary
 * relies on: it takes the high bits first.
 *
 * Cost. Byte-at-a-time FNV-1a, which resists nothing, is no faster from 16 bytes on: the four
 * words of state live in registers, and one round takes four bytes.
 *
 * The key belongs to the process. The composition root seeds it once from real randomness, before
 * the first dictionary exists: a hash is only comparable with others made under the same key.
 */

let key0 = 0x03020100;
let key1 = 0x07060504;

/** Sets the key of the process (two 32-bit words). Hashes made before are worthless afterwards. */
export function seedHash(k0: number, k1: number): void {
  key0 = k0 | 0;
  key1 = k1 | 0;
}

/**
 * The hash of `bytes[start, end)` under the process's key, a signed 32-bit integer. Allocates
 * nothing; O(length), about 14 ns for 8 bytes, 20 ns for 16 and 33 ns for 32. The rounds are
 * written out because that is a third faster than loops around one copy.
 */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  // Without these `| 0` the compiler carries the state as values of unknown type: 1.7x slower.
  let v0 = key0 | 0;
  let v1 = key1 | 0;
  let v2 = 0x6c796765 ^ v0;
  let v3 = 0x74656462 ^ v1;
  const length = (end - start) | 0;
  const wordsEnd = start + (length & ~3);
  let at = start;
  while (at < wordsEnd) {
    const word =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    at += 4;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (((v0 << 16) | (v0 >>> 16)) + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  // The last word: what remains of the bytes, with the length (mod 256) on top.
  let last = length << 24;
  const rest = length & 3;
  if (rest > 2) last |= bytes[at + 2]! << 16;
  if (rest > 1) last |= bytes[at + 1]! << 8;
  if (rest > 0) last |= bytes[at]!;
  v3 ^= last;
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (((v0 << 16) | (v0 >>> 16)) + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = ((v2 << 16) | (v2 >>> 16)) ^ 0xff;
  v0 ^= last;
  // Finalization, round 1.
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (((v0 << 16) | (v0 >>> 16)) + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = (v2 << 16) | (v2 >>> 16);
  // Round 2.
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (((v0 << 16) | (v0 >>> 16)) + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = (v2 << 16) | (v2 >>> 16);
  // Round 3, without what the result does not use.
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (((v0 << 16) | (v0 >>> 16)) + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  return v1 ^ v3;
}
