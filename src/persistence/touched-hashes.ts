/**
 * The hashes of keys that a snapshot need not look at any more, ahead of its walk. Kept in 256 small
 * tables by the hash's highest byte, so that those behind the walk can be let go of.
 *
 * About 6 to 12 bytes for each hash. Zero marks an empty slot, so hash 0 is kept apart.
 */
const TABLES = 256;
const FIRST_SIZE = 16;

export class TouchedHashes {
  readonly #tables: (Int32Array | undefined)[] = Array.from({ length: TABLES });
  readonly #counts = new Int32Array(TABLES);
  #hasZero = false;

  /** O(1). `hash` is an int32. */
  has(hash: number): boolean {
    if (hash === 0) return this.#hasZero;
    const table = this.#tables[hash >>> 24];
    if (table === undefined) return false;
    const mask = table.length - 1;
    for (let at = slotOf(hash, mask); ; at = (at + 1) & mask) {
      if (table[at] === hash) return true;
      if (table[at] === 0) return false;
    }
  }

  /** Adds a hash that is not there yet. Amortised O(1). */
  add(hash: number): void {
    if (hash === 0) {
      this.#hasZero = true;
      return;
    }
    const index = hash >>> 24;
    let table = this.#tables[index] ?? new Int32Array(FIRST_SIZE);
    if (++this.#counts[index] * 4 > table.length * 3) table = grown(table);
    place(table, hash);
    this.#tables[index] = table;
  }

  /** Forgets the tables that lie wholly below `cursor`, a position in [0, 2^32). */
  releaseBelow(cursor: number): void {
    for (let index = (cursor >>> 24) - 1; index >= 0; index--) {
      if (this.#tables[index] === undefined) continue;
      this.#tables[index] = undefined;
      this.#counts[index] = 0;
    }
  }
}

function slotOf(hash: number, mask: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> 8) & mask;
}

function place(table: Int32Array, hash: number): void {
  const mask = table.length - 1;
  let at = slotOf(hash, mask);
  while (table[at] !== 0) at = (at + 1) & mask;
  table[at] = hash;
}

function grown(table: Int32Array): Int32Array {
  const wide = new Int32Array(table.length * 2);
  for (const hash of table) if (hash !== 0) place(wide, hash);
  return wide;
}
