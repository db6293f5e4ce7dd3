/**
 * The slow log: the newest requests that ran at least `slowlog-log-slower-than` microseconds, their
 * arguments trimmed so that an entry stays small whatever the request was.
 */
import type { Arguments } from '../command/arguments.ts';
import type { CommandContext } from '../command/context.ts';
import { CMD_SKIP_SLOWLOG } from '../command/flags.ts';
import type { SlowRequest, SlowRequests } from '../command/ports.ts';
import type { Command } from '../command/spec.ts';
import { fromLatin1 } from '../bytes/text.ts';
import type { Config } from '../config/config.ts';

/** What is shown of a client without a connection, such as a script. */
const NO_ADDRESS = '?:0';

const MOST_ARGUMENTS = 32;
const MOST_BYTES = 128;
const REDACTED = fromLatin1('(redacted)');

export class SlowLog implements SlowRequests {
  readonly #config: Config;
  /** Oldest first. */
  readonly #entries: SlowRequest[] = [];
  #nextId = 0;

  constructor(config: Config) {
    this.#config = config;
    config.onApply(['slowlog-max-len'], () => this.#trim());
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Takes down a request that has just run, if it was slow. */
  record(context: CommandContext, command: Command, microseconds: number): void {
    const least = this.#config.slowlogLogSlowerThan;
    if (least < 0 || microseconds < least) return;
    if ((command.flags & CMD_SKIP_SLOWLOG) !== 0) return;
    const { session } = context;
    this.#entries.push({
      id: this.#nextId++,
      time: Math.floor(context.keyspace.now / 1000),
      microseconds: Math.floor(microseconds),
      args: trimmedArguments(context.args),
      address: session.transport?.address ?? NO_ADDRESS,
      clientName: session.name,
    });
    this.#trim();
  }

  latest(count: number): readonly SlowRequest[] {
    return this.#entries.slice(Math.max(0, this.#entries.length - count)).toReversed();
  }

  reset(): void {
    this.#entries.length = 0;
  }

  #trim(): void {
    const excess = this.#entries.length - this.#config.slowlogMaxLen;
    if (excess > 0) this.#entries.splice(0, excess);
  }
}

/** At most 32 arguments, the last of which tells how many are missing, of at most 128 bytes each. */
function trimmedArguments(args: Arguments): Uint8Array[] {
  const shown = Math.min(args.count, MOST_ARGUMENTS);
  const trimmed: Uint8Array[] = [];
  for (let i = 0; i < shown; i++) {
    if (i === MOST_ARGUMENTS - 1 && args.count > MOST_ARGUMENTS)
      trimmed.push(fromLatin1(`... (${args.count - MOST_ARGUMENTS + 1} more arguments)`));
    else trimmed.push(args.isRedacted(i) ? REDACTED : trimmedArgument(args, i));
  }
  return trimmed;
}

function trimmedArgument(args: Arguments, index: number): Uint8Array {
  const length = args.length(index);
  if (length <= MOST_BYTES) return args.copy(index);
  const start = args.start(index);
  const rest = fromLatin1(`... (${length - MOST_BYTES} more bytes)`);
  const trimmed = new Uint8Array(MOST_BYTES + rest.length);
  trimmed.set(args.bytes.subarray(start, start + MOST_BYTES));
  trimmed.set(rest, MOST_BYTES);
  return trimmed;
}
