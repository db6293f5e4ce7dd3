/** What is told of a server that dies of an error of its own. */
import { clientLine } from '../command/client-line.ts';
import type { ServerPorts } from '../command/ports.ts';
import type { Session } from '../command/session.ts';
import { VERSION } from '../version.ts';

/** Clients described in a report, at most. */
const MOST_CLIENTS = 100;

/** What a report needs of the server. */
export interface CrashedEngine {
  readonly ports: Pick<ServerPorts, 'clients' | 'info'>;
  readonly keyspace: { readonly now: number };
  /** Points to the client that is, or was last, served. */
  readonly context: { readonly session: Session };
}

/** The error with its stack, and the state unless `engine` is missing. Ends with a line break. */
export function crashReport(what: string, reason: unknown, engine?: CrashedEngine): string {
  const parts = [`Ended by ${what} outside of any command: ${stackOf(reason)}`];
  if (engine !== undefined)
    parts.push(
      `------ INFO ------\n${told(() => engine.ports.info.render(['everything']))}`,
      `------ CLIENTS ------\n${told(() => clientLines(engine))}`,
      `------ SERVED LAST ------\n${told(() => describe(engine, engine.context.session))}`,
    );
  const about = `compatible with Redis ${VERSION}, Node ${process.version}`;
  const begin = `=== RESPD CRASH REPORT BEGINS (${about}) ===`;
  const text = [begin, ...parts, '=== RESPD CRASH REPORT ENDS ==='].join('\n\n');
  return `\n${text.replaceAll('\r\n', '\n')}\n`;
}

function stackOf(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}

function clientLines(engine: CrashedEngine): string {
  const { clients } = engine.ports;
  const lines: string[] = [];
  for (const session of clients.all()) {
    if (lines.length === MOST_CLIENTS) {
      lines.push(`and ${clients.count - MOST_CLIENTS} more`);
      break;
    }
    lines.push(describe(engine, session));
  }
  return lines.join('\n');
}

function describe(engine: CrashedEngine, session: Session): string {
  return clientLine(session, engine.keyspace.now);
}

/** The state may be what is broken: what cannot be told is left out. */
function told(tell: () => string): string {
  try {
    return tell();
  } catch (error) {
    return `(cannot be told: ${stackOf(error)})`;
  }
}
