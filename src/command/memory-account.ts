/**
 * Memory besides the data heap and the clients' buffers. Each part of the server that holds some
 * says how much; INFO and MEMORY STATS tell it, and it counts for `maxmemory`.
 */

export type MemoryPurpose =
  | 'scripts'
  | 'functions'
  | 'hot keys'
  | 'append-only buffer'
  | 'replication backlog'
  | 'cluster links';

/** What grows by evicting keys, since evictions are written there, does not count for the limit. */
const NOT_COUNTED: ReadonlySet<MemoryPurpose> = new Set(['append-only buffer']);

export class MemoryAccount {
  readonly #sources = new Map<MemoryPurpose, () => number>();

  /** `bytes` tells, at any time and cheaply, what is held for a purpose now. */
  count(purpose: MemoryPurpose, bytes: () => number): void {
    this.#sources.set(purpose, bytes);
  }

  /** Bytes held for a purpose. */
  of(purpose: MemoryPurpose): number {
    return this.#sources.get(purpose)?.() ?? 0;
  }

  /** Bytes that count for `maxmemory`. */
  get counted(): number {
    return this.#sum(false);
  }

  /** Bytes that do not. */
  get notCounted(): number {
    return this.#sum(true);
  }

  #sum(isNotCounted: boolean): number {
    let sum = 0;
    for (const [purpose, bytes] of this.#sources)
      if (NOT_COUNTED.has(purpose) === isNotCounted) sum += bytes();
    return sum;
  }
}
