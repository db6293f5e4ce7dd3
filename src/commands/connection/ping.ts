/** PING and ECHO. */
import { command } from '../../command/spec.ts';
import { SESSION_SUBSCRIBED } from '../../command/session.ts';
import { wrongArgumentCount } from '../../resp/errors.ts';

export const ping = command({
  name: 'PING',
  group: 'connection',
  since: '1.0.0',
  summary: 'Answers, with PONG or with what it was sent.',
  complexity: 'O(1)',
  arity: -1,
  flags: 'fast sentinel',
  categories: 'connection',
  arguments: '[message:string]',
  tips: 'request_policy:all_shards response_policy:all_succeeded',
  handler: ({ args, reply, session }) => {
    if (args.count > 2) {
      reply.error(wrongArgumentCount('ping'));
    } else if (session.has(SESSION_SUBSCRIBED) && session.protocol === 2) {
      // Over RESP2 a subscriber gets it in the form of a message.
      reply.array(2);
      reply.bulkText('pong');
      if (args.count === 2) reply.bulk(args.bytes, args.start(1), args.end(1));
      else reply.bulkText('');
    } else if (args.count === 2) reply.bulk(args.bytes, args.start(1), args.end(1));
    else reply.pong();
  },
});
