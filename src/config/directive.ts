/**
 * What a configuration directive is. The table itself stands in `directives-*.ts`; everything that
 * is known of a directive (CONFIG GET, CONFIG SET, redis.conf, CONFIG REWRITE) derives from it.
 */

/** Fixed once the server has started: CONFIG SET refuses it. */
export const IMMUTABLE = 1;
/** A secret: never logged. */
export const SENSITIVE = 2;
/** CONFIG SET needs `enable-protected-configs`. */
export const PROTECTED = 4;
/** CONFIG GET answers its exact name only, no pattern. */
export const HIDDEN = 8;
/** Takes several words; a single word is split at its spaces. */
export const MULTIPLE_WORDS = 16;
/** CONFIG SET refuses it while a data set is being loaded. */
export const DENY_LOADING = 32;
/** Applied again even when the value stays the same (files whose contents may have changed). */
export const VOLATILE = 64;
/** Known to respd only, not to Redis. */
export const EXTENSION = 128;
/** CONFIG REWRITE states it even where it has its default value, as Redis does. */
export const ALWAYS_WRITTEN = 256;

/** Whether this server acts on a directive, or accepts it for compatibility only, and why. */
export type Effect = 'applied' | `no effect here: ${string}`;

/** Why a value is refused, in Redis's words. */
export class Problem {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** How the values of a directive are read, kept and written. Values are immutable. */
export interface Kind<V> {
  /** For documentation: `bool`, `integer`, `memory` … */
  readonly label: string;
  /**
   * Reads the words of one line or CONFIG SET argument. `current` is the value so far;
   * `first` says that a file being loaded has not named the directive before.
   */
  parse(words: readonly string[], current: V, first: boolean): V | Problem;
  /** The value as CONFIG GET shows it. */
  print(value: V): string;
  /** The value as redis.conf states it: one entry per line, without the directive's name. */
  lines(value: V): string[];
  /** The value as the field of `Settings` holds it. */
  setting(value: V): unknown;
}

export interface Directive<V = unknown> {
  readonly name: string;
  /** An older name that means the same, or ''. */
  readonly alias: string;
  readonly kind: Kind<V>;
  readonly initial: V;
  /** An OR of the constants above. */
  readonly flags: number;
  readonly effect: Effect;
  /** The name of the field of `Settings`. */
  readonly field: string;
}

export interface Options {
  readonly alias?: string;
  readonly flags?: number;
  readonly effect?: Effect;
}

export function directive<V>(
  name: string,
  kind: Kind<V>,
  initial: V,
  { alias = '', flags = 0, effect = 'applied' }: Options = {},
): Directive<V> {
  return { name, alias, kind, initial, flags, effect, field: fieldName(name) };
}

/** `hash-max-listpack-entries` -> `hashMaxListpackEntries`. */
export function fieldName(name: string): string {
  return name.replaceAll(/[-_](.)/g, (_, letter: string) => letter.toUpperCase());
}
