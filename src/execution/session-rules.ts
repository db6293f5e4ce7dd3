/** What the state of a client forbids: authentication, transactions, RESP2 subscriptions. */
import type { CommandContext } from '../command/context.ts';
import { CMD_NO_AUTH, CMD_NO_MULTI, CMD_PUBSUB } from '../command/flags.ts';
import { SESSION_LOCKED, SESSION_MULTI, SESSION_SUBSCRIBED } from '../command/session.ts';
import type { Command } from '../command/spec.ts';
import { NO_AUTH, notWhileSubscribed } from '../resp/errors.ts';

/** What the session's own state forbids. */
export function refusedBySession(context: CommandContext, command: Command): string | undefined {
  const { session } = context;
  if (session.has(SESSION_LOCKED) && (command.flags & CMD_NO_AUTH) === 0) return NO_AUTH;
  if (
    session.has(SESSION_SUBSCRIBED) &&
    session.protocol === 2 &&
    (command.flags & CMD_PUBSUB) === 0 &&
    !ALLOWED_WHILE_SUBSCRIBED.has(command.fullName)
  )
    return notWhileSubscribed(command.fullName);
  if (session.has(SESSION_MULTI) && (command.flags & CMD_NO_MULTI) !== 0)
    return 'ERR Command not allowed inside a transaction';
  return undefined;
}

const ALLOWED_WHILE_SUBSCRIBED: ReadonlySet<string> = new Set(['ping', 'quit', 'reset']);
