/**
 * Look-ups for a whole batch before any of it is executed: the command, its first key's hash, and
 * then, where the data outgrew the caches, the table slots and the entries themselves, each in one
 * loop that only touches memory. The processor overlaps the misses of such a loop, which is worth
 * more than a factor of two with millions of keys. Nothing is changed and nothing is decided here:
 * execution looks everything up again, in order, and finds it in the cache.
 */
import { hashBytes } from '../bytes/hash.ts';
import type { CommandTable } from '../command/registry.ts';
import type { Command } from '../command/spec.ts';
import type { Database } from '../keyspace/database.ts';
import { GRANULE_MASK, SEGMENT_SHIFT, type Heap } from '../memory/heap.ts';
import { BATCH_CAPACITY, type RequestBatch } from '../resp/request-batch.ts';
import type { Values } from '../values/values.ts';
import { ElementPlan } from './element-plan.ts';

/** Below this many keys the data is in the caches anyway. */
const WORTH_TOUCHING = 20_000;

export class RequestPlan {
  /** By request: its command (the subcommand where there is one), or undefined. */
  readonly commands: (Command | undefined)[] = Array.from({ length: BATCH_CAPACITY });
  /** By request: hash of its first key, where the command has one. */
  readonly hashes = new Int32Array(BATCH_CAPACITY);

  readonly #table: CommandTable;
  readonly #heap: Heap;
  readonly #elements: ElementPlan;
  readonly #refs = new Int32Array(BATCH_CAPACITY);
  /** Keeps the touching loops from being optimised away. */
  #sink = 0;

  constructor(table: CommandTable, heap: Heap, values: Values) {
    this.#table = table;
    this.#heap = heap;
    this.#elements = new ElementPlan(table, heap, values);
  }

  /** Looks up every request of the batch; `database` is the one the first request runs in. */
  prepare(batch: RequestBatch, database: Database): void {
    const { bytes, offsets, first, argc, count } = batch;
    const { commands, hashes } = this;
    for (let i = 0; i < count; i++) {
      const at = first[i];
      const command = this.#resolve(bytes, offsets, at, argc[i]);
      commands[i] = command;
      if (command === undefined || command.firstKey === 0 || command.firstKey >= argc[i]) continue;
      const key = at + command.firstKey * 2;
      hashes[i] = hashBytes(bytes, offsets[key], offsets[key + 1]);
    }
    if (count === 1) return;
    if (database.size >= WORTH_TOUCHING) this.#touch(count, database);
    this.#elements.touch(batch, commands, hashes, database);
  }

  /** The command a request means; the container itself when its subcommand is unknown. */
  #resolve(bytes: Uint8Array, offsets: Int32Array, at: number, argc: number): Command | undefined {
    const command = this.#table.lookup(bytes, offsets[at], offsets[at + 1]);
    if (command === undefined || command.subcommands.length === 0 || argc < 2) return command;
    return (
      this.#table.lookupSubcommand(command, bytes, offsets[at + 2], offsets[at + 3]) ?? command
    );
  }

  #touch(count: number, database: Database): void {
    const { hashes } = this;
    const { keys } = database;
    const refs = this.#refs;
    let sink = 0;
    for (let i = 0; i < count; i++) sink ^= keys.touch(hashes[i]);
    for (let i = 0; i < count; i++) refs[i] = keys.candidate(hashes[i]);
    const segments = this.#heap.bytes;
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
