/**
 * Numbers as text: what C's strtod and printf("%.14g") make of them, which is what Lua shows.
 */

import { formatG } from '../../bytes/format-double.ts';

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?\d+))?/;
const SPECIAL = /^([+-]?)(inf(?:inity)?|nan(?:\([A-Za-z0-9_]*\))?)/i;

/** The number a text stands for, spaces around it allowed; undefined when it is none. */
export function parseNumber(source: string): number | undefined {
  // C's functions see a string up to its first zero byte.
  const zero = source.indexOf('\0');
  const text = zero < 0 ? source : source.slice(0, zero);
  const start = skipSpaces(text, 0);
  const rest = start === 0 ? text : text.slice(start);
  const decimal = DECIMAL.exec(rest);
  let value = Number.NaN;
  let length = 0;
  if (decimal !== null) {
    value = Number(decimal[0]);
    length = decimal[0].length;
  }
  if (rest.length > length) {
    const hexadecimal = HEXADECIMAL.exec(rest);
    if (hexadecimal !== null && `${hexadecimal[2]}${hexadecimal[3] ?? ''}` !== '') {
      value = hexadecimalValue(hexadecimal);
      length = hexadecimal[0].length;
    } else if (length === 0) {
      const special = SPECIAL.exec(rest);
      if (special === null) return undefined;
      value = special[2]![0]!.toLowerCase() === 'i' ? Infinity : Number.NaN;
      if (special[1] === '-') value = -value;
      length = special[0].length;
    }
  }
  if (length === 0 || skipSpaces(rest, length) !== rest.length) return undefined;
  return value;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== 32 && (code < 9 || code > 13)) break;
    at++;
  }
  return at;
}

function hexadecimalValue(match: RegExpExecArray): number {
  const fraction = match[3] ?? '';
  const digits = `${match[2]}${fraction}`;
  const exponent = Number(match[4] ?? 0) - 4 * fraction.length;
  const mantissa = Number(BigInt(`0x${digits}`));
  const value = mantissa === 0 ? 0 : scale(mantissa, exponent);
  return match[1] === '-' ? -value : value;
}

/** value * 2^exponent without overflow on the way. */
export function scale(value: number, exponent: number): number {
  let result = value;
  let left = Math.max(-2200, Math.min(2200, exponent));
  while (left > 1000) {
    result *= 2 ** 1000;
    left -= 1000;
  }
  while (left < -1000) {
    result *= 2 ** -1000;
    left += 1000;
  }
  return result * 2 ** left;
}

/** `tostring` of a number: printf("%.14g"). */
export function numberToString(value: number): string {
  if (value === (value | 0)) return value === 0 && 1 / value < 0 ? '-0' : `${value}`;
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e14) {
    // JavaScript gives the fewest digits that stand for the number: if these are 14 at most, so does C.
    const text = `${value}`;
    if (text.length <= 15) return text;
  }
  return magnitude < Infinity ? formatG(value, 14) : formatSpecial(value);
}

/**
 * JavaScript hides the sign of NaN. The processor's own NaN, which is what 0/0 and inf - inf give
 * on the reference platform, prints as "-nan", so that is what every NaN prints as.
 */
export function formatSpecial(value: number): string {
  if (Number.isNaN(value)) return '-nan';
  return value > 0 ? 'inf' : '-inf';
}
