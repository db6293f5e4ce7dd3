/** Snapshots and the append-only file on demand: SAVE, BGSAVE, BGREWRITEAOF. */
import { command } from '../../command/spec.ts';
import { SAVE_IN_PROGRESS, SYNTAX_ERROR } from '../../resp/errors.ts';

const BUSY =
  "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order " +
  'to schedule a BGSAVE whenever possible.';
const REWRITING = 'ERR Background append only file rewriting already in progress';
const REWRITE_FAILED =
  "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.";

export const save = command({
  name: 'SAVE',
  group: 'server',
  since: '1.0.0',
  summary: 'Writes a snapshot while all clients wait.',
  complexity: 'O(N), N: keys in all databases',
  arity: 1,
  flags: 'admin noscript no_async_loading no_multi',
  handler: ({ reply, server }) => {
    const outcome = server.files.save();
    if (outcome === 'done') reply.ok();
    else reply.error(outcome === 'saving' ? SAVE_IN_PROGRESS : 'ERR');
  },
});

export const bgsave = command({
  name: 'BGSAVE',
  group: 'server',
  since: '1.0.0',
  summary: 'Begins a snapshot in the background.',
  complexity: 'O(1)',
  arity: -1,
  flags: 'admin noscript no_async_loading',
  arguments: '[SCHEDULE since 3.2.2]',
  history: ['3.2.2: `SCHEDULE` waits for a rewrite of the append-only file to end.'],
  handler: ({ args, reply, server }) => {
    const isScheduled = args.count === 2 && args.is(1, 'schedule');
    if (args.count > 1 && !isScheduled) {
      reply.error(SYNTAX_ERROR);
      return;
    }
    switch (server.files.startSave(isScheduled)) {
      case 'started':
        reply.simple('Background saving started');
        break;
      case 'scheduled':
        reply.simple('Background saving scheduled');
        break;
      case 'saving':
        reply.error(SAVE_IN_PROGRESS);
        break;
      default:
        reply.error(BUSY);
    }
  },
});

export const bgrewriteaof = command({
  name: 'BGREWRITEAOF',
  group: 'server',
  since: '1.0.0',
  summary: 'Begins to write the append-only file anew in the background.',
  complexity: 'O(1)',
  arity: 1,
  flags: 'admin noscript no_async_loading',
  handler: ({ reply, server }) => {
    switch (server.files.startRewrite()) {
      case 'started':
        reply.simple('Background append only file rewriting started');
        break;
      case 'scheduled':
        reply.simple('Background append only file rewriting scheduled');
        break;
      case 'rewriting':
        reply.error(REWRITING);
        break;
      default:
        reply.error(REWRITE_FAILED);
    }
  },
});
