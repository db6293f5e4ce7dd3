/** PFMERGE: unites HyperLogLogs. */
import { command } from '../../command/spec.ts';
import { NOTIFY_STRING } from '../../config/notify-classes.ts';
import { TYPE_STRING } from '../../values/entry.ts';
import { REGISTERS } from '../../values/hyperloglog-estimate.ts';
import type { CommandContext } from '../../command/context.ts';
import { CORRUPT_HYPERLOGLOG, opened, openEntry, storeOpened } from './opened.ts';

/** Whether any of the HyperLogLogs was dense; undefined: an error was replied. */
function collectRanks(context: CommandContext, ranks: Uint8Array): boolean | undefined {
  const { args } = context;
  let isDense = false;
  // The destination is a source too.
  for (let i = 1; i < args.count; i++) {
    const entry = context.readable(i, TYPE_STRING);
    if (entry === 0) continue;
    if (entry < 0 || !openEntry(context, entry)) return undefined;
    if (opened.isDense) isDense = true;
    if (!opened.raiseRanks(ranks)) {
      context.reply.error(CORRUPT_HYPERLOGLOG);
      return undefined;
    }
  }
  return isDense;
}

export const pfmerge = command({
  name: 'PFMERGE',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Unites HyperLogLogs in one.',
  complexity: 'O(N), N: keys, each with a large constant',
  arity: -2,
  flags: 'write denyoom',
  categories: 'hyperloglog',
  keys: 'RW access insert 1; RO access 2 to -1',
  arguments: 'destkey@0 sourcekey@1...',
  handler: (context) => {
    const { hllSparseMaxBytes } = context.config;
    const ranks = new Uint8Array(REGISTERS);
    const isDense = collectRanks(context, ranks);
    if (isDense === undefined) return;
    const entry = context.lookupWrite(1);
    if (entry === 0) opened.create();
    else if (!openEntry(context, entry)) return;
    if (isDense) opened.makeDense();
    // Only registers that rise are touched: the others would cost a walk through the codes each.
    const old = new Uint8Array(REGISTERS);
    opened.raiseRanks(old);
    for (let i = 0; i < REGISTERS; i++)
      if (ranks[i] > old[i]) opened.raise(i, ranks[i], hllSparseMaxBytes);
    opened.outdate();
    storeOpened(context, entry);
    context.modified(1, NOTIFY_STRING, 'pfadd');
    context.reply.ok();
  },
});
