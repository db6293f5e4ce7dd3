/**
 * Clients that wait for keys (BLPOP, XREAD BLOCK, …).
 *
 * Each key that somebody waits for has a queue, in order of arrival. Changes only mark keys as
 * ready; when the outermost unit has ended, ready keys are taken in the order in which they were
 * marked, and the clients of each queue are offered the value one after the other, so that a
 * transaction or script wakes them once, at its end, with what is left then. Serving one client may
 * make further keys ready (BLMOVE): they are appended and served in the same round.
 *
 * Every served client is a unit of its own: its effect is committed before the next one's turn.
 *
 * While nobody waits, the keyspace does not report to this registry at all.
 */
import { hashBytes } from '../bytes/hash.ts';
import { latin1 } from '../bytes/text.ts';
import type { CommandContext } from '../command/context.ts';
import { QueuedCommand } from '../command/queued-command.ts';
import {
  SESSION_BLOCKED,
  SESSION_CLOSING,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  type Session,
} from '../command/session.ts';
import type { BlockingPort, Waiter } from '../command/waiting.ts';
import type { Timers } from '../env/timers.ts';
import type { Database } from '../keyspace/database.ts';
import { LISTEN_ADDED, LISTEN_CHANGED, type KeyspaceListener } from '../keyspace/events.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import { UNBLOCKED_BY_CLIENT } from '../resp/errors.ts';
import { type Entry, typeOf } from '../values/entry.ts';
import type { Executor } from './executor.ts';

/** Why a key is marked: it may have a value now; what it held may be gone. */
const MAY_HAVE_VALUE = 1;
const MAY_BE_GONE = 2;

/** A waiting client. */
interface Wait {
  readonly session: Session;
  /** The request that blocked. */
  readonly request: QueuedCommand;
  readonly waiter: Waiter;
  /** By position of the key among the request's keys: its queue. */
  readonly queues: readonly KeyQueue[];
  readonly firstKey: number;
  /** Its replies are switched off. */
  readonly isSilent: boolean;
  cancelTimeout: (() => void) | undefined;
}

/** Who waits for a key, first come first served. */
interface KeyQueue {
  readonly name: string;
  readonly database: Database;
  readonly key: Uint8Array;
  readonly hash: number;
  readonly waits: Set<Wait>;
  /** How many of them want to know when the key is gone. */
  watchers: number;
  /** MAY_* bits since it was last looked at; not 0: it stands in the list of ready keys. */
  ready: number;
}

/** A wait that has ended and whose reply must wait for the end of the unit. */
interface Ended {
  readonly wait: Wait;
  readonly error: string | undefined;
  readonly close: boolean;
}

export class Blocking implements BlockingPort, KeyspaceListener {
  readonly #keyspace: Keyspace;
  readonly #timers: Timers;
  readonly #waits = new Map<Session, Wait>();
  readonly #queues = new Map<string, KeyQueue>();
  readonly #ready: KeyQueue[] = [];
  readonly #ended: Ended[] = [];
  #executor!: Executor;
  #context!: CommandContext;

  constructor(keyspace: Keyspace, timers: Timers) {
    this.#keyspace = keyspace;
    this.#timers = timers;
    keyspace.events.add(this, 0);
  }

  /** Connects with the executor, whose end of unit serves the ready keys. Call once. */
  attach(executor: Executor): void {
    this.#executor = executor;
    this.#context = executor.context;
    executor.onUnitEnd(() => this.#endUnit());
  }

  get count(): number {
    return this.#waits.size;
  }

  allowed(): boolean {
    return !this.#executor.isNested && this.#context.session.transport !== undefined;
  }

  block(firstKey: number, keyCount: number, timeout: number, waiter: Waiter): void {
    const context = this.#context;
    const { session, args } = context;
    if (!this.allowed()) {
      timeOut(context, waiter);
      return;
    }
    const queues: KeyQueue[] = [];
    for (let i = firstKey; i < firstKey + keyCount; i++)
      queues.push(this.#queueOf(context.database, args.bytes, args.start(i), args.end(i)));
    const wait: Wait = {
      session,
      request: new QueuedCommand(context.command, args),
      waiter,
      queues,
      firstKey,
      isSilent: session.has(SESSION_REPLY_OFF | SESSION_REPLY_SKIP),
      cancelTimeout: undefined,
    };
    for (const queue of new Set(queues)) {
      queue.waits.add(wait);
      if (waiter.gone !== undefined) queue.watchers++;
    }
    this.#waits.set(session, wait);
    this.#keyspace.events.setWants(this, LISTEN_ADDED | LISTEN_CHANGED);
    session.set(SESSION_BLOCKED);
    session.unblock = (withError) =>
      this.#end(wait, withError ? UNBLOCKED_BY_CLIENT : undefined, false);
    if (timeout > 0) wait.cancelTimeout = this.#timers.after(timeout, () => this.#expire(wait));
  }

  signal(database: Database, bytes: Uint8Array, start: number, end: number): void {
    if (this.#waits.size > 0) this.#markKey(database, bytes, start, end, MAY_HAVE_VALUE);
  }

  unblockAll(error: string): void {
    for (const wait of this.#waits.values()) this.#end(wait, error, true);
  }

  waitingFor(database: Database, bytes: Uint8Array, start: number, end: number): number {
    return this.#queues.get(nameOf(database, bytes, start, end))?.waits.size ?? 0;
  }

  /** The client disconnected: it is served no more. */
  forget(session: Session): void {
    const wait = this.#waits.get(session);
    if (wait !== undefined) this.#leave(wait);
  }

  added(database: Database, _entry: Entry, bytes: Uint8Array, start: number, end: number): void {
    this.#markKey(database, bytes, start, end, MAY_HAVE_VALUE | MAY_BE_GONE);
  }

  changed(database: Database, bytes: Uint8Array, start: number, end: number): void {
    this.#markKey(database, bytes, start, end, MAY_BE_GONE);
  }

  flushed(database: number): void {
    for (const queue of this.#queues.values())
      if (database === -1 || queue.database.index === database) this.#mark(queue, MAY_BE_GONE);
  }

  swapped(first: number, second: number): void {
    for (const queue of this.#queues.values()) {
      const { index } = queue.database;
      if (index === first || index === second) this.#mark(queue, MAY_HAVE_VALUE | MAY_BE_GONE);
    }
  }

  #queueOf(database: Database, bytes: Uint8Array, start: number, end: number): KeyQueue {
    const name = nameOf(database, bytes, start, end);
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      const key = bytes.slice(start, end);
      const hash = hashBytes(key, 0, key.length);
      queue = { name, database, key, hash, waits: new Set(), watchers: 0, ready: 0 };
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #markKey(database: Database, bytes: Uint8Array, start: number, end: number, why: number): void {
    const queue = this.#queues.get(nameOf(database, bytes, start, end));
    if (queue !== undefined) this.#mark(queue, why);
  }

  #mark(queue: KeyQueue, why: number): void {
    if (queue.ready === 0) this.#ready.push(queue);
    queue.ready |= why;
    this.#executor.unitWork = true;
  }

  /** The end of a unit: answers those whose wait was ended, then serves the ready keys. */
  #endUnit(): void {
    this.#answerEnded();
    for (let i = 0; i < this.#ready.length; i++) {
      const queue = this.#ready[i];
      const why = queue.ready;
      queue.ready = 0;
      this.#serveQueue(queue, why);
    }
    this.#ready.length = 0;
  }

  /**
   * Offers a key to its queue. O(clients offered): when the value is used up, those who come later
   * are not asked.
   */
  #serveQueue(queue: KeyQueue, why: number): void {
    const { database, key, hash } = queue;
    const { heap } = this.#keyspace;
    for (const wait of queue.waits) {
      if (wait.session.has(SESSION_CLOSING)) continue;
      const { waiter } = wait;
      const entry = database.lookupWrite(key, 0, key.length, hash);
      if (entry === 0 && queue.watchers === 0) return;
      const keyIndex = wait.firstKey + wait.queues.indexOf(queue);
      if (entry !== 0 && typeOf(heap, entry) === waiter.type) {
        if ((why & MAY_HAVE_VALUE) !== 0)
          this.#offer(wait, (context) => waiter.serve(context, keyIndex, entry));
      } else if (waiter.gone !== undefined && (why & MAY_BE_GONE) !== 0)
        this.#offer(wait, (context) => waiter.gone!(context, keyIndex));
    }
  }

  /** Offers a client its turn, and lets it go on when it took it. */
  #offer(wait: Wait, turn: (context: CommandContext) => boolean): void {
    let isServed = false;
    this.#asWaiting(wait, (context) => {
      // A turn that fails was answered with an error.
      isServed = true;
      isServed = turn(context);
    });
    this.#context.effects.commit();
    if (!isServed) return;
    this.#leave(wait);
    goOn(wait.session);
  }

  /** Ends a wait: the client leaves its queues at once, its reply follows between two units. */
  #end(wait: Wait, error: string | undefined, close: boolean): void {
    this.#leave(wait);
    this.#ended.push({ wait, error, close });
    this.#executor.unitWork = true;
  }

  #answerEnded(): void {
    for (const { wait, error, close } of this.#ended.splice(0)) {
      this.#asWaiting(wait, (context) => {
        if (error === undefined) timeOut(context, wait.waiter);
        else context.reply.error(error);
      });
      if (close) wait.session.transport?.closeAfterReplies();
      goOn(wait.session);
    }
  }

  #expire(wait: Wait): void {
    const { keyspace, server } = this.#context;
    keyspace.setTime(server.clock.wallMilliseconds());
    this.#executor.runUnit(() => this.#end(wait, undefined, false));
  }

  /**
   * Runs a part of a waiting command, with its client's reply, and keeps the command's statistics.
   * A failure is answered and logged like a handler's.
   */
  #asWaiting(wait: Wait, work: (context: CommandContext) => void): void {
    const context = this.#context;
    const { reply, server } = context;
    const { session, request } = wait;
    server.clients.replyTo(session, () => {
      const mark = reply.length;
      const errors = reply.errorCount;
      const began = server.latencyEvents.begin();
      this.#executor.runAs(session, request, () => {
        this.#executor.guarded(request.command, () => work(context));
      });
      server.latencyEvents.end('command-unblocking', began);
      if (reply.errorCount !== errors) {
        server.table.stats[request.command.id].failed++;
        server.statistics.countError(reply.lastError);
      }
      if (wait.isSilent) reply.discardFrom(mark);
    });
  }

  #leave(wait: Wait): void {
    wait.cancelTimeout?.();
    wait.session.unblock = undefined;
    this.#waits.delete(wait.session);
    for (const queue of wait.queues) {
      if (queue.waits.delete(wait) && wait.waiter.gone !== undefined) queue.watchers--;
      if (queue.waits.size === 0) this.#queues.delete(queue.name);
    }
    if (this.#waits.size === 0) this.#keyspace.events.setWants(this, 0);
  }
}

function timeOut(context: CommandContext, waiter: Waiter): void {
  if (waiter.timedOut === undefined) context.reply.nullArray();
  else waiter.timedOut(context);
}

/** Lets a client's further requests run. */
function goOn(session: Session): void {
  session.clear(SESSION_BLOCKED);
  session.transport?.resume();
}

function nameOf(database: Database, bytes: Uint8Array, start: number, end: number): string {
  return `${database.index}:${latin1(bytes, start, end)}`;
}
