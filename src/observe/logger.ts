/**
 * The server's log. A terminal or a log file gets lines in Redis's layout, which people and tools
 * know how to read; `log-format json` gives the objects of pino, which is loaded only then, as it
 * would take a sixth of the time to start.
 *
 *   1234:M 20 Nov 2026 21:47:03.123 * Ready to accept connections
 */
import { appendFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Log } from '../command/ports.ts';
import type { Syslog } from './syslog.ts';

const LEVELS = { debug: 20, verbose: 25, notice: 30, warning: 40 };
const MARKS = { debug: '.', verbose: '-', notice: '*', warning: '#' };
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

type Level = keyof typeof LEVELS;

export interface LoggerOptions {
  /** A loglevel of redis.conf, or `nothing`. */
  level: string;
  /** '' for standard output. Opened for each line, so that it can be renamed at any time. */
  file: string;
  /** `text` or `json`. */
  format: string;
  /** M for a primary, S for a replica, X for a sentinel. */
  role: string;
  /** Gets what the file gets, if syslog is on. */
  syslog: Syslog | undefined;
}

/** Writes one line of a level. */
type WriteLine = (level: Level, text: string) => void;

/** A log that follows changes of `options`. */
export function createLogger(options: LoggerOptions): Log {
  let writeJson: WriteLine | undefined;
  const log = (level: Level, text: string): void => {
    const least = (LEVELS as Record<string, number>)[options.level];
    if (least === undefined || LEVELS[level] < least) return;
    options.syslog?.write(level, text);
    if (options.format === 'json') {
      writeJson ??= jsonWriter(options);
      writeJson(level, text);
    } else append(options.file, redisLine(level, text, options.role));
  };
  return {
    debug: (text) => log('debug', text),
    verbose: (text) => log('verbose', text),
    notice: (text) => log('notice', text),
    warning: (text) => log('warning', text),
  };
}

/** One line in Redis's layout. */
function redisLine(level: Level, text: string, role: string): string {
  const now = new Date();
  const month = MONTHS[now.getMonth()];
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(twoDigits).join(':');
  const milliseconds = String(now.getMilliseconds()).padStart(3, '0');
  const stamp = `${twoDigits(now.getDate())} ${month} ${now.getFullYear()} ${time}.${milliseconds}`;
  return `${process.pid}:${role} ${stamp} ${MARKS[level]} ${text}\n`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function jsonWriter(options: LoggerOptions): WriteLine {
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  const destination = { write: (line: string) => append(options.file, line) };
  const configuration = {
    level: 'debug',
    customLevels: LEVELS,
    useOnlyCustomLevels: true,
  } as const;
  const logger = pino(configuration, destination);
  return (level, text) => logger[level](text);
}

/** A log that cannot be written must not stop the server. */
function append(file: string, text: string): void {
  try {
    if (file === '') writeSync(1, text);
    else appendFileSync(file, text);
  } catch {
    // Standard output is full or closed, or the file cannot be written: the line is lost.
  }
}
