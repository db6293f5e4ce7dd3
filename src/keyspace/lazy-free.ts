/**
 * Values whose release would take long are freed here in slices between commands. The keyspace no
 * longer knows them; their memory stays counted until it is really free.
 */
import type { LargeValue } from '../values/object-table.ts';

export class LazyFree {
  /** The values before `#first` are freed; they are let go when they are half of the array. */
  #queue: (LargeValue | undefined)[] = [];
  #first = 0;
  #freed = 0;
  #pauses = 0;

  /** Values that wait to be freed. */
  get pending(): number {
    return this.#queue.length - this.#first;
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

  /** Nothing is freed until `resume` was called as often: somebody still reads what waits here. */
  pause(): void {
    this.#pauses++;
  }

  resume(): void {
    this.#pauses--;
  }

  /** Frees about `budget` elements, the oldest values first; returns whether work is left. */
  step(budget: number): boolean {
    if (this.#pauses > 0) return false;
    let left = budget;
    while (left > 0 && this.pending > 0) {
      const value = this.#queue[this.#first]!;
      const effort = Math.max(1, value.freeEffort);
      // One that is not through has used up all it was given, whatever is left of it.
      if (!value.freeSome(left)) return true;
      this.#dropFirst();
      left -= effort;
    }
    return this.pending > 0;
  }

  #dropFirst(): void {
    this.#queue[this.#first++] = undefined;
    this.#freed++;
    if (this.#first * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#first);
    this.#first = 0;
  }
}
