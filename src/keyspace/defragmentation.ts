/**
 * Active defragmentation: when deletions have left the heap's segments sparse, moves what is in the
 * sparsest of them to the others, in bounded slices between requests, so that whole segments go back
 * to the system.
 *
 * Moved is what only a database or a table of members refers to: tables, entries, values that are one
 * block of the heap (strings, listpacks, intsets), and the members of sets and hashes with at most
 * `active-defrag-max-scan-fields` of them. What stands inside other collections (quicklists, skiplists,
 * streams) stays where it is, and keeps its segment. Between two slices nothing is remembered but a position in hash order, so whatever commands
 * do in between is all right; while a snapshot or a script holds references, nothing is moved.
 */
import type { Config } from '../config/config.ts';
import type { Clock } from '../env/clock.ts';
import type { Dict } from '../memory/dict.ts';
import { HeapFull } from '../memory/heap.ts';
import {
  encodingOf,
  type Entry,
  isInline,
  payloadOf,
  setPayload,
  TYPE_HASH,
  TYPE_SET,
  TYPE_STREAM,
  TYPE_STRING,
  typeOf,
} from '../values/entry.ts';
import { FieldTable } from '../values/field-table.ts';
import { HashSet } from '../values/hash-set.ts';
import type { Database } from './database.ts';
import { LISTEN_BEFORE } from './events.ts';
import type { Keyspace } from './keyspace.ts';

/** Entries looked at between two looks at the clock. */
const BATCH = 32;
/** Pages of tables (256 KiB) moved in one step. */
const PAGES = 2;
/** Milliseconds between two looks at whether there is something to do, … */
const PERIOD_MS = 1000;
/** … and after a pass that gave no segment back: what is left cannot be moved. */
const FRUITLESS_PERIOD_MS = 60_000;

export class Defragmentation {
  /** Blocks moved, and entries looked at that had none to move. */
  hits = 0;
  misses = 0;
  keyHits = 0;
  keyMisses = 0;
  /** Microseconds for which passes have been going on: those before, and since when there is one. */
  #passed = 0;
  #began = 0;

  readonly #keyspace: Keyspace;
  readonly #config: Config;
  readonly #clock: Clock;
  #nextLook = 0;
  #reservedBefore = 0;
  /** The database that is walked, and how far; its tables are moved first. */
  #database = 0;
  #cursor = 0;
  #areTablesMoved = false;
  readonly #refs: Entry[] = [];
  readonly #hashes: number[] = [];

  constructor(keyspace: Keyspace, config: Config, clock: Clock) {
    this.#keyspace = keyspace;
    this.#config = config;
    this.#clock = clock;
  }

  /** Percent of the processor's time that a pass takes at present; 0: there is none. */
  get percent(): number {
    return this.#keyspace.heap.isEmptying ? this.#effort : 0;
  }

  /** Milliseconds of the present pass, and of all. */
  get currentTime(): number {
    return this.#began === 0 ? 0 : Math.floor(this.#elapsed / 1000);
  }

  get totalTime(): number {
    return Math.floor((this.#passed + this.#elapsed) / 1000);
  }

  /** Sets what INFO counts back to zero. */
  resetStatistics(): void {
    this.hits = 0;
    this.misses = 0;
    this.keyHits = 0;
    this.keyMisses = 0;
    this.#passed = 0;
  }

  /**
   * To be called ten times a second: begins a pass when one is due. Returns for how many microseconds
   * of the next tenth of a second `step` may work.
   */
  tick(): number {
    const { heap, now } = this.#keyspace;
    if (!this.#config.activedefrag) {
      if (heap.isEmptying) this.#end();
      return 0;
    }
    if (!heap.isEmptying && now >= this.#nextLook) this.#look();
    return heap.isEmptying ? this.#effort * 1000 : 0;
  }

  /** Works for about so many microseconds; returns whether the pass goes on. */
  step(microseconds: number): boolean {
    const { events, heap, loading } = this.#keyspace;
    if (!heap.isEmptying) return false;
    // Somebody holds references to entries: later.
    if (loading || (events.active & LISTEN_BEFORE) !== 0) return false;
    const end = this.#clock.monotonicMicroseconds() + microseconds;
    do {
      const database = this.#keyspace.databases[this.#database];
      if (database === undefined) {
        this.#end();
        return false;
      }
      if (!this.#workIfRoom(database)) return false;
    } while (this.#clock.monotonicMicroseconds() < end);
    return true;
  }

  get #elapsed(): number {
    return this.#began === 0 ? 0 : this.#clock.monotonicMicroseconds() - this.#began;
  }

  /** Bytes taken from the system that no block uses, in percent of those in use. */
  get #fragmentation(): number {
    const { reserved, used } = this.#keyspace.heap;
    return ((reserved - used) * 100) / Math.max(1, used);
  }

  /** From cycle-min at the lower threshold to cycle-max at the upper one. */
  get #effort(): number {
    const { activeDefragCycleMax, activeDefragCycleMin } = this.#config;
    const { activeDefragThresholdLower, activeDefragThresholdUpper } = this.#config;
    const range = Math.max(1, activeDefragThresholdUpper - activeDefragThresholdLower);
    const share = Math.min(1, (this.#fragmentation - activeDefragThresholdLower) / range);
    const effort = activeDefragCycleMin + (activeDefragCycleMax - activeDefragCycleMin) * share;
    return Math.max(activeDefragCycleMin, Math.round(effort));
  }

  #look(): void {
    const { heap, now } = this.#keyspace;
    const { activeDefragIgnoreBytes, activeDefragThresholdLower } = this.#config;
    this.#nextLook = now + PERIOD_MS;
    if (heap.reserved - heap.used < activeDefragIgnoreBytes) return;
    if (this.#fragmentation < activeDefragThresholdLower) return;
    this.#reservedBefore = heap.reserved;
    if (heap.beginEmptying() === 0) return;
    this.#began = this.#clock.monotonicMicroseconds();
    this.#database = 0;
    this.#cursor = 0;
    this.#areTablesMoved = false;
  }

  #end(): void {
    const { heap, now } = this.#keyspace;
    heap.endEmptying();
    this.#passed += this.#elapsed;
    this.#began = 0;
    const isFruitless = heap.reserved >= this.#reservedBefore;
    this.#nextLook = now + (isFruitless ? FRUITLESS_PERIOD_MS : PERIOD_MS);
  }

  /** Without memory for a single block more, the pass ends: false. */
  #workIfRoom(database: Database): boolean {
    try {
      this.#work(database);
      return true;
    } catch (error) {
      if (!(error instanceof HeapFull)) throw error;
      this.#end();
      return false;
    }
  }

  /** The next step in a database: some pages of its tables, then some entries. */
  #work(database: Database): void {
    if (!this.#areTablesMoved) {
      this.#areTablesMoved =
        database.keys.leaveSegments(PAGES) && database.expires.leaveSegments(PAGES);
      return;
    }
    this.#cursor = this.#moveEntries(database, database.keys);
    if (this.#cursor !== 0) return;
    this.#database++;
    this.#areTablesMoved = false;
  }

  #moveEntries(database: Database, keys: Dict): number {
    const refs = this.#refs;
    const hashes = this.#hashes;
    refs.length = 0;
    hashes.length = 0;
    const next = keys.scan(this.#cursor, BATCH, (entry, hash) => {
      refs.push(entry);
      hashes.push(hash);
    });
    for (const [i, entry] of refs.entries()) this.#moveEntry(database, entry, hashes[i]!);
    return next;
  }

  #moveEntry(database: Database, entry: Entry, hash: number): void {
    const { heap } = this.#keyspace;
    const before = this.hits;
    if (!isInline(heap, entry)) {
      if (this.#isBlock(entry)) this.#movePayload(entry);
      else this.#moveMembers(entry);
    }
    if (heap.mustLeave(entry)) {
      database.moved(entry, heap.clone(entry), hash);
      heap.free(entry);
      this.hits++;
    } else this.misses++;
    if (this.hits === before) this.keyMisses++;
    else this.keyHits++;
  }

  #movePayload(entry: Entry): void {
    const { heap } = this.#keyspace;
    const payload = payloadOf(heap, entry);
    if (!heap.mustLeave(payload)) {
      this.misses++;
      return;
    }
    setPayload(heap, entry, heap.clone(payload));
    heap.free(payload);
    this.hits++;
  }

  /** Moves the members of a set or hash, unless they are too many for one step. */
  #moveMembers(entry: Entry): void {
    const { heap, objects } = this.#keyspace;
    const type = typeOf(heap, entry);
    if (type !== TYPE_SET && type !== TYPE_HASH) return;
    const value = objects.get(payloadOf(heap, entry));
    if (!(value instanceof HashSet || value instanceof FieldTable)) return;
    if (value.size > this.#config.activeDefragMaxScanFields) return;
    value.dict.leaveSegments(Infinity);
    const moved = value.dict.moveBlocks();
    this.hits += moved;
    this.misses += value.size - moved;
  }

  /** Whether the payload of an entry is a block of the heap, not a large value's handle. */
  #isBlock(entry: Entry): boolean {
    const { heap } = this.#keyspace;
    const type = typeOf(heap, entry);
    if (type === TYPE_STRING) return true;
    return type !== TYPE_STREAM && encodingOf(heap, entry) === 0;
  }
}
