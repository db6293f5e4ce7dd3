/** Patterns of keys and channels: globs, with a short way for the usual `prefix*`. */
import { isLiteralGlob, matchesGlob } from '../bytes/glob.ts';
import { equalsBytes, fromLatin1 } from '../bytes/text.ts';

const STAR = 0x2a;

/** Kinds of access that a pattern grants. */
export const MAY_READ = 1 << 0;
export const MAY_WRITE = 1 << 1;
export const MAY_READ_AND_WRITE = MAY_READ | MAY_WRITE;

export class Pattern {
  readonly text: string;
  readonly #bytes: Uint8Array;
  /** The pattern is this many literal bytes and a star; -1: it is something else. */
  readonly #prefix: number;

  constructor(text: string) {
    this.text = text;
    const bytes = fromLatin1(text);
    const last = bytes.length - 1;
    this.#bytes = bytes;
    this.#prefix = last > 0 && bytes[last] === STAR && isLiteralGlob(bytes, 0, last) ? last : -1;
  }

  /** Whether the pattern covers a name. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#bytes;
    const prefix = this.#prefix;
    if (prefix < 0) return matchesGlob(own, 0, own.length, bytes, start, end);
    if (end - start < prefix) return false;
    for (let i = 0; i < prefix; i++) if (own[i] !== bytes[start + i]) return false;
    return true;
  }

  /** Whether a name, which is a pattern itself, is this very pattern. */
  is(bytes: Uint8Array, start: number, end: number): boolean {
    return equalsBytes(this.#bytes, 0, this.#bytes.length, bytes, start, end);
  }
}

export class KeyPattern extends Pattern {
  /** MAY_* bits. */
  readonly access: number;

  constructor(text: string, access: number) {
    super(text);
    this.access = access;
  }

  /** `~text`, `%R~text`, `%W~text`. */
  get rule(): string {
    if (this.access === MAY_READ_AND_WRITE) return `~${this.text}`;
    return `${this.access === MAY_READ ? '%R' : '%W'}~${this.text}`;
  }
}
