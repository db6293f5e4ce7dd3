/**
 * Messages a RESP3 client causes by its own commands, while it is subscribed to them: where they
 * stand among its replies. The real server (7.0) writes them as they come, even into the middle of
 * an array; ours never does that, and agrees with it wherever it does not either.
 */
import { describe, expect, it } from 'vitest';

import type { Both, Command } from '../support/both.ts';
import { useParity } from '../support/parity.ts';
import { showReply } from '../support/resp-value.ts';

const parity = useParity({ protocols: [3] });

/** Events of all kinds go to the client that causes them. */
async function listenToOneself(both: Both): Promise<void> {
  await both.run('CONFIG', 'SET', 'notify-keyspace-events', 'EA');
  await both.run('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
  both.send('PSUBSCRIBE', '__keyevent@0__:*');
  await both.receive();
}

/** What both servers write for the commands, pushes among the replies. */
async function streams(both: Both, ...commands: readonly Command[]): Promise<[string[], string[]]> {
  const streamOf = async (client: Both['ours']): Promise<string[]> => {
    const frames: string[] = [];
    for (const command of [...commands, ['ECHO', 'end'] as const]) client.send(...command);
    for (;;) {
      const frame = showReply(await client.receive());
      if (frame === showReply({ type: 'bulk', bytes: Buffer.from('end') })) return frames;
      frames.push(frame);
    }
  };
  return Promise.all([streamOf(both.real), streamOf(both.ours)]);
}

describe('messages of a client to itself', () => {
  it(
    'stand before or behind the reply, as in the real server',
    parity(async (both) => {
      await both.run('RPUSH', 'l', 'a', 'b', 'c');
      await listenToOneself(both);
      const [real, ours] = await streams(
        both,
        ['SET', 'a', '1'],
        ['MSET', 'a', '1', 'b', '2'],
        ['LPOP', 'l'],
        ['LPOP', 'l', '2'],
        ['SUBSCRIBE', 'news'],
        ['PUBLISH', 'news', 'text'],
        ['EVAL', "redis.call('PUBLISH', 'news', 'b') return redis.call('SET', 'a', 1)", '0'],
        ['SET', 'gone', '1', 'PX', '1'],
        ['DEBUG', 'SLEEP', '0.01'],
        ['SCAN', '0', 'COUNT', '1000', 'MATCH', 'gone'],
        ['CLIENT', 'REPLY', 'SKIP'],
        ['SET', 'l', 'x'],
        ['SETRANGE', 'l', '1', 'y'],
      );
      expect(ours).toEqual(real);
    }),
  );

  it(
    'never stand inside of it',
    parity(async (both) => {
      await listenToOneself(both);
      const [, ours] = await streams(
        both,
        ['MSET', 'a', '1', 'c', '3'],
        ['SET', 'b', '2', 'PX', '1'],
        ['DEBUG', 'SLEEP', '0.01'],
        ['MGET', 'a', 'b', 'c'],
        ['MULTI'],
        ['INCR', 'a'],
        ['RPUSH', 'l', 'x', 'y'],
        ['LPOP', 'l'],
        ['EXEC'],
        ['EVAL', "return {redis.call('LPOP', 'l'), redis.call('INCR', 'a')}", '0'],
      );
      const told = ours.map((frame) => /__keyevent@0__:(\w+)/.exec(frame)?.[1] ?? frame);
      expect(told).toEqual([
        ...['set', 'set', '+OK', 'set', 'expire', '+OK', '+OK'],
        ...['*["1", null(_), "3"]', 'expired'],
        ...['+OK', '+QUEUED', '+QUEUED', '+QUEUED'],
        ...['*[:2, :2, "x"]', 'incrby', 'rpush', 'lpop'],
        ...['lpop', 'del', 'incrby', '*["y", :3]'],
      ]);
    }),
  );
});
