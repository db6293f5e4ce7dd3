/**
 * respd's public API and composition root: one `Respd` is one server. Several may run in a process;
 * they share nothing but the hash key.
 *
 *     const server = await Respd.start({ port: 0 });
 *     … server.url …
 *     await server.close();
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { seedHash } from './bytes/hash.ts';
import type { Log, ShutdownOptions } from './command/ports.ts';
import { SESSION_BLOCKED } from './command/session.ts';
import { fromLatin1 } from './bytes/text.ts';
import { Config } from './config/config.ts';
import { rewriteConfigText } from './config/conf-rewrite.ts';
import { Acceptor } from './connection/acceptor.ts';
import { Clients } from './connection/clients.ts';
import { Housekeeping } from './connection/housekeeping.ts';
import { Listener } from './connection/listener.ts';
import { Output } from './connection/output.ts';
import { Pauses } from './connection/pauses.ts';
import { Engine } from './engine.ts';
import { NodeClock, NodeRandom, NodeTimers } from './env/node.ts';
import { nodeProcessFacts } from './env/process-facts.ts';
import { createLogger, type LoggerOptions } from './observe/logger.ts';

/** Directives as in redis.conf, by name: `{ port: 0, maxmemory: '100mb', save: '' }`. */
export type Directives = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[]>
>;

let isHashSeeded = false;

export class Respd {
  readonly #config: Config;
  readonly #engine: Engine;
  readonly #clients: Clients;
  readonly #output: Output;
  readonly #listener: Listener;
  readonly #acceptor: Acceptor;
  readonly #housekeeping: Housekeeping;
  readonly #pauses: Pauses;
  readonly #logging: LoggerOptions;
  readonly #log: Log;
  readonly #configFile: string;
  #closed: Promise<void> | undefined;
  /** Called when a client asked for SHUTDOWN and everything is closed. */
  onShutdown: (() => void) | undefined;

  private constructor(config: Config, logLevel: string, configFile: string) {
    seedHashOnce();
    this.#config = config;
    this.#configFile = configFile;
    this.#logging = {
      level: logLevel,
      file: config.logfile,
      format: config.logFormat,
      role: 'M',
    };
    this.#log = createLogger(this.#logging);
    this.#output = new Output((flush) => void setImmediate(flush));
    this.#clients = new Clients(this.#output);
    this.#pauses = new Pauses();
    this.#engine = this.#createEngine();
    this.#pauses.attach(this.#engine);
    this.#acceptor = new Acceptor(this.#engine, this.#clients, config, this.#output);
    this.#listener = new Listener((socket, path) => this.#acceptor.accept(socket, path));
    this.#housekeeping = new Housekeeping(this.#engine, this.#clients, config);
    this.#acceptor.onClosed = (session) => this.#pauses.forget(session);
    this.#followConfig();
  }

  /**
   * Starts a server inside this process. Directives are those of redis.conf; `port: 0` takes any
   * free port. Nothing is logged unless `loglevel` is given. Rejects with the system's or the
   * configuration's reason.
   */
  static async start(directives: Directives = {}): Promise<Respd> {
    const config = new Config();
    for (const [name, value] of Object.entries(directives)) {
      const words = (Array.isArray(value) ? value : [value]).map(directiveText);
      const problem = config.assign(name, words);
      if (problem !== undefined) throw new Error(`${name}: ${problem}`);
    }
    const level = 'loglevel' in directives ? config.loglevel : 'nothing';
    const server = new Respd(config, level, '');
    await server.#open(config.port === 0 ? -1 : config.port);
    return server;
  }

  /** Starts a server as redis-server would, from a loaded configuration. */
  static async run(config: Config, configFile: string): Promise<Respd> {
    const server = new Respd(config, config.loglevel, configFile);
    await server.#open(config.port);
    return server;
  }

  /** The TCP port; 0 when the server listens on none. */
  get port(): number {
    return this.#listener.port;
  }

  /** For clients: `redis://127.0.0.1:6379`. */
  get url(): string {
    const host = this.#config.bind.map((address) => address.replace(/^-/, ''))[0] ?? '127.0.0.1';
    const reachable = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host;
    return `redis://${reachable.includes(':') ? `[${reachable}]` : reachable}:${this.port}`;
  }

  /** The log, for the program around the server. */
  get log(): Log {
    return this.#log;
  }

  /** Stops listening, closes every client and stops all work. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #open(port: number): Promise<void> {
    const config = this.#config;
    await this.#listener.open({
      bind: config.bind,
      port,
      backlog: config.tcpBacklog,
      unixPath: config.unixsocket,
      unixPermissions: config.unixsocketperm,
    });
    this.#housekeeping.start();
  }

  async #close(): Promise<void> {
    this.#housekeeping.stop();
    this.#output.flush();
    await this.#listener.close();
    const closing = [...this.#clients.connections()];
    const gone = closing.map(
      ({ socket }) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    for (const connection of closing) connection.closeNow();
    await Promise.all(gone);
  }

  #createEngine(): Engine {
    return new Engine(this.#config, this.#output.writer, {
      clock: new NodeClock(),
      random: new NodeRandom(),
      timers: new NodeTimers(),
      log: this.#log,
      clients: this.#clients,
      suspend: () => this.#suspend(),
      pauses: this.#pauses,
      lifecycle: {
        shutdown: (options) => this.#shutdown(options),
        abortShutdown: () => false,
      },
      configFile: { rewrite: () => this.#rewriteConfig() },
      facts: nodeProcessFacts(this.#configFile),
    });
  }

  #suspend(): (write: () => void) => void {
    const { context } = this.#engine;
    const { session } = context;
    session.set(SESSION_BLOCKED);
    return (write) => {
      session.clear(SESSION_BLOCKED);
      this.#clients.replyTo(session, () => {
        context.session = session;
        context.database = session.database;
        write();
      });
      session.transport?.resume();
    };
  }

  #shutdown(_options: ShutdownOptions): string | undefined {
    this.#log.warning('User requested shutdown...');
    setImmediate(() => {
      void this.close().then(() => {
        this.#log.warning('Redis is now ready to exit, bye bye...');
        this.onShutdown?.();
      });
    });
    return undefined;
  }

  /** CONFIG REWRITE: the new text goes to a file beside the old one, then takes its place. */
  #rewriteConfig(): string | undefined {
    if (this.#configFile === '') return 'The server is running without a config file';
    try {
      const text = rewriteConfigText(this.#config, readText(this.#configFile));
      const temporary = `${this.#configFile}.${process.pid}.tmp`;
      writeFileSync(temporary, fromLatin1(text));
      renameSync(temporary, this.#configFile);
      return undefined;
    } catch (error) {
      return `Rewriting config file: ${(error as Error).message}`;
    }
  }

  #followConfig(): void {
    const config = this.#config;
    const engineDirectives = [
      ...['hash-max-listpack-entries', 'hash-max-listpack-value', 'set-max-intset-entries'],
      ...['zset-max-listpack-entries', 'zset-max-listpack-value', 'list-max-listpack-size'],
      ...['list-compress-depth', 'stream-node-max-bytes', 'stream-node-max-entries'],
      ...['hll-sparse-max-bytes', 'proto-max-bulk-len', 'maxmemory-policy', 'lfu-log-factor'],
      ...['lfu-decay-time', 'active-expire-effort'],
    ];
    config.onApply(engineDirectives, () => this.#engine.applyConfig());
    config.onApply(['loglevel'], () => {
      this.#logging.level = config.loglevel;
    });
    config.onApply(['port', 'bind'], () => this.#reopen());
  }

  /** `port` and `bind` changed: opens the new endpoints, or goes back to the old ones. */
  async #reopen(): Promise<string | undefined> {
    await this.#listener.close();
    try {
      await this.#open(this.#config.port);
      return undefined;
    } catch {
      return 'Unable to listen on this port. Check server logs.';
    }
  }
}

function readText(path: string): string {
  return readFileSync(path, 'latin1');
}

function directiveText(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

function seedHashOnce(): void {
  if (isHashSeeded) return;
  isHashSeeded = true;
  const random = new NodeRandom();
  seedHash(random.next32(), random.next32());
}
