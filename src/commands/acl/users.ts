/** ACL SETUSER, DELUSER, GETUSER, LIST, USERS and WHOAMI. */
import type { SelectorDescription } from '../../command/access.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';

function textsFrom({ args }: CommandContext, first: number): string[] {
  return Array.from({ length: args.count - first }, (_, i) => args.text(first + i));
}

function replyTexts(reply: ReplyWriter, texts: readonly string[]): void {
  reply.array(texts.length);
  for (const text of texts) reply.bulkText(text);
}

function replySelector(reply: ReplyWriter, selector: SelectorDescription): void {
  for (const part of ['commands', 'keys', 'channels'] as const) {
    reply.bulkText(part);
    reply.bulkText(selector[part]);
  }
}

export const aclSetuser = command({
  container: 'ACL',
  name: 'SETUSER',
  group: 'server',
  since: '6.0.0',
  summary: 'Creates a user or changes its rules.',
  complexity: 'O(N), N: rules given',
  arity: -3,
  flags: 'admin noscript loading stale sentinel',
  arguments: 'username:string [rule:string...]',
  history: ['6.2.0: Rules for channels.', '7.0.0: Rules for kinds of key access, and selectors.'],
  handler: (context) => {
    const { args, reply, server } = context;
    // Rules hold passwords.
    for (let i = 2; i < args.count; i++) args.redact(i);
    const problem = server.users.change(args.text(2), textsFrom(context, 3));
    if (problem === undefined) reply.ok();
    else reply.error(problem);
  },
});

export const aclDeluser = command({
  container: 'ACL',
  name: 'DELUSER',
  group: 'server',
  since: '6.0.0',
  summary: 'Removes users and disconnects them.',
  complexity: 'O(1) for usual numbers of users',
  arity: -3,
  flags: 'admin noscript loading stale sentinel',
  arguments: 'username:string...',
  handler: (context) => {
    const { reply, server } = context;
    const names = textsFrom(context, 2);
    if (names.includes('default')) reply.error("ERR The 'default' user cannot be removed");
    else reply.integer(server.users.remove(names));
  },
});

export const aclGetuser = command({
  container: 'ACL',
  name: 'GETUSER',
  group: 'server',
  since: '6.0.0',
  summary: 'Describes what a user may do.',
  complexity: 'O(N), N: rules of the user',
  arity: 3,
  flags: 'admin noscript loading stale sentinel',
  arguments: 'username:string',
  history: [
    '6.2.0: Tells channel patterns.',
    '7.0.0: Tells selectors; key and channel patterns are given as rules.',
  ],
  handler: ({ args, reply, server }) => {
    const user = server.users.describe(args.text(2));
    if (user === undefined) {
      reply.null();
      return;
    }
    reply.map(6);
    reply.bulkText('flags');
    reply.set(user.flags.length);
    for (const flag of user.flags) reply.bulkText(flag);
    reply.bulkText('passwords');
    replyTexts(reply, user.passwords);
    replySelector(reply, user);
    reply.bulkText('selectors');
    reply.array(user.selectors.length);
    for (const selector of user.selectors) {
      reply.map(3);
      replySelector(reply, selector);
    }
  },
});

export const aclList = command({
  container: 'ACL',
  name: 'LIST',
  group: 'server',
  since: '6.0.0',
  summary: 'Shows all users as lines of an ACL file.',
  complexity: 'O(N), N: users',
  arity: 2,
  flags: 'admin noscript loading stale sentinel',
  handler: ({ reply, server }) =>
    replyTexts(
      reply,
      server.users.lines().map((line) => `user ${line}`),
    ),
});

export const aclUsers = command({
  container: 'ACL',
  name: 'USERS',
  group: 'server',
  since: '6.0.0',
  summary: 'Lists the user names.',
  complexity: 'O(N), N: users',
  arity: 2,
  flags: 'admin noscript loading stale sentinel',
  handler: ({ reply, server }) => replyTexts(reply, server.users.names()),
});

export const aclWhoami = command({
  container: 'ACL',
  name: 'WHOAMI',
  group: 'server',
  since: '6.0.0',
  summary: 'Tells as which user this connection is logged in.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'noscript loading stale sentinel',
  handler: ({ reply, session }) => {
    if (session.user === undefined) reply.null();
    else reply.bulkText(session.user.name);
  },
});
