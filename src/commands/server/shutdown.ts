/** SHUTDOWN and MONITOR. */
import { SESSION_MONITOR, SESSION_REPLICA } from '../../command/session.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';

export const shutdown = command({
  name: 'SHUTDOWN',
  group: 'server',
  since: '1.0.0',
  summary: 'Saves if configured and ends the server.',
  complexity: 'O(N) when it saves, N: keys in all databases; O(1) otherwise',
  arity: -1,
  flags: 'admin noscript loading stale no_multi allow_busy sentinel',
  arguments:
    '[nosave_save: NOSAVE | SAVE] [NOW since 7.0.0] [FORCE since 7.0.0] [ABORT since ' + '7.0.0]',
  history: ['7.0.0: `NOW` and `FORCE` skip waiting and errors, `ABORT` calls it off.'],
  handler: ({ args, reply, server }) => {
    const given = { save: false, nosave: false, now: false, force: false, abort: false };
    for (let i = 1; i < args.count; i++) {
      const word = args.text(i).toLowerCase();
      if (!(word in given)) args.fail(SYNTAX_ERROR);
      else given[word as keyof typeof given] = true;
    }
    const { abort, force, nosave, now, save } = given;
    if ((save && nosave) || (abort && args.count > 2)) args.fail(SYNTAX_ERROR);
    if (args.failure !== undefined) {
      reply.error(args.failure);
    } else if (abort) {
      if (server.lifecycle.abortShutdown()) reply.ok();
      else reply.error('ERR No shutdown in progress.');
    } else {
      const wish = save ? true : nosave ? false : undefined;
      const problem = server.lifecycle.shutdown({ save: wish, now, force });
      // No reply when it works: the connection ends with the server.
      if (problem !== undefined) reply.error(problem);
    }
  },
});

export const monitor = command({
  name: 'MONITOR',
  group: 'server',
  since: '1.0.0',
  summary: 'Streams every command the server receives to this connection.',
  arity: 1,
  flags: 'admin noscript loading stale',
  handler: ({ reply, server, session }) => {
    if (server.nested.isNested) {
      reply.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
      return;
    }
    if (session.has(SESSION_MONITOR | SESSION_REPLICA)) return;
    server.monitors.add(session);
    reply.ok();
  },
});
