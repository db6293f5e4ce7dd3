/** Listening sockets: TCP on every address of `bind`, and a Unix socket. */
import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, type Server, Socket } from 'node:net';

import { readThroughHandle, streamHandleOf } from './stream-binding.ts';

/** Bytes of the buffer that all reads of the process share. */
const READ_BUFFER_BYTES = 64 * 1024;

/** Where a server listens. */
export interface Endpoints {
  /** Addresses; a leading `-` means that one is skipped when the machine does not have it. */
  readonly bind: readonly string[];
  /** 0: no TCP. -1: any free port, the same on every address. */
  readonly port: number;
  readonly backlog: number;
  readonly unixPath: string;
  /** Permission bits of the Unix socket; 0: as the umask says. */
  readonly unixPermissions: number;
}

/** Receives an accepted socket and returns who reads it. */
export type Accept = (
  socket: Socket,
  unixPath: string,
) => ((chunk: Uint8Array, length: number) => boolean) | undefined;

const UNAVAILABLE: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

export class Listener {
  readonly #accept: Accept;
  readonly #handOver: ((socket: Socket) => void) | undefined;
  #tcp: Server[] = [];
  #unix: Server | undefined;
  readonly #buffer = new Uint8Array(READ_BUFFER_BYTES);
  #port = 0;

  /** With `handOver`, sockets go there instead, as they are: something comes before their reading. */
  constructor(accept: Accept, handOver?: (socket: Socket) => void) {
    this.#accept = accept;
    this.#handOver = handOver;
  }

  /** The TCP port, 0 when there is none. */
  get port(): number {
    return this.#port;
  }

  /**
   * Opens all endpoints, or throws an Error with the system's reason and none is open. An address
   * with a leading `-` may be missing.
   */
  async open(endpoints: Endpoints): Promise<void> {
    try {
      await this.openTcp(endpoints);
      if (endpoints.unixPath !== '') await this.#openUnix(endpoints);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The TCP part of `open`; the addresses that were open are closed first. */
  async openTcp({ backlog, bind, port }: Endpoints): Promise<void> {
    this.#closeTcp();
    let actual = Math.max(0, port);
    try {
      for (const address of port === 0 ? [] : bind)
        actual = (await this.#openAddress(address, actual, backlog)) || actual;
      if (port !== 0 && bind.length > 0 && this.#tcp.length === 0)
        throw new Error('no address to bind');
    } catch (error) {
      this.#closeTcp();
      throw error;
    }
    this.#port = this.#tcp.length === 0 ? 0 : actual;
  }

  /** Stops listening; connections stay. */
  close(): void {
    this.#closeTcp();
    this.#unix?.close();
    this.#unix = undefined;
  }

  #closeTcp(): void {
    // The callback of close waits for connections, which are not this object's to end.
    for (const server of this.#tcp) server.close();
    this.#tcp = [];
    this.#port = 0;
  }

  /** Listens on one address; returns the port, or 0 when the address may be missing and is. */
  async #openAddress(address: string, port: number, backlog: number): Promise<number> {
    const isOptional = address.startsWith('-');
    const name = isOptional ? address.slice(1) : address;
    const host = name === '*' ? '0.0.0.0' : name === '::*' ? '::' : name;
    const server = this.#createServer('');
    try {
      await listening(server, { host, port, backlog, ipv6Only: host.includes(':') });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (isOptional && UNAVAILABLE.has(code)) return 0;
      throw error;
    }
    this.#tcp.push(server);
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : 0;
  }

  async #openUnix({ backlog, unixPath, unixPermissions }: Endpoints): Promise<void> {
    try {
      unlinkSync(unixPath);
    } catch {
      // It was not there, or listening will tell what is wrong.
    }
    const server = this.#createServer(unixPath);
    await listening(server, { path: unixPath, backlog });
    this.#unix = server;
    if (unixPermissions !== 0) chmodSync(unixPath, unixPermissions);
  }

  #createServer(unixPath: string): Server {
    const handOver = this.#handOver;
    const isRead = handOver === undefined;
    const options = { allowHalfOpen: isRead, noDelay: true, pauseOnConnect: isRead };
    return createServer(options, (accepted) => {
      if (handOver === undefined) this.#take(accepted, unixPath);
      else handOver(accepted);
    });
  }

  /**
   * Wraps the accepted handle anew, to read it through the shared buffer. `_handle` is not
   * documented; without it, data arrives by events, in buffers of its own.
   */
  #take(accepted: Socket, unixPath: string): void {
    const handle = (accepted as unknown as { _handle?: object })._handle;
    if (handle === undefined || handle === null) {
      const receive = this.#accept(accepted, unixPath);
      if (receive === undefined) return;
      accepted.on('data', (chunk) => receive(chunk as Buffer, chunk.length));
      accepted.resume();
      return;
    }
    let receive: ReturnType<Accept>;
    const options = {
      handle,
      allowHalfOpen: true,
      onread: {
        buffer: this.#buffer,
        callback: (length: number, chunk: Uint8Array): boolean => {
          receive?.(chunk, length);
          return true;
        },
      },
    };
    const socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]);
    receive = this.#accept(socket, unixPath);
    if (receive === undefined) return;
    const direct = streamHandleOf(socket);
    if (direct !== undefined) readThroughHandle(direct, this.#buffer, receive);
    socket.resume();
  }
}

function listening(server: Server, options: object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      server.on('error', () => {}); // Accepting can fail (EMFILE); the next attempt may succeed.
      resolve();
    });
  });
}
