/**
 * CLIENT PAUSE: holds clients back, all or those that would write. A held client's request stays
 * unread until the pause ends.
 */
import type { CommandContext } from '../command/context.ts';
import { CMD_MAY_REPLICATE, CMD_WRITE } from '../command/flags.ts';
import type { PauseControl } from '../command/ports.ts';
import { SESSION_BLOCKED, SESSION_PRIMARY, SESSION_REPLICA } from '../command/session.ts';
import type { Session } from '../command/session.ts';
import type { Command } from '../command/spec.ts';
import type { Engine } from '../engine.ts';
import type { ExpiryMode } from '../keyspace/keyspace.ts';
import type { Guard } from '../execution/guards.ts';

const WRITING = CMD_WRITE | CMD_MAY_REPLICATE;

export class Pauses implements PauseControl, Guard {
  #engine: Engine | undefined;
  #bit = 0;
  #until = 0;
  #writesOnly = false;
  #timer: NodeJS.Timeout | undefined;
  /** How expired keys were treated before the pause, during which nothing may be deleted. */
  #expiryMode: ExpiryMode = 'remove';
  readonly #held = new Set<Session>();

  /** Connects to the engine whose clients are paused. */
  attach(engine: Engine): void {
    this.#engine = engine;
    this.#bit = engine.executor.gates.add(this);
  }

  pause(until: number, writesOnly: boolean): void {
    const now = this.#engine!.ports.clock.wallMilliseconds();
    const isOn = this.#timer !== undefined;
    // A pause in force is only ever made longer and stricter.
    this.#until = isOn ? Math.max(this.#until, until) : until;
    this.#writesOnly = isOn ? this.#writesOnly && writesOnly : writesOnly;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.unpause(), Math.min(this.#until - now, 0x7fffffff));
    this.#timer.unref();
    this.#engine!.executor.gates.set(this.#bit, true);
    const { keyspace } = this.#engine!;
    if (!isOn) this.#expiryMode = keyspace.expiryMode;
    keyspace.expiryMode = 'hide';
  }

  unpause(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#until = 0;
    this.#engine!.executor.gates.set(this.#bit, false);
    this.#engine!.keyspace.expiryMode = this.#expiryMode;
    const held = [...this.#held];
    this.#held.clear();
    for (const session of held) {
      session.clear(SESSION_BLOCKED);
      session.transport?.resume();
    }
  }

  /** A client is gone. */
  forget(session: Session): void {
    this.#held.delete(session);
  }

  check(context: CommandContext, command: Command): string | undefined {
    const { session } = context;
    if (session.has(SESSION_PRIMARY | SESSION_REPLICA)) return undefined;
    const isWrite = (command.flags & WRITING) !== 0;
    if (this.#writesOnly && !isWrite && !this.#endsWritingTransaction(session, command))
      return undefined;
    session.set(SESSION_BLOCKED);
    this.#held.add(session);
    return undefined;
  }

  #endsWritingTransaction(session: Session, command: Command): boolean {
    return (
      command.name === 'exec' &&
      session.queued.some((queued) => (queued.command.flags & WRITING) !== 0)
    );
  }
}
