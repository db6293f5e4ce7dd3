/**
 * The keys that are read and written most, since the start and in the last second, while
 * `hotkeys-counters` is above 0. While it is 0 nothing is registered anywhere, and nothing is paid.
 *
 * What counts as a read is a look-up that counts as a use of a key that exists (not those of EXISTS,
 * TTL or a client that said CLIENT NO-TOUCH); as a write, every change of a key by whomever,
 * expiry and eviction included.
 */
import type { Config } from '../config/config.ts';
import { GRANULE_MASK, SEGMENT_SHIFT } from '../memory/heap.ts';
import { type Entry, keyLength, keyOffset } from '../values/entry.ts';
import type { Database } from './database.ts';
import { type KeyspaceListener, LISTEN_CHANGED } from './events.ts';
import { type HeavyHitter, HeavyHitters } from './heavy-hitters.ts';
import type { Keyspace, ReadListener } from './keyspace.ts';

const PERIOD_MS = 1000;

export type HotKeyAccess = 'read' | 'write';

export class HotKeys implements KeyspaceListener, ReadListener {
  readonly #keyspace: Keyspace;
  #reads: HeavyHitters | undefined;
  #writes: HeavyHitters | undefined;
  #periodBegan = 0;

  constructor(keyspace: Keyspace, config: Config) {
    this.#keyspace = keyspace;
    config.onApply(['hotkeys-counters'], () => this.#resize(config.hotkeysCounters));
    this.#resize(config.hotkeysCounters);
  }

  get isOn(): boolean {
    return this.#reads !== undefined;
  }

  /** Bytes this takes. */
  get bytesUsed(): number {
    return (this.#reads?.bytesUsed ?? 0) + (this.#writes?.bytesUsed ?? 0);
  }

  /** The keys used most, in descending order of a figure. */
  top(access: HotKeyAccess, most: number, by: 'count' | 'perSecond'): readonly HeavyHitter[] {
    return (access === 'read' ? this.#reads : this.#writes)?.top(most, by) ?? [];
  }

  /** Accesses of a kind that were counted. */
  total(access: HotKeyAccess): number {
    return (access === 'read' ? this.#reads : this.#writes)?.total ?? 0;
  }

  /** Forgets what was counted. */
  reset(): void {
    this.#reads?.clear();
    this.#writes?.clear();
    this.#periodBegan = this.#keyspace.now;
  }

  /** To be called several times a second, with the keyspace's time set. */
  tick(): void {
    if (this.#reads === undefined) return;
    const elapsed = this.#keyspace.now - this.#periodBegan;
    if (elapsed >= 0 && elapsed < PERIOD_MS) return;
    this.#periodBegan = this.#keyspace.now;
    // A clock that was set back tells nothing about the period.
    if (elapsed < 0) return;
    this.#reads.endPeriod(elapsed / 1000);
    this.#writes!.endPeriod(elapsed / 1000);
  }

  read(database: Database, entry: Entry, hash: number): void {
    const { heap } = this.#keyspace;
    const start = ((entry & GRANULE_MASK) << 3) + keyOffset(heap, entry);
    const end = start + keyLength(heap, entry);
    this.#reads!.count(database.index, hash, heap.bytes[entry >>> SEGMENT_SHIFT]!, start, end);
  }

  changed(database: Database, bytes: Uint8Array, start: number, end: number, hash: number): void {
    this.#writes!.count(database.index, hash, bytes, start, end);
  }

  #resize(counters: number): void {
    if (counters === (this.#reads?.capacity ?? 0)) return;
    const keyspace = this.#keyspace;
    if (this.isOn) keyspace.events.remove(this);
    this.#reads = counters === 0 ? undefined : new HeavyHitters(counters);
    this.#writes = counters === 0 ? undefined : new HeavyHitters(counters);
    keyspace.readListener = counters === 0 ? undefined : this;
    if (counters > 0) keyspace.events.add(this, LISTEN_CHANGED);
    this.#periodBegan = keyspace.now;
  }
}
