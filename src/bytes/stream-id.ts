/**
 * IDs of stream entries: milliseconds and a sequence number, unsigned 64-bit integers each, ordered
 * by the first and then the second. Kept as four 32-bit words, since a number cannot hold 64 bits
 * and a BigInt is an allocation. Instances are mutable, so that hot paths reuse them.
 */
import { decimalLength, parseInteger, parseUnsigned64, writeInteger } from './integer.ts';
import { writeBigInteger } from './integer.ts';
import { copyBytes } from './text.ts';

const WORD = 0x100000000;
const MOST = 0xffffffff;
/** High words below this make safe integers. */
const SAFE_HIGH = 0x200000;
const HYPHEN = 0x2d;
const PLUS = 0x2b;
const ASTERISK = 0x2a;

/** Longest text of an ID, in bytes. */
export const STREAM_ID_TEXT = 41;
/** A longer argument is no ID, whatever it says. */
const LONGEST_ARGUMENT = 127;

/** How `parse` takes an ID that is not written out in full. */
export interface IdForm {
  /** Sequence number of an ID without one: the least or the greatest. */
  readonly missing: 'first' | 'last';
  /** Whether `-` and `+` stand for the least and the greatest ID. */
  readonly ends: boolean;
  /** Whether the sequence number may be `*`; it is left 0 then, and `hasSequence` false. */
  readonly openSequence: boolean;
}

/** A whole ID, or milliseconds alone for sequence number 0. */
export const STRICT_ID: IdForm = { missing: 'first', ends: false, openSequence: false };
/** An ID to be, of XADD. */
export const NEW_ID: IdForm = { missing: 'first', ends: false, openSequence: true };
/** The two ends of a range. */
export const RANGE_START: IdForm = { missing: 'first', ends: true, openSequence: false };
export const RANGE_END: IdForm = { missing: 'last', ends: true, openSequence: false };

/**
 * The milliseconds written last, and their text with the hyphen: IDs come in runs of the same ones,
 * and copying their thirteen digits takes a quarter of the time that making them does.
 */
const written = new Uint8Array(STREAM_ID_TEXT);
let writtenHigh = -1;
let writtenLow = -1;
let writtenEnd = 0;

export class StreamId {
  msHigh = 0;
  msLow = 0;
  seqHigh = 0;
  seqLow = 0;
  /** Whether the text that was parsed gave a sequence number other than `*`. */
  hasSequence = true;

  /** From two safe integers. */
  static of(ms: number, seq: number): StreamId {
    const id = new StreamId();
    id.setWords(Math.floor(ms / WORD), ms % WORD, Math.floor(seq / WORD), seq % WORD);
    return id;
  }

  /** Each word from 0 to 2^32 - 1. */
  setWords(msHigh: number, msLow: number, seqHigh: number, seqLow: number): void {
    this.msHigh = msHigh;
    this.msLow = msLow;
    this.seqHigh = seqHigh;
    this.seqLow = seqLow;
  }

  set(other: StreamId): void {
    this.setWords(other.msHigh, other.msLow, other.seqHigh, other.seqLow);
  }

  setLeast(): void {
    this.setWords(0, 0, 0, 0);
  }

  setGreatest(): void {
    this.setWords(MOST, MOST, MOST, MOST);
  }

  clone(): StreamId {
    const id = new StreamId();
    id.set(this);
    return id;
  }

  get isLeast(): boolean {
    return (this.msHigh | this.msLow | this.seqHigh | this.seqLow) === 0;
  }

  get isGreatest(): boolean {
    return (
      this.msHigh === MOST && this.msLow === MOST && this.seqHigh === MOST && this.seqLow === MOST
    );
  }

  get isLastOfItsMillisecond(): boolean {
    return this.seqHigh === MOST && this.seqLow === MOST;
  }

  /** Negative, zero or positive, like the difference of the two. */
  compare(other: StreamId): number {
    if (this.msHigh !== other.msHigh) return this.msHigh - other.msHigh;
    if (this.msLow !== other.msLow) return this.msLow - other.msLow;
    if (this.seqHigh !== other.seqHigh) return this.seqHigh - other.seqHigh;
    return this.seqLow - other.seqLow;
  }

  sameMilliseconds(other: StreamId): boolean {
    return this.msHigh === other.msHigh && this.msLow === other.msLow;
  }

  /** The next ID; false when there is none. The greatest one becomes the least. */
  increment(): boolean {
    if (++this.seqLow <= MOST) return true;
    this.seqLow = 0;
    if (++this.seqHigh <= MOST) return true;
    this.seqHigh = 0;
    if (++this.msLow <= MOST) return true;
    this.msLow = 0;
    if (++this.msHigh <= MOST) return true;
    this.msHigh = 0;
    return false;
  }

  /** The ID before; false when there is none. The least one becomes the greatest. */
  decrement(): boolean {
    if (--this.seqLow >= 0) return true;
    this.seqLow = MOST;
    if (--this.seqHigh >= 0) return true;
    this.seqHigh = MOST;
    if (--this.msLow >= 0) return true;
    this.msLow = MOST;
    if (--this.msHigh >= 0) return true;
    this.msHigh = MOST;
    return false;
  }

  /** The milliseconds as a number: exact up to 2^53. */
  get milliseconds(): number {
    return this.msHigh * WORD + this.msLow;
  }

  /** Sets the milliseconds (a safe integer), with sequence number 0. */
  setMilliseconds(ms: number): void {
    this.setWords(Math.floor(ms / WORD), ms % WORD, 0, 0);
  }

  /**
   * The ID that a text means; false when it means none. Sets `hasSequence` when the form allows
   * an open one.
   */
  parse(bytes: Uint8Array, start: number, end: number, form: IdForm): boolean {
    this.hasSequence = true;
    const length = end - start;
    if (length > LONGEST_ARGUMENT) return false;
    if (length === 1 && bytes[start] === HYPHEN) {
      this.setLeast();
      return form.ends;
    }
    if (length === 1 && bytes[start] === PLUS) {
      this.setGreatest();
      return form.ends;
    }
    let hyphen = start;
    while (hyphen < end && bytes[hyphen] !== HYPHEN) hyphen++;
    if (!this.#parseMilliseconds(bytes, start, hyphen)) return false;
    if (hyphen === end) {
      const word = form.missing === 'first' ? 0 : MOST;
      this.seqHigh = word;
      this.seqLow = word;
      return true;
    }
    if (form.openSequence && end === hyphen + 2 && bytes[hyphen + 1] === ASTERISK) {
      this.seqHigh = 0;
      this.seqLow = 0;
      this.hasSequence = false;
      return true;
    }
    return this.#parseSequence(bytes, hyphen + 1, end);
  }

  /** Writes the text and returns the position behind it; at most STREAM_ID_TEXT bytes. */
  write(target: Uint8Array, at: number): number {
    const { msHigh, msLow } = this;
    if (msLow !== writtenLow || msHigh !== writtenHigh) {
      writtenHigh = msHigh;
      writtenLow = msLow;
      writtenEnd = writeUnsigned64(written, 0, msHigh, msLow);
      written[writtenEnd++] = HYPHEN;
    }
    const sequence = copyBytes(target, at, written, 0, writtenEnd);
    return writeUnsigned64(target, sequence, this.seqHigh, this.seqLow);
  }

  toString(): string {
    return `${joined(this.msHigh, this.msLow)}-${joined(this.seqHigh, this.seqLow)}`;
  }

  #parseMilliseconds(bytes: Uint8Array, start: number, end: number): boolean {
    const value = parseInteger(bytes, start, end);
    if (value >= 0) {
      this.msHigh = Math.floor(value / WORD);
      this.msLow = value % WORD;
      return true;
    }
    const exact = parseUnsigned64(bytes, start, end);
    if (exact === undefined) return false;
    this.msHigh = Number(exact >> 32n);
    this.msLow = Number(exact & 0xffffffffn);
    return true;
  }

  #parseSequence(bytes: Uint8Array, start: number, end: number): boolean {
    const value = parseInteger(bytes, start, end);
    if (value >= 0) {
      this.seqHigh = Math.floor(value / WORD);
      this.seqLow = value % WORD;
      return true;
    }
    const exact = parseUnsigned64(bytes, start, end);
    if (exact === undefined) return false;
    this.seqHigh = Number(exact >> 32n);
    this.seqLow = Number(exact & 0xffffffffn);
    return true;
  }
}

/** Bytes of the text of an ID. */
export function streamIdLength(id: StreamId): number {
  return unsignedLength(id.msHigh, id.msLow) + 1 + unsignedLength(id.seqHigh, id.seqLow);
}

function unsignedLength(high: number, low: number): number {
  if (high < SAFE_HIGH) return decimalLength(high * WORD + low);
  return joined(high, low).toString().length;
}

function writeUnsigned64(target: Uint8Array, at: number, high: number, low: number): number {
  if (high < SAFE_HIGH) return writeInteger(target, at, high * WORD + low);
  return writeBigInteger(target, at, joined(high, low));
}

function joined(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
