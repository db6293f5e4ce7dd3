import { parseRegular } from './parse-regular.ts';
import { COMPLETE, INCOMPLETE, MALFORMED, PartialRequest } from './partial-request.ts';
import { BATCH_CAPACITY } from './request-batch.ts';
import type { RequestBatch } from './request-batch.ts';
import type { RequestLimits } from './request-limits.ts';

const CR = 13;
const LF = 10;
const ASTERISK = 42;

/** The least that is taken from the chunk to complete a pending request whose end is not known. */
const FIRST_PIECE = 64;
/** Pending buffers smaller than this are not worth shrinking. */
const SHRINK_ABOVE = 32 * 1024;
/** Offsets are 32-bit, so no client can have more than this pending, whatever its limits say. */
const MAX_PENDING = 0x7fffffff - 128 * 1024;

/**
 * Turns what one client sends into requests.
 *
 *     reader.push(chunk, length);           // the chunk is borrowed until settle()
 *     while (reader.next(batch)) {
 *       // execute the batch in order; when request i blocked the client:
 *       //   reader.unread(batch, i + 1); break;
 *     }
 *     reader.settle();                      // copies what was not consumed
 *     if (reader.error !== undefined) ...   // reply `ERR` and the text, close
 *
 * When a blocked client goes on, the same loop runs without `push`: what is pending comes first.
 *
 * Input is parsed where it lies, in the chunk. Only a request that straddles chunks is copied: its
 * first part by `settle`, the rest piece by piece until it is complete; then parsing is back in the
 * chunk. A reader without a partial request owns no memory besides its few fields.
 *
 * Cost: linear in the bytes received, however they are cut. A buffer for a long argument grows with
 * the bytes that have come, at most fourfold at a time and never beyond the announced end: a client
 * cannot make the server allocate by announcing, and a byte is copied 1.33 times at worst, once
 * below 256 KB.
 */
export class RequestReader {
  /**
   * The protocol error that ended the input, without `ERR`; one char a byte. Nothing is parsed
   * after it.
   */
  error: string | undefined = undefined;

  readonly #limits: RequestLimits;
  #chunk: Uint8Array | null = null;
  #chunkAt = 0;
  #chunkEnd = 0;
  /** Bytes that came before the chunk; when there are any they are the source of the next batch. */
  #pending: Uint8Array | null = null;
  #start = 0;
  #end = 0;
  /** The request at the current position, when the careful parser has begun it. */
  #partial: PartialRequest | null = null;
  /**
   * Where the request begins whose arguments were unquoted into a buffer of their own; -1 when none
   * were.
   */
  #quotedAt = -1;

  /** `limits` stays shared: changes count at once. */
  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Bytes received that were not yet handed out as requests. */
  get pendingBytes(): number {
    return this.#end - this.#start + this.#chunkEnd - this.#chunkAt;
  }

  /** Bytes this reader has allocated for input. */
  get bufferCapacity(): number {
    return this.#pending === null ? 0 : this.#pending.length;
  }

  /**
   * Lends the first `length` bytes of `chunk` until `settle`, which must have been called since the
   * last push.
   */
  push(chunk: Uint8Array, length: number): void {
    if (this.#chunk !== null) throw new Error('settle() must come between two push()');
    this.#chunk = chunk;
    this.#chunkAt = 0;
    this.#chunkEnd = length;
  }

  /**
   * Fills the batch with the next complete requests, at least one. False, and an empty batch, when
   * there is none: either more input is needed or `error` is set. Until a client has authenticated
   * it gets one request at a time and tighter limits, because that request may be the one that
   * authenticates it.
   */
  next(batch: RequestBatch, authenticated = true): boolean {
    batch.clear();
    this.#quotedAt = -1;
    if (this.error !== undefined) return false;
    if (this.#pending !== null) {
      this.#nextPending(batch, authenticated);
      // What is left pending is incomplete, and has swallowed the chunk.
      if (this.#pending !== null) return batch.count > 0;
    }
    if (this.#chunk === null) return false;
    this.#chunkAt = this.#parse(batch, this.#chunk, this.#chunkAt, this.#chunkEnd, authenticated);
    return batch.count > 0;
  }

  /**
   * Gives back the requests of the last batch from index `from` on: the next one begins with them.
   */
  unread(batch: RequestBatch, from: number): void {
    if (from >= batch.count) return;
    const at = this.#quotedAt >= 0 ? this.#quotedAt : batch.begin[from];
    this.#partial = null;
    if (this.#pending === null) this.#chunkAt = at;
    else this.#start = at;
  }

  /**
   * Ends the loan of the chunk; what was not consumed is copied. The last batch is no longer valid.
   */
  settle(): void {
    if (this.#pending !== null && this.#start === this.#end) this.#dropPending();
    const chunk = this.#chunk;
    if (chunk !== null && this.#chunkAt < this.#chunkEnd) {
      if (this.error === undefined) this.#append(chunk, this.#chunkAt, this.#chunkEnd);
    }
    this.#chunk = null;
    this.#chunkAt = 0;
    this.#chunkEnd = 0;
    if (this.error !== undefined) this.#dropPending();
    if (this.#pending === null) this.#partial = null;
    else this.#shrink(this.#pending);
  }

  /** Takes the batch from the pending bytes, completing the request at their end from the chunk. */
  #nextPending(batch: RequestBatch, authenticated: boolean): void {
    let fed = 0;
    let piece = FIRST_PIECE;
    while (this.#pending !== null) {
      this.#start = this.#parse(batch, this.#pending, this.#start, this.#end, authenticated);
      const rest = this.#end - this.#start;
      if (fed >= rest) {
        // The straddling request is through, what follows it was copied in vain and is parsed in
        // place.
        this.#chunkAt -= rest;
        this.#end -= rest;
        fed = 0;
      }
      if (batch.count > 0 || this.error !== undefined) return;
      if (this.#start === this.#end) {
        this.#dropPending();
        return;
      }
      const left = this.#chunkEnd - this.#chunkAt;
      if (this.#chunk === null || left === 0) return;
      const needed = this.#partial === null ? 0 : this.#partial.needed - rest;
      const size = Math.min(left, Math.max(piece, needed));
      this.#append(this.#chunk, this.#chunkAt, this.#chunkAt + size);
      this.#chunkAt += size;
      fed += size;
      piece *= 2;
    }
  }

  /**
   * Parses from `at` until the batch is full or something is incomplete or wrong; where that
   * begins.
   */
  #parse(
    batch: RequestBatch,
    bytes: Uint8Array,
    at: number,
    end: number,
    authenticated: boolean,
  ): number {
    const limits = this.#limits;
    const capacity = authenticated ? BATCH_CAPACITY : 1;
    const most = authenticated ? limits.maxArguments : limits.maxUnauthenticatedArguments;
    const longest = authenticated ? limits.maxBulkLength : limits.maxUnauthenticatedBulkLength;
    batch.bytes = bytes;
    let position = at;
    for (;;) {
      if (this.#partial === null) {
        position = parseRegular(batch, bytes, position, end, capacity, most, longest);
      }
      if (position >= end || batch.count >= capacity) return position;
      const before = position;
      position =
        bytes[position] === ASTERISK
          ? this.#parseCarefully(batch, bytes, position, end, authenticated)
          : this.#parseInline(batch, bytes, position, end);
      // Arguments that were unquoted lie in another array, so they are a batch of their own.
      if (position === before || batch.bytes !== bytes) return position;
    }
  }

  /**
   * One RESP request: where it ends, or `at` when it is not complete, wrong, or too large for this
   * batch.
   */
  #parseCarefully(
    batch: RequestBatch,
    bytes: Uint8Array,
    at: number,
    end: number,
    authenticated: boolean,
  ): number {
    this.#partial ??= new PartialRequest();
    const partial = this.#partial;
    const outcome = partial.resume(bytes, at, end, this.#limits, authenticated);
    if (outcome === INCOMPLETE) return at;
    if (outcome === MALFORMED) {
      // The requests before it come first: it will be found again when they are done.
      if (batch.count === 0) this.error = partial.error;
      return at;
    }
    const after = at + partial.scanned;
    if (outcome === COMPLETE) {
      const { argumentCount } = partial;
      if (!batch.hasRoomFor(argumentCount)) return at;
      batch.append(partial.offsets, argumentCount, at, at, after);
      if (!partial.canonical) batch.markOdd();
    }
    this.#partial = null;
    return after;
  }

  /**
   * One inline request: where it ends, or `at` when it is not complete, wrong, or must wait for a
   * new batch.
   */
  #parseInline(batch: RequestBatch, bytes: Uint8Array, at: number, end: number): number {
    const lineFeed = this.#findLineFeed(bytes, at, end);
    if (lineFeed < 0) {
      if (end - at > this.#limits.maxLineBytes && batch.count === 0) {
        this.error = 'Protocol error: too big inline request';
      }
      return at;
    }
    this.#partial = null;
    const { line } = batch;
    const lineEnd = lineFeed > at && bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
    if (!line.split(bytes, at, lineEnd)) {
      if (batch.count === 0) this.error = 'Protocol error: unbalanced quotes in request';
      return at;
    }
    const after = lineFeed + 1;
    if (line.count === 0) return after;
    if (line.bytes === bytes) {
      if (!batch.hasRoomFor(line.count)) return at;
      batch.append(line.offsets, line.count, 0, at, after);
    } else {
      if (batch.count > 0) return at;
      batch.bytes = line.bytes;
      batch.append(line.offsets, line.count, 0, 0, line.bytes.length);
      this.#quotedAt = at;
    }
    batch.markOdd();
    line.clear();
    return after;
  }

  /**
   * The line feed that ends the line at `at`, or -1. A zero byte hides everything after it, as in
   * Redis.
   */
  #findLineFeed(bytes: Uint8Array, at: number, end: number): number {
    let scan = this.#partial === null ? at : at + this.#partial.scanned;
    while (scan < end && bytes[scan] !== LF && bytes[scan] !== 0) scan++;
    if (scan < end && bytes[scan] === LF) return scan;
    this.#partial ??= new PartialRequest();
    this.#partial.scanned = scan - at;
    return -1;
  }

  /** Copies bytes to the end of the pending ones. Amortised linear. */
  #append(source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    const live = this.#end - this.#start;
    if (live + size > MAX_PENDING) {
      this.error = 'Protocol error: too big request';
      return;
    }
    let target = this.#pending;
    if (target === null || this.#end + size > target.length) {
      target = this.#makeRoom(target, live, live + size);
    }
    if (size < 64) {
      for (let i = from, at = this.#end; i < to; i++, at++) target[at] = source[i];
    } else {
      target.set(source.subarray(from, to), this.#end);
    }
    this.#end += size;
  }

  /** Moves the live bytes to the front of a buffer that can take `total`. */
  #makeRoom(current: Uint8Array | null, live: number, total: number): Uint8Array {
    let target = current;
    // Moving in place is paid for by the bytes in front, which are gone then.
    if (target !== null && total <= target.length && this.#start >= live) {
      target.copyWithin(0, this.#start, this.#end);
    } else {
      const needed = this.#partial === null ? 0 : this.#partial.needed + FIRST_PIECE;
      const capacity = needed > total ? Math.min(needed, total * 4) : Math.max(total * 2, 128);
      target = new Uint8Array(Math.max(capacity, total));
      if (current !== null) target.set(current.subarray(this.#start, this.#end));
    }
    this.#pending = target;
    this.#start = 0;
    this.#end = live;
    return target;
  }

  /** Gives memory back when most of it has been consumed and no long argument is coming. */
  #shrink(pending: Uint8Array): void {
    if (pending.length <= SHRINK_ABOVE) return;
    const live = this.#end - this.#start;
    const expected = this.#partial === null ? live : Math.max(live, this.#partial.needed);
    if (pending.length <= expected * 8) return;
    this.#pending = pending.slice(this.#start, this.#end);
    this.#start = 0;
    this.#end = live;
  }

  #dropPending(): void {
    this.#pending = null;
    this.#start = 0;
    this.#end = 0;
  }
}
