/** SCRIPT: the cache of scripts, and the script that runs. */
import { replyHelp } from '../../command/help.ts';
import { command } from '../../command/spec.ts';

export const scriptDebug = command({
  container: 'SCRIPT',
  name: 'DEBUG',
  group: 'scripting',
  since: '3.2.0',
  summary: 'Chooses how this connection debugs the scripts it runs.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'noscript',
  categories: 'scripting',
  arguments: '(mode: YES | SYNC | NO)',
  handler: ({ args, reply }) => {
    // There is no debugger: a session that asks for one runs its scripts as ever.
    if (args.is(2, 'yes') || args.is(2, 'sync') || args.is(2, 'no')) reply.ok();
    else reply.error('ERR Use SCRIPT DEBUG YES/SYNC/NO');
  },
});

export const scriptExists = command({
  container: 'SCRIPT',
  name: 'EXISTS',
  group: 'scripting',
  since: '2.6.0',
  summary: 'Tells which scripts the server has, by their SHA1.',
  complexity: 'O(N), N: scripts named',
  arity: -3,
  flags: 'noscript',
  categories: 'scripting',
  arguments: 'sha1:string...',
  tips: 'request_policy:all_shards response_policy:agg_logical_and',
  handler: ({ args, reply, server }) => {
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++)
      reply.integer(server.scripting.scripts.has(args.text(i).toLowerCase()) ? 1 : 0);
  },
});

export const scriptFlush = command({
  container: 'SCRIPT',
  name: 'FLUSH',
  group: 'scripting',
  since: '2.6.0',
  summary: 'Forgets all scripts.',
  complexity: 'O(N), N: scripts in the cache',
  arity: -2,
  flags: 'noscript',
  categories: 'scripting',
  arguments: '[async: ASYNC | SYNC] since 6.2.0',
  history: ['6.2.0: `ASYNC` and `SYNC` choose when memory is freed.'],
  tips: 'request_policy:all_nodes response_policy:all_succeeded',
  handler: ({ args, reply, server }) => {
    const isMode = args.count === 3 && (args.is(2, 'async') || args.is(2, 'sync'));
    if (args.count === 2 || isMode) {
      server.scripting.scripts.flush();
      reply.ok();
    } else reply.error('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
  },
});

export const scriptHelp = command({
  container: 'SCRIPT',
  name: 'HELP',
  group: 'scripting',
  since: '5.0.0',
  summary: 'Lists the subcommands of SCRIPT and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  categories: 'scripting',
  handler: ({ reply }) =>
    replyHelp(reply, 'SCRIPT', [
      ['DEBUG (YES|SYNC|NO)', 'Set the debug mode for subsequent scripts executed.'],
      [
        'EXISTS <sha1> [<sha1> ...]',
        'Return information about the existence of the scripts in the script cache.',
      ],
      [
        'FLUSH [ASYNC|SYNC]',
        'Flush the Lua scripts cache. Very dangerous on replicas.',
        'When called without the optional mode argument, the behavior is determined by the',
        'lazyfree-lazy-user-flush configuration directive. Valid modes are:',
        '* ASYNC: Asynchronously flush the scripts cache.',
        '* SYNC: Synchronously flush the scripts cache.',
      ],
      ['KILL', 'Kill the currently executing Lua script.'],
      ['LOAD <script>', 'Load a script into the scripts cache without executing it.'],
    ]),
});

export const scriptKill = command({
  container: 'SCRIPT',
  name: 'KILL',
  group: 'scripting',
  since: '2.6.0',
  summary: 'Stops the script that is running, unless it has written.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'noscript allow_busy',
  categories: 'scripting',
  tips: 'request_policy:all_shards response_policy:one_succeeded',
  handler: ({ reply, server }) => {
    const problem = server.scripting.kill('eval');
    if (problem === undefined) reply.ok();
    else reply.error(problem);
  },
});

export const scriptLoad = command({
  container: 'SCRIPT',
  name: 'LOAD',
  group: 'scripting',
  since: '2.6.0',
  summary: 'Keeps a script for EVALSHA without running it.',
  complexity: 'O(N), N: bytes of the script',
  arity: 3,
  flags: 'noscript stale',
  categories: 'scripting',
  arguments: 'script:string',
  tips: 'request_policy:all_nodes response_policy:all_succeeded',
  handler: ({ args, reply, server }) => {
    const loaded = server.scripting.scripts.load(args.text(2));
    if ('error' in loaded) reply.error(loaded.error);
    else reply.bulkText(loaded.sha);
  },
});

export const script = command({
  name: 'SCRIPT',
  group: 'scripting',
  since: '2.6.0',
  summary: 'Groups the commands that manage Lua scripts.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [scriptDebug, scriptExists, scriptFlush, scriptHelp, scriptKill, scriptLoad],
});
