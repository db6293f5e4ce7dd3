/**
 * What may stand between a request and its handler. A guard belongs to a subsystem (authentication,
 * access control, memory limit, persistence, replication, …), switches itself on by its bit in
 * `Gates.state`, and is asked only then: a server with nothing switched on pays one test.
 */
import type { CommandContext } from '../command/context.ts';
import type { RunningScript } from '../command/scripting.ts';
import type { Command } from '../command/spec.ts';

export interface Guard {
  /** The error to refuse the request with, or undefined. The request is in `context.args`. */
  check(context: CommandContext, command: Command): string | undefined;
  /**
   * The same for a command that a script runs. Left out: scripts are not asked. What the state of the
   * server forbids is forbidden only while `script.hasWritten` is false; nothing may be held back.
   */
  checkInScript?(
    context: CommandContext,
    command: Command,
    script: RunningScript,
  ): string | undefined;
  /** Whether a script with these declarations may begin; the error, or undefined. */
  checkScript?(context: CommandContext, script: RunningScript): string | undefined;
}

export class Gates {
  /** Non-zero while any guard, monitor or pause wants to see requests. */
  state = 0;
  readonly #guards: { guard: Guard; bit: number }[] = [];
  #nextBit = 1;

  /**
   * Adds a guard; guards are asked in the order they were added. Returns its bit, for `set`.
   * At most 30.
   */
  add(guard: Guard): number {
    const bit = this.#nextBit;
    this.#nextBit <<= 1;
    this.#guards.push({ guard, bit });
    return bit;
  }

  /** Reserves a bit without a guard, for who looks at requests elsewhere (monitors, pauses). */
  reserve(): number {
    const bit = this.#nextBit;
    this.#nextBit <<= 1;
    return bit;
  }

  /** Switches a bit on or off. */
  set(bit: number, on: boolean): void {
    this.state = on ? this.state | bit : this.state & ~bit;
  }

  /** The first refusal of the guards that are on. */
  check(context: CommandContext, command: Command): string | undefined {
    if (this.state === 0) return undefined;
    for (const { guard, bit } of this.#guards) {
      if ((this.state & bit) === 0) continue;
      const refusal = guard.check(context, command);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** The first refusal of a command that a script runs. */
  checkInScript(
    context: CommandContext,
    command: Command,
    script: RunningScript,
  ): string | undefined {
    for (const { guard, bit } of this.#guards) {
      if ((this.state & bit) === 0) continue;
      const refusal = guard.checkInScript?.(context, command, script);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** The first refusal of a script that is to begin. */
  checkScript(context: CommandContext, script: RunningScript): string | undefined {
    for (const { guard, bit } of this.#guards) {
      if ((this.state & bit) === 0) continue;
      const refusal = guard.checkScript?.(context, script);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }
}
