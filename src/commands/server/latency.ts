/** LATENCY. */
import type { CommandContext } from '../../command/context.ts';
import { replyHelp } from '../../command/help.ts';
import type { LatencyDistribution } from '../../command/ports.ts';
import { type Command, command } from '../../command/spec.ts';
import { diagnosis } from './latency-diagnosis.ts';
import { latencyGraph as drawGraph } from './latency-graph.ts';

export const latencyLatest = command({
  container: 'LATENCY',
  name: 'LATEST',
  group: 'server',
  since: '2.8.13',
  summary: 'Tells the newest and the worst latency sample of each event.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'admin noscript loading stale',
  tips: 'nondeterministic_output request_policy:all_nodes response_policy:special',
  handler: ({ reply, server }) => {
    const all = server.latencyEvents.all();
    reply.array(all.length);
    for (const { event, samples, worst } of all) {
      const last = samples.at(-1)!;
      reply.array(4);
      reply.bulkText(event);
      reply.integer(last.time);
      reply.integer(last.milliseconds);
      reply.integer(worst);
    }
  },
});

export const latencyHistory = command({
  container: 'LATENCY',
  name: 'HISTORY',
  group: 'server',
  since: '2.8.13',
  summary: 'Lists the latency samples of an event.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'admin noscript loading stale',
  arguments: 'event:string',
  tips: 'nondeterministic_output request_policy:all_nodes response_policy:special',
  handler: ({ args, reply, server }) => {
    const samples = server.latencyEvents.get(args.text(2))?.samples ?? [];
    reply.array(samples.length);
    for (const { milliseconds, time } of samples) {
      reply.array(2);
      reply.integer(time);
      reply.integer(milliseconds);
    }
  },
});

export const latencyReset = command({
  container: 'LATENCY',
  name: 'RESET',
  group: 'server',
  since: '2.8.13',
  summary: 'Forgets the latency samples of events.',
  complexity: 'O(1)',
  arity: -2,
  flags: 'admin noscript loading stale',
  arguments: '[event:string...]',
  tips: 'request_policy:all_nodes response_policy:all_succeeded',
  handler: ({ args, reply, server }) => {
    let count = args.count === 2 ? server.latencyEvents.reset() : 0;
    for (let i = 2; i < args.count; i++) count += server.latencyEvents.reset(args.text(i));
    reply.integer(count);
  },
});

export const latencyGraph = command({
  container: 'LATENCY',
  name: 'GRAPH',
  group: 'server',
  since: '2.8.13',
  summary: 'Draws the latency samples of an event with characters.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'admin noscript loading stale',
  arguments: 'event:string',
  tips: 'nondeterministic_output request_policy:all_nodes response_policy:special',
  handler: ({ args, keyspace, reply, server }) => {
    const event = args.text(2);
    const series = server.latencyEvents.get(event);
    if (series === undefined) reply.error(`ERR No samples available for event '${event}'`);
    else reply.verbatim('txt', drawGraph(series, Math.floor(keyspace.now / 1000)));
  },
});

export const latencyDoctor = command({
  container: 'LATENCY',
  name: 'DOCTOR',
  group: 'server',
  since: '2.8.13',
  summary: 'Explains in plain words what the latency monitor has seen.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'admin noscript loading stale',
  tips: 'nondeterministic_output request_policy:all_nodes response_policy:special',
  handler: ({ config, reply, server }) => {
    reply.verbatim('txt', diagnosis(server.latencyEvents.all(), config.latencyMonitorThreshold));
  },
});

/** The commands whose distributions are asked for: subcommands stand for their container. */
function asked({ args, server }: CommandContext): readonly Command[] {
  if (args.count === 2) return server.table.all();
  const commands: Command[] = [];
  for (let i = 2; i < args.count; i++) {
    const found = server.table.lookupPath(args.bytes, args.start(i), args.end(i));
    if (found !== undefined) commands.push(found, ...found.subcommands);
  }
  return commands;
}

export const latencyHistogram = command({
  container: 'LATENCY',
  name: 'HISTOGRAM',
  group: 'server',
  since: '7.0.0',
  summary: 'Tells how the run times of commands are distributed.',
  complexity: 'O(N), N: commands with samples',
  arity: -2,
  flags: 'admin noscript loading stale',
  arguments: '[command:string...]',
  tips: 'nondeterministic_output request_policy:all_nodes response_policy:special',
  handler: (context) => {
    const { reply, server } = context;
    const found: [name: string, distribution: LatencyDistribution][] = [];
    for (const one of asked(context)) {
      const distribution = server.latencyDistributions.of(one.id);
      if (distribution !== undefined) found.push([one.fullName, distribution]);
    }
    reply.map(found.length);
    for (const [name, { calls, cumulative }] of found) {
      reply.bulkText(name);
      reply.map(2);
      reply.bulkText('calls');
      reply.integer(calls);
      reply.bulkText('histogram_usec');
      reply.map(cumulative.length);
      for (const [microseconds, count] of cumulative) {
        reply.integer(microseconds);
        reply.integer(count);
      }
    }
  },
});

export const latencyHelp = command({
  container: 'LATENCY',
  name: 'HELP',
  group: 'server',
  since: '2.8.13',
  summary: 'Lists the subcommands of LATENCY and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  handler: ({ reply }) =>
    replyHelp(reply, 'LATENCY', [
      ['DOCTOR', 'Explain what the monitor has seen.'],
      ['GRAPH <event>', 'Draw the samples of an event.'],
      ['HISTOGRAM [<command> ...]', 'Tell how the run times of commands are distributed.'],
      ['HISTORY <event>', 'List the samples of an event.'],
      ['LATEST', 'Tell the newest and the worst sample of each event.'],
      ['RESET [<event> ...]', 'Forget the samples of events, by default of all.'],
    ]),
});

export const latency = command({
  name: 'LATENCY',
  group: 'server',
  since: '2.8.13',
  summary: 'Groups the commands of the latency monitor.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [
    latencyDoctor,
    latencyGraph,
    latencyHelp,
    latencyHistogram,
    latencyHistory,
    latencyLatest,
    latencyReset,
  ],
});
