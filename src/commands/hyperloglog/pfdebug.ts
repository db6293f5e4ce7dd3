/** PFDEBUG and PFSELFTEST: the insides of HyperLogLogs, for tests. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { type Entry, TYPE_STRING } from '../../values/entry.ts';
import { REGISTERS } from '../../values/hyperloglog-estimate.ts';
import { testHyperLogLog } from '../../values/hyperloglog-selftest.ts';
import { forEachRun } from '../../values/hyperloglog-sparse.ts';
import { HEADER_BYTES } from '../../values/hyperloglog.ts';
import { CORRUPT_HYPERLOGLOG, opened, openEntry } from './opened.ts';

const NO_SUCH_KEY = 'ERR The specified key does not exist';
const NOT_SPARSE = 'ERR HLL encoding is not sparse';

/** Turns a sparse string into a dense one; false, and the error replied, when it is corrupt. */
function convert(context: CommandContext, entry: Entry): boolean {
  if (!opened.makeDense()) {
    context.reply.error(CORRUPT_HYPERLOGLOG);
    return false;
  }
  const { args, database, values } = context;
  const { bytes, start, end } = opened;
  const placed = values.strings.resize(entry, end - start);
  database.moved(entry, placed, args.hash(2));
  values.strings.write(placed, 0, bytes, start, end);
  // A change for those who repeat commands; it is none to those who wait for keys.
  context.keyspace.dirty++;
  return true;
}

function replyConverted(context: CommandContext, entry: Entry): void {
  const isDense = opened.isDense;
  if (isDense || convert(context, entry)) context.reply.integer(isDense ? 0 : 1);
}

function replyRegisters(context: CommandContext, entry: Entry): void {
  const { reply } = context;
  if (!opened.isDense && !convert(context, entry)) return;
  const ranks = new Uint8Array(REGISTERS);
  opened.raiseRanks(ranks);
  reply.array(REGISTERS);
  for (let i = 0; i < REGISTERS; i++) reply.integer(ranks[i]);
}

/** `z:` and `Z:` are runs of zeros in one byte and in two, `v:` is a rank and its run. */
function replyRuns(context: CommandContext): void {
  if (opened.isDense) {
    context.reply.error(NOT_SPARSE);
    return;
  }
  const words: string[] = [];
  forEachRun(opened.bytes, opened.start + HEADER_BYTES, opened.end, (rank, length, isLong) => {
    words.push(rank > 0 ? `v:${rank},${length}` : `${isLong ? 'Z' : 'z'}:${length}`);
  });
  context.reply.bulkText(words.join(' '));
}

export const pfdebug = command({
  name: 'PFDEBUG',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Shows the insides of a HyperLogLog; for tests of the server.',
  complexity: 'Depends on what is asked.',
  arity: 3,
  flags: 'write denyoom admin',
  categories: 'hyperloglog',
  keys: 'RW access 2',
  arguments: 'subcommand:string key@0',
  systemCommand: true,
  handler: (context) => {
    const { args, reply } = context;
    const entry = context.writable(2, TYPE_STRING);
    if (entry < 0) return;
    if (entry === 0) {
      reply.error(NO_SUCH_KEY);
      return;
    }
    if (!openEntry(context, entry)) return;
    context.values.strings.markRaw(entry);
    if (args.is(1, 'getreg')) replyRegisters(context, entry);
    else if (args.is(1, 'decode')) replyRuns(context);
    else if (args.is(1, 'encoding')) reply.simple(opened.isDense ? 'dense' : 'sparse');
    else if (args.is(1, 'todense')) replyConverted(context, entry);
    else reply.error(`ERR Unknown PFDEBUG subcommand '${args.text(1)}'`);
  },
});

export const pfselftest = command({
  name: 'PFSELFTEST',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Tests the HyperLogLog code of the server.',
  complexity: 'Depends on the test.',
  arity: 1,
  flags: 'admin',
  categories: 'hyperloglog',
  systemCommand: true,
  handler: (context) => {
    const problem = testHyperLogLog(context.server.random);
    if (problem === undefined) context.reply.ok();
    else context.reply.error(`TESTFAILED ${problem}`);
  },
});
