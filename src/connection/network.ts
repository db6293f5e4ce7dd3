/** Everything a server listens on: TCP, TLS and a Unix socket, as the configuration says. */
import type { Log } from '../command/ports.ts';
import type { Config } from '../config/config.ts';
import { systemText } from '../env/system-text.ts';
import type { Acceptor } from './acceptor.ts';
import { type Endpoints, Listener } from './listener.ts';
import { TlsGate } from './tls-gate.ts';
import { TLS_SETTINGS } from './tls-settings.ts';

/** A server that could not begin to listen, or was told to listen nowhere. */
export class ListenError extends Error {}

/** What CONFIG SET replies; the log has the reason. */
const LISTEN_REFUSAL = 'Unable to listen on this port. Check server logs.';
const BIND_REFUSAL = 'Failed to bind to specified addresses.';
const TLS_REFUSAL = 'Unable to update TLS configuration. Check server logs.';

export class Network {
  readonly #config: Config;
  readonly #log: Log;
  readonly #listener: Listener;
  readonly #gate: TlsGate;
  readonly #tlsListener: Listener;
  /** What each of the listeners has open. */
  readonly #opened = new Map<Listener, Endpoints>();

  constructor(config: Config, log: Log, acceptor: Acceptor) {
    this.#config = config;
    this.#log = log;
    this.#listener = new Listener((socket, path) => acceptor.accept(socket, path));
    this.#gate = new TlsGate(config, log, (socket) => acceptor.acceptEncrypted(socket));
    this.#tlsListener = new Listener(
      () => undefined,
      (socket) => {
        if (acceptor.hasRoomFor(socket, this.#gate.handshakes)) this.#gate.take(socket);
      },
    );
    this.#follow();
  }

  /** The TCP port without TLS; 0 when there is none. */
  get port(): number {
    return this.#listener.port;
  }

  /**
   * Opens everything; `port` is -1 for any free one. Throws a ListenError, which the log tells too,
   * and nothing is open.
   */
  async open(port: number): Promise<void> {
    const config = this.#config;
    if (this.#wantsTls) this.#requireTls();
    try {
      await this.#openPort(this.#listener, this.#endpoints(port, config.unixsocket), 'TCP');
      await this.#openPort(this.#tlsListener, this.#endpoints(config.tlsPort, ''), 'TLS');
    } catch (error) {
      this.close();
      throw error;
    }
    if (port !== 0 || config.tlsPort !== 0 || config.unixsocket !== '') return;
    this.#log.warning('Configured to not listen anywhere, exiting.');
    throw new ListenError('Configured to not listen anywhere');
  }

  /** Stops listening. Connections stay, but for those through TLS. */
  close(): void {
    this.#listener.close();
    this.#tlsListener.close();
    this.#gate.close();
  }

  get #wantsTls(): boolean {
    const { tlsCluster, tlsPort, tlsReplication } = this.#config;
    return tlsPort !== 0 || tlsReplication || tlsCluster;
  }

  #requireTls(): void {
    const problem = this.#gate.configure();
    if (problem === undefined) return;
    this.#log.warning('Failed to configure TLS. Check logs for more info.');
    throw new ListenError(problem);
  }

  #endpoints(port: number, unixPath: string): Endpoints {
    const { bind, tcpBacklog, unixsocketperm } = this.#config;
    return { bind, port, backlog: tcpBacklog, unixPath, unixPermissions: unixsocketperm };
  }

  async #openPort(listener: Listener, endpoints: Endpoints, kind: string): Promise<void> {
    try {
      await listener.open(endpoints);
    } catch (error) {
      const isPath = this.#tellReason(error);
      if (!isPath)
        this.#log.warning(`Failed listening on port ${endpoints.port} (${kind}), aborting.`);
      throw new ListenError((error as Error).message, { cause: error });
    }
    this.#opened.set(listener, { ...endpoints, port: listener.port });
  }

  /** Logs why an endpoint could not be opened; returns whether it is the Unix socket. */
  #tellReason(error: unknown): boolean {
    const { address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
    const reason = systemText(error);
    const isPath = address !== undefined && (port === undefined || port < 0);
    if (isPath) this.#log.warning(`Failed opening Unix socket: bind: ${reason}`);
    else
      this.#log.warning(
        `Warning: Could not create server TCP listening socket ${address}:${port}: bind: ${reason}`,
      );
    return isPath;
  }

  #follow(): void {
    const config = this.#config;
    config.onApply(['port'], () => this.#move(this.#listener, config.port, 'port'), true);
    config.onApply(['tls-port'], () => this.#moveTls(), true);
    config.onApply(['bind'], () => this.#rebind(), true);
    config.onApply(['tls-auth-clients', 'timeout'], () => this.#gate.renew());
    config.onApply(TLS_SETTINGS, () => {
      if (!this.#wantsTls || this.#gate.configure() === undefined) return undefined;
      return this.#refused(TLS_REFUSAL, 'tls');
    });
  }

  #moveTls(): Promise<string | undefined> | string {
    const { tlsPort } = this.#config;
    if (tlsPort !== 0 && !this.#gate.isConfigured && this.#gate.configure() !== undefined)
      return this.#refused(TLS_REFUSAL, 'tls-port');
    return this.#move(this.#tlsListener, tlsPort, 'tls-port');
  }

  async #rebind(): Promise<string | undefined> {
    const { port, tlsPort } = this.#config;
    const isOpen =
      (await this.#reopen(this.#listener, port)) &&
      (await this.#reopen(this.#tlsListener, tlsPort));
    return isOpen ? undefined : this.#refused(BIND_REFUSAL, 'bind');
  }

  async #move(listener: Listener, port: number, name: string): Promise<string | undefined> {
    return (await this.#reopen(listener, port)) ? undefined : this.#refused(LISTEN_REFUSAL, name);
  }

  /** Opens the port on the addresses of `bind`, or goes back to what was open. */
  async #reopen(listener: Listener, port: number): Promise<boolean> {
    const next = this.#endpoints(port, '');
    try {
      await listener.openTcp(next);
      this.#opened.set(listener, next);
      return true;
    } catch (error) {
      this.#tellReason(error);
      await listener.openTcp(this.#opened.get(listener)!).catch((again: unknown) => {
        this.#log.warning(`Could not listen where it was before either: ${String(again)}`);
      });
      return false;
    }
  }

  #refused(reply: string, name: string): string {
    this.#log.warning(
      `Failed applying new configuration. Possibly related to new ${name} setting. ` +
        'Restoring previous settings.',
    );
    return reply;
  }
}
