/** Scripts that take long: what other clients get meanwhile, and how such scripts are ended. */
import { setTimeout as delay } from 'node:timers/promises';

import { describe, it } from 'vitest';

import type { Both } from '../support/both.ts';
import type { Comparison } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';
import { showReply } from '../support/resp-value.ts';

const parity = useParity({ protocols: [3] });
const ENDLESS = 'while true do end';
/** Ends by the server's own clock of CPU time, so that it is seen busy however fast the server is. */
const HALF_A_SECOND = `
  local function used() return tonumber(redis.call('info', 'cpu'):match('used_cpu_user:([%d.]+)')) end
  local start = used()
  while used() - start < 0.5 do end`;

/** Runs `work` while a client's call goes on on both servers, in the busy state. */
async function whileBusy(
  both: Both,
  call: readonly (string | number)[],
  work: (other: Both) => Promise<void>,
  ended: Comparison = exceptLine,
): Promise<void> {
  await both.run('CONFIG', 'SET', 'busy-reply-threshold', 10);
  const runner = await both.connect();
  const other = await both.connect();
  const running = runner.runWith(ended, ...call);
  await other.until(['PING'], (reply) => showReply(reply).startsWith('-BUSY'));
  await work(other);
  await running;
}

/** On which of its lines a script was when it was killed depends on the moment. */
const exceptLine: Comparison = (expected, actual) => text(expected) === text(actual);

function text(reply: Parameters<Comparison>[0]): string {
  return showReply(reply).replaceAll(/, on (@user_script|@user_function):\d+/g, ', on $1');
}

describe('a script that does not end', () => {
  it(
    'is killed, whatever it does',
    parity(async (both) => {
      for (const source of [
        ENDLESS,
        'while true do pcall(function() while true do end end) end',
        'local function f() return f() end f()',
        "while true do redis.call('get', 'x') end",
        "while true do redis.pcall('nosuch') end",
        'coroutine.wrap(function() while true do end end)()',
      ])
        await whileBusy(both, ['EVAL', source, 0], async (other) => {
          for (const command of [
            ['GET', 'x'],
            ['SET', 'x', 'y'],
            ['EVAL', 'return 1', 0],
            ['FUNCTION', 'STATS'],
            ['FUNCTION', 'KILL'],
            ['FCALL', 'f', 0],
            ['SHUTDOWN'],
            ['SHUTDOWN', 'SAVE'],
            ['INFO'],
            ['WATCH', 'a'],
            ['UNWATCH'],
            ['MULTI'],
            ['GET', 'x'],
            ['DISCARD'],
            ['NOSUCH'],
            ['GET'],
            ['SCRIPT', 'KILL'],
          ])
            await other.run(...command);
        });
      await both.run('SCRIPT', 'KILL');
      await both.run('PING');
    }),
  );

  it(
    'is not killed when it has written',
    parity(async (both) => {
      await both.run('SET', 'stop', '0');
      const source = `redis.call('set', 'x', 'y')
        ${HALF_A_SECOND}
        return redis.call('get', 'x')`;
      await whileBusy(both, ['EVAL', source, 0], async (other) => {
        await other.run('SCRIPT', 'KILL');
        await other.run('GET', 'x');
      });
      await both.digest();
    }),
  );

  it(
    'as a function',
    parity(async (both) => {
      await both.run(
        'FUNCTION',
        'LOAD',
        `#!lua name=mine\nredis.register_function('f', function() ${ENDLESS} end)`,
      );
      await whileBusy(both, ['FCALL', 'f', 1, 'a', 'b'], async (other) => {
        await other.run('GET', 'x');
        await other.run('SCRIPT', 'KILL');
        const withoutTime: Comparison = (expected, actual) =>
          showReply(expected).replace(/"duration_ms" ?=?>? ?:\d+|:\d+/g, '') ===
          showReply(actual).replace(/"duration_ms" ?=?>? ?:\d+|:\d+/g, '');
        await other.runWith(withoutTime, 'FUNCTION', 'STATS');
        await other.run('FUNCTION', 'KILL');
      });
      await both.run('FUNCTION', 'KILL');
      await both.run('FCALL', 'nosuch', 0);
    }),
  );

  it(
    'in the middle of a transaction',
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'busy-reply-threshold', 10);
      const runner = await both.connect();
      const other = await both.connect();
      await runner.run('MULTI');
      await runner.run('GET', 'a');
      await runner.run('EVAL', ENDLESS, 0);
      await runner.run('SET', 'a', 'b');
      await runner.run('EVAL', ENDLESS, 0);
      await runner.run('GET', 'a');
      const running = runner.runWith(exceptLine, 'EXEC');
      await other.until(['PING'], (reply) => showReply(reply).startsWith('-BUSY'));
      await other.run('SCRIPT', 'KILL');
      await delay(100);
      await other.until(['PING'], (reply) => showReply(reply).startsWith('-BUSY'));
      // It has written by now, in its transaction, but not the second script.
      await other.run('SCRIPT', 'KILL');
      await running;
      await runner.run('GET', 'a');
      await other.run('GET', 'a');
    }),
  );
});

describe('a script that takes a while', () => {
  it(
    'keeps other clients waiting, and time standing still',
    parity(async (both) => {
      await both.run('SET', 'short', 'x', 'PX', 40);
      const runner = await both.connect();
      const other = await both.connect();
      const source = `local before = redis.call('pttl', 'short') > 0
        local n = 0
        while n < 5e7 do n = n + 1 end
        redis.call('set', 'done', n)
        return {before and 1 or 0, redis.call('exists', 'short'), redis.call('get', 'done')}`;
      const running = runner.run('EVAL', source, 0);
      await delay(20);
      await other.run('GET', 'done');
      await running;
      await other.run('EXISTS', 'short');
    }),
  );

  it(
    'goes on when its client is gone',
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'busy-reply-threshold', 10);
      const runner = await both.connect();
      const other = await both.connect();
      runner.send('EVAL', `${HALF_A_SECOND} redis.call('set', 'done', 1)`, 0);
      await other.until(['PING'], (reply) => showReply(reply).startsWith('-BUSY'));
      runner.close();
      await other.until(['GET', 'done'], (reply) => showReply(reply) === '"1"');
    }),
  );
});
