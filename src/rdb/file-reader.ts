/**
 * Reads an RDB file record by record from a window (input.ts) and hands over what it finds. Whoever
 * drives it calls `step` again and again, refills the window when UNDERFLOW is thrown, and may do
 * something else in between: nothing is held but the record that is being read.
 */
import { hashBytes } from '../bytes/hash.ts';
import { copyBytes, latin1 } from '../bytes/text.ts';
import type { Entry } from '../values/entry.ts';
import {
  FIRST_OPCODE,
  OP_AUX,
  OP_EOF,
  OP_EXPIRE_MS,
  OP_EXPIRE_SECONDS,
  OP_FREQ,
  OP_FUNCTION2,
  OP_FUNCTION_PRE_GA,
  OP_IDLE,
  OP_MODULE_AUX,
  OP_RESIZE_DB,
  OP_SELECT_DB,
  OP_SLOT_INFO,
  RDB_NEWEST_READ,
  RdbError,
} from './format.ts';
import type { RdbInput } from './input.ts';
import type { ValueReader } from './value-reader.ts';

/** Takes what a file contains. Keys are borrowed. */
export interface RdbVisitor {
  /** False when there is no such database. */
  select(database: number): boolean;
  field?(name: string, value: string): void;
  /** A function library's code; returns why it is refused. */
  library(code: Uint8Array): string | undefined;
  /** A key with its value, which is the visitor's from now on. May throw RdbError. */
  entry(entry: Entry, key: RdbKey): void;
  /** A key whose value had no elements, and was left out. */
  empty?(key: RdbKey): void;
  /** That was the last record. May throw RdbError. */
  end?(): void;
}

/** A key, its hash, and what stands before it in the file. */
export class RdbKey {
  bytes = new Uint8Array(256);
  length = 0;
  hash = 0;
  /** Milliseconds since the epoch; -1: it stays. */
  expiry: number | bigint = -1;
  /** Seconds since the last access, and how frequent that is (0 to 255); -1: not told. */
  idle = -1;
  frequency = -1;

  set(bytes: Uint8Array, start: number, end: number): void {
    this.length = end - start;
    if (this.length > this.bytes.length) this.bytes = new Uint8Array(this.length * 2);
    copyBytes(this.bytes, 0, bytes, start, end);
    this.hash = hashBytes(this.bytes, 0, this.length);
  }

  /** The key's text for messages. */
  get text(): string {
    return latin1(this.bytes, 0, this.length);
  }

  clearAttributes(): void {
    this.expiry = -1;
    this.idle = -1;
    this.frequency = -1;
  }
}

const HEADER_BYTES = 9;
/** Files have a checksum since this version. */
const CHECKSUM_SINCE = 5;

export class RdbFileReader {
  /** The version in the file's head; 0 before it was read. */
  version = 0;
  /** The last record was read: what follows is the checksum, if `hasChecksum`. */
  isAtEnd = false;

  readonly #visitor: RdbVisitor;
  readonly #values: ValueReader;
  readonly #key = new RdbKey();
  #inValue = false;

  constructor(visitor: RdbVisitor, values: ValueReader) {
    this.#visitor = visitor;
    this.#values = values;
  }

  get hasChecksum(): boolean {
    return this.version >= CHECKSUM_SINCE;
  }

  /**
   * Reads one record, or about `elements` of a value; true at the end of the file's records. Throws
   * UNDERFLOW, RdbError and HeapFull; after the last two call `abandon`.
   */
  step(input: RdbInput, elements: number): boolean {
    if (this.isAtEnd) return true;
    if (this.version === 0) this.#header(input);
    else if (this.#inValue) this.#value(input, elements);
    else this.#record(input, elements);
    return this.isAtEnd;
  }

  /** Frees a value that is half read. */
  abandon(): void {
    this.#values.discard();
  }

  #header(input: RdbInput): void {
    input.need(HEADER_BYTES);
    const text = latin1(input.bytes, input.position, input.position + HEADER_BYTES);
    if (!text.startsWith('REDIS'))
      throw new RdbError('Wrong signature trying to load DB from file');
    const version = /^\d{4}$/.test(text.slice(5)) ? Number(text.slice(5)) : 0;
    if (version < 1 || version > RDB_NEWEST_READ)
      throw new RdbError(`Can't handle RDB format version ${text.slice(5)}`);
    this.version = version;
    input.position += HEADER_BYTES;
    input.commit();
  }

  #record(input: RdbInput, elements: number): void {
    const code = input.byte();
    if (code < FIRST_OPCODE) {
      input.string();
      this.#key.set(input.foundBytes, input.foundStart, input.foundEnd);
      this.#values.begin(code, this.#key.bytes, 0, this.#key.length);
      input.commit();
      this.#inValue = true;
      this.#value(input, elements);
      return;
    }
    if (code === OP_EOF) {
      this.#visitor.end?.();
      this.isAtEnd = true;
    } else this.#opcode(input, code);
    input.commit();
  }

  #value(input: RdbInput, elements: number): void {
    if (!this.#values.step(input, elements)) return;
    this.#inValue = false;
    const key = this.#key;
    const { entry } = this.#values;
    this.#values.entry = 0;
    if (entry === 0) this.#visitor.empty?.(key);
    else this.#visitor.entry(entry, key);
    key.clearAttributes();
  }

  #opcode(input: RdbInput, code: number): void {
    const key = this.#key;
    switch (code) {
      case OP_EXPIRE_SECONDS:
        key.expiry = (input.uint32() | 0) * 1000;
        break;
      case OP_EXPIRE_MS:
        key.expiry = input.int64();
        break;
      case OP_FREQ:
        key.frequency = input.byte();
        break;
      case OP_IDLE:
        key.idle = input.count();
        break;
      case OP_SELECT_DB: {
        const database = input.count();
        if (!this.#visitor.select(database))
          throw new RdbError(`the data is of a server with more databases: ${database}`);
        break;
      }
      // Sizes to expect: tables here grow page by page and need none.
      case OP_RESIZE_DB:
        for (let i = 0; i < 2; i++) input.count();
        break;
      case OP_SLOT_INFO:
        for (let i = 0; i < 3; i++) input.count();
        break;
      case OP_AUX:
        this.#field(input);
        break;
      default:
        this.#extension(input, code);
    }
  }

  #field(input: RdbInput): void {
    input.string();
    input.keep();
    input.string();
    const name = latin1(input.keptBytes, input.keptStart, input.keptEnd);
    this.#visitor.field?.(name, latin1(input.foundBytes, input.foundStart, input.foundEnd));
  }

  #extension(input: RdbInput, code: number): void {
    if (code === OP_FUNCTION2) {
      input.string();
      const refusal = this.#visitor.library(
        input.foundBytes.slice(input.foundStart, input.foundEnd),
      );
      if (refusal !== undefined) throw new RdbError(`Failed loading a function: ${refusal}`);
      return;
    }
    if (code === OP_FUNCTION_PRE_GA)
      throw new RdbError('Pre-release function format not supported.');
    if (code === OP_MODULE_AUX)
      throw new RdbError('the file has data of a module, and modules are not supported');
    throw new RdbError(`unknown opcode ${code}`);
  }
}
