/** Decides whether an accepted socket becomes a client, and makes it one. */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { clientLine, clientType } from '../command/client-line.ts';
import { Session, SESSION_LOCKED } from '../command/session.ts';
import type { Config } from '../config/config.ts';
import type { Engine } from '../engine.ts';
import { RequestBatch } from '../resp/request-batch.ts';
import { MAX_CLIENTS } from '../resp/errors.ts';
import type { ClientEviction } from './client-eviction.ts';
import type { Clients } from './clients.ts';
import { Connection, type ConnectionServices } from './connection.ts';
import type { Output } from './output.ts';

const PROTECTED_MODE =
  '-DENIED Redis is running in protected mode because protected mode is enabled and no password ' +
  'is set for the default user. Until that is changed, only connections from the loopback ' +
  "interface are accepted. Set a password for the default user, or, if the server's network is " +
  "trusted, switch the protection off: 'CONFIG SET protected-mode no' from a loopback client, or " +
  "the directive 'protected-mode no' at the next start.\r\n";

/** Buffers from this size on are worth a look when memory is limited. */
const NOTABLE_BYTES = 16 * 1024;
/** Input that a client may have pending before it has logged in. */
const LOCKED_BYTES = 1024 * 1024;

export class Acceptor implements ConnectionServices {
  readonly executor: Engine['executor'];
  readonly batch = new RequestBatch();
  readonly limits: Engine['requestLimits'];
  readonly output: Output;
  readonly #engine: Engine;
  readonly #clients: Clients;
  readonly #config: Config;
  readonly #eviction: ClientEviction;

  constructor(
    engine: Engine,
    clients: Clients,
    config: Config,
    output: Output,
    eviction: ClientEviction,
  ) {
    this.executor = engine.executor;
    this.limits = engine.requestLimits;
    this.output = output;
    this.#engine = engine;
    this.#clients = clients;
    this.#config = config;
    this.#eviction = eviction;
  }

  /** Makes a client of the socket; undefined when it was refused. */
  accept(
    socket: Socket,
    unixPath: string,
  ): ((chunk: Uint8Array, length: number) => boolean) | undefined {
    const { ports, keyspace } = this.#engine;
    const refusal = this.#refusal(socket, unixPath);
    if (refusal !== undefined) {
      ports.statistics.connectionsRejected++;
      socket.on('error', () => {});
      socket.write(refusal);
      socket.destroySoon();
      return undefined;
    }
    ports.statistics.connectionsReceived++;
    if (this.#config.tcpKeepalive > 0 && unixPath === '')
      socket.setKeepAlive(true, this.#config.tcpKeepalive * 1000);
    const session = new Session(this.#clients.takeId(), keyspace.databases[0], this.now());
    ports.authentication.reset(session);
    const connection = new Connection(this, socket, session, unixPath);
    this.#clients.add(connection);
    return (chunk, length) => connection.receive(chunk, length);
  }

  /** Lets a TLS socket in whose handshake is done: as `accept`, and reads it. */
  acceptEncrypted(socket: TLSSocket): void {
    const receive = this.accept(socket, '');
    if (receive !== undefined) socket.on('data', (chunk) => receive(chunk, chunk.length));
  }

  /** Refuses a socket that is one too many, with those whose handshake is not done; true: it may stay. */
  hasRoomFor(socket: Socket, handshakes: number): boolean {
    if (this.#clients.count + handshakes < this.#config.maxclients) return true;
    this.#engine.ports.statistics.connectionsRejected++;
    socket.destroy();
    return false;
  }

  exceedsQueryLimit(connection: Connection, bytes: number): boolean {
    const { session } = connection;
    // What MULTI has queued waits for execution too.
    const waiting = bytes + session.queuedBytes;
    if (waiting > NOTABLE_BYTES) this.#eviction.grew(connection);
    const limit = this.#config.clientQueryBufferLimit;
    if (waiting <= (session.has(SESSION_LOCKED) ? Math.min(limit, LOCKED_BYTES) : limit))
      return false;
    const { log, statistics } = this.#engine.ports;
    statistics.queryBufferDisconnections++;
    const line = clientLine(session, this.now());
    log.warning(`Closing client that reached max query buffer length: ${line}`);
    return true;
  }

  exceedsOutputLimit(connection: Connection, bytes: number): boolean {
    if (bytes > NOTABLE_BYTES) this.#eviction.grew(connection);
    const limits = this.#config.clientOutputBufferLimit;
    const type = clientType(connection.session);
    if (!this.#isOver(connection, bytes, limits[type === 'master' ? 'replica' : type]))
      return false;
    const { log, statistics } = this.#engine.ports;
    statistics.outputBufferDisconnections++;
    const line = clientLine(connection.session, this.now());
    log.warning(`Client ${line} closed for overcoming of output buffer limits.`);
    return true;
  }

  countInput(bytes: number): void {
    const { statistics } = this.#engine.ports;
    statistics.bytesRead += bytes;
    statistics.readsProcessed++;
  }

  countOutput(bytes: number): void {
    const { statistics } = this.#engine.ports;
    statistics.bytesWritten += bytes;
    statistics.writesProcessed++;
  }

  countProtocolError(connection: Connection, text: string): void {
    const { log, statistics } = this.#engine.ports;
    statistics.countError(text);
    const line = clientLine(connection.session, this.now());
    log.verbose(`Protocol error (${text}) from client: ${line}`);
  }

  unexpected(connection: Connection, error: unknown): void {
    const { log, statistics } = this.#engine.ports;
    statistics.unexpectedErrors++;
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.warning(`Unexpected error while serving ${connection.address}, closing it: ${stack}`);
  }

  closed(connection: Connection): void {
    this.#clients.remove(connection);
    this.#eviction.gone(connection);
    this.#engine.watches.unwatchAll(connection.session);
    this.ended(connection);
    this.#engine.sessions.reset(connection.session);
  }

  ended(connection: Connection): void {
    this.#engine.blocking.forget(connection.session);
  }

  now(): number {
    return this.#engine.keyspace.now;
  }

  #refusal(socket: Socket, unixPath: string): string | undefined {
    const config = this.#config;
    if (this.#clients.count >= config.maxclients) return `-${MAX_CLIENTS}\r\n`;
    const isOpen = this.#engine.ports.authentication.isOpen;
    if (!config.protectedMode || !isOpen || unixPath !== '') return undefined;
    return isLoopback(socket.remoteAddress ?? '') ? undefined : PROTECTED_MODE;
  }

  #isOver(
    connection: Connection,
    bytes: number,
    limit: { readonly hard: number; readonly soft: number; readonly softSeconds: number },
  ): boolean {
    if (limit.hard > 0 && bytes >= limit.hard) return true;
    if (limit.soft === 0 || bytes < limit.soft) {
      connection.softLimitSince = 0;
      this.#clients.overSoftLimit.delete(connection);
      return false;
    }
    const now = this.now();
    if (connection.softLimitSince === 0) {
      connection.softLimitSince = now;
      this.#clients.overSoftLimit.add(connection);
    }
    return now - connection.softLimitSince > limit.softSeconds * 1000;
  }
}

function isLoopback(address: string): boolean {
  const plain = address.replace('::ffff:', '');
  return plain === '::1' || plain.startsWith('127.');
}
