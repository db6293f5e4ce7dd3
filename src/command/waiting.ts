/** What a blocking command and the registry of blocked clients (execution/blocking.ts) agree on. */
import type { Database } from '../keyspace/database.ts';
import type { Entry, ValueType } from '../values/entry.ts';
import type { CommandContext } from './context.ts';

/**
 * The rest of a blocking command, for when its turn comes. Each method runs with the context
 * pointed to the request that blocked: `context.args`, `session` and `database` are the waiting
 * client's, and the reply goes to it. Effects must be stated with `context.propagate`: nothing is
 * propagated verbatim.
 */
export interface Waiter {
  /** Keys that hold a value of another type do not end the wait. */
  readonly type: ValueType;
  /**
   * A key, argument `keyIndex`, has the value `entry` (found by `lookupWrite`). Replies and returns
   * true; or returns false, writing nothing, to wait on at the same place in the queue.
   */
  serve(context: CommandContext, keyIndex: number, entry: Entry): boolean;
  /** The key was removed or holds another type now: as `serve`. Left out: waits on. */
  gone?(context: CommandContext, keyIndex: number): boolean;
  /** Replies that time is up; left out, the null array. Also runs inside EXEC and scripts, at once. */
  timedOut?(context: CommandContext): void;
}

/** Blocked clients, as commands see them. */
export interface BlockingPort {
  /** Number of clients that wait for keys: `blocked_clients`. */
  readonly count: number;
  /** Whether the running command may wait: not inside EXEC and scripts. */
  allowed(): boolean;
  /**
   * Lets the client that is served wait for its keys, the arguments `firstKey` to
   * `firstKey + keyCount - 1`, at most `timeout` milliseconds (0: for ever). The handler must not have
   * replied and must return. Where waiting is not allowed, replies like a timeout at once.
   */
  block(firstKey: number, keyCount: number, timeout: number, waiter: Waiter): void;
  /**
   * Tells that a key which existed before has something new for those who wait. Keys that come into
   * being need no call: the database tells of them. O(1), free while nobody waits.
   */
  signal(database: Database, bytes: Uint8Array, start: number, end: number): void;
  /** Ends every wait with an error and closes the clients: the server became a replica. */
  unblockAll(error: string): void;
  /** Number of clients that wait for a key. */
  waitingFor(database: Database, bytes: Uint8Array, start: number, end: number): number;
}
