import type { Arguments } from './arguments.ts';
import type { Command } from './spec.ts';

/** A request with a life of its own: queued by MULTI, or waiting for a blocked client's turn. */
export class QueuedCommand {
  readonly command: Command;
  readonly bytes: Uint8Array;
  /** Pairs of start and end, by argument, from `first` on. */
  readonly offsets: Int32Array;
  readonly first = 0;
  /** The argument that holds the first key (0: none), and its hash. */
  readonly firstKey: number;
  readonly hash: number;

  /** Copies the arguments. */
  constructor(command: Command, args: Arguments) {
    this.command = command;
    const { count } = args;
    this.firstKey = command.firstKey < count ? command.firstKey : 0;
    this.hash = this.firstKey === 0 ? 0 : args.hash(this.firstKey);
    const from = args.start(0);
    let total = 0;
    for (let i = 0; i < count; i++) total += args.length(i);
    // Arguments with little between them are copied in one piece.
    const whole = args.end(count - 1) - from <= total + count * 16;
    this.bytes = whole ? args.bytes.slice(from, args.end(count - 1)) : new Uint8Array(total);
    this.offsets = new Int32Array(count * 2);
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (whole) at = args.start(i) - from;
      else this.bytes.set(args.bytes.subarray(args.start(i), args.end(i)), at);
      this.offsets[i * 2] = at;
      at += args.length(i);
      this.offsets[i * 2 + 1] = at;
    }
  }

  get count(): number {
    return this.offsets.length / 2;
  }

  /** Bytes this request occupies. */
  get size(): number {
    return this.bytes.length + this.offsets.length * 4;
  }
}
