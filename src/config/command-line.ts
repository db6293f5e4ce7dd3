/**
 * The command line of redis-server, as a pure function: `[FILE|-] [--directive value …] [-]`.
 *
 * Directives become lines of configuration that stand behind those of the file and of standard
 * input, so that they win, and so that errors can name their lines. A value is quoted; what
 * stands in one argument with its directive (`--save 60 1`) goes in as it is.
 */
import { byteStringOf } from './byte-string.ts';
import { quote, splitWords } from './quoting.ts';

export interface CommandLine {
  /** The configuration file, if one is named. */
  readonly file: string | undefined;
  /** The first or last argument is `-`: more configuration comes from standard input. */
  readonly readStdin: boolean;
  /** Lines of configuration, a byte string. */
  readonly overrides: string;
  /** `--sentinel` stands somewhere, or the program was started under the name redis-sentinel. */
  readonly sentinel: boolean;
  readonly showVersion: boolean;
  readonly showHelp: boolean;
  /** Why the server does not do what is asked of it. */
  readonly refusal: string | undefined;
}

const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['--check-system', 'respd has no --check-system: it does not depend on kernel settings.'],
  ['--test-memory', 'respd has no --test-memory: use a memory tester such as memtester.'],
]);

/** Directives that may come without a value, and what then stands in its place. */
const WITHOUT_VALUE: ReadonlyMap<string, string> = new Map([
  ['--save', '""'],
  ['--sentinel', ''],
]);

/** Reads the arguments behind the program's name. */
export function parseCommandLine(argv: readonly string[], program = ''): CommandLine {
  const first = argv[0] ?? '';
  const named = first !== '' && !first.startsWith('-');
  const dashFirst = first === '-';
  const dashLast = argv.at(-1) === '-';
  const skipped = named || dashFirst || argv[0] === '' ? 1 : 0;
  return {
    file: named ? first : undefined,
    readStdin: dashFirst || dashLast,
    overrides: overrideLines(argv.slice(skipped, dashLast ? -1 : undefined)).join('\n'),
    sentinel: argv.includes('--sentinel') || program.endsWith('redis-sentinel'),
    showVersion: first === '-v' || first === '--version',
    showHelp: first === '-h' || first === '--help',
    refusal: REFUSALS.get(first),
  };
}

/**
 * A directive begins with `--`, except right behind one that still lacks its value: there it is
 * the value (`--masterauth --dashed`). Words before the first directive form a line of their own.
 */
function overrideLines(words: readonly string[]): string[] {
  const lines: string[] = [];
  let needsValue = false;
  words.forEach((word, i) => {
    if (!word.startsWith('--') || needsValue) {
      const last = lines.pop();
      const value = quote(byteStringOf(word));
      lines.push(last === undefined || last === '' ? value : `${last} ${value}`);
      needsValue = false;
      return;
    }
    const line = byteStringOf(word.slice(2));
    const next = words[i + 1];
    const stand = WITHOUT_VALUE.get(word.toLowerCase());
    if (stand !== undefined && (next === undefined || next.startsWith('--'))) {
      lines.push(stand === '' ? line : `${line} ${stand}`);
      return;
    }
    needsValue = splitWords(byteStringOf(word))?.length === 1;
    lines.push(line);
  });
  return lines;
}

/**
 * All of a configuration as one text: the file, standard input, the command line. An empty line
 * separates the last one, as in Redis, whose line numbers thereby are the same.
 */
export function joinConfigTexts(file: string, stdin: string, overrides: string): string {
  return overrides === '' ? file + stdin : `${file}${stdin}\n${overrides}`;
}
