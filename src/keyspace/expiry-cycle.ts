/**
 * Active expiry: removes expired keys that nobody asks for, in slices of bounded time.
 *
 * Each database's expiring entries are walked in hash order, a few at a time; a slice goes on with a
 * database while more than a tenth of the entries it met had expired, and ends when its time is
 * over. What a slice did not reach, the next one does. The share of expired keys met is what INFO
 * calls expired_stale_perc.
 */
import type { Clock } from '../env/clock.ts';
import { type Entry, expiryOf } from '../values/entry.ts';
import type { Database } from './database.ts';
import type { Keyspace } from './keyspace.ts';

/** Entries looked at before time is checked, at effort 1; each step of effort adds a quarter. */
const STEP = 20;
/** A database is left when at most this many percent of a step had expired, less effort. */
const ACCEPTABLE_PERCENT = 10;

export class ExpiryCycle {
  /** DEBUG SET-ACTIVE-EXPIRE. */
  enabled = true;
  /** active-expire-effort, 1 to 10. */
  effort = 1;
  /** Estimated percentage of expiring keys that are past their time. */
  stalePercent = 0;
  /** Slices that ended because their time was over. */
  timeCapReached = 0;
  /** Microseconds spent. */
  microseconds = 0;

  readonly #keyspace: Keyspace;
  readonly #clock: Clock;
  #database = 0;

  constructor(keyspace: Keyspace, clock: Clock) {
    this.#keyspace = keyspace;
    this.#clock = clock;
  }

  /** Sets what INFO counts back to zero. */
  resetStatistics(): void {
    this.timeCapReached = 0;
    this.microseconds = 0;
    this.stalePercent = 0;
  }

  /** One slice of at most about `budget` microseconds. Returns whether it ran out of time. */
  run(budget: number): boolean {
    const keyspace = this.#keyspace;
    if (!this.enabled || keyspace.expiryMode !== 'remove') return false;
    const began = this.#clock.monotonicMicroseconds();
    let looked = 0;
    let removed = 0;
    let isOver = false;
    for (let visits = keyspace.databases.length; visits > 0 && !isOver; visits--) {
      const database = keyspace.databases[this.#database];
      const step = Math.floor(STEP + (STEP / 4) * (this.effort - 1));
      let expired = step;
      while (database.expires.size > 0 && this.#isWorthwhile(expired, step)) {
        expired = this.#step(database, step);
        looked += step;
        removed += expired;
        isOver = this.#clock.monotonicMicroseconds() - began > budget;
        if (isOver) break;
      }
      if (!isOver) this.#database = (this.#database + 1) % keyspace.databases.length;
    }
    if (isOver) this.timeCapReached++;
    const share = looked === 0 ? 0 : (removed * 100) / looked;
    this.stalePercent = share * 0.05 + this.stalePercent * 0.95;
    this.microseconds += this.#clock.monotonicMicroseconds() - began;
    return isOver;
  }

  #isWorthwhile(expired: number, step: number): boolean {
    return expired * 100 > (ACCEPTABLE_PERCENT - (this.effort - 1)) * step;
  }

  /** Looks at the next entries of a database and removes those past their time. */
  #step(database: Database, step: number): number {
    const { heap, now } = this.#keyspace;
    let expired = 0;
    let ttlSum = 0;
    let alive = 0;
    const due: Entry[] = [];
    const hashes: number[] = [];
    database.expiryCursor = database.expires.scan(database.expiryCursor, step, (entry, hash) => {
      const left = expiryOf(heap, entry) - now;
      if (left <= 0) {
        due.push(entry);
        hashes.push(hash);
      } else {
        ttlSum += left;
        alive++;
      }
    });
    for (let i = 0; i < due.length; i++) {
      database.expire(due[i], hashes[i] | 0);
      expired++;
    }
    if (alive > 0) {
      const mean = ttlSum / alive;
      database.averageTtl =
        database.averageTtl === 0 ? mean : database.averageTtl * 0.98 + mean * 0.02;
    }
    return expired;
  }
}
