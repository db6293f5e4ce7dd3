/**
 * What the user of a session may not do: asked before a request runs or is queued, again when EXEC
 * comes to it, and for every command of a script. Each refusal is noted in the log (ACL LOG).
 *
 * Asked only for sessions with SESSION_RESTRICTED: whoever may do everything pays for nothing here.
 */
import {
  ALLOWED,
  DENIED_CHANNEL,
  DENIED_COMMAND,
  DENIED_KEY,
  type Denial,
  REFUSED_BYTES,
  type RefusalContext,
  type RefusalReason,
} from '../command/access.ts';
import { latin1 } from '../bytes/text.ts';
import type { Arguments } from '../command/arguments.ts';
import type { CommandContext } from '../command/context.ts';
import { SESSION_MULTI, SESSION_RESTRICTED, type Session } from '../command/session.ts';
import type { Command } from '../command/spec.ts';
import {
  NO_PERMISSION_CHANNEL,
  NO_PERMISSION_KEY,
  noPermissionToRun,
  notAllowedAnyMore,
} from '../resp/errors.ts';

const REASONS: Readonly<Record<Denial, RefusalReason>> = {
  [DENIED_COMMAND]: 'command',
  [DENIED_KEY]: 'key',
  [DENIED_CHANNEL]: 'channel',
};

const IN_EXEC: Readonly<Record<Denial, string>> = {
  [DENIED_COMMAND]: notAllowedAnyMore('no permission to execute the command or subcommand'),
  [DENIED_KEY]: notAllowedAnyMore('no permission to touch the specified keys'),
  [DENIED_CHANNEL]: notAllowedAnyMore(
    'no permission to access one of the channels used as arguments',
  ),
};

const IN_SCRIPT: Readonly<Record<Denial, string>> = {
  [DENIED_COMMAND]: "ERR The user executing the script can't run this command or subcommand",
  [DENIED_KEY]:
    "ERR The user executing the script can't access at least one of the keys mentioned in the " +
    'command arguments',
  [DENIED_CHANNEL]:
    "ERR The user executing the script can't publish to the channel mentioned in the command",
};

/** The error for a request of a client, or undefined. */
export function refusedByUser(context: CommandContext, command: Command): string | undefined {
  const { args, session } = context;
  const { user } = session;
  // The usual case first: it happens for every request.
  if (user === undefined || user.check(command, args) === ALLOWED) return undefined;
  const place = session.has(SESSION_MULTI) ? 'multi' : 'toplevel';
  const denial = denied(context, command, session, place, command.fullName);
  if (denial === undefined) return undefined;
  if (denial === DENIED_COMMAND) return noPermissionToRun(command.fullName);
  return denial === DENIED_KEY ? NO_PERMISSION_KEY : NO_PERMISSION_CHANNEL;
}

/** The error for a queued command whose turn has come, or undefined. */
export function refusedInExec(context: CommandContext, command: Command): string | undefined {
  const denial = denied(context, command, context.session, 'multi', 'exec');
  return denial === undefined ? undefined : IN_EXEC[denial];
}

/** The error for a command of a script, which `caller` runs, or undefined. */
export function refusedInScript(
  context: CommandContext,
  command: Command,
  caller: Session,
): string | undefined {
  const denial = denied(context, command, caller, 'lua', caller.lastCommand);
  return denial === undefined ? undefined : IN_SCRIPT[denial];
}

/**
 * Asks the session's user about the request that the context shows, and notes a refusal. `running`
 * names the client's own command, which the log tells.
 */
function denied(
  { args, server }: CommandContext,
  command: Command,
  session: Session,
  place: RefusalContext,
  running: string,
): Denial | undefined {
  const { user } = session;
  if (user === undefined || !session.has(SESSION_RESTRICTED)) return undefined;
  const verdict = user.check(command, args);
  if (verdict === ALLOWED) return undefined;
  session.lastCommand = running;
  const object = verdict === DENIED_COMMAND ? command.fullName : shown(args, user.deniedArgument);
  server.refusals.note(session, REASONS[verdict], place, object, user.name);
  return verdict;
}

/** The beginning of an argument, which may be long: no more than the log would keep. */
function shown(args: Arguments, index: number): string {
  const start = args.start(index);
  return latin1(args.bytes, start, Math.min(args.end(index), start + REFUSED_BYTES));
}
