/** Puts what an RDB file contains into the keyspace. */
import { latin1 } from '../bytes/text.ts';
import type { Log } from '../command/ports.ts';
import type { Database } from '../keyspace/database.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import { restoreClock } from '../keyspace/restored-clock.ts';
import { GRANULE_MASK, SEGMENT_SHIFT } from '../memory/heap.ts';
import type { RdbKey, RdbVisitor } from '../rdb/file-reader.ts';
import { RdbError } from '../rdb/format.ts';
import { type Entry, keyLength, keyOffset, withExpiry } from '../values/entry.ts';

/** Function libraries on their way to and from files. */
export interface Libraries {
  /** The code of every library, in order of their names. */
  all(): readonly Uint8Array[];
  /** Loads a library; returns why it is refused. */
  load(code: Uint8Array): string | undefined;
}

export interface LoadOptions {
  /** Keys past their time are taken, too: what follows may still refer to them. */
  readonly keepExpired: boolean;
  /** Keys that are there already are overwritten; otherwise they are an error. */
  readonly overwrite: boolean;
  readonly libraries: Libraries | undefined;
}

/** As many seconds as 32 bits hold. */
const MOST_IDLE = 0x7fffffff;
/** Keys placed together: their slots are read ahead in one loop, in which cache misses overlap. */
const BATCH = 64;
/** How many empty keys are named in the log. */
const MOST_NAMED = 10;

export class KeyspaceLoad implements RdbVisitor {
  /** Keys taken, and left out because their time was past. */
  loaded = 0;
  expired = 0;
  emptySkipped = 0;
  /** Of no meaning: keeps what was read ahead from being optimised away. */
  sink = 0;
  /** Auxiliary fields by name. */
  readonly fields = new Map<string, string>();

  readonly #keyspace: Keyspace;
  readonly #options: LoadOptions;
  readonly #log: Log;
  #database: Database;
  readonly #entries = new Int32Array(BATCH);
  readonly #hashes = new Int32Array(BATCH);
  readonly #idle = new Int32Array(BATCH);
  readonly #frequencies = new Int32Array(BATCH);
  #count = 0;
  #placed = 0;

  constructor(keyspace: Keyspace, options: LoadOptions, log: Log) {
    this.#keyspace = keyspace;
    this.#options = options;
    this.#log = log;
    this.#database = keyspace.databases[0];
  }

  select(index: number): boolean {
    const database = this.#keyspace.databases[index];
    if (database === undefined) return false;
    this.#placeAll();
    this.#database = database;
    return true;
  }

  field(name: string, value: string): void {
    this.fields.set(name, value);
  }

  library(code: Uint8Array): string | undefined {
    const { libraries } = this.#options;
    if (libraries !== undefined) return libraries.load(code);
    this.#log.warning('A function library in the file was left out: there are no functions here');
    return undefined;
  }

  entry(entry: Entry, key: RdbKey): void {
    const keyspace = this.#keyspace;
    const { expiry } = key;
    const isExpired = expiry !== -1 && expiry < keyspace.now;
    if (isExpired && !this.#options.keepExpired) {
      keyspace.freeEntry(entry);
      this.expired++;
      return;
    }
    const at = this.#count++;
    this.#entries[at] = entry;
    if (expiry !== -1) this.#entries[at] = withExpiry(keyspace.heap, entry, expiry);
    this.#hashes[at] = key.hash;
    this.#idle[at] = Math.min(key.idle, MOST_IDLE);
    this.#frequencies[at] = key.frequency;
    if (this.#count === BATCH) this.#placeAll();
  }

  end(): void {
    this.#placeAll();
  }

  /** Frees what was taken and not placed yet. */
  abandon(): void {
    for (let i = this.#placed; i < this.#count; i++) this.#keyspace.freeEntry(this.#entries[i]);
    this.#count = 0;
  }

  #placeAll(): void {
    const { keys } = this.#database;
    let seen = 0;
    for (let i = 0; i < this.#count; i++) seen ^= keys.touch(this.#hashes[i]);
    this.sink = seen;
    for (this.#placed = 0; this.#placed < this.#count; this.#placed++) this.#place(this.#placed);
    this.#count = 0;
    this.#placed = 0;
  }

  #place(at: number): void {
    const keyspace = this.#keyspace;
    const database = this.#database;
    const { heap } = keyspace;
    const entry = this.#entries[at];
    const hash = this.#hashes[at];
    const bytes = heap.bytes[entry >>> SEGMENT_SHIFT];
    const start = ((entry & GRANULE_MASK) << 3) + keyOffset(heap, entry);
    const end = start + keyLength(heap, entry);
    const old = database.peek(bytes, start, end, hash);
    if (old !== 0 && !this.#options.overwrite) {
      const name = latin1(bytes, start, end);
      throw new RdbError(`RDB has duplicated key '${name}' in DB ${database.index}`);
    }
    if (old !== 0) database.remove(old, hash);
    database.add(entry, hash);
    restoreClock(keyspace, entry, this.#idle[at], this.#frequencies[at]);
    this.loaded++;
  }

  empty(key: RdbKey): void {
    if (this.emptySkipped++ < MOST_NAMED)
      this.#log.notice(`rdbLoadObject failed, skipping empty key: ${key.text}`);
  }
}
