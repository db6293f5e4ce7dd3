/** A pair of connections, one to the real redis-server and one to ours, that must not differ. */
import { setTimeout as delay } from 'node:timers/promises';

import { comparisonFor, exact, type Comparison } from './comparison.ts';
import { compareDigests, digestOf, type DigestOptions } from './digest.ts';
import type { Argument, Protocol, RawClient } from './raw-client.ts';
import { decodeReply, showBytes, showReply, type RespValue } from './resp-value.ts';
import type { TestServer } from './server-process.ts';

export type Command = readonly Argument[];

const HISTORY_SHOWN = 25;
const UNTIL_TIMEOUT_MS = 8_000;
const UNTIL_POLL_MS = 2;

/** Thrown when the servers differ; `expected` and `actual` let vitest print a diff. */
export class ParityError extends Error {
  readonly expected: string;
  readonly actual: string;
  readonly showDiff = true;

  constructor(message: string, expected: string, actual: string) {
    super(message);
    this.name = 'ParityError';
    this.expected = expected;
    this.actual = actual;
  }
}

export type PairOptions = {
  readonly protocol: Protocol;
  readonly hello?: readonly Argument[];
  readonly timeoutMs?: number;
  /** Called with every command sent, so that the owner of the servers can undo its effects. */
  readonly onCommand?: (args: Command) => void;
};

export class Both {
  readonly protocol: Protocol;
  /** The connections, for what only one side should see. */
  readonly real: RawClient;
  readonly ours: RawClient;

  readonly #servers: readonly [TestServer, TestServer];
  readonly #options: PairOptions;
  readonly #history: string[] = [];
  readonly #opened: Both[] = [];

  private constructor(
    servers: readonly [TestServer, TestServer],
    clients: readonly [RawClient, RawClient],
    options: PairOptions,
  ) {
    this.protocol = options.protocol;
    [this.real, this.ours] = clients;
    this.#servers = servers;
    this.#options = options;
  }

  static async open(
    servers: readonly [TestServer, TestServer],
    options: PairOptions,
  ): Promise<Both> {
    const [real, ours] = servers;
    const clients = await Promise.all([real.connect(options), ours.connect(options)]);
    return new Both(servers, clients, options);
  }

  /** Another pair of connections to the same servers, closed with this one. */
  async connect(options: Partial<PairOptions> = {}): Promise<Both> {
    const pair = await Both.open(this.#servers, { ...this.#options, ...options });
    this.#opened.push(pair);
    return pair;
  }

  close(): void {
    for (const pair of this.#opened) pair.close();
    this.real.close();
    this.ours.close();
  }

  /**
   * Sends a command to both and demands equal replies: the same bytes, except for the few commands
   * whose reply depends on time or hash seed (see `comparisonFor`). Returns the real one's reply.
   */
  run(...args: Command): Promise<RespValue> {
    return this.runWith(comparisonFor(args), ...args);
  }

  /** Like {@link run} with another idea of equality: `runWith(unordered, 'KEYS', '*')`. */
  async runWith(comparison: Comparison, ...args: Command): Promise<RespValue> {
    this.#note(args);
    const [expected, actual] = await Promise.all([
      this.real.callFrame(args),
      this.ours.callFrame(args),
    ]);
    return this.#same(showCommand(args), expected, actual, comparison);
  }

  /** Sends all commands at once and compares each reply. The way to send thousands. */
  async pipeline(
    commands: readonly Command[],
    comparison?: Comparison,
  ): Promise<readonly RespValue[]> {
    return Promise.all(
      commands.map((args) => this.runWith(comparison ?? comparisonFor(args), ...args)),
    );
  }

  /** Sends a command whose answers are taken one by one with {@link receive} (SUBSCRIBE …). */
  send(...args: Command): void {
    this.#note(args);
    this.real.send(...args);
    this.ours.send(...args);
  }

  /** The next push or unasked-for reply of both, compared. */
  async receive(comparison: Comparison = exact): Promise<RespValue> {
    const frames = [this.real.receiveFrame(), this.ours.receiveFrame()] as const;
    const [expected, actual] = await Promise.all(frames);
    return this.#same('receive()', expected, actual, comparison);
  }

  /**
   * Sends the bytes as they are and compares the answers, `replies` of them, or by default all
   * bytes until the servers close. For malformed input; the connections should be fresh ones.
   */
  async exchange(bytes: string | Uint8Array, replies?: number): Promise<Buffer> {
    const raw = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    this.#history.push(`bytes ${showBytes(raw)}`);
    const [expected, actual] = await Promise.all(
      [this.real, this.ours].map(async (client) => {
        client.sendBytes(raw);
        if (replies === undefined) return client.untilClosed();
        const frames: Buffer[] = [];
        while (frames.length < replies) frames.push(await client.receiveFrame());
        return Buffer.concat(frames);
      }),
    );
    if (!expected!.equals(actual!)) {
      const what = `bytes ${showBytes(raw)}`;
      throw this.#difference(what, showBytes(expected!), showBytes(actual!));
    }
    return expected!;
  }

  /**
   * Repeats a command on each server until its reply satisfies the condition on both: the way to
   * wait for expiry, for a client to block, or for background work.
   */
  async until(args: Command, condition: (reply: RespValue) => boolean): Promise<void> {
    await Promise.all(
      [this.real, this.ours].map((client) => this.#untilOn(client, args, condition)),
    );
  }

  /** Each server is asked on its own, so that neither's state passes while the other is waited for. */
  async #untilOn(
    client: RawClient,
    args: Command,
    condition: (reply: RespValue) => boolean,
  ): Promise<void> {
    const deadline = performance.now() + UNTIL_TIMEOUT_MS;
    let reply = await client.call(...args);
    while (!condition(reply)) {
      if (performance.now() > deadline) {
        const who = client === this.real ? 'redis' : 'ours';
        throw new Error(
          `${showCommand(args)} never satisfied ${condition} on ${who}: ${showReply(reply)}`,
        );
      }
      await delay(UNTIL_POLL_MS);
      reply = await client.call(...args);
    }
  }

  /** Waits until this many clients are blocked on each server. */
  async untilBlocked(clients: number): Promise<void> {
    const field = new RegExp(`^blocked_clients:${clients}\r$`, 'm');
    await this.until(['INFO', 'clients'], (reply) => field.test(showText(reply)));
  }

  /** Waits until the key is gone on both, however it goes. */
  async untilGone(key: Argument): Promise<void> {
    await this.until(['EXISTS', key], (reply) => showReply(reply) === ':0');
  }

  /** Demands equal contents: DEBUG DIGEST-VALUE, TYPE, OBJECT ENCODING and PTTL of every key. */
  async digest(options: DigestOptions = {}): Promise<void> {
    const pair = await Promise.all(
      this.#servers.map(async (server) => {
        const client = await server.connect({ ...this.#options, protocol: 2 });
        try {
          return await digestOf(client, options);
        } finally {
          client.close();
        }
      }),
    );
    const differences = compareDigests(pair[0]!, pair[1]!, options);
    if (differences.length === 0) return;
    throw new Error(
      `contents differ (RESP${this.protocol})\n  ${differences.join('\n  ')}${this.#context()}`,
    );
  }

  #note(args: Command): void {
    this.#options.onCommand?.(args);
    this.#history.push(showCommand(args));
    if (this.#history.length > 2 * HISTORY_SHOWN) this.#history.splice(0, HISTORY_SHOWN);
  }

  #same(what: string, expected: Buffer, actual: Buffer, comparison: Comparison): RespValue {
    const value = decodeReply(expected);
    if (expected.equals(actual)) return value;
    const other = decodeReply(actual);
    if (comparison !== exact && comparison(value, other)) return value;
    throw this.#difference(what, showReply(value), showReply(other));
  }

  #difference(what: string, expected: string, actual: string): ParityError {
    const message = `ours differs from redis-server (RESP${this.protocol})
  command: ${what}
  redis:   ${shorten(expected)}
  ours:    ${shorten(actual)}${this.#context()}`;
    return new ParityError(message, expected, actual);
  }

  #context(): string {
    const shown = this.#history.slice(-HISTORY_SHOWN).map((line) => `\n    ${line}`);
    return shown.length === 0 ? '' : `\n  last commands:${shown.join('')}`;
  }
}

/** A command as one line for messages; the bytes of long arguments are cut. */
function showCommand(args: Command): string {
  return args.map((arg) => shorten(showArgument(arg), 80)).join(' ');
}

function showArgument(arg: Argument): string {
  if (arg instanceof Uint8Array) return showBytes(arg);
  const text = String(arg);
  return /^[\w.:*@+-]+$/.test(text) ? text : showBytes(Buffer.from(text));
}

function shorten(text: string, limit = 2_000): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length})`;
}

function showText(reply: RespValue): string {
  return reply.type === 'bulk' || reply.type === 'verbatim' ? reply.bytes.toString('latin1') : '';
}
