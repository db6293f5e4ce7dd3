/** PING, ECHO, SELECT, QUIT and RESET. */
import { command } from '../../command/spec.ts';
import {
  SESSION_MONITOR,
  SESSION_MULTI,
  SESSION_MULTI_FAILED,
  SESSION_NO_TOUCH,
  SESSION_PRIMARY,
  SESSION_REPLICA,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  SESSION_REPLY_SKIP_NEXT,
  SESSION_SUBSCRIBED,
  SESSION_WATCH_BROKEN,
} from '../../command/session.ts';
import { DB_INDEX_OUT_OF_RANGE, wrongArgumentCount } from '../../resp/errors.ts';

export const ping = command({
  name: 'PING',
  group: 'connection',
  since: '1.0.0',
  summary: 'Answers PONG, or with the argument.',
  complexity: 'O(1)',
  arity: -1,
  flags: 'fast sentinel',
  categories: 'connection',
  arguments: '[message:string]',
  tips: 'request_policy:all_shards response_policy:all_succeeded',
  handler: ({ args, reply, session }) => {
    if (args.count > 2) {
      reply.error(wrongArgumentCount('ping'));
    } else if (session.has(SESSION_SUBSCRIBED) && session.protocol === 2) {
      // Over RESP2 a subscriber gets it in the form of a message.
      reply.array(2);
      reply.bulkText('pong');
      if (args.count === 2) reply.bulk(args.bytes, args.start(1), args.end(1));
      else reply.bulkText('');
    } else if (args.count === 2) reply.bulk(args.bytes, args.start(1), args.end(1));
    else reply.pong();
  },
});

export const echo = command({
  name: 'ECHO',
  group: 'connection',
  since: '1.0.0',
  summary: 'Sends the argument back.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale fast',
  categories: 'connection',
  arguments: 'message:string',
  handler: ({ args, reply }) => reply.bulk(args.bytes, args.start(1), args.end(1)),
});

export const select = command({
  name: 'SELECT',
  group: 'connection',
  since: '1.0.0',
  summary: 'Switches this connection to another database.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale fast',
  categories: 'connection',
  arguments: 'index:integer',
  handler: (context) => {
    const index = context.args.integer32(1);
    if (context.refused()) return;
    const database = context.keyspace.databases[index];
    if (database === undefined) {
      context.reply.error(DB_INDEX_OUT_OF_RANGE);
      return;
    }
    context.session.database = database;
    context.reply.ok();
  },
});

export const quit = command({
  name: 'QUIT',
  group: 'connection',
  since: '1.0.0',
  summary: 'Closes this connection after the reply.',
  complexity: 'O(1)',
  arity: -1,
  flags: 'noscript loading stale fast no_auth allow_busy',
  categories: 'connection',
  handler: ({ reply, session }) => {
    reply.ok();
    session.transport?.closeAfterReplies();
  },
});

const TRANSACTION = SESSION_MULTI | SESSION_MULTI_FAILED | SESSION_WATCH_BROKEN;
const MUTED = SESSION_REPLY_OFF | SESSION_REPLY_SKIP | SESSION_REPLY_SKIP_NEXT;

export const reset = command({
  name: 'RESET',
  group: 'connection',
  since: '6.2.0',
  summary: 'Puts this connection back to how it was when it was opened.',
  complexity: 'O(1)',
  arity: 1,
  flags: 'noscript loading stale fast no_auth allow_busy',
  categories: 'connection',
  handler: ({ keyspace, reply, server, session }) => {
    const isSpecial = session.has(SESSION_REPLICA | SESSION_PRIMARY);
    if (isSpecial && !session.has(SESSION_MONITOR)) {
      reply.error('ERR can only reset normal client connections');
      return;
    }
    server.watches.unwatchAll(session);
    session.queued = [];
    session.queuedBytes = 0;
    server.sessions.reset(session);
    session.clear(TRANSACTION | MUTED | SESSION_NO_TOUCH);
    session.database = keyspace.databases[0];
    session.name = '';
    session.protocol = 2;
    reply.protocol = 2;
    server.authentication.reset(session);
    reply.simple('RESET');
  },
});
