/** CLIENT ID, INFO and LIST. */
import { clientLine, clientType, clientTypeNamed } from '../../command/client-line.ts';
import type { CommandContext } from '../../command/context.ts';
import type { Session } from '../../command/session.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';

export const clientId = command({
  container: 'CLIENT',
  name: 'ID',
  group: 'connection',
  since: '5.0.0',
  summary: 'Tells the ID of this connection.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'noscript loading stale sentinel',
  categories: 'connection',
  handler: ({ reply, session }) => reply.integer(session.id),
});

export const clientInfo = command({
  container: 'CLIENT',
  name: 'INFO',
  group: 'connection',
  since: '6.2.0',
  summary: 'Describes this connection in one line.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'noscript loading stale sentinel',
  categories: 'connection',
  tips: 'nondeterministic_output',
  handler: (context) => replyLines(context, [context.session]),
});

export const clientList = command({
  container: 'CLIENT',
  name: 'LIST',
  group: 'connection',
  since: '2.4.0',
  summary: 'Describes the open connections, one to a line.',
  complexity: 'O(N), N: connections',
  arity: -2,
  flags: 'admin noscript loading stale sentinel',
  categories: 'connection',
  arguments:
    '[TYPE (normal_master_replica_pubsub: NORMAL | MASTER | REPLICA | PUBSUB) since ' +
    '5.0.0] [ID (id: client-id:integer...) since 6.2.0]',
  history: [
    '2.8.12: Lines begin with the unique `id`.',
    '5.0.0: A `TYPE` narrows the list.',
    '6.0.0: Lines tell the `user`.',
    '6.2.0: `ID` narrows the list; lines tell `argv-mem`, `tot-mem`, `laddr` and `redir`.',
    '7.0.0: Lines tell `resp`, `multi-mem`, `rbs` and `rbp`.',
    '7.0.3: Lines tell `ssub`.',
  ],
  tips: 'nondeterministic_output',
  handler: (context) => {
    const { args, reply, server } = context;
    const all = [...server.clients.all()];
    if (args.count === 2) replyLines(context, all);
    else if (args.count === 4 && args.is(2, 'type')) {
      const type = clientTypeNamed(args.text(3));
      if (type === undefined) reply.error(`ERR Unknown client type '${args.text(3)}'`);
      else
        replyLines(
          context,
          all.filter((session) => clientType(session) === type),
        );
    } else if (args.count > 3 && args.is(2, 'id')) listById(context);
    else reply.error(SYNTAX_ERROR);
  },
});

function listById(context: CommandContext): void {
  const { args, server } = context;
  const found: Session[] = [];
  for (let i = 3; i < args.count; i++) {
    const session = server.clients.byId(args.integer(i, 'ERR Invalid client ID'));
    if (session !== undefined) found.push(session);
  }
  if (!context.refused()) replyLines(context, found);
}

function replyLines(context: CommandContext, sessions: readonly Session[]): void {
  const { command: self, keyspace, reply, session } = context;
  session.lastCommand = self.fullName;
  let text = '';
  for (const one of sessions)
    text += `${clientLine(one, keyspace.now, one === session ? context.args : undefined)}\n`;
  reply.verbatim('txt', text);
}
