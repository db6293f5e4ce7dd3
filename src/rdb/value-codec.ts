import type { Random } from '../env/random.ts';
import type { Heap } from '../memory/heap.ts';
import type { ValueLimits } from '../values/limits.ts';
import type { ObjectTable } from '../values/object-table.ts';
import { Values } from '../values/values.ts';
import { ValueReader } from './value-reader.ts';
import { ValueWriter } from './value-writer.ts';

/** What turns the values of one keyspace into bytes and back. */
export class ValueCodec {
  readonly writer: ValueWriter;
  /** For payloads that are read at once; a file is read with a reader of its own (`newReader`). */
  readonly reader: ValueReader;
  readonly #heap: Heap;
  readonly #objects: ObjectTable;
  readonly #limits: ValueLimits;
  readonly #random: Random;

  constructor(heap: Heap, objects: ObjectTable, limits: ValueLimits, random: Random) {
    this.#heap = heap;
    this.#objects = objects;
    this.#limits = limits;
    this.#random = random;
    this.writer = new ValueWriter(heap, objects);
    this.reader = this.newReader();
  }

  /** Readers and writers of values of their own, for who runs in the middle of a command. */
  newValues(): Values {
    return new Values(this.#heap, this.#objects, this.#limits, this.#random);
  }

  newReader(): ValueReader {
    return new ValueReader(this.#heap, this.#objects, this.#limits, this.#random);
  }
}
