/**
 * Runs one script at a time: in the handler of its command as long as it is quick, and then, should
 * it take long, in steps between turns of the event loop, as the same unit. The client that called it
 * stays blocked meanwhile, other clients meet the BusyGuard, time stands still for the script, and
 * nothing else changes data.
 */
import type { CommandContext } from '../command/context.ts';
import { QueuedCommand } from '../command/queued-command.ts';
import { SCRIPT_NO_CLUSTER, SCRIPT_NO_WRITES, SCRIPT_UNDECLARED } from '../command/scripting.ts';
import {
  SESSION_BLOCKED,
  SESSION_NO_TOUCH,
  SESSION_PRIMARY,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  SESSION_RESTRICTED,
  SESSION_TRACKING,
  Session,
} from '../command/session.ts';
import type { Timers } from '../env/timers.ts';
import type { Executor } from '../execution/executor.ts';
import { BUSY_FUNCTION, BUSY_SCRIPT, NOT_BUSY, UNKILLABLE } from '../resp/errors.ts';
import { BusyGuard } from './busy-guard.ts';
import { CommandCaller, type CallingScript } from './command-caller.ts';
import { LuaToReply } from './lua-to-reply.ts';
import type { Execution } from './lua/runtime.ts';
import { first } from './lua/value.ts';
import { replyScriptError } from './script-error.ts';

/** How long the client's own turn bears a script: microseconds. */
const PLAIN_LIMIT = 200_000;
const FIRST_LIMIT = 20_000;
/** How long a script runs between two turns of the event loop: microseconds. */
const TURN_LIMIT = 5000;
/** Loop turns and calls between two looks at the clock, in plain form, and otherwise at first. */
const PLAIN_FUEL = 1e5;
const FIRST_FUEL = 1e4;
/** Otherwise they follow what they take, to stay within these bounds and about this time. */
const LEAST_FUEL = 500;
const MOST_FUEL = 1e6;
const STEP_MICROSECONDS = 1000;

const REPL_ALL = 3;
const INHERITED = SESSION_NO_TOUCH | SESSION_PRIMARY | SESSION_RESTRICTED;
const ALLOWED_TO_WRITE_ONLY = 'ERR Can not execute a script with write flag using *_ro command.';
const NO_CLUSTER = "ERR Can not run script on cluster, 'no-cluster' flag is set.";
const FROM_PRIMARY =
  'UNKILLABLE The busy script was sent by a master instance in the context of replication and ' +
  'cannot be killed.';

/** Said of functions, too. */
const KILLED = 'Script killed by user with SCRIPT KILL...';

export type ScriptKind = 'eval' | 'function';

/** A script that runs. */
interface Run extends CallingScript {
  readonly kind: ScriptKind;
  /** The SHA1, or the function's name. */
  readonly name: string;
  readonly execution: Execution;
  /**
   * When it was first asked how long it runs, microseconds of the monotonic clock: scripts that end
   * at once need not look at the clock, the others began less than a millisecond before. 0: not yet.
   */
  began: number;
  /** The instant its commands see. */
  readonly now: number;
  /** What the script's commands reply in (redis.setresp). */
  protocol: 2 | 3;
  isBusy: boolean;
  /** Fuel of the next step. */
  fuel: number;
  /** What went wrong in the server while it ran, if anything. */
  failure: unknown;
  /** Set when it went on beyond its turn. */
  later: Later | undefined;
}

/** What is kept for the end of a script that went on beyond its turn. */
interface Later {
  readonly request: QueuedCommand;
  readonly isSilent: boolean;
  /** Microseconds until its handler returned. */
  readonly booked: number;
  /** Of an EXEC around it: what was replied before it, and the rest of the queue. */
  before: Uint8Array;
  rest: ((mark: number) => void) | undefined;
}

export class ScriptRunner {
  readonly caller: CommandCaller;
  readonly guard: BusyGuard;
  readonly #executor: Executor;
  readonly #context: CommandContext;
  readonly #timers: Timers;
  readonly #session: Session;
  readonly #toReply: LuaToReply;
  #run: Run | undefined;
  #cancelStep: (() => void) | undefined;

  constructor(executor: Executor, timers: Timers) {
    this.#executor = executor;
    this.#context = executor.context;
    this.#timers = timers;
    const { keyspace, reply } = this.#context;
    this.#session = new Session(0, keyspace.databases[0], keyspace.now);
    this.caller = new CommandCaller(executor);
    this.guard = new BusyGuard(executor.gates);
    this.#toReply = new LuaToReply(reply);
  }

  /** The script that runs, if any. */
  get running(): Run | undefined {
    return this.#run;
  }

  get isSuspended(): boolean {
    return this.#run?.later !== undefined;
  }

  /** redis.setresp */
  setProtocol(protocol: 2 | 3): void {
    if (this.#run === undefined) return;
    this.#run.protocol = protocol;
    this.#session.protocol = protocol;
    this.#context.reply.protocol = protocol;
  }

  /**
   * Runs a script for the command that is executed, and replies; or leaves it running
   * (`isSuspended`). `flags` are SCRIPT_* bits.
   */
  start(
    kind: ScriptKind,
    name: string,
    flags: number,
    isReadOnlyCommand: boolean,
    execution: Execution,
  ): void {
    const context = this.#context;
    if (this.#isRejected(flags)) return;
    const refusal = this.#refusal(flags, isReadOnlyCommand);
    if (refusal !== undefined) {
      context.reply.error(refusal);
      return;
    }
    this.#executor.tellMonitors();
    const run = this.#newRun(kind, name, flags, isReadOnlyCommand, execution);
    this.#run = run;
    this.caller.script = run;
    this.caller.log.clear();
    this.#executor.enter();
    const outcome = this.#firstStep(run);
    if (outcome === 'yielded') {
      this.#suspend(run);
      return;
    }
    this.#executor.leave();
    this.#run = undefined;
    this.#reply(run);
    // What it ran has stated its effects itself.
    context.propagateNothing();
  }

  kill(kind: ScriptKind): string | undefined {
    const run = this.#run;
    if (run === undefined) return NOT_BUSY;
    if (run.caller.has(SESSION_PRIMARY)) return FROM_PRIMARY;
    if (run.hasWritten) return UNKILLABLE;
    if (run.kind !== kind) return busyText(run);
    run.execution.kill(KILLED);
    return undefined;
  }

  /** See ScriptingPort. */
  whenResumed(mark: number, rest: (mark: number) => void): void {
    const { reply } = this.#context;
    const { later } = this.#run!;
    later!.before = reply.bytes.slice(mark, reply.length);
    later!.rest = rest;
    reply.discardFrom(mark);
  }

  /** The server closes: a script that is still running goes on no more. */
  stop(): void {
    this.#cancelStep?.();
  }

  #refusal(flags: number, isReadOnlyCommand: boolean): string | undefined {
    const context = this.#context;
    const isDeclared = (flags & SCRIPT_UNDECLARED) === 0;
    if (isDeclared && context.config.clusterEnabled && (flags & SCRIPT_NO_CLUSTER) !== 0)
      return NO_CLUSTER;
    if (isDeclared && isReadOnlyCommand && (flags & SCRIPT_NO_WRITES) === 0)
      return ALLOWED_TO_WRITE_ONLY;
    return undefined;
  }

  /**
   * Whether the state of the server forbids a script with these declarations. The command is then
   * answered, and counted, as one that was never begun.
   */
  #isRejected(flags: number): boolean {
    const context = this.#context;
    const { gates } = this.#executor;
    if (gates.state === 0) return false;
    const refusal = gates.checkScript(context, { flags, hasWritten: false });
    if (refusal === undefined) return false;
    const { command, reply, server } = context;
    reply.error(refusal);
    server.statistics.countError(reply.lastError);
    reply.errorCount--;
    const stats = server.table.stats[command.id];
    stats.rejected++;
    stats.calls--;
    return true;
  }

  #newRun(
    kind: ScriptKind,
    name: string,
    flags: number,
    isReadOnlyCommand: boolean,
    execution: Execution,
  ): Run {
    const { args, command, keyspace, session: caller } = this.#context;
    const session = this.#session;
    session.database = caller.database;
    session.user = caller.user;
    caller.lastCommand = command.fullName;
    session.protocol = 2;
    session.state = caller.state & INHERITED;
    return {
      kind,
      name,
      flags,
      execution,
      caller,
      tracked: caller.has(SESSION_TRACKING) ? new QueuedCommand(command, args) : undefined,
      session,
      isReadOnly: isReadOnlyCommand || (flags & SCRIPT_NO_WRITES) !== 0,
      hasWritten: false,
      effectTargets: REPL_ALL,
      began: 0,
      now: keyspace.now,
      protocol: 2,
      isBusy: false,
      fuel: FIRST_FUEL,
      failure: undefined,
      later: undefined,
    };
  }

  #firstStep(run: Run): 'done' | 'yielded' | 'error' {
    try {
      // A file that is loaded and a primary cannot be kept waiting.
      const limit = run.caller.transport === undefined ? Infinity : FIRST_LIMIT;
      return this.#steps(run, limit);
    } catch (error) {
      this.#executor.leave();
      this.#run = undefined;
      throw error;
    }
  }

  /** More fuel for a script in plain form, which cannot be suspended; 0 when its time is up. */
  refillPlain(): number {
    return this.#run !== undefined && this.#elapsed(this.#run) < PLAIN_LIMIT ? PLAIN_FUEL : 0;
  }

  /** Steps for so many microseconds, with the context turned to the script and back. */
  #steps(run: Run, limit: number): 'done' | 'yielded' | 'error' {
    const context = this.#context;
    const { args, client, command, database, keyspace, reply, session } = context;
    const { bytes, offsets, first: firstOffset, count, rawStart, rawEnd } = args;
    const { protocol } = reply;
    keyspace.setTime(run.now);
    context.client = run.caller;
    reply.protocol = run.protocol;
    try {
      return this.#stepUntil(run, limit);
    } finally {
      args.set(bytes, offsets, firstOffset, count, 0, 0);
      args.rawStart = rawStart;
      args.rawEnd = rawEnd;
      context.client = client;
      context.session = session;
      context.database = database;
      context.command = command;
      reply.protocol = protocol;
    }
  }

  #stepUntil(run: Run, limit: number): 'done' | 'yielded' | 'error' {
    const outcome = run.execution.step(run.fuel);
    // Most scripts have ended: they need not look at the clock.
    if (outcome !== 'yielded') return outcome;
    const { clock } = this.#context.server;
    const began = clock.monotonicMicroseconds();
    let before = began;
    do {
      const next = run.execution.step(run.fuel);
      if (next !== 'yielded') return next;
      const now = clock.monotonicMicroseconds();
      const wished = (run.fuel * STEP_MICROSECONDS) / Math.max(now - before, 1);
      const fuel = Math.max(wished, run.fuel / 4, LEAST_FUEL);
      run.fuel = Math.floor(Math.min(fuel, run.fuel * 2, MOST_FUEL));
      before = now;
    } while (before - began < limit);
    return 'yielded';
  }

  /** Replies what the script ended with. */
  #reply(run: Run): void {
    if (run.failure !== undefined) throw run.failure;
    const { reply } = this.#context;
    const { error, result } = run.execution;
    let isCounted: boolean;
    if (error !== null) isCounted = replyScriptError(reply, error, run.name);
    else {
      this.#toReply.isResp3 = run.protocol === 3;
      this.#toReply.write(first(result));
      isCounted = this.#toReply.isCountedError;
    }
    if (!isCounted) {
      this.caller.settle();
      return;
    }
    // The error was counted with the command that met it; that this one failed was not.
    reply.errorCount--;
    this.#context.server.table.stats[this.#context.command.id].failed++;
    this.caller.settle();
  }

  #suspend(run: Run): void {
    const context = this.#context;
    const { caller } = run;
    run.later = {
      request: new QueuedCommand(context.command, context.args),
      isSilent: caller.has(SESSION_REPLY_OFF | SESSION_REPLY_SKIP),
      booked: this.#elapsed(run),
      before: new Uint8Array(0),
      rest: undefined,
    };
    caller.set(SESSION_BLOCKED);
    this.#executor.isHeld = true;
    context.propagateNothing();
    this.guard.begin();
    this.#checkBusy(run);
    this.#cancelStep = this.#timers.soon(() => this.#goOn(run));
  }

  #goOn(run: Run): void {
    let isRunning = false;
    try {
      isRunning = this.#steps(run, TURN_LIMIT) === 'yielded';
    } catch (error) {
      run.failure = error ?? new Error('nothing was thrown');
    }
    if (!isRunning) {
      this.#finish(run);
      return;
    }
    this.#checkBusy(run);
    this.#cancelStep = this.#timers.soon(() => this.#goOn(run));
  }

  #checkBusy(run: Run): void {
    if (run.isBusy || this.#elapsed(run) < this.#context.config.busyReplyThreshold * 1000) return;
    run.isBusy = true;
    this.guard.becomeBusy(busyText(run));
    const milliseconds = Math.floor(this.#elapsed(run) / 1000);
    this.#context.server.log.warning(
      `Slow script detected: still in execution after ${milliseconds} milliseconds. You can try ` +
        `killing the script using the ${run.kind === 'eval' ? 'SCRIPT' : 'FUNCTION'} KILL ` +
        `command. Script name is: ${run.name}.`,
    );
  }

  /** Ends a script that went on beyond its turn: replies, and ends the unit. */
  #finish(run: Run): void {
    const { caller } = run;
    this.#run = undefined;
    this.#executor.isHeld = false;
    caller.clear(SESSION_BLOCKED);
    this.#executor.runUnit(() => {
      this.#executor.leave();
      this.#replyTo(caller, () => this.#replyLate(run, run.later!));
    });
    if (this.isSuspended) return;
    this.guard.end();
    caller.transport?.resume();
  }

  /** Runs `write` with the writer turned to the client; one that is gone gets nothing. */
  #replyTo(session: Session, write: () => void): void {
    const { reply, server } = this.#context;
    let isWritten = false;
    server.clients.replyTo(session, () => {
      isWritten = true;
      write();
    });
    if (isWritten) return;
    const mark = reply.length;
    write();
    reply.discardFrom(mark);
  }

  #replyLate(run: Run, later: Later): void {
    const context = this.#context;
    const { reply } = context;
    const { request } = later;
    const mark = reply.length;
    context.keyspace.setTime(run.now);
    reply.raw(later.before, 0, later.before.length);
    this.#executor.runAs(run.caller, request, () => {
      const total = this.#elapsed(run);
      this.#executor.runLate(request.command, total - later.booked, total, () => this.#reply(run));
    });
    context.client = run.caller;
    context.session = run.caller;
    context.database = run.caller.database;
    later.rest?.(mark);
    context.client = undefined;
    if (later.isSilent) reply.discardFrom(mark);
  }

  #elapsed(run: Run): number {
    const now = this.#context.server.clock.monotonicMicroseconds();
    if (run.began === 0) run.began = now;
    return now - run.began;
  }
}

function busyText(run: Run): string {
  return run.kind === 'eval' ? BUSY_SCRIPT : BUSY_FUNCTION;
}
