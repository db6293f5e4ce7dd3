/**
 * The server's log, by pino. A terminal or a log file gets lines in Redis's layout, which people and
 * tools know how to read; `log-format json` gives pino's own objects.
 *
 *   1234:M 20 Nov 2026 21:47:03.123 * Ready to accept connections
 */
import { appendFileSync } from 'node:fs';
import { pino } from 'pino';
import type { Log } from '../command/ports.ts';

const LEVELS = { debug: 20, verbose: 25, notice: 30, warning: 40 };
const MARKS: Readonly<Record<number, string>> = { 20: '.', 25: '-', 30: '*', 40: '#' };
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

export interface LoggerOptions {
  /** A loglevel of redis.conf, or `nothing`. */
  level: string;
  /** '' for standard output. Opened for each line, so that it can be renamed at any time. */
  file: string;
  format: string;
  /** M for a primary, S for a replica, X for a sentinel. */
  role: string;
}

/** One line in Redis's layout. */
function redisLine(level: number, text: string, role: string): string {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, '0');
  const month = MONTHS[now.getMonth()];
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  const milliseconds = String(now.getMilliseconds()).padStart(3, '0');
  const stamp = `${two(now.getDate())} ${month} ${now.getFullYear()} ${time}.${milliseconds}`;
  return `${process.pid}:${role} ${stamp} ${MARKS[level] ?? '*'} ${text}\n`;
}

/** A log that follows changes of `options`. */
export function createLogger(options: LoggerOptions): Log {
  const destination = {
    write(line: string): void {
      const record = JSON.parse(line) as { level: number; msg: string };
      const text =
        options.format === 'json' ? line : redisLine(record.level, record.msg, options.role);
      if (options.file === '') process.stdout.write(text);
      else appendQuietly(options.file, text);
    },
  };
  const logger = pino(
    { level: 'debug', customLevels: LEVELS, useOnlyCustomLevels: true },
    destination,
  );
  const wants = (level: keyof typeof LEVELS): boolean => {
    const least = (LEVELS as Record<string, number>)[options.level];
    return least !== undefined && LEVELS[level] >= least;
  };
  return {
    debug: (text) => wants('debug') && logger.debug(text),
    verbose: (text) => wants('verbose') && logger.verbose(text),
    notice: (text) => wants('notice') && logger.notice(text),
    warning: (text) => wants('warning') && logger.warning(text),
  };
}

/** A log that cannot be written must not stop the server. */
function appendQuietly(file: string, text: string): void {
  try {
    appendFileSync(file, text);
  } catch {
    process.stderr.write(text);
  }
}
