/** MEMORY. */
import { replyHelp } from '../../command/help.ts';
import type { MemoryReport } from '../../command/ports.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';

/** A key's place in its table: hash and reference, and the room a page keeps free. */
const SLOT_BYTES = 10;

export const memoryUsage = command({
  container: 'MEMORY',
  name: 'USAGE',
  group: 'server',
  since: '4.0.0',
  summary: 'Estimates the memory a key takes.',
  complexity: 'O(N), N: elements sampled',
  arity: -3,
  flags: 'readonly',
  keys: 'RO 2',
  arguments: 'key@0 [SAMPLES count:integer]',
  handler: (context) => {
    const { args, keyspace, reply, values } = context;
    for (let at = 3; at < args.count; at += 2) {
      if (!args.is(at, 'samples') || at + 1 >= args.count) args.fail(SYNTAX_ERROR);
      // The heap knows the size of everything, so nothing has to be sampled.
      else if (args.integer(at + 1) < 0) args.fail(SYNTAX_ERROR);
    }
    if (context.refused()) return;
    const { bytes } = args;
    const entry = context.database.find(bytes, args.start(2), args.end(2), args.hash(2));
    if (entry === 0) reply.null();
    else reply.integer(keyspace.heap.usableSize(entry) + values.bytesUsed(entry) + SLOT_BYTES);
  },
});

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part * 100) / whole;
}

function quotient(dividend: number, divisor: number): number {
  return divisor === 0 ? 0 : dividend / divisor;
}

/** Name and value; a value with a point is told as a double. */
function statistics(report: MemoryReport): [name: string, value: number, isRatio: boolean][] {
  const { allocated, dataset, keys, overhead, peak, reserved, resident, startup, used } = report;
  const whole = (name: string, value: number): [string, number, boolean] => [name, value, false];
  const ratio = (name: string, value: number): [string, number, boolean] => [name, value, true];
  return [
    whole('overhead.total', overhead),
    whole('keys.count', keys),
    whole('keys.bytes-per-key', keys === 0 ? 0 : Math.floor((used - startup) / keys)),
    whole('dataset.bytes', dataset),
    ratio('dataset.percentage', percent(dataset, used - startup)),
    ratio('peak.percentage', percent(used, peak)),
    whole('allocator.allocated', allocated),
    whole('allocator.active', reserved),
    whole('allocator.resident', reserved),
    ratio('allocator-fragmentation.ratio', quotient(reserved, allocated)),
    whole('allocator-fragmentation.bytes', reserved - allocated),
    ratio('allocator-rss.ratio', 1),
    whole('allocator-rss.bytes', 0),
    ratio('rss-overhead.ratio', quotient(resident, reserved)),
    whole('rss-overhead.bytes', resident - reserved),
    ratio('fragmentation', quotient(resident, used)),
    whole('fragmentation.bytes', resident - used),
  ];
}

export const memoryStats = command({
  container: 'MEMORY',
  name: 'STATS',
  group: 'server',
  since: '4.0.0',
  summary: 'Breaks the memory use down by purpose.',
  complexity: 'O(1)',
  arity: 2,
  tips: 'nondeterministic_output request_policy:all_shards response_policy:special',
  handler: ({ reply, server }) => {
    const report = server.memory.report();
    const sizes: [name: string, bytes: number][] = [
      ['peak.allocated', report.peak],
      ['total.allocated', report.used],
      ['startup.allocated', report.startup],
      ['replication.backlog', report.replicationBacklog],
      ['clients.slaves', report.replicaClients],
      ['clients.normal', report.normalClients],
      ['cluster.links', report.clusterLinks],
      ['aof.buffer', report.appendOnlyBuffer],
      ['lua.caches', report.scripts],
      ['functions.caches', report.functions],
    ];
    const rest = statistics(report);
    reply.map(sizes.length + report.databases.length + rest.length);
    for (const [name, bytes] of sizes) {
      reply.bulkText(name);
      reply.integer(bytes);
    }
    for (const { expiryTable, index, keyTable } of report.databases) {
      reply.bulkText(`db.${index}`);
      reply.map(3);
      reply.bulkText('overhead.hashtable.main');
      reply.integer(keyTable);
      reply.bulkText('overhead.hashtable.expires');
      reply.integer(expiryTable);
      reply.bulkText('overhead.hashtable.slot-to-keys');
      reply.integer(0);
    }
    for (const [name, value, isRatio] of rest) {
      reply.bulkText(name);
      if (isRatio) reply.double(value);
      else reply.integer(value);
    }
  },
});

/** Below this there is too little data to judge. */
const LITTLE_BYTES = 5 * 1024 * 1024;

function findings(report: MemoryReport): string[] {
  const { allocated, normalClients, peak, replicaClients, reserved, used } = report;
  const found: string[] = [];
  if (peak > used * 1.5)
    found.push(
      'Peak: there was much more data once than there is now. Memory that is not used any more is ' +
        'given back in whole segments of 16 MB, so some of it may stay for a while.',
    );
  if (reserved > allocated * 1.4)
    found.push(
      'Fragmentation: the data heap holds much more than the data needs. MEMORY PURGE gives back ' +
        'what is empty.',
    );
  if (normalClients > used / 2)
    found.push('Clients: their buffers take more than half as much as the data. See CLIENT LIST.');
  if (replicaClients > used / 2)
    found.push('Replicas: their buffers take more than half as much as the data.');
  return found;
}

export const memoryDoctor = command({
  container: 'MEMORY',
  name: 'DOCTOR',
  group: 'server',
  since: '4.0.0',
  summary: 'Explains in plain words what is odd about the memory use.',
  complexity: 'O(1)',
  arity: 2,
  tips: 'nondeterministic_output request_policy:all_shards response_policy:special',
  handler: ({ reply, server }) => {
    const report = server.memory.report();
    const found = report.used < LITTLE_BYTES ? [] : findings(report);
    const verdict =
      report.used < LITTLE_BYTES
        ? 'There is too little data here to find anything odd about its memory.'
        : found.length === 0
          ? 'Nothing about the memory use looks odd.'
          : `What looks odd about the memory use:\n\n${found.map((one) => ` * ${one}`).join('\n')}`;
    reply.verbatim('txt', `${verdict}\n`);
  },
});

export const memoryMallocStats = command({
  container: 'MEMORY',
  name: 'MALLOC-STATS',
  group: 'server',
  since: '4.0.0',
  summary: 'Shows what the allocator knows about itself.',
  complexity: 'Depends on how much memory is in use; may be slow',
  arity: 2,
  tips: 'nondeterministic_output request_policy:all_shards response_policy:special',
  handler: ({ reply, server }) => {
    const { allocated, blocks, peak, reserved, resident, scriptHeap, used } =
      server.memory.report();
    const lines = [
      `accounted for: ${used} bytes, at most ${peak} bytes so far`,
      `data heap: ${allocated} bytes in ${blocks} blocks`,
      `data heap: ${reserved} bytes taken from the system, ${reserved - allocated} not in use`,
      `JavaScript heap: ${scriptHeap} bytes`,
      `process: ${resident} bytes resident`,
    ];
    reply.verbatim('txt', `${lines.join('\n')}\n`);
  },
});

export const memoryPurge = command({
  container: 'MEMORY',
  name: 'PURGE',
  group: 'server',
  since: '4.0.0',
  summary: 'Asks the allocator to give unused memory back.',
  complexity: 'Depends on how much memory is in use; may be slow',
  arity: 2,
  tips: 'request_policy:all_shards response_policy:all_succeeded',
  handler: ({ reply, server }) => {
    server.memory.purge();
    reply.ok();
  },
});

export const memoryHelp = command({
  container: 'MEMORY',
  name: 'HELP',
  group: 'server',
  since: '4.0.0',
  summary: 'Lists the subcommands of MEMORY and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  handler: ({ reply }) =>
    replyHelp(reply, 'MEMORY', [
      ['DOCTOR', 'Explain what is odd about the memory use.'],
      ['MALLOC-STATS', 'Show what the allocator knows about itself.'],
      ['PURGE', 'Give unused memory back to the system.'],
      ['STATS', 'Break the memory use down.'],
      ['USAGE <key> [SAMPLES <count>]', 'Tell the memory a key takes, with its value.'],
    ]),
});

export const memory = command({
  name: 'MEMORY',
  group: 'server',
  since: '4.0.0',
  summary: 'Groups the commands about memory.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [memoryDoctor, memoryHelp, memoryMallocStats, memoryPurge, memoryStats, memoryUsage],
});
