/**
 * SHA-1 (FIPS 180-4), for naming scripts and for DEBUG DIGEST. Not for security: collisions can
 * be made. It is here because the engine imports nothing from the runtime.
 */

/** The message schedule of one block. Module-level: a digest runs to its end in one call. */
const schedule = new Int32Array(80);
const HEX = '0123456789abcdef';

/** The 20-byte digest of `bytes[start, end)`. */
export function sha1(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const length = end - start;
  let at = start;
  for (; end - at >= 64; at += 64) compress(state, bytes, at);

  // The rest, a one bit, zeros, and the length in bits fill one block or two.
  const rest = end - at;
  const padded = new Uint8Array(rest < 56 ? 64 : 128);
  for (let i = 0; i < rest; i++) padded[i] = bytes[at + i]!;
  padded[rest] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, length << 3);
  for (let i = 0; i < padded.length; i += 64) compress(state, padded, i);

  const digest = new Uint8Array(20);
  for (let i = 0; i < 20; i++) digest[i] = state[i >> 2]! >>> (24 - 8 * (i & 3));
  return digest;
}

/** The digest as 40 lower-case hexadecimal characters. */
export function sha1Hex(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (const byte of sha1(bytes, start, end)) text += HEX[byte >> 4]! + HEX[byte & 15]!;
  return text;
}

/** Takes one block of 64 bytes into the state. */
function compress(state: Int32Array, bytes: Uint8Array, from: number): void {
  const words = schedule;
  for (let i = 0; i < 16; i++) {
    const at = from + 4 * i;
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let i = 16; i < 80; i++) {
    const mixed = words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!;
    words[i] = (mixed << 1) | (mixed >>> 31);
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  for (let i = 0; i < 80; i++) {
    let mixed: number;
    if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
    else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
    else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else mixed = (b ^ c ^ d) + 0xca62c1d6;
    const next = (((a << 5) | (a >>> 27)) + mixed + e + words[i]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
}
