/**
 * Values whose release would take long are freed here in slices between commands. The keyspace no
 * longer knows them; their memory stays counted until it is really free.
 */
import type { LargeValue } from '../values/object-table.ts';

export class LazyFree {
  readonly #queue: LargeValue[] = [];
  #freed = 0;

  /** Values that wait to be freed. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Values freed so far. */
  get freed(): number {
    return this.#freed;
  }

  resetStatistics(): void {
    this.#freed = 0;
  }

  /** Takes over a value; it is freed by later calls of `step`. */
  add(value: LargeValue): void {
    this.#queue.push(value);
  }

  /** Frees about `budget` elements; returns whether work is left. */
  step(budget: number): boolean {
    const first = this.#queue[0];
    if (first !== undefined && first.freeSome(budget)) {
      this.#queue.shift();
      this.#freed++;
    }
    return this.#queue.length > 0;
  }
}
