/**
 * The stretch of an RDB file that is in memory while it is read: the record in progress and some
 * bytes ahead. It runs a reader over it, asks to be filled when it is hungry, and checks the CRC.
 *
 *   run → 'hungry'   read bytes to `target[start, limit)` and say so (`filled`; 0: end of file)
 *       → 'paused'   it was told to; run again
 *       → 'done'     `consumed` bytes were the RDB file
 */
import { Crc64 } from '../bytes/crc64.ts';
import { type RdbFileReader } from '../rdb/file-reader.ts';
import { RdbError } from '../rdb/format.ts';
import { RdbInput, UNDERFLOW } from '../rdb/input.ts';

/** Bytes read ahead. */
const CHUNK = 1024 * 1024;
/** Elements of a value, and records, between two questions whether to pause. */
const ELEMENTS = 512;
const RECORDS = 64;
const CHECKSUM_BYTES = 8;

export class RdbWindow {
  /** Where bytes are to be read to. */
  target = new Uint8Array(CHUNK * 2);
  start = 0;
  limit = CHUNK * 2;

  readonly #reader: RdbFileReader;
  readonly #input: RdbInput;
  readonly #total: number;
  readonly #checks: boolean;
  readonly #crc = new Crc64();
  /** Position in the file of the window's first byte, and where in it the CRC goes on. */
  #base = 0;
  #crcFrom = 0;
  #isAtEnd = false;

  /** `total`: bytes of the file; `checks`: whether a wrong checksum is an error. */
  constructor(reader: RdbFileReader, total: number, checks: boolean) {
    this.#reader = reader;
    this.#total = total;
    this.#checks = checks;
    this.#input = new RdbInput(this.target, 0, 0);
    this.#input.following = total;
  }

  /** Bytes of the file that were taken in. */
  get consumed(): number {
    return this.#base + this.#input.committed;
  }

  /** Position in the file of the byte that is looked at, for messages. */
  get offset(): number {
    return this.#base + this.#input.position;
  }

  /** Reads records until the end, until bytes are missing, or until `pauses` says so. */
  run(pauses: () => boolean): 'done' | 'hungry' | 'paused' {
    const input = this.#input;
    try {
      for (let count = 1; ; count++) {
        if (this.#reader.step(input, ELEMENTS)) return this.#finish();
        if (count % RECORDS === 0 && pauses()) return 'paused';
      }
    } catch (error) {
      if (error !== UNDERFLOW) throw error;
      input.rewind();
      if (this.#isAtEnd) throw new RdbError('unexpected end of the file');
      this.#makeRoom();
      return 'hungry';
    }
  }

  /** Takes note of bytes that were read to `target[start, start + count)`. */
  filled(count: number): void {
    const end = this.start + count;
    if (count === 0) this.#isAtEnd = true;
    const following = Math.max(0, this.#total - this.#base - end);
    const input = this.#input;
    input.refill(this.target, input.committed, end, this.#isAtEnd ? 0 : following);
    this.start = end;
  }

  #finish(): 'done' {
    const input = this.#input;
    if (!this.#reader.hasChecksum) return 'done';
    input.need(CHECKSUM_BYTES);
    this.#takeCrc(input.committed);
    const at = input.position;
    let isSet = false;
    for (let i = 0; i < CHECKSUM_BYTES; i++) if (input.bytes[at + i] !== 0) isSet = true;
    if (this.#checks && isSet && !this.#crc.matches(input.bytes, at))
      throw new RdbError('Wrong RDB checksum: the file is corrupt');
    input.position += CHECKSUM_BYTES;
    input.commit();
    return 'done';
  }

  #takeCrc(end: number): void {
    if (this.#checks && this.#reader.hasChecksum) {
      this.#crc.update(this.target, this.#crcFrom, end);
    }
    this.#crcFrom = end;
  }

  /** Moves the record in progress to the front, to another array if it fills half of this one. */
  #makeRoom(): void {
    const input = this.#input;
    const from = input.committed;
    const kept = input.end - from;
    this.#takeCrc(from);
    this.#base += from;
    this.#crcFrom = 0;
    if (kept + CHUNK > this.target.length) {
      const wide = new Uint8Array(Math.max(kept * 2, kept + CHUNK));
      wide.set(this.target.subarray(from, input.end));
      this.target = wide;
    } else this.target.copyWithin(0, from, input.end);
    this.start = kept;
    this.limit = Math.min(this.target.length, kept + CHUNK);
    input.refill(this.target, 0, kept, input.following);
  }
}
