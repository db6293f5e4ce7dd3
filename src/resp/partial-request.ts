import { isCanonicalInt64, parseInteger } from '../bytes/integer.ts';
import type { RequestLimits } from './request-limits.ts';

const CR = 13;
const LF = 10;
const DOLLAR = 36;
const MINUS = 45;
const NO_OFFSETS = new Int32Array(0);

/** What `resume` found. */
export const INCOMPLETE = 0;
/** All arguments are there. */
export const COMPLETE = 1;
/** A request without arguments (`*0`, `*-1`): nothing to execute. */
export const SKIPPED = 2;
/** `error` says why. */
export const MALFORMED = 3;
export type Outcome = 0 | 1 | 2 | 3;

/**
 * The number in a header, which is a canonical signed 64-bit integer; NaN when it is not. Those
 * beyond 2^53 become infinite, which compares with every limit as they would.
 */
function headerNumber(bytes: Uint8Array, start: number, end: number): number {
  const value = parseInteger(bytes, start, end);
  if (!Number.isNaN(value) || !isCanonicalInt64(bytes, start, end)) return value;
  return bytes[start] === MINUS ? -Infinity : Infinity;
}

/**
 * A RESP request that is being received, or that the fast path would not take: the careful parser.
 * It knows all rules and errors, and can stop and go on at any byte, so each byte is looked at once
 * however the request arrives. Positions are relative to the request's first byte, since the bytes
 * move from the read buffer to the reader's own while it is incomplete.
 *
 * Two oddities of Redis are kept. A line ends at CR and the byte after it is skipped unseen, as are
 * the two bytes after an argument; `canonical` tells when those were not what they should be. And a
 * zero byte hides everything after it, so that a line with one in it never ends.
 */
export class PartialRequest {
  /** Bytes that need no second look. */
  scanned = 0;
  /** Arguments announced; 0 until the header was read. */
  argumentCount = 0;
  /** Pairs of start and end by argument, relative to the request. */
  offsets: Int32Array = NO_OFFSETS;
  /** Whether the bytes are what a client library would have sent. */
  canonical = true;
  /** The protocol error, without `ERR`; one char a byte. */
  error = '';
  #done = 0;
  /** Where the header being read begins. */
  #line = 0;
  /** Length of the argument being received; -1 while its header is. */
  #bulkLength = -1;

  /** How many bytes of the request there must be for `resume` to get any further. */
  get needed(): number {
    return this.scanned + (this.#bulkLength < 0 ? 1 : this.#bulkLength + 2);
  }

  /**
   * Goes on with the request that begins at `start`. Linear in the bytes that were not yet scanned.
   */
  resume(
    bytes: Uint8Array,
    start: number,
    end: number,
    limits: RequestLimits,
    authenticated: boolean,
  ): Outcome {
    if (this.argumentCount === 0) {
      const outcome = this.#readCount(bytes, start, end, limits, authenticated);
      if (outcome !== COMPLETE) return outcome;
    }
    while (this.#done < this.argumentCount) {
      if (this.#bulkLength < 0) {
        const outcome = this.#readLength(bytes, start, end, limits, authenticated);
        if (outcome !== COMPLETE) return outcome;
      }
      const stop = this.scanned + this.#bulkLength;
      if (start + stop + 2 > end) return INCOMPLETE;
      if (bytes[start + stop] !== CR || bytes[start + stop + 1] !== LF) this.canonical = false;
      this.#addArgument(this.scanned, stop);
      this.scanned = stop + 2;
      this.#line = this.scanned;
      this.#bulkLength = -1;
    }
    return COMPLETE;
  }

  #readCount(
    bytes: Uint8Array,
    start: number,
    end: number,
    limits: RequestLimits,
    authenticated: boolean,
  ): Outcome {
    const lineEnd = this.#findLineEnd(bytes, start, end);
    if (lineEnd < 0) return this.#unfinished(end - start, limits, 'too big mbulk count string');
    if (lineEnd + 1 >= end) return INCOMPLETE;
    const count = headerNumber(bytes, start + 1, lineEnd);
    if (!(count <= limits.maxArguments)) return this.#fail('invalid multibulk length');
    if (!authenticated && count > limits.maxUnauthenticatedArguments) {
      return this.#fail('unauthenticated multibulk length');
    }
    this.#endLine(bytes, start, lineEnd);
    if (count <= 0) return SKIPPED;
    this.argumentCount = count;
    return COMPLETE;
  }

  #readLength(
    bytes: Uint8Array,
    start: number,
    end: number,
    limits: RequestLimits,
    authenticated: boolean,
  ): Outcome {
    const line = start + this.#line;
    const lineEnd = this.#findLineEnd(bytes, start, end);
    if (lineEnd < 0) return this.#unfinished(end - line, limits, 'too big bulk count string');
    if (lineEnd + 1 >= end) return INCOMPLETE;
    if (bytes[line] !== DOLLAR) {
      return this.#fail(`expected '$', got '${String.fromCharCode(bytes[line])}'`);
    }
    const length = headerNumber(bytes, line + 1, lineEnd);
    if (!(length >= 0 && length <= limits.maxBulkLength)) return this.#fail('invalid bulk length');
    if (!authenticated && length > limits.maxUnauthenticatedBulkLength) {
      return this.#fail('unauthenticated bulk length');
    }
    this.#endLine(bytes, start, lineEnd);
    this.#bulkLength = length;
    return COMPLETE;
  }

  /** Where the CR is that ends the header, or -1 when it has not come. */
  #findLineEnd(bytes: Uint8Array, start: number, end: number): number {
    let at = start + this.scanned;
    while (at < end && bytes[at] !== CR && bytes[at] !== 0) at++;
    this.scanned = at - start;
    return at < end && bytes[at] === CR ? at : -1;
  }

  #endLine(bytes: Uint8Array, start: number, lineEnd: number): void {
    if (bytes[lineEnd + 1] !== LF) this.canonical = false;
    this.scanned = lineEnd + 2 - start;
    this.#line = this.scanned;
  }

  #unfinished(lineBytes: number, limits: RequestLimits, error: string): Outcome {
    return lineBytes > limits.maxLineBytes ? this.#fail(error) : INCOMPLETE;
  }

  #fail(error: string): Outcome {
    this.error = `Protocol error: ${error}`;
    return MALFORMED;
  }

  #addArgument(start: number, end: number): void {
    const at = 2 * this.#done++;
    if (at >= this.offsets.length) {
      // Grows with what has arrived, not with what was announced.
      const larger = new Int32Array(Math.max(16, this.offsets.length * 2));
      larger.set(this.offsets);
      this.offsets = larger;
    }
    this.offsets[at] = start;
    this.offsets[at + 1] = end;
  }
}
