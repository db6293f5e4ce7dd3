/**
 * Byte ranges as text and as wholes: conversion from and to strings, comparison, copying.
 *
 * "Latin-1" here is the identity between bytes 0-255 and code units 0-255, the one conversion
 * that loses nothing. It is meant for error texts, names, logs and maps keyed by strings; data
 * stays bytes.
 */

/** Strings up to this length are built by concatenation, which is faster than a call by array. */
const SHORT_TEXT = 24;
/** How many arguments one call of fromCharCode gets; far below any stack limit. */
const TEXT_CHUNK = 4096;
/** From this length on, `set` on a subarray is faster than a loop, although it allocates a view. */
const BULK_COPY = 64;

/** From this length on, the platform's conversion is faster than a loop over the characters. */
const LONG_TEXT = 48;

/** The platform's own conversions between bytes and latin-1 texts, several times faster on long ones. */
export type NativeText = {
  decode(bytes: Uint8Array, start: number, end: number): string;
  /** Writes as many bytes as the text has code units, for which there must be room. */
  encode(text: string, target: Uint8Array, at: number): void;
};

let native: NativeText | undefined;

/** Has long texts converted by the platform from now on; without it they are converted here. */
export function useNativeText(conversions: NativeText): void {
  native = conversions;
}

const utf8 = new TextEncoder();

/** One character per byte, code unit = byte. O(length). */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  if (end - start <= SHORT_TEXT) {
    for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
    return text;
  }
  if (native !== undefined) return native.decode(bytes, start, end);
  for (let at = start; at < end; at += TEXT_CHUNK) {
    const chunk = bytes.subarray(at, Math.min(at + TEXT_CHUNK, end));
    // fromCharCode takes any array-like list of code units; the cast spares a copy into an array.
    text += String.fromCharCode.apply(null, chunk as unknown as number[]);
  }
  return text;
}

/** One byte per code unit; the inverse of `latin1`. Code units above 255 lose their high byte. */
export function fromLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  writeLatin1(bytes, 0, text);
  return bytes;
}

/** Writes one byte per code unit at `target[at...)`, where there must be room; gives the end. */
export function writeLatin1(target: Uint8Array, at: number, text: string): number {
  const { length } = text;
  if (length >= LONG_TEXT && native !== undefined) native.encode(text, target, at);
  else for (let i = 0; i < length; i++) target[at + i] = text.charCodeAt(i);
  return at + length;
}

/** The UTF-8 bytes of a string. */
export function fromUtf8(text: string): Uint8Array {
  return utf8.encode(text);
}

/** True when both ranges hold the same bytes. */
export function equalsBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  const length = aEnd - aStart;
  if (length !== bEnd - bStart) return false;
  for (let i = 0; i < length; i++) {
    if (a[aStart + i] !== b[bStart + i]) return false;
  }
  return true;
}

/**
 * Lexicographic order by unsigned bytes, a prefix before what it begins (memcmp, then length):
 * negative, zero or positive.
 */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const aLength = aEnd - aStart;
  const bLength = bEnd - bStart;
  const common = aLength < bLength ? aLength : bLength;
  for (let i = 0; i < common; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

/**
 * True when the bytes spell the given word, ASCII letters in either case. The word is ASCII and
 * written in lower case. Allocates nothing.
 */
export function equalsIgnoreCase(
  bytes: Uint8Array,
  start: number,
  end: number,
  lowerCase: string,
): boolean {
  if (end - start !== lowerCase.length) return false;
  for (let i = 0; i < lowerCase.length; i++) {
    if (toLowerCase(bytes[start + i]!) !== lowerCase.charCodeAt(i)) return false;
  }
  return true;
}

/** The byte, with 'A'-'Z' turned into 'a'-'z'; every other byte is left alone. */
export function toLowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/**
 * Copies `source[start, end)` to `target[at...)` and returns the position after it. The ranges
 * must not overlap unless `at <= start` (use copyWithin to open a gap). Allocates nothing below
 * 64 bytes; eight bytes a turn there, which takes half the time of a plain loop.
 */
export function copyBytes(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  if (end - start >= BULK_COPY) {
    target.set(source.subarray(start, end), at);
    return at + end - start;
  }
  let to = at;
  let from = start;
  for (const eights = end - 7; from < eights; from += 8, to += 8) {
    target[to] = source[from]!;
    target[to + 1] = source[from + 1]!;
    target[to + 2] = source[from + 2]!;
    target[to + 3] = source[from + 3]!;
    target[to + 4] = source[from + 4]!;
    target[to + 5] = source[from + 5]!;
    target[to + 6] = source[from + 6]!;
    target[to + 7] = source[from + 7]!;
  }
  while (from < end) target[to++] = source[from++]!;
  return to;
}
