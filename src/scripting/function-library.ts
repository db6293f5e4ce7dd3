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
import type { Form } from './lua/compiler.ts';
import {
  type Execution,
  isLastingReason,
  LuaRuntime,
  type LuaScript,
  type Reason,
  type Runnable,
} from './lua/runtime.ts';
import type { Limits } from './lua/memory.ts';
import { lasting, LuaTable } from './lua/table.ts';
import { rawToString } from './lua/types.ts';
import { LuaFunction, NOTHING, type LuaResult, type LuaValue } from './lua/value.ts';
import { loadingTable, raise, redisTable } from './redis-table.ts';
import { errorText } from './script-error.ts';
import type { ScriptRunner } from './script-runner.ts';
import { isLibraryName, nameError, parseLibraryHead } from './shebang.ts';

/** Loading a library may take this long. */
const LOAD_MICROSECONDS = 500_000;
const STEP_FUEL = 1e6;

/** A function in both forms: one of them each time the library was loaded. */
class Callback implements Runnable {
  readonly #plain: LuaFunction | null;
  readonly #suspendable: LuaFunction;
  readonly #library: { isChanging: boolean };
  #needsSuspendable: boolean;

  /** `library` says whether the library's variables change: then its plain form is out of date. */
  constructor(
    plain: LuaFunction | null,
    suspendable: LuaFunction,
    library: { isChanging: boolean },
  ) {
    this.#plain = plain;
    this.#suspendable = suspendable;
    this.#library = library;
    this.#needsSuspendable = plain === null;
  }

  get needsSuspendable(): boolean {
    return this.#needsSuspendable || this.#library.isChanging;
  }

  givenUp(reason: Reason): void {
    if (reason === 'state') this.#library.isChanging = true;
    else if (isLastingReason(reason)) this.#needsSuspendable = true;
  }

  main(form: Form): LuaFunction {
    return form === 'plain' ? this.#plain! : this.#suspendable;
  }
}

export interface LibraryFunction extends FunctionDescription {
  readonly callback: Runnable;
}

/** A function as one run of the library's main function registered it. */
interface Registration extends FunctionDescription {
  readonly code: LuaFunction;
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
  readonly #loading = new LuaTable();
  /** The functions that the library being loaded has registered. */
  #registered: Map<string, Registration> | undefined;
  /** The library is loaded a second time, for its other form: nobody need be told again. */
  #isAgain = false;

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
    const redis = loadingTable({ ...host, isQuiet: () => this.#isAgain }, register);
    const unknown = runtime.globals.metatable!;
    redis.metatable = unknown;
    this.#loading.set('redis', redis);
    this.#loading.metatable = unknown;
    makeReadonly(this.#loading);
    this.#globals.metatable = unknown;
    this.#show(runtime.globals);
    this.#globals.readonly = true;
    runtime.keep(() => {
      runner.caller.log.clear();
      return () => runner.caller.log.rewind();
    });
  }

  /** Makes a library of its source, or gives an error text. */
  load(code: string): Library | string {
    const head = parseLibraryHead(code);
    if (typeof head === 'string') return head;
    let main: LuaScript;
    try {
      main = this.runtime.compileLibrary(head.body, '@user_function', this.#globals);
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      return `Error compiling function: ${error.message}`;
    }
    const { state } = this.runtime;
    const seed = state.randomSeed;
    const first = new Map<string, Registration>();
    const began = this.#run(main, first);
    if (typeof began !== 'string' && first.size === 0) return 'No functions registered';
    if (typeof began === 'string') return `Error registering functions: ${began}`;
    let second = first;
    if (began.form === 'plain') {
      state.randomSeed = seed;
      second = new Map<string, Registration>();
      main.needsSuspendable = true;
      this.#isAgain = true;
      this.#run(main, second);
      this.#isAgain = false;
    }
    return { name: head.name, code, functions: paired(first, second) };
  }

  /** Runs a library's main function; gives an error text when that fails. */
  #run(main: LuaScript, functions: Map<string, Registration>): Execution | string {
    const { clock } = this.#context.server;
    const began = clock.monotonicMicroseconds();
    this.#registered = functions;
    this.#show(this.#loading);
    lasting.isLoading = true;
    try {
      const execution = this.runtime.call(main, () => {
        functions.clear();
        return NOTHING;
      });
      while (execution.step(STEP_FUEL) === 'yielded')
        if (clock.monotonicMicroseconds() - began > LOAD_MICROSECONDS)
          execution.kill('FUNCTION LOAD timeout');
      const { error } = execution;
      if (error === null) return execution;
      return error instanceof LuaError ? errorText(error.value) : `ERR ${error.reason}`;
    } finally {
      lasting.isLoading = false;
      this.#show(this.runtime.globals);
      this.#registered = undefined;
    }
  }

  /** Lets libraries see as globals what `source` holds. */
  #show(source: LuaTable): void {
    const all = this.runtime.globals;
    for (let at = 0; (at = all.advance(at)) > 0;) {
      const name = all.keyAt(at - 1);
      this.#globals.set(name, source.get(name));
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

/** The functions of a library that was loaded twice, once in each form, or once: in suspendable form. */
function paired(
  first: ReadonlyMap<string, Registration>,
  second: ReadonlyMap<string, Registration>,
): Map<string, LibraryFunction> {
  const library = { isChanging: false };
  const functions = new Map<string, LibraryFunction>();
  for (const [name, { description, flags, code }] of second) {
    const plain = first === second ? null : (first.get(name)?.code ?? null);
    const callback = new Callback(plain, code, library);
    functions.set(name, { name, description, flags, callback });
  }
  return functions;
}

function readRegistration(list: readonly LuaValue[]): Registration {
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
  return { name: rawToString(first), description: undefined, flags: 0, code: callback };
}

function readNamed(table: LuaTable): Registration {
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
  return { name, description, flags, code: callback };
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
