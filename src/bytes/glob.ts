/**
 * Glob patterns over bytes, as KEYS, SCAN, PSUBSCRIBE, CONFIG GET and ACL patterns use them:
 *
 *     *       any bytes, none included          [abc]   one of these bytes
 *     ?       any one byte                      [^abc]  one byte that is none of these
 *     \x      the byte x itself                 [a-z]   one byte of a range (either way round)
 *
 * Within a class, `\` takes the next byte literally and `]` always closes (so `[]` matches
 * nothing and `[^]` anything); a class that is never closed ends with the pattern; a last lone
 * `\` stands for itself. Ignoring case concerns ASCII letters, but not those escaped in a class. An
 * empty text is matched by the empty pattern alone, not even by `*` (KEYS and SCAN take a lone `*`
 * for "all keys" before they come here). All of this is what the real server does.
 *
 * Every construct but `*` takes exactly one byte, so when a match fails only the last `*` needs
 * to be tried again one byte further: whatever an earlier `*` could give up, the last one can
 * take. That bounds the work by O(pattern * text) where plain recursion is exponential.
 */

import { toLowerCase } from './text.ts';

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const DASH = 0x2d;
const BACKSLASH = 0x5c;

/** True when the whole text matches the whole pattern. O(pattern * text) at worst. */
export function matchesGlob(
  pattern: Uint8Array,
  patternStart: number,
  patternEnd: number,
  text: Uint8Array,
  textStart: number,
  textEnd: number,
  ignoreCase = false,
): boolean {
  if (textStart === textEnd) return patternStart === patternEnd;
  let p = patternStart;
  let t = textStart;
  // Behind the last star, and the first byte it has not taken yet.
  let afterStar = -1;
  let retry = 0;
  while (t < textEnd) {
    if (p < patternEnd && pattern[p] === STAR) {
      p = skipStars(pattern, p, patternEnd);
      if (p === patternEnd) return true;
      afterStar = p;
      retry = t;
      continue;
    }
    const next = p < patternEnd ? matchOne(pattern, p, patternEnd, text[t]!, ignoreCase) : 0;
    if (next > 0) {
      p = next;
      t++;
    } else if (afterStar >= 0) {
      p = afterStar;
      t = ++retry;
    } else {
      return false;
    }
  }
  return skipStars(pattern, p, patternEnd) === patternEnd;
}

/** True when the pattern has no special byte, and so matches only itself. */
export function isLiteralGlob(pattern: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = pattern[at];
    if (byte === STAR || byte === QUESTION || byte === OPEN || byte === BACKSLASH) return false;
  }
  return true;
}

function skipStars(pattern: Uint8Array, from: number, end: number): number {
  let p = from;
  while (p < end && pattern[p] === STAR) p++;
  return p;
}

/**
 * Matches one byte against the construct at `p`, which is not a star. Returns the position after
 * the construct, or 0 or less when the byte does not match.
 */
function matchOne(
  pattern: Uint8Array,
  p: number,
  end: number,
  byte: number,
  ignoreCase: boolean,
): number {
  const symbol = pattern[p]!;
  if (symbol === QUESTION) return p + 1;
  if (symbol === OPEN) return matchClass(pattern, p + 1, end, byte, ignoreCase);
  const at = symbol === BACKSLASH && p + 1 < end ? p + 1 : p;
  return sameByte(pattern[at]!, byte, ignoreCase) ? at + 1 : 0;
}

function sameByte(a: number, b: number, ignoreCase: boolean): boolean {
  return a === b || (ignoreCase && toLowerCase(a) === toLowerCase(b));
}

/** `matchOne` for a class; `from` is the position after its opening bracket. */
function matchClass(
  pattern: Uint8Array,
  from: number,
  end: number,
  byte: number,
  ignoreCase: boolean,
): number {
  const negated = from < end && pattern[from] === CARET;
  let p = negated ? from + 1 : from;
  let found = false;
  while (p < end) {
    if (pattern[p] === BACKSLASH && p + 1 < end) {
      found ||= pattern[p + 1] === byte;
      p += 2;
    } else if (pattern[p] === CLOSE) {
      break;
    } else if (p + 2 < end && pattern[p + 1] === DASH) {
      found ||= inRange(pattern[p]!, pattern[p + 2]!, byte, ignoreCase);
      p += 3;
    } else {
      found ||= sameByte(pattern[p]!, byte, ignoreCase);
      p++;
    }
  }
  if (found === negated) return 0;
  return p < end ? p + 1 : end;
}

/**
 * Ranges run in the order of signed bytes (128-255 before 0). Which end comes first is settled
 * before case is folded: `[Z-a]` ignoring case is the empty range from z to a.
 */
function inRange(from: number, to: number, byte: number, ignoreCase: boolean): boolean {
  const swapped = signed(from) > signed(to);
  const low = swapped ? to : from;
  const high = swapped ? from : to;
  if (!ignoreCase) return signed(byte) >= signed(low) && signed(byte) <= signed(high);
  const folded = signed(toLowerCase(byte));
  return folded >= signed(toLowerCase(low)) && folded <= signed(toLowerCase(high));
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}
