/** The commands of group pubsub, and keyspace notifications. */
import { describe, it } from 'vitest';

import type { Both, Command } from '../support/both.ts';
import { unordered, unorderedPairs } from '../support/comparison.ts';
import { commandsOf, runLines } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';
import { showReply } from '../support/resp-value.ts';

const parity = useParity();
const END = 'end-of-test';

/** Takes and compares this many messages. */
async function receive(both: Both, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await both.receive();
}

/** Subscribes, and compares one confirmation for each name. */
async function subscribe(both: Both, ...command: Command): Promise<void> {
  both.send(...command);
  await receive(both, Math.max(1, command.length - 1));
}

describe('subscriptions', () => {
  it(
    'are counted, repeated and ended',
    parity(async (both) => {
      const other = await both.connect();
      await subscribe(both, 'SUBSCRIBE', 'a', 'b', 'a', '');
      await subscribe(both, 'PSUBSCRIBE', 'a*', '[b', 'a*');
      await subscribe(both, 'SSUBSCRIBE', 's', 's', 't');
      await other.runWith(unordered, 'PUBSUB', 'CHANNELS');
      await other.runWith(unordered, 'PUBSUB', 'CHANNELS', '[ab]');
      await other.runWith(unordered, 'PUBSUB', 'SHARDCHANNELS');
      await runLines(
        other,
        `
        PUBSUB CHANNELS a
        PUBSUB CHANNELS A
        PUBSUB CHANNELS a b
        PUBSUB SHARDCHANNELS t*
        PUBSUB SHARDCHANNELS a b
        PUBSUB NUMSUB
        PUBSUB NUMSUB a b none a
        PUBSUB NUMPAT
        PUBSUB NUMPAT x
        PUBSUB SHARDNUMSUB
        PUBSUB SHARDNUMSUB s t a
        PUBSUB
        PUBSUB NONSENSE
        PUBLISH a 1
        PUBLISH
        PUBLISH a
        PUBLISH a b c
        SPUBLISH s 2
        SPUBLISH a 2
        PUBLISH s 2
        PUBLISH '' empty
        SUBSCRIBE
        PSUBSCRIBE
        SSUBSCRIBE
      `,
      );
      await receive(both, 4);
      await subscribe(both, 'UNSUBSCRIBE', 'none', 'b', 'b');
      await subscribe(both, 'PUNSUBSCRIBE', 'none', '[b');
      await subscribe(both, 'SUNSUBSCRIBE', 't');
      await subscribe(both, 'PUNSUBSCRIBE');
      await subscribe(both, 'SUNSUBSCRIBE');
      await subscribe(both, 'UNSUBSCRIBE', 'a', '');
      for (const name of ['UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE'])
        await subscribe(both, name);
      await both.run('GET', 'a');
      await other.run('PUBSUB', 'NUMSUB', 'a', 'b');
      await other.run('PUBLISH', 'a', 'nobody');
    }),
  );

  it(
    'end when the client goes, or is reset',
    parity(async (both) => {
      const one = await both.connect();
      await subscribe(one, 'SUBSCRIBE', 'a', 'b');
      await subscribe(one, 'PSUBSCRIBE', '*');
      await subscribe(one, 'SSUBSCRIBE', 's');
      await both.run('PUBSUB', 'NUMSUB', 'a');
      one.send('RESET');
      await one.receive();
      await both.run('PUBSUB', 'NUMSUB', 'a', 'b');
      await both.run('PUBSUB', 'NUMPAT');
      await both.run('PUBSUB', 'SHARDNUMSUB', 's');
      const two = await both.connect();
      await subscribe(two, 'SUBSCRIBE', 'a');
      two.close();
      await both.until(
        ['PUBLISH', 'a', 'm'],
        (reply) => reply.type === 'integer' && reply.value === 0n,
      );
    }),
  );

  it(
    'restrict what RESP2 clients may do',
    parity(async (both) => {
      await both.run('SET', 'k', 'v');
      await subscribe(both, 'SUBSCRIBE', 'a');
      for (const command of commandsOf(`
        GET k
        PUBLISH b m
        SPUBLISH b m
        PUBSUB NUMPAT
        PUBSUB NONSENSE
        CLIENT ID x
        MULTI x
        PING
        PING hello
        PING a b
        NONSENSE
        GET
      `)) {
        both.send(...command);
        await both.receive();
      }
    }),
  );

  it(
    'work inside transactions and with replies off',
    parity(async (both) => {
      const other = await both.connect();
      // Over RESP3 the confirmations are pushes inside of EXEC's array, which no client can read.
      const two = await both.connect({ protocol: 2 });
      await two.run('MULTI');
      await two.run('SUBSCRIBE', 'a');
      await two.run('PSUBSCRIBE', 'p*');
      await other.run('PUBLISH', 'a', 'nobody');
      await two.run('EXEC');
      await other.run('PUBLISH', 'a', 'm');
      await receive(two, 1);
      const muted = await both.connect();
      muted.send('CLIENT', 'REPLY', 'OFF');
      muted.send('SUBSCRIBE', 'x', 'y');
      await receive(muted, 2);
      await other.run('PUBLISH', 'y', 'm');
      await receive(muted, 1);
    }),
  );

  it(
    'send a message in order of channel and pattern, to many',
    parity(async (both) => {
      const others = await Promise.all([both.connect(), both.connect({ protocol: 3 })]);
      for (const one of others) await subscribe(one, 'SUBSCRIBE', 'news', 'other');
      await subscribe(others[0]!, 'PSUBSCRIBE', 'n?ws');
      const message = 'x'.repeat(70_000);
      for (const text of ['', 'a', message, 'b\r\nc'])
        await both.pipeline([
          ['PUBLISH', 'news', text],
          ['PUBLISH', 'other', text],
          ['PUBLISH', 'none', text],
        ]);
      await receive(others[0]!, 12);
      await receive(others[1]!, 8);
    }),
  );
});

describe('keyspace notifications', () => {
  /** Runs commands while all events are subscribed to, and compares what was told. */
  const events = (classes: string, text: string) =>
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'notify-keyspace-events', classes);
      const listener = await both.connect();
      // Not the client that runs the commands, which may be inside MULTI.
      const other = await both.connect();
      await subscribe(listener, 'PSUBSCRIBE', '__key*@*', END);
      for (const command of commandsOf(text)) {
        await both.runWith(unorderedPairs, ...command);
        await other.run('PUBLISH', END, command.join(' '));
        while (!showReply(await listener.receive()).includes(END));
      }
    });

  const COMMANDS = `
    SET a 1
    INCR a
    APPEND a x
    SETRANGE a 1 y
    SETBIT b 7 1
    BITFIELD b SET u8 0 5
    BITOP NOT c b
    PFADD h x y
    PFMERGE h2 h
    MSET a 1 b 2
    GETDEL b
    GETEX a EX 1000
    GETEX a PERSIST
    EXPIRE a 1000
    PERSIST a
    EXPIRE a -1
    GET a
    COPY h h3
    RENAME h3 h4
    MOVE h4 1
    LPUSH l a b c
    RPUSH l d
    LINSERT l BEFORE b x
    LSET l 0 y
    LREM l 1 x
    LTRIM l 0 1
    LMOVE l m LEFT RIGHT
    RPOPLPUSH l m
    LPOP m
    RPOP m
    LMPOP 1 m LEFT
    SADD s a b c d
    SREM s a
    SMOVE s t b
    SPOP t
    SINTERSTORE u s s
    SDIFFSTORE u s s
    HSET hash a 1 b 2
    HINCRBY hash a 1
    HINCRBYFLOAT hash a 1.5
    HDEL hash a b
    ZADD z 1 a 2 b 3 c 4 d
    ZINCRBY z 1 a
    ZADD z INCR 1 a
    ZREM z d
    ZREMRANGEBYRANK z 0 0
    ZREMRANGEBYSCORE z 100 200
    ZUNIONSTORE z2 1 z
    ZRANGESTORE z3 z 0 -1
    ZPOPMIN z
    ZMPOP 1 z MAX
    GEOADD g 1 1 a 2 2 b
    GEOSEARCHSTORE g2 g FROMMEMBER a BYRADIUS 1000 km
    XADD x 1-1 f v
    XADD x MAXLEN 1 2-1 f v
    XGROUP CREATE x grp 0
    XREADGROUP GROUP grp me COUNT 1 STREAMS x >
    XGROUP DELCONSUMER x grp me
    XGROUP DESTROY x grp
    XDEL x 2-1
    XTRIM x MAXLEN 0
    XSETID x 9-9
    SORT l ALPHA STORE sorted
    MULTI
    SET q 1
    LPUSH q2 1
    DEL q q2
    EXEC
    SET bin \\x00\\xff
    DEL bin none
    UNLINK hash z2
    EVAL return(redis.call('set','k','v')) 0
    FLUSHALL
  `;

  it('tell every event on both channels', events('KEAmn', COMMANDS));
  it('tell only the classes chosen', events('Kg$', COMMANDS));
  it('tell nothing when no channel is chosen', events('A', COMMANDS));
  it('tell by event only', events('Elshzxt', COMMANDS));

  it(
    'tell of what expires',
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'notify-keyspace-events', 'KEx');
      const listener = await both.connect();
      await subscribe(listener, 'PSUBSCRIBE', '__key*');
      await both.run('SELECT', 3);
      await both.run('SET', 'k', 'v', 'PX', 1);
      await receive(listener, 2);
      await both.run('CONFIG', 'SET', 'notify-keyspace-events', '');
      await both.run('SET', 'k', 'v');
      await both.run('PUBLISH', '__key-end', 'only this');
      await receive(listener, 1);
    }),
  );
});
