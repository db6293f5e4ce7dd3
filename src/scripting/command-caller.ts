/**
 * redis.call and redis.pcall: encodes the arguments a script gave into a request, checks whether the
 * script may make it, runs it through the executor as a part of the script's unit, and reads the
 * reply from the writer, where it never leaves a trace.
 *
 * Nothing is allocated per call but the Lua values of the reply.
 */
import { writeDouble } from '../bytes/format-double.ts';
import { hashBytes } from '../bytes/hash.ts';
import { writeLatin1 } from '../bytes/text.ts';
import type { CommandContext } from '../command/context.ts';
import { CMD_MAY_REPLICATE, CMD_NOSCRIPT, CMD_READONLY, CMD_WRITE } from '../command/flags.ts';
import type { QueuedCommand } from '../command/queued-command.ts';
import type { RunningScript } from '../command/scripting.ts';
import { SESSION_RESTRICTED, type Session } from '../command/session.ts';
import type { Command } from '../command/spec.ts';
import type { Executor } from '../execution/executor.ts';
import { refusedInScript } from '../execution/permission-rules.ts';
import { NOT_ALLOWED_IN_SCRIPT, WRITE_IN_READ_ONLY_SCRIPT } from '../resp/errors.ts';
import { CallLog } from './call-log.ts';
import { LuaError, SwitchToSuspendable } from './lua/errors.ts';
import type { LuaRuntime } from './lua/runtime.ts';
import type { LuaValue } from './lua/value.ts';
import { ReplyToLua, single } from './reply-to-lua.ts';

const NO_ARGUMENTS = 'ERR Please specify at least one argument for this redis lib call';
const WRONG_ARGUMENT = 'ERR Lua redis lib command arguments must be strings or integers';
const UNKNOWN_COMMAND = 'ERR Unknown Redis command called from script';
const WRONG_COUNT = 'ERR Wrong number of args calling Redis command from script';

const MINUS = 0x2d;
const NUMBER_ROOM = 32;
/** Loop turns a call is worth: what it does takes time that the script's own code does not. */
const CALL_FUEL = 200;
/** A longer request could not be kept, nor its effect passed on. */
const MAX_REQUEST_BYTES = 1024 * 1024 * 1024;
/** A buffer that once held more than this is let go after the script. */
const KEPT_BYTES = 1024 * 1024;

/** What the caller must know of the script; its `hasWritten` is set here. */
export interface CallingScript extends RunningScript {
  hasWritten: boolean;
  readonly isReadOnly: boolean;
  /** Redis's REPL_* bits: where the effects of its commands go. */
  effectTargets: number;
  /** The client in whose name commands run. */
  readonly session: Session;
  /** The client that asked for the script. */
  readonly caller: Session;
  /** What it was called by, if the caller tracks: whatever is read, these keys are remembered. */
  readonly tracked: QueuedCommand | undefined;
}

export class CommandCaller {
  readonly log = new CallLog();
  /** Whether the last reply was an error. */
  isError = false;
  /** The script that runs; set by the runner. */
  script!: CallingScript;

  readonly #executor: Executor;
  readonly #context: CommandContext;
  readonly #reader = new ReplyToLua();
  #bytes = new Uint8Array(1024);
  #offsets = new Int32Array(64);
  #count = 0;
  #length = 0;

  constructor(executor: Executor) {
    this.#executor = executor;
    this.#context = executor.context;
  }

  /** Makes a call and gives its reply; throws a LuaError only for what is no request at all. */
  call(runtime: LuaRuntime, list: readonly LuaValue[]): LuaValue {
    this.encode(list);
    const { log } = this;
    const isPlain = runtime.state.form === 'plain';
    runtime.operations.fuel -= CALL_FUEL;
    if (!isPlain && log.isReplaying) return this.#read(log.bytes, log.next());
    if (isPlain && log.isFull) throw new SwitchToSuspendable('record');
    const { reply } = this.#context;
    const mark = reply.length;
    try {
      this.#run();
      if (reply.length === mark) reply.null();
      const value = this.#read(reply.bytes, mark);
      if (isPlain) log.add(reply.bytes, mark, reply.length);
      return value;
    } finally {
      // Also when the value takes more memory than there is: the client must not see it.
      reply.discardFrom(mark);
    }
  }

  /** Writes the arguments as a request; throws a LuaError when that cannot be. O(bytes). */
  encode(list: readonly LuaValue[]): void {
    const count = list.length;
    if (count === 0) throw new LuaError(single('err', NO_ARGUMENTS));
    if (this.#offsets.length < count * 2) this.#offsets = new Int32Array(count * 4);
    const offsets = this.#offsets;
    this.#length = 0;
    for (let i = 0; i < count; i++) {
      const value = list[i];
      offsets[i * 2] = this.#length;
      if (typeof value === 'string') this.#text(value);
      else if (typeof value === 'number') this.#number(value);
      else throw new LuaError(single('err', WRONG_ARGUMENT));
      offsets[i * 2 + 1] = this.#length;
    }
    this.#count = count;
  }

  /** Points the context to the encoded request and gives its command; undefined: there is none. */
  resolve(): Command | undefined {
    const bytes = this.#bytes;
    const offsets = this.#offsets;
    const { args, server } = this.#context;
    const { table } = server;
    let command = table.lookup(bytes, offsets[0], offsets[1]);
    if (command !== undefined && command.subcommands.length > 0 && this.#count > 1)
      command =
        table.lookupSubcommand(command, bytes, offsets[2], offsets[3]) ??
        (command.handler === undefined ? undefined : command);
    const key = command === undefined || command.firstKey >= this.#count ? 0 : command.firstKey;
    const hash = key === 0 ? 0 : hashBytes(bytes, offsets[key * 2], offsets[key * 2 + 1]);
    args.set(bytes, offsets, 0, this.#count, key, hash);
    args.rawEnd = 0;
    return command;
  }

  /** The script has ended. */
  settle(): void {
    this.log.clear();
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(1024);
  }

  #read(bytes: Uint8Array, start: number): LuaValue {
    this.isError = bytes[start] === MINUS;
    return this.#reader.read(bytes, start);
  }

  #run(): void {
    const context = this.#context;
    const { session } = this.script;
    context.session = session;
    context.database = session.database;
    const command = this.resolve();
    const refusal = command === undefined ? UNKNOWN_COMMAND : this.#refusal(command);
    if (refusal === undefined) {
      const { effects } = context;
      if ((command!.flags & CMD_WRITE) !== 0) this.script.hasWritten = true;
      effects.targets = this.script.effectTargets;
      this.#executor.runInScript(command!);
      effects.targets = -1;
      if (this.script.tracked !== undefined) this.#track(command!, this.script.tracked);
      return;
    }
    const { reply } = context;
    reply.error(refusal);
    context.server.statistics.countError(reply.lastError);
    // It is counted: the script that goes on has not failed by it.
    reply.errorCount--;
    if (command !== undefined) context.server.table.stats[command.id].rejected++;
  }

  /** Any command that reads makes the server remember the keys that the script declared. */
  #track(command: Command, called: QueuedCommand): void {
    if ((command.flags & CMD_READONLY) === 0) return;
    this.#context.server.tracking.remember(this.script.caller, called.command, called);
  }

  /** Why the script may not run this command, or undefined. */
  #refusal(command: Command): string | undefined {
    const { arity, flags } = command;
    const count = this.#count;
    if (arity >= 0 ? count !== arity : count < -arity) return WRONG_COUNT;
    if (command.handler === undefined) return WRONG_COUNT;
    if ((flags & CMD_NOSCRIPT) !== 0) return NOT_ALLOWED_IN_SCRIPT;
    const { script } = this;
    if (script.session.has(SESSION_RESTRICTED)) {
      const refusal = refusedInScript(this.#context, command, script.caller);
      if (refusal !== undefined) return refusal;
    }
    if (script.isReadOnly && (flags & (CMD_WRITE | CMD_MAY_REPLICATE)) !== 0)
      return WRITE_IN_READ_ONLY_SCRIPT;
    const { gates } = this.#executor;
    if (gates.state === 0) return undefined;
    return gates.checkInScript(this.#context, command, script);
  }

  #text(text: string): void {
    const size = text.length;
    this.#reserve(size);
    this.#length = writeLatin1(this.#bytes, this.#length, text);
  }

  /** A number as C's `%.17g` prints it. */
  #number(value: number): void {
    if (value !== value) {
      this.#text('-nan');
      return;
    }
    this.#reserve(NUMBER_ROOM);
    this.#length = writeDouble(this.#bytes, this.#length, value);
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_REQUEST_BYTES) throw new LuaError(single('err', 'ERR not enough memory'));
    const wide = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    wide.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wide;
  }
}
