/**
 * Whether a listpack from outside is a node of a stream, element by element: whoever reads nodes
 * later relies on it. The layout of a node stands in values/stream-node.ts.
 */
import type { StreamId } from '../bytes/stream-id.ts';
import {
  backLengthSize,
  bigIntegerValue,
  elementSize,
  HEAD_BYTES,
  integerValue,
  isString,
  validateListpack,
} from '../memory/listpack-encoding.ts';
import { ENTRY_DELETED, ENTRY_SAME_FIELDS } from '../values/stream-node.ts';

const WORD = 32n;
const MOST = 2n ** 64n - 1n;

/** IDs of 128 bits, as the checks compare them. */
export function idValue(id: StreamId): bigint {
  const ms = (BigInt(id.msHigh) << WORD) | BigInt(id.msLow);
  return (ms << 64n) | (BigInt(id.seqHigh) << WORD) | BigInt(id.seqLow);
}

export class StreamNodeCheck {
  /** After `run`: entries that are not deleted, and the IDs of the first of them and of the last. */
  live = 0;
  firstLive = 0n;
  last = -1n;

  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #failed = false;

  /** Whether `bytes[start, end)` is a node filed under `master`, all its IDs above `after`. */
  run(bytes: Uint8Array, start: number, end: number, master: StreamId, after: bigint): boolean {
    this.live = 0;
    this.last = after;
    if (validateListpack(bytes, start, end) < 4) return false;
    this.#bytes = bytes;
    this.#at = start + HEAD_BYTES;
    this.#end = end - 1;
    this.#failed = false;
    const live = this.#integer();
    const deleted = this.#integer();
    const fields = this.#integer();
    if (live < 0 || deleted < 0 || fields < 1) return false;
    this.#skip(fields);
    if (this.#integer() !== 0) return false;
    const base = idValue(master);
    let total = 0;
    while (!this.#failed && this.#at < this.#end) {
      this.#entry(base, fields);
      total++;
    }
    return !this.#failed && this.live === live && total === live + deleted;
  }

  #entry(base: bigint, masterFields: number): void {
    const flags = this.#integer();
    const ms = (base >> 64n) + this.#bigInteger();
    const seq = (base & MOST) + this.#bigInteger();
    if ((flags & ~(ENTRY_DELETED | ENTRY_SAME_FIELDS)) !== 0) this.#failed = true;
    if (ms < 0n || ms > MOST || seq < 0n || seq > MOST) this.#failed = true;
    const id = (ms << 64n) | seq;
    if (id <= this.last) this.#failed = true;
    this.last = id;
    let elements = 3;
    if ((flags & ENTRY_SAME_FIELDS) !== 0) elements += masterFields;
    else {
      const fields = this.#integer();
      if (fields < 1) this.#failed = true;
      elements += 1 + fields * 2;
    }
    this.#skip(elements - ((flags & ENTRY_SAME_FIELDS) !== 0 ? 3 : 4));
    if (this.#integer() !== elements) this.#failed = true;
    if ((flags & ENTRY_DELETED) !== 0) return;
    if (this.live === 0) this.firstLive = id;
    this.live++;
  }

  #skip(count: number): void {
    for (let i = 0; i < count && !this.#failed; i++) {
      if (this.#at >= this.#end) this.#failed = true;
      else this.#advance();
    }
  }

  #advance(): void {
    const size = elementSize(this.#bytes, this.#at);
    this.#at += size + backLengthSize(size);
  }

  /** The next element, which must be a safe integer. */
  #integer(): number {
    const bytes = this.#bytes;
    if (this.#failed || this.#at >= this.#end || isString(bytes[this.#at])) {
      this.#failed = true;
      return 0;
    }
    const value = integerValue(bytes, this.#at);
    if (!Number.isSafeInteger(value)) this.#failed = true;
    this.#advance();
    return value;
  }

  #bigInteger(): bigint {
    const bytes = this.#bytes;
    if (this.#failed || this.#at >= this.#end || isString(bytes[this.#at])) {
      this.#failed = true;
      return 0n;
    }
    const isWide = bytes[this.#at] === 0xf4;
    const value = isWide ? bigIntegerValue(bytes, this.#at) : BigInt(integerValue(bytes, this.#at));
    this.#advance();
    return value;
  }
}
