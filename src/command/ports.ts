/**
 * The rest of the server as commands see it: interfaces only, so that commands import neither
 * sockets nor files. The composition root (server.ts) provides them.
 */
import type { Clock } from '../env/clock.ts';
import type { ProcessFacts } from '../env/process-facts.ts';
import type { Random } from '../env/random.ts';
import type { ExpiryCycle } from '../keyspace/expiry-cycle.ts';
import type { RequestLimits } from '../resp/request-limits.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { CommandTable } from './registry.ts';
import type { Session } from './session.ts';
import type { ServerStatistics } from './statistics.ts';

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
}

/** CONFIG REWRITE, which has to reach a file. */
export interface ConfigFile {
  /** Undefined when done, or the error text. */
  rewrite(): string | undefined;
}

export interface ServerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly table: CommandTable;
  readonly statistics: ServerStatistics;
  readonly clients: ClientDirectory;
  readonly suspend: Suspend;
  readonly pauses: PauseControl;
  readonly nested: NestedExecution;
  readonly watches: WatchRegistry;
  readonly lifecycle: Lifecycle;
  readonly configFile: ConfigFile;
  readonly facts: ProcessFacts;
  readonly expiry: ExpiryCycle;
  readonly requestLimits: RequestLimits;
}
