/**
 * The compact forms of before Redis 7.0, which are read and never written: ziplists and zipmaps.
 *
 *   ziplist   u32 bytes | u32 offset of the last entry | u16 count or 65535 | entries … | 0xff
 *   entry     length of the one before (1 byte, or 0xfe and u32), then what it is:
 *             00xxxxxx  string of 6 bits' length     01xxxxxx +1  of 14 bits, big end first
 *             10000000 +4  of 32 bits, big end first
 *             c0, d0, e0, f0, fe: integers of 16, 32, 64, 24, 8 bits    f1…fd: 0…12
 *   zipmap    u8 count or 254 | (length key)(length, free byte, value, free bytes)… | 0xff
 *             a length is one byte below 254, or 254 and u32
 */
import { writeBigInteger, writeInteger } from '../bytes/integer.ts';
import { readUint32 } from '../memory/listpack-encoding.ts';

/** Gets the text of an element; it is valid during the call. */
export type TextVisit = (bytes: Uint8Array, start: number, end: number) => void;

const HEAD_BYTES = 10;
const END = 0xff;
const LONG_PREVIOUS = 0xfe;
const text = new Uint8Array(24);

/** What `readHead` found of an entry. */
let valueStart = 0;
let valueEnd = 0;
let isInteger = false;

/**
 * Visits the elements of the ziplist `bytes[start, end)`. Returns their number, or -1 when it is
 * corrupt (some may have been visited then). O(bytes).
 */
export function readZiplist(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: TextVisit,
): number {
  const last = end - 1;
  if (end - start < HEAD_BYTES + 1 || readUint32(bytes, start) !== end - start) return -1;
  if (bytes[last] !== END) return -1;
  let at = start + HEAD_BYTES;
  let previousSize = 0;
  let tail = at;
  let count = 0;
  while (at < last) {
    if (!readHead(bytes, at, last, previousSize)) return -1;
    visitValue(bytes, visit);
    previousSize = valueEnd - at;
    tail = at;
    at = valueEnd;
    count++;
  }
  if (at !== last || readUint32(bytes, start + 4) !== tail - start) return -1;
  const stated = bytes[start + 8] | (bytes[start + 9] << 8);
  return stated === 0xffff || stated === count ? count : -1;
}

/** Reads an entry's head; false when it is none, lies about its neighbour, or leaves the list. */
function readHead(bytes: Uint8Array, at: number, last: number, previousSize: number): boolean {
  const isLong = bytes[at] === LONG_PREVIOUS;
  const form = at + (isLong ? 5 : 1);
  if (form >= last) return false;
  if ((isLong ? readUint32(bytes, at + 1) : bytes[at]) !== previousSize) return false;
  const first = bytes[form];
  isInteger = first >= 0xc0;
  let head = 1;
  let size: number;
  if (isInteger) {
    size = integerSize(first);
    if (size < 0) return false;
  } else if (first < 0x40) size = first;
  else if (first < 0x80) {
    head = 2;
    size = ((first & 0x3f) << 8) | bytes[form + 1];
  } else {
    if (first !== 0x80 || form + 5 > last) return false;
    head = 5;
    size =
      bytes[form + 1] * 0x1000000 +
      ((bytes[form + 2] << 16) | (bytes[form + 3] << 8) | bytes[form + 4]);
  }
  valueStart = form + head;
  valueEnd = valueStart + size;
  return valueEnd <= last;
}

/** Bytes behind the first one of an integer; -1 for a byte that begins none. */
function integerSize(first: number): number {
  if (first === 0xc0) return 2;
  if (first === 0xd0) return 4;
  if (first === 0xe0) return 8;
  if (first === 0xf0) return 3;
  if (first === 0xfe) return 1;
  return first >= 0xf1 && first <= 0xfd ? 0 : -1;
}

function visitValue(bytes: Uint8Array, visit: TextVisit): void {
  if (!isInteger) {
    visit(bytes, valueStart, valueEnd);
    return;
  }
  const size = valueEnd - valueStart;
  let length: number;
  if (size === 8) {
    const high = BigInt(readUint32(bytes, valueStart + 4) | 0);
    length = writeBigInteger(text, 0, (high << 32n) | BigInt(readUint32(bytes, valueStart)));
  } else {
    let value = bytes[valueStart - 1] - 0xf1;
    if (size > 0) {
      value = 0;
      for (let i = 0; i < size; i++) value |= bytes[valueStart + i] << (8 * i);
      const shift = 32 - 8 * size;
      value = (value << shift) >> shift;
    }
    length = writeInteger(text, 0, value);
  }
  visit(text, 0, length);
}

/** Visits keys and values of a zipmap by turns. Returns how many pairs, or -1 when it is corrupt. */
export function readZipmap(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: TextVisit,
): number {
  const last = end - 1;
  if (end - start < 2 || bytes[last] !== END) return -1;
  let at = start + 1;
  let pairs = 0;
  while (at < last) {
    for (let part = 0; part < 2; part++) {
      const isLong = bytes[at] === 254;
      if (bytes[at] === END || (isLong && at + 5 > last)) return -1;
      const size = isLong ? readUint32(bytes, at + 1) : bytes[at];
      at += isLong ? 5 : 1;
      let spare = 0;
      if (part === 1) {
        if (at >= last) return -1;
        spare = bytes[at++];
      }
      if (at + size + spare > last) return -1;
      visit(bytes, at, at + size);
      at += size + spare;
    }
    pairs++;
  }
  return at === last && (bytes[start] >= 254 || bytes[start] === pairs) ? pairs : -1;
}
