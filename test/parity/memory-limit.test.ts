/** `maxmemory` reached with nothing to evict: who is refused, and with what. */
import { describe, it } from 'vitest';

import type { Both } from '../support/both.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();

async function runAll(both: Both, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) await both.run(...line.split(' '));
}

const FULL = 'CONFIG SET maxmemory 1';
const FREE = 'CONFIG SET maxmemory 0';

describe('without room', () => {
  it(
    'refuses what may need memory, and nothing else',
    parity(async (both) => {
      await runAll(both, 'SET a 1', 'RPUSH l 1 2', 'SADD s 1', FULL, 'SET a 2', 'APPEND a x');
      await runAll(both, 'LPUSH l x', 'SETRANGE a 0 x', 'GET a', 'LPOP l', 'EXPIRE a 1000');
      await runAll(both, 'RENAME a b', 'SREM s 1', 'PUBLISH c m', 'COPY b c', 'BITCOUNT b');
      await runAll(both, 'SET', 'NOSUCH', 'DEL b', FREE, 'SET a 3', 'GET a');
      await both.digest();
    }),
  );

  it(
    'refuses all that MULTI would queue',
    parity(async (both) => {
      await runAll(both, FULL, 'MULTI', 'GET a', 'EXEC', 'MULTI', 'DISCARD', 'MULTI', 'EXEC');
      await runAll(both, 'MULTI', 'MULTI', 'EXEC', 'MULTI', 'WATCH a', 'DISCARD', 'UNWATCH');
      await runAll(both, 'MULTI', 'UNWATCH', 'EXEC', 'MULTI', 'PING', 'EXEC');
    }),
  );

  it(
    'refuses EXEC when a queued command may need memory',
    parity(async (both) => {
      const other = await both.connect();
      await runAll(both, 'MULTI', 'SET a 1', 'GET a');
      await runAll(other, FULL);
      await runAll(both, 'EXEC', 'EXEC');
      await runAll(other, FREE);
      await runAll(both, 'MULTI', 'GET a', 'DEL a');
      await runAll(other, FULL);
      await runAll(both, 'EXEC');
      await runAll(other, FREE);
      await runAll(both, 'MULTI', 'CONFIG SET maxmemory 1', 'SET a 1', 'EXEC', 'GET a');
      await both.digest();
    }),
  );

  it(
    'holds scripts to what they declare',
    parity(async (both) => {
      await runAll(both, FULL);
      await both.run('EVAL', "return redis.pcall('set','a',1)", '0');
      await both.run('EVAL', "return redis.call('get','a')", '0');
      await both.run('EVAL', "redis.call('del','x') return redis.call('set','a',1)", '0');
      await both.run('EVAL', "#!lua\nreturn redis.call('get','a')", '0');
      await both.run('EVAL', "#!lua flags=allow-oom\nreturn redis.call('set','a',1)", '0');
      await both.run('EVAL', "#!lua flags=no-writes\nreturn redis.call('get','a')", '0');
      await both.run('EVAL_RO', "return redis.call('get','a')", '0');
      await runAll(both, FREE);
      await both.digest();
    }),
  );

  it(
    'evicts nothing under a volatile policy when nothing expires, and everything that does',
    parity(async (both) => {
      for (const order of ['lru', 'lfu', 'random', 'ttl']) {
        await runAll(both, FREE, 'SET stays 1', 'SET goes 1 EX 1000');
        await runAll(both, `CONFIG SET maxmemory-policy volatile-${order}`, FULL);
        await both.untilGone('goes');
        await runAll(both, 'SET a 1', 'GET stays', 'DBSIZE');
      }
      for (const order of ['lru', 'lfu', 'random']) {
        await runAll(both, FREE, 'SET a 1', 'SELECT 3', 'SET b 1');
        await runAll(both, `CONFIG SET maxmemory-policy allkeys-${order}`, FULL);
        await both.untilGone('b');
        await runAll(both, 'SET a 1', 'DBSIZE', 'SELECT 0', 'DBSIZE');
      }
    }),
  );
});

it(
  'begins the counter of a small integer as the real server does with those it shares',
  parity(async (both) => {
    // The real server's integers remember the first round's uses in the second.
    const integer = 700 + both.protocol;
    await runAll(both, 'CONFIG SET maxmemory-policy allkeys-lfu lfu-log-factor 0');
    await runAll(both, `SET n ${integer}`, 'OBJECT FREQ n', 'GET n', 'OBJECT FREQ n');
    await runAll(both, 'SET n text', 'OBJECT FREQ n', 'SET big 10000', 'OBJECT FREQ big');
    await runAll(both, `INCRBY one ${integer + 10}`, 'OBJECT FREQ one');
    await runAll(both, 'CONFIG SET maxmemory 100mb', `SET m ${integer + 20}`, 'OBJECT FREQ m');
  }),
);

it(
  'counts uses or idle time, as the policy says',
  parity(async (both) => {
    await runAll(both, 'SET a 1', 'OBJECT FREQ a', 'OBJECT IDLETIME a', 'OBJECT FREQ x');
    await runAll(both, 'CONFIG SET maxmemory-policy allkeys-lfu', 'SET n text', 'OBJECT FREQ n');
    await runAll(both, 'OBJECT IDLETIME n', 'OBJECT IDLETIME x', 'CONFIG SET lfu-log-factor 0');
    await runAll(both, 'GET n', 'GET n', 'OBJECT FREQ n', 'OBJECT FREQ n');
  }),
);
