/** The directives whose values have a form of their own. */
import { directive, MULTIPLE_WORDS, Problem } from './directive.ts';
import type { Directive, Kind, Options } from './directive.ts';
import { formatMemory, notOneOf, parseLooseInteger, parseMemory } from './kinds.ts';
import { parseNotifyClasses, printNotifyClasses } from './notify-classes.ts';
import { quote } from './quoting.ts';

/** Save after `seconds` when at least `changes` keys have changed. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/** A client is cut at `hard` bytes of waiting replies, or `soft` bytes for `softSeconds`; 0 is never. */
export interface OutputLimit {
  readonly hard: number;
  readonly soft: number;
  readonly softSeconds: number;
}

export interface OutputLimits {
  readonly normal: OutputLimit;
  readonly replica: OutputLimit;
  readonly pubsub: OutputLimit;
}

export interface PrimaryAddress {
  readonly host: string;
  readonly port: number;
}

export const SHUTDOWN_SAVE = 1;
export const SHUTDOWN_NOSAVE = 2;
export const SHUTDOWN_NOW = 4;
export const SHUTDOWN_FORCE = 8;

function special<V>(name: string, kind: Kind<V>, initial: V, options: Options = {}): Directive<V> {
  return directive(name, kind, initial, options);
}

function severalWords<V>(name: string, kind: Kind<V>, initial: V, options: Options = {}) {
  return special(name, kind, initial, {
    ...options,
    flags: (options.flags ?? 0) | MULTIPLE_WORDS,
  });
}

/** The low 32 bits as a signed number: how Redis keeps some counts. */
function int32(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

function printSavePoints(points: readonly SavePoint[]): string[] {
  return points.map(({ seconds, changes }) => `${seconds} ${changes}`);
}

/** In a file the first line replaces the default, the following ones add to it; `""` clears. */
const SAVE: Kind<readonly SavePoint[]> = {
  label: 'pairs of seconds and changes, or ""',
  parse(words, current, first) {
    if (words.length === 0 || (words.length === 1 && words[0] === '')) return [];
    const numbers = words.map((word) => parseLooseInteger(word));
    if (words.length % 2) return new Problem('Invalid save parameters');
    const points = first ? [] : [...current];
    for (let i = 0; i < numbers.length; i += 2) {
      const [seconds, changes] = [numbers[i], numbers[i + 1]];
      if (seconds === undefined || changes === undefined || seconds < 1n || changes < 0n) {
        return new Problem('Invalid save parameters');
      }
      points.push({ seconds: Number(seconds), changes: int32(changes) });
    }
    return points;
  },
  print: (points) => printSavePoints(points).join(' '),
  lines: (points) => (points.length === 0 ? [quote('')] : printSavePoints(points)),
  setting: (points) => points,
};

export function savePoints(name: string, initial: readonly SavePoint[], options?: Options) {
  return severalWords(name, SAVE, initial, options);
}

type LimitClass = keyof OutputLimits;

const LIMIT_CLASSES: ReadonlyMap<string, LimitClass> = new Map([
  ['normal', 'normal'],
  ['slave', 'replica'],
  ['replica', 'replica'],
  ['pubsub', 'pubsub'],
]);

/** The limits of one class in full precision. */
interface ExactLimit {
  readonly hard: bigint;
  readonly soft: bigint;
  readonly softSeconds: number;
}

type ExactLimits = Readonly<Record<LimitClass, ExactLimit>>;

function parseLimit(words: readonly string[]): ExactLimit | undefined {
  const [hard, soft] = [parseMemory(words[0]!), parseMemory(words[1]!)];
  const seconds = parseLooseInteger(words[2]!);
  if (hard === undefined || soft === undefined || seconds === undefined) return undefined;
  return seconds < 0n ? undefined : { hard, soft, softSeconds: int32(seconds) };
}

function exactLimit({ hard, soft, softSeconds }: OutputLimit): ExactLimit {
  return { hard: BigInt(hard), soft: BigInt(soft), softSeconds };
}

function plainLimit({ hard, soft, softSeconds }: ExactLimit): OutputLimit {
  return { hard: Number(hard), soft: Number(soft), softSeconds };
}

/** Groups of class, hard limit, soft limit and seconds; classes that are not named stay. */
const OUTPUT_LIMITS: Kind<ExactLimits> = {
  label: 'groups of class (normal, replica, pubsub), hard limit, soft limit, soft seconds',
  parse(words, current) {
    if (words.length % 4) {
      return new Problem('Wrong number of arguments in buffer limit configuration.');
    }
    const limits: Record<LimitClass, ExactLimit> = { ...current };
    for (let i = 0; i < words.length; i += 4) {
      const name = LIMIT_CLASSES.get(words[i]!.toLowerCase());
      if (name === undefined) {
        return new Problem('Invalid client class specified in buffer limit configuration.');
      }
      const limit = parseLimit(words.slice(i + 1, i + 4));
      if (limit === undefined) {
        return new Problem(
          'Error in hard, soft or soft_seconds setting in buffer limit configuration.',
        );
      }
      limits[name] = limit;
    }
    return limits;
  },
  print: ({ normal, replica, pubsub }) =>
    [['normal', normal] as const, ['slave', replica] as const, ['pubsub', pubsub] as const]
      .map(([name, { hard, soft, softSeconds }]) => `${name} ${hard} ${soft} ${softSeconds}`)
      .join(' '),
  lines: (limits) =>
    (['normal', 'replica', 'pubsub'] as const).map((name) => {
      const { hard, soft, softSeconds } = limits[name];
      return `${name} ${formatMemory(hard)} ${formatMemory(soft)} ${softSeconds}`;
    }),
  setting: ({ normal, replica, pubsub }): OutputLimits => ({
    normal: plainLimit(normal),
    replica: plainLimit(replica),
    pubsub: plainLimit(pubsub),
  }),
};

export function outputLimits(
  name: string,
  { normal, replica, pubsub }: OutputLimits,
  options?: Options,
) {
  const initial = {
    normal: exactLimit(normal),
    replica: exactLimit(replica),
    pubsub: exactLimit(pubsub),
  };
  return severalWords(name, OUTPUT_LIMITS, initial, options);
}

const NOTIFY: Kind<number> = {
  label: "letters out of Ag$lshzxeKEtmdn, or ''",
  parse(words) {
    return (
      parseNotifyClasses(words[0]!) ??
      new Problem("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
    );
  },
  print: printNotifyClasses,
  lines: (classes) => [quote(printNotifyClasses(classes))],
  setting: (classes) => classes,
};

export function notifyClasses(name: string, options?: Options) {
  return special(name, NOTIFY, 0, options);
}

const MAX_BIND_ADDRESSES = 16;

/** Addresses to listen on: `*` and `-::*` are "all", a leading `-` allows the address to be missing. */
const ADDRESSES: Kind<readonly string[]> = {
  label: `up to ${MAX_BIND_ADDRESSES} addresses`,
  parse(words) {
    if (words.length > MAX_BIND_ADDRESSES) {
      return new Problem('Too many bind addresses specified.');
    }
    return words.length === 1 && words[0] === '' ? [] : words;
  },
  print: (addresses) => addresses.join(' '),
  lines: (addresses) => [addresses.length === 0 ? quote('') : addresses.join(' ')],
  setting: (addresses) => addresses,
};

export function bindAddresses(name: string, initial: readonly string[], options?: Options) {
  return severalWords(name, ADDRESSES, initial, options);
}

const OOM_SCORES: Kind<readonly number[]> = {
  label: 'three numbers from -2000 to 2000: primary, replica, saving child',
  parse(words) {
    if (words.length !== 3) return new Problem('wrong number of arguments');
    const scores = words.map((word) => Number(parseLooseInteger(word) ?? Number.NaN));
    if (scores.every((score) => score >= -2000 && score <= 2000)) return scores;
    return new Problem('Invalid oom-score-adj-values, elements must be between -2000 and 2000.');
  },
  print: (scores) => scores.join(' '),
  lines: (scores) => [scores.join(' ')],
  setting: (scores) => scores,
};

export function oomScores(name: string, initial: readonly number[], options?: Options) {
  return severalWords(name, OOM_SCORES, initial, options);
}

/** At most six decimals, without trailing zeros. */
function printPercentile(value: number): string {
  return String(Number(value.toFixed(6)));
}

const PERCENTILES: Kind<readonly number[]> = {
  label: 'numbers from 0 to 100, or ""',
  parse(words) {
    if (words.length === 1 && words[0] === '') return [];
    const values: number[] = [];
    for (const word of words) {
      const infinite = /^[+-]?inf(inity)?$/i.test(word);
      const value = infinite ? Number.POSITIVE_INFINITY : Number(word);
      const numeric = /^([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|0x[\da-f]+)$/i.test(word);
      if (!infinite && (!numeric || !Number.isFinite(value))) {
        return new Problem('Invalid latency-tracking-info-percentiles parameters');
      }
      if (value < 0 || value > 100) {
        return new Problem(
          'latency-tracking-info-percentiles parameters should sit between [0.0,100.0]',
        );
      }
      values.push(value);
    }
    return values;
  },
  print: (values) => values.map(printPercentile).join(' '),
  lines: (values) => [values.length === 0 ? quote('') : values.map(printPercentile).join(' ')],
  setting: (values) => values,
};

export function percentiles(name: string, initial: readonly number[], options?: Options) {
  return severalWords(name, PERCENTILES, initial, options);
}

const SHUTDOWN_WORDS: ReadonlyMap<string, number> = new Map([
  ['default', 0],
  ['save', SHUTDOWN_SAVE],
  ['nosave', SHUTDOWN_NOSAVE],
  ['now', SHUTDOWN_NOW],
  ['force', SHUTDOWN_FORCE],
]);
const SHUTDOWN_NAMES = [...SHUTDOWN_WORDS.keys()];

function printShutdown(options: number): string {
  const names = SHUTDOWN_NAMES.filter((name) => options & SHUTDOWN_WORDS.get(name)!);
  return names.length === 0 ? 'default' : names.join(' ');
}

const SHUTDOWN: Kind<number> = {
  label: SHUTDOWN_NAMES.join(', '),
  parse(words) {
    let options = 0;
    if (words.length === 0) return new Problem(notOneOf(SHUTDOWN_NAMES));
    for (const word of words) {
      const bit = SHUTDOWN_WORDS.get(word.toLowerCase());
      if (bit === undefined) return new Problem(notOneOf(SHUTDOWN_NAMES));
      options |= bit;
    }
    if (options & SHUTDOWN_SAVE && options & SHUTDOWN_NOSAVE) {
      return new Problem("shutdown options SAVE and NOSAVE can't be used simultaneously");
    }
    return options;
  },
  print: printShutdown,
  lines: (options) => [printShutdown(options)],
  setting: (options) => options,
};

export function shutdownOptions(name: string, options?: Options) {
  return severalWords(name, SHUTDOWN, 0, options);
}

const PRIMARY: Kind<PrimaryAddress | undefined> = {
  label: 'host and port, or "no one"',
  parse(words) {
    if (words.length !== 2) return new Problem('wrong number of arguments');
    const [host, word] = [words[0]!, words[1]!];
    if (host.toLowerCase() === 'no' && word.toLowerCase() === 'one') return undefined;
    const port = Number(parseLooseInteger(word) ?? Number.NaN);
    return port >= 0 && port <= 65535 ? { host, port } : new Problem('Invalid master port');
  },
  print: (address) => (address ? `${address.host} ${address.port}` : ''),
  lines: (address) => (address ? [`${address.host} ${address.port}`] : []),
  setting: (address) => address,
};

export function primaryAddress(name: string, options?: Options) {
  return severalWords(name, PRIMARY, undefined, options);
}
