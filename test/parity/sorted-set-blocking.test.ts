/** Clients that wait for members of sorted sets. */
import { describe, it } from 'vitest';

import type { Both } from '../support/both.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();

/** Blocked clients, in the order in which they began to wait. */
async function waiting(both: Both, ...commands: (string | number)[][]): Promise<Both[]> {
  const clients: Both[] = [];
  for (const command of commands) {
    const client = await both.connect();
    client.send(...command);
    clients.push(client);
    await both.untilBlocked(clients.length);
  }
  return clients;
}

describe('with data there', () => {
  it(
    'answer at once',
    parity(async (both) => {
      await both.pipeline([
        ['ZADD', 'z', 1, 'a', 2.5, 'b', 3, 'c', 4, 'd', 5, 'e', 6, 'f'],
        ['BZPOPMIN', 'z', 0],
        ['BZPOPMAX', 'none', 'z', '1.5'],
        ['BZMPOP', 0, 2, 'none', 'z', 'MAX', 'COUNT', 2],
        ['BZMPOP', 0, 2, 'none', 'z', 'MIN'],
        ['BZMPOP', 0, 1, 'z', 'MIN', 'COUNT', 10],
        ['EXISTS', 'z'],
        ['SET', 's', 'v'],
        ['BZPOPMIN', 's', 0],
        ['BZPOPMAX', 'none', 's', 'z', 0],
        ['BZMPOP', 0, 2, 's', 'z', 'MIN'],
      ]);
      await both.digest();
    }),
  );

  it(
    'refuse what they cannot use',
    parity(async (both) => {
      for (const timeout of ['-1', 'x', '', '1e400', 'inf', '-0.1', '1e17'])
        await both.pipeline([
          ['BZPOPMIN', 'z', timeout],
          ['BZPOPMAX', 'z', timeout],
          ['BZMPOP', timeout, 1, 'z', 'MIN'],
        ]);
      await both.pipeline([
        ['BZPOPMIN', 'z'],
        ['BZPOPMAX', 0],
        ['BZMPOP', 0, 0, 'z', 'MIN'],
        ['BZMPOP', 'x', 0, 'z', 'MIN'],
        ['BZMPOP', 'x', 1, 'z', 'UP'],
        ['BZMPOP', 0, 1, 'z', 'MIN', 'COUNT', 0],
        ['BZMPOP', 0, 2, 'z', 'MIN'],
        ['BZMPOP', 0, 1, 'z'],
        ['BZMPOP', 0, 1, 'z', 'MIN', 'COUNT'],
      ]);
    }),
  );
});

describe('without data', () => {
  it(
    'time out, and do not wait inside MULTI',
    parity(async (both) => {
      await both.run('BZPOPMIN', 'a', 'b', '0.01');
      await both.run('BZPOPMAX', 'a', '0.001');
      await both.run('BZMPOP', '0.01', 1, 'a', 'MIN');
      await both.pipeline([
        ['MULTI'],
        ['BZPOPMIN', 'a', 0],
        ['BZPOPMAX', 'a', 'b', 0],
        ['BZMPOP', 0, 1, 'a', 'MIN'],
        ['ZADD', 'a', 1, 'x', 2, 'y', 3, 'z'],
        ['BZPOPMIN', 'a', 0],
        ['BZPOPMAX', 'a', 'b', 0],
        ['BZMPOP', 0, 1, 'a', 'MIN'],
        ['EXEC'],
      ]);
      await both.digest();
    }),
  );
});

describe('waiting clients', () => {
  it(
    'are served in order of arrival',
    parity(async (both) => {
      const clients = await waiting(
        both,
        ['BZPOPMIN', 'z', 'y', 0],
        ['BZPOPMAX', 'y', 'z', 0],
        ['BZMPOP', 0, 2, 'y', 'z', 'MIN', 'COUNT', 2],
        ['BZPOPMIN', 'z', 0],
      );
      await both.run('ZADD', 'z', 1, 'a', 2, 'b', 3, 'c', 4, 'd');
      for (const client of clients.slice(0, 3)) await client.receive();
      await both.untilBlocked(1);
      await both.run('EXISTS', 'z');
      await both.run('ZADD', 'z', 1, 'a', 2, 'b');
      await clients[3]!.receive();
      await both.run('ZRANGE', 'z', 0, -1);
    }),
  );

  it(
    'see what a transaction left',
    parity(async (both) => {
      const [client, other] = await waiting(both, ['BZPOPMIN', 'z', 0], ['BZPOPMAX', 'y', 0]);
      await both.pipeline([
        ['MULTI'],
        ['ZADD', 'z', 5, 'a'],
        ['ZADD', 'z', 1, 'b'],
        ['ZINCRBY', 'z', 10, 'b'],
        ['EXEC'],
      ]);
      await client!.receive();
      await both.pipeline([['MULTI'], ['ZADD', 'y', 1, 'a'], ['ZREM', 'y', 'a'], ['EXEC']]);
      await both.untilBlocked(1);
      await both.run('ZUNIONSTORE', 'y', 1, 'z');
      await other!.receive();
      await both.digest();
    }),
  );

  it(
    'wait on while the key holds another type',
    parity(async (both) => {
      const [client, stored] = await waiting(both, ['BZPOPMIN', 'k', 0], ['BZPOPMAX', 't', 0]);
      await both.pipeline([
        ['SET', 'k', 'v'],
        ['RPUSH', 't', 'x'],
        ['DEL', 'k'],
        ['ZADD', 'source', 1, 'a', 2, 'b'],
        ['RENAME', 'source', 'k'],
      ]);
      await client!.receive();
      // What overwrites a key does not wake those who wait for it.
      await both.run('ZRANGESTORE', 't', 'k', 0, -1);
      await both.untilBlocked(1);
      await both.run('DEL', 't');
      await both.run('ZRANGESTORE', 't', 'k', 0, -1);
      await stored!.receive();
      await both.digest();
    }),
  );

  it(
    'share a key with those who wait for a list',
    parity(async (both) => {
      const [list, set] = await waiting(both, ['BLPOP', 'k', 0], ['BZPOPMIN', 'k', 0]);
      await both.run('ZADD', 'k', 1, 'a');
      await set!.receive();
      await both.run('RPUSH', 'k', 'x');
      await list!.receive();
      const [swapped] = await waiting(both, ['BZMPOP', 0, 1, 'k', 'MAX']);
      await both.pipeline([
        ['SELECT', 1],
        ['ZADD', 'k', 1, 'a', 2, 'b'],
        ['SWAPDB', 0, 1],
      ]);
      await swapped!.receive();
      await both.digest();
    }),
  );
});
