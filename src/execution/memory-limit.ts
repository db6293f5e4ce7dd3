/**
 * `maxmemory`: before a request runs, makes room by evicting keys, and refuses what would need more
 * memory while there is no room to be made.
 *
 * Each request bears a slice of the work, bounded by `maxmemory-eviction-tenacity`; what is left is
 * done between turns of the event loop, and requests are served meanwhile. A request is refused only
 * when nothing is left to evict. Values that were removed but are still being freed are finished
 * first: their memory must not cost another key its place.
 *
 * While `maxmemory` is 0 the guard is switched off and costs nothing.
 */
import { clientBytes, clientType } from '../command/client-line.ts';
import type { CommandContext } from '../command/context.ts';
import type { MemoryAccount } from '../command/memory-account.ts';
import { CMD_DENYOOM } from '../command/flags.ts';
import { SCRIPT_ALLOW_OOM, SCRIPT_NO_WRITES, SCRIPT_UNDECLARED } from '../command/scripting.ts';
import type { RunningScript } from '../command/scripting.ts';
import { SESSION_MULTI, SESSION_PRIMARY, type Session } from '../command/session.ts';
import type { Command } from '../command/spec.ts';
import type { Config } from '../config/config.ts';
import { Evictor } from '../keyspace/eviction.ts';
import { OUT_OF_MEMORY } from '../resp/errors.ts';
import type { Executor } from './executor.ts';
import type { Guard } from './guards.ts';

/** Elements freed, and keys evicted, between two looks at the clock. */
const FREE_STEP = 500;
const KEYS_PER_LOOK = 16;

/** What became of an attempt to get below the limit. */
const WITHIN = 0;
/** Still above it, and there is more to evict. */
const RUNNING = 1;
/** Above it, with nothing left to evict. */
const EXHAUSTED = 2;
type Outcome = typeof WITHIN | typeof RUNNING | typeof EXHAUSTED;

/** Runs beside the commands that MULTI does not keep: what it queues costs memory. */
const NOT_QUEUED: ReadonlySet<string> = new Set(['exec', 'discard', 'quit', 'reset']);

/** Where the latency of evictions is told. */
export interface EvictionLatency {
  sample(event: string, milliseconds: number, now: number): void;
  begin(): number;
  end(event: string, began: number): void;
}

export class MemoryLimit implements Guard {
  /** Called when eviction has to go on soon: `step` is to be called between turns of the loop. */
  wake: (() => void) | undefined;
  readonly #executor: Executor;
  readonly #config: Config;
  readonly #latency: EvictionLatency;
  readonly #account: MemoryAccount;
  readonly #evictor: Evictor;
  readonly #bit: number;
  /** Bytes besides the data, as last measured: those that count for the limit, and the others. */
  #besides = 0;
  #uncounted = 0;
  /** Whether there was no room when the present request began: what its script may do. */
  #isExhausted = false;
  #isRunning = false;
  /** Since when memory is above the limit, in microseconds; 0: it is not. And the time before. */
  #exceededSince = 0;
  #exceededBefore = 0;
  readonly #evictSlice = (): void => {
    for (let i = 0; i < KEYS_PER_LOOK && this.#isOver; i++)
      if (!this.#evictor.evictOne()) {
        this.#isDrained = true;
        return;
      }
  };
  #isDrained = false;

  constructor(executor: Executor, latency: EvictionLatency, account: MemoryAccount) {
    const { config } = executor.context;
    this.#executor = executor;
    this.#config = config;
    this.#latency = latency;
    this.#account = account;
    this.#evictor = new Evictor(executor.context.keyspace);
    this.#bit = executor.gates.add(this);
    const directives = ['maxmemory', 'maxmemory-policy', 'maxmemory-samples'];
    config.onApply(directives, () => this.#follow());
    this.#follow();
  }

  /** Bytes of the data, and of everything else as last measured, that count for the limit. */
  get used(): number {
    return this.#executor.context.keyspace.heap.used + this.#besides;
  }

  /** Bytes that do not count: evicting keys would only make more of them. */
  get notCounted(): number {
    return this.#uncounted;
  }

  /** Microseconds for which memory has been above the limit: now, and in all. */
  get exceededNow(): number {
    return this.#exceededSince === 0 ? 0 : this.#now() - this.#exceededSince;
  }

  get exceededInAll(): number {
    return this.#exceededBefore + this.exceededNow;
  }

  /** Measures what is held besides the data. O(clients); to be called ten times a second. */
  measure(): void {
    let counted = this.#account.counted;
    let uncounted = this.#account.notCounted;
    for (const session of this.#executor.context.server.clients.all()) {
      counted += clientBytes(session);
      if (clientType(session) !== 'replica') continue;
      const output = session.transport?.outputBytes ?? 0;
      counted -= output;
      uncounted += output;
    }
    this.#besides = counted;
    this.#uncounted = uncounted;
  }

  check(context: CommandContext, command: Command): string | undefined {
    const { session } = context;
    this.#isExhausted = false;
    if (session.has(SESSION_PRIMARY)) return undefined;
    if (!this.#isOver) {
      if (this.#exceededSince !== 0) this.#settle(WITHIN);
      return undefined;
    }
    this.#isExhausted = this.#makeRoom() === EXHAUSTED;
    if (!this.#isExhausted) return undefined;
    return needsMemory(session, command) ? OUT_OF_MEMORY : undefined;
  }

  checkInScript(
    _context: CommandContext,
    command: Command,
    script: RunningScript,
  ): string | undefined {
    if (!this.#isExhausted || script.hasWritten || this.#config.maxmemory === 0) return undefined;
    if ((script.flags & SCRIPT_ALLOW_OOM) !== 0) return undefined;
    return (command.flags & CMD_DENYOOM) !== 0 ? OUT_OF_MEMORY : undefined;
  }

  checkScript(_context: CommandContext, { flags }: RunningScript): string | undefined {
    if (!this.#isExhausted || this.#config.maxmemory === 0) return undefined;
    const mayRun = SCRIPT_UNDECLARED | SCRIPT_ALLOW_OOM | SCRIPT_NO_WRITES;
    return (flags & mayRun) === 0 ? OUT_OF_MEMORY : undefined;
  }

  /** Goes on evicting, for one slice; returns whether it should be called again soon. */
  step(): boolean {
    if (!this.#isRunning) return false;
    this.#isRunning = false;
    if (this.#config.maxmemory === 0 || this.#executor.isHeld) return false;
    return this.#makeRoom() === RUNNING;
  }

  get #isOver(): boolean {
    const { maxmemory } = this.#config;
    return maxmemory !== 0 && this.used > maxmemory;
  }

  /** Whether keys may go now: not while loading, paused, or in a script that has not ended. */
  get #isSafe(): boolean {
    const { keyspace } = this.#executor.context;
    return !this.#executor.isHeld && !keyspace.loading && keyspace.expiryMode === 'remove';
  }

  #makeRoom(): Outcome {
    if (!this.#isSafe) return WITHIN;
    const { keyspace } = this.#executor.context;
    const { lazyFree } = keyspace;
    const began = this.#now();
    const deadline = began + sliceMicroseconds(this.#config.maxmemoryEvictionTenacity);
    const evicted = keyspace.evictedKeys;
    let outcome: Outcome = WITHIN;
    let now = began;
    this.#isDrained = !this.#evictor.isActive;
    while (this.#isOver) {
      const pending = lazyFree.pending;
      const isFreeing = pending > 0 && this.#freeSome(pending);
      if (!isFreeing) {
        if (!this.#isDrained) this.#executor.runUnit(this.#evictSlice, false);
        if (this.#isDrained && lazyFree.pending === 0) {
          if (this.#isOver) outcome = EXHAUSTED;
          break;
        }
      }
      now = this.#now();
      if (now >= deadline) {
        if (this.#isOver) outcome = this.#isDrained ? EXHAUSTED : RUNNING;
        break;
      }
    }
    this.#settle(outcome);
    if (keyspace.evictedKeys !== evicted)
      this.#latency.sample('eviction-cycle', (now - began) / 1000, keyspace.now);
    return outcome;
  }

  /** Frees a part of what waits to be freed; whether that changed anything. */
  #freeSome(pending: number): boolean {
    const { lazyFree } = this.#executor.context.keyspace;
    const began = this.#latency.begin();
    const isLeft = lazyFree.step(FREE_STEP);
    this.#latency.end('eviction-lazyfree', began);
    return isLeft || lazyFree.pending < pending;
  }

  #settle(outcome: Outcome): void {
    if (outcome === WITHIN) {
      this.#exceededBefore += this.exceededNow;
      this.#exceededSince = 0;
    } else if (this.#exceededSince === 0) this.#exceededSince = this.#now();
    this.#isRunning = outcome === RUNNING;
    if (this.#isRunning) this.wake?.();
  }

  #follow(): void {
    const config = this.#config;
    this.#evictor.policy = config.maxmemoryPolicy;
    this.#evictor.samples = config.maxmemorySamples;
    this.#executor.gates.set(this.#bit, config.maxmemory !== 0);
    if (config.maxmemory === 0) this.#settle(WITHIN);
    this.measure();
    if (!this.#isOver) return;
    this.#executor.context.server.log.warning(
      `The new maxmemory value set via CONFIG SET (${config.maxmemory}) is smaller than the ` +
        `current memory usage (${this.used}). This will result in key eviction and/or the ` +
        'inability to accept new write commands depending on the maxmemory-policy.',
    );
    this.#isRunning = true;
    this.wake?.();
  }

  #now(): number {
    return this.#executor.context.server.clock.monotonicMicroseconds();
  }
}

/** Whether a request adds to the memory in use, at once or by waiting for EXEC. */
function needsMemory(session: Session, command: Command): boolean {
  if ((command.flags & CMD_DENYOOM) !== 0) return true;
  if (!session.has(SESSION_MULTI)) return false;
  if (command.fullName !== 'exec') return !NOT_QUEUED.has(command.fullName);
  return session.queued.some((queued) => (queued.command.flags & CMD_DENYOOM) !== 0);
}

/**
 * How long one slice may take, in microseconds, by `maxmemory-eviction-tenacity`: linear up to 10,
 * then growing by 15 % a step; 100 is without limit. The real server's own figures.
 */
function sliceMicroseconds(tenacity: number): number {
  if (tenacity <= 10) return 50 * tenacity;
  return tenacity < 100 ? 500 * 1.15 ** (tenacity - 10) : Infinity;
}
