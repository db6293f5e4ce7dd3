/**
 * The patterns of SORT's BY and GET: a key's name in which the first star stands for the element, with
 * `->field` behind it when the value is a hash's. `#` alone is the element itself.
 */
import { hashBytes } from '../../bytes/hash.ts';
import type { CommandContext } from '../../command/context.ts';
import { TYPE_HASH, TYPE_STRING, typeOf } from '../../values/entry.ts';

const STAR = 0x2a;
const NUMBER_SIGN = 0x23;
const HYPHEN = 0x2d;
const GREATER = 0x3e;

export class SortPattern {
  readonly #isElement: boolean;
  /** Undefined: the pattern has no star and so names nothing. */
  readonly #prefix: Uint8Array | undefined;
  readonly #suffix: Uint8Array;
  readonly #field: Uint8Array | undefined;

  constructor(pattern: Uint8Array) {
    this.#isElement = pattern.length === 1 && pattern[0] === NUMBER_SIGN;
    const star = pattern.indexOf(STAR);
    this.#prefix = star < 0 ? undefined : pattern.slice(0, star);
    const arrow = arrowBehind(pattern, star);
    const hasField = arrow >= 0 && arrow + 2 < pattern.length;
    this.#field = hasField ? pattern.slice(arrow + 2) : undefined;
    this.#suffix = pattern.slice(star + 1, hasField ? arrow : pattern.length);
  }

  /** A copy of the value that the pattern names for an element; undefined when there is none. */
  lookup(context: CommandContext, element: Uint8Array): Uint8Array | undefined {
    if (this.#isElement) return element;
    if (this.#prefix === undefined) return undefined;
    const { database, keyspace, values } = context;
    const key = joined(this.#prefix, element, this.#suffix);
    const entry = database.lookupRead(key, 0, key.length, hashBytes(key, 0, key.length));
    if (entry === 0) return undefined;
    const field = this.#field;
    const type = typeOf(keyspace.heap, entry);
    if (field === undefined) {
      if (type !== TYPE_STRING) return undefined;
      const { strings } = values;
      strings.read(entry);
      return strings.foundBytes.slice(strings.foundStart, strings.foundEnd);
    }
    const { hashes } = values;
    if (type !== TYPE_HASH || !hashes.get(entry, field, 0, field.length)) return undefined;
    return hashes.foundBytes.slice(hashes.foundStart, hashes.foundEnd);
  }
}

function arrowBehind(pattern: Uint8Array, from: number): number {
  for (let i = from + 1; i + 1 < pattern.length; i++)
    if (pattern[i] === HYPHEN && pattern[i + 1] === GREATER) return i;
  return -1;
}

function joined(prefix: Uint8Array, element: Uint8Array, suffix: Uint8Array): Uint8Array {
  const key = new Uint8Array(prefix.length + element.length + suffix.length);
  key.set(prefix);
  key.set(element, prefix.length);
  key.set(suffix, prefix.length + element.length);
  return key;
}
