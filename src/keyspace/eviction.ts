/**
 * Chooses and removes the key that is the least loss, by one of the eight policies of `maxmemory`.
 *
 * LRU, LFU and TTL draw `samples` keys of every database, keep the best candidates in a pool
 * (eviction-pool.ts) and take the first of those that is still there; random policies draw one key,
 * from each database in turn. O(samples * databases in use) a key, whatever the number of keys.
 */
import { hashBytes } from '../bytes/hash.ts';
import { NOTIFY_EVICTED } from '../config/notify-classes.ts';
import { GRANULE_MASK, SEGMENT_SHIFT } from '../memory/heap.ts';
import { accessClockOf, type Entry, expiryOf, keyLength, keyOffset } from '../values/entry.ts';
import { idleMilliseconds, lfuCounter } from './access-clock.ts';
import type { Database } from './database.ts';
import { EvictionPool } from './eviction-pool.ts';
import type { Keyspace } from './keyspace.ts';

/** Neighbours taken with one draw, at most. */
const MOST_DRAWN = 16;

type Order = 'none' | 'lru' | 'lfu' | 'ttl' | 'random';

export class Evictor {
  /** maxmemory-samples */
  samples = 5;
  readonly #keyspace: Keyspace;
  readonly #pool = new EvictionPool();
  #policy = 'noeviction';
  #order: Order = 'none';
  /** Whether only keys that expire may go. */
  #isVolatile = false;
  /** What one draw found. */
  readonly #drawn = new Int32Array(MOST_DRAWN);
  /** The database whose turn it is, under a random policy. */
  #next = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** Whether keys may be evicted at all. */
  get isActive(): boolean {
    return this.#order !== 'none';
  }

  /** maxmemory-policy, as in redis.conf. */
  get policy(): string {
    return this.#policy;
  }

  set policy(policy: string) {
    if (policy === this.#policy) return;
    this.#policy = policy;
    this.#order = policy === 'noeviction' ? 'none' : (policy.split('-')[1] as Order);
    this.#isVolatile = policy.startsWith('volatile');
    this.#pool.clear();
  }

  /** Evicts one key; false when there is none that may go. */
  evictOne(): boolean {
    if (this.#order === 'none') return false;
    return this.#order === 'random' ? this.#evictAny() : this.#evictBest();
  }

  #evictAny(): boolean {
    const { databases, random } = this.#keyspace;
    for (let tries = databases.length; tries > 0; tries--) {
      this.#next = (this.#next + 1) % databases.length;
      const database = databases[this.#next]!;
      const dict = this.#isVolatile ? database.expires : database.keys;
      if (dict.size === 0) continue;
      const entry = dict.random(random);
      database.evict(entry, database.hashOf(entry), NOTIFY_EVICTED);
      return true;
    }
    return false;
  }

  #evictBest(): boolean {
    const { databases } = this.#keyspace;
    const pool = this.#pool;
    for (;;) {
      let isAny = false;
      for (const database of databases) if (this.#sample(database)) isAny = true;
      if (!isAny) return false;
      for (let best = pool.take(); best !== undefined; best = pool.take()) {
        const database = databases[best.database]!;
        const hash = hashBytes(best.key, 0, best.length);
        const dict = this.#isVolatile ? database.expires : database.keys;
        const entry = dict.find(best.key, 0, best.length, hash);
        if (entry === 0) continue;
        database.evict(entry, hash, NOTIFY_EVICTED);
        return true;
      }
    }
  }

  /** Draws keys of a database into the pool; false when it has none that may go. */
  #sample(database: Database): boolean {
    const dict = this.#isVolatile ? database.expires : database.keys;
    const { size } = dict;
    if (size === 0) return false;
    const { random } = this.#keyspace;
    const drawn = this.#drawn;
    for (let left = Math.min(this.samples, size); left > 0;) {
      const count = dict.randomRun(random, drawn, Math.min(left, drawn.length));
      for (let i = 0; i < count; i++) this.#offer(database, drawn[i]!);
      left -= count;
    }
    return true;
  }

  /** Puts an entry into the pool if it is worse kept than one that is there. */
  #offer(database: Database, entry: Entry): void {
    const { heap } = this.#keyspace;
    const pool = this.#pool;
    const score = this.#score(entry);
    if (!pool.accepts(score)) return;
    const start = ((entry & GRANULE_MASK) << 3) + keyOffset(heap, entry);
    const end = start + keyLength(heap, entry);
    pool.add(score, database.index, entry, heap.bytes[entry >>> SEGMENT_SHIFT]!, start, end);
  }

  /** How readily an entry is given up: the higher, the sooner. */
  #score(entry: Entry): number {
    const keyspace = this.#keyspace;
    const { heap, now } = keyspace;
    if (this.#order === 'ttl') return -expiryOf(heap, entry);
    const clock = accessClockOf(heap, entry);
    if (this.#order === 'lru') return idleMilliseconds(clock, now);
    return 255 - lfuCounter(clock, now, keyspace.lfuDecayMinutes);
  }
}
