/**
 * Writes to a TLS socket. Encrypting is done on this thread, and Node encrypts whatever it is given
 * at once: so long replies are handed over in steps, each when the one before has been taken by the
 * system. Nothing takes long for the others, and only a step exists twice.
 */
import type { TLSSocket } from 'node:tls';

/** What is encrypted ahead of the system's taking it. */
const STEP_BYTES = 64 * 1024;
/** Pieces up to this size are copied. */
const COPIED_BYTES = 32 * 1024;
/** Places of pieces that are gone, at most: giving them back moves all that wait. */
const MOST_GONE = 4096;
const NOTHING = new Uint8Array(0);

export class EncryptedWriter {
  readonly #socket: TLSSocket;
  readonly #drained: () => void;
  /** What was not handed to the socket yet, in order, from `#next` on. */
  #waiting: Uint8Array[] = [];
  #next = 0;
  /** Bytes handed to the socket and not yet taken by the system. */
  #handed = 0;
  #unsent = 0;
  /** More than a step was unsent at some time since all was sent. */
  #wasLong = false;
  /** The socket is to be ended as soon as it was handed everything. */
  #isEnding = false;

  constructor(socket: TLSSocket, drained: () => void) {
    this.#socket = socket;
    this.#drained = drained;
    socket.once('close', () => {
      this.#waiting = [];
      this.#next = 0;
      this.#unsent = 0;
    });
  }

  /** Bytes that the system has not taken yet. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Writes `bytes[start, end)`; true when they are no longer needed. */
  write(bytes: Uint8Array, start: number, end: number): boolean {
    const size = end - start;
    // The socket holds what it was given for a turn at least, and the slab is wanted back.
    const isCopied = size <= COPIED_BYTES;
    this.#unsent += size;
    if (this.#unsent > STEP_BYTES / 2) this.#wasLong = true;
    this.#waiting.push(isCopied ? bytes.slice(start, end) : bytes.subarray(start, end));
    this.#feed();
    return isCopied;
  }

  /** Ends the socket when everything is written. */
  finish(): void {
    this.#isEnding = true;
    this.#feed();
  }

  #feed(): void {
    while (this.#handed < STEP_BYTES && this.#next < this.#waiting.length) this.#handOver();
    if (this.#next < this.#waiting.length) return;
    this.#waiting.length = 0;
    this.#next = 0;
    if (!this.#isEnding) return;
    this.#isEnding = false;
    this.#socket.destroySoon();
  }

  #handOver(): void {
    const first = this.#waiting[this.#next];
    const size = Math.min(first.length, STEP_BYTES - this.#handed);
    if (size === first.length) this.#drop();
    else this.#waiting[this.#next] = first.subarray(size);
    this.#handed += size;
    this.#socket.write(first.subarray(0, size), (error) => this.#taken(size, error));
  }

  /** Lets go of the first piece; the places of those gone are given back now and then. */
  #drop(): void {
    this.#waiting[this.#next++] = NOTHING;
    if (this.#next < MOST_GONE) return;
    this.#waiting.splice(0, this.#next);
    this.#next = 0;
  }

  #taken(size: number, error: Error | null | undefined): void {
    this.#handed -= size;
    // The socket's end is on its way, which settles the rest.
    if (error || this.#socket.destroyed) return;
    this.#unsent -= size;
    this.#feed();
    if (this.#unsent > 0 || !this.#wasLong) return;
    this.#wasLong = false;
    this.#drained();
  }
}
