/** What a client may not do: protected commands, authentication, permissions, transactions, subscriptions. */
import type { CommandContext } from '../command/context.ts';
import { CMD_NO_AUTH, CMD_NO_MULTI, CMD_PROTECTED } from '../command/flags.ts';
import {
  SESSION_LOCKED,
  SESSION_MULTI,
  SESSION_RESTRICTED,
  SESSION_SUBSCRIBED,
} from '../command/session.ts';
import { isLocal } from '../command/local-session.ts';
import type { Command } from '../command/spec.ts';
import { commandNotEnabled, NO_AUTH, notWhileSubscribed } from '../resp/errors.ts';
import { refusedByUser } from './permission-rules.ts';

/** What the session's own state forbids, in the order in which the real server looks. */
export function refusedBySession(context: CommandContext, command: Command): string | undefined {
  const { session } = context;
  const { flags } = command;
  if ((flags & CMD_PROTECTED) !== 0 && !isEnabled(context, command)) {
    const name = command.container || command.name;
    return commandNotEnabled(name.toUpperCase(), `enable-${name}-command`);
  }
  if (session.has(SESSION_LOCKED) && (flags & CMD_NO_AUTH) === 0) return NO_AUTH;
  if (session.has(SESSION_MULTI) && (flags & CMD_NO_MULTI) !== 0)
    return 'ERR Command not allowed inside a transaction';
  if (session.has(SESSION_RESTRICTED)) {
    const refusal = refusedByUser(context, command);
    if (refusal !== undefined) return refusal;
  }
  if (
    session.has(SESSION_SUBSCRIBED) &&
    session.protocol === 2 &&
    !ALLOWED_WHILE_SUBSCRIBED.has(command.fullName)
  )
    return notWhileSubscribed(command.fullName);
  return undefined;
}

const ALLOWED_WHILE_SUBSCRIBED: ReadonlySet<string> = new Set(
  'ping quit reset subscribe unsubscribe psubscribe punsubscribe ssubscribe sunsubscribe'.split(
    ' ',
  ),
);

/** Whether `enable-debug-command` or `enable-module-command` lets this client have the command. */
function isEnabled({ config, session }: CommandContext, command: Command): boolean {
  const isModule = (command.container || command.name) === 'module';
  const allowed = isModule ? config.enableModuleCommand : config.enableDebugCommand;
  return allowed === 'yes' || (allowed === 'local' && isLocal(session));
}
