/**
 * Transactions: MULTI queues a client's commands, EXEC runs them as one unit, DISCARD drops them,
 * and WATCH makes EXEC depend on keys being as they were.
 *
 * The executor queues (execution/executor.ts), and notes a refused command, which makes EXEC abort.
 * The effects of everything EXEC runs are committed together, when it ends.
 */
import type { CommandContext } from '../../command/context.ts';
import type { QueuedCommand } from '../../command/queued-command.ts';
import {
  SESSION_MULTI,
  SESSION_MULTI_FAILED,
  SESSION_WATCH_BROKEN,
} from '../../command/session.ts';
import { command } from '../../command/spec.ts';
import { endTransaction } from '../../command/transaction.ts';
import {
  DISCARD_WITHOUT_MULTI,
  EXEC_ABORT,
  EXEC_WITHOUT_MULTI,
  NESTED_MULTI,
  WATCH_INSIDE_MULTI,
} from '../../resp/errors.ts';

export const multi = command({
  name: 'MULTI',
  group: 'transactions',
  since: '1.2.0',
  summary: 'Begins to queue commands for a transaction.',
  complexity: 'O(1)',
  arity: 1,
  flags: 'noscript loading stale fast allow_busy',
  categories: 'transaction',
  handler: ({ reply, session }) => {
    if (session.has(SESSION_MULTI)) {
      reply.error(NESTED_MULTI);
      return;
    }
    session.set(SESSION_MULTI);
    reply.ok();
  },
});

export const discard = command({
  name: 'DISCARD',
  group: 'transactions',
  since: '2.0.0',
  summary: 'Drops the queued commands and ends the transaction.',
  complexity: 'O(N), N: queued commands',
  arity: 1,
  flags: 'noscript loading stale fast allow_busy',
  categories: 'transaction',
  handler: (context) => {
    const { reply, session } = context;
    if (!session.has(SESSION_MULTI)) {
      reply.error(DISCARD_WITHOUT_MULTI);
      return;
    }
    endTransaction(session, context.server.watches);
    reply.ok();
  },
});

/** Replies why the transaction cannot run; false when it can. */
function aborts({ reply, session, server }: CommandContext): boolean {
  if (session.has(SESSION_MULTI_FAILED)) reply.error(EXEC_ABORT);
  else if (session.has(SESSION_WATCH_BROKEN) || server.watches.hasExpired(session))
    reply.nullArray();
  else return false;
  return true;
}

/**
 * Runs queued commands from `index` on; the reply of EXEC begins at `mark`. A script that takes long
 * goes on between turns of the event loop, and the rest of the queue follows when it has ended.
 */
function runQueued(
  context: CommandContext,
  queued: readonly QueuedCommand[],
  index: number,
  mark: number,
): void {
  const { server } = context;
  for (let i = index; i < queued.length; i++) {
    server.nested.run(queued[i]);
    if (!server.scripting.isSuspended) continue;
    server.scripting.whenResumed(mark, (from) => runQueued(context, queued, i + 1, from));
    return;
  }
}

export const exec = command({
  name: 'EXEC',
  group: 'transactions',
  since: '1.2.0',
  summary: 'Runs the queued commands as one.',
  complexity: 'Depends on the queued commands.',
  arity: 1,
  flags: 'noscript loading stale skip_slowlog',
  categories: 'transaction',
  handler: (context) => {
    const { reply, session } = context;
    if (!session.has(SESSION_MULTI)) {
      reply.error(EXEC_WITHOUT_MULTI);
      return;
    }
    const aborted = aborts(context);
    const { queued } = session;
    endTransaction(session, context.server.watches);
    if (!aborted) {
      const mark = reply.length;
      reply.array(queued.length);
      runQueued(context, queued, 0, mark);
    }
    // What was run has stated its effects itself.
    context.propagateNothing();
  },
});

export const watch = command({
  name: 'WATCH',
  group: 'transactions',
  since: '2.2.0',
  summary: 'Makes EXEC fail if one of these keys changes before it.',
  complexity: 'O(1) a key',
  arity: -2,
  flags: 'noscript loading stale fast allow_busy',
  categories: 'transaction',
  keys: 'RO 1 to -1',
  arguments: 'key@0...',
  handler: (context) => {
    const { args, reply, session, server } = context;
    if (session.has(SESSION_MULTI)) {
      reply.error(WATCH_INSIDE_MULTI);
      return;
    }
    // Once a watched key has changed, EXEC will fail whatever else is watched.
    if (!session.has(SESSION_WATCH_BROKEN))
      for (let i = 1; i < args.count; i++)
        server.watches.watch(session, args.bytes, args.start(i), args.end(i), args.hash(i));
    reply.ok();
  },
});

export const unwatch = command({
  name: 'UNWATCH',
  group: 'transactions',
  since: '2.2.0',
  summary: 'Forgets all watched keys.',
  complexity: 'O(1)',
  arity: 1,
  flags: 'noscript loading stale fast allow_busy',
  categories: 'transaction',
  handler: ({ reply, session, server }) => {
    server.watches.unwatchAll(session);
    session.clear(SESSION_WATCH_BROKEN);
    reply.ok();
  },
});
