import type { ReplyWriter } from '../resp/reply-writer.ts';

/** One entry of a HELP reply: how a subcommand is called, and what it does. */
export type HelpEntry = readonly [usage: string, ...description: string[]];

/** Replies to `CONTAINER HELP`: the entries in the layout clients print, HELP itself last. */
export function replyHelp(
  reply: ReplyWriter,
  container: string,
  entries: readonly HelpEntry[],
): void {
  const lines = [`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const [usage, ...description] of [...entries, ['HELP', 'Prints this help.'] as const]) {
    lines.push(usage);
    for (const line of description) lines.push(`    ${line}`);
  }
  reply.array(lines.length);
  for (const line of lines) reply.simple(line);
}
