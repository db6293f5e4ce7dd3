/**
 * Strings as arrays of bits: counting, searching and combining. Bit 0 is the highest bit of the first
 * byte. Ranges of bytes are [start, end); whole words are used wherever the memory is aligned for it,
 * which long values are, since their blocks are.
 */

/** Below this many bytes a view for words costs more than it saves. */
const WORTH_WORDS = 64;
const WORD_BYTES = 4;
/** What is combined at a time, so that the target stays in the cache between two sources. */
const CHUNK_BYTES = 32 * 1024;

export const BIT_AND = 0;
export const BIT_OR = 1;
export const BIT_XOR = 2;
export const BIT_NOT = 3;
export type BitOperation = 0 | 1 | 2 | 3;

/** Number of 1 bits by byte. */
const BYTE_COUNTS = Uint8Array.from({ length: 256 }, (_, byte) => countWord(byte));

/** Number of 1 bits of a word: sums of pairs, of fours, of eights, and those by multiplication. */
function countWord(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Number of 1 bits. O(bytes). */
export function countBits(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < WORTH_WORDS) return countByteBits(bytes, start, end);
  const first = alignedAbove(bytes, start);
  const count = Math.floor((end - first) / WORD_BYTES);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + first, count);
  const behind = first + count * WORD_BYTES;
  return countByteBits(bytes, start, first) + countWords(words) + countByteBits(bytes, behind, end);
}

function countByteBits(bytes: Uint8Array, start: number, end: number): number {
  let total = 0;
  for (let at = start; at < end; at++) total += BYTE_COUNTS[bytes[at]];
  return total;
}

/**
 * Eight words a turn by carry-save adders (Harley and Seal): each adds three bits of a place at once,
 * in all places, so that only one word in eight has its bits counted.
 */
function countWords(words: Int32Array): number {
  const whole = words.length & ~7;
  let total = 0;
  let ones = 0;
  let twos = 0;
  let fours = 0;
  for (let at = 0; at < whole; at += 8) {
    let a = words[at];
    let b = words[at + 1];
    let half = ones ^ a;
    const twosA = (ones & a) | (half & b);
    ones = half ^ b;
    a = words[at + 2];
    b = words[at + 3];
    half = ones ^ a;
    const twosB = (ones & a) | (half & b);
    ones = half ^ b;
    half = twos ^ twosA;
    const foursA = (twos & twosA) | (half & twosB);
    twos = half ^ twosB;
    a = words[at + 4];
    b = words[at + 5];
    half = ones ^ a;
    const twosC = (ones & a) | (half & b);
    ones = half ^ b;
    a = words[at + 6];
    b = words[at + 7];
    half = ones ^ a;
    const twosD = (ones & a) | (half & b);
    ones = half ^ b;
    half = twos ^ twosC;
    const foursB = (twos & twosC) | (half & twosD);
    twos = half ^ twosD;
    half = fours ^ foursA;
    total += countWord((fours & foursA) | (half & foursB));
    fours = half ^ foursB;
  }
  total = total * 8 + countWord(fours) * 4 + countWord(twos) * 2 + countWord(ones);
  for (let at = whole; at < words.length; at++) total += countWord(words[at]);
  return total;
}

/** The first index from `index` on at which a word may begin. */
function alignedAbove(bytes: Uint8Array, index: number): number {
  return index + (-(bytes.byteOffset + index) & (WORD_BYTES - 1));
}

/** Number of 1 bits among bits `first` to `last` (included) of the bytes from `start` on. */
export function countBitRange(
  bytes: Uint8Array,
  start: number,
  first: number,
  last: number,
): number {
  const firstByte = start + Math.floor(first / 8);
  const lastByte = start + Math.floor(last / 8);
  const before = bytes[firstByte] & ~(0xff >>> (first & 7));
  const behind = bytes[lastByte] & (0x7f >>> (last & 7));
  return countBits(bytes, firstByte, lastByte + 1) - BYTE_COUNTS[before] - BYTE_COUNTS[behind];
}

/** Index of the first bit that is `bit`, counted from the byte at `start`; -1: none. O(bytes). */
export function findBit(bytes: Uint8Array, start: number, end: number, bit: number): number {
  const skipped = bit === 0 ? 0xff : 0;
  let at = start;
  if (end - start >= WORTH_WORDS) {
    const first = alignedAbove(bytes, start);
    while (at < first && bytes[at] === skipped) at++;
    if (at === first) at += skipWords(bytes, first, end, bit === 0 ? -1 : 0);
  }
  while (at < end && bytes[at] === skipped) at++;
  return at === end ? -1 : (at - start) * 8 + Math.clz32(bytes[at] ^ skipped) - 24;
}

/** How many bytes of words equal to `skipped` there are from the aligned index `first` on. */
function skipWords(bytes: Uint8Array, first: number, end: number, skipped: number): number {
  const count = Math.floor((end - first) / WORD_BYTES);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + first, count);
  let at = 0;
  while (at < count && words[at] === skipped) at++;
  return at * WORD_BYTES;
}

/** `findBit` among bits `first` to `last` (included); the index counts from bit 0. */
export function findBitInRange(
  bytes: Uint8Array,
  start: number,
  first: number,
  last: number,
  bit: number,
): number {
  const firstByte = Math.floor(first / 8);
  const lastByte = Math.floor(last / 8);
  // Bits before the range are made to be of the other kind, so that they are not found.
  const mask = 0xff >>> (first & 7);
  const head = bit === 0 ? bytes[start + firstByte] | ~mask : bytes[start + firstByte] & mask;
  const skipped = bit === 0 ? 0xff : 0;
  const differing = (head ^ skipped) & 0xff;
  let found: number;
  if (differing !== 0) found = firstByte * 8 + Math.clz32(differing) - 24;
  else {
    const rest = findBit(bytes, start + firstByte + 1, start + lastByte + 1, bit);
    if (rest < 0) return -1;
    found = (firstByte + 1) * 8 + rest;
  }
  return found <= last ? found : -1;
}

/** A string to combine with others; beyond its end it counts as zeros. */
export class BitSource {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
  /** The same memory as words. */
  readonly words: Int32Array;

  constructor(bytes: Uint8Array, start: number, length: number) {
    this.bytes = bytes;
    this.start = start;
    this.length = length;
    this.words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 2);
  }
}

/**
 * Writes the combination of the sources, bit by bit, over the whole target; BIT_NOT takes only the first.
 * The target's memory must not be a source's. O(sources * length of the target).
 */
export function combineBits(
  operation: BitOperation,
  target: BitSource,
  sources: readonly BitSource[],
): void {
  for (let from = 0; from < target.length; from += CHUNK_BYTES) {
    const end = Math.min(target.length, from + CHUNK_BYTES);
    copyChunk(target, sources[0], from, end);
    if (operation === BIT_NOT) applyBytesOrWords(BIT_NOT, target, sources[0], from, end);
    else {
      for (let i = 1; i < sources.length; i++)
        applyBytesOrWords(operation, target, sources[i], from, end);
    }
  }
}

function copyChunk(target: BitSource, source: BitSource, from: number, end: number): void {
  const present = Math.max(from, Math.min(end, source.length));
  const { bytes, start } = source;
  target.bytes.set(bytes.subarray(start + from, start + present), target.start + from);
  target.bytes.fill(0, target.start + present, target.start + end);
}

/** Combines bytes [from, end) of the target with the source's. */
function applyBytesOrWords(
  operation: BitOperation,
  target: BitSource,
  source: BitSource,
  from: number,
  end: number,
): void {
  const present = Math.max(from, Math.min(end, source.length));
  if (operation === BIT_AND) target.bytes.fill(0, target.start + present, target.start + end);
  const targetAt = target.bytes.byteOffset + target.start + from;
  const sourceAt = source.bytes.byteOffset + source.start + from;
  let at = from;
  if (((targetAt | sourceAt) & (WORD_BYTES - 1)) === 0) {
    const count = (present - from) >>> 2;
    applyWords(operation, target.words, targetAt >>> 2, source.words, sourceAt >>> 2, count);
    at += count * WORD_BYTES;
  }
  const { bytes, start } = target;
  for (; at < present; at++) {
    const byte = source.bytes[source.start + at];
    if (operation === BIT_AND) bytes[start + at] &= byte;
    else if (operation === BIT_OR) bytes[start + at] |= byte;
    else if (operation === BIT_XOR) bytes[start + at] ^= byte;
    else bytes[start + at] = ~byte;
  }
}

function applyWords(
  operation: BitOperation,
  target: Int32Array,
  targetAt: number,
  source: Int32Array,
  sourceAt: number,
  count: number,
): void {
  // One loop for each operation: the choice inside would cost more than the work.
  if (operation === BIT_AND) {
    for (let i = 0; i < count; i++) target[targetAt + i] &= source[sourceAt + i];
  } else if (operation === BIT_OR) {
    for (let i = 0; i < count; i++) target[targetAt + i] |= source[sourceAt + i];
  } else if (operation === BIT_XOR) {
    for (let i = 0; i < count; i++) target[targetAt + i] ^= source[sourceAt + i];
  } else {
    for (let i = 0; i < count; i++) target[targetAt + i] = ~source[sourceAt + i];
  }
}
