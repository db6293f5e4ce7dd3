/** MULTI, EXEC, DISCARD, WATCH, UNWATCH. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { key, value } from '../support/arbitraries.ts';
import type { Both, Command } from '../support/both.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();

async function runAll(both: Both, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) await both.run(...line.split(' '));
}

describe('queueing', () => {
  it(
    'replies of every kind in one array',
    parity(async (both) => {
      await runAll(both, 'SET n 5', 'SET s text', 'MULTI', 'GET n', 'GET absent', 'APPEND s x');
      await runAll(both, 'EXPIRE n 1000', 'TTL n', 'TYPE s', 'KEYS absent', 'SET n x NX', 'EXEC');
      await both.digest();
      await runAll(both, 'MULTI', 'EXEC');
    }),
  );

  it(
    'commands out of place, and arity',
    parity(async (both) => {
      await runAll(both, 'EXEC', 'DISCARD', 'MULTI x', 'EXEC x', 'DISCARD x', 'UNWATCH x', 'WATCH');
      await runAll(both, 'MULTI', 'MULTI', 'GET a', 'EXEC', 'EXEC');
      await runAll(both, 'MULTI', 'WATCH a', 'SET a 1', 'EXEC', 'GET a');
      await runAll(both, 'MULTI', 'SET a 2', 'DISCARD', 'GET a', 'DISCARD');
      await runAll(both, 'MULTI', 'UNWATCH', 'EXEC');
    }),
  );

  it(
    'a refused command aborts the transaction; one that fails when it runs does not',
    parity(async (both) => {
      await runAll(both, 'MULTI', 'SET a 1', 'NOSUCH', 'SET b 1', 'EXEC', 'GET a', 'EXEC');
      await runAll(both, 'MULTI', 'SET a 1', 'GET', 'SET b 1', 'EXEC', 'GET a');
      await runAll(both, 'MULTI', 'OBJECT nosuch a', 'EXEC');
      await runAll(both, 'MULTI', 'SET a 1', 'NOSUCH', 'DISCARD', 'MULTI', 'SET a 2', 'EXEC');
      await runAll(both, 'MULTI', 'SET a x', 'EXPIRE a x', 'GETRANGE a x y', 'SET a y', 'EXEC');
      await runAll(both, 'MULTI', 'SET a 1', 'MULTI', 'SET a 2', 'EXEC', 'GET a');
      await runAll(both, 'MULTI', 'SET a 3', 'EXEC now', 'GET a', 'EXEC');
      await runAll(both, 'EXEC now', 'MULTI', 'NOSUCH', 'EXEC now', 'EXEC');
      await both.digest();
    }),
  );

  it(
    'SELECT inside stays behind it',
    parity(async (both) => {
      await runAll(both, 'MULTI', 'SET a 0', 'SELECT 2', 'SET a 2', 'GET a', 'EXEC', 'GET a');
      await runAll(both, 'MULTI', 'SELECT 0', 'GET a', 'SELECT 99', 'GET a', 'DISCARD', 'GET a');
      await runAll(both, 'MULTI', 'SELECT 99', 'SELECT 0', 'EXEC', 'GET a');
      await both.digest();
    }),
  );

  it(
    'whole transactions in one chunk',
    parity(async (both) => {
      const commands: Command[] = [['MULTI']];
      for (let i = 0; i < 2000; i++) commands.push(['SET', `k${i % 50}`, `v${i}`]);
      commands.push(['EXEC'], ['GET', 'k7'], ['MULTI'], ['DEL', 'k7'], ['EXEC'], ['EXISTS', 'k7']);
      await both.pipeline(commands);
      await both.digest();
    }),
  );

  it(
    'QUIT and RESET are not queued',
    parity(async (both) => {
      const other = await both.connect();
      await runAll(other, 'MULTI', 'SET a 1', 'QUIT');
      await runAll(both, 'EXISTS a');
      const third = await both.connect({ protocol: 2 });
      await runAll(third, 'MULTI', 'SET a 1', 'RESET', 'EXEC', 'GET a');
    }),
  );

  it(
    'nothing runs between the commands of a transaction that others see',
    parity(async (both) => {
      const other = await both.connect();
      await runAll(both, 'MULTI', 'SET a 1');
      await runAll(other, 'EXISTS a', 'SET b 1');
      await runAll(both, 'GET b', 'EXEC');
    }),
  );
});

describe('WATCH', () => {
  const changes: readonly (readonly string[])[] = [
    ['SET w other'],
    ['SET w 1'],
    ['DEL w'],
    ['APPEND w x'],
    ['EXPIRE w 1000'],
    ['EXPIRE w -1'],
    ['PERSIST w'],
    ['RENAME w v'],
    ['RENAME v w'],
    ['COPY v w REPLACE'],
    ['MOVE w 1'],
    ['FLUSHDB'],
    ['FLUSHALL'],
    ['SWAPDB 0 1'],
    ['SWAPDB 0 0'],
    ['SWAPDB 2 3'],
    ['GET w'],
    ['SET v 1'],
    ['TOUCH w'],
    ['COPY w x'],
    ['SELECT 1', 'SET w 1', 'FLUSHDB'],
    ['SELECT 1', 'FLUSHALL'],
    ['SET w 1 NX'],
    ['SET w 1 XX'],
    ['EXPIRE w 1 GT'],
    ['DEL absent'],
    ['RENAME w w'],
    ['MULTI', 'SET w 1', 'EXEC'],
    ['MULTI', 'SET w 1', 'DISCARD'],
  ];
  for (const own of [true, false])
    for (const exists of [true, false])
      it(
        `notices changes ${own ? 'of its own' : 'by others'}, the key ${exists ? 'there' : 'absent'}`,
        parity(async (both) => {
          const changer = own ? both : await both.connect();
          for (const lines of changes) {
            await runAll(both, 'SELECT 0', 'FLUSHALL', 'SET v v');
            if (exists) await both.run('SET', 'w', 'w');
            await runAll(both, 'WATCH other w');
            await runAll(changer, ...lines);
            await runAll(changer, 'SELECT 0');
            await runAll(both, 'SELECT 0', 'MULTI', 'SET done 1', 'EXEC', 'GET done');
            await both.digest();
          }
        }),
      );

  it(
    'UNWATCH, DISCARD and EXEC forget',
    parity(async (both) => {
      await runAll(both, 'WATCH a', 'SET a 1', 'UNWATCH', 'MULTI', 'GET a', 'EXEC');
      await runAll(both, 'WATCH a', 'SET a 1', 'MULTI', 'DISCARD', 'MULTI', 'GET a', 'EXEC');
      await runAll(both, 'WATCH a', 'SET a 1', 'MULTI', 'EXEC', 'MULTI', 'GET a', 'EXEC');
      await runAll(both, 'WATCH a', 'MULTI', 'GET a', 'EXEC', 'SET a 1', 'MULTI', 'GET a', 'EXEC');
      await runAll(both, 'WATCH a', 'SET a 1', 'WATCH b', 'MULTI', 'GET a', 'EXEC');
      await runAll(both, 'WATCH a a b', 'SET b 1', 'MULTI', 'NOSUCH', 'GET a', 'EXEC');
      await runAll(both, 'WATCH a', 'MULTI', 'SET a 5', 'EXEC', 'GET a');
    }),
  );

  it(
    'a key that expires is a change, one that had expired already is none',
    parity(async (both) => {
      const other = await both.connect();
      await runAll(both, 'DEBUG SET-ACTIVE-EXPIRE 0');
      await runAll(both, 'SET a 1 PX 400', 'WATCH a');
      await other.untilGone('a');
      await runAll(both, 'MULTI', 'SET b 1', 'EXEC');
      // Expired when watched and not removed yet: nobody may ask for it before.
      await runAll(both, 'SET a 1 PX 1', 'SET gone 1 PX 1');
      await other.untilGone('gone');
      await runAll(both, 'WATCH a', 'MULTI', 'SET b 2', 'EXEC');
      await runAll(both, 'SET a 1 PX 1', 'SET gone 1 PX 1');
      await other.untilGone('gone');
      await runAll(both, 'WATCH a', 'EXISTS a', 'MULTI', 'SET b 3', 'EXEC');
      await runAll(both, 'SET a 1 PX 1', 'SET gone 1 PX 1');
      await other.untilGone('gone');
      await runAll(both, 'WATCH a', 'SET a 2', 'MULTI', 'SET b 4', 'EXEC');
      await runAll(both, 'SET a 1 PX 1', 'SET gone 1 PX 1');
      await other.untilGone('gone');
      await runAll(both, 'WATCH a', 'FLUSHALL', 'MULTI', 'SET b 5', 'EXEC');
      await runAll(both, 'SET a 1 PX 1', 'SET gone 1 PX 1');
      await other.untilGone('gone');
      await runAll(both, 'WATCH a', 'SWAPDB 0 1', 'MULTI', 'SET b 6', 'EXEC');
      await runAll(both, 'SWAPDB 0 1', 'MULTI', 'SET b 7', 'EXEC', 'GET b');
    }),
  );

  it(
    'watches a key in the database that was selected then',
    parity(async (both) => {
      const other = await both.connect();
      await runAll(both, 'WATCH a', 'SELECT 1');
      await runAll(other, 'SELECT 1', 'SET a 1');
      await runAll(both, 'MULTI', 'GET a', 'EXEC', 'SELECT 0', 'WATCH a', 'SELECT 1');
      await runAll(other, 'SELECT 0', 'SET a 1');
      await runAll(both, 'MULTI', 'GET a', 'EXEC');
    }),
  );
});

it(
  'DEBUG is refused inside a transaction as outside',
  parity(async (both) => {
    await runAll(both, 'MULTI', 'DEBUG OBJECT absent', 'EXEC');
  }),
);

describe('without enable-debug-command', () => {
  for (const allowed of ['no', 'local']) {
    const guarded = useParity({ directives: { 'enable-debug-command': allowed } });
    it(
      `'${allowed}'`,
      guarded(async (both) => {
        await runAll(both, 'SET a 1', 'DEBUG DIGEST-VALUE a', 'DEBUG', 'DEBUG NOSUCH');
        await runAll(both, 'MULTI', 'DEBUG DIGEST-VALUE a', 'EXEC');
      }),
    );
  }
});

it(
  'random transactions, watches and changes',
  parity.random({
    steps: 80,
    runs: 60,
    commands: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<Command>(['MULTI'], ['EXEC']) },
      { weight: 1, arbitrary: fc.constantFrom<Command>(['DISCARD'], ['UNWATCH'], ['NOSUCH']) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('WATCH'), key(3)) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('SET'), key(3), value) },
      {
        weight: 2,
        arbitrary: fc.tuple(fc.constantFrom('GET', 'DEL', 'TYPE', 'PERSIST', 'TTL'), key(3)),
      },
      {
        weight: 2,
        arbitrary: fc.tuple(fc.constant('EXPIRE'), key(3), fc.constantFrom('50000', '-1', 'x')),
      },
      { weight: 2, arbitrary: fc.tuple(fc.constantFrom('RENAME', 'COPY'), key(3), key(3)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('SELECT'), fc.constantFrom('0', '1')) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('MOVE'), key(3), fc.constantFrom('0', '1')) },
      { weight: 1, arbitrary: fc.constantFrom<Command>(['SWAPDB', '0', '1'], ['FLUSHDB']) },
    ),
  }),
);
