/** A library of functions, and how its source becomes one. */
import type { CommandContext } from '../command/context.ts';
import {
  type FunctionDescription,
  type LibraryDescription,
  SCRIPT_FLAG_NAMES,
} from '../command/scripting.ts';
import { protectGlobals } from './lua/library.ts';
import { makeReadonly } from './lua/library.ts';
import { LuaError } from './lua/errors.ts';
import { LuaRuntime } from './lua/runtime.ts';
import type { Limits } from './lua/memory.ts';
import { LuaTable } from './lua/table.ts';
import { rawToString } from './lua/types.ts';
import { LuaFunction, NOTHING, type LuaResult, type LuaValue } from './lua/value.ts';
import { loadingTable, raise, redisTable } from './redis-table.ts';
import { errorText } from './script-error.ts';
import type { ScriptRunner } from './script-runner.ts';
import { isLibraryName, nameError, parseLibraryHead } from './shebang.ts';

/** Loading a library may take this long. */
const LOAD_MICROSECONDS = 500_000;
const STEP_FUEL = 1e6;

export interface LibraryFunction extends FunctionDescription {
  readonly callback: LuaFunction;
}

export interface Library extends LibraryDescription {
  readonly functions: ReadonlyMap<string, LibraryFunction>;
}

/** The Lua world of all libraries. */
export class LibraryLoader {
  readonly runtime: LuaRuntime;
  readonly #context: CommandContext;
  /** What libraries see as their globals: one table while they load, everything when they run. */
  readonly #globals = new LuaTable();
  readonly #metatable = new LuaTable();
  readonly #loading = new LuaTable();
  /** The functions that the library being loaded has registered. */
  #registered: Map<string, LibraryFunction> | undefined;

  constructor(runner: ScriptRunner, context: CommandContext, limits: Partial<Limits>) {
    this.#context = context;
    this.runtime = new LuaRuntime(limits);
    const { runtime } = this;
    const host = { runtime, runner, context };
    runtime.globals.set('redis', redisTable(host, false));
    protectGlobals(runtime);
    const register = new LuaFunction(
      (_, ...list) => this.#register(list),
      null,
      'register_function',
    );
    const redis = loadingTable(host, register);
    const unknown = runtime.globals.metatable!;
    redis.metatable = unknown;
    this.#loading.set('redis', redis);
    this.#loading.metatable = unknown;
    makeReadonly(this.#loading);
    this.#globals.metatable = this.#metatable;
    this.#metatable.set('__index', runtime.globals);
    makeReadonly(this.#globals);
    runtime.keep(() => {
      runner.caller.log.clear();
      return () => runner.caller.log.rewind();
    });
  }

  /** Makes a library of its source, or gives an error text. */
  load(code: string): Library | string {
    const head = parseLibraryHead(code);
    if (typeof head === 'string') return head;
    const functions = new Map<string, LibraryFunction>();
    let main: LuaFunction;
    try {
      main = this.runtime.compileLibrary(head.body, '@user_function', this.#globals);
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      return `Error compiling function: ${error.message}`;
    }
    const failure = this.#run(main, functions);
    if (failure !== undefined) return `Error registering functions: ${failure}`;
    if (functions.size === 0) return 'No functions registered';
    return { name: head.name, code, functions };
  }

  /** Runs a library's main function; an error text when that fails. */
  #run(main: LuaFunction, functions: Map<string, LibraryFunction>): string | undefined {
    const { clock } = this.#context.server;
    const began = clock.monotonicMicroseconds();
    this.#registered = functions;
    this.#metatable.set('__index', this.#loading);
    try {
      const execution = this.runtime.call(main);
      while (execution.step(STEP_FUEL) === 'yielded')
        if (clock.monotonicMicroseconds() - began > LOAD_MICROSECONDS)
          execution.kill('FUNCTION LOAD timeout');
      const { error } = execution;
      if (error === null) return undefined;
      return error instanceof LuaError ? errorText(error.value) : `ERR ${error.reason}`;
    } finally {
      this.#metatable.set('__index', this.runtime.globals);
      this.#registered = undefined;
    }
  }

  /** redis.register_function(name, callback), or with a table of named arguments. */
  #register(list: readonly LuaValue[]): LuaResult {
    const functions = this.#registered;
    if (functions === undefined)
      return raise('redis.register_function can only be called on FUNCTION LOAD command');
    const added = readRegistration(list);
    if (!isLibraryName(added.name)) raise(nameError);
    if (functions.has(added.name)) raise('Function already exists in the library');
    functions.set(added.name, added);
    return NOTHING;
  }
}

function readRegistration(list: readonly LuaValue[]): LibraryFunction {
  if (list.length < 1 || list.length > 2)
    raise('wrong number of arguments to redis.register_function');
  const [first, callback] = list;
  if (list.length === 1) {
    if (first instanceof LuaTable) return readNamed(first);
    raise(
      'calling redis.register_function with a single argument is only applicable to Lua table ' +
        '(representing named arguments).',
    );
  }
  if (!isText(first)) raise('first argument to redis.register_function must be a string');
  if (!(callback instanceof LuaFunction))
    raise('second argument to redis.register_function must be a function');
  return { name: rawToString(first), description: undefined, flags: 0, callback };
}

function readNamed(table: LuaTable): LibraryFunction {
  let name: string | undefined;
  let description: string | undefined;
  let callback: LuaFunction | undefined;
  let flags = 0;
  for (let at = 0; (at = table.advance(at)) > 0;) {
    const key = table.keyAt(at - 1);
    const value = table.valueAt(at - 1);
    if (key === 'function_name') {
      if (!isText(value))
        raise('function_name argument given to redis.register_function must be a string');
      name = rawToString(value);
    } else if (key === 'description') {
      if (!isText(value))
        raise('description argument given to redis.register_function must be a string');
      description = rawToString(value);
    } else if (key === 'callback') {
      if (!(value instanceof LuaFunction))
        raise('callback argument given to redis.register_function must be a function');
      callback = value;
    } else if (key === 'flags') flags = readFlags(value);
    else raise('unknown argument given to redis.register_function');
  }
  if (name === undefined) raise('redis.register_function must get a function name argument');
  if (callback === undefined) raise('redis.register_function must get a callback argument');
  return { name, description, flags, callback };
}

function readFlags(value: LuaValue): number {
  if (!(value instanceof LuaTable))
    raise('flags argument to redis.register_function must be a table representing function flags');
  let flags = 0;
  for (let i = 1; value.getNumber(i) !== undefined; i++) {
    const bit = SCRIPT_FLAG_NAMES.indexOf(rawToString(value.getNumber(i)));
    if (bit < 0) raise('unknown flag given');
    flags |= 1 << bit;
  }
  return flags;
}

function isText(value: LuaValue): boolean {
  return typeof value === 'string' || typeof value === 'number';
}
