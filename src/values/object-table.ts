/**
 * Values too large for one block are objects (a quicklist, a skiplist, …) over heap memory. An
 * entry names its object by a handle, a small positive integer, since a block cannot hold
 * a JavaScript reference. Only large values have objects, so their number stays far below the
 * number of keys.
 */
export interface LargeValue {
  /** Heap bytes and an estimate of the V8 objects this value holds. O(1). */
  readonly bytesUsed: number;
  /** Elements that freeing has to visit: decides between freeing now and freeing in slices. O(1). */
  readonly freeEffort: number;
  /**
   * Frees up to about `budget` elements' worth of memory, and returns whether all is gone. The value
   * must not be used for anything else from the first call on.
   */
  freeSome(budget: number): boolean;
}

export class ObjectTable {
  readonly #objects: (LargeValue | undefined)[] = [undefined];
  readonly #vacant: number[] = [];

  /** Number of objects in the table. */
  get size(): number {
    return this.#objects.length - 1 - this.#vacant.length;
  }

  add(value: LargeValue): number {
    const handle = this.#vacant.pop() ?? this.#objects.length;
    this.#objects[handle] = value;
    return handle;
  }

  get(handle: number): LargeValue {
    return this.#objects[handle]!;
  }

  /** Forgets the handle and returns the object, which is the caller's to free. */
  remove(handle: number): LargeValue {
    const value = this.#objects[handle]!;
    this.#objects[handle] = undefined;
    this.#vacant.push(handle);
    return value;
  }
}
