/** The commands as access rules name them: by declared name, whatever rename-command made of it. */
import type { CommandTable } from '../command/registry.ts';
import type { Command } from '../command/spec.ts';

export class CommandCatalog {
  /** Every command, containers followed by their subcommands. */
  readonly all: readonly Command[];
  /** Those of them that Redis 7.0 has, too. */
  readonly original: readonly Command[];
  /** Above every `Command.id`. */
  readonly size: number;
  readonly #table: CommandTable;

  constructor(table: CommandTable) {
    this.#table = table;
    this.all = table.all();
    this.original = this.all.filter(isOriginal);
    this.size = table.stats.length;
  }

  /** `get`, or `config|get` for a subcommand; any case. */
  find(path: string): Command | undefined {
    return this.#table.byPath(path, true);
  }
}

function isOriginal({ fullName, spec }: Command): boolean {
  return spec.since < '7.1' && !fullName.startsWith('respd.');
}
