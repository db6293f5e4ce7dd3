/**
 * respd's public API and composition root: one `Respd` is one server. Several may run in a process;
 * they share nothing but the hash key.
 *
 *     const server = await Respd.start({ port: 0 });
 *     … server.url …
 *     await server.close();
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { seedHash } from './bytes/hash.ts';
import type { Log, ShutdownOptions } from './command/ports.ts';
import { SAMPLE_PERIOD_MS } from './command/statistics.ts';
import { SESSION_BLOCKED, SESSION_REPLY_OFF } from './command/session.ts';
import { fromLatin1, useNativeText } from './bytes/text.ts';
import { Config } from './config/config.ts';
import {
  SHUTDOWN_FORCE,
  SHUTDOWN_NOSAVE,
  SHUTDOWN_NOW,
  SHUTDOWN_SAVE,
} from './config/kinds-special.ts';
import { rewriteConfigText } from './config/conf-rewrite.ts';
import { splitWords } from './config/quoting.ts';
import { Acceptor } from './connection/acceptor.ts';
import { ClientEviction } from './connection/client-eviction.ts';
import { Clients } from './connection/clients.ts';
import { Housekeeping } from './connection/housekeeping.ts';
import type { MetricsEndpoint } from './connection/metrics-endpoint.ts';
import { ListenError, Network } from './connection/network.ts';
import { Output } from './connection/output.ts';
import { Pauses } from './connection/pauses.ts';
import { Engine } from './engine.ts';
import { NodeDisk } from './env/node-disk.ts';
import { NodeClock, NodeDigests, NodeRandom, NodeTimers } from './env/node.ts';
import { nativeText } from './env/native-text.ts';
import { systemText } from './env/system-text.ts';
import { nodeProcessFacts, type ProcessFacts } from './env/process-facts.ts';
import { Persistence } from './persistence/persistence.ts';
import { crashReport } from './observe/crash-report.ts';
import { createLogger, type LoggerOptions } from './observe/logger.ts';
import { Syslog } from './observe/syslog.ts';
import { VERSION } from './version.ts';

/** Directives as in redis.conf, by name: `{ port: 0, maxmemory: '100mb', save: '' }`. */
export type Directives = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[]>
>;

/** What a program gives besides the configuration. */
export interface RunOptions {
  /** The configuration file, absolute; '' when there is none. */
  readonly configFile: string;
  /** rename-command: pairs of the old and the new name. */
  readonly renames: readonly (readonly [from: string, to: string])[];
  /** The users that the configuration names: the words of each `user` line, without that word. */
  readonly users: readonly (readonly string[])[];
  /** Moves the process to a directory, or says why not. */
  readonly changeDirectory: (path: string) => string | undefined;
  /** The server listens, and loads its data next. */
  readonly opened?: (server: Respd) => void;
}

const EMBEDDED: RunOptions = {
  configFile: '',
  renames: [],
  users: [],
  changeDirectory: () => undefined,
};

/** Files that are open besides clients: data files, log, listening sockets. */
const RESERVED_FILES = 32;

let isHashSeeded = false;

export class Respd {
  readonly #config: Config;
  readonly #engine: Engine;
  readonly #clients: Clients;
  readonly #output: Output;
  readonly #network: Network;
  #metrics: MetricsEndpoint | undefined;
  readonly #acceptor: Acceptor;
  readonly #housekeeping: Housekeeping;
  readonly #pauses: Pauses;
  readonly #persistence: Persistence;
  readonly #logging: LoggerOptions;
  readonly #log: Log;
  readonly #options: RunOptions;
  readonly #facts: ProcessFacts;
  #closed: Promise<void> | undefined;
  #saveTimer: NodeJS.Timeout | undefined;
  /** Called when the server was told to stop and everything is closed. */
  onShutdown: (() => void) | undefined;

  private constructor(config: Config, logLevel: string, options: RunOptions) {
    seedHashOnce();
    useNativeText(nativeText);
    this.#config = config;
    this.#options = options;
    this.#facts = nodeProcessFacts(options.configFile);
    this.#logging = {
      level: logLevel,
      file: config.logfile,
      format: config.logFormat,
      role: 'M',
      syslog: undefined,
    };
    this.#log = createLogger(this.#logging);
    if (config.syslogEnabled) this.#logging.syslog = this.#openSyslog();
    this.#output = new Output((flush) => void setImmediate(flush));
    this.#clients = new Clients(this.#output);
    this.#pauses = new Pauses();
    this.#persistence = new Persistence({
      disk: new NodeDisk(),
      processId: process.pid,
      nextTurn: () => new Promise((done) => void setImmediate(done)),
      delay: (milliseconds) => new Promise((done) => void setTimeout(done, milliseconds)),
      wakeAtTurnEnd: () => this.#output.defer(() => {}),
    });
    this.#engine = this.#createEngine();
    this.#pauses.attach(this.#engine);
    this.#persistence.attach(this.#engine);
    this.#output.beforeFlush = () => this.#persistence.beforeReplies();
    this.#holdMessages();
    this.#engine.tracking.wake = () => this.#output.defer(() => this.#engine.tracking.endTurn());
    const eviction = new ClientEviction(this.#engine, this.#clients, config);
    this.#acceptor = new Acceptor(this.#engine, this.#clients, config, this.#output, eviction);
    this.#network = new Network(config, this.#log, this.#acceptor);
    this.#housekeeping = new Housekeeping(this.#engine, this.#clients, config, eviction);
    this.#engine.sessions.onReset((session) => this.#pauses.forget(session));
    for (const [from, to] of options.renames) this.#engine.ports.table.rename(from, to);
    this.#makeDirectoryAbsolute();
    this.#limitClients();
    this.#followConfig();
  }

  /**
   * Starts a server inside this process. Directives are those of redis.conf, `user` being a line or
   * several; `port: 0` takes any free port. Nothing is logged unless `loglevel` is given. Rejects with the system's or the
   * configuration's reason.
   */
  static async start(directives: Directives = {}): Promise<Respd> {
    const config = new Config();
    const { user = [], ...settings } = directives;
    for (const [name, value] of Object.entries(settings)) {
      const words = (Array.isArray(value) ? value : [value]).map(directiveText);
      const problem = config.assign(name, words);
      if (problem !== undefined) throw new Error(`${name}: ${problem}`);
    }
    const level = 'loglevel' in directives ? config.loglevel : 'nothing';
    const lines = (Array.isArray(user) ? user : [user]).map(directiveText);
    const users = lines.map((line) => splitWords(line) ?? []);
    const server = new Respd(config, level, { ...EMBEDDED, users });
    server.#engine.access.configure(users);
    await server.#open(config.port === 0 ? -1 : config.port);
    config.assign('port', [String(server.port)]);
    // Without a word about files, none is touched.
    const hasSavePoints = 'save' in directives && config.save.length > 0;
    if (!('save' in directives)) config.assign('save', ['']);
    if ('dir' in directives || hasSavePoints || config.appendonly) await server.#load();
    return server;
  }

  /**
   * Starts a server as redis-server would, from a loaded configuration. Rejects with a ListenError
   * a UsersError or a LoadError, which the log tells too.
   */
  static async run(config: Config, options: RunOptions): Promise<Respd> {
    const server = new Respd(config, config.loglevel, options);
    server.log.notice(`respd, compatible with Redis ${VERSION}, PID: ${process.pid}`);
    server.#engine.access.configure(options.users);
    await server.#open(config.port);
    options.opened?.(server);
    await server.#load();
    return server;
  }

  /** The TCP port; 0 when the server listens on none. */
  get port(): number {
    return this.#network.port;
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

  get isLoading(): boolean {
    return this.#engine.persistence.isLoading;
  }

  /** What is to be told when the process dies of an error: the error, and the server's state. */
  crashReport(what: string, reason: unknown): string {
    return crashReport(what, reason, this.#config.crashLogEnabled ? this.#engine : undefined);
  }

  /** Stops listening, closes every client and stops all work. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #open(port: number): Promise<void> {
    await this.#network.open(port);
    await this.#openMetrics();
    this.#housekeeping.start();
  }

  /** The endpoint for Prometheus, whose code is loaded only when it is wanted. */
  async #openMetrics(): Promise<void> {
    const { metricsBind, metricsPort } = this.#config;
    if (metricsPort === 0) return;
    const { MetricsEndpoint } = await import('./connection/metrics-endpoint.ts');
    try {
      this.#metrics = await MetricsEndpoint.open(this.#engine.metrics, metricsPort, metricsBind);
    } catch (error) {
      this.#network.close();
      const reason = systemText(error);
      this.#log.warning(`Failed listening on metrics-port ${metricsPort}, aborting: ${reason}`);
      throw new ListenError(reason, { cause: error });
    }
    this.#log.notice(`Metrics are served on port ${metricsPort}`);
  }

  /** Loads the data set while clients are told so; from then on saves when it is due. */
  async #load(): Promise<void> {
    try {
      await this.#persistence.load();
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#saveTimer = setInterval(() => this.#persistence.tick(), SAMPLE_PERIOD_MS);
  }

  async #close(): Promise<void> {
    clearInterval(this.#saveTimer);
    await this.#persistence.close();
    this.#housekeeping.stop();
    this.#engine.scripting.stop();
    this.#output.flush();
    this.#network.close();
    this.#metrics?.close();
    const closing = [...this.#clients.connections()];
    const gone = closing.map(
      ({ socket }) => new Promise<void>((done) => socket.once('close', () => done())),
    );
    for (const connection of closing) connection.closeNow();
    await Promise.all(gone);
    this.#logging.syslog?.close();
  }

  #openSyslog(): Syslog {
    const { syslogFacility, syslogIdent } = this.#config;
    return new Syslog(syslogIdent, syslogFacility, (reason) => {
      this.#logging.syslog = undefined;
      this.#log.warning(`Nothing goes to syslog any more: ${reason}`);
    });
  }

  #createEngine(): Engine {
    return new Engine(this.#config, this.#output.writer, {
      clock: new NodeClock(),
      random: new NodeRandom(),
      timers: new NodeTimers(),
      digests: new NodeDigests(),
      disk: new NodeDisk(),
      log: this.#log,
      clients: this.#clients,
      suspend: () => this.#suspend(),
      pauses: this.#pauses,
      lifecycle: {
        shutdown: (options) => this.#shutdown(options),
        abortShutdown: () => false,
        panic: (text) => {
          setImmediate(() => {
            throw new Error(text);
          });
        },
      },
      configFile: { rewrite: () => this.#rewriteConfig() },
      facts: this.#facts,
      files: this.#persistence,
    });
  }

  /** What a client is sent in the middle of its reply waits for the end of the unit. */
  #holdMessages(): void {
    const { executor } = this.#engine;
    this.#output.onHeld = () => {
      executor.unitWork = true;
    };
    executor.onUnitEnd(() => this.#output.replyEnded());
  }

  #suspend(): (write: () => void) => void {
    const { context } = this.#engine;
    const { session } = context;
    session.set(SESSION_BLOCKED);
    return (write) => {
      session.clear(SESSION_BLOCKED);
      if (!session.has(SESSION_REPLY_OFF))
        this.#clients.replyTo(session, () => {
          context.session = session;
          context.database = session.database;
          write();
        });
      session.transport?.resume();
    };
  }

  #shutdown(options: ShutdownOptions): string | undefined {
    this.#log.warning('User requested shutdown...');
    const problem = this.#persistence.prepareToStop(options);
    if (problem !== undefined) return problem;
    this.stop();
    return undefined;
  }

  /**
   * Saves as a signal is to (`shutdown-on-sigterm`, `shutdown-on-sigint`) and begins to stop. False
   * when it could not save: the server goes on.
   */
  stopBySignal(signal: 'SIGTERM' | 'SIGINT'): boolean {
    this.#log.warning('User requested shutdown...');
    const config = this.#config;
    const wish = signal === 'SIGTERM' ? config.shutdownOnSigterm : config.shutdownOnSigint;
    const save = (wish & SHUTDOWN_SAVE) !== 0 ? true : (wish & SHUTDOWN_NOSAVE) === 0 && undefined;
    const now = (wish & SHUTDOWN_NOW) !== 0;
    const force = (wish & SHUTDOWN_FORCE) !== 0;
    if (this.#persistence.prepareToStop({ save, now, force }) !== undefined) return false;
    this.stop();
    return true;
  }

  /** Begins to stop, in the next turn of the loop; `onShutdown` is called when everything is closed. */
  stop(): void {
    setImmediate(() => {
      void this.close().then(() => this.onShutdown?.());
    });
  }

  /** CONFIG REWRITE: the new text goes to a file beside the old one, then takes its place. */
  #rewriteConfig(): string | undefined {
    if (this.#options.configFile === '') return 'The server is running without a config file';
    try {
      const text = rewriteConfigText(this.#config, readText(this.#options.configFile), {
        users: this.#engine.access.lines(),
      });
      const temporary = `${this.#options.configFile}.${process.pid}.tmp`;
      writeFileSync(temporary, fromLatin1(text));
      renameSync(temporary, this.#options.configFile);
      return undefined;
    } catch (error) {
      return `Rewriting config file: ${(error as Error).message}`;
    }
  }

  #followConfig(): void {
    const config = this.#config;
    const engineDirectives = (
      'hash-max-listpack-entries hash-max-listpack-value set-max-intset-entries ' +
      'zset-max-listpack-entries zset-max-listpack-value list-max-listpack-size ' +
      'list-compress-depth stream-node-max-bytes stream-node-max-entries ' +
      'hll-sparse-max-bytes proto-max-bulk-len maxmemory maxmemory-policy lfu-log-factor ' +
      'lfu-decay-time active-expire-effort'
    ).split(' ');
    config.onApply(engineDirectives, () => this.#engine.applyConfig());
    config.onApply(['loglevel'], () => {
      this.#logging.level = config.loglevel;
    });
    config.onApply(['dir'], () => this.#changeDirectory());
    config.onApply(['maxclients'], () => this.#checkMaxClients());
  }

  /** `dir` was set; text: it is no directory, and was not changed. */
  #changeDirectory(): string | undefined {
    try {
      if (!statSync(this.#config.dir).isDirectory()) return 'Not a directory';
    } catch (error) {
      return systemText(error);
    }
    const problem = this.#options.changeDirectory(this.#config.dir);
    if (problem === undefined) this.#makeDirectoryAbsolute();
    return problem;
  }

  #makeDirectoryAbsolute(): void {
    this.#config.assign('dir', [resolve(this.#config.dir)]);
  }

  /** Lowers maxclients to what the system's limit of open files leaves room for. */
  #limitClients(): void {
    const config = this.#config;
    const most = Math.max(1, this.#facts.maxOpenFiles - RESERVED_FILES);
    if (config.maxclients <= most) return;
    this.#log.warning(
      `maxclients ${config.maxclients} needs ${config.maxclients + RESERVED_FILES} open files, ` +
        `but the system allows ${this.#facts.maxOpenFiles}: it is ${most} now. ` +
        "Raise the limit ('ulimit -n') for more.",
    );
    config.assign('maxclients', [String(most)]);
  }

  #checkMaxClients(): string | undefined {
    const most = this.#facts.maxOpenFiles - RESERVED_FILES;
    if (this.#config.maxclients <= most) return undefined;
    return `The operating system is not able to handle the specified number of clients, try with ${most}`;
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
