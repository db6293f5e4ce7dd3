/**
 * The commands of one server: look-up by name, renaming, and what is counted about each.
 *
 * Commands are declared once per process and never change; several servers in a process share
 * them. What differs between servers (names and counters) is here.
 */
import { CMD_ONLY_SENTINEL, CMD_SENTINEL } from './flags.ts';
import { NameIndex } from './name-index.ts';
import type { Command } from './spec.ts';

/** What INFO commandstats shows of a command. */
export class CommandStats {
  calls = 0;
  /** Time spent, in microseconds. */
  usec = 0;
  /** Refused before it ran. */
  rejected = 0;
  /** Ran and replied an error. */
  failed = 0;

  reset(): void {
    this.calls = 0;
    this.usec = 0;
    this.rejected = 0;
    this.failed = 0;
  }
}

export interface CommandTableOptions {
  /** Whether the process is a sentinel: it has fewer commands, and some of its own. */
  readonly sentinel?: boolean;
}

export type RenameResult = 'renamed' | 'no such command' | 'name is taken';

export class CommandTable {
  /** By `Command.id`; every command of the table and every subcommand has one. */
  readonly stats: readonly CommandStats[];
  /** By declared name. */
  readonly #declared = new Map<string, Command>();
  /** By the name clients must use. */
  readonly #named: Map<string, Command>;
  readonly #declaredIndex: NameIndex;
  #index: NameIndex;
  /** By `Command.id` of a container. */
  readonly #subcommands: (NameIndex | undefined)[];

  /** @throws Error when two commands have one name */
  constructor(commands: readonly Command[], options: CommandTableOptions = {}) {
    const sentinel = options.sentinel ?? false;
    for (const command of commands) {
      if (!isFor(command, sentinel)) continue;
      if (this.#declared.has(command.name)) throw new Error(`two commands '${command.name}'`);
      this.#declared.set(command.name, command);
    }
    this.#named = new Map(this.#declared);
    this.#declaredIndex = new NameIndex(this.#declared);
    this.#index = this.#declaredIndex;
    const ids = this.all().map((command) => command.id);
    const size = ids.reduce((most, id) => Math.max(most, id + 1), 0);
    this.stats = Array.from({ length: size }, () => new CommandStats());
    this.#subcommands = Array.from({ length: size }, () => undefined);
    for (const command of this.#declared.values()) this.#indexSubcommands(command);
  }

  /** Number of commands, subcommands not counted. */
  get count(): number {
    return this.#named.size;
  }

  /** The command a client means; for a container the container itself. Allocates nothing. */
  lookup(bytes: Uint8Array, start: number, end: number): Command | undefined {
    return this.#index.find(bytes, start, end);
  }

  /** A subcommand of a container; undefined for commands that are none. Allocates nothing. */
  lookupSubcommand(
    container: Command,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Command | undefined {
    return this.#subcommands[container.id]?.find(bytes, start, end);
  }

  /**
   * The command of a path as COMMAND INFO takes it: `get`, or `config|get` for a subcommand.
   * @param declared looks among the declared names, as ACL rules do, not the renamed ones
   */
  lookupPath(bytes: Uint8Array, start: number, end: number, declared = false): Command | undefined {
    const index = declared ? this.#declaredIndex : this.#index;
    const bar = bytes.indexOf(0x7c, start);
    if (bar < 0 || bar >= end) return index.find(bytes, start, end);
    const container = index.find(bytes, start, bar);
    if (container === undefined) return undefined;
    return this.lookupSubcommand(container, bytes, bar + 1, end);
  }

  /** The same for a string; of use where speed does not matter. */
  byPath(path: string, declared = false): Command | undefined {
    const bytes = Uint8Array.from(path, (character) => character.charCodeAt(0));
    return this.lookupPath(bytes, 0, bytes.length, declared);
  }

  /**
   * rename-command: `from` answers to `to` only, or to nothing when `to` is empty. COMMAND and ACL
   * rules go on using the declared name. Names are bytes, one code unit each. Rebuilds the index: O(commands).
   */
  rename(from: string, to: string): RenameResult {
    const old = from.toLowerCase();
    const name = to.toLowerCase();
    const command = this.#named.get(old);
    if (command === undefined) return 'no such command';
    if (name !== old && this.#named.has(name)) return 'name is taken';
    this.#named.delete(old);
    if (name !== '') this.#named.set(name, command);
    this.#index = new NameIndex(this.#named);
    return 'renamed';
  }

  /** The commands clients can reach, containers but not their subcommands. */
  commands(): readonly Command[] {
    return [...this.#named.values()];
  }

  /** All declared commands, each container followed by its subcommands; also unreachable ones. */
  all(): readonly Command[] {
    const all: Command[] = [];
    for (const command of this.#declared.values()) all.push(command, ...command.subcommands);
    return all;
  }

  /** CONFIG RESETSTAT. */
  resetStats(): void {
    for (const stats of this.stats) stats.reset();
  }

  #indexSubcommands(container: Command): void {
    if (container.subcommands.length === 0) return;
    const names = new Map(container.subcommands.map((command) => [command.name, command]));
    if (names.size !== container.subcommands.length) {
      throw new Error(`'${container.name}' has two subcommands of one name`);
    }
    this.#subcommands[container.id] = new NameIndex(names);
  }
}

function isFor(command: Command, sentinel: boolean): boolean {
  if (!sentinel) return (command.flags & CMD_ONLY_SENTINEL) === 0;
  return (command.flags & (CMD_SENTINEL | CMD_ONLY_SENTINEL)) !== 0;
}
