/**
 * One client's socket: bytes in, requests to the executor, replies out.
 *
 * Input arrives in a buffer that all connections share (`onread`), is parsed where it lies and
 * executed at once. A session that blocks keeps what it sent behind the blocking request, and
 * stops reading once enough of that has piled up.
 */
import type { Socket } from 'node:net';
import type { Session, SessionTransport } from '../command/session.ts';
import { SESSION_BLOCKED, SESSION_CLOSING, SESSION_LOCKED } from '../command/session.ts';
import type { Executor } from '../execution/executor.ts';
import type { RequestBatch } from '../resp/request-batch.ts';
import { RequestReader } from '../resp/request-reader.ts';
import type { RequestLimits } from '../resp/request-limits.ts';
import type { Output, OutputTarget } from './output.ts';

/** What all connections of a server share. */
export interface ConnectionServices {
  readonly executor: Executor;
  readonly batch: RequestBatch;
  readonly limits: RequestLimits;
  readonly output: Output;
  /** Bytes of input a client may have pending (client-query-buffer-limit). */
  queryLimit(): number;
  /** Whether a client with this much unsent output must go (client-output-buffer-limit). */
  exceedsOutputLimit(connection: Connection, bytes: number): boolean;
  countInput(bytes: number): void;
  countOutput(bytes: number): void;
  /** Text for the log about a client that was disconnected. */
  logDisconnect(connection: Connection, reason: string): void;
  /** The client will send no more: what it waits for must not go to it. */
  ended(connection: Connection): void;
  closed(connection: Connection): void;
  now(): number;
}

/** A blocked client may send this much ahead before its socket is read no further. */
const READ_AHEAD_BYTES = 1024 * 1024;
/** Unsent output at which a client's requests wait until it reads; see README, "Limits". */
const OUTPUT_HIGH_WATER = 256 * 1024 * 1024;

export class Connection implements SessionTransport, OutputTarget {
  readonly session: Session;
  readonly socket: Socket;
  readonly address: string;
  readonly localAddress: string;
  readonly isUnixSocket: boolean;
  /** Milliseconds since the epoch when the soft output limit was first exceeded; 0: it is not. */
  softLimitSince = 0;

  readonly #services: ConnectionServices;
  readonly #reader: RequestReader;
  #ending = false;

  constructor(services: ConnectionServices, socket: Socket, session: Session, unixPath: string) {
    this.#services = services;
    this.#reader = new RequestReader(services.limits);
    this.socket = socket;
    this.session = session;
    this.isUnixSocket = unixPath !== '';
    this.address = this.isUnixSocket
      ? `${unixPath}:0`
      : endpoint(socket.remoteAddress, socket.remotePort);
    this.localAddress = this.isUnixSocket
      ? `${unixPath}:0`
      : endpoint(socket.localAddress, socket.localPort);
    session.transport = this;
    socket.on('error', () => this.closeNow());
    socket.on('end', () => services.ended(this));
    socket.on('close', () => services.closed(this));
    socket.on('drain', () => this.#drained());
  }

  get protocol(): 2 | 3 {
    return this.session.protocol;
  }

  get descriptor(): number {
    const handle = (this.socket as unknown as { _handle?: { fd?: number } })._handle;
    return handle?.fd ?? -1;
  }

  get queryBytes(): number {
    return this.#reader.pendingBytes;
  }

  get queryCapacity(): number {
    return this.#reader.bufferCapacity;
  }

  get outputBytes(): number {
    return this.socket.writableLength;
  }

  get outputBuffers(): number {
    return this.socket.writableLength > 0 ? 1 : 0;
  }

  /** Bytes arrived in `chunk[0, length)`, which is borrowed. */
  receive(chunk: Uint8Array, length: number): void {
    const { session } = this;
    const services = this.#services;
    services.countInput(length);
    session.bytesRead += length;
    session.lastActiveAt = services.now();
    if (this.#ending) return;
    this.#reader.push(chunk, length);
    if (!session.has(SESSION_BLOCKED | SESSION_CLOSING)) this.#execute();
    this.#reader.settle();
    this.#checkInput();
  }

  resume(): void {
    // The batch may be another client's now: go on when the turn ends.
    this.#services.output.defer(() => this.#goOn());
  }

  #goOn(): void {
    if (this.#ending || this.session.has(SESSION_BLOCKED | SESSION_CLOSING)) return;
    this.#execute();
    this.#reader.settle();
    this.#checkInput();
    if (!this.#mustWait()) this.socket.resume();
  }

  send(bytes: Uint8Array, start: number, end: number): boolean {
    const { socket } = this;
    if (socket.destroyed) return true;
    this.#services.countOutput(end - start);
    this.session.bytesWritten += end - start;
    socket.write(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start));
    return socket.writableLength === 0;
  }

  sent(): void {
    if (this.session.has(SESSION_CLOSING) && !this.#ending) {
      this.#ending = true;
      this.socket.end();
      return;
    }
    const unsent = this.socket.writableLength;
    if (unsent === 0) {
      this.softLimitSince = 0;
      return;
    }
    if (this.#services.exceedsOutputLimit(this, unsent)) {
      this.#services.logDisconnect(this, 'overcoming of output buffer limits');
      this.closeNow();
    } else if (this.#mustWait()) this.socket.pause();
  }

  closeAfterReplies(): void {
    this.session.set(SESSION_CLOSING);
    const { output } = this.#services;
    // Without a reply on its way `sent` would never be called.
    output.sendAside(this, () => {});
  }

  closeNow(): void {
    this.session.set(SESSION_CLOSING);
    this.#ending = true;
    this.socket.destroy();
  }

  #execute(): void {
    const { executor, batch, output } = this.#services;
    const { session } = this;
    const reader = this.#reader;
    const previous = output.turnTo(this);
    while (reader.next(batch, !session.has(SESSION_LOCKED))) {
      const taken = executor.runBatch(session, batch);
      if (taken < batch.count) reader.unread(batch, taken);
      if (session.has(SESSION_BLOCKED | SESSION_CLOSING)) break;
      if (output.isLarge) output.flush();
    }
    if (reader.error !== undefined && !session.has(SESSION_CLOSING))
      this.#protocolError(reader.error);
    output.turnTo(previous);
  }

  #protocolError(text: string): void {
    const { output } = this.#services;
    output.writer.error(`ERR ${text}`);
    this.#services.logDisconnect(this, text);
    this.session.set(SESSION_CLOSING);
  }

  #checkInput(): void {
    if (this.queryBytes > this.#services.queryLimit()) {
      this.#services.logDisconnect(this, 'reaching of query buffer length limit');
      this.closeNow();
    } else if (this.#mustWait()) this.socket.pause();
  }

  /** Whether no more is to be read for now. */
  #mustWait(): boolean {
    if (this.socket.writableLength > OUTPUT_HIGH_WATER) return true;
    return this.session.has(SESSION_BLOCKED) && this.queryBytes > READ_AHEAD_BYTES;
  }

  #drained(): void {
    this.softLimitSince = 0;
    if (!this.#ending && !this.#mustWait()) this.socket.resume();
  }
}

function endpoint(address: string | undefined, port: number | undefined): string {
  const host = address ?? '?';
  return host.includes(':') && !host.startsWith('::ffff:')
    ? `[${host}]:${port ?? 0}`
    : `${host.replace('::ffff:', '')}:${port ?? 0}`;
}
