/**
 * Messages a RESP3 client causes by its own commands, while it is subscribed to them: where they
 * stand among its replies. The real server (7.0) writes them as they come, even into the middle of
 * an array; ours never does that, and agrees with it wherever it does not either.
 */
import { describe, expect, it } from 'vitest';

import type { Both } from '../support/both.ts';
import { useParity } from '../support/parity.ts';
import { Stage } from '../support/stage.ts';

const parity = useParity({ protocols: [3] });

/** A client that is told of all events of keys, its own, too. */
async function selfListener(both: Both): Promise<Stage> {
  await both.run('CONFIG', 'SET', 'notify-keyspace-events', 'EA');
  await both.run('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
  const stage = await Stage.open(both, { one: 3 });
  await stage.step('one', 'PSUBSCRIBE __keyevent@0__:*');
  await stage.compare();
  return stage;
}

describe('messages of a client to itself', () => {
  it(
    'stand before or behind the reply, as in the real server',
    parity(async (both) => {
      await both.run('RPUSH', 'l', 'a', 'b', 'c');
      const stage = await selfListener(both);
      const script = "redis.call('PUBLISH', 'news', 'b') return redis.call('SET', 'a', 1)";
      await stage.step(
        'one',
        'SET a 1',
        'MSET a 1 b 2',
        'LPOP l',
        'LPOP l 2',
        'SUBSCRIBE news',
        'PUBLISH news text',
        ['EVAL', script, '0'],
        'SET gone 1 PX 1',
        'DEBUG SLEEP 0.01',
        'SCAN 0 COUNT 1000 MATCH gone',
        'CLIENT REPLY SKIP',
        'SET l x',
        'SETRANGE l 1 y',
      );
      await stage.compare();
    }),
  );

  it(
    'never stand inside of it',
    parity(async (both) => {
      const stage = await selfListener(both);
      await stage.step('one', 'MSET a 1 c 3', 'SET b 2 PX 1', 'DEBUG SLEEP 0.01', 'MGET a b c');
      await stage.step('one', 'MULTI', 'INCR a', 'RPUSH l x y', 'LPOP l', 'EXEC');
      const script = "return {redis.call('LPOP', 'l'), redis.call('INCR', 'a')}";
      await stage.step('one', ['EVAL', script, '0']);
      const { one } = await stage.ours();
      const told = one!.map((frame) => /__keyevent@0__:(\w+)/.exec(frame)?.[1] ?? frame);
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
