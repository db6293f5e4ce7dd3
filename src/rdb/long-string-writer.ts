/** Strings too long to be written in one step. */
import { compressLzf } from '../bytes/lzf.ts';
import { GRANULE_MASK, type Heap, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { RdbOutput } from './output.ts';
import { STEP_BYTES } from './step-limit.ts';
import type { ValueRest } from './value-writer.ts';

/** Copying is so much quicker than compressing. */
const COPIED_BYTES = 4 * STEP_BYTES;
const COMPRESSED_MARK = 0xc3;

/** Bytes as they are. */
export class BytesRest implements ValueRest {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start: number, length: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = start + length;
  }

  step(output: RdbOutput, budget: number): boolean {
    const most = budget === Infinity ? Infinity : COPIED_BYTES;
    const end = Math.min(this.#end, this.#at + most);
    output.raw(this.#bytes, this.#at, end);
    this.#at = end;
    return end === this.#end;
  }
}

/**
 * A string that is compressed part by part. LZF has no frame: the parts, one behind the other, are the
 * whole compressed, but for matches across their borders. The lengths stand in front, so what was
 * made is kept until the end is reached; when there is no time for that, or nothing is gained, the
 * string is written as it is.
 */
export class LzfRest implements ValueRest {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #length: number;
  readonly #made = new RdbOutput();
  #read = 0;
  /** What remains to be copied, once that is settled. */
  #rest: BytesRest | undefined;

  constructor(heap: Heap, ref: Ref, length: number) {
    this.#bytes = heap.bytes[ref >>> SEGMENT_SHIFT];
    this.#start = (ref & GRANULE_MASK) << 3;
    this.#length = length;
  }

  step(output: RdbOutput, budget: number): boolean {
    if (this.#rest === undefined) {
      const isWorthIt = budget !== Infinity && this.#compressPart();
      if (isWorthIt && this.#read < this.#length) return false;
      this.#rest = isWorthIt ? this.#compressed(output) : this.#plain(output);
    }
    return this.#rest.step(output, budget);
  }

  /** Compresses the next part; false when what was made is as long as the string by now. */
  #compressPart(): boolean {
    const made = this.#made;
    const start = this.#start + this.#read;
    const size = Math.min(STEP_BYTES, this.#length - this.#read);
    // Literals take a 32nd more than they are.
    const room = size + (size >> 5) + 2;
    made.reserve(room);
    const { bytes, length } = made;
    made.length += compressLzf(this.#bytes, start, start + size, bytes, length, length + room);
    this.#read += size;
    return made.length < this.#length - 4;
  }

  #compressed(output: RdbOutput): BytesRest {
    const { bytes, length } = this.#made;
    output.byte(COMPRESSED_MARK);
    output.count(length);
    output.count(this.#length);
    return new BytesRest(bytes, 0, length);
  }

  #plain(output: RdbOutput): BytesRest {
    output.count(this.#length);
    return new BytesRest(this.#bytes, this.#start, this.#length);
  }
}
