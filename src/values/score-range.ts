/** Score intervals as ZRANGEBYSCORE and its like take them: `1.5`, `(1.5`, `-inf`, `+inf`. */
import { parseDouble } from '../bytes/double.ts';
import { isSpace } from '../bytes/integer.ts';
import { latin1 } from '../bytes/text.ts';

const OPEN_PARENTHESIS = 0x28;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export interface ScoreRange {
  min: number;
  max: number;
  minExclusive: boolean;
  maxExclusive: boolean;
}

/**
 * The value of a bound, without its parenthesis, or NaN when it is none. The real server reads
 * bounds less strictly than scores: leading space is passed over, no text at all is 0, and what
 * overflows is infinite.
 */
function parseBound(bytes: Uint8Array, start: number, end: number): number {
  let from = start;
  if (from === end) return 0;
  while (from < end && isSpace(bytes[from]!)) from++;
  const value = parseDouble(bytes, from, end);
  if (value !== undefined) return value;
  const text = latin1(bytes, from, end);
  return DECIMAL.test(text) ? Number(text) : NaN;
}

/** Reads the two bounds; undefined when one of them is not a float. */
export function parseScoreRange(
  minBytes: Uint8Array,
  minStart: number,
  minEnd: number,
  maxBytes: Uint8Array,
  maxStart: number,
  maxEnd: number,
): ScoreRange | undefined {
  const minExclusive = minStart < minEnd && minBytes[minStart] === OPEN_PARENTHESIS;
  const maxExclusive = maxStart < maxEnd && maxBytes[maxStart] === OPEN_PARENTHESIS;
  const min = parseBound(minBytes, minExclusive ? minStart + 1 : minStart, minEnd);
  const max = parseBound(maxBytes, maxExclusive ? maxStart + 1 : maxStart, maxEnd);
  if (Number.isNaN(min) || Number.isNaN(max)) return undefined;
  return { min, max, minExclusive, maxExclusive };
}
