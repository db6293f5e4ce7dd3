/** How much a step of writing may write, so that it takes a fraction of a millisecond. */
import type { RdbOutput } from './output.ts';

/** Compressing takes about 6 ns a byte. */
export const STEP_BYTES = 32 * 1024;

/** The length of the output at which a step is over; with an infinite budget there is none. */
export function limitOf(output: RdbOutput, budget: number): number {
  return budget === Infinity ? Infinity : output.length + STEP_BYTES;
}
