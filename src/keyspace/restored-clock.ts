/** The access clock of an entry that comes from a file or a payload. */
import { type Entry, setAccessClock } from '../values/entry.ts';
import { lruClock, newLfuClock } from './access-clock.ts';
import type { Keyspace } from './keyspace.ts';

/** Half the range of the LRU clock: longer idle times cannot be told from the future. Seconds. */
const LONGEST_IDLE = 0x7fffff;

/**
 * Gives the entry its idle time (seconds) or frequency (0 to 255), whichever the policy keeps; -1:
 * not known.
 */
export function restoreClock(
  keyspace: Keyspace,
  entry: Entry,
  idle: number,
  frequency: number,
): void {
  const { heap, now } = keyspace;
  if (keyspace.lfu) {
    if (frequency >= 0) setAccessClock(heap, entry, (newLfuClock(now) & ~0xff) | frequency);
  } else if (idle >= 0)
    setAccessClock(heap, entry, lruClock(now - Math.min(idle, LONGEST_IDLE) * 1000));
}
