/**
 * What other clients get while a script runs on in later turns of the event loop. Until it has run
 * for `busy-reply-threshold`, their requests wait; from then on they are answered with -BUSY. Commands
 * that can end the script, and those that only concern the connection, run at any time.
 */
import type { CommandContext } from '../command/context.ts';
import { CMD_ALLOW_BUSY } from '../command/flags.ts';
import { SESSION_BLOCKED, SESSION_PRIMARY, type Session } from '../command/session.ts';
import type { Command } from '../command/spec.ts';
import type { Gates, Guard } from '../execution/guards.ts';

export class BusyGuard implements Guard {
  readonly #gates: Gates;
  readonly #bit: number;
  readonly #held = new Set<Session>();
  /** The reply while the script is busy; undefined: clients wait. */
  #busy: string | undefined;

  constructor(gates: Gates) {
    this.#gates = gates;
    this.#bit = gates.add(this);
  }

  /** A script goes on beyond its turn. */
  begin(): void {
    this.#busy = undefined;
    this.#gates.set(this.#bit, true);
  }

  /** The script has passed its threshold: clients are answered with `text`. */
  becomeBusy(text: string): void {
    this.#busy = text;
    this.#release(false);
  }

  /** The script has ended. */
  end(): void {
    this.#gates.set(this.#bit, false);
    this.#release(true);
  }

  /** The session is gone. */
  forget(session: Session): void {
    this.#held.delete(session);
  }

  check(context: CommandContext, command: Command): string | undefined {
    const { session } = context;
    const isAllowed =
      (command.flags & CMD_ALLOW_BUSY) !== 0 && !this.#isSavingShutdown(context, command);
    if (isAllowed) return undefined;
    // A primary is not answered; what it sends waits.
    if (this.#busy !== undefined && !session.has(SESSION_PRIMARY)) return this.#busy;
    session.set(SESSION_BLOCKED);
    this.#held.add(session);
    return undefined;
  }

  /** SHUTDOWN may come in the middle of a script only if nothing is saved. */
  #isSavingShutdown({ args }: CommandContext, command: Command): boolean {
    if (command.name !== 'shutdown') return false;
    for (let i = 1; i < args.count; i++)
      if (args.is(i, 'nosave') || args.is(i, 'abort')) return false;
    return true;
  }

  #release(all: boolean): void {
    for (const session of this.#held) {
      if (!all && session.has(SESSION_PRIMARY)) continue;
      this.#held.delete(session);
      session.clear(SESSION_BLOCKED);
      session.transport?.resume();
    }
  }
}
