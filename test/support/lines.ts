/** Commands written as lines of words, for tables of cases. */
import type { Both, Command } from './both.ts';

/**
 * One command a line, words separated by blanks; `''` is an empty argument and `\xNN` a byte. Lines
 * that begin with `#` are remarks.
 */
export function commandsOf(lines: string): Command[] {
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/).map(argumentOf));
}

/** Runs the lines on both servers, one after the other, and compares every reply. */
export async function runLines(both: Both, lines: string): Promise<void> {
  await both.pipeline(commandsOf(lines));
}

function argumentOf(word: string): string | Uint8Array {
  if (word === "''") return '';
  if (!word.includes('\\x')) return word;
  const text = word.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(text, 'latin1');
}
