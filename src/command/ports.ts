/**
 * The rest of the server as commands see it: interfaces only, so that commands import neither
 * sockets nor files. The composition root (server.ts) provides them.
 */
import type { Clock } from '../env/clock.ts';
import type { ProcessFacts } from '../env/process-facts.ts';
import type { Random } from '../env/random.ts';
import type { Defragmentation } from '../keyspace/defragmentation.ts';
import type { ExpiryCycle } from '../keyspace/expiry-cycle.ts';
import type { HotKeys } from '../keyspace/hot-keys.ts';
import type { ReplyWriter } from '../resp/reply-writer.ts';
import type { RequestLimits } from '../resp/request-limits.ts';
import type { RefusalLog, UserDirectory } from './access.ts';
import type { FileControl } from './file-control.ts';
import type { PersistenceStatus } from './persistence-status.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { CommandTable } from './registry.ts';
import type { ScriptingPort } from './scripting.ts';
import type { Session } from './session.ts';
import type { ServerStatistics } from './statistics.ts';
import type { TrackingPort } from './tracking.ts';
import type { BlockingPort } from './waiting.ts';

/** Log levels as redis.conf names them. */
export interface Log {
  debug(text: string): void;
  verbose(text: string): void;
  notice(text: string): void;
  warning(text: string): void;
}

/** All connected clients. */
export interface ClientDirectory {
  readonly count: number;
  byId(id: number): Session | undefined;
  all(): Iterable<Session>;
  /**
   * Runs `write`, which replies through `context.reply`, for another client. Only between units of
   * execution: the reply of the client that is served must be complete.
   */
  replyTo(session: Session, write: () => void): void;
  /**
   * Sends a client, at any time, what `write` writes: behind the replies it was given so far, never
   * inside one.
   */
  sendTo(session: Session, write: (aside: ReplyWriter) => void): void;
  /**
   * Sends all of these clients what `write` writes, in the same way: it is written once for each
   * protocol among them, and shared.
   */
  sendToAll(sessions: Iterable<Session>, write: (aside: ReplyWriter) => void): void;
}

/** The names of one kind that clients are subscribed to: channels, patterns or sharded channels. */
export interface SubscriptionNames {
  /** Number of different names. */
  readonly size: number;
  all(): Iterable<{ readonly bytes: Uint8Array }>;
  /** The subscribers of a name (a byte string). */
  find(name: string): { readonly sessions: ReadonlySet<Session> } | undefined;
  /** A copy of the names of one session, in the order of subscription. */
  namesOf(session: Session): readonly string[];
}

/** Publish and subscribe. */
export interface PubSubPort {
  readonly channels: SubscriptionNames;
  readonly patterns: SubscriptionNames;
  readonly shardChannels: SubscriptionNames;
  /** Both take one of the three above; repeating them changes nothing. */
  subscribe(session: Session, subscriptions: SubscriptionNames, name: string): void;
  unsubscribe(session: Session, subscriptions: SubscriptionNames, name: string): void;
  /** Sends a message to a channel's subscribers and those of matching patterns; their number. */
  publish(
    channel: Uint8Array,
    channelStart: number,
    channelEnd: number,
    message: Uint8Array,
    start: number,
    end: number,
  ): number;
  /** The same for the subscribers of a sharded channel. */
  publishSharded(
    channel: Uint8Array,
    channelStart: number,
    channelEnd: number,
    message: Uint8Array,
    start: number,
    end: number,
  ): number;
}

/**
 * Suspends the client that is served: none of its further requests runs until the returned function
 * is called, once, with what writes the reply (to `context.reply`). Not allowed inside EXEC and scripts.
 */
export type Suspend = () => (write: () => void) => void;

/** CLIENT PAUSE. */
export interface PauseControl {
  /** Until when (milliseconds since the epoch), and whether only writes wait. */
  pause(until: number, writesOnly: boolean): void;
  unpause(): void;
}

/** Transactions' way back into the executor. */
export interface NestedExecution {
  /** Executes a queued request in the present unit and leaves its reply in the writer. */
  run(queued: QueuedCommand): void;
  /** Whether the command that runs is part of EXEC or of a script. */
  readonly isNested: boolean;
}

/** Who may log in. */
export interface Authentication {
  /** The default user needs no password: unless it is off, connections are logged in from the start. */
  readonly isOpen: boolean;
  /** Logs a session in; false when the pair is wrong. User names are byte strings. */
  logIn(session: Session, user: string, bytes: Uint8Array, start: number, end: number): boolean;
  /** Whether there is a user of that name. */
  isUser(name: string): boolean;
  /** Puts a session in the state of a new connection. */
  reset(session: Session): void;
}

/** Told by commands about the life of a session, so that other parts forget what they know of it. */
export interface SessionEvents {
  /** `listener` runs when RESET takes a session back to its beginning, and when it closes. */
  onReset(listener: (session: Session) => void): void;
  reset(session: Session): void;
}

/** WATCH. */
export interface WatchRegistry {
  watch(session: Session, bytes: Uint8Array, start: number, end: number, hash: number): void;
  unwatchAll(session: Session): void;
  /** Whether a watched key expired meanwhile. */
  hasExpired(session: Session): boolean;
}

export interface ShutdownOptions {
  save: boolean | undefined;
  now: boolean;
  force: boolean;
}

/** The life of the process or of the embedded instance. */
export interface Lifecycle {
  /** Begins to stop; undefined, or why it cannot. */
  shutdown(options: ShutdownOptions): string | undefined;
  /** Takes a shutdown back that waits for replicas; false when there is none. */
  abortShutdown(): boolean;
  /** Fails on purpose, outside of any command. */
  panic(text: string): void;
}

/** CONFIG REWRITE, which has to reach a file. */
export interface ConfigFile {
  /** Undefined when done, or the error text. */
  rewrite(): string | undefined;
}

/** INFO. */
export interface InfoSource {
  /** The text of the named sections (lower case, byte strings), or of the default ones. */
  render(sections: readonly string[]): string;
}

/** A request that took long, as SLOWLOG GET shows it. */
export interface SlowRequest {
  readonly id: number;
  /** Unix time in seconds. */
  readonly time: number;
  readonly microseconds: number;
  readonly args: readonly Uint8Array[];
  readonly address: string;
  readonly clientName: string;
}

export interface SlowRequests {
  /** Newest first. */
  latest(count: number): readonly SlowRequest[];
  readonly length: number;
  reset(): void;
}

/** Samples of one event of the latency monitor. */
export interface LatencySeries {
  readonly event: string;
  /** Oldest first: Unix time in seconds and milliseconds. */
  readonly samples: readonly { readonly time: number; readonly milliseconds: number }[];
  /** The worst ever, in milliseconds. */
  readonly worst: number;
}

export interface LatencyEvents {
  /** Begins to measure something; what it returns is for `end`, which adds an event if it was long. */
  begin(): number;
  end(event: string, began: number): void;
  all(): readonly LatencySeries[];
  get(event: string): LatencySeries | undefined;
  /** Forgets one event, or all; returns how many there were. */
  reset(event?: string): number;
}

/** How the run times of one command are distributed. */
export interface LatencyDistribution {
  readonly calls: number;
  /** Upper bound in microseconds (a power of two) and number of calls up to it, ascending. */
  readonly cumulative: readonly (readonly [microseconds: number, calls: number])[];
}

export interface LatencyDistributions {
  /** Undefined when the command has not run since the last reset. */
  of(commandId: number): LatencyDistribution | undefined;
  /** The durations in microseconds that these percentages (0 to 100) of the runs did not exceed. */
  percentiles(commandId: number, percentages: readonly number[]): number[] | undefined;
  reset(): void;
}

/** Where the memory goes, in bytes. */
export interface MemoryReport {
  /** Everything that is accounted for, and the most there ever was. */
  readonly used: number;
  readonly peak: number;
  /** Of `used`: in live blocks of the data heap. */
  readonly allocated: number;
  /** In live blocks when the server began. */
  readonly startup: number;
  /** Taken from the system for the data heap. */
  readonly reserved: number;
  /** Resident, of the whole process. */
  readonly resident: number;
  /** On the heap of the JavaScript engine. */
  readonly scriptHeap: number;
  readonly normalClients: number;
  readonly replicaClients: number;
  /** Sources of cached scripts, and of function libraries. */
  readonly scripts: number;
  readonly functions: number;
  readonly hotKeys: number;
  readonly appendOnlyBuffer: number;
  readonly replicationBacklog: number;
  readonly clusterLinks: number;
  /** Of `used`: what does not hold keys and values. */
  readonly overhead: number;
  readonly dataset: number;
  /** Live blocks. */
  readonly blocks: number;
  readonly keys: number;
  /** Databases that are not empty. */
  readonly databases: readonly {
    readonly index: number;
    readonly keys: number;
    readonly keyTable: number;
    readonly expiryTable: number;
  }[];
}

export interface MemoryReports {
  report(): MemoryReport;
  /** Gives memory that is not in use back to the system. */
  purge(): void;
}

/** MONITOR. */
export interface Monitors {
  add(session: Session): void;
}

export interface ServerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly table: CommandTable;
  readonly statistics: ServerStatistics;
  readonly clients: ClientDirectory;
  readonly suspend: Suspend;
  readonly blocking: BlockingPort;
  readonly pauses: PauseControl;
  readonly nested: NestedExecution;
  readonly scripting: ScriptingPort;
  readonly watches: WatchRegistry;
  readonly lifecycle: Lifecycle;
  readonly configFile: ConfigFile;
  readonly facts: ProcessFacts;
  readonly expiry: ExpiryCycle;
  readonly hotKeys: HotKeys;
  readonly defragmentation: Defragmentation;
  readonly requestLimits: RequestLimits;
  readonly authentication: Authentication;
  readonly users: UserDirectory;
  readonly refusals: RefusalLog;
  readonly sessions: SessionEvents;
  readonly info: InfoSource;
  readonly slowRequests: SlowRequests;
  readonly latencyEvents: LatencyEvents;
  readonly latencyDistributions: LatencyDistributions;
  readonly monitors: Monitors;
  readonly memory: MemoryReports;
  readonly persistence: PersistenceStatus;
  readonly files: FileControl;
  readonly pubsub: PubSubPort;
  readonly tracking: TrackingPort;
}
