/** CONFIG. */
import type { CommandContext } from '../../command/context.ts';
import { replyHelp } from '../../command/help.ts';
import { isLocal } from '../../command/local-session.ts';
import { command } from '../../command/spec.ts';
import { replyWhenDone } from '../../command/unexpected.ts';
import { SENSITIVE } from '../../config/directive.ts';
import { findDirective } from '../../config/directives.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';

export const configGet = command({
  container: 'CONFIG',
  name: 'GET',
  group: 'server',
  since: '2.0.0',
  summary: 'Reads the settings that match glob patterns.',
  complexity: 'O(N), N: patterns given',
  arity: -3,
  flags: 'admin noscript loading stale',
  arguments: '(parameter: parameter:string)...',
  history: ['7.0.0: Takes several patterns.'],
  handler: ({ args, config: settings, reply }) => {
    const patterns: string[] = [];
    for (let i = 2; i < args.count; i++) patterns.push(args.text(i));
    const found = settings.get(patterns);
    reply.map(found.length);
    for (const [name, value] of found) {
      reply.bulkText(name);
      reply.bulkText(value);
    }
  },
});

export const configSet = command({
  container: 'CONFIG',
  name: 'SET',
  group: 'server',
  since: '2.0.0',
  summary: 'Changes settings, all or none.',
  complexity: 'O(N), N: settings given',
  arity: -4,
  flags: 'admin noscript loading stale',
  arguments: '(parameter_value: parameter:string value:string)...',
  history: ['7.0.0: Takes several settings.'],
  tips: 'request_policy:all_nodes response_policy:all_succeeded',
  handler: (context) => {
    const { args, config: settings, reply, server, session } = context;
    if (args.count % 2 === 1) {
      reply.error(SYNTAX_ERROR);
      return;
    }
    const pairs: [name: string, value: string][] = [];
    for (let i = 2; i < args.count; i += 2) {
      pairs.push([args.text(i), args.text(i + 1)]);
      const directive = findDirective(args.text(i));
      if (directive !== undefined && (directive.flags & SENSITIVE) !== 0) args.redact(i + 1);
    }
    const takesTime = pairs.find(([name]) => settings.takesTime(name));
    if (takesTime !== undefined && server.nested.isNested) {
      reply.error(
        `ERR CONFIG SET failed (possibly related to argument '${takesTime[0]}') - ` +
          'can only be set outside of transactions and scripts',
      );
      return;
    }
    const options = { loading: server.persistence.isLoading, local: isLocal(session) };
    const outcome = settings.set(pairs, options);
    if (!(outcome instanceof Promise)) {
      replyOutcome(context, outcome);
      return;
    }
    replyWhenDone(context, outcome, (problem) => replyOutcome(context, problem));
  },
});

function replyOutcome({ reply }: CommandContext, problem: string | undefined): void {
  if (problem === undefined) reply.ok();
  else reply.error(problem);
}

export const configRewrite = command({
  container: 'CONFIG',
  name: 'REWRITE',
  group: 'server',
  since: '2.8.0',
  summary: 'Writes the current settings to the configuration file.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'admin noscript loading stale',
  handler: (context) => {
    const problem = context.server.configFile.rewrite();
    replyOutcome(context, problem === undefined ? undefined : `ERR ${problem}`);
  },
});

export const configResetstat = command({
  container: 'CONFIG',
  name: 'RESETSTAT',
  group: 'server',
  since: '2.0.0',
  summary: 'Sets the counters of INFO back to zero.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'admin noscript loading stale',
  handler: ({ keyspace, reply, server }) => {
    server.statistics.reset();
    server.table.resetStats();
    server.latencyDistributions.reset();
    server.hotKeys.reset();
    server.defragmentation.resetStatistics();
    server.expiry.resetStatistics();
    keyspace.resetStatistics();
    reply.ok();
  },
});

export const configHelp = command({
  container: 'CONFIG',
  name: 'HELP',
  group: 'server',
  since: '5.0.0',
  summary: 'Lists the subcommands of CONFIG and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  handler: ({ reply }) =>
    replyHelp(reply, 'CONFIG', [
      ['GET <pattern> [<pattern> ...]', 'Read the settings whose names match.'],
      ['RESETSTAT', 'Set the counters of INFO back to zero.'],
      ['REWRITE', 'Write the settings to the configuration file.'],
      ['SET <name> <value> [<name> <value> ...]', 'Change settings, all or none.'],
    ]),
});

export const config = command({
  name: 'CONFIG',
  group: 'server',
  since: '2.0.0',
  summary: 'Groups the commands about the settings of the server.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [configGet, configHelp, configResetstat, configRewrite, configSet],
});
