/**
 * Runs requests: one batch of a client at a time, in order, one unit after the other.
 *
 *   resolve → arity → guards (only when something is switched on) → queue or run → effects
 *
 * A *unit* is what other clients see as one step: a request, or a whole EXEC or script. When the
 * outermost one ends, its effects are committed and those who wait for changed keys are served.
 *
 * Time: the clock is read once for a batch, and again after every command that is not O(1) or
 * O(log N), so each command sees one frozen instant. The duration of a batch's quick commands is
 * shared among them evenly; the others are measured one by one.
 */
import type { CommandContext } from '../command/context.ts';
import {
  CMD_FAST,
  CMD_NO_AUTH,
  CMD_PROTECTED,
  CMD_TOUCHES_ARBITRARY_KEYS,
} from '../command/flags.ts';
import { QueuedCommand } from '../command/queued-command.ts';
import {
  SESSION_BLOCKED,
  SESSION_CACHING,
  SESSION_CLOSING,
  SESSION_MULTI,
  SESSION_MULTI_FAILED,
  SESSION_NO_TOUCH,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  SESSION_REPLY_SKIP_NEXT,
  SESSION_TRACKING,
  SESSION_WATCH_BROKEN,
  type Session,
} from '../command/session.ts';
import type { Command } from '../command/spec.ts';
import { endTransaction } from '../command/transaction.ts';
import { replyUnexpected } from '../command/unexpected.ts';
import {
  execAbortBecause,
  unknownCommand,
  unknownSubcommand,
  wrongArgumentCount,
} from '../resp/errors.ts';
import type { RequestBatch } from '../resp/request-batch.ts';
import { CrossProtocolGuard } from './cross-protocol.ts';
import { Gates } from './guards.ts';
import { refusedInExec } from './permission-rules.ts';
import { RequestPlan } from './request-plan.ts';
import { refusedBySession } from './session-rules.ts';
import { runsAtOnce } from './transaction-rules.ts';

/** Told what was executed and how long it took. For quick commands of one batch that is their mean. */
export interface CommandObserver {
  /** `slow` is called from this duration on, in microseconds; Infinity: never. */
  readonly slowFrom: number;
  slow(context: CommandContext, command: Command, microseconds: number): void;
  /** Whether `monitor` is to be called after each command. */
  readonly isMonitored: boolean;
  /** `always`: also of commands that are not shown by themselves. */
  monitor(context: CommandContext, command: Command, always?: boolean): void;
  /** Counts durations by command. A bucket below 0 means that nothing is to be counted. */
  readonly histograms: {
    bucketOf(microseconds: number): number;
    add(commandId: number, bucket: number, runs?: number): void;
  };
}

/** Quick commands of scripts are timed only where the slow log takes such short ones: microseconds. */
const LEAST_TIMED = 50;
const STOPPED = SESSION_BLOCKED | SESSION_CLOSING;
/** A batch pauses when it has written this many bytes of replies, so that they can be sent. */
const REPLY_STEP_BYTES = 1024 * 1024;
/** And when its commands that are not short have taken this long, for others to have their turn. */
const SLOW_STEP_MICROSECONDS = 1000;
/** States that need something done behind each request. */
const MUTED = SESSION_REPLY_OFF | SESSION_REPLY_SKIP | SESSION_REPLY_SKIP_NEXT;
const FOLLOWED_UP = MUTED | SESSION_CACHING;
/** States that forbid no request. */
const HARMLESS = SESSION_TRACKING | SESSION_CACHING | SESSION_NO_TOUCH;

/** Whether a command is too short to be worth two looks at the clock. */
function isQuick(command: Command): boolean {
  // What carries passwords is told to the logs at once, while it is known which arguments those are.
  if ((command.flags & CMD_NO_AUTH) !== 0) return false;
  return (command.flags & CMD_FAST) !== 0 || QUICK_NAMES.has(command.fullName);
}

/** Keys that such a command met and removed as expired belong together no more than their slots do. */
function touchesAnyKey(command: Command): boolean {
  return (command.flags & CMD_TOUCHES_ARBITRARY_KEYS) !== 0;
}

/** Short commands that do not have the flag `fast`. */
const QUICK_NAMES: ReadonlySet<string> = new Set(
  (
    'set setex psetex getset append getrange setrange mset del lindex linsert lset setbit ' +
    'bitfield select ping'
  ).split(' '),
);

export class Executor {
  readonly gates = new Gates();
  readonly context: CommandContext;
  /** Slow log, latency histograms and the like. */
  observer: CommandObserver | undefined;
  /** Set by who has something to do when the outermost unit has ended: see `onUnitEnd`. */
  unitWork = false;
  /**
   * A unit is open that goes on in later turns of the event loop: nothing may change data, expire
   * keys or begin a snapshot meanwhile.
   */
  isHeld = false;

  readonly #plan: RequestPlan;
  /** By command: 1 when its time is shared. */
  readonly #quick: Uint8Array;
  readonly #crossProtocol = new CrossProtocolGuard();
  readonly #unitEnds: (() => void)[] = [];
  #depth = 0;
  /** What the writer's error count was when errors were last counted. */
  #countedErrors = 0;
  /** Commands run since that was last added to the statistics. */
  #executed = 0;

  constructor(context: CommandContext) {
    this.context = context;
    const { table } = context.server;
    this.#plan = new RequestPlan(table, context.keyspace.heap, context.values);
    this.#quick = new Uint8Array(table.stats.length);
    for (const command of table.all()) this.#quick[command.id] = isQuick(command) ? 1 : 0;
  }

  /**
   * `work` is done, in the order of these calls, whenever the outermost unit has ended, its reply is
   * complete, and `unitWork` was set meanwhile (a key that clients wait for got a value).
   */
  onUnitEnd(work: () => void): void {
    this.#unitEnds.push(work);
  }

  /** Whether a part of a unit is running: an EXEC, a script, a served client. */
  get isNested(): boolean {
    return this.#depth > 0;
  }

  /**
   * Runs the requests of a batch in order, and returns how many were taken: fewer than there are when
   * the session was blocked or is closing, or when so much was replied that it should be sent first.
   * Replies go to the writer.
   */
  runBatch(session: Session, batch: RequestBatch): number {
    const { context } = this;
    const { clock, statistics } = context.server;
    const { count } = batch;
    const plan = this.#plan;
    const began = clock.monotonicMicroseconds();
    context.keyspace.setTime(clock.wallMilliseconds());
    plan.prepare(batch, session.database);
    context.reply.protocol = session.protocol;
    context.client = session;
    let taken = 0;
    let quickCount = 0;
    let slowTime = 0;
    while (taken < count) {
      const command = plan.commands[taken];
      const mark = context.reply.length;
      context.reply.replyStart = mark;
      this.#point(session, batch, taken, command);
      if (command === undefined) this.#refuseUnknown(session);
      else if (!this.#admit(session, command)) {
        if (session.has(SESSION_BLOCKED)) break;
        // It did not run, so none of the batch's time is its.
        plan.commands[taken] = undefined;
      } else if (this.#quick[command.id] === 1) {
        this.#run(command);
        quickCount++;
      } else slowTime += this.#runTimed(command);
      taken++;
      if ((session.state & FOLLOWED_UP) !== 0) this.#followUp(session, command, mark);
      if (this.#depth === 0 && (this.unitWork || context.effects.pending > 0))
        this.#endUnit(command === undefined || !touchesAnyKey(command));
      if ((session.state & STOPPED) !== 0 || context.reply.length > REPLY_STEP_BYTES) break;
      if (slowTime > SLOW_STEP_MICROSECONDS) break;
    }
    context.client = undefined;
    const elapsed = clock.monotonicMicroseconds() - began - slowTime;
    this.#shareTime(session, batch, taken, elapsed, quickCount);
    statistics.commandsProcessed += this.#executed;
    this.#executed = 0;
    session.requests += taken;
    return taken;
  }

  /** Runs a request that MULTI queued, unless rules that changed meanwhile forbid it. */
  runQueued(session: Session, queued: QueuedCommand): void {
    this.runAs(session, queued, () => {
      const refusal = refusedInExec(this.context, queued.command);
      if (refusal === undefined) this.#runTimed(queued.command);
      else this.#refuseQueued(refusal);
    });
  }

  /**
   * Runs `work` as a part of the present unit, with the context pointed to a request and its client;
   * afterwards the context is as it was before.
   */
  runAs(session: Session, queued: QueuedCommand, work: () => void): void {
    const { context } = this;
    const { args, command, database } = context;
    const previous = context.session;
    const { bytes, offsets, first, count, rawStart, rawEnd } = args;
    context.session = session;
    context.database = session.database;
    context.command = queued.command;
    const key = queued.firstKey;
    args.set(queued.bytes, queued.offsets, 0, queued.count, key, queued.hash);
    args.rawEnd = 0;
    this.#depth++;
    try {
      work();
    } finally {
      this.#depth--;
      args.set(bytes, offsets, first, count, 0, 0);
      args.rawStart = rawStart;
      args.rawEnd = rawEnd;
      context.session = previous;
      context.database = database;
      context.command = command;
    }
  }

  /** Runs a part of a command; when it throws, the command is answered with an error. */
  guarded(command: Command, work: () => void): void {
    const mark = this.context.reply.length;
    try {
      work();
    } catch (error) {
      replyUnexpected(this.context, command, error, mark);
    }
  }

  /**
   * Begins a part of a unit that may outlast the request it belongs to (a script that goes on in
   * later turns). Ends with `leave`; the last one to leave does so within `runBatch` or `runUnit`,
   * which end the unit.
   */
  enter(): void {
    this.#depth++;
  }

  leave(): void {
    this.#depth--;
  }

  /** Runs a command of a script, which the context points to. */
  runInScript(command: Command): void {
    const isTimed = (this.observer?.slowFrom ?? Infinity) < LEAST_TIMED;
    if (this.#quick[command.id] === 1 && !isTimed) this.#run(command);
    else this.#runTimed(command);
  }

  /**
   * Ends a command that outlasted its handler: runs `work`, which replies, and books the rest. The
   * context points to the command's request. `elapsed` in microseconds, `total` with what was booked
   * when the handler returned.
   */
  runLate(command: Command, elapsed: number, total: number, work: () => void): void {
    const { reply, server } = this.context;
    const errors = reply.errorCount;
    this.guarded(command, work);
    const stats = server.table.stats[command.id];
    stats.usec += elapsed;
    if (reply.errorCount !== errors) {
      stats.failed++;
      server.statistics.countError(reply.lastError);
    }
    this.#observe(command, total);
  }

  /** Shows the command that runs to MONITOR, before what it runs itself. */
  tellMonitors(): void {
    const { observer } = this;
    if (observer?.isMonitored === true) observer.monitor(this.context, this.context.command, true);
  }

  /**
   * Runs something that changes data by itself (expiry, eviction, a served client) as a unit. With
   * `asOne` false its effects have nothing to do with one another.
   */
  runUnit(work: () => void, asOne = true): void {
    this.#depth++;
    try {
      work();
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#endUnit(asOne);
    }
  }

  #point(session: Session, batch: RequestBatch, index: number, command: Command | undefined): void {
    const { context } = this;
    const { args } = context;
    const key = command === undefined ? 0 : command.firstKey;
    const hash = this.#plan.hashes[index];
    args.set(batch.bytes, batch.offsets, batch.first[index], batch.argc[index], key, hash);
    args.rawStart = batch.begin[index];
    args.rawEnd = batch.canonical[index] === 1 ? batch.end[index] : 0;
    context.session = session;
    context.database = session.database;
  }

  /**
   * Whether the command is to run now. If not, it was queued or refused (and the reply written), or
   * the session was blocked until it may run.
   */
  #admit(session: Session, command: Command): boolean {
    const { context } = this;
    const { count } = context.args;
    const { arity } = command;
    if (arity >= 0 ? count !== arity : count < -arity) {
      this.#refuse(session, command, wrongArgumentCount(command.fullName));
      return false;
    }
    if (command.handler === undefined) {
      const { bytes } = context.args;
      const name = unknownSubcommand(
        command.spec.name,
        bytes,
        context.args.start(1),
        context.args.end(1),
      );
      this.#refuse(session, command, name);
      return false;
    }
    const state = session.state & ~HARMLESS;
    if ((state | this.gates.state | (command.flags & CMD_PROTECTED)) === 0) return true;
    context.command = command;
    const refusal = refusedBySession(context, command) ?? this.gates.check(context, command);
    if (refusal !== undefined) {
      this.#refuse(session, command, refusal);
      return false;
    }
    if (session.has(SESSION_BLOCKED)) return false;
    if (session.has(SESSION_MULTI) && !runsAtOnce(command)) {
      this.#queue(session, command);
      return false;
    }
    return true;
  }

  #queue(session: Session, command: Command): void {
    const { args, reply } = this.context;
    // What will not be executed any more need not be kept.
    if (!session.has(SESSION_MULTI_FAILED | SESSION_WATCH_BROKEN)) {
      const queued = new QueuedCommand(command, args);
      session.queued.push(queued);
      session.queuedBytes += queued.size;
    }
    reply.queued();
  }

  #refuse(session: Session, command: Command | undefined, text: string): void {
    const { reply, server } = this.context;
    if (command?.fullName === 'exec') {
      // An EXEC that may not run is the end of its transaction.
      reply.error(execAbortBecause(text.replace(/^ERR /, '')));
      endTransaction(session, server.watches);
    } else reply.error(text);
    server.statistics.countError(reply.lastError);
    if (command !== undefined) server.table.stats[command.id].rejected++;
    if (session.has(SESSION_MULTI)) session.set(SESSION_MULTI_FAILED);
  }

  #refuseQueued(text: string): void {
    const { reply, server } = this.context;
    reply.error(text);
    server.statistics.countError(reply.lastError);
    this.#countedErrors = reply.errorCount;
  }

  #refuseUnknown(session: Session): void {
    if (this.#crossProtocol.rejects(this.context)) return;
    const { bytes, offsets, first, count } = this.context.args;
    this.#refuse(session, undefined, unknownCommand(bytes, offsets, first, count));
  }

  #runTimed(command: Command): number {
    const { server, keyspace } = this.context;
    const began = server.clock.monotonicMicroseconds();
    this.#run(command);
    const elapsed = server.clock.monotonicMicroseconds() - began;
    // Inside a unit time stands still: a transaction sees one instant.
    if (this.#depth === 0) keyspace.setTime(server.clock.wallMilliseconds());
    server.table.stats[command.id].usec += elapsed;
    // What goes on after its handler returned is observed when it ends.
    if (!this.isHeld) this.#observe(command, elapsed);
    return elapsed;
  }

  #observe(command: Command, elapsed: number): void {
    const { observer } = this;
    if (observer === undefined) return;
    const bucket = observer.histograms.bucketOf(elapsed);
    if (bucket >= 0) observer.histograms.add(command.id, bucket);
    if (elapsed >= observer.slowFrom) observer.slow(this.context, command, elapsed);
  }

  /** Runs a command whose turn it is, and records what it did. */
  #run(command: Command): void {
    const { context } = this;
    const { reply, keyspace, effects, server, session } = context;
    const dirty = keyspace.dirty;
    const database = context.database.index;
    context.command = command;
    context.effectStated = false;
    this.#countedErrors = reply.errorCount;
    keyspace.keepClocks = (session.state & SESSION_NO_TOUCH) !== 0;
    const mark = reply.length;
    try {
      command.handler!(context);
    } catch (error) {
      replyUnexpected(context, command, error, mark);
    }
    if (keyspace.dirty !== dirty && !context.effectStated && effects.active)
      effects.verbatim(database, context.args);
    if ((session.state & SESSION_TRACKING) !== 0)
      server.tracking.ran(session, command, context.args);
    const stats = server.table.stats[command.id];
    stats.calls++;
    this.#executed++;
    // Errors of commands inside this one are theirs.
    if (reply.errorCount !== this.#countedErrors) {
      this.#countedErrors = reply.errorCount;
      stats.failed++;
      server.statistics.countError(reply.lastError);
    }
    session.lastCommand = command.fullName;
    if (this.observer?.isMonitored === true) this.observer.monitor(context, command);
  }

  /**
   * Books the time of a batch's quick commands, `count` of them, evenly; a run of the same command at
   * once, since most batches are one.
   */
  #shareTime(
    session: Session,
    batch: RequestBatch,
    taken: number,
    elapsed: number,
    count: number,
  ): void {
    if (count === 0) return;
    const { commands } = this.#plan;
    const { stats } = this.context.server.table;
    const share = elapsed / count;
    const histograms = this.observer?.histograms;
    const bucket = histograms?.bucketOf(share) ?? -1;
    for (let i = 0; i < taken;) {
      const command = commands[i];
      const first = i++;
      while (i < taken && commands[i] === command) i++;
      if (command === undefined || this.#quick[command.id] === 0) continue;
      stats[command.id].usec += share * (i - first);
      if (bucket >= 0) histograms!.add(command.id, bucket, i - first);
    }
    if (share >= (this.observer?.slowFrom ?? Infinity))
      this.#tellSlow(session, batch, taken, share);
  }

  #tellSlow(session: Session, batch: RequestBatch, taken: number, share: number): void {
    for (let i = 0; i < taken; i++) {
      const command = this.#plan.commands[i];
      if (command === undefined || this.#quick[command.id] === 0) continue;
      this.#point(session, batch, i, command);
      this.observer!.slow(this.context, command, share);
    }
  }

  /** What CLIENT CACHING said holds for one request, or transaction; a reply may be unwanted. */
  #followUp(session: Session, command: Command | undefined, mark: number): void {
    if (!session.has(SESSION_MULTI) && command?.container !== 'client')
      session.clear(SESSION_CACHING);
    if (session.has(MUTED)) this.#mute(session, mark);
  }

  /** CLIENT REPLY OFF and SKIP: takes the reply back that begins at `mark`. */
  #mute(session: Session, mark: number): void {
    if (session.has(SESSION_REPLY_OFF | SESSION_REPLY_SKIP)) this.context.reply.discardFrom(mark);
    session.clear(SESSION_REPLY_SKIP);
    if (session.has(SESSION_REPLY_SKIP_NEXT)) {
      session.clear(SESSION_REPLY_SKIP_NEXT);
      session.set(SESSION_REPLY_SKIP);
    }
  }

  #endUnit(asOne: boolean): void {
    const { effects, reply } = this.context;
    effects.commit(asOne);
    reply.replyStart = reply.length;
    while (this.unitWork) {
      this.unitWork = false;
      this.#depth++;
      for (const work of this.#unitEnds) work();
      this.#depth--;
      effects.commit();
    }
  }
}
