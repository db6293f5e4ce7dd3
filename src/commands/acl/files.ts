/** ACL LOAD and ACL SAVE. */
import { command } from '../../command/spec.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';

function replyOutcome(reply: ReplyWriter, problem: string | undefined): void {
  if (problem === undefined) reply.ok();
  else reply.error(problem);
}

export const aclLoad = command({
  container: 'ACL',
  name: 'LOAD',
  group: 'server',
  since: '6.0.0',
  summary: 'Reads the ACL file again.',
  complexity: 'O(N), N: users in the file',
  arity: 2,
  flags: 'admin noscript loading stale sentinel',
  handler: ({ reply, server }) => replyOutcome(reply, server.users.load()),
});

export const aclSave = command({
  container: 'ACL',
  name: 'SAVE',
  group: 'server',
  since: '6.0.0',
  summary: 'Writes the users to the ACL file.',
  complexity: 'O(N), N: users',
  arity: 2,
  flags: 'admin noscript loading stale sentinel',
  handler: ({ reply, server }) => replyOutcome(reply, server.users.save()),
});
