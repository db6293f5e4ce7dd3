/** Lua's coroutines. They exist in suspendable form only; the scheduler does the work. */
import { failArgument, whereLevel } from './arguments.ts';
import { Coroutine } from './coroutine.ts';
import { LuaError } from './errors.ts';
import { addLibrary } from './library.ts';
import type { LuaRuntime } from './runtime.ts';
import type { Resumed, ResumeRequest, YieldRequest } from './scheduler.ts';
import { place } from './site.ts';
import type { LuaState } from './state.ts';
import { LuaFunction, type GeneratorCode, type LuaGenerator, type LuaValue } from './value.ts';

export function installCoroutine(runtime: LuaRuntime): void {
  const { state } = runtime;
  const suspendable = (name: string, code: GeneratorCode): LuaFunction =>
    runtime.suspendableHostFunction(name, code);
  const create = (body: LuaValue): Coroutine => {
    state.requireSuspendable('coroutine');
    const isLua = body instanceof LuaFunction && body.suspends;
    return isLua ? new Coroutine(body) : failArgument(1, 'Lua function expected');
  };
  addLibrary(runtime, 'coroutine', {
    create(_, body) {
      return create(body);
    },
    wrap(_, body) {
      return wrap(state, create(body));
    },
    status(_, value) {
      return value instanceof Coroutine ? value.status : failArgument(1, 'coroutine expected');
    },
    running() {
      state.requireSuspendable('coroutine');
      const { running } = state;
      return running === null || running.resumer === null ? undefined : running;
    },
    resume: suspendable('resume', function* resume(_, value, ...list) {
      if (!(value instanceof Coroutine)) failArgument(1, 'coroutine expected');
      const outcome = yield* resumeCoroutine(value, list);
      return 'values' in outcome ? [true, ...outcome.values] : [false, outcome.error];
    }),
    yield: suspendable('yield', function* suspend(_, ...list) {
      if (state.running === null || state.running.resumer === null || state.nativeDepth > 0) {
        throw new LuaError('attempt to yield across metamethod/C-call boundary');
      }
      const request: YieldRequest = { type: 'yield', list };
      return (yield request) as LuaValue[];
    }),
  });
}

function* resumeCoroutine(
  coroutine: Coroutine,
  list: LuaValue[],
): Generator<unknown, Resumed, unknown> {
  const { status } = coroutine;
  if (status !== 'suspended') {
    return { error: `cannot resume ${status} coroutine` };
  }
  const request: ResumeRequest = { type: 'resume', coroutine, list };
  return (yield request) as Resumed;
}

function wrap(state: LuaState, coroutine: Coroutine): LuaFunction {
  return new LuaFunction(
    () => {
      state.requireSuspendable('coroutine');
      return undefined;
    },
    function* resume(_: number, ...list: LuaValue[]): LuaGenerator {
      const { site } = place;
      const outcome = yield* resumeCoroutine(coroutine, list);
      if ('values' in outcome) return outcome.values;
      place.site = site;
      const { error } = outcome;
      throw new LuaError(typeof error === 'string' ? whereLevel(1) + error : error);
    },
    'wrap',
  );
}
