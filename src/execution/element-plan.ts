/**
 * Look-ups ahead within large collections: for the requests of a batch that name an element (HGET,
 * SISMEMBER, ZSCORE, …), the element's slot and then its block, each in one loop that only touches
 * memory. As in request-plan.ts, nothing is decided here, so what a request that comes first may
 * change does no harm.
 */
import { hashBytes } from '../bytes/hash.ts';
import type { CommandTable } from '../command/registry.ts';
import type { Command } from '../command/spec.ts';
import type { Database } from '../keyspace/database.ts';
import type { Dict } from '../memory/dict.ts';
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap } from '../memory/heap.ts';
import { BATCH_CAPACITY, type RequestBatch } from '../resp/request-batch.ts';
import type { Entry } from '../values/entry.ts';
import type { Values } from '../values/values.ts';

/** Below this many elements they are in the caches anyway. */
const WORTH_TOUCHING = 20_000;

/** Commands whose argument 2, or 3, is the (first) element of the collection at argument 1. */
const SECOND: ReadonlySet<string> = new Set(
  (
    'hdel hexists hget hincrby hincrbyfloat hmget hmset hset hsetnx hstrlen ' +
    'sadd sismember smismember srem zmscore zrank zrem zrevrank zscore'
  ).split(' '),
);
const THIRD: ReadonlySet<string> = new Set(['smove', 'zadd', 'zincrby']);

export class ElementPlan {
  readonly #heap: Heap;
  readonly #values: Values;
  /** By command: the argument that is an element, or 0. */
  readonly #elementAt: Uint8Array;
  readonly #dicts: (Dict | undefined)[] = Array.from({ length: BATCH_CAPACITY });
  readonly #hashes = new Int32Array(BATCH_CAPACITY);
  readonly #refs = new Int32Array(BATCH_CAPACITY);
  /** Keeps the touching loops from being optimised away. */
  #sink = 0;

  constructor(table: CommandTable, heap: Heap, values: Values) {
    this.#heap = heap;
    this.#values = values;
    this.#elementAt = new Uint8Array(table.stats.length);
    for (const { id, fullName } of table.all())
      this.#elementAt[id] = SECOND.has(fullName) ? 2 : THIRD.has(fullName) ? 3 : 0;
  }

  /** Touches what the requests will look up; `keyHashes` are those of their keys. */
  touch(
    batch: RequestBatch,
    commands: readonly (Command | undefined)[],
    keyHashes: Int32Array,
    database: Database,
  ): void {
    if (this.#values.largeValues === 0 || database.size === 0) return;
    const { bytes, offsets, first, argc, count } = batch;
    const elementAt = this.#elementAt;
    const { keys } = database;
    let found = 0;
    let sink = 0;
    let lastEntry: Entry = 0;
    let lastDict: Dict | undefined;
    for (let i = 0; i < count; i++) {
      const command = commands[i];
      if (command === undefined) continue;
      const index = elementAt[command.id];
      if (index === 0 || index >= argc[i]) continue;
      const entry = keys.candidate(keyHashes[i]);
      if (entry !== lastEntry) {
        lastEntry = entry;
        lastDict = entry === 0 ? undefined : this.#values.elementsOf(entry);
        if (lastDict !== undefined && lastDict.size < WORTH_TOUCHING) lastDict = undefined;
      }
      if (lastDict === undefined) continue;
      const at = first[i] + index * 2;
      const hash = hashBytes(bytes, offsets[at], offsets[at + 1]);
      sink ^= lastDict.touch(hash);
      this.#dicts[found] = lastDict;
      this.#hashes[found++] = hash;
    }
    if (found > 0) this.#touchBlocks(found, sink);
  }

  #touchBlocks(count: number, seed: number): void {
    const segments = this.#heap.bytes;
    const dicts = this.#dicts;
    const hashes = this.#hashes;
    const refs = this.#refs;
    let sink = seed;
    for (let i = 0; i < count; i++) {
      refs[i] = dicts[i]!.candidate(hashes[i]);
      dicts[i] = undefined;
    }
    for (let i = 0; i < count; i++) {
      const ref = refs[i];
      sink ^= segments[ref >>> SEGMENT_SHIFT][(ref & GRANULE_MASK) << 3];
    }
    this.#sink = sink;
  }

  /** The value of the touched bytes; of no meaning. */
  get sink(): number {
    return this.#sink;
  }
}
