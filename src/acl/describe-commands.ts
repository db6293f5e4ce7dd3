/**
 * The shortest usual rules that make a set of commands: `-@all +@read -keys +select|0`.
 *
 * Begins with everything or nothing, then takes the category that fits best as often as one fits
 * more commands than it misses, and settles what is left command by command. The sequence is part
 * of what clients see, so it is the real server's: commands that it does not have do not count. Only
 * the order of single commands is ours.
 * O(categories * commands) for each category in the result.
 */
import { CATEGORY_NAMES } from '../command/categories.ts';
import type { Command } from '../command/spec.ts';
import { CommandSet } from './command-set.ts';

/** The commands of each category that are in a set, and those that are not; reused. */
const inside = new Int32Array(CATEGORY_NAMES.length);
const outside = new Int32Array(CATEGORY_NAMES.length);

/** The rules, separated by blanks. */
export function describeCommands(set: CommandSet): string {
  const adds = !set.allowsFuture;
  const sign = adds ? '+' : '-';
  const rules = [adds ? '-@all' : '+@all'];
  // What the rules so far make of it, and what they leave to be said.
  const made = new CommandSet(set.catalog);
  made.setAll(!adds);
  const rest = new CommandSet(set.catalog);
  rest.copyFrom(set);
  for (let taken = 0; ;) {
    const best = bestCategory(rest, taken, adds);
    if (best < 0) break;
    taken |= 1 << best;
    made.setCategory(1 << best, adds);
    rest.setCategory(1 << best, !adds);
    rules.push(`${sign}@${CATEGORY_NAMES[best]}`);
  }
  for (const command of set.catalog.all) describeOne(set, made, command, rules);
  return rules.join(' ');
}

/** The number of the category to name next, or -1. `taken` are the CATEGORY_* bits of the others. */
function bestCategory(rest: CommandSet, taken: number, adds: boolean): number {
  countByCategory(rest);
  const [same, different] = adds ? [inside, outside] : [outside, inside];
  let best = -1;
  for (let i = 0; i < CATEGORY_NAMES.length; i++) {
    if ((taken & (1 << i)) !== 0 || same[i] <= different[i]) continue;
    const isBetter =
      best < 0 ||
      different[i] < different[best] ||
      (different[i] === different[best] && same[i] > same[best]);
    if (isBetter) best = i;
  }
  return best;
}

function countByCategory(set: CommandSet): void {
  inside.fill(0);
  outside.fill(0);
  for (const command of set.catalog.original) {
    const counts = set.has(command) ? inside : outside;
    for (let left = command.categories; left !== 0; left &= left - 1)
      counts[31 - Math.clz32(left & -left)]++;
  }
}

function describeOne(set: CommandSet, made: CommandSet, command: Command, rules: string[]): void {
  const isAllowed = set.has(command);
  if (isAllowed !== made.has(command)) {
    rules.push(`${isAllowed ? '+' : '-'}${command.fullName}`);
    made.set(command, isAllowed);
  }
  if (isAllowed) return;
  for (const text of set.firstArgumentsOf(command)) rules.push(`+${command.fullName}|${text}`);
}
