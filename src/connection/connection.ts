/**
 * One client's socket: bytes in, requests to the executor, replies out.
 *
 * Input arrives in a buffer that all connections share (`onread`), is parsed where it lies and
 * executed at once. A session that blocks keeps what it sent behind the blocking request, and
 * stops reading once enough of that has piled up.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Session, SessionTransport } from '../command/session.ts';
import { SESSION_BLOCKED, SESSION_CLOSING, SESSION_LOCKED } from '../command/session.ts';
import type { Executor } from '../execution/executor.ts';
import { BATCH_CAPACITY, type RequestBatch } from '../resp/request-batch.ts';
import { RequestReader } from '../resp/request-reader.ts';
import type { RequestLimits } from '../resp/request-limits.ts';
import { EncryptedWriter } from './encrypted-writer.ts';
import type { Output, OutputTarget } from './output.ts';
import { SocketWriter } from './socket-writer.ts';

/** What all connections of a server share. */
export interface ConnectionServices {
  readonly executor: Executor;
  readonly batch: RequestBatch;
  readonly limits: RequestLimits;
  readonly output: Output;
  /** Whether a client with this much input pending must go (client-query-buffer-limit). */
  exceedsQueryLimit(connection: Connection, bytes: number): boolean;
  /** Whether a client with this much unsent output must go (client-output-buffer-limit). */
  exceedsOutputLimit(connection: Connection, bytes: number): boolean;
  countInput(bytes: number): void;
  countOutput(bytes: number): void;
  /** The client broke the protocol; the text is what it is told. */
  countProtocolError(connection: Connection, text: string): void;
  /** Something threw that should not have: for the log. */
  unexpected(connection: Connection, error: unknown): void;
  /** The client will send no more: what it waits for must not go to it. */
  ended(connection: Connection): void;
  closed(connection: Connection): void;
  now(): number;
}

/** A client that is held up may send this much ahead before its socket is read no further. */
const READ_AHEAD_BYTES = 1024 * 1024;
/** Unsent output at which a client's requests wait until it reads. */
const OUTPUT_HIGH_WATER = 256 * 1024 * 1024;
/** The same for who has not logged in. */
const LOCKED_HIGH_WATER = 64 * 1024;
/** Output up to this size is copied when it has to wait, so that it does not hold a whole slab. */
const COPIED_BYTES = 32 * 1024;

/** Milliseconds that a client with more than a batch of requests gets before others have their turn. */
const TURN_MS = 1;
/** Unsent output of a client that reads too slowly for that: it gets a batch only. */
const BEHIND_BYTES = 1024 * 1024;

const STOPPED = SESSION_BLOCKED | SESSION_CLOSING;

export class Connection implements SessionTransport, OutputTarget {
  readonly session: Session;
  lastStretch = 0;
  readonly socket: Socket;
  readonly address: string;
  readonly localAddress: string;
  readonly isUnixSocket: boolean;
  /** Milliseconds since the epoch when the soft output limit was first exceeded; 0: it is not. */
  softLimitSince = 0;
  /** What it holds, as last counted for maxmemory-clients. */
  countedBytes = 0;

  readonly #services: ConnectionServices;
  readonly #reader: RequestReader;
  readonly #writer: SocketWriter | EncryptedWriter;
  #ending = false;
  #isReading = true;
  /** Its requests go on in the next turn: those of others come first. */
  #isDeferred = false;

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
    socket.on('end', () => this.#ended());
    socket.on('close', () => {
      this.#ending = true;
      services.closed(this);
    });
    const drained = (): void => this.#drained();
    this.#writer =
      socket instanceof TLSSocket
        ? new EncryptedWriter(socket, drained)
        : new SocketWriter(socket, drained);
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

  get isReading(): boolean {
    return this.#isReading;
  }

  get outputBytes(): number {
    return this.#writer.unsent;
  }

  get outputBuffers(): number {
    return this.#writer.unsent > 0 ? 1 : 0;
  }

  /**
   * Bytes arrived in `chunk[0, length)`, which is borrowed. Returns whether requests were executed, and
   * not only stored until there is more of them.
   */
  receive(chunk: Uint8Array, length: number): boolean {
    const { session } = this;
    const services = this.#services;
    services.countInput(length);
    session.bytesRead += length;
    session.lastActiveAt = services.now();
    if (this.#ending) return false;
    this.#reader.push(chunk, length);
    this.#work();
    return this.#reader.pendingBytes < length;
  }

  resume(): void {
    // The batch may be another client's now: go on when the turn ends.
    this.#services.output.defer(() => this.#goOn());
  }

  send(bytes: Uint8Array, start: number, end: number): boolean {
    const { session } = this;
    const size = end - start;
    if (size === 0 || this.#ending) return true;
    this.#services.countOutput(size);
    session.bytesWritten += size;
    session.lastActiveAt = this.#services.now();
    if (this.#writer.unsent > 0 && size <= COPIED_BYTES) {
      this.#writer.write(bytes.slice(start, end), 0, size);
      return true;
    }
    return this.#writer.write(bytes, start, end);
  }

  sent(): void {
    if (this.#ending) return;
    if (this.session.has(SESSION_CLOSING)) {
      this.#ending = true;
      // Ends the socket when everything is written, without waiting for the other side's end.
      if (this.#writer instanceof EncryptedWriter) this.#writer.finish();
      else this.socket.destroySoon();
      return;
    }
    this.checkOutput();
    if (this.#mustWait()) this.#stopReading();
  }

  /** Closes the client when it is over its output limit; also asked while nothing is sent. */
  checkOutput(): void {
    const { unsent } = this.#writer;
    if (this.#ending || (unsent === 0 && this.softLimitSince === 0)) return;
    if (this.#services.exceedsOutputLimit(this, unsent)) this.closeNow();
  }

  closeAfterReplies(): void {
    this.session.set(SESSION_CLOSING);
    // `sent` comes also when there is no reply on its way.
    this.#services.output.visit(this);
  }

  closeNow(): void {
    this.session.set(SESSION_CLOSING);
    this.#ending = true;
    this.socket.destroy();
  }

  #goOn(): void {
    if (this.#ending || this.#isDeferred) return;
    this.#work();
    if (this.#ending || this.#mustWait() || this.#isReading) return;
    this.#isReading = true;
    this.socket.resume();
  }

  /** Executes what has arrived, as far as it may be. No error gets out of here. */
  #work(): void {
    const reader = this.#reader;
    try {
      if (!this.session.has(STOPPED) && !this.#isDeferred) this.#execute();
    } catch (error) {
      this.#services.unexpected(this, error);
      this.closeNow();
    } finally {
      reader.settle();
    }
    if (this.#ending) return;
    if (this.#services.exceedsQueryLimit(this, reader.pendingBytes)) this.closeNow();
    else if (this.#mustWait()) this.#stopReading();
  }

  #execute(): void {
    const { executor, batch, output } = this.#services;
    const { session } = this;
    const reader = this.#reader;
    const previous = output.turnTo(this);
    let began = 0;
    try {
      while (
        !session.has(STOPPED) &&
        !this.#isBackedUp() &&
        reader.next(batch, !session.has(SESSION_LOCKED))
      ) {
        const taken = executor.runBatch(session, batch);
        if (taken < batch.count) reader.unread(batch, taken);
        if (output.isLarge) output.flush();
        // Nearly always that was all; the clock is asked only when it may not be.
        const wasAll = taken === batch.count && taken < BATCH_CAPACITY;
        if (wasAll && !session.has(SESSION_LOCKED)) continue;
        const now = performance.now();
        // Who does not even read what it has got has no reason to hurry.
        const isBehind = this.#writer.unsent > BEHIND_BYTES;
        if (began === 0 && !isBehind) began = now;
        else if (isBehind || now - began > TURN_MS) {
          this.#defer();
          break;
        }
      }
      if (reader.error !== undefined && !session.has(STOPPED)) this.#protocolError(reader.error);
    } finally {
      output.turnTo(previous);
    }
  }

  /** Lets others have their turn; meanwhile nothing more is read. */
  #defer(): void {
    this.#isDeferred = true;
    this.#stopReading();
    setImmediate(() => {
      this.#isDeferred = false;
      this.#goOn();
    });
  }

  #protocolError(text: string): void {
    const { output } = this.#services;
    output.writer.error(`ERR ${text}`);
    this.#services.countProtocolError(this, output.writer.lastError);
    this.closeAfterReplies();
  }

  /** The other side sends no more. What it asked for is still answered, unless it has to wait. */
  #ended(): void {
    this.#services.ended(this);
    if (this.session.has(SESSION_BLOCKED)) this.closeNow();
    else this.closeAfterReplies();
  }

  /** Whether so much output waits that more must not be made. */
  #isBackedUp(): boolean {
    const most = this.session.has(SESSION_LOCKED) ? LOCKED_HIGH_WATER : OUTPUT_HIGH_WATER;
    return this.#writer.unsent > most;
  }

  /** Whether no more is to be read for now. */
  #mustWait(): boolean {
    if (this.#isBackedUp() || this.#isDeferred) return true;
    return this.session.has(SESSION_BLOCKED) && this.queryBytes > READ_AHEAD_BYTES;
  }

  #stopReading(): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    this.socket.pause();
  }

  /** All output is with the system: requests that waited for that go on. */
  #drained(): void {
    this.softLimitSince = 0;
    this.#goOn();
  }
}

function endpoint(address: string | undefined, port: number | undefined): string {
  const host = address ?? '?';
  return host.includes(':') && !host.startsWith('::ffff:')
    ? `[${host}]:${port ?? 0}`
    : `${host.replace('::ffff:', '')}:${port ?? 0}`;
}
