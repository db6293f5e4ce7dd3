/**
 * A small RESP client for tests: sends bytes, returns replies as they stood on the wire.
 *
 * Calls made in one turn of the loop leave in one write, so `Promise.all` of many calls is a
 * pipeline. Replies answer calls in order. RESP3 pushes, and whatever comes while no call waits
 * (messages to a RESP2 subscriber, MONITOR lines), are kept for `receive()`.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

import { decodeReply, ReplyFramer, showBytes, showReply, type RespValue } from './resp-value.ts';

export type Argument = string | number | bigint | Uint8Array;
export type Protocol = 2 | 3;
export type Address =
  | { readonly host?: string; readonly port: number; readonly tls?: ConnectionOptions }
  | { readonly path: string };

export type RawClientOptions = {
  /** RESP version to ask for with HELLO; 2 sends nothing. */
  readonly protocol?: Protocol;
  /** Added to HELLO, for example `['AUTH', 'default', 'secret']`. */
  readonly hello?: readonly Argument[];
  /** Longest silence while a call waits, in milliseconds. */
  readonly timeoutMs?: number;
};

type Waiter = {
  readonly label: string;
  readonly resolve: (frame: Buffer) => void;
  readonly reject: (cause: Error) => void;
};

const DEFAULT_TIMEOUT_MS = 10_000;
const PUSH = 0x3e;

export class RawClient {
  readonly protocol: Protocol;
  /** Resolves once the connection is gone, whoever closed it. */
  readonly closed: Promise<void>;

  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #framer = new ReplyFramer();
  readonly #calls: Waiter[] = [];
  readonly #receivers: Waiter[] = [];
  readonly #unclaimed: Buffer[] = [];
  readonly #encoder = new CommandEncoder();
  #answered = 0;
  #received: Buffer[] | undefined;
  #flushScheduled = false;
  #failure: Error | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, options: RawClientOptions) {
    this.#socket = socket;
    this.protocol = options.protocol ?? 2;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (cause) => this.#fail(cause));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  static async connect(address: Address, options: RawClientOptions = {}): Promise<RawClient> {
    const tls = 'tls' in address ? address.tls : undefined;
    const target = 'path' in address ? address : { host: '127.0.0.1', ...address };
    const socket =
      tls === undefined ? connect(target) : connectTls({ servername: '', ...tls, ...target });
    await new Promise<void>((resolve, reject) => {
      socket.once(tls === undefined ? 'connect' : 'secureConnect', resolve);
      socket.once('error', reject);
    });
    const client = new RawClient(socket, options);
    if (client.protocol === 3 || options.hello !== undefined) {
      const reply = await client.call('HELLO', client.protocol, ...(options.hello ?? []));
      if (reply.type === 'error') {
        client.close();
        throw new Error(`HELLO ${client.protocol} was refused: ${reply.text}`);
      }
    }
    return client;
  }

  /** The local port, by which CLIENT LIST names this connection; 0 on a Unix socket. */
  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  /** Sends one command and returns its reply; an error reply is a value, not an exception. */
  async call(...args: readonly Argument[]): Promise<RespValue> {
    return decodeReply(await this.callFrame(args));
  }

  /** Like {@link call}, with the reply's own bytes. */
  callFrame(args: readonly Argument[]): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#calls.push({ label: String(args[0]), resolve, reject });
      this.#encoder.append(args);
      this.#scheduleFlush();
      this.#watch();
    });
  }

  /** Sends all commands in one write and returns their replies' bytes in order. */
  async pipelineFrames(commands: readonly (readonly Argument[])[]): Promise<Buffer[]> {
    return Promise.all(commands.map((args) => this.callFrame(args)));
  }

  async pipeline(commands: readonly (readonly Argument[])[]): Promise<RespValue[]> {
    return (await this.pipelineFrames(commands)).map(decodeReply);
  }

  /** Sends a command whose answers, if any, are taken with {@link receive} (SUBSCRIBE, MONITOR). */
  send(...args: readonly Argument[]): void {
    this.#encoder.append(args);
    this.#scheduleFlush();
  }

  /** Sends bytes as they are; answers are taken with {@link receive} or {@link untilClosed}. */
  sendBytes(bytes: string | Uint8Array): void {
    this.#flush();
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** The next push, or the next reply no call waits for. */
  async receive(): Promise<RespValue> {
    return decodeReply(await this.receiveFrame());
  }

  receiveFrame(): Promise<Buffer> {
    const frame = this.#unclaimed.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#receivers.push({ label: 'receive()', resolve, reject });
      this.#watch();
    });
  }

  /** Frames that came and were not asked for yet. */
  get unclaimed(): number {
    return this.#unclaimed.length;
  }

  /** Everything received from now until the server closes, undecoded. */
  async untilClosed(): Promise<Buffer> {
    this.#received = [...this.#unclaimed.splice(0), this.#framer.rest()];
    this.#watch();
    await this.closed;
    this.#stopWatching();
    if (this.#failure instanceof SilenceError) throw this.#failure;
    return Buffer.concat(this.#received);
  }

  /** Closes at once; calls that still wait are rejected. */
  close(): void {
    this.#flush();
    this.#socket.destroy();
  }

  /** Reads no more: replies pile up. */
  pause(): void {
    this.#socket.pause();
  }

  /** Closes the sending side only. */
  end(): void {
    this.#flush();
    this.#socket.end();
  }

  #onData(chunk: Buffer): void {
    this.#timer?.refresh();
    if (this.#received !== undefined) {
      this.#received.push(chunk);
      return;
    }
    this.#framer.push(chunk);
    try {
      for (let frame = this.#framer.next(); frame; frame = this.#framer.next()) {
        this.#deliver(frame);
      }
    } catch (cause) {
      this.#fail(cause as Error);
      this.#socket.destroy();
    }
    this.#compact();
  }

  #deliver(frame: Buffer): void {
    const isPush = this.protocol === 3 && frame[0] === PUSH;
    if (!isPush && this.#answered < this.#calls.length) {
      this.#calls[this.#answered++]!.resolve(frame);
      return;
    }
    const receiver = this.#receivers.shift();
    if (receiver === undefined) this.#unclaimed.push(frame);
    else receiver.resolve(frame);
  }

  /** Drops answered calls once per chunk: shifting them one by one would be quadratic. */
  #compact(): void {
    this.#calls.splice(0, this.#answered);
    this.#answered = 0;
    if (this.#calls.length === 0 && this.#receivers.length === 0) this.#stopWatching();
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#flushScheduled = false;
    const bytes = this.#encoder.take();
    if (bytes.length > 0 && !this.#socket.destroyed) this.#socket.write(bytes);
  }

  #watch(): void {
    this.#timer ??= setTimeout(() => this.#onSilence(), this.#timeoutMs);
  }

  #stopWatching(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #onSilence(): void {
    const waiting = this.#calls[0] ?? this.#receivers[0];
    const what = waiting?.label ?? 'the end of the connection';
    const unclaimed = this.#unclaimed.map((frame) => showReply(decodeReply(frame))).join(' ');
    const rest = showBytes(this.#framer.rest().subarray(0, 200));
    this.#fail(
      new SilenceError(
        `no answer to ${what} for ${this.#timeoutMs} ms ` +
          `(incomplete: ${rest}, unclaimed: ${unclaimed || 'none'})`,
      ),
    );
    this.#socket.destroy();
  }

  #fail(cause: Error): void {
    this.#failure ??= cause;
    this.#stopWatching();
    const waiters = [...this.#calls.splice(0), ...this.#receivers.splice(0)];
    this.#answered = 0;
    for (const waiter of waiters) waiter.reject(this.#failure);
  }
}

class SilenceError extends Error {}

/** Collects commands in RESP form until they are taken for one write. */
class CommandEncoder {
  #buffer = Buffer.allocUnsafe(1 << 12);
  #length = 0;

  append(args: readonly Argument[]): void {
    this.#text(`*${args.length}\r\n`);
    for (const arg of args) {
      if (arg instanceof Uint8Array) {
        this.#text(`$${arg.length}\r\n`);
        this.#reserve(arg.length);
        this.#buffer.set(arg, this.#length);
        this.#length += arg.length;
        this.#text('\r\n');
      } else {
        const text = String(arg);
        this.#text(`$${Buffer.byteLength(text)}\r\n${text}\r\n`);
      }
    }
  }

  /** What was appended since the last call. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#length);
    if (this.#length > 0) this.#buffer = Buffer.allocUnsafe(1 << 12);
    this.#length = 0;
    return taken;
  }

  #text(text: string): void {
    // Three bytes is the most UTF-8 needs for one UTF-16 unit.
    this.#reserve(text.length * 3);
    this.#length += this.#buffer.write(text, this.#length);
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + extra));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Encodes one command, for tests that cut requests into pieces themselves. */
export function encodeCommand(...args: readonly Argument[]): Buffer {
  const encoder = new CommandEncoder();
  encoder.append(args);
  return encoder.take();
}
