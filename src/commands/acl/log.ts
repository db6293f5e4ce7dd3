/** ACL LOG. */
import type { RefusalEntry } from '../../command/access.ts';
import { command } from '../../command/spec.ts';
import { unknownSubcommandOrArity } from '../../resp/errors.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';

const USUAL_COUNT = 10;

export const aclLog = command({
  container: 'ACL',
  name: 'LOG',
  group: 'server',
  since: '6.0.0',
  summary: 'Shows the latest refusals, or clears them.',
  complexity: 'O(N), N: entries shown',
  arity: -2,
  flags: 'admin noscript loading stale sentinel',
  arguments: '[operation: count:integer | RESET]',
  handler: (context) => {
    const { args, reply, server } = context;
    if (args.count > 3) {
      reply.error(unknownSubcommandOrArity('ACL', args.bytes, args.start(1), args.end(1)));
      return;
    }
    if (args.count === 3 && args.is(2, 'reset')) {
      server.refusals.reset();
      reply.ok();
      return;
    }
    const count = args.count === 3 ? args.integer(2) : USUAL_COUNT;
    if (context.refused()) return;
    const entries = server.refusals.latest(count);
    const now = server.clock.wallMilliseconds();
    reply.array(entries.length);
    for (const entry of entries) replyEntry(reply, entry, now);
  },
});

function replyEntry(reply: ReplyWriter, entry: RefusalEntry, now: number): void {
  reply.map(7);
  reply.bulkText('count');
  reply.integer(entry.count);
  const texts = {
    reason: entry.reason,
    context: entry.context,
    object: entry.object,
    username: entry.userName,
  };
  for (const [name, text] of Object.entries(texts)) {
    reply.bulkText(name);
    reply.bulkText(text);
  }
  reply.bulkText('age-seconds');
  reply.double((now - entry.time) / 1000);
  reply.bulkText('client-info');
  reply.bulkText(entry.client);
}
