/** Member intervals as ZRANGEBYLEX and its like take them: `-`, `+`, `[member`, `(member`. */

const MINUS = 0x2d;
const PLUS = 0x2b;
const BRACKET = 0x5b;
const PARENTHESIS = 0x28;

export const LEX_LOWEST = 0;
export const LEX_HIGHEST = 1;
export const LEX_INCLUSIVE = 2;
export const LEX_EXCLUSIVE = 3;

/** A bound; the member is `bytes[start, end)` where the kind has one. */
export interface LexBound {
  kind: 0 | 1 | 2 | 3;
  bytes: Uint8Array;
  start: number;
  end: number;
}

export interface LexRange {
  min: LexBound;
  max: LexBound;
}

/**
 * Reads one bound; undefined when it is not valid. The bound refers to the bytes it was read from
 * and is valid as long as they are.
 */
export function parseLexBound(bytes: Uint8Array, start: number, end: number): LexBound | undefined {
  if (start >= end) return undefined;
  const first = bytes[start];
  if (first === BRACKET) return { kind: LEX_INCLUSIVE, bytes, start: start + 1, end };
  if (first === PARENTHESIS) return { kind: LEX_EXCLUSIVE, bytes, start: start + 1, end };
  if (end - start > 1) return undefined;
  if (first === MINUS) return { kind: LEX_LOWEST, bytes, start, end };
  if (first === PLUS) return { kind: LEX_HIGHEST, bytes, start, end };
  return undefined;
}
