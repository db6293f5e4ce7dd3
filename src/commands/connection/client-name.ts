/** CLIENT GETNAME, SETNAME and SETINFO. */
import { command } from '../../command/spec.ts';

/** Names are printed in lists with blanks between fields. */
function isPlain(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

/** Why a name cannot be given to a connection, if so. */
export function clientNameProblem(name: string): string | undefined {
  if (isPlain(name)) return undefined;
  return 'ERR Client names cannot contain spaces, newlines or special characters.';
}

export const clientGetname = command({
  container: 'CLIENT',
  name: 'GETNAME',
  group: 'connection',
  since: '2.6.9',
  summary: 'Tells the name given to this connection.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'noscript loading stale sentinel',
  categories: 'connection',
  handler: ({ reply, session }) => {
    if (session.name === '') reply.null();
    else reply.bulkText(session.name);
  },
});

export const clientSetname = command({
  container: 'CLIENT',
  name: 'SETNAME',
  group: 'connection',
  since: '2.6.9',
  summary: 'Names this connection.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'noscript loading stale sentinel',
  categories: 'connection',
  arguments: 'connection-name:string',
  handler: ({ args, reply, session }) => {
    const name = args.text(2);
    const problem = clientNameProblem(name);
    if (problem !== undefined) {
      reply.error(problem);
      return;
    }
    session.name = name;
    reply.ok();
  },
});

/** Of version 7.2; client libraries send it on every connection and pay with an error without it. */
export const clientSetinfo = command({
  container: 'CLIENT',
  name: 'SETINFO',
  group: 'connection',
  since: '7.2.0',
  summary: 'Tells the server which library, and which version of it, this connection uses.',
  complexity: 'O(1)',
  arity: 4,
  flags: 'noscript loading stale sentinel',
  categories: 'connection',
  arguments: '(attr: LIB-NAME libname:string | LIB-VER libver:string)',
  tips: 'request_policy:all_nodes response_policy:all_succeeded',
  handler: ({ args, reply, session }) => {
    const attribute = args.text(2);
    const value = args.text(3);
    const isName = args.is(2, 'lib-name');
    if (!isName && !args.is(2, 'lib-ver')) {
      reply.error(`ERR Unrecognized option '${attribute}'`);
    } else if (!isPlain(value)) {
      const what = attribute.toLowerCase();
      reply.error(`ERR ${what} cannot contain spaces, newlines or special characters.`);
    } else {
      if (isName) session.libraryName = value;
      else session.libraryVersion = value;
      reply.ok();
    }
  },
});
