/**
 * Active expiry: removes expired keys that nobody asks for, in slices of bounded time.
 *
 * Each database's expiring entries are walked in hash order, a few at a time; a slice goes on with a
 * database while more than a tenth of the entries it met had expired, and ends when its time is
 * over. What a slice did not reach, the next one does. The share of expired keys met is what INFO
 * calls expired_stale_perc.
 *
 * The real server's cycle samples hash buckets in the same way; numbers and thresholds, and how they
 * follow active-expire-effort, are its own.
 */
import type { Clock } from '../env/clock.ts';
import { expiryOf } from '../values/entry.ts';
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
  /** Entries met and removed in the present slice. */
  #looked = 0;
  #removed = 0;

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
    if (!this.enabled || keyspace.loading || keyspace.expiryMode !== 'remove') return false;
    const began = this.#clock.monotonicMicroseconds();
    this.#looked = 0;
    this.#removed = 0;
    let isOver = false;
    for (let visits = keyspace.databases.length; visits > 0 && !isOver; visits--) {
      isOver = this.#clean(keyspace.databases[this.#database], began + budget);
      if (!isOver) this.#database = (this.#database + 1) % keyspace.databases.length;
    }
    if (isOver) this.timeCapReached++;
    const share = this.#looked === 0 ? 0 : (this.#removed * 100) / this.#looked;
    this.stalePercent = share * 0.05 + this.stalePercent * 0.95;
    this.microseconds += this.#clock.monotonicMicroseconds() - began;
    return isOver;
  }

  /** Works on a database while that is worthwhile; true when the deadline was reached first. */
  #clean(database: Database, deadline: number): boolean {
    const step = STEP + Math.floor((STEP / 4) * (this.effort - 1));
    const acceptable = ACCEPTABLE_PERCENT - (this.effort - 1);
    while (database.expires.size > 0) {
      const looked = this.#looked;
      const removed = this.#removed;
      this.#step(database, step);
      if (this.#clock.monotonicMicroseconds() > deadline) return true;
      if ((this.#removed - removed) * 100 <= acceptable * (this.#looked - looked)) return false;
    }
    return false;
  }

  /** Looks at the next entries of a database and removes those past their time. */
  #step(database: Database, step: number): void {
    const { heap, now } = this.#keyspace;
    let ttlSum = 0;
    let alive = 0;
    database.expiryCursor = database.expires.scan(database.expiryCursor, step, (entry, hash) => {
      this.#looked++;
      const left = expiryOf(heap, entry) - now;
      if (left < 0) {
        this.#removed++;
        database.expire(entry, hash);
      } else {
        ttlSum += left;
        alive++;
      }
    });
    if (alive === 0) return;
    const mean = ttlSum / alive;
    const { averageTtl } = database;
    database.averageTtl = averageTtl === 0 ? mean : averageTtl * 0.98 + mean * 0.02;
  }
}
