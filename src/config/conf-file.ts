/**
 * Reads redis.conf into a `Config`. The file system comes in through `ConfigFilePorts`; texts are
 * byte strings. Reasons and their layout are Redis's, so that tools that read them keep working.
 */
import type { Config } from './config.ts';
import { findDirective } from './directives.ts';
import { splitWords } from './quoting.ts';

/** What reading a configuration needs from outside. */
export interface ConfigFilePorts {
  /** The contents of a file as a byte string; throws an `Error` with the system's reason. */
  readonly readFile: (path: string) => string;
  /** The files that a pattern of an `include` matches, in order. */
  readonly listFiles: (pattern: string) => readonly string[];
  /** Called for `dir`: moves there, or says why not. */
  readonly changeDirectory?: (path: string) => string | undefined;
  /** Why a command cannot be renamed, if so. An empty new name removes the command. */
  readonly renameCommand?: (from: string, to: string) => string | undefined;
  /** Checks the rules of a `user` line. */
  readonly checkUser?: (name: string, rules: readonly string[]) => UserProblem | undefined;
}

export interface UserProblem {
  /** The place of the wrong rule among the rules of the line. */
  readonly rule: number;
  readonly text: string;
}

/** A line that belongs to another part of the server, in the order of the files. */
export interface ConfigLine {
  readonly number: number;
  readonly line: string;
  readonly words: readonly string[];
}

/** What a configuration says besides settings. Words are without the directive's name. */
export interface LoadedLines {
  readonly users: ConfigLine[];
  readonly renames: ConfigLine[];
  readonly sentinel: ConfigLine[];
}

export interface LoadOptions {
  /** The server runs as a sentinel. */
  readonly sentinel?: boolean;
}

/** A configuration that the server must not start with; `message` is what to print. */
export class ConfigFileError extends Error {}

const VERSION = '7.0.15';
const BAD_DIRECTIVE = 'Bad directive or wrong number of arguments';
const MAX_INCLUDE_DEPTH = 64;

/** Directives of older versions that are read over when they have one value. */
const OBSOLETE: readonly string[] = [
  'list-max-ziplist-entries',
  'list-max-ziplist-value',
  'lua-replicate-commands',
];

/** The report of a configuration that is wrong as a whole. */
export function fatalConfigText(reason: string, number?: number, line?: string): string {
  const where =
    number === undefined
      ? ''
      : `Reading the configuration file, at line ${number}\n>>> '${line ?? ''}'\n`;
  return `\n*** FATAL CONFIG FILE ERROR (Redis ${VERSION}) ***\n${where}${reason}\n`;
}

/**
 * Takes over every line of a configuration. Throws `ConfigFileError` at the first wrong one; the
 * `Config` is then half changed and of no use. O(length).
 */
export function loadConfigText(
  config: Config,
  text: string,
  ports: ConfigFilePorts,
  options: LoadOptions = {},
): LoadedLines {
  const loader = new Loader(config, ports, options);
  loader.load(text, 0);
  loader.finish();
  return loader.lines;
}

class Loader {
  readonly lines: LoadedLines = { users: [], renames: [], sentinel: [] };
  readonly #config: Config;
  readonly #ports: ConfigFilePorts;
  readonly #options: LoadOptions;
  /** Directives named so far: the first `save` replaces the default, the next ones add to it. */
  readonly #seen = new Set<string>();

  constructor(config: Config, ports: ConfigFilePorts, options: LoadOptions) {
    this.#config = config;
    this.#ports = ports;
    this.#options = options;
  }

  load(text: string, depth: number): void {
    let number = 0;
    // A zero byte hides the rest of its line, and the line break with it, as in Redis.
    for (const raw of text.replaceAll(/\0[^\n]*\n?/g, '').split('\n')) {
      number++;
      const line = raw.replaceAll(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
      if (line === '' || line.startsWith('#')) continue;
      const words = splitWords(line);
      const problem = words
        ? this.#take({ number, line, words }, depth)
        : 'Unbalanced quotes in configuration line';
      if (problem !== undefined) throw new ConfigFileError(fatalConfigText(problem, number, line));
    }
  }

  /** What only the whole configuration shows. */
  finish(): void {
    if (this.#config.clusterEnabled && this.#config.replicaof) {
      throw new ConfigFileError(fatalConfigText('replicaof directive not allowed in cluster mode'));
    }
  }

  /** Takes one line, or says what is wrong with it. */
  #take(entry: ConfigLine, depth: number): string | undefined {
    const [first, ...rest] = entry.words;
    if (first === undefined) return undefined;
    const name = first.toLowerCase();
    const directive = findDirective(name);
    if (directive) return this.#assign(directive.name, rest);
    const line = { ...entry, words: rest };
    if (name === 'include' && rest.length === 1) return this.#include(rest[0]!, depth);
    if (name === 'rename-command' && rest.length === 2) return this.#rename(line);
    if (name === 'user' && rest.length > 0) return this.#user(line);
    if (name === 'loadmodule' && rest.length > 0) return 'native modules cannot be loaded';
    if (name === 'sentinel') return this.#sentinel(line);
    return OBSOLETE.includes(name) && rest.length === 1 ? undefined : BAD_DIRECTIVE;
  }

  #assign(name: string, words: readonly string[]): string | undefined {
    const first = !this.#seen.has(name);
    this.#seen.add(name);
    const problem = this.#config.assign(name, words, first);
    if (problem !== undefined || name !== 'dir') return problem;
    return this.#ports.changeDirectory?.(words[0]!);
  }

  /**
   * A plain name has to exist, a pattern may match nothing. The files of a pattern count as one
   * text, which is what line numbers in errors refer to.
   */
  #include(path: string, depth: number): undefined {
    if (depth >= MAX_INCLUDE_DEPTH) {
      throw new ConfigFileError(`Fatal error, too many nested includes at '${path}'`);
    }
    const files = /[*?[]/.test(path) ? this.#ports.listFiles(path) : [path];
    this.load(files.map((file) => readConfigFile(file, this.#ports)).join(''), depth + 1);
    return undefined;
  }

  #rename(line: ConfigLine): string | undefined {
    const [from, to] = line.words as [string, string];
    const problem = this.#ports.renameCommand?.(from, to);
    if (problem === undefined) this.lines.renames.push(line);
    return problem;
  }

  /**
   * Redis names the word that stands in the line where the wrong rule stands among the rules,
   * which is two words before it.
   */
  #user(line: ConfigLine): string | undefined {
    const [name, ...rules] = line.words as [string, ...string[]];
    if (this.lines.users.some(({ words }) => words[0] === name)) {
      const text = 'Duplicate user found. A user can only be defined once in config files';
      return userError(name, text);
    }
    const problem = this.#ports.checkUser?.(name, rules);
    if (problem) return userError(['user', ...line.words][problem.rule] ?? name, problem.text);
    this.lines.users.push(line);
    return undefined;
  }

  #sentinel(line: ConfigLine): string | undefined {
    if (line.words.length === 0) return undefined;
    if (!this.#options.sentinel) return 'sentinel directive while not in sentinel mode';
    this.lines.sentinel.push(line);
    return undefined;
  }
}

function userError(word: string, text: string): string {
  return `Error in user declaration '${word}': ${text}`;
}

/** The contents of a configuration file; throws `ConfigFileError` when it cannot be read. */
export function readConfigFile(path: string, ports: Pick<ConfigFilePorts, 'readFile'>): string {
  try {
    return ports.readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigFileError(`Fatal error, can't open config file '${path}': ${reason}`, {
      cause: error,
    });
  }
}
