/**
 * A whole engine in one process without sockets, files or real time: requests go in as bytes, replies
 * come out as values, time passes when it is told to, and everything random comes from one seed.
 *
 *     const server = new SimulatedServer({ seed: 7 });
 *     const client = server.connect();
 *     client.call('SET', 'a', '1', 'PX', '100');
 *     server.advance(101);
 *     client.call('GET', 'a');              // null
 */
import type { OuterPorts } from '../../src/engine.ts';
import { Engine } from '../../src/engine.ts';
import { latin1 } from '../../src/bytes/text.ts';
import type { EffectSink } from '../../src/command/effect-log.ts';
import type { ClientDirectory } from '../../src/command/ports.ts';
import {
  SESSION_BLOCKED,
  SESSION_CLOSING,
  SESSION_LOCKED,
  Session,
  type SessionTransport,
} from '../../src/command/session.ts';
import { Config } from '../../src/config/config.ts';
import { ManualClock } from '../../src/env/clock.ts';
import { SeededRandom } from '../../src/env/random.ts';
import { NodeDigests } from '../../src/env/node.ts';
import { ManualTimers } from '../../src/env/timers.ts';
import { type KeyspaceListener, LISTEN_NOTIFY } from '../../src/keyspace/events.ts';
import { ReplyWriter } from '../../src/resp/reply-writer.ts';
import { RequestBatch } from '../../src/resp/request-batch.ts';
import { RequestReader } from '../../src/resp/request-reader.ts';
import { type Argument, encodeCommand } from '../support/raw-client.ts';
import { decodeReply, ReplyFramer, type RespValue, showReply } from '../support/resp-value.ts';

export type SimulationOptions = {
  /** All that is random follows from it; 1 by default. */
  readonly seed?: number;
  readonly directives?: Readonly<Record<string, string>>;
};

/** The server's own work is done so often, as in the real one. Milliseconds. */
const TICK_MS = 100;
/** Elements freed, and microseconds of expiry, in one tick. */
const FREE_STEP = 100_000;
const EXPIRY_STEP = 25_000;

export class SimulatedServer {
  readonly clock = new ManualClock();
  readonly timers = new ManualTimers();
  readonly engine: Engine;
  /** Every effect that was committed, as text: `0 SET a 1`; `-` stands for no database. */
  readonly effects: string[] = [];
  /** Every named event of a key: `0 set a`. */
  readonly events: string[] = [];
  /** What the engine wrote to its log. */
  readonly logged: string[] = [];

  readonly #writer = new ReplyWriter();
  readonly #batch = new RequestBatch();
  readonly #clients = new SimulatedClients(this.#writer);

  constructor(options: SimulationOptions = {}) {
    const config = new Config();
    config.assign('enable-debug-command', ['yes']);
    for (const [name, value] of Object.entries(options.directives ?? {})) {
      const problem = config.assign(name, [value]);
      if (problem !== undefined) throw new Error(`${name}: ${problem}`);
    }
    const random = new SeededRandom(options.seed ?? 1);
    this.engine = new Engine(config, this.#writer, this.#ports(random));
    this.#listen();
  }

  /** A new client in database 0. */
  connect(): SimulatedClient {
    const { keyspace, ports } = this.engine;
    const now = this.clock.wallMilliseconds();
    const session = new Session(this.#clients.nextId, keyspace.databases[0], now);
    ports.authentication.reset(session);
    const client = new SimulatedClient(this.engine, session, this.#batch, this.#writer);
    this.#clients.add(client);
    return client;
  }

  /** Lets time pass: in ticks, each with the server's own work, and with timers that fall due. */
  advance(milliseconds: number): void {
    let left = milliseconds;
    while (left > 0) {
      const step = Math.min(left, TICK_MS);
      left -= step;
      this.clock.advance(step);
      this.timers.advance(step);
      this.engine.keyspace.setTime(this.clock.wallMilliseconds());
      this.engine.expireSome(EXPIRY_STEP);
      this.engine.hotKeys.tick();
      this.engine.keyspace.lazyFree.step(FREE_STEP);
    }
  }

  #listen(): void {
    const sink: EffectSink = {
      append: (database, bytes, start, end) => {
        const reply = decodeReply(Buffer.from(bytes.slice(start, end)));
        const words = reply.type === 'array' ? reply.items : [reply];
        const text = words.map((word) => ('bytes' in word ? word.bytes.toString('latin1') : '?'));
        this.effects.push(`${database < 0 ? '-' : database} ${text.join(' ')}`);
      },
    };
    this.engine.context.effects.addSink(sink);
    const listener: KeyspaceListener = {
      notify: (database, _kind, event, bytes, start, end) =>
        this.events.push(`${database.index} ${event} ${latin1(bytes, start, end)}`),
    };
    this.engine.keyspace.events.add(listener, LISTEN_NOTIFY);
  }

  #ports(random: SeededRandom): OuterPorts {
    const log = (text: string): void => void this.logged.push(text);
    return {
      clock: this.clock,
      random,
      timers: this.timers,
      digests: new NodeDigests(),
      log: { debug: log, verbose: log, notice: log, warning: log },
      clients: this.#clients,
      suspend: () => this.#suspend(),
      pauses: { pause: unsupported('CLIENT PAUSE'), unpause: () => {} },
      lifecycle: {
        shutdown: unsupported('SHUTDOWN'),
        abortShutdown: () => false,
        panic: unsupported('DEBUG PANIC'),
      },
      configFile: { rewrite: unsupported('CONFIG REWRITE') },
      facts: {
        processId: 1,
        runId: '0'.repeat(40),
        executable: 'simulation',
        configFile: '',
        operatingSystem: 'simulation',
        startedAt: this.clock.wallMilliseconds(),
        systemMemory: 2 ** 30,
        maxOpenFiles: Infinity,
        residentBytes: () => 0,
        scriptHeapLimit: Infinity,
        collectScriptHeap: () => {},
        scriptHeapBytes: () => 0,
        cpuSeconds: () => ({ system: 0, user: 0 }),
        threadCpuSeconds: () => ({ system: 0, user: 0 }),
      },
    };
  }

  #suspend(): (write: () => void) => void {
    const { session } = this.engine.context;
    session.set(SESSION_BLOCKED);
    return (write) => {
      session.clear(SESSION_BLOCKED);
      this.#clients.replyTo(session, write);
      session.transport?.resume();
    };
  }
}

/** A client of a simulated server. */
export class SimulatedClient implements SessionTransport {
  readonly session: Session;
  readonly address = '127.0.0.1:1';
  readonly localAddress = '127.0.0.1:6379';
  readonly descriptor = -1;
  readonly isUnixSocket = false;
  readonly isReading = true;
  readonly outputBytes = 0;
  readonly outputBuffers = 0;
  /** Whether the server closed the connection. */
  isClosed = false;

  readonly #engine: Engine;
  readonly #reader: RequestReader;
  readonly #batch: RequestBatch;
  readonly #writer: ReplyWriter;
  readonly #framer = new ReplyFramer();

  constructor(engine: Engine, session: Session, batch: RequestBatch, writer: ReplyWriter) {
    this.#engine = engine;
    this.#reader = new RequestReader(engine.requestLimits);
    this.#batch = batch;
    this.#writer = writer;
    this.session = session;
    session.transport = this;
  }

  get queryBytes(): number {
    return this.#reader.pendingBytes;
  }

  get queryCapacity(): number {
    return this.#reader.bufferCapacity;
  }

  /** Runs one command and returns its reply. Throws when there is none, as from one that blocks. */
  call(...args: readonly Argument[]): RespValue {
    this.send(...args);
    const reply = this.receive();
    if (reply === undefined) throw new Error(`no reply to ${args.join(' ')}`);
    return reply;
  }

  /** The reply to a command as one line of text. */
  show(...args: readonly Argument[]): string {
    return showReply(this.call(...args));
  }

  /** Sends a command; its replies are taken with `receive`. */
  send(...args: readonly Argument[]): void {
    this.sendBytes(encodeCommand(...args));
  }

  /** Sends bytes as one chunk. */
  sendBytes(bytes: Uint8Array): void {
    this.#reader.push(bytes, bytes.length);
    this.#execute();
    this.#reader.settle();
  }

  /** The oldest reply that was not taken yet. */
  receive(): RespValue | undefined {
    const frame = this.#framer.next();
    return frame === undefined ? undefined : decodeReply(frame);
  }

  /** Delivers what the server wrote for this client from `mark` on. */
  deliver(writer: ReplyWriter, mark: number): void {
    this.#framer.push(writer.bytes.slice(mark, writer.length));
    writer.discardFrom(mark);
  }

  resume(): void {
    this.#execute();
    this.#reader.settle();
  }

  closeAfterReplies(): void {
    this.closeNow();
  }

  closeNow(): void {
    this.session.set(SESSION_CLOSING);
    this.isClosed = true;
  }

  #execute(): void {
    const { session } = this;
    const writer = this.#writer;
    const mark = writer.length;
    while (
      !session.has(SESSION_BLOCKED | SESSION_CLOSING) &&
      this.#reader.next(this.#batch, !session.has(SESSION_LOCKED))
    ) {
      const taken = this.#engine.executor.runBatch(session, this.#batch);
      if (taken < this.#batch.count) this.#reader.unread(this.#batch, taken);
    }
    this.deliver(writer, mark);
  }
}

class SimulatedClients implements ClientDirectory {
  nextId = 1;
  readonly #writer: ReplyWriter;
  readonly #clients = new Map<Session, SimulatedClient>();

  constructor(writer: ReplyWriter) {
    this.#writer = writer;
  }

  get count(): number {
    return this.#clients.size;
  }

  add(client: SimulatedClient): void {
    this.#clients.set(client.session, client);
    this.nextId++;
  }

  byId(id: number): Session | undefined {
    return [...this.#clients.keys()].find((session) => session.id === id);
  }

  all(): Iterable<Session> {
    return this.#clients.keys();
  }

  replyTo(session: Session, write: () => void): void {
    const writer = this.#writer;
    const { protocol } = writer;
    const mark = writer.length;
    writer.protocol = session.protocol;
    write();
    writer.protocol = protocol;
    this.#clients.get(session)?.deliver(writer, mark);
  }

  sendTo(session: Session, write: (aside: ReplyWriter) => void): void {
    const aside = new ReplyWriter();
    aside.protocol = session.protocol;
    write(aside);
    this.#clients.get(session)?.deliver(aside, 0);
  }

  sendToAll(sessions: Iterable<Session>, write: (aside: ReplyWriter) => void): void {
    for (const session of sessions) this.sendTo(session, write);
  }
}

/** A port that a simulation does not have yet: using it is a mistake of the test. */
function unsupported(what: string): () => never {
  return () => {
    throw new Error(`the simulation has no ${what}`);
  };
}
