/**
 * Draws the samples of an event as the real server does: a column for each, in four lines of three
 * steps, with its age below. A column is a bar `|` that ends in `_`, `o` or `#`, a third of a line each;
 * the least sample is the lowest step, the highest the top.
 */
import type { LatencySeries } from '../../command/ports.ts';

const LINES = 4;
const STEPS = '_o#';
const COLUMNS = 80;

interface Sample {
  readonly time: number;
  readonly milliseconds: number;
}

/** `now` in seconds. Ends with a line break. */
export function latencyGraph({ event, samples, worst }: LatencySeries, now: number): string {
  const high = samples.reduce((most, { milliseconds }) => Math.max(most, milliseconds), 0);
  const low = samples.reduce((least, { milliseconds }) => Math.min(least, milliseconds), high);
  let text = `${event} - high ${high} ms, low ${low} ms (all time high ${worst} ms)\n`;
  text += `${'-'.repeat(COLUMNS)}\n`;
  for (let from = 0; from < samples.length; from += COLUMNS)
    text += block(samples.slice(from, from + COLUMNS), low, high, now);
  return text;
}

/** As many samples as fit beside each other. */
function block(samples: readonly Sample[], low: number, high: number, now: number): string {
  const range = Math.max(1, high - low);
  const steps = LINES * STEPS.length;
  const heights = samples.map(({ milliseconds }) =>
    Math.min(steps - 1, Math.floor(((milliseconds - low) * steps) / range)),
  );
  const ages = samples.map(({ time }) => age(now - time));
  const labelLines = ages.reduce((most, { length }) => Math.max(most, length), 0);
  let text = '';
  for (let line = LINES - 1; line >= 0; line--)
    text += `${heights.map((height) => column(height - line * STEPS.length)).join('')}\n`;
  text += `${' '.repeat(samples.length)}\n`;
  for (let line = 0; line < labelLines; line++)
    text += `${ages.map((one) => one[line] ?? ' ').join('')}\n`;
  return text;
}

/** What a line shows of a column that ends so many steps above the line's lower edge. */
function column(steps: number): string {
  if (steps < 0) return ' ';
  return STEPS[steps] ?? '|';
}

function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
