/** respd-check-rdb: reads an RDB file to its end, and tells what is in it or where it is wrong. */
import type { Disk } from '../env/disk.ts';
import { SeededRandom } from '../env/random.ts';
import { Keyspace } from '../keyspace/keyspace.ts';
import { type RdbVisitor, RdbFileReader } from '../rdb/file-reader.ts';
import type { Entry } from '../values/entry.ts';
import { RdbWindow } from './rdb-window.ts';

/** What a file contains. Values are checked and let go at once: memory stays small. */
class Census implements RdbVisitor {
  keys = 0;
  expiring = 0;
  expired = 0;
  libraries = 0;
  readonly fields: string[] = [];
  readonly #keyspace: Keyspace;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  select(): boolean {
    return true;
  }

  field(name: string, value: string): void {
    this.fields.push(`AUX FIELD ${name} = '${value}'`);
  }

  library(): undefined {
    this.libraries++;
    return undefined;
  }

  entry(entry: Entry, key: { readonly expiry: number | bigint }): void {
    this.keys++;
    if (key.expiry !== -1) this.expiring++;
    if (key.expiry !== -1 && key.expiry < this.#keyspace.now) this.expired++;
    this.#keyspace.freeEntry(entry);
    this.#keyspace.lazyFree.step(Infinity);
  }

  empty(): void {
    // Left out when it is loaded, too.
  }
}

/** The limits of the compact encodings do not matter here. */
const LIMITS = {
  hashMaxListpackEntries: 512,
  hashMaxListpackValue: 64,
  setMaxIntsetEntries: 512,
  zsetMaxListpackEntries: 128,
  zsetMaxListpackValue: 64,
  listMaxListpackSize: -2,
  listCompressDepth: 0,
  streamNodeMaxBytes: 4096,
  streamNodeMaxEntries: 100,
  hllSparseMaxBytes: 3000,
};

export interface RdbReport {
  readonly isGood: boolean;
  /** Bytes of the RDB part; what follows it is something else. */
  readonly bytes: number;
  readonly lines: readonly string[];
}

/** Checks a file. `now`: milliseconds since the epoch. Throws DiskError. */
export function checkRdb(disk: Disk, path: string, now: number): RdbReport {
  const keyspace = new Keyspace(1, LIMITS, new SeededRandom(1));
  keyspace.setTime(now);
  const census = new Census(keyspace);
  const values = keyspace.codec.newReader();
  values.deep = true;
  const reader = new RdbFileReader(census, values);
  const file = disk.open(path, 'read');
  const window = new RdbWindow(reader, file.size, true);
  const lines = [`[offset 0] Checking RDB file ${path}`];
  try {
    while (window.run(() => false) !== 'done') {
      const position = window.consumed + window.start;
      window.filled(file.readNow(window.target, window.start, window.limit, position));
    }
  } catch (error) {
    const at = window.offset;
    lines.push(...census.fields.map((field) => `[offset ${at}] ${field}`));
    lines.push('--- RDB ERROR DETECTED ---', `[offset ${at}] ${(error as Error).message}`);
    lines.push(`[info] ${census.keys} keys read`);
    return { isGood: false, bytes: window.consumed, lines };
  } finally {
    file.close();
  }
  const at = window.consumed;
  lines.push(...census.fields.map((field) => `[offset ${at}] ${field}`));
  lines.push(`[offset ${at}] Checksum OK`, `[offset ${at}] \\o/ RDB looks OK! \\o/`);
  lines.push(`[info] ${census.keys} keys read`);
  lines.push(`[info] ${census.expiring} expires`, `[info] ${census.expired} already expired`);
  lines.push(`[info] ${census.libraries} functions`);
  return { isGood: true, bytes: at, lines };
}
