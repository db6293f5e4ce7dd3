/** CLIENT REPLY, PAUSE, UNPAUSE, NO-EVICT, NO-TOUCH and UNBLOCK. */
import type { CommandContext } from '../../command/context.ts';
import {
  SESSION_NO_TOUCH,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  SESSION_REPLY_SKIP_NEXT,
} from '../../command/session.ts';
import { command } from '../../command/spec.ts';
import {
  SYNTAX_ERROR,
  TIMEOUT_NEGATIVE,
  TIMEOUT_NOT_AN_INTEGER,
  unknownSubcommandOrArity,
} from '../../resp/errors.ts';

export const clientReply = command({
  container: 'CLIENT',
  name: 'REPLY',
  group: 'connection',
  since: '3.2.0',
  summary: 'Turns replies off, on, or off for one command.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'noscript loading stale sentinel',
  categories: 'connection',
  arguments: '(on_off_skip: ON | OFF | SKIP)',
  handler: ({ args, reply, session }) => {
    if (args.is(2, 'on')) {
      session.clear(SESSION_REPLY_OFF | SESSION_REPLY_SKIP | SESSION_REPLY_SKIP_NEXT);
      reply.ok();
    } else if (args.is(2, 'off')) session.set(SESSION_REPLY_OFF);
    else if (args.is(2, 'skip')) {
      if (!session.has(SESSION_REPLY_OFF)) session.set(SESSION_REPLY_SKIP_NEXT);
    } else reply.error(SYNTAX_ERROR);
  },
});

export const clientPause = command({
  container: 'CLIENT',
  name: 'PAUSE',
  group: 'connection',
  since: '2.9.50',
  summary: 'Holds back the commands of all clients for a while.',
  complexity: 'O(1)',
  arity: -3,
  flags: 'admin noscript loading stale sentinel',
  categories: 'connection',
  arguments: 'timeout:integer [mode: WRITE | ALL] since 6.2.0',
  history: ['6.2.0: `WRITE` holds back writes only; `ALL` is the old behaviour.'],
  handler: (context) => {
    const { args, keyspace, reply, server } = context;
    if (args.count > 4) {
      reply.error(unknownSubcommandOrArity('CLIENT', args.bytes, args.start(1), args.end(1)));
      return;
    }
    const isWrite = args.count === 4 && args.is(3, 'write');
    if (args.count === 4 && !isWrite && !args.is(3, 'all')) {
      reply.error('ERR CLIENT PAUSE mode must be WRITE or ALL');
      return;
    }
    const duration = args.integer(2, TIMEOUT_NOT_AN_INTEGER);
    if (duration < 0) args.fail(TIMEOUT_NEGATIVE);
    if (!Number.isSafeInteger(keyspace.now + duration)) args.fail(TIMEOUT_NOT_AN_INTEGER);
    if (context.refused()) return;
    server.pauses.pause(keyspace.now + duration, isWrite);
    reply.ok();
  },
});

export const clientUnpause = command({
  container: 'CLIENT',
  name: 'UNPAUSE',
  group: 'connection',
  since: '6.2.0',
  summary: 'Ends a CLIENT PAUSE ahead of time.',
  complexity: 'O(N), N: paused clients',
  arity: 2,
  flags: 'admin noscript loading stale sentinel',
  categories: 'connection',
  handler: ({ reply, server }) => {
    server.pauses.unpause();
    reply.ok();
  },
});

/** The value of an ON or OFF argument; undefined when it is neither, error replied. */
function onOff({ args, reply }: CommandContext): boolean | undefined {
  if (args.is(2, 'on')) return true;
  if (args.is(2, 'off')) return false;
  reply.error(SYNTAX_ERROR);
  return undefined;
}

export const clientNoEvict = command({
  container: 'CLIENT',
  name: 'NO-EVICT',
  group: 'connection',
  since: '7.0.0',
  summary: 'Protects this connection from being closed to save memory, or stops protecting it.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'admin noscript loading stale sentinel',
  categories: 'connection',
  arguments: '(enabled: ON | OFF)',
  handler: (context) => {
    const isOn = onOff(context);
    if (isOn === undefined) return;
    context.session.noEvict = isOn;
    context.reply.ok();
  },
});

export const clientNoTouch = command({
  container: 'CLIENT',
  name: 'NO-TOUCH',
  group: 'connection',
  since: '7.2.0',
  summary: 'Lets the commands of this connection leave the access times of keys alone, or not.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'noscript loading stale',
  categories: 'connection',
  arguments: '(enabled: ON | OFF)',
  handler: (context) => {
    const isOn = onOff(context);
    if (isOn === undefined) return;
    if (isOn) context.session.set(SESSION_NO_TOUCH);
    else context.session.clear(SESSION_NO_TOUCH);
    context.reply.ok();
  },
});

export const clientUnblock = command({
  container: 'CLIENT',
  name: 'UNBLOCK',
  group: 'connection',
  since: '5.0.0',
  summary: 'Releases a client that waits in a blocking command.',
  complexity: 'O(log N), N: connections',
  arity: -3,
  flags: 'admin noscript loading stale sentinel',
  categories: 'connection',
  arguments: 'client-id:integer [timeout_error: TIMEOUT | ERROR]',
  handler: (context) => {
    const { args, reply, server } = context;
    const withError = args.count === 4 && args.is(3, 'error');
    if (args.count > 4)
      args.fail(unknownSubcommandOrArity('CLIENT', args.bytes, args.start(1), args.end(1)));
    if (args.count === 4 && !withError && !args.is(3, 'timeout'))
      args.fail('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
    const id = args.integer(2);
    if (context.refused()) return;
    const unblock = server.clients.byId(id)?.unblock;
    unblock?.(withError);
    reply.integer(unblock === undefined ? 0 : 1);
  },
});
