/**
 * The 24 bits that an entry keeps about its use, under either of two policies.
 *
 * LRU: the second of the last access, modulo 2^24 (194 days). LFU: the minute of the last decay,
 * modulo 2^16, and a counter of 8 bits that grows logarithmically: with each access by chance
 * 1 / ((counter - 5) * factor + 1) (Morris, 1978), and loses one for every decay period without use.
 */
import { randomUnit, type Random } from '../env/random.ts';

/** Counter of a new key: high enough not to be the first to go. */
export const LFU_INITIAL = 5;
const CLOCK_MASK = 0xffffff;
const MINUTES_MASK = 0xffff;

export function lruClock(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) & CLOCK_MASK;
}

/** Milliseconds since the last access. */
export function idleMilliseconds(clock: number, now: number): number {
  return ((lruClock(now) - clock) & CLOCK_MASK) * 1000;
}

function minutes(now: number): number {
  return Math.floor(now / 60_000) & MINUTES_MASK;
}

/** Clock of a key made now, under LFU. */
export function newLfuClock(now: number): number {
  return (minutes(now) << 8) | LFU_INITIAL;
}

/** The clock of a value that a server made for itself when it began, under the policy of then. */
export function startupClock(now: number, lfu: boolean): number {
  return lfu ? newLfuClock(now) : lruClock(now);
}

/** The counter as it stands now, decayed since its last access. `decayMinutes` 0: never decays. */
export function lfuCounter(clock: number, now: number, decayMinutes: number): number {
  if (decayMinutes === 0) return clock & 255;
  const elapsed = (minutes(now) - (clock >> 8)) & MINUTES_MASK;
  return Math.max(0, (clock & 255) - Math.floor(elapsed / decayMinutes));
}

/** The clock after an access. */
export function touchedLfuClock(
  clock: number,
  now: number,
  decayMinutes: number,
  logFactor: number,
  random: Random,
): number {
  let counter = lfuCounter(clock, now, decayMinutes);
  if (counter < 255) {
    const chance = 1 / (Math.max(0, counter - LFU_INITIAL) * logFactor + 1);
    if (randomUnit(random) < chance) counter++;
  }
  return (minutes(now) << 8) | counter;
}
