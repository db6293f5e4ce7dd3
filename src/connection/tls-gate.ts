/**
 * Turns accepted TCP sockets into TLS ones. The gate a connection comes through is a `tls.Server`
 * that listens nowhere: it is handed sockets, and replaced as a whole when certificates or other
 * settings change, so that new connections get the new ones and established ones keep theirs.
 *
 * Who does not finish the handshake in time is disconnected; who is at it counts as a client.
 */
import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { Log } from '../command/ports.ts';
import type { Config } from '../config/config.ts';
import { TlsSessions } from './tls-sessions.ts';
import { openSslText, readTlsSettings, TlsProblem } from './tls-settings.ts';

/** The longest time for a handshake, in milliseconds; `timeout` may make it shorter. */
const HANDSHAKE_MS = 10_000;

export class TlsGate {
  readonly #config: Config;
  readonly #log: Log;
  readonly #entered: (socket: TLSSocket) => void;
  #settings: SecureContextOptions | undefined;
  #server: Server | undefined;
  #handshakes = 0;
  /** The sockets below. */
  readonly #sockets = new Set<Socket>();

  /** `entered` is called with every socket whose handshake is done and whose client is let in. */
  constructor(config: Config, log: Log, entered: (socket: TLSSocket) => void) {
    this.#config = config;
    this.#log = log;
    this.#entered = entered;
  }

  /** Connections whose handshake goes on. */
  get handshakes(): number {
    return this.#handshakes;
  }

  get isConfigured(): boolean {
    return this.#settings !== undefined;
  }

  /**
   * Takes over the configuration and the files it names. Returns, and logs, what is wrong with them;
   * then everything stays as it was.
   */
  configure(): string | undefined {
    try {
      this.#settings = readTlsSettings(this.#config);
    } catch (error) {
      if (!(error instanceof TlsProblem)) throw error;
      this.#log.warning(error.message);
      return error.message;
    }
    this.renew();
    return undefined;
  }

  /** Takes over whether and when clients need certificates; no file is read. */
  renew(): void {
    if (this.#settings === undefined) return;
    const config = this.#config;
    const server = createServer({
      ...this.#settings,
      requestCert: config.tlsAuthClients !== 'no',
      rejectUnauthorized: config.tlsAuthClients === 'yes',
      handshakeTimeout: this.#handshakeMs,
    });
    if (config.tlsSessionCaching) {
      const lifetime = config.tlsSessionCacheTimeout * 1000;
      new TlsSessions(config.tlsSessionCacheSize, lifetime).attach(server);
    }
    server.on('secureConnection', (socket) => this.#finished(socket));
    server.on('tlsClientError', (error, socket) => this.#failed(error, socket));
    this.#server = server;
  }

  /** Begins the handshake with an accepted socket. */
  take(socket: Socket): void {
    this.#handshakes++;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Node documents that sockets may be handed to a server like this.
    this.#server!.emit('connection', socket);
  }

  /** Ends every connection, also those whose handshake goes on. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get #handshakeMs(): number {
    const { timeout } = this.#config;
    return timeout === 0 ? HANDSHAKE_MS : Math.min(HANDSHAKE_MS, timeout * 1000);
  }

  #finished(socket: TLSSocket): void {
    this.#handshakes--;
    // Node only notes what is wrong with a certificate that need not be given; Redis refuses it.
    if (
      this.#config.tlsAuthClients === 'optional' &&
      !socket.authorized &&
      hasCertificate(socket)
    ) {
      this.#refuse(String(socket.authorizationError), socket);
      return;
    }
    // From here on, as on other sockets, who has sent everything still gets the replies.
    socket.allowHalfOpen = true;
    this.#entered(socket);
  }

  #failed(error: Error, socket: TLSSocket): void {
    this.#handshakes--;
    this.#refuse(openSslText(error), socket);
  }

  #refuse(reason: string, socket: TLSSocket): void {
    const address = socket.remoteAddress ?? 'gone';
    this.#log.warning(`Error accepting a client connection: ${reason} (${address})`);
    socket.on('error', () => {});
    socket.destroy();
  }
}

function hasCertificate(socket: TLSSocket): boolean {
  return socket.getPeerX509Certificate() !== undefined;
}
