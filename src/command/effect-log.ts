/**
 * The one way from an executed write to those that repeat it: the append-only file and the
 * replicas. While nobody repeats anything, `active` is false and nothing is recorded.
 *
 * A command's effect is its own request, or what its handler states instead. Effects collect until
 * the outermost unit (a command, EXEC, a script, an expiry) ends; then they are handed on in order,
 * between MULTI and EXEC when there are several, each with the database it belongs to.
 */
import { decimalLength, writeInteger } from '../bytes/integer.ts';
import { copyBytes, fromLatin1 } from '../bytes/text.ts';
import type { Arguments } from './arguments.ts';

/** An argument of an effect: bytes, ASCII text or a safe integer. */
export type EffectPart = Uint8Array | string | number;

/** Kinds of sinks: the append-only file, and the replicas. */
export const EFFECT_FILE = 1;
export const EFFECT_REPLICAS = 2;

/** Repeats effects elsewhere. */
export interface EffectSink {
  /**
   * Which of EFFECT_* it is, for scripts that choose where their effects go (redis.set_repl); left
   * out: it gets all.
   */
  readonly target?: number;
  /**
   * One encoded request for the database of this index; -1: for none in particular (the MULTI and
   * EXEC around several). Borrowed: copy what is kept.
   */
  append(database: number, bytes: Uint8Array, start: number, end: number): void;
}

const MULTI = fromLatin1('*1\r\n$5\r\nMULTI\r\n');
const EXEC = fromLatin1('*1\r\n$4\r\nEXEC\r\n');

/** A buffer that once held more than this is let go after the unit. */
const KEPT_BYTES = 1024 * 1024;

export class EffectLog {
  /** Whether anybody repeats effects. */
  active = false;
  /** EFFECT_* bits: whom what is recorded from now on is for. */
  targets = -1;
  readonly #sinks: EffectSink[] = [];
  #bytes = new Uint8Array(4096);
  #length = 0;
  /** By effect: where it ends, and its database. */
  readonly #ends: number[] = [];
  readonly #databases: number[] = [];
  readonly #targets: number[] = [];

  addSink(sink: EffectSink): void {
    this.#sinks.push(sink);
    this.active = true;
  }

  removeSink(sink: EffectSink): void {
    const index = this.#sinks.indexOf(sink);
    if (index >= 0) this.#sinks.splice(index, 1);
    this.active = this.#sinks.length > 0;
  }

  /** Number of effects that wait for the end of the unit. */
  get pending(): number {
    return this.#ends.length;
  }

  /** Records the request that is executed as its own effect. */
  verbatim(database: number, args: Arguments): void {
    if (args.rawEnd > 0) {
      const size = args.rawEnd - args.rawStart;
      this.#reserve(size);
      this.#length = copyBytes(this.#bytes, this.#length, args.bytes, args.rawStart, args.rawEnd);
      this.#finish(database);
    } else this.prefix(database, args, args.count);
  }

  /** Records what the first `count` arguments of the request that is executed make by themselves. */
  prefix(database: number, args: Arguments, count: number): void {
    this.#header(0x2a, count);
    for (let i = 0; i < count; i++) this.#bulk(args.bytes, args.start(i), args.end(i));
    this.#finish(database);
  }

  /** Records another request. */
  record(database: number, parts: readonly EffectPart[]): void {
    this.#header(0x2a, parts.length);
    for (const part of parts) {
      const bytes = part instanceof Uint8Array ? part : fromLatin1(String(part));
      this.#bulk(bytes, 0, bytes.length);
    }
    this.#finish(database);
  }

  /**
   * Ends the unit: hands its effects to every sink. With `asOne`, several go between MULTI and EXEC;
   * without, each stands for itself (removals of keys that have nothing to do with one another).
   */
  commit(asOne = true): void {
    const count = this.#ends.length;
    if (count === 0) return;
    for (const sink of this.#sinks) this.#handOn(sink, asOne);
    this.#ends.length = 0;
    this.#databases.length = 0;
    this.#targets.length = 0;
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(4096);
  }

  #handOn(sink: EffectSink, asOne: boolean): void {
    const target = sink.target ?? -1;
    let count = 0;
    for (const targets of this.#targets) if ((targets & target) !== 0) count++;
    const isWrapped = asOne && count > 1;
    if (isWrapped) sink.append(-1, MULTI, 0, MULTI.length);
    let start = 0;
    for (let i = 0; i < this.#ends.length; i++) {
      const end = this.#ends[i]!;
      if ((this.#targets[i]! & target) !== 0)
        sink.append(this.#databases[i]!, this.#bytes, start, end);
      start = end;
    }
    if (isWrapped) sink.append(-1, EXEC, 0, EXEC.length);
  }

  #finish(database: number): void {
    this.#ends.push(this.#length);
    this.#databases.push(database);
    this.#targets.push(this.targets);
  }

  #header(type: number, value: number): void {
    this.#reserve(decimalLength(value) + 3);
    this.#bytes[this.#length] = type;
    this.#length = writeInteger(this.#bytes, this.#length + 1, value);
    this.#endLine();
  }

  #bulk(bytes: Uint8Array, start: number, end: number): void {
    this.#header(0x24, end - start);
    this.#reserve(end - start + 2);
    this.#length = copyBytes(this.#bytes, this.#length, bytes, start, end);
    this.#endLine();
  }

  #endLine(): void {
    this.#bytes[this.#length++] = 13;
    this.#bytes[this.#length++] = 10;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const wide = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    wide.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wide;
  }
}
