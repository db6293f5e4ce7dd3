/**
 * A point-in-time image of all databases without a fork and without a copy.
 *
 * The walk goes through each database's dict in hash order, in slices. Scan cursors are positions in
 * that order, so an entry was written if its hash lies below the cursor:
 *
 *     0 ──── written ────▶ cursor ──── as it was, except the touched ────▶ 2^32
 *
 * What is about to change ahead of the cursor is written first, and its hash noted (`touched`); the
 * walk passes over every entry whose hash is noted. So does it over keys that are new: their hash is
 * noted when they appear, after others of the same hash were written.
 *
 * Dicts are what is walked, not databases: SWAPDB only exchanges the dicts of two databases, and
 * FLUSHDB gives a database new ones. The flushed dict stays whole until the walk is through with it
 * (LazyFree.pause), or is written at once when it is small.
 *
 * A value that takes long is written in steps; what changes meanwhile goes to `#aside` and follows
 * behind it. If that very value is about to change, its rest is written at once.
 *
 * Memory: some 10 bytes for each key touched ahead of the cursor, and what is not taken out of
 * `output` yet. The server must be between two commands when `step` is called.
 */
import { hashBytes } from '../bytes/hash.ts';
import type { Database } from '../keyspace/database.ts';
import { type KeyspaceListener, LISTEN_ADDED, LISTEN_BEFORE } from '../keyspace/events.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { Dict } from '../memory/dict.ts';
import { GRANULE_MASK, SEGMENT_SHIFT } from '../memory/heap.ts';
import { RdbOutput } from '../rdb/output.ts';
import { limitOf } from '../rdb/step-limit.ts';
import type { ValueRest } from '../rdb/value-writer.ts';
import {
  encodingOf,
  type Entry,
  isInline,
  payloadOf,
  TYPE_STREAM,
  TYPE_STRING,
  typeOf,
} from '../values/entry.ts';
import { TouchedHashes } from './touched-hashes.ts';

/** How a snapshot is written: as an RDB file, as commands, … */
export interface SnapshotFormat {
  begin(output: RdbOutput): void;
  /** What follows belongs to this database. */
  select(output: RdbOutput, database: number): void;
  /** How many keys the database has, and how many of them expire. */
  resize(output: RdbOutput, keys: number, expiring: number): void;
  /** Writes an entry; a long one in part: then what writes the rest is returned. */
  entry(output: RdbOutput, entry: Entry): ValueRest | undefined;
  end(output: RdbOutput): void;
}

/** A database as it was at the start. */
interface Source {
  readonly index: number;
  readonly dict: Dict;
  readonly keys: number;
  readonly expiring: number;
  readonly touched: TouchedHashes;
  /** Its database was flushed: nothing but this snapshot refers to the dict. */
  isFlushed: boolean;
}

/** Entries fetched from a dict at a time. */
const BATCH = 64;
/** Elements of a long value written in one go. */
const VALUE_STEP = 512;
/** A flushed database up to this size is written at once, since it is freed at once. */
const FREED_AT_ONCE = 4096;
const LAST_HASH = 0xffffffff;

export class Snapshot implements KeyspaceListener {
  /** What was written and not taken out yet. */
  readonly output = new RdbOutput(64 * 1024);
  /** Keys at the start, and those written so far. */
  readonly keys: number;
  written = 0;
  isComplete = false;
  /** Of no meaning: keeps what was read ahead from being optimised away. */
  sink = 0;

  readonly #keyspace: Keyspace;
  readonly #format: SnapshotFormat;
  readonly #sources: Source[] = [];
  readonly #aside = new RdbOutput();
  #selected = -1;
  #selectedAside = -1;
  /** The source that is walked, and how far. */
  #current = 0;
  #cursor = 0;
  #isSized = false;
  #rest: ValueRest | undefined;
  #restHash = 0;
  readonly #refs = new Int32Array(BATCH * 4);
  readonly #hashes = new Int32Array(BATCH * 4);

  /** Fixes the instant: what changes from now on is not in it. */
  constructor(keyspace: Keyspace, format: SnapshotFormat) {
    this.#keyspace = keyspace;
    this.#format = format;
    let keys = 0;
    for (const { index, keys: dict, expires } of keyspace.databases) {
      if (dict.size === 0) continue;
      const touched = new TouchedHashes();
      const expiring = expires.size;
      this.#sources.push({ index, dict, keys: dict.size, expiring, touched, isFlushed: false });
      keys += dict.size;
    }
    this.keys = keys;
    keyspace.events.add(this, LISTEN_BEFORE | LISTEN_ADDED);
    format.begin(this.output);
  }

  /**
   * Writes on: a batch of entries, or a part of a long value. Returns whether everything is written;
   * the snapshot has let go of the keyspace then.
   */
  step(): boolean {
    if (this.isComplete) return true;
    if (this.#rest !== undefined) {
      if (!this.#rest.step(this.output, VALUE_STEP)) return false;
      this.#endRest();
    }
    const source = this.#sources[this.#current];
    if (source === undefined) {
      this.#format.end(this.output);
      this.stop();
      this.isComplete = true;
      return true;
    }
    if (!this.#isSized) {
      this.#select(source);
      this.#format.resize(this.output, source.keys, source.expiring);
      this.#isSized = true;
    }
    this.#walk(source);
    return false;
  }

  /** Lets go of the keyspace: the snapshot is complete, or not wanted any more. */
  stop(): void {
    this.#keyspace.events.remove(this);
    for (const source of this.#sources) this.#release(source);
    this.#sources.length = 0;
    this.#rest = undefined;
  }

  beforeChange(database: Database, _entry: Entry, hash: number): void {
    const index = this.#indexOf(database.keys);
    if (index >= 0) this.#touch(index, hash, 0);
  }

  added(database: Database, entry: Entry, bytes: Uint8Array, start: number, end: number): void {
    const index = this.#indexOf(database.keys);
    if (index >= 0) this.#touch(index, hashBytes(bytes, start, end), entry);
  }

  flushed(index: number): void {
    for (const database of this.#keyspace.databases) {
      if (index >= 0 && database.index !== index) continue;
      const at = this.#indexOf(database.keys);
      if (at < 0) continue;
      const source = this.#sources[at];
      if (source.dict.size <= FREED_AT_ONCE) this.#writeAll(at);
      else {
        source.isFlushed = true;
        this.#keyspace.lazyFree.pause();
      }
    }
  }

  /** The source of a dict that is still to be walked, or -1. */
  #indexOf(dict: Dict): number {
    const sources = this.#sources;
    for (let i = this.#current; i < sources.length; i++) if (sources[i].dict === dict) return i;
    return -1;
  }

  /** Sees to it that all entries of this hash (but `except`) are written before they change. */
  #touch(index: number, hash: number, except: Entry): void {
    const source = this.#sources[index];
    if (index === this.#current) {
      if (this.#rest !== undefined && hash === this.#restHash) {
        this.#rest.step(this.output, Infinity);
        this.#endRest();
      }
      if (hash >>> 0 < this.#cursor) return;
    }
    if (source.touched.has(hash)) return;
    source.touched.add(hash);
    source.dict.scan(hash >>> 0, 1, (entry, found) => {
      if (found === hash && entry !== except) this.#writeNow(source, entry);
    });
  }

  /** Writes what is left of a source, out of turn. */
  #writeAll(index: number): void {
    const source = this.#sources[index];
    const isCurrent = index === this.#current;
    if (isCurrent && this.#rest !== undefined) {
      this.#rest.step(this.output, Infinity);
      this.#endRest();
    }
    let cursor = isCurrent ? this.#cursor : 0;
    do {
      cursor = source.dict.scan(cursor, BATCH, (entry, hash) => {
        if (!source.touched.has(hash)) this.#writeNow(source, entry);
      });
    } while (cursor !== 0);
    if (isCurrent) this.#next();
    else this.#sources.splice(index, 1);
  }

  /** Writes an entry whole, behind the long value in progress if there is one. */
  #writeNow(source: Source, entry: Entry): void {
    const format = this.#format;
    this.written++;
    if (this.#rest === undefined) {
      this.#select(source);
      format.entry(this.output, entry)?.step(this.output, Infinity);
      return;
    }
    if (this.#selectedAside !== source.index) {
      format.select(this.#aside, source.index);
      this.#selectedAside = source.index;
    }
    this.#aside.compresses = this.output.compresses;
    this.#aside.longestCompressed = this.output.longestCompressed;
    format.entry(this.#aside, entry)?.step(this.#aside, Infinity);
  }

  #select(source: Source): void {
    if (this.#selected === source.index) return;
    this.#format.select(this.output, source.index);
    this.#selected = source.index;
  }

  /** The long value is complete: what waited for it follows. */
  #endRest(): void {
    const aside = this.#aside;
    this.#rest = undefined;
    if (aside.length === 0) return;
    this.output.raw(aside.bytes, 0, aside.length);
    aside.clear();
    this.#selected = this.#selectedAside;
    this.#selectedAside = -1;
  }

  #walk(source: Source): void {
    if (this.#cursor > LAST_HASH) {
      this.#next();
      return;
    }
    const refs = this.#refs;
    const hashes = this.#hashes;
    let count = 0;
    const next = source.dict.scan(this.#cursor, BATCH, (entry, hash) => {
      // More only where many hashes are equal; those are written at once.
      if (count < refs.length) {
        refs[count] = entry;
        hashes[count++] = hash;
      } else if (!source.touched.has(hash)) this.#writeNow(source, entry);
    });
    this.#select(source);
    this.#readAhead(count);
    const limit = limitOf(this.output, 0);
    for (let i = 0; i < count; i++) {
      if (source.touched.has(hashes[i])) continue;
      this.written++;
      const rest = this.#format.entry(this.output, refs[i]);
      if (rest === undefined && this.output.length < limit) continue;
      if (i + 1 < count && hashes[i + 1] === hashes[i]) {
        rest?.step(this.output, Infinity);
        continue;
      }
      this.#rest = rest;
      this.#restHash = hashes[i];
      if (i + 1 === count) break;
      // The others are fetched again when the long value is through, or in the next step.
      this.#cursor = (hashes[i] >>> 0) + 1;
      return;
    }
    this.#cursor = next;
    source.touched.releaseBelow(next);
    // A long value at the very end keeps the source until it is written.
    if (next === 0) this.#afterLast();
  }

  /**
   * Reads the first bytes of the fetched entries, then of their values, in loops that do nothing
   * else, so that the processor overlaps the cache misses.
   */
  #readAhead(count: number): void {
    const { heap } = this.#keyspace;
    const refs = this.#refs;
    let seen = 0;
    for (let i = 0; i < count; i++) {
      const ref = refs[i];
      seen ^= heap.words[ref >>> SEGMENT_SHIFT][(ref & GRANULE_MASK) << 1];
    }
    for (let i = 0; i < count; i++) {
      const ref = refs[i];
      if (isInline(heap, ref)) continue;
      // The payload of a large value is no ref.
      const isLarge = typeOf(heap, ref) === TYPE_STREAM || encodingOf(heap, ref) !== 0;
      if (isLarge && typeOf(heap, ref) !== TYPE_STRING) continue;
      const payload = payloadOf(heap, ref);
      seen ^= heap.words[payload >>> SEGMENT_SHIFT][(payload & GRANULE_MASK) << 1];
    }
    this.sink = seen;
  }

  #afterLast(): void {
    if (this.#rest === undefined) this.#next();
    else this.#cursor = LAST_HASH + 1;
  }

  #next(): void {
    this.#release(this.#sources[this.#current]);
    this.#current++;
    this.#cursor = 0;
    this.#isSized = false;
  }

  #release(source: Source): void {
    if (!source.isFlushed) return;
    source.isFlushed = false;
    this.#keyspace.lazyFree.resume();
  }
}
