/** DEBUG PROTOCOL: one reply of every kind there is, for those who test a client's parser. */
import type { CommandContext } from '../../command/context.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';

const WRONG_TYPE_NAME =
  'ERR Wrong protocol type name. Please use one of the following: ' +
  'string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false';
const NOT_IN_RESP2 = 'ERR RESP2 is not supported by this command';

const REPLIES: ReadonlyMap<string, (reply: ReplyWriter) => void> = new Map([
  ['string', (reply) => reply.bulkText('Hello World')],
  ['integer', (reply) => reply.integer(12345)],
  // oxlint-disable-next-line approx-constant -- the number the real server sends, not a constant
  ['double', (reply) => reply.double(3.141)],
  ['bignum', (reply) => reply.bigNumber('1234567999999999999999999999999999999')],
  ['null', (reply) => reply.null()],
  [
    'array',
    (reply) => {
      reply.array(3);
      for (let i = 0; i < 3; i++) reply.integer(i);
    },
  ],
  [
    'set',
    (reply) => {
      reply.set(3);
      for (let i = 0; i < 3; i++) reply.integer(i);
    },
  ],
  [
    'map',
    (reply) => {
      reply.map(3);
      for (let i = 0; i < 3; i++) {
        reply.integer(i);
        reply.boolean(i === 1);
      }
    },
  ],
  [
    'attrib',
    (reply) => {
      if (reply.attribute(1)) {
        reply.bulkText('key-popularity');
        reply.array(2);
        reply.bulkText('key:123');
        reply.integer(90);
      }
      reply.bulkText('Some real reply following the attribute');
    },
  ],
  [
    'push',
    (reply) => {
      if (reply.protocol === 2) {
        reply.error(NOT_IN_RESP2);
        return;
      }
      reply.push(2);
      reply.bulkText('server-cpu-usage');
      reply.integer(42);
      reply.bulkText('Some real reply following the push reply');
    },
  ],
  ['verbatim', (reply) => reply.verbatim('txt', 'This is a verbatim\nstring')],
  ['true', (reply) => reply.boolean(true)],
  ['false', (reply) => reply.boolean(false)],
]);

/** Replies a value of the kind that argument 2 names. */
export function debugProtocol({ args, reply }: CommandContext): void {
  const write = REPLIES.get(args.text(2).toLowerCase());
  if (write === undefined) reply.error(WRONG_TYPE_NAME);
  else write(reply);
}
