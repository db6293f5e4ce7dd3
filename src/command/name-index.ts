/**
 * Finds commands by name, in any case, straight from the bytes of a request.
 *
 * A name is seen as two words of four bytes: its first four and its last four, which overlap in
 * names shorter than eight; names of up to three bytes have their first, middle and last byte in
 * the one word. Up to eight bytes, both words and the length are the whole name, so a look-up is
 * at most eight loads, a hash of two words and two comparisons; longer names are compared byte
 * by byte in addition. Case is ignored by setting bit 0x20, but only where the name has a letter: the
 * *fold* beside each word has that bit for letters alone.
 *
 * Open addressing with linear probing, at most a quarter full; a slot is one half cache line.
 */
import type { Command } from './spec.ts';

/** The case bit of four letters. */
const CASE = 0x20202020;
/** Fields of a slot. A length of 0 marks an empty one. */
const LENGTH = 0;
const HEAD = 1;
const HEAD_FOLD = 2;
const TAIL = 3;
const TAIL_FOLD = 4;
/** Index of the command. */
const INDEX = 5;
/** Where the name begins among all names. */
const START = 6;
const SLOT_SHIFT = 3;

/** Names that both words describe completely. */
const SHORT = 8;

export class NameIndex {
  readonly #commands: readonly Command[];
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** All names in a row, and the case bit of each byte that is a letter. */
  readonly #bytes: Uint8Array;
  readonly #folds: Uint8Array;

  /** @param entries commands by the name they answer to: lower case, not empty, one byte a unit */
  constructor(entries: ReadonlyMap<string, Command>) {
    const names = [...entries.keys()];
    this.#commands = [...entries.values()];
    const size = 4 << Math.ceil(Math.log2(names.length + 1));
    this.#mask = size - 1;
    this.#slots = new Int32Array(size << SLOT_SHIFT);
    this.#bytes = Uint8Array.from(names.join(''), (letter) => letter.charCodeAt(0));
    this.#folds = this.#bytes.map((byte) => (byte >= 0x61 && byte <= 0x7a ? 0x20 : 0));
    let start = 0;
    for (const [index, name] of names.entries()) {
      this.#add(index, start, start + name.length);
      start += name.length;
    }
  }

  /** The command of that name, in any case; undefined when there is none. */
  find(bytes: Uint8Array, start: number, end: number): Command | undefined {
    const length = end - start;
    if (length === 0) return undefined;
    const head = headOf(bytes, start, end);
    const tail = length < 4 ? 0 : wordAt(bytes, end - 4);
    const slots = this.#slots;
    for (let slot = hash(length, head, tail) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot << SLOT_SHIFT;
      const found = slots[at + LENGTH];
      if (found === 0) return undefined;
      if (
        found === length &&
        (head | slots[at + HEAD_FOLD]) === slots[at + HEAD] &&
        (tail | slots[at + TAIL_FOLD]) === slots[at + TAIL] &&
        (length <= SHORT || this.#matches(slots[at + START], bytes, start, end))
      ) {
        return this.#commands[slots[at + INDEX]];
      }
    }
  }

  #matches(from: number, bytes: Uint8Array, start: number, end: number): boolean {
    for (let at = start, own = from; at < end; at++, own++) {
      if ((bytes[at] | this.#folds[own]) !== this.#bytes[own]) return false;
    }
    return true;
  }

  #add(index: number, start: number, end: number): void {
    const length = end - start;
    const head = headOf(this.#bytes, start, end);
    const tail = length < 4 ? 0 : wordAt(this.#bytes, end - 4);
    let slot = hash(length, head, tail) & this.#mask;
    while (this.#slots[slot << SLOT_SHIFT] !== 0) slot = (slot + 1) & this.#mask;
    const at = slot << SLOT_SHIFT;
    this.#slots[at + LENGTH] = length;
    this.#slots[at + HEAD] = head;
    this.#slots[at + HEAD_FOLD] = headOf(this.#folds, start, end);
    this.#slots[at + TAIL] = tail;
    this.#slots[at + TAIL_FOLD] = length < 4 ? 0 : wordAt(this.#folds, end - 4);
    this.#slots[at + INDEX] = index;
    this.#slots[at + START] = start;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}

function headOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length >= 4) return wordAt(bytes, start);
  return (bytes[start] << 16) | (bytes[start + (length >> 1)] << 8) | bytes[end - 1];
}

/** Clients choose the bytes, yet a bad choice only costs them probes in a table that is fixed. */
function hash(length: number, head: number, tail: number): number {
  const mixed = Math.imul(head | CASE, 0x2c1b3c6d) ^ Math.imul((tail | CASE) + length, 0x297a2d39);
  return mixed ^ (mixed >>> 15);
}
