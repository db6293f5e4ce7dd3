/** Directives with one value: yes/no, a name out of a list, a number, an amount of memory, text. */
import { directive, Problem } from './directive.ts';
import type { Directive, Kind, Options } from './directive.ts';
import { quote } from './quoting.ts';

export const INT_MAX = 2147483647n;
export const INT_MIN = -2147483648n;
export const UINT_MAX = 4294967295n;
export const LONG_MAX = 9223372036854775807n;
export const ULONG_MAX = 18446744073709551615n;

const BOOL: Kind<boolean> = {
  label: 'yes or no',
  parse(words) {
    const word = words[0]!.toLowerCase();
    if (word === 'yes' || word === 'no') return word === 'yes';
    return new Problem("argument must be 'yes' or 'no'");
  },
  print: (value) => (value ? 'yes' : 'no'),
  lines: (value) => [value ? 'yes' : 'no'],
  setting: (value) => value,
};

export function bool(name: string, initial: boolean, options?: Options): Directive<boolean> {
  return directive(name, BOOL, initial, options);
}

/** One name of a list; `same` maps a name to the one it is an equal of, and is shown as. */
export function choice(
  name: string,
  names: readonly string[],
  initial: string,
  options: Options & { readonly same?: Readonly<Record<string, string>> } = {},
): Directive<string> {
  const kind: Kind<string> = {
    label: names.join(', '),
    parse(words) {
      const word = words[0]!.toLowerCase();
      if (names.includes(word)) return options.same?.[word] ?? word;
      return new Problem(notOneOf(names));
    },
    print: (value) => value,
    lines: (value) => [value],
    setting: (value) => value,
  };
  return directive(name, kind, initial, options);
}

export function notOneOf(names: readonly string[]): string {
  return `argument(s) must be one of the following: ${names.join(', ')}`;
}

function outside(minimum: bigint, maximum: bigint, radix = 10): Problem {
  const [low, high] = [minimum.toString(radix), maximum.toString(radix)];
  return new Problem(`argument must be between ${low} and ${high} inclusive`);
}

/**
 * A whole number in its shortest decimal form: no plus sign, no leading zeros, no `-0`, within 64
 * signed bits; `undefined` for anything else.
 */
export function parseInteger(word: string): bigint | undefined {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(word)) return undefined;
  const value = BigInt(word);
  return value >= -LONG_MAX - 1n && value <= LONG_MAX ? value : undefined;
}

/**
 * A whole number as C's strtol reads it: leading white space, a sign and leading zeros are fine,
 * nothing at all is zero, more than 64 bits saturate. `undefined` when anything follows.
 */
export function parseLooseInteger(word: string, radix: 8 | 10 = 10): bigint | undefined {
  const match = /^\s*([+-]?)(\d+)$|^$/.exec(word);
  if (!match || (radix === 8 && /[89]/.test(word))) return undefined;
  const digits = match[2] ?? '0';
  const size = radix === 8 ? BigInt(`0o${digits}`) : BigInt(digits);
  const value = match[1] === '-' ? -size : size;
  return value > LONG_MAX ? LONG_MAX : value < -LONG_MAX - 1n ? -LONG_MAX - 1n : value;
}

/** `adjust` moves an accepted number silently into what the server can do. */
export function integer(
  name: string,
  initial: number,
  [minimum, maximum]: readonly [number | bigint, number | bigint],
  options: Options & { readonly adjust?: (value: bigint) => bigint } = {},
): Directive<bigint> {
  const [low, high] = [BigInt(minimum), BigInt(maximum)];
  const kind: Kind<bigint> = {
    label: `${low} to ${high}`,
    parse(words) {
      const value = parseInteger(words[0]!);
      if (value === undefined) return new Problem("argument couldn't be parsed into an integer");
      if (value < low || value > high) return outside(low, high);
      return options.adjust ? options.adjust(value) : value;
    },
    print: String,
    lines: (value) => [String(value)],
    setting: Number,
  };
  return directive(name, kind, BigInt(initial), options);
}

/** File permission bits, written in octal. */
export function permissions(name: string, options?: Options): Directive<bigint> {
  const kind: Kind<bigint> = {
    label: '0 to 777, octal',
    parse(words) {
      const value = parseLooseInteger(words[0]!, 8);
      if (value === undefined) {
        return new Problem("argument couldn't be parsed as an octal number");
      }
      return value < 0n || value > 0o777n ? outside(0n, 0o777n, 8) : value;
    },
    print: (value) => value.toString(8),
    lines: (value) => [value.toString(8)],
    setting: Number,
  };
  return directive(name, kind, 0n, options);
}

const BINARY_UNITS: readonly (readonly [string, bigint])[] = [
  ['gb', 1n << 30n],
  ['mb', 1n << 20n],
  ['kb', 1n << 10n],
];

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['b', 1n],
  ['k', 1000n],
  ['m', 1_000_000n],
  ['g', 1_000_000_000n],
  ...BINARY_UNITS,
]);

/**
 * An amount of bytes: digits and a unit (k, kb, m, mb, g, gb in either case; without b they are
 * powers of ten). No digits count as zero; more than 64 bits saturate before the unit counts.
 */
export function parseMemory(word: string): bigint | undefined {
  const match = /^(\d{0,127})([a-z]{0,2})$/i.exec(word);
  const unit = match ? UNITS.get(match[2]!.toLowerCase()) : undefined;
  if (!match || unit === undefined) return undefined;
  const digits = BigInt(match[1]!);
  return BigInt.asUintN(64, (digits > ULONG_MAX ? ULONG_MAX : digits) * unit);
}

/** Memory in the largest unit that states it exactly. */
export function formatMemory(value: bigint): string {
  for (const [unit, size] of BINARY_UNITS) {
    if (value > 0n && value % size === 0n) return `${value / size}${unit}`;
  }
  return String(value);
}

/** Bytes. `initial` is in bytes; an accepted value is raised to `least`. */
export function memory(
  name: string,
  initial: number,
  [minimum, maximum]: readonly [number | bigint, number | bigint],
  options: Options & { readonly least?: bigint } = {},
): Directive<bigint> {
  const [low, high] = [BigInt(minimum), BigInt(maximum)];
  const kind: Kind<bigint> = {
    label: `${low} to ${high} bytes`,
    parse(words) {
      const value = parseMemory(words[0]!);
      if (value === undefined) return new Problem('argument must be a memory value');
      if (value < low || value > high) return outside(low, high);
      return options.least !== undefined && value < options.least ? options.least : value;
    },
    print: String,
    lines: (value) => [formatMemory(value)],
    setting: Number,
  };
  return directive(name, kind, BigInt(initial), options);
}

/**
 * Bytes, or a percentage of maxmemory, which is kept as a negative number. Values beyond 63 bits
 * wrap into percentages, as they do in Redis.
 */
const MEMORY_OR_PERCENT: Kind<bigint> = {
  label: 'bytes, or a percentage of maxmemory up to 100%',
  parse(words) {
    const word = words[0]!;
    const percent = word.endsWith('%') ? parseInteger(word.slice(0, -1)) : undefined;
    const value = percent === undefined ? parseMemory(word) : -percent;
    if (value === undefined || (percent !== undefined && percent < 0n)) {
      return new Problem('argument must be a memory or percent value');
    }
    const signed = BigInt.asIntN(64, value);
    if (signed < -100n) return new Problem('percentage argument must be less or equal to 100');
    return signed;
  },
  print: (value) => (value < 0n ? `${-value}%` : String(value)),
  lines: (value) => [value < 0n ? `${-value}%` : formatMemory(value)],
  setting: Number,
};

export function memoryOrPercent(name: string, options?: Options): Directive<bigint> {
  return directive(name, MEMORY_OR_PERCENT, 0n, options);
}

/**
 * Free text; `check` returns why a value is refused. An empty value counts as not set, and is not
 * written to redis.conf, unless `empty` says that it is a value like any other.
 */
export function text(
  name: string,
  initial: string,
  options: Options & {
    readonly check?: (value: string) => string | undefined;
    readonly empty?: boolean;
  } = {},
): Directive<string> {
  const kind: Kind<string> = {
    label: 'text',
    parse(words) {
      const problem = options.check?.(words[0]!);
      return problem === undefined ? words[0]! : new Problem(problem);
    },
    print: (value) => value,
    lines: (value) => (value === '' && !options.empty ? [] : [quote(value)]),
    setting: (value) => value,
  };
  return directive(name, kind, initial, options);
}
