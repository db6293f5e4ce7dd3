/**
 * Which commands a selector allows: a bit for each command and subcommand, so that a check costs one
 * test. One bit more stands for commands that do not exist yet; it tells "all but" from "only".
 *
 * A command whose bit is clear may still be allowed with certain first arguments (`+select|0`).
 */
import { equalsIgnoreCase } from '../bytes/text.ts';
import { CMD_NO_AUTH } from '../command/flags.ts';
import type { RequestView } from '../command/key-extraction.ts';
import type { Command } from '../command/spec.ts';
import type { CommandCatalog } from './command-catalog.ts';

export class CommandSet {
  readonly catalog: CommandCatalog;
  /** Whether commands that do not exist yet are allowed. */
  allowsFuture = false;
  readonly #bits: Uint32Array;
  /** By `Command.id`, as given. */
  readonly #firstArguments = new Map<number, string[]>();
  /** What follows from the rest; undefined: not known since the last change. */
  #isEverything: boolean | undefined = undefined;
  #description: string | undefined = undefined;

  constructor(catalog: CommandCatalog) {
    this.catalog = catalog;
    this.#bits = new Uint32Array((catalog.size + 31) >>> 5);
  }

  copyFrom(other: CommandSet): void {
    this.allowsFuture = other.allowsFuture;
    this.#bits.set(other.#bits);
    this.#isEverything = other.#isEverything;
    this.#description = other.#description;
    this.#firstArguments.clear();
    for (const [id, list] of other.#firstArguments) this.#firstArguments.set(id, [...list]);
  }

  /** Whether the command is allowed whatever its arguments are. */
  has(command: Command): boolean {
    return (this.#bits[command.id >>> 5] & (1 << (command.id & 31))) !== 0;
  }

  get isEverything(): boolean {
    this.#isEverything ??=
      this.allowsFuture && this.catalog.all.every((command) => this.has(command));
    return this.#isEverything;
  }

  /** Whether the request is allowed. Logging in and out is always allowed. */
  allows(command: Command, request: RequestView): boolean {
    if ((this.#bits[command.id >>> 5] & (1 << (command.id & 31))) !== 0) return true;
    if ((command.flags & CMD_NO_AUTH) !== 0) return true;
    return this.#firstArguments.size > 0 && this.#allowsFirstArgument(command, request);
  }

  firstArgumentsOf(command: Command): readonly string[] {
    return this.#firstArguments.get(command.id) ?? [];
  }

  /** +@all, -@all. */
  setAll(allow: boolean): void {
    this.#bits.fill(allow ? 0xffffffff : 0);
    this.allowsFuture = allow;
    this.#changed();
    this.#firstArguments.clear();
  }

  /** Allows or denies a command; a container with all of its subcommands. */
  set(command: Command, allow: boolean): void {
    this.#setBit(command, allow);
    for (const subcommand of command.subcommands) this.#setBit(subcommand, allow);
  }

  /** Allows or denies all commands of a category (a CATEGORY_* bit). */
  setCategory(category: number, allow: boolean): void {
    for (const command of this.catalog.all)
      if ((command.categories & category) !== 0) this.set(command, allow);
  }

  /** Allows a command with this first argument, in any case. */
  addFirstArgument(command: Command, text: string): void {
    const list = this.#firstArguments.get(command.id);
    const lower = text.toLowerCase();
    this.#changed();
    if (list === undefined) this.#firstArguments.set(command.id, [text]);
    else if (!list.some((known) => known.toLowerCase() === lower)) list.push(text);
  }

  /** The rules that make this set, as `describe` finds them. */
  describedBy(describe: (set: CommandSet) => string): string {
    this.#description ??= describe(this);
    return this.#description;
  }

  #changed(): void {
    this.#isEverything = undefined;
    this.#description = undefined;
  }

  #setBit(command: Command, allow: boolean): void {
    const mask = 1 << (command.id & 31);
    if (allow) this.#bits[command.id >>> 5] |= mask;
    else this.#bits[command.id >>> 5] &= ~mask;
    this.#changed();
    this.#firstArguments.delete(command.id);
  }

  #allowsFirstArgument(command: Command, { bytes, offsets, first, count }: RequestView): boolean {
    const list = this.#firstArguments.get(command.id);
    if (list === undefined || count < 2) return false;
    const start = offsets[first + 2];
    const end = offsets[first + 3];
    return list.some((text) => equalsIgnoreCase(bytes, start, end, text.toLowerCase()));
  }
}
