/** The harness against itself: two real servers must agree, and planted differences must be found. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { index, integerText, key, value } from './arbitraries.ts';
import { sameShape, unordered } from './comparison.ts';
import { useParity } from './parity.ts';
import { checkRandomly, type RandomCommand } from './random-parity.ts';
import { showReply, textOf } from './resp-value.ts';

const parity = useParity({ target: 'redis' });

describe('parity of a real server with itself', () => {
  it(
    'returns the real reply and compares contents',
    parity(async (both) => {
      expect(showReply(await both.run('SET', 'a', 1))).toBe('+OK');
      expect(showReply(await both.run('GET', 'missing'))).toBe(
        both.protocol === 2 ? 'null($-1)' : 'null(_)',
      );
      await both.pipeline([
        ['RPUSH', 'list', 'x', new Uint8Array([0, 255, 13, 10])],
        ['HSET', 'hash', 'field', 'value'],
        ['ZADD', 'zset', '1.5', 'one'],
        ['SET', 'expiring', 'x', 'EX', 1000],
        ['SELECT', 3],
        ['SET', 'elsewhere', 'é'],
      ]);
      await both.digest();
    }),
  );

  it(
    'names the command and both replies of a difference',
    parity(async (both) => {
      await both.ours.call('SET', 'a', 'other');
      await both.real.call('SET', 'a', 'one');
      await expect(both.run('GET', 'a')).rejects.toThrow(/GET a\n.*"one"\n.*"other"/);
    }),
  );

  it(
    'tells a null array from a null bulk string and an integer from a string',
    parity(async (both) => {
      await both.ours.call('SET', 'a', '5');
      await both.real.call('INCRBY', 'b', '5');
      await expect(both.run('EXISTS', 'a')).rejects.toThrow('ours differs');
      await expect(both.run('GET', 'b')).rejects.toThrow('ours differs');
    }),
  );

  it(
    'finds contents, types, encodings and expiries that differ',
    parity(async (both) => {
      await both.run('SET', 'a', 'x');
      await both.ours.call('APPEND', 'a', '');
      await both.ours.call('EXPIRE', 'a', 1000);
      await both.run('RPUSH', 'list', 'x');
      await both.ours.call('LSET', 'list', 0, 'y');
      await both.run('SELECT', 9);
      await both.real.call('SET', 'only', 1);
      const failure = await both.digest().catch((cause: Error) => cause.message);
      expect(failure).toMatch(/db0 "a": ttlMs -1 in redis, \d+ in ours/);
      expect(failure).toContain('db0 "list": digest');
      expect(failure).toContain('db9 "only": only in redis');
    }),
  );

  it(
    'starts every case empty, with the first configuration',
    parity(async (both) => {
      expect(showReply(await both.run('DBSIZE'))).toBe(':0');
      const limit = await both.run('CONFIG', 'GET', 'hash-max-listpack-entries');
      expect(showReply(limit)).toContain('"512"');
      await both.run('CONFIG', 'SET', 'hash-max-listpack-entries', '7');
      await both.run('SET', 'left', 'over');
    }),
  );

  it(
    'compares what may come in any order',
    parity(async (both) => {
      const names = Array.from({ length: 300 }, (_, at) => `member${at}`);
      await both.run('SADD', 'set', ...names);
      await both.run('SMEMBERS', 'set');
      await both.runWith(unordered, 'SRANDMEMBER', 'set', 300);
      await both.runWith(sameShape, 'SPOP', 'set');
    }),
  );

  it(
    'drives several connections: blocking, pub/sub, expiry',
    parity(async (both) => {
      const blocked = await both.connect();
      const popped = blocked.run('BLPOP', 'queue', 0);
      await both.untilBlocked(1);
      await both.run('RPUSH', 'queue', 'job');
      expect(showReply(await popped)).toBe('*["queue", "job"]');

      const subscriber = await both.connect();
      subscriber.send('SUBSCRIBE', 'news');
      await subscriber.receive();
      await both.run('PUBLISH', 'news', 'hello');
      const message = showReply(await subscriber.receive());
      expect(message).toBe(`${both.protocol === 2 ? '*' : '>'}["message", "news", "hello"]`);

      await both.run('SET', 'short', 'x', 'PX', 5);
      await both.untilGone('short');
    }),
  );

  it(
    'compares bytes of malformed requests up to the close',
    parity(async (both) => {
      const fresh = await both.connect();
      const answer = await fresh.exchange('*1\r\n$abc\r\n');
      expect(answer.toString()).toBe('-ERR Protocol error: invalid bulk length\r\n');
      const other = await both.connect();
      expect((await other.exchange('PING\r\n', 1)).toString()).toBe('+PONG\r\n');
    }),
  );

  it(
    'sends thousands of commands in a moment',
    parity(async (both) => {
      const commands = Array.from({ length: 5_000 }, (_, at) => ['SET', `key${at}`, at] as const);
      await both.pipeline(commands);
      expect(textOf(await both.run('DBSIZE'))).toBe('5000');
      await both.digest();
    }),
  );
});

const strings: fc.Arbitrary<RandomCommand> = fc.oneof(
  fc.tuple(fc.constant('SET'), key(), value),
  fc.tuple(fc.constantFrom('GET', 'INCR', 'STRLEN', 'DEL', 'PTTL'), key()),
  fc.tuple(fc.constant('INCRBY'), key(), integerText),
  fc.tuple(fc.constant('GETRANGE'), key(), index, index),
);

describe('random parity', () => {
  it(
    'finds no difference between two real servers',
    parity.random({ commands: strings, runs: 20, steps: 100 }),
    60_000,
  );

  it(
    'shrinks a planted difference to the commands that show it',
    parity(async (both) => {
      const open = async () => {
        const fresh = await both.connect();
        await fresh.run('FLUSHALL');
        await fresh.ours.call('SET', 'key3', 'planted');
        return fresh;
      };
      const options = { commands: strings, seed: 7, digest: false, steps: 60 };
      const failure = await checkRandomly(open, options).catch((cause: Error) => cause.message);
      expect(failure).toContain('RESPD_SEED=7');
      expect(failure).toContain('parity(async (both) =>');
      expect(String(failure).match(/await both\.run\(/g)).toHaveLength(1);
    }),
    60_000,
  );
});
