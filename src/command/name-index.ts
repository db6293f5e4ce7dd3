/**
 * Finds commands by name, in any case, straight from the bytes of a request.
 *
 * Open addressing with linear probing in a table at most a quarter full. The hash covers the
 * length and every byte with its case bit set; that bit is only ignored for letters when the name
 * is then compared, by means of a mask beside each byte. So a look-up is two short loops over the
 * name and allocates nothing.
 */
import type { Command } from './spec.ts';

/** Case bit of ASCII letters. */
const CASE = 0x20;
const EMPTY = -1;

export class NameIndex {
  readonly #commands: readonly Command[];
  /** Index in #commands by slot, EMPTY where there is none. */
  readonly #slots: Int16Array;
  readonly #hashes: Int32Array;
  readonly #mask: number;
  /** Where the name of each command begins in #bytes and #folds; one more entry ends the last. */
  readonly #starts: Int32Array;
  readonly #bytes: Uint8Array;
  /** By byte of a name: CASE for letters, 0 for the rest. */
  readonly #folds: Uint8Array;
  readonly #longest: number;

  /** @param entries commands by the name they answer to, which is lower case, ASCII and unique */
  constructor(entries: ReadonlyMap<string, Command>) {
    const names = [...entries.keys()];
    this.#commands = [...entries.values()];
    this.#longest = names.reduce((longest, name) => Math.max(longest, name.length), 0);
    const length = names.reduce((sum, name) => sum + name.length, 0);
    const slots = 4 << Math.ceil(Math.log2(names.length + 1));
    this.#mask = slots - 1;
    this.#slots = new Int16Array(slots).fill(EMPTY);
    this.#hashes = new Int32Array(slots);
    this.#starts = new Int32Array(names.length + 1);
    this.#bytes = new Uint8Array(length);
    this.#folds = new Uint8Array(length);
    for (const [index, name] of names.entries()) this.#add(index, name);
  }

  /** The command of that name, in any case; undefined when there is none. */
  find(bytes: Uint8Array, start: number, end: number): Command | undefined {
    if (end - start > this.#longest) return undefined;
    const hash = hashName(bytes, start, end);
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const index = this.#slots[slot];
      if (index === EMPTY) return undefined;
      if (this.#hashes[slot] === hash && this.#matches(index, bytes, start, end)) {
        return this.#commands[index];
      }
    }
  }

  #matches(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[index];
    if (this.#starts[index + 1] - from !== end - start) return false;
    for (let at = start, own = from; at < end; at++, own++) {
      if ((bytes[at] | this.#folds[own]) !== this.#bytes[own]) return false;
    }
    return true;
  }

  #add(index: number, name: string): void {
    const start = this.#starts[index];
    const end = start + name.length;
    this.#starts[index + 1] = end;
    for (let i = 0; i < name.length; i++) {
      const byte = name.charCodeAt(i);
      this.#bytes[start + i] = byte;
      this.#folds[start + i] = byte >= 0x61 && byte <= 0x7a ? CASE : 0;
    }
    const hash = hashName(this.#bytes, start, end);
    let slot = hash & this.#mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = index;
    this.#hashes[slot] = hash;
  }
}

/** Clients choose the bytes, yet a bad choice only costs them probes in a table that is fixed. */
function hashName(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] | CASE)) | 0;
  return hash ^ (hash >>> 15);
}
