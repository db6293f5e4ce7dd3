/** Puts what an RDB file contains into the keyspace. */
import type { Log } from '../command/ports.ts';
import type { Database } from '../keyspace/database.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import { restoreClock } from '../keyspace/restored-clock.ts';
import type { RdbKey, RdbVisitor } from '../rdb/file-reader.ts';
import { type Entry, withExpiry } from '../values/entry.ts';

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

/** How many empty keys are named in the log. */
const MOST_NAMED = 10;

export class KeyspaceLoad implements RdbVisitor {
  /** Keys taken, and left out because their time was past. */
  loaded = 0;
  expired = 0;
  emptySkipped = 0;
  /** Auxiliary fields by name. */
  readonly fields = new Map<string, string>();

  readonly #keyspace: Keyspace;
  readonly #options: LoadOptions;
  readonly #log: Log;
  #database: Database;

  constructor(keyspace: Keyspace, options: LoadOptions, log: Log) {
    this.#keyspace = keyspace;
    this.#options = options;
    this.#log = log;
    this.#database = keyspace.databases[0];
  }

  select(index: number): boolean {
    const database = this.#keyspace.databases[index];
    if (database === undefined) return false;
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

  entry(entry: Entry, key: RdbKey): string | undefined {
    const keyspace = this.#keyspace;
    const database = this.#database;
    const { expiry, hash, bytes, length } = key;
    const isExpired = expiry !== -1 && expiry < keyspace.now;
    if (isExpired && !this.#options.keepExpired) {
      keyspace.freeEntry(entry);
      this.expired++;
      return undefined;
    }
    const old = database.peek(bytes, 0, length, hash);
    if (old !== 0 && !this.#options.overwrite) {
      keyspace.freeEntry(entry);
      return `RDB has duplicated key '${key.text}' in DB ${database.index}`;
    }
    if (old !== 0) database.remove(old, hash);
    const placed = expiry === -1 ? entry : withExpiry(keyspace.heap, entry, expiry);
    database.add(placed, hash);
    restoreClock(keyspace, placed, key.idle, key.frequency);
    this.loaded++;
    return undefined;
  }

  empty(key: RdbKey): void {
    if (this.emptySkipped++ < MOST_NAMED)
      this.#log.notice(`rdbLoadObject failed, skipping empty key: ${key.text}`);
  }
}
