/** AUTH and HELLO. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import {
  NO_AUTH_HELLO,
  NO_PASSWORD_SET,
  NO_PROTO,
  PROTOCOL_NOT_AN_INTEGER,
  SYNTAX_ERROR,
  WRONG_PASS,
} from '../../resp/errors.ts';
import { VERSION } from '../../version.ts';
import { clientNameProblem } from './client-name.ts';

const DEFAULT_USER = 'default';

/** Logs the session in, or replies the error. `password` is an argument number. */
function logIn(context: CommandContext, user: string, password: number): boolean {
  const { args, server, session } = context;
  const { authentication, refusals } = server;
  const start = args.start(password);
  if (authentication.logIn(session, user, args.bytes, start, args.end(password))) return true;
  session.lastCommand = context.command.fullName;
  const place = server.nested.isNested ? 'multi' : 'toplevel';
  refusals.note(session, 'auth', place, args.text(0), user);
  context.reply.error(WRONG_PASS);
  return false;
}

export const auth = command({
  name: 'AUTH',
  group: 'connection',
  since: '1.0.0',
  summary: 'Logs the connection in.',
  complexity: 'O(N), N: passwords of the user',
  arity: -2,
  flags: 'noscript loading stale fast no_auth allow_busy sentinel',
  categories: 'connection',
  arguments: '[username:string since 6.0.0] password:string',
  history: ['6.0.0: A user name may precede the password, as ACLs brought users.'],
  handler: (context) => {
    const { args, reply, server } = context;
    if (args.count > 3) {
      reply.error(SYNTAX_ERROR);
      return;
    }
    for (let i = 1; i < args.count; i++) args.redact(i);
    if (args.count === 2 && server.authentication.isOpen) {
      reply.error(NO_PASSWORD_SET);
      return;
    }
    const user = args.count === 2 ? DEFAULT_USER : args.text(1);
    if (logIn(context, user, args.count - 1)) reply.ok();
  },
});

/** The protocol version HELLO asks for; 0 when the reply says why not. */
function protocolOf({ args, reply }: CommandContext): 0 | 2 | 3 {
  const version = args.integer(1, PROTOCOL_NOT_AN_INTEGER);
  if (args.failure !== undefined) reply.error(args.failure);
  else if (version === 2 || version === 3) return version;
  else reply.error(NO_PROTO);
  return 0;
}

/** The arguments of AUTH and SETNAME in HELLO; 0 where absent. */
interface HelloOptions {
  readonly user: number;
  readonly name: number;
}

function helloOptions({ args, reply }: CommandContext): HelloOptions | undefined {
  let user = 0;
  let name = 0;
  for (let at = 2; at < args.count; at++) {
    if (args.is(at, 'auth') && at + 2 < args.count) {
      args.redact(at + 1);
      args.redact(at + 2);
      user = at + 1;
      at += 2;
    } else if (args.is(at, 'setname') && at + 1 < args.count) {
      name = at + 1;
      const problem = clientNameProblem(args.text(name));
      if (problem !== undefined) {
        reply.error(problem);
        return undefined;
      }
      at++;
    } else {
      reply.error(`ERR Syntax error in HELLO option '${args.text(at)}'`);
      return undefined;
    }
  }
  return { user, name };
}

export const hello = command({
  name: 'HELLO',
  group: 'connection',
  since: '6.0.0',
  summary: 'Opens the conversation: chooses the protocol and may log in and name the connection.',
  complexity: 'O(1)',
  arity: -1,
  flags: 'noscript loading stale fast no_auth allow_busy sentinel',
  categories: 'connection',
  arguments:
    '[arguments: protover:integer [AUTH (username_password: username:string ' +
    'password:string)] [SETNAME clientname:string]]',
  history: ['6.2.0: Without `protover` nothing changes and the connection is described.'],
  handler: (context) => {
    const { args, reply, session } = context;
    const protocol = args.count > 1 ? protocolOf(context) : session.protocol;
    if (protocol === 0) return;
    const options = helloOptions(context);
    if (options === undefined) return;
    if (options.user > 0 && !logIn(context, args.text(options.user), options.user + 1)) return;
    if (!session.authenticated) {
      reply.error(NO_AUTH_HELLO);
      return;
    }
    if (options.name > 0) session.name = args.text(options.name);
    session.protocol = protocol;
    reply.protocol = protocol;
    describeServer(context);
  },
});

function describeServer({ config, reply, session }: CommandContext): void {
  reply.map(7);
  reply.bulkText('server');
  reply.bulkText('redis');
  reply.bulkText('version');
  reply.bulkText(VERSION);
  reply.bulkText('proto');
  reply.integer(session.protocol);
  reply.bulkText('id');
  reply.integer(session.id);
  reply.bulkText('mode');
  reply.bulkText(config.clusterEnabled ? 'cluster' : 'standalone');
  reply.bulkText('role');
  reply.bulkText(config.replicaof === undefined ? 'master' : 'replica');
  reply.bulkText('modules');
  reply.array(0);
}
