/** Listening sockets: TCP on every address of `bind`, and a Unix socket. */
import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, type Server, Socket } from 'node:net';

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
) => ((chunk: Uint8Array, length: number) => void) | undefined;

const UNAVAILABLE: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

export class Listener {
  readonly #accept: Accept;
  readonly #servers: Server[] = [];
  readonly #buffer = new Uint8Array(READ_BUFFER_BYTES);
  #port = 0;

  constructor(accept: Accept) {
    this.#accept = accept;
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
    const { bind, port, backlog, unixPath } = endpoints;
    try {
      let actual = Math.max(0, port);
      for (const address of port === 0 ? [] : bind) {
        const opened = await this.#openTcp(address, actual, backlog);
        if (opened > 0) actual = opened;
      }
      this.#port = port === 0 ? 0 : actual;
      if (port !== 0 && this.#servers.length === 0) throw new Error('no address to bind');
      if (unixPath !== '') await this.#openUnix(unixPath, backlog, endpoints.unixPermissions);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Stops listening; connections stay. */
  async close(): Promise<void> {
    const servers = this.#servers.splice(0);
    // The callback of close waits for connections, which are not this object's to end.
    for (const server of servers) server.close();
  }

  async #openTcp(address: string, port: number, backlog: number): Promise<number> {
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
    this.#servers.push(server);
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : 0;
  }

  async #openUnix(path: string, backlog: number, permissions: number): Promise<void> {
    try {
      unlinkSync(path);
    } catch {
      // It was not there, or listening will tell what is wrong.
    }
    const server = this.#createServer(path);
    await listening(server, { path, backlog });
    if (permissions !== 0) chmodSync(path, permissions);
    this.#servers.push(server);
  }

  #createServer(unixPath: string): Server {
    const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
    return createServer(options, (accepted) => {
      this.#take(accepted, unixPath);
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
    if (receive !== undefined) socket.resume();
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
