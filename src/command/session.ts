/**
 * What the server knows of one client, apart from its socket: the state that commands read and
 * change. A session also stands for the connection of a script, of a loaded file and of a primary.
 */
import type { Database } from '../keyspace/database.ts';
import type { SessionUser } from './access.ts';
import type { QueuedCommand } from './queued-command.ts';

/** Bits of `Session.state`; while all are clear, a request takes the executor's short way. */
/** Must authenticate before anything else. */
export const SESSION_LOCKED = 1 << 0;
/** Between MULTI and EXEC. */
export const SESSION_MULTI = 1 << 1;
/** A queued command was refused: EXEC will abort. */
export const SESSION_MULTI_FAILED = 1 << 2;
/** A watched key was changed: EXEC will reply null. */
export const SESSION_WATCH_BROKEN = 1 << 3;
/** Subscribed to something: over RESP2 only few commands are allowed. */
export const SESSION_SUBSCRIBED = 1 << 4;
/** CLIENT REPLY OFF, and the two steps of SKIP. */
export const SESSION_REPLY_OFF = 1 << 5;
export const SESSION_REPLY_SKIP_NEXT = 1 << 6;
export const SESSION_REPLY_SKIP = 1 << 7;
/** Waits in a blocking command, or for the end of a pause: no further request is executed. */
export const SESSION_BLOCKED = 1 << 8;
/** Will be closed when its output is sent: no further request is executed. */
export const SESSION_CLOSING = 1 << 9;
/** Sees every command that is executed. */
export const SESSION_MONITOR = 1 << 10;
/** CLIENT TRACKING is on. */
export const SESSION_TRACKING = 1 << 11;
/** Its user may not do everything: rules have to be asked. */
export const SESSION_RESTRICTED = 1 << 12;
/** CLIENT NO-TOUCH: its commands leave access clocks alone. */
export const SESSION_NO_TOUCH = 1 << 13;
/** Is a replica of this server. */
export const SESSION_REPLICA = 1 << 14;
/** Is the primary this server follows, or the file it loads: no checks apply. */
export const SESSION_PRIMARY = 1 << 15;
/** CLIENT CACHING was said about the next command, or transaction. */
export const SESSION_CACHING = 1 << 16;

/** The transport below a session. */
export interface SessionTransport {
  /** `127.0.0.1:50000`, or `path:0` of a Unix socket. */
  readonly address: string;
  /** The server's own end, in the same form. */
  readonly localAddress: string;
  /** File descriptor, or -1. */
  readonly descriptor: number;
  readonly isUnixSocket: boolean;
  /** Bytes received and not yet executed, and what their buffer holds. */
  readonly queryBytes: number;
  readonly queryCapacity: number;
  /** Whether its requests are being read at present. */
  readonly isReading: boolean;
  /** Bytes of replies that were not yet taken by the system. */
  readonly outputBytes: number;
  /** Number of buffers those stand in. */
  readonly outputBuffers: number;
  /** Closes when the replies written so far have been sent. */
  closeAfterReplies(): void;
  /** Closes now; unsent replies are lost. */
  closeNow(): void;
  /** Executes requests that wait behind one that blocked. */
  resume(): void;
}

export class Session {
  readonly id: number;
  /** SESSION_* bits. */
  state = 0;
  database: Database;
  protocol: 2 | 3 = 2;
  /** Absent for sessions without a connection (scripts, files). */
  transport: SessionTransport | undefined;
  name = '';
  libraryName = '';
  libraryVersion = '';
  /** Who it is logged in as; undefined for sessions that stand for the server itself. */
  user: SessionUser | undefined = undefined;
  authenticated = false;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  lastActiveAt: number;
  /** Full name of the last command, for CLIENT LIST. */
  lastCommand = 'NULL';
  /** CLIENT NO-EVICT. */
  noEvict = false;
  /** TRACK_* bits. */
  trackingModes = 0;
  /** While it tracks: the client that gets its invalidations, 0 for itself. */
  redirectTo = 0;
  /** Commands queued since MULTI, and their bytes. */
  queued: QueuedCommand[] = [];
  queuedBytes = 0;
  /** Bytes that the keys it watches and the names it is subscribed to take. */
  registeredBytes = 0;
  /** Number of keys this session watches. */
  watchedKeys = 0;
  /** Subscriptions: channels, patterns, sharded channels. */
  channelCount = 0;
  patternCount = 0;
  shardChannelCount = 0;
  /**
   * Set while the session waits in a blocking command: ends the wait as a timeout would, or with
   * an error (CLIENT UNBLOCK). Owned by whoever blocked it, who clears it again.
   */
  unblock: ((withError: boolean) => void) | undefined = undefined;
  /** Bytes read and written, and requests served, since it connected. */
  bytesRead = 0;
  bytesWritten = 0;
  requests = 0;

  constructor(id: number, database: Database, now: number) {
    this.id = id;
    this.database = database;
    this.createdAt = now;
    this.lastActiveAt = now;
  }

  get userName(): string {
    return this.user?.name ?? '(superuser)';
  }

  set(bits: number): void {
    this.state |= bits;
  }

  clear(bits: number): void {
    this.state &= ~bits;
  }

  has(bits: number): boolean {
    return (this.state & bits) !== 0;
  }

  /** `redirectTo` as clients are shown it: -1 while tracking is off. */
  get redirection(): number {
    return this.has(SESSION_TRACKING) ? this.redirectTo : -1;
  }
}
