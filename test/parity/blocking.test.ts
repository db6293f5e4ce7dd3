/** Clients that wait for keys, against redis-server: streams, and the rules common to all types. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import type { Both } from '../support/both.ts';
import { useParity } from '../support/parity.ts';
import { showReply, textOf } from '../support/resp-value.ts';

const parity = useParity();

/** A second client that sent a command which blocks. */
async function waiting(both: Both, blocked: number, ...args: string[]): Promise<Both> {
  const other = await both.connect();
  other.send(...args);
  await both.untilBlocked(blocked);
  return other;
}

async function blockedNow(both: Both, count: number): Promise<void> {
  await both.untilBlocked(count);
}

describe('XREAD BLOCK', () => {
  it(
    'gives every client what comes',
    parity(async (both) => {
      await both.run('XADD', 'a', '1-1', 'f', 'v');
      const one = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', 'b', '$', '$');
      const two = await waiting(both, 2, 'XREAD', 'BLOCK', '0', 'STREAMS', 'b', 'a', '0', '1-1');
      const later = await waiting(both, 3, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', '5');
      await both.run('XADD', 'a', '2-1', 'f', 'v');
      await one.receive();
      await two.receive();
      await blockedNow(both, 1);
      await both.run('XADD', 'a', '5-0', 'f', 'v');
      await both.run('XADD', 'a', '5-1', 'f', 'v');
      await later.receive();
      await one.run('PING');
    }),
  );

  it(
    'waits for keys of its type only, and sees what a transaction leaves',
    parity(async (both) => {
      const one = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'COUNT', '1', 'STREAMS', 'a', '0');
      await both.run('SET', 'a', 'x');
      await both.run('XADD', 'b', '1-1', 'f', 'v');
      await both.run('DEL', 'a');
      await both.run('MULTI');
      await both.run('XADD', 'a', '1-1', 'f', 'v');
      await both.run('DEL', 'a');
      await both.run('EXEC');
      await blockedNow(both, 1);
      await both.run('MULTI');
      await both.run('XADD', 'a', '1-1', 'f', 'v');
      await both.run('XADD', 'a', '1-2', 'f', 'v');
      await both.run('XDEL', 'a', '1-1');
      await both.run('EXEC');
      await one.receive();
      const two = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', '$');
      await both.run('MULTI');
      await both.run('XADD', 'a', '2-1', 'f', 'v');
      await both.run('XDEL', 'a', '2-1');
      await both.run('EXEC');
      await two.receive();
      const three = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', '$');
      await both.run('XSETID', 'a', '100-0');
      await blockedNow(both, 1);
      await both.run('XGROUP', 'CREATE', 'a', 'g', '$');
      await both.run('XGROUP', 'DESTROY', 'a', 'g');
      await three.receive();
    }),
  );

  it(
    'sees keys that come by other ways',
    parity(async (both) => {
      await both.run('XADD', 'source', '5-1', 'f', 'v');
      const one = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
      await both.run('COPY', 'source', 'a');
      await one.receive();
      await both.run('DEL', 'a');
      const two = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
      await both.run('RENAME', 'source', 'a');
      await two.receive();
      await both.run('RENAME', 'a', 'source');
      const three = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
      await both.run('COPY', 'source', 'a', 'DB', '1');
      await blockedNow(both, 1);
      await both.run('SWAPDB', '0', '1');
      await three.receive();
      await both.run('SELECT', '1');
      await both.run('RENAME', 'source', 'b');
      await both.run('SELECT', '0');
      const four = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'b', '0');
      await both.run('SELECT', '1');
      await both.run('MOVE', 'b', '0');
      await four.receive();
      await both.run('SELECT', '0');
      await both.run('SET', 'text', 'x');
      const five = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'text2', '0');
      await both.run('SET', 'text2', 'x');
      await both.run('COPY', 'b', 'text2', 'REPLACE');
      await five.receive();
    }),
  );

  it(
    'ends by its time, by CLIENT UNBLOCK, and not inside EXEC',
    parity(async (both) => {
      await both.run('XREAD', 'BLOCK', '20', 'STREAMS', 'a', '0');
      const one = await both.connect();
      const ids = await Promise.all(
        [one.real, one.ours].map(async (client) => textOf(await client.call('CLIENT', 'ID'))!),
      );
      const unblock = async (...how: string[]) => {
        const replies = await Promise.all([
          both.real.call('CLIENT', 'UNBLOCK', ids[0]!, ...how),
          both.ours.call('CLIENT', 'UNBLOCK', ids[1]!, ...how),
        ]);
        expect(showReply(replies[1])).toBe(showReply(replies[0]));
      };
      for (const how of [[], ['TIMEOUT'], ['ERROR'], ['error']]) {
        one.send('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
        await both.untilBlocked(1);
        await unblock(...how);
        await one.receive();
        await unblock(...how);
      }
      await unblock('NOTHING');
      one.send('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
      await both.untilBlocked(1);
      await both.run('MULTI');
      await both.run('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
      await both.run('XREAD', 'BLOCK', '500', 'STREAMS', 'a', '$');
      await both.run('XADD', 'a', '1-1', 'f', 'v');
      await both.run('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
      await both.run('EXEC');
      await one.receive();
      await blockedNow(both, 0);
    }),
  );

  it(
    'lets requests behind it wait, and forgets clients that go',
    parity(async (both) => {
      const one = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', '$');
      one.send('SET', 'after', '1');
      one.send('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '$');
      one.send('GET', 'after');
      await both.run('GET', 'after');
      await both.run('XADD', 'a', '1-1', 'f', 'v');
      await one.receive();
      await one.receive();
      await both.untilBlocked(1);
      await both.run('GET', 'after');
      await both.run('XADD', 'a', '2-1', 'f', 'v');
      await one.receive();
      await one.receive();
      const gone = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', '$');
      gone.close();
      await both.untilBlocked(0);
      await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', '$');
      await both.run('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await both.untilBlocked(0);
    }),
  );

  it(
    'keeps replies switched off',
    parity(async (both) => {
      const silent = await both.connect();
      silent.send('CLIENT', 'REPLY', 'SKIP');
      silent.send('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
      silent.send('PING', 'behind');
      await both.untilBlocked(1);
      await both.run('XADD', 'a', '1-1', 'f', 'v');
      await silent.receive();
      silent.send('CLIENT', 'REPLY', 'OFF');
      silent.send('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '$');
      silent.send('CLIENT', 'REPLY', 'ON');
      await both.untilBlocked(1);
      await both.run('XADD', 'a', '2-1', 'f', 'v');
      await silent.receive();
    }),
  );
});

describe('XREADGROUP BLOCK', () => {
  const start = async (both: Both): Promise<void> => {
    await both.run('XGROUP', 'CREATE', 'a', 'g', '$', 'MKSTREAM');
  };
  const reader = (both: Both, blocked: number, name: string, ...more: string[]): Promise<Both> =>
    waiting(
      ...([both, blocked, 'XREADGROUP', 'GROUP', 'g', name, 'BLOCK', '0', ...more] as const),
      ...['STREAMS', 'a', '>'],
    );

  it(
    'gives each entry to one client, in order of arrival',
    parity(async (both) => {
      await start(both);
      const one = await reader(both, 1, 'one');
      await both.run('XINFO', 'GROUPS', 'a');
      const two = await reader(both, 2, 'two', 'COUNT', '1');
      const three = await reader(both, 3, 'three', 'NOACK');
      await both.run('XADD', 'a', '1-1', 'f', 'v');
      await one.receive();
      await both.run('MULTI');
      await both.run('XADD', 'a', '2-1', 'f', 'v');
      await both.run('XADD', 'a', '3-1', 'f', 'v');
      await both.run('EXEC');
      await two.receive();
      await three.receive();
      await both.run('XPENDING', 'a', 'g');
      await both.run('XINFO', 'GROUPS', 'a');
      await both.run('XREADGROUP', 'GROUP', 'g', 'one', 'BLOCK', '10', 'STREAMS', 'a', '0');
      await both.run('XREADGROUP', 'GROUP', 'g', 'new', 'BLOCK', '10', 'STREAMS', 'a', '>');
      await both.run('XREADGROUP', 'GROUP', 'g', 'new', 'BLOCK', '0', 'STREAMS', 'a', '5');
      await both.run('XINFO', 'GROUPS', 'a');
    }),
  );

  it(
    'ends when the group or the stream goes',
    parity(async (both) => {
      const ways: string[][][] = [
        [['XGROUP', 'DESTROY', 'a', 'g']],
        [['DEL', 'a']],
        [['UNLINK', 'a']],
        [['SET', 'a', 'x']],
        [['RENAME', 'a', 'b']],
        [['MOVE', 'a', '3']],
        [['FLUSHDB']],
        [['FLUSHALL', 'ASYNC']],
        [['SWAPDB', '0', '1']],
        [['EXPIRE', 'a', '-1']],
        [['MULTI'], ['DEL', 'a'], ['SET', 'a', 'x'], ['EXEC']],
        [['MULTI'], ['DEL', 'a'], ['XADD', 'a', '5-1', 'f', 'v'], ['EXEC']],
        [
          ['MULTI'],
          ['DEL', 'a'],
          ['XGROUP', 'CREATE', 'a', 'g', '0', 'MKSTREAM'],
          ['XLEN', 'a'],
          ['EXEC'],
          ['XADD', 'a', '5-1', 'f', 'v'],
        ],
        [
          ['XADD', 'b', '1-1', 'f', 'v'],
          ['RENAME', 'b', 'a'],
        ],
        [
          ['XADD', 'b', '1-1', 'f', 'v'],
          ['COPY', 'b', 'a', 'REPLACE'],
        ],
      ];
      for (const commands of ways) {
        await both.run('FLUSHALL');
        await start(both);
        const one = await reader(both, 1, 'one');
        for (const command of commands) await both.run(...command);
        await one.receive();
        await both.untilBlocked(0);
      }
      await both.run('FLUSHALL');
      await start(both);
      const one = await reader(both, 1, 'one');
      await both.run('PEXPIRE', 'a', '20');
      await one.receive();
    }),
  );

  it(
    'leaves a client of XREAD waiting when the stream goes',
    parity(async (both) => {
      await start(both);
      const one = await waiting(both, 1, 'XREAD', 'BLOCK', '0', 'STREAMS', 'a', '$');
      await both.run('DEL', 'a');
      await both.run('SET', 'a', 'x');
      await delay(20);
      await both.untilBlocked(1);
      await both.run('DEL', 'a');
      await both.run('XADD', 'a', '1-1', 'f', 'v');
      await one.receive();
    }),
  );
});
