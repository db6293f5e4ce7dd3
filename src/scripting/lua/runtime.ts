/**
 * The Lua engine's face to its host.
 *
 * Scheme. A script runs in plain form first (see compiler.ts): JavaScript functions, as fast as
 * V8 makes them, but impossible to suspend. Should it use up its fuel, nest deeply or create a
 * coroutine, what it did so far is thrown away and it starts anew in suspendable form, as
 * generators, which can give way to the event loop and be killed at any loop turn or call. That
 * is sound because a script is deterministic between its calls of the host: their results are
 * recorded while in plain form and answered from the record the second time, so that nothing
 * happens twice. What outlives a run (settings of the libraries, the random seed) is
 * restored first. A script that changed form for any reason but fuel starts in suspendable form
 * from then on; the record is bounded, as reaching its limit ends plain form too.
 *
 * Functions of libraries outlive the run that made them. A library is loaded in both forms, so there
 * are two of each of its functions and variables. That is sound as long as none of its variables
 * and tables changes: plain form ends before the first such change, and from then on only the library's
 * suspendable form is used.
 */
import { callNative } from './calls.ts';
import { compileFunction } from './compile.ts';
import type { Form } from './compiler.ts';
import {
  isStackOverflow,
  LuaError,
  ScriptKilled,
  SwitchToSuspendable,
  toLuaError,
} from './errors.ts';
import { installLibraries } from './libraries.ts';
import type { Operations } from './operations.ts';
import { PlainOperations } from './operations-plain.ts';
import { displayName } from './lexer.ts';
import { SuspendableOperations } from './operations-suspendable.ts';
import { parseChunk } from './parser.ts';
import { nextSourceName, registerChunk } from './position.ts';
import { CallRecord } from './record.ts';
import { Scheduler } from './scheduler.ts';
import { countBytes, DEFAULT_LIMITS, type Limits } from './memory.ts';
import { place } from './site.ts';
import { LuaState } from './state.ts';
import { lasting, LuaTable } from './table.ts';
import {
  LuaFunction,
  NOTHING,
  type GeneratorCode,
  type LuaResult,
  type LuaValue,
  type PlainCode,
} from './value.ts';

/** What compiling a chunk is worth in loop turns, and takes in memory. */
const COMPILING_FUEL = 5000;
const COMPILING_FUEL_A_BYTE = 20;
const COMPILED_BYTES = 8192;
const COMPILED_BYTES_A_BYTE = 64;

type Factory = (
  operations: Operations,
  table: typeof LuaTable,
  callable: typeof LuaFunction,
  empty: LuaValue[],
  globals: LuaTable,
  sites: readonly unknown[],
  note: typeof place,
) => LuaFunction;

/** Why plain form was given up. */
export type Reason = SwitchToSuspendable['reason'];

/** What can be run in both forms. */
export interface Runnable {
  /** Whether it is to be run in suspendable form from the start. */
  readonly needsSuspendable: boolean;
  /** Plain form did not suit it this time. */
  givenUp(reason: Reason): void;
  /** The function to call in a form. */
  main(form: Form, operations: Operations): LuaFunction;
}

/** Whether plain form would be given up again next time. */
export function isLastingReason(reason: Reason): boolean {
  return reason !== 'fuel' && reason !== 'record';
}

/** A chunk of Lua that compiled. Each form is made when it is first needed, and kept. */
export class LuaScript implements Runnable {
  readonly source: string;
  readonly chunkName: string;
  /** Set once plain form turned out not to suit it. */
  needsSuspendable = false;
  /** The globals of a library; null for a script, which has the common ones. */
  readonly #globals: LuaTable | null;
  readonly #main: { plain: LuaFunction | null; suspendable: LuaFunction | null } = {
    plain: null,
    suspendable: null,
  };

  constructor(source: string, chunkName: string, globals: LuaTable | null = null) {
    this.source = source;
    this.chunkName = chunkName;
    this.#globals = globals;
  }

  givenUp(reason: Reason): void {
    if (isLastingReason(reason)) this.needsSuspendable = true;
  }

  /** The main function in a form. */
  main(form: Form, operations: Operations): LuaFunction {
    return (this.#main[form] ??= instantiate(
      this.source,
      this.chunkName,
      form,
      operations,
      this.#globals,
    ));
  }
}

/** Compiles a chunk and gives its main function. Throws LuaError for what is not Lua. */
function instantiate(
  source: string,
  chunkName: string,
  form: Form,
  operations: Operations,
  libraryGlobals: LuaTable | null,
): LuaFunction {
  try {
    return compileChunk(source, chunkName, form, operations, libraryGlobals);
  } catch (thrown) {
    if (!isStackOverflow(thrown)) throw thrown;
    // Chains of thousands of operators or calls are trees as deep, which Lua's one pass never builds.
    throw new LuaError(`${displayName(chunkName)}:1: chunk has too many syntax levels`);
  }
}

function compileChunk(
  source: string,
  chunkName: string,
  form: Form,
  operations: Operations,
  libraryGlobals: LuaTable | null,
): LuaFunction {
  const isLibrary = libraryGlobals !== null;
  const compiled = compileFunction(parseChunk(source, chunkName), chunkName, form, isLibrary);
  const globals = libraryGlobals ?? operations.state.globals;
  const { id, name } = nextSourceName();
  // The code is made of nothing but the compiler's own words, numbers and JSON string literals.
  // oxlint-disable-next-line typescript/no-implied-eval, no-new-func
  const factory = new Function(
    '$R',
    '$T',
    '$F',
    '$E',
    '$G',
    '$S',
    '$P',
    `${compiled.source}\n//# sourceURL=${name}`,
  ) as Factory;
  registerChunk(id, factory, compiled.sites);
  const main = factory(operations, LuaTable, LuaFunction, NOTHING, globals, compiled.sites, place);
  return main;
}

/**
 * Sets what a run finds, such as KEYS and ARGV, and gives the arguments of its main function. It runs again
 * when the run starts anew, and has to give fresh tables then.
 */
export type Prepare = () => LuaValue[];

export type StepOutcome = 'done' | 'yielded' | 'error';

/** One run of a script, in steps. A runtime has one execution at a time. */
export class Execution {
  readonly #runtime: LuaRuntime;
  readonly #script: Runnable;
  readonly #prepare: Prepare;
  #scheduler: Scheduler | null = null;
  #killed: ScriptKilled | null = null;
  #outcome: StepOutcome = 'yielded';
  /** The results, once done. */
  result: LuaResult = undefined;
  /** What ended it, once in error: a LuaError, or ScriptKilled. */
  error: LuaError | ScriptKilled | null = null;

  constructor(runtime: LuaRuntime, script: Runnable, prepare: Prepare) {
    this.#runtime = runtime;
    this.#script = script;
    this.#prepare = prepare;
  }

  /** The form it runs in, or ended in. */
  get form(): Form {
    return this.#scheduler === null ? 'plain' : 'suspendable';
  }

  /** Ends the execution at its next step with an error that no pcall catches. */
  kill(reason: string): void {
    this.#killed = new ScriptKilled(reason, this.#runtime.suspendable.stoppedAt);
  }

  /** Runs for at most `fuel` loop turns and calls (about 1 to 10 ns each). */
  step(fuel: number): StepOutcome {
    if (this.#outcome !== 'yielded') return this.#outcome;
    const { budget } = this.#runtime.state;
    budget.enter();
    try {
      if (this.#killed !== null) throw this.#killed;
      if (this.#scheduler !== null) budget.check();
      this.#outcome = this.#run(fuel) ? 'done' : 'yielded';
    } catch (thrown) {
      if (thrown instanceof ScriptKilled) this.error = thrown;
      else {
        const error = toLuaError(thrown);
        if (error === null) throw thrown;
        this.error = error;
      }
      this.#outcome = 'error';
    } finally {
      budget.leave();
    }
    if (this.#outcome !== 'yielded') this.#runtime.finished();
    return this.#outcome;
  }

  #run(fuel: number): boolean {
    const script = this.#script;
    if (this.#scheduler === null) {
      const triesPlain = !script.needsSuspendable;
      if (triesPlain) {
        const { done, result } = this.#runtime.runPlain(script, fuel, this.#prepare);
        this.result = result;
        if (done) return true;
      } else this.#runtime.begin('suspendable');
      this.#runtime.suspendable.stoppedAt = null;
      const list = this.#prepare();
      const main = script.main('suspendable', this.#runtime.suspendable);
      this.#scheduler = new Scheduler(this.#runtime.state, main, list);
      // Plain form has spent this step's fuel if it was tried.
      if (triesPlain) return false;
    }
    this.#runtime.suspendable.fuel = fuel;
    const done = this.#scheduler.run();
    if (done) this.result = this.#scheduler.result;
    return done;
  }
}

function noArguments(): LuaValue[] {
  return [];
}

export class LuaRuntime {
  readonly state: LuaState;
  readonly plain: PlainOperations;
  readonly suspendable: SuspendableOperations;
  readonly #record = new CallRecord();
  readonly #savers: (() => () => void)[] = [];
  #hasLibraries = false;

  constructor(limits: Partial<Limits> = {}) {
    this.state = new LuaState({ ...DEFAULT_LIMITS, ...limits });
    this.plain = new PlainOperations(this.state);
    this.suspendable = new SuspendableOperations(this.state);
    installLibraries(this);
  }

  get globals(): LuaTable {
    return this.state.globals;
  }

  /** The operations of the form that is running. */
  get operations(): Operations {
    return this.state.form === 'plain' ? this.plain : this.suspendable;
  }

  /**
   * Compiles a chunk. Throws LuaError with Lua's message ("user_script:1: ...") when it is not
   * Lua. "@name" as chunk name shows as `name` in messages.
   */
  compileScript(source: string, chunkName = '@user_script'): LuaScript {
    const script = new LuaScript(source, chunkName);
    script.main('plain', this.plain);
    return script;
  }

  /** A chunk over globals of its own, whose functions outlive the run. Throws LuaError. */
  compileLibrary(source: string, chunkName: string, globals: LuaTable): LuaScript {
    this.#hasLibraries = true;
    const library = new LuaScript(source, chunkName, globals);
    library.main('plain', this.plain);
    return library;
  }

  /** `loadstring`: a chunk in the form that is running, over the common globals. */
  load(source: string, chunkName: string): LuaFunction {
    this.operations.fuel -= COMPILING_FUEL + source.length * COMPILING_FUEL_A_BYTE;
    countBytes(COMPILED_BYTES + source.length * COMPILED_BYTES_A_BYTE);
    return instantiate(source, chunkName, this.state.form, this.operations, null);
  }

  /** Prepares a run. */
  call(script: Runnable, prepare: Prepare = noArguments): Execution {
    return new Execution(this, script, prepare);
  }

  /**
   * A function of the host. Its outcomes are recorded (see above) unless it is `isPure`: a
   * function of its arguments alone, without effects. Throws LuaError to raise errors.
   */
  hostFunction(name: string, code: PlainCode, isPure = false): LuaFunction {
    if (isPure) return new LuaFunction(code, null, name);
    const record = this.#record;
    const { state } = this;
    return new LuaFunction(
      (depth, ...list) => {
        if (state.form === 'plain') return record.run(() => code(depth, ...list));
        return record.isReplaying ? record.replay() : code(depth, ...list);
      },
      null,
      name,
    );
  }

  /** A function of the host that may suspend; it runs in suspendable form only. */
  suspendableHostFunction(name: string, code: GeneratorCode): LuaFunction {
    const { state } = this;
    return new LuaFunction(
      () => {
        state.requireSuspendable('host');
        return NOTHING;
      },
      code,
      name,
    );
  }

  /** Registers what a new run must restore: `save` gives the function that restores it. */
  keep(save: () => () => void): void {
    this.#savers.push(save);
  }

  begin(form: Form): void {
    this.state.form = form;
    lasting.isGuarded = this.#hasLibraries && form === 'plain' && !lasting.isLoading;
    this.state.start();
  }

  finished(): void {
    this.#record.clear();
    this.state.running = null;
  }

  /** Tries a script in plain form. Not done means that it has to start anew. */
  runPlain(script: Runnable, fuel: number, prepare: Prepare): { done: boolean; result: LuaResult } {
    const { state } = this;
    this.begin('plain');
    this.#record.clear();
    this.plain.fuel = fuel;
    const restore = this.#savers.map((save) => save());
    try {
      const list = prepare();
      const { code } = script.main('plain', this.plain);
      const result = list.length === 0 ? code(0) : code(0, ...list);
      return { done: true, result };
    } catch (thrown) {
      const isStack = isStackOverflow(thrown);
      if (!isStack && !(thrown instanceof SwitchToSuspendable)) throw thrown;
      const reason = isStack ? 'depth' : (thrown as SwitchToSuspendable).reason;
      script.givenUp(reason);
      for (const undo of restore) undo();
      this.#record.rewind();
      state.running = null;
      this.begin('suspendable');
      return { done: false, result: undefined };
    }
  }

  /**
   * Takes fuel for what a native function does, by the bytes it reads or writes at the speed of memory:
   * 64 of them take about as long as a loop turn.
   */
  work(bytes: number): void {
    this.operations.fuel -= bytes >> 6;
  }

  /** Calls a function in plain form from native code. */
  callNative(f: LuaFunction, depth: number, list: LuaValue[]): LuaResult {
    return callNative(this.state, f, depth, list);
  }
}
