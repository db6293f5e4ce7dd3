import type { Command } from '../command/spec.ts';

/** Commands that MULTI does not queue. */
const AT_ONCE: ReadonlySet<string> = new Set([
  'exec',
  'discard',
  'multi',
  'watch',
  'quit',
  'reset',
]);

/** Whether a command runs at once between MULTI and EXEC. */
export function runsAtOnce(command: Command): boolean {
  return AT_ONCE.has(command.fullName);
}
