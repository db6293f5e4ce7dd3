/**
 * The dense form of a HyperLogLog's registers: six bits each, the first in the lowest bits of the
 * first byte, 12,288 bytes. Four registers take three bytes. `start` is where the registers begin.
 */
import { REGISTERS } from './hyperloglog-estimate.ts';

const REGISTER_BITS = 6;
const REGISTER_MASK = 63;
/** Bytes of all registers. */
export const DENSE_BYTES = (REGISTERS * REGISTER_BITS) / 8;

export function denseRegister(bytes: Uint8Array, start: number, index: number): number {
  const bit = index * REGISTER_BITS;
  const at = start + (bit >>> 3);
  const shift = bit & 7;
  // The last register ends with the last byte: what stands behind is masked off.
  return ((bytes[at] >>> shift) | (bytes[at + 1] << (8 - shift))) & REGISTER_MASK;
}

export function setDenseRegister(
  bytes: Uint8Array,
  start: number,
  index: number,
  rank: number,
): void {
  const bit = index * REGISTER_BITS;
  const at = start + (bit >>> 3);
  const shift = bit & 7;
  bytes[at] = (bytes[at] & ~(REGISTER_MASK << shift)) | (rank << shift);
  if (shift <= 8 - REGISTER_BITS) return;
  const kept = ~(REGISTER_MASK >>> (8 - shift));
  bytes[at + 1] = (bytes[at + 1] & kept) | (rank >>> (8 - shift));
}

/** Adds how many registers hold each rank to the histogram. */
export function countDense(bytes: Uint8Array, start: number, histogram: Int32Array): void {
  const end = start + DENSE_BYTES;
  for (let at = start; at < end; at += 3) {
    const four = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
    histogram[four & REGISTER_MASK]++;
    histogram[(four >>> 6) & REGISTER_MASK]++;
    histogram[(four >>> 12) & REGISTER_MASK]++;
    histogram[four >>> 18]++;
  }
}

/** Raises each of `ranks` to the register's, where that is higher. */
export function raiseFromDense(bytes: Uint8Array, start: number, ranks: Uint8Array): void {
  for (let index = 0, at = start; index < REGISTERS; index += 4, at += 3) {
    const four = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
    raise(ranks, index, four & REGISTER_MASK);
    raise(ranks, index + 1, (four >>> 6) & REGISTER_MASK);
    raise(ranks, index + 2, (four >>> 12) & REGISTER_MASK);
    raise(ranks, index + 3, four >>> 18);
  }
}

function raise(ranks: Uint8Array, index: number, rank: number): void {
  if (ranks[index] < rank) ranks[index] = rank;
}
