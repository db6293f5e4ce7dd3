/**
 * The replies of a script's redis.call and redis.pcall, in order, while it runs in plain form: when
 * it starts anew in suspendable form (lua/runtime.ts), its calls are answered from here instead of
 * being made twice. Replies are kept as they were written, so noting one is a copy of bytes.
 */
import { copyBytes } from '../bytes/text.ts';

const MAX_CALLS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** A buffer that once held more than this is let go after the script. */
const KEPT_BYTES = 64 * 1024;
const FIRST_BYTES = 4096;

export class CallLog {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  /** By call: where its reply begins; only the first `#count` mean anything. */
  #starts: number[] = [];
  #count = 0;
  #length = 0;
  #at = 0;

  /** Whether so much is noted that no further call should be made in plain form. */
  get isFull(): boolean {
    return this.#count >= MAX_CALLS || this.#length > MAX_BYTES;
  }

  /** Whether the next call has been made already. */
  get isReplaying(): boolean {
    return this.#at < this.#count;
  }

  clear(): void {
    this.#count = 0;
    this.#length = 0;
    this.#at = 0;
    if (this.bytes.length <= KEPT_BYTES) return;
    this.bytes = new Uint8Array(FIRST_BYTES);
    this.#starts = [];
  }

  /** From here on, calls are answered from the first one. */
  rewind(): void {
    this.#at = 0;
  }

  /** Notes the reply `source[start, end)`. */
  add(source: Uint8Array, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.bytes.length) {
      const wide = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      wide.set(this.bytes.subarray(0, this.#length));
      this.bytes = wide;
    }
    this.#starts[this.#count++] = this.#length;
    this.#at = this.#count;
    this.#length = copyBytes(this.bytes, this.#length, source, start, end);
  }

  /** Where the reply of the next call begins in `bytes`. */
  next(): number {
    return this.#starts[this.#at++];
  }
}
