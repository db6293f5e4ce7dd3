/** Looks into listpacks that are not in the heap yet. They must have passed `validateListpack`. */
import { parseDouble } from '../bytes/double.ts';
import { writeBigInteger, writeInteger } from '../bytes/integer.ts';
import { compareBytes } from '../bytes/text.ts';
import {
  backLengthSize,
  bigIntegerValue,
  elementSize,
  HEAD_BYTES,
  integerValue,
  isString,
  stringHead,
} from '../memory/listpack-encoding.ts';
import type { TextVisit } from './ziplist.ts';

const text = new Uint8Array(24);

/** Visits the text of every element. O(bytes). */
export function readListpack(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: TextVisit,
): void {
  for (let at = start + HEAD_BYTES; at < end - 1;) {
    const size = elementSize(bytes, at);
    const first = bytes[at];
    if (isString(first)) visit(bytes, at + stringHead(first), at + size);
    else {
      const value = integerValue(bytes, at);
      const isSafe = first !== 0xf4 || Number.isSafeInteger(value);
      const length = isSafe
        ? writeInteger(text, 0, value)
        : writeBigInteger(text, 0, bigIntegerValue(bytes, at));
      visit(text, 0, length);
    }
    at += size + backLengthSize(size);
  }
}

/**
 * Whether a listpack of members and scores is what a sorted set keeps: every score a number, pairs
 * ascending by score and then by member. (Equal pairs pass.) O(bytes).
 */
export function scoresAreInOrder(bytes: Uint8Array, start: number, end: number): boolean {
  let isSorted = true;
  let index = 0;
  let previousScore = -Infinity;
  let previous = new Uint8Array(0);
  let member = previous;
  readListpack(bytes, start, end, (element, from, to) => {
    if (!isSorted) return;
    if (index++ % 2 === 0) {
      member = element.slice(from, to);
      return;
    }
    const score = parseDouble(element, from, to);
    if (score === undefined || score < previousScore) {
      isSorted = false;
      return;
    }
    if (score === previousScore && index > 2) {
      const order = compareBytes(previous, 0, previous.length, member, 0, member.length);
      if (order > 0) isSorted = false;
    }
    previousScore = score;
    previous = member;
  });
  return isSorted;
}
