/** The contents of a database after FLUSHDB, on their way to the free lists, slice by slice. */
import type { Dict } from '../memory/dict.ts';
import type { Heap } from '../memory/heap.ts';
import type { Entry } from '../values/entry.ts';
import type { LargeValue } from '../values/object-table.ts';
import type { Values } from '../values/values.ts';

/** Keys taken out before the budget is looked at again. */
const STEP = 256;
/** Elements of a large value freed as soon as it is met. */
const FREE_AT_ONCE = 64;

export class FlushedDatabase implements LargeValue {
  readonly #heap: Heap;
  readonly #values: Values;
  readonly #keys: Dict;
  readonly #expires: Dict;
  /** Large values met on the way, each freed before the walk goes on. */
  readonly #large: LargeValue[] = [];

  /** Takes over the dicts and all entries in them. */
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
    this.#expires.clear();
    let left = budget;
    while (left > 0) {
      const large = this.#large.at(-1);
      if (large !== undefined) {
        const effort = Math.max(1, large.freeEffort);
        if (!large.freeSome(left)) return false;
        this.#large.pop();
        left -= effort;
        continue;
      }
      const step = Math.min(left, STEP);
      left -= step;
      if (this.#keys.drain(step, (entry) => this.#free(entry)) && this.#large.length === 0)
        return true;
    }
    return false;
  }

  #free(entry: Entry): void {
    const value = this.#values.release(entry);
    this.#heap.free(entry);
    if (value !== undefined && !value.freeSome(FREE_AT_ONCE)) this.#large.push(value);
  }
}
