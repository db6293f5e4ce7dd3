/**
 * What may stand between a request and its handler. A guard belongs to a subsystem (authentication,
 * access control, memory limit, persistence, replication, …), switches itself on by its bit in
 * `Gates.state`, and is asked only then: a server with nothing switched on pays one test.
 */
import type { CommandContext } from '../command/context.ts';
import type { Command } from '../command/spec.ts';

export interface Guard {
  /** The error to refuse the request with, or undefined. The request is in `context.args`. */
  check(context: CommandContext, command: Command): string | undefined;
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
    for (const { guard, bit } of this.#guards) {
      if ((this.state & bit) === 0) continue;
      const refusal = guard.check(context, command);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }
}
