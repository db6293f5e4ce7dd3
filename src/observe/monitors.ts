/** MONITOR: sessions that are sent a line for each command that runs. */
import type { Arguments } from '../command/arguments.ts';
import type { CommandContext } from '../command/context.ts';
import { CMD_ADMIN, CMD_SKIP_MONITOR } from '../command/flags.ts';
import type { Monitors as MonitorsPort, SessionEvents } from '../command/ports.ts';
import { SESSION_MONITOR, type Session } from '../command/session.ts';
import type { Command } from '../command/spec.ts';

/** Sends a session a line as a status reply, behind what it was sent so far. */
type SendLine = (session: Session, line: string) => void;

export class Monitors implements MonitorsPort {
  readonly #sessions = new Set<Session>();
  readonly #send: SendLine;
  /** Called when there is somebody to tell, and when there is nobody any more. */
  onActive: ((isActive: boolean) => void) | undefined;

  constructor(sessions: SessionEvents, send: SendLine) {
    this.#send = send;
    sessions.onReset((session) => this.remove(session));
  }

  add(session: Session): void {
    session.set(SESSION_MONITOR);
    this.#sessions.add(session);
    this.onActive?.(true);
  }

  remove(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    session.clear(SESSION_MONITOR);
    if (this.#sessions.size === 0) this.onActive?.(false);
  }

  /**
   * Tells of a command; administrative ones are too dangerous to be shown. `always` shows what is
   * not shown by itself (EVAL, which is shown before the commands it runs).
   */
  tell(context: CommandContext, command: Command, wallMicroseconds: number, always: boolean): void {
    if (!always && (command.flags & (CMD_ADMIN | CMD_SKIP_MONITOR)) !== 0) return;
    const { args, session } = context;
    const seconds = Math.floor(wallMicroseconds / 1e6);
    const fraction = String(Math.floor(wallMicroseconds % 1e6)).padStart(6, '0');
    const { transport } = session;
    const from =
      transport === undefined
        ? 'lua'
        : transport.isUnixSocket
          ? `unix:${transport.address.replace(/:0$/, '')}`
          : transport.address;
    const line = `${seconds}.${fraction} [${session.database.index} ${from}]${shown(args)}`;
    for (const monitor of this.#sessions) this.#send(monitor, line);
  }
}

function shown(args: Arguments): string {
  let text = '';
  for (let i = 0; i < args.count; i++)
    text += args.isRedacted(i) ? ' "(redacted)"' : ` ${quoted(args.text(i))}`;
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
};

/** A byte string in double quotes, everything that does not print being escaped. */
function quoted(text: string): string {
  const escaped = text.replaceAll(
    /[^ !#-[\]-~]/g,
    (character) =>
      ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}
