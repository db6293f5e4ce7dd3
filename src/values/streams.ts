/** Stream values of keys. A stream always is an object (stream.ts); its entry holds the handle. */
import type { Heap } from '../memory/heap.ts';
import { copyEntry, createEntry, type Entry, payloadOf, setPayload } from './entry.ts';
import { STREAM_OBJECT, TYPE_STREAM } from './entry.ts';
import type { ValueLimits } from './limits.ts';
import type { ObjectTable } from './object-table.ts';
import { Stream, StreamTools } from './stream.ts';
import { StreamRange } from './stream-range.ts';

export class Streams {
  readonly tools: StreamTools;
  /** For walks that end before another one begins. */
  readonly range = new StreamRange();
  readonly #heap: Heap;
  readonly #objects: ObjectTable;

  constructor(heap: Heap, objects: ObjectTable, limits: ValueLimits) {
    this.#heap = heap;
    this.#objects = objects;
    this.tools = new StreamTools(heap, limits);
  }

  /** A new entry for the key `key[start, end)` with an empty stream. */
  create(key: Uint8Array, start: number, end: number): Entry {
    return this.createFrom(key, start, end, new Stream(this.tools));
  }

  /** A new entry for the key with this stream. */
  createFrom(key: Uint8Array, start: number, end: number, stream: Stream): Entry {
    const entry = createEntry(this.#heap, TYPE_STREAM, STREAM_OBJECT, key, start, end, -1);
    setPayload(this.#heap, entry, this.#objects.add(stream));
    return entry;
  }

  of(entry: Entry): Stream {
    return this.#objects.get(payloadOf(this.#heap, entry)) as Stream;
  }

  /** A copy under another key. O(stream). */
  copy(entry: Entry, key: Uint8Array, start: number, end: number): Entry {
    const stream = this.of(entry).copy();
    const copied = copyEntry(this.#heap, entry, key, start, end);
    setPayload(this.#heap, copied, this.#objects.add(stream));
    return copied;
  }
}
