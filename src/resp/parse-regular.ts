import { BATCH_CAPACITY } from './request-batch.ts';
import type { RequestBatch } from './request-batch.ts';

const CR = 13;
const LF = 10;
const ZERO = 48;
const ASTERISK = 42;
const DOLLAR = 36;

/**
 * Longer numbers are left to the careful parser, so that nothing here leaves the small-integer
 * range.
 */
const MAX_REGULAR = 99_999_999;

/**
 * The fast path of request parsing: appends to the batch every complete request from `at` that has
 * exactly the shape client libraries send, and returns where the first one begins that is
 * incomplete, malformed, inline, beyond a limit or too large for the batch. It decides nothing
 * about those: `PartialRequest` looks at them again with all the rules. So this loop has one way to
 * say no, and carries no state.
 *
 * It reads each header byte once, never argument bytes, allocates nothing, and never reads beyond
 * `end`. `capacity` is how many requests the batch may hold after it.
 */
export function parseRegular(
  batch: RequestBatch,
  bytes: Uint8Array,
  at: number,
  end: number,
  capacity: number,
  maxArguments: number,
  maxBulkLength: number,
): number {
  const { offsets, first, argc, begin, end: ends } = batch;
  const room = offsets.length;
  const most = capacity < BATCH_CAPACITY ? capacity : BATCH_CAPACITY;
  let count = batch.count;
  let slot = batch.used;
  let position = at;
  requests: while (count < most) {
    // The shortest request is `*1 $0` with its line ends, 10 bytes: what is checked here is not
    // checked again.
    if (end - position < 10 || bytes[position] !== ASTERISK) break;
    let p = position + 2;
    let n = bytes[position + 1] - ZERO;
    if (n < 1 || n > 9) break;
    let c = bytes[p];
    while (c !== CR) {
      if (c < ZERO || c > 57 || n > MAX_REGULAR) break requests;
      n = n * 10 + c - ZERO;
      if (++p >= end) break requests;
      c = bytes[p];
    }
    if (n > maxArguments || slot + 2 * n > room || p + 1 >= end || bytes[p + 1] !== LF) break;
    p += 2;
    const stop = slot + 2 * n;
    for (let s = slot; s < stop; s += 2) {
      if (end - p < 6 || bytes[p] !== DOLLAR) break requests;
      let length = bytes[p + 1] - ZERO;
      if (length < 0 || length > 9) break requests;
      p += 2;
      c = bytes[p];
      if (c !== CR) {
        if (length === 0) break requests;
        do {
          if (c < ZERO || c > 57 || length > MAX_REGULAR) break requests;
          length = length * 10 + c - ZERO;
          if (++p >= end) break requests;
          c = bytes[p];
        } while (c !== CR);
      }
      const start = p + 2;
      const stopAt = start + length;
      if (stopAt + 2 > end || length > maxBulkLength || bytes[p + 1] !== LF) break requests;
      if (bytes[stopAt] !== CR || bytes[stopAt + 1] !== LF) break requests;
      offsets[s] = start;
      offsets[s + 1] = stopAt;
      p = stopAt + 2;
    }
    first[count] = slot;
    argc[count] = n;
    begin[count] = position;
    ends[count] = p;
    count++;
    slot = stop;
    position = p;
  }
  batch.count = count;
  batch.used = slot;
  return position;
}
