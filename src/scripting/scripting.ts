/**
 * Scripts and functions of one server, put together: the Lua worlds, the cache, the libraries, and
 * the runner they share, which runs one at a time.
 */
import { latin1 } from '../bytes/text.ts';
import type { CommandContext } from '../command/context.ts';
import type { RunningFunction, ScriptingPort } from '../command/scripting.ts';
import type { Timers } from '../env/timers.ts';
import type { Executor } from '../execution/executor.ts';
import { FUNCTION_NOT_FOUND, NO_SCRIPT, NOT_AN_INTEGER } from '../resp/errors.ts';
import { LibraryLoader } from './function-library.ts';
import { Functions } from './functions.ts';
import { protectGlobals } from './lua/library.ts';
import { LuaRuntime } from './lua/runtime.ts';
import type { Limits } from './lua/memory.ts';
import { newRandomState } from './lua/state.ts';
import { LuaTable } from './lua/table.ts';
import { NOTHING, type LuaValue } from './lua/value.ts';
import { errorHandler, redisTable } from './redis-table.ts';
import { type CachedScript, ScriptCache } from './script-cache.ts';
import { type ScriptKind, ScriptRunner } from './script-runner.ts';

const MIB = 1024 * 1024;
/** What a script may hold on the JavaScript heap before it is out of memory. */
const MAX_SCRIPT_MEMORY = 1024 * MIB;

const NEGATIVE_KEYS = "ERR Number of keys can't be negative";
const TOO_MANY_KEYS = "ERR Number of keys can't be greater than number of args";
const BAD_KEY_COUNT = 'ERR Bad number of keys provided';

export class Scripting implements ScriptingPort {
  readonly scripts: ScriptCache;
  readonly functions: Functions;
  readonly #context: CommandContext;
  readonly #runner: ScriptRunner;
  /** math.random goes on through SCRIPT FLUSH, and is one for scripts and functions. */
  readonly #random = newRandomState();
  /** The keys and arguments of the request, as the script gets them. */
  #keys: LuaValue[] = [];
  #arguments: LuaValue[] = [];

  constructor(executor: Executor, timers: Timers) {
    const { context } = executor;
    this.#context = context;
    this.#runner = new ScriptRunner(executor, timers);
    this.scripts = new ScriptCache(() => this.#makeRuntime());
    this.functions = new Functions(() => this.#makeLoader(), context.config);
    context.server.sessions.onReset((session) => this.#runner.guard.forget(session));
  }

  get isSuspended(): boolean {
    return this.#runner.isSuspended;
  }

  get isRunning(): boolean {
    return this.#runner.running !== undefined;
  }

  eval({ args, reply }: CommandContext, readOnly: boolean): void {
    if (!this.#readKeys(NOT_AN_INTEGER)) return;
    const script = this.scripts.bySource(args.bytes, args.start(1), args.end(1));
    if (typeof script === 'string') reply.error(script);
    else this.#runScript(script, readOnly);
  }

  evalSha({ args, reply }: CommandContext, readOnly: boolean): void {
    if (args.length(1) !== 40) {
      reply.error(NO_SCRIPT);
      return;
    }
    if (!this.#readKeys(NOT_AN_INTEGER)) return;
    const script = this.scripts.bySha(args.bytes, args.start(1), args.end(1));
    if (script === undefined) reply.error(NO_SCRIPT);
    else this.#runScript(script, readOnly);
  }

  callFunction({ args, reply }: CommandContext, readOnly: boolean): void {
    const found = this.functions.find(args.text(1));
    if (found === undefined) {
      reply.error(FUNCTION_NOT_FOUND);
      return;
    }
    if (!this.#readKeys(BAD_KEY_COUNT)) return;
    const { runtime } = this.functions.loader;
    const keys = this.#keys;
    const list = this.#arguments;
    const execution = runtime.call(found.callback, () => [
      LuaTable.fromArray(keys.slice()),
      LuaTable.fromArray(list.slice()),
    ]);
    this.#runner.start('function', found.name, found.flags, readOnly, execution);
  }

  kill(kind: ScriptKind): string | undefined {
    return this.#runner.kill(kind);
  }

  running(): RunningFunction | 'eval' | undefined {
    const run = this.#runner.running;
    if (run === undefined) return undefined;
    if (run.kind === 'eval') return 'eval';
    const { bytes, offsets } = run.later!.request;
    const command: Uint8Array[] = [];
    for (let i = 0; i < offsets.length; i += 2)
      command.push(bytes.slice(offsets[i], offsets[i + 1]));
    const { clock } = this.#context.server;
    const milliseconds = Math.floor((clock.monotonicMicroseconds() - run.began) / 1000);
    return { name: run.name, command, milliseconds };
  }

  whenResumed(mark: number, rest: (mark: number) => void): void {
    this.#runner.whenResumed(mark, rest);
  }

  /** The server closes. */
  stop(): void {
    this.#runner.stop();
  }

  #runScript(script: CachedScript, readOnly: boolean): void {
    const { runtime } = this.scripts;
    const { globals } = runtime;
    const keys = this.#keys;
    const list = this.#arguments;
    const execution = runtime.call(this.scripts.compiled(script), () => {
      globals.set('KEYS', LuaTable.fromArray(keys.slice()));
      globals.set('ARGV', LuaTable.fromArray(list.slice()));
      return NOTHING;
    });
    this.#runner.start('eval', script.sha, script.flags, readOnly, execution);
  }

  /** Reads the number of keys, the keys and the other arguments; false: refused, error replied. */
  #readKeys(notANumber: string): boolean {
    const { args, reply } = this.#context;
    const { bytes, count } = args;
    const keyCount = args.integer(2, notANumber);
    if (keyCount > count - 3) args.fail(TOO_MANY_KEYS);
    else if (keyCount < 0) args.fail(NEGATIVE_KEYS);
    if (args.failure !== undefined) {
      reply.error(args.failure);
      return false;
    }
    const keys: LuaValue[] = [];
    const list: LuaValue[] = [];
    for (let i = 3; i < count; i++)
      (i < 3 + keyCount ? keys : list).push(latin1(bytes, args.start(i), args.end(i)));
    this.#keys = keys;
    this.#arguments = list;
    return true;
  }

  #limits(): Partial<Limits> {
    const { facts } = this.#context.server;
    return {
      maxMemory: MAX_SCRIPT_MEMORY,
      memory: {
        used: () => facts.scriptHeapBytes(),
        limit: facts.scriptHeapLimit,
        collect: () => facts.collectScriptHeap(),
      },
    };
  }

  #makeLoader(): LibraryLoader {
    const loader = new LibraryLoader(this.#runner, this.#context, this.#limits());
    loader.runtime.state.random = this.#random;
    return loader;
  }

  #makeRuntime(): LuaRuntime {
    const runtime = new LuaRuntime(this.#limits());
    runtime.state.random = this.#random;
    const runner = this.#runner;
    runtime.plain.refill = () => runner.refillPlain();
    const host = { runtime, runner, context: this.#context };
    runtime.globals.set('redis', redisTable(host, true));
    runtime.globals.set('__redis__err__handler', errorHandler());
    runtime.globals.set('KEYS', new LuaTable());
    runtime.globals.set('ARGV', new LuaTable());
    protectGlobals(runtime);
    runtime.keep(() => {
      runner.caller.log.clear();
      return () => runner.caller.log.rewind();
    });
    return runtime;
  }
}
