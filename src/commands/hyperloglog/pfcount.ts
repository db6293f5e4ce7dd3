/** PFCOUNT: the estimate for one HyperLogLog, which keeps it, or for the union of several. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { type Entry, TYPE_STRING } from '../../values/entry.ts';
import { REGISTERS } from '../../values/hyperloglog-estimate.ts';
import { estimateRanks, writeEstimate } from '../../values/hyperloglog.ts';
import { changedQuietly, CORRUPT_HYPERLOGLOG, opened, openEntry } from './opened.ts';

/** Estimates from here on, which only made-up strings give, are this number to clients. */
const BEYOND = 2 ** 63;
const BEYOND_REPLY = -(2n ** 63n);

function asInt64(value: number): bigint {
  return value < BEYOND ? BigInt(value) : BEYOND_REPLY;
}

function countOne(context: CommandContext, entry: Entry): void {
  const { reply } = context;
  if (!openEntry(context, entry)) return;
  context.values.strings.markRaw(entry);
  if (opened.isUpToDate) {
    reply.bigInteger(BigInt.asIntN(64, opened.lastEstimate));
    return;
  }
  const value = opened.estimate();
  if (value < 0) {
    reply.error(CORRUPT_HYPERLOGLOG);
    return;
  }
  // The string is changed, though the command only reads: those who keep copies must hear of it.
  context.lookupWrite(1);
  writeEstimate(opened.bytes, opened.start, asInt64(value));
  changedQuietly(context);
  reply.bigInteger(asInt64(value));
}

function countUnion(context: CommandContext): void {
  const { args, reply } = context;
  const ranks = new Uint8Array(REGISTERS);
  for (let i = 1; i < args.count; i++) {
    const entry = context.readable(i, TYPE_STRING);
    if (entry === 0) continue;
    if (entry < 0 || !openEntry(context, entry)) return;
    if (!opened.raiseRanks(ranks)) {
      reply.error(CORRUPT_HYPERLOGLOG);
      return;
    }
  }
  reply.bigInteger(asInt64(estimateRanks(ranks)));
}

export const pfcount = command({
  name: 'PFCOUNT',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Estimates how many distinct elements HyperLogLogs have observed.',
  complexity: 'O(1) for one key, O(N) for N keys, each with a large constant',
  arity: -2,
  flags: 'readonly may_replicate',
  categories: 'hyperloglog',
  keys:
    'RW access 1 to -1 (RW, as the cached estimate inside the value may be refreshed and ' +
    'replicated)',
  arguments: 'key@0...',
  handler: (context) => {
    if (context.args.count > 2) {
      countUnion(context);
      return;
    }
    const entry = context.readable(1, TYPE_STRING);
    if (entry === 0) context.reply.integer(0);
    else if (entry > 0) countOne(context, entry);
  },
});
