/** Requests that are refused while the data set is loaded, or while it cannot be made durable. */
import type { CommandContext } from '../command/context.ts';
import { CMD_LOADING, CMD_WRITE } from '../command/flags.ts';
import { SCRIPT_NO_WRITES, SCRIPT_UNDECLARED, type RunningScript } from '../command/scripting.ts';
import type { Session } from '../command/session.ts';
import { SESSION_PRIMARY } from '../command/session.ts';
import type { Command } from '../command/spec.ts';
import type { Gates, Guard } from '../execution/guards.ts';
import { LOADING } from '../resp/errors.ts';

/** Whether any queued command of a transaction (not) has these flags. */
function anyQueued(session: Session, flags: number, wanted: number): boolean {
  return session.queued.some(({ command }) => (command.flags & flags) === wanted);
}

/** -LOADING, to all but the commands that need no data. */
export class LoadingGuard implements Guard {
  readonly #gates: Gates;
  readonly #bit: number;

  constructor(gates: Gates) {
    this.#gates = gates;
    this.#bit = gates.add(this);
  }

  set isOn(on: boolean) {
    this.#gates.set(this.#bit, on);
  }

  check({ session }: CommandContext, command: Command): string | undefined {
    if (session.has(SESSION_PRIMARY)) return undefined;
    if (command.fullName === 'exec')
      return anyQueued(session, CMD_LOADING, 0) ? LOADING : undefined;
    return (command.flags & CMD_LOADING) === 0 ? LOADING : undefined;
  }
}

/** -MISCONF, to writes and to PING, which health checks use. */
export class DiskGuard implements Guard {
  readonly #gates: Gates;
  readonly #bit: number;
  readonly #reason: () => string | undefined;

  /** `reason`: the error to reply now, or undefined while all is well. */
  constructor(gates: Gates, reason: () => string | undefined) {
    this.#gates = gates;
    this.#reason = reason;
    this.#bit = gates.add(this);
  }

  /** Looks again whether there is a reason; to be called when that may have changed. */
  update(): void {
    this.#gates.set(this.#bit, this.#reason() !== undefined);
  }

  check({ session }: CommandContext, command: Command): string | undefined {
    if (session.has(SESSION_PRIMARY)) return undefined;
    const isWrite =
      (command.flags & CMD_WRITE) !== 0 ||
      command.fullName === 'ping' ||
      (command.fullName === 'exec' && anyQueued(session, CMD_WRITE, CMD_WRITE));
    return isWrite ? this.#reason() : undefined;
  }

  checkInScript(
    { session }: CommandContext,
    { flags }: Command,
    { hasWritten }: RunningScript,
  ): string | undefined {
    const mayRun = hasWritten || (flags & CMD_WRITE) === 0 || session.has(SESSION_PRIMARY);
    return mayRun ? undefined : this.#reason();
  }

  /** Scripts that declare nothing may begin: their writes are refused one by one. */
  checkScript({ session }: CommandContext, { flags }: RunningScript): string | undefined {
    const mayRun = (flags & (SCRIPT_UNDECLARED | SCRIPT_NO_WRITES)) !== 0;
    return mayRun || session.has(SESSION_PRIMARY) ? undefined : this.#reason();
  }
}
