/** CLIENT KILL. */
import { type ClientType, clientType, clientTypeNamed } from '../../command/client-line.ts';
import type { CommandContext } from '../../command/context.ts';
import type { Session } from '../../command/session.ts';
import { command } from '../../command/spec.ts';
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../../resp/errors.ts';

/** Conditions that must all hold; absent ones always do. */
interface KillFilter {
  id?: number;
  type?: ClientType;
  address?: string;
  localAddress?: string;
  user?: string;
  skipSelf: boolean;
}

export const clientKill = command({
  container: 'CLIENT',
  name: 'KILL',
  group: 'connection',
  since: '2.4.0',
  summary: 'Closes the connections that match an address or a set of filters.',
  complexity: 'O(N), N: connections',
  arity: -3,
  flags: 'admin noscript loading stale sentinel',
  categories: 'connection',
  arguments:
    '(filter: ip:port:string deprecated 2.8.12 | (new-format: [ID client-id:integer since ' +
    '2.8.12] | [TYPE (normal_master_slave_pubsub: NORMAL | MASTER since 3.2.0 | SLAVE | ' +
    'REPLICA since 5.0.0 | PUBSUB) since 2.8.12] | [USER username:string] | [ADDR ' +
    'ip:port:string] | [LADDR ip:port:string since 6.2.0] | [SKIPME yes/no:string])...)',
  history: [
    '2.8.12: Filters appeared beside the plain address.',
    '2.8.12: Connections can be chosen by `ID`.',
    '3.2.0: `master` became a possible `TYPE`.',
    '5.0.0: `replica` became a possible `TYPE`; `slave` means the same.',
    '6.2.0: Connections can be chosen by `LADDR`.',
  ],
  handler: (context) => {
    const { args, reply } = context;
    if (args.count === 3) {
      const killed = kill(context, { address: args.text(2), skipSelf: false });
      if (killed > 0) reply.ok();
      else reply.error('ERR No such client');
      return;
    }
    const filter = readFilter(context);
    if (filter !== undefined) reply.integer(kill(context, filter));
  },
});

function readFilter(context: CommandContext): KillFilter | undefined {
  const { args, reply } = context;
  const filter: KillFilter = { skipSelf: true };
  for (let at = 2; at < args.count; at += 2) {
    const problem = at + 1 < args.count ? readOption(context, at, filter) : SYNTAX_ERROR;
    if (problem !== undefined) {
      reply.error(problem);
      return undefined;
    }
  }
  return filter;
}

/** Reads one option and its value; the error text when they make no sense. */
function readOption(context: CommandContext, at: number, filter: KillFilter): string | undefined {
  const { args } = context;
  const value = args.text(at + 1);
  if (args.is(at, 'id')) {
    const id = args.integer(at + 1, NOT_AN_INTEGER);
    if (args.failure !== undefined || id < 1) return 'ERR client-id should be greater than 0';
    filter.id = id;
  } else if (args.is(at, 'type')) {
    const type = clientTypeNamed(value);
    if (type === undefined) return `ERR Unknown client type '${value}'`;
    filter.type = type;
  } else if (args.is(at, 'addr')) filter.address = value;
  else if (args.is(at, 'laddr')) filter.localAddress = value;
  else if (args.is(at, 'user')) {
    if (!context.server.authentication.isUser(value)) return `ERR No such user '${value}'`;
    filter.user = value;
  } else if (args.is(at, 'skipme') && args.is(at + 1, 'yes')) filter.skipSelf = true;
  else if (args.is(at, 'skipme') && args.is(at + 1, 'no')) filter.skipSelf = false;
  else return SYNTAX_ERROR;
  return undefined;
}

/** Closes what matches; this connection after its reply, others now. Returns how many. */
function kill({ server, session }: CommandContext, filter: KillFilter): number {
  let killed = 0;
  for (const other of [...server.clients.all()]) {
    if (!matches(other, filter)) continue;
    if (other === session) {
      if (filter.skipSelf) continue;
      other.transport?.closeAfterReplies();
    } else other.transport?.closeNow();
    killed++;
  }
  return killed;
}

function matches(session: Session, filter: KillFilter): boolean {
  const { transport } = session;
  if (filter.address !== undefined && transport?.address !== filter.address) return false;
  if (filter.localAddress !== undefined && transport?.localAddress !== filter.localAddress)
    return false;
  if (filter.type !== undefined && clientType(session) !== filter.type) return false;
  if (filter.id !== undefined && session.id !== filter.id) return false;
  return filter.user === undefined || session.userName === filter.user;
}
