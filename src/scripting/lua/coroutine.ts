/** A thread of Lua execution: the main program or a coroutine. Owned by the scheduler. */
import { countBytes } from './memory.ts';
import { nextIdentity, type LuaFunction, type LuaGenerator } from './value.ts';

export type CoroutineStatus = 'suspended' | 'running' | 'normal' | 'dead';

/** What a coroutine takes, about, with its generators. */
const COROUTINE_BYTES = 768;

export class Coroutine {
  readonly body: LuaFunction;
  status: CoroutineStatus = 'suspended';
  /** Stack of generators; the last one runs. Each holds a bounded number of Lua calls. */
  readonly segments: LuaGenerator[] = [];
  /** Who resumed it; null while it is not running. */
  resumer: Coroutine | null = null;
  /** Native functions between the body and the running function: yielding needs none. */
  nativeDepth = 0;
  #identity = 0;

  constructor(body: LuaFunction) {
    countBytes(COROUTINE_BYTES);
    this.body = body;
  }

  get identity(): number {
    return (this.#identity ||= nextIdentity());
  }
}
