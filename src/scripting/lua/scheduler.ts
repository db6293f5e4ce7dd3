/**
 * Runs code in suspendable form: a stack of coroutines, each a stack of segments, each a
 * generator that holds up to SEGMENT_DEPTH nested Lua calls. Only the innermost segment is ever
 * resumed, so a step costs no more than its nesting, and Lua's recursion depth does not depend on
 * the native stack. Requests come up as yielded values; a yielded undefined is out of fuel.
 */
import { callFunction, TailCall } from './calls.ts';
import { SEGMENT_DEPTH } from './compiler.ts';
import { Coroutine } from './coroutine.ts';
import { toLuaError } from './errors.ts';
import type { LuaState } from './state.ts';
import {
  all,
  type LuaFunction,
  type LuaGenerator,
  type LuaResult,
  type LuaValue,
} from './value.ts';

/** Lua 5.1 lets this many calls nest. */
const MAX_CALLS = 20_000;
const MAX_SEGMENTS = Math.floor(MAX_CALLS / SEGMENT_DEPTH);

export type CallRequest = { type: 'call'; callee: LuaFunction; list: LuaValue[] };
export type ResumeRequest = { type: 'resume'; coroutine: Coroutine; list: LuaValue[] };
export type YieldRequest = { type: 'yield'; list: LuaValue[] };
/** The answer to a call request that would nest too deeply. */
export const STACK_OVERFLOW = Symbol('stack overflow');

type Request = CallRequest | ResumeRequest | YieldRequest | undefined;

/** How a resume ends for who asked for it. */
export type Resumed = { values: LuaValue[] } | { error: LuaValue };

export class Scheduler {
  readonly #state: LuaState;
  #current: Coroutine;
  /** What the innermost generator gets next. */
  #input: unknown = undefined;
  #error: unknown = undefined;
  #hasError = false;
  result: LuaResult = undefined;

  constructor(state: LuaState, f: LuaFunction, list: LuaValue[]) {
    this.#state = state;
    const main = new Coroutine(f);
    main.status = 'running';
    main.segments.push(callFunction(f, 0, list));
    this.#current = main;
    state.running = main;
  }

  /** Runs until the program is out of fuel or has ended; true when it has. Throws its error. */
  run(): boolean {
    for (;;) {
      const { segments } = this.#current;
      const top = segments.at(-1)!;
      let step: IteratorResult<unknown, LuaResult>;
      try {
        if (this.#hasError) {
          this.#hasError = false;
          step = top.throw(this.#error);
        } else {
          const input = this.#input;
          this.#input = undefined;
          step = top.next(input);
        }
      } catch (thrown) {
        segments.pop();
        this.#fail(thrown);
        continue;
      }
      if (step.done === true) {
        segments.pop();
        if (this.#finish(step.value)) return true;
      } else if (step.value === undefined) return false;
      else this.#serve(step.value as Request & object);
    }
  }

  #finish(value: LuaResult): boolean {
    const current = this.#current;
    if ((value as unknown) instanceof TailCall) {
      const { callee, list } = value as unknown as TailCall;
      current.segments.push(callFunction(callee, 0, list));
    } else if (current.segments.length > 0) this.#input = value;
    else if (current.resumer === null) {
      this.result = value;
      return true;
    } else this.#leave('dead', { values: all(value) });
    return false;
  }

  #fail(thrown: unknown): void {
    const current = this.#current;
    if (current.segments.length === 0) {
      const error = toLuaError(thrown);
      if (error === null || current.resumer === null) throw thrown;
      this.#leave('dead', { error: error.value });
      return;
    }
    this.#hasError = true;
    this.#error = thrown;
  }

  /** Goes back to who resumed the current coroutine. */
  #leave(status: 'dead' | 'suspended', outcome: Resumed): void {
    const current = this.#current;
    const resumer = current.resumer!;
    current.status = status;
    current.resumer = null;
    current.nativeDepth = this.#state.nativeDepth;
    this.#enter(resumer);
    this.#input = outcome;
  }

  #enter(coroutine: Coroutine): void {
    coroutine.status = 'running';
    this.#current = coroutine;
    this.#state.running = coroutine;
    this.#state.nativeDepth = coroutine.nativeDepth;
  }

  #serve(request: Request & object): void {
    const current = this.#current;
    if (request.type === 'call') {
      if (current.segments.length >= MAX_SEGMENTS) this.#input = STACK_OVERFLOW;
      else current.segments.push(callSegment(request));
    } else if (request.type === 'yield') this.#leave('suspended', { values: request.list });
    else this.#resume(request);
  }

  #resume({ coroutine, list }: ResumeRequest): void {
    const current = this.#current;
    current.status = 'normal';
    current.nativeDepth = this.#state.nativeDepth;
    coroutine.resumer = current;
    if (coroutine.segments.length === 0) {
      coroutine.segments.push(callFunction(coroutine.body, 0, list));
    } else this.#input = list;
    this.#enter(coroutine);
  }
}

function callSegment({ callee, list }: CallRequest): LuaGenerator {
  return callFunction(callee, 0, list);
}
