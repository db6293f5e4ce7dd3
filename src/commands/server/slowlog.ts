/** SLOWLOG. */
import { replyHelp } from '../../command/help.ts';
import { command } from '../../command/spec.ts';
import { unknownSubcommandOrArity } from '../../resp/errors.ts';

const DEFAULT_COUNT = 10;

export const slowlogGet = command({
  container: 'SLOWLOG',
  name: 'GET',
  group: 'server',
  since: '2.2.12',
  summary: 'Shows the newest entries of the slow log.',
  complexity: 'O(N), N: entries shown',
  arity: -2,
  flags: 'admin loading stale',
  arguments: '[count:integer]',
  history: ['4.0.0: Entries tell the address and the name of the client.'],
  tips: 'request_policy:all_nodes nondeterministic_output',
  handler: (context) => {
    const { args, reply, server } = context;
    if (args.count > 3) {
      reply.error(unknownSubcommandOrArity('SLOWLOG', args.bytes, args.start(1), args.end(1)));
      return;
    }
    const outOfRange = 'ERR count should be greater than or equal to -1';
    const asked = args.count > 2 ? args.integer(2, outOfRange) : DEFAULT_COUNT;
    if (asked < -1) args.fail(outOfRange);
    if (context.refused()) return;
    const log = server.slowRequests;
    const entries = log.latest(asked === -1 ? log.length : asked);
    reply.array(entries.length);
    for (const entry of entries) {
      reply.array(6);
      reply.integer(entry.id);
      reply.integer(entry.time);
      reply.integer(entry.microseconds);
      reply.array(entry.args.length);
      for (const bytes of entry.args) reply.bulk(bytes, 0, bytes.length);
      reply.bulkText(entry.address);
      reply.bulkText(entry.clientName);
    }
  },
});

export const slowlogLen = command({
  container: 'SLOWLOG',
  name: 'LEN',
  group: 'server',
  since: '2.2.12',
  summary: 'Counts the entries of the slow log.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'admin loading stale',
  tips: 'request_policy:all_nodes response_policy:agg_sum nondeterministic_output',
  handler: ({ reply, server }) => reply.integer(server.slowRequests.length),
});

export const slowlogReset = command({
  container: 'SLOWLOG',
  name: 'RESET',
  group: 'server',
  since: '2.2.12',
  summary: 'Empties the slow log.',
  complexity: 'O(N), N: entries',
  arity: 2,
  flags: 'admin loading stale',
  tips: 'request_policy:all_nodes response_policy:all_succeeded',
  handler: ({ reply, server }) => {
    server.slowRequests.reset();
    reply.ok();
  },
});

export const slowlogHelp = command({
  container: 'SLOWLOG',
  name: 'HELP',
  group: 'server',
  since: '6.2.0',
  summary: 'Lists the subcommands of SLOWLOG and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  handler: ({ reply }) =>
    replyHelp(reply, 'SLOWLOG', [
      [
        'GET [<count>]',
        `Show the newest entries (default: ${DEFAULT_COUNT}, -1: all): id, time, microseconds,`,
        'arguments, address and name of the client.',
      ],
      ['LEN', 'Count the entries.'],
      ['RESET', 'Empty the log.'],
    ]),
});

export const slowlog = command({
  name: 'SLOWLOG',
  group: 'server',
  since: '2.2.12',
  summary: 'Groups the commands of the slow log.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [slowlogGet, slowlogHelp, slowlogLen, slowlogReset],
});
