/** The contents of a database after FLUSHDB, on their way to the free lists, slice by slice. */
import type { Dict } from '../memory/dict.ts';
import type { Heap } from '../memory/heap.ts';
import type { LargeValue } from '../values/object-table.ts';
import type { Values } from '../values/values.ts';

export class FlushedDatabase implements LargeValue {
  readonly #heap: Heap;
  readonly #values: Values;
  readonly #keys: Dict;
  readonly #expires: Dict;
  #cursor = 0;
  #started = false;
  /** Large values met on the way, each freed before the walk goes on. */
  readonly #large: LargeValue[] = [];

  constructor(heap: Heap, values: Values, keys: Dict, expires: Dict) {
    this.#heap = heap;
    this.#values = values;
    this.#keys = keys;
    this.#expires = expires;
  }

  get bytesUsed(): number {
    return 0; // The heap counts every block that is still there.
  }

  get freeEffort(): number {
    return this.#keys.size;
  }

  freeSome(budget: number): boolean {
    if (this.#expires.size > 0) this.#expires.clear();
    let left = budget;
    while (left > 0) {
      const large = this.#large.at(-1);
      if (large !== undefined) {
        left -= Math.max(1, Math.min(left, large.freeEffort));
        if (large.freeSome(left + 1)) this.#large.pop();
        continue;
      }
      if (this.#started && this.#cursor === 0) {
        this.#keys.clear();
        return true;
      }
      this.#started = true;
      const step = Math.min(left, 256);
      left -= step;
      this.#cursor = this.#keys.scan(this.#cursor, step, (entry) => {
        const value = this.#values.release(entry);
        this.#heap.free(entry);
        if (value !== undefined && !value.freeSome(64)) this.#large.push(value);
      });
    }
    return false;
  }
}
