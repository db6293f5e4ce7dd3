/** Clients that wait for elements of lists. */
import { describe, it } from 'vitest';

import type { Both } from '../support/both.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();

describe('with data there', () => {
  it(
    'answer at once',
    parity(async (both) => {
      await both.pipeline([
        ['RPUSH', 'l', 'a', 'b', 'c', 'd', 'e', 'f'],
        ['BLPOP', 'l', 0],
        ['BRPOP', 'none', 'l', '1.5'],
        ['BLMOVE', 'l', 'm', 'LEFT', 'RIGHT', 0],
        ['BRPOPLPUSH', 'l', 'm', 0],
        ['BLMPOP', 0, 2, 'none', 'l', 'RIGHT', 'COUNT', 10],
        ['EXISTS', 'l'],
        ['LRANGE', 'm', 0, -1],
        ['BLMPOP', 0, 1, 'm', 'LEFT'],
        ['SET', 's', 'v'],
        ['BLPOP', 's', 0],
        ['BLPOP', 's', 'm', 0],
        ['BRPOP', 'none', 's', 'm', 0],
        ['BLMOVE', 's', 'm', 'LEFT', 'LEFT', 0],
        ['BLMOVE', 'm', 's', 'LEFT', 'LEFT', 0],
        ['BRPOPLPUSH', 's', 'm', 0],
        ['BRPOPLPUSH', 'm', 's', 0],
        ['BLMPOP', 0, 1, 's', 'LEFT'],
        ['BLMPOP', 0, 2, 's', 'm', 'LEFT'],
        ['LRANGE', 'm', 0, -1],
      ]);
      await both.digest();
    }),
  );

  it(
    'refuse what they cannot use',
    parity(async (both) => {
      const timeouts = [
        '-1',
        'x',
        '',
        '1e400',
        'inf',
        '-0.1',
        '1e17',
        '9223372036854775808',
        'nan',
      ];
      for (const timeout of timeouts)
        await both.pipeline([
          ['BLPOP', 'l', timeout],
          ['BRPOP', 'l', timeout],
          ['BLMOVE', 'l', 'm', 'LEFT', 'LEFT', timeout],
          ['BRPOPLPUSH', 'l', 'm', timeout],
          ['BLMPOP', timeout, 1, 'l', 'LEFT'],
        ]);
      await both.pipeline([
        ['BLPOP', 'l'],
        ['BLPOP', 0],
        ['BRPOP'],
        ['BLMOVE', 'l', 'm', 'LEFT', 'LEFT'],
        ['BLMOVE', 'l', 'm', 'UP', 'LEFT', 0],
        ['BLMOVE', 'l', 'm', 'UP', 'LEFT', 'x'],
        ['BLMOVE', 'l', 'm', 'LEFT', 'UP', 0],
        ['BRPOPLPUSH', 'l', 'm'],
        ['BLMPOP', 0, 0, 'l', 'LEFT'],
        ['BLMPOP', 'x', 0, 'l', 'LEFT'],
        ['BLMPOP', 'x', 1, 'l', 'UP'],
        ['BLMPOP', 'x', 1, 'l', 'LEFT', 'COUNT', 0],
        ['BLMPOP', 0, 1, 'l', 'LEFT', 'COUNT', 0],
        ['BLMPOP', 0, 2, 'l', 'LEFT'],
        ['BLMPOP', 0, 1, 'l'],
        ['BLMPOP', 0, 1, 'l', 'LEFT', 'COUNT'],
        ['BLMPOP', 0, 1, 'l', 'LEFT', 'X', 1],
      ]);
    }),
  );
});

describe('without data', () => {
  it(
    'time out',
    parity(async (both) => {
      await both.run('BLPOP', 'a', 'b', '0.01');
      await both.run('BRPOP', 'a', '0.001');
      await both.run('BLMOVE', 'a', 'b', 'LEFT', 'LEFT', '0.01');
      await both.run('BRPOPLPUSH', 'a', 'b', '0.01');
      await both.run('BLMPOP', '0.01', 1, 'a', 'LEFT');
    }),
  );

  it(
    'do not wait inside MULTI',
    parity(async (both) => {
      await both.pipeline([
        ['MULTI'],
        ['BLPOP', 'a', 0],
        ['BRPOP', 'a', 'b', 0],
        ['BLMOVE', 'a', 'b', 'LEFT', 'LEFT', 0],
        ['BRPOPLPUSH', 'a', 'b', 0],
        ['BLMPOP', 0, 1, 'a', 'LEFT'],
        ['RPUSH', 'a', '1', '2', '3', '4', '5'],
        ['BLPOP', 'a', 0],
        ['BRPOP', 'a', 'b', 0],
        ['BLMOVE', 'a', 'b', 'LEFT', 'LEFT', 0],
        ['BRPOPLPUSH', 'a', 'b', 0],
        ['BLMPOP', 0, 1, 'a', 'LEFT'],
        ['EXEC'],
      ]);
      await both.digest();
    }),
  );
});

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

describe('waiting clients', () => {
  it(
    'are served in order of arrival, one element each',
    parity(async (both) => {
      const clients = await waiting(both, ['BLPOP', 'l', 0], ['BRPOP', 'l', 0], ['BLPOP', 'l', 0]);
      await both.run('RPUSH', 'l', 'a', 'b');
      await clients[0]!.receive();
      await clients[1]!.receive();
      await both.untilBlocked(1);
      await both.run('EXISTS', 'l');
      await both.run('LPUSH', 'l', 'c', 'd', 'e');
      await clients[2]!.receive();
      await both.run('LRANGE', 'l', 0, -1);
    }),
  );

  it(
    'wait for several keys and take the one that comes first',
    parity(async (both) => {
      const clients = await waiting(both, ['BLPOP', 'a', 'b', 'c', 0], ['BRPOP', 'c', 'a', 0]);
      await both.run('RPUSH', 'c', '1', '2', '3');
      await clients[0]!.receive();
      await clients[1]!.receive();
      await both.run('LRANGE', 'c', 0, -1);
      const [both2] = await waiting(both, ['BLPOP', 'k', 'k', 'x', 'k', 0]);
      await both.run('RPUSH', 'k', '1', '2');
      await both2!.receive();
      await both.run('LRANGE', 'k', 0, -1);
    }),
  );

  it(
    'see what a transaction left, in the order of its keys',
    parity(async (both) => {
      const clients = await waiting(both, ['BLPOP', 'a', 'b', 0], ['BLPOP', 'b', 'a', 0]);
      await both.pipeline([
        ['MULTI'],
        ['RPUSH', 'b', 'b1'],
        ['RPUSH', 'a', 'a1', 'a2'],
        ['DEL', 'b'],
        ['RPUSH', 'b', 'b2'],
        ['LPUSH', 'a', 'a0'],
        ['EXEC'],
      ]);
      await clients[0]!.receive();
      await clients[1]!.receive();
      await both.run('LRANGE', 'a', 0, -1);
      await both.run('LRANGE', 'b', 0, -1);
      const [late] = await waiting(both, ['BLPOP', 'gone', 0]);
      await both.pipeline([['MULTI'], ['RPUSH', 'gone', '1'], ['DEL', 'gone'], ['EXEC']]);
      await both.untilBlocked(1);
      await both.pipeline([['MULTI'], ['RPUSH', 'gone', '1'], ['LPOP', 'gone'], ['EXEC']]);
      await both.run('RPUSH', 'gone', '2');
      await late!.receive();
    }),
  );

  it(
    'hand elements on through chains of BLMOVE',
    parity(async (both) => {
      const clients = await waiting(
        both,
        ['BLPOP', 'd', 0],
        ['BLMOVE', 'c', 'd', 'LEFT', 'LEFT', 0],
        ['BRPOPLPUSH', 'b', 'c', 0],
        ['BLMOVE', 'a', 'b', 'RIGHT', 'LEFT', 0],
      );
      await both.run('RPUSH', 'a', '1', '2');
      for (const client of clients) await client.receive();
      await both.run('LRANGE', 'a', 0, -1);
      await both.digest();
      const [again] = await waiting(both, ['BLMOVE', 'self', 'self', 'LEFT', 'RIGHT', 0]);
      await both.run('RPUSH', 'self', '1', '2', '3');
      await again!.receive();
      await both.run('LRANGE', 'self', 0, -1);
    }),
  );

  it(
    'are refused when the target of a move is of another type',
    parity(async (both) => {
      await both.run('SET', 's', 'v');
      const clients = await waiting(
        both,
        ['BLMOVE', 'a', 's', 'LEFT', 'LEFT', 0],
        ['BRPOPLPUSH', 'a', 's', 0],
        ['BLPOP', 'a', 0],
      );
      await both.run('RPUSH', 'a', '1', '2');
      for (const client of clients) await client.receive();
      await both.run('LRANGE', 'a', 0, -1);
    }),
  );

  it(
    'pop several with BLMPOP',
    parity(async (both) => {
      const clients = await waiting(
        both,
        ['BLMPOP', 0, 2, 'a', 'b', 'LEFT', 'COUNT', 2],
        ['BLMPOP', 0, 2, 'b', 'a', 'RIGHT', 'COUNT', 10],
        ['BLMPOP', 0, 1, 'a', 'LEFT'],
      );
      await both.run('RPUSH', 'a', '1', '2', '3', '4', '5');
      await clients[0]!.receive();
      await clients[1]!.receive();
      await both.run('EXISTS', 'a');
      await both.run('RPUSH', 'a', '6', '7');
      await clients[2]!.receive();
      await both.run('LRANGE', 'a', 0, -1);
    }),
  );

  it(
    'are unblocked by CLIENT UNBLOCK and leave the queue when they go',
    parity(async (both) => {
      const ids: number[][] = [];
      const clients: Both[] = [];
      for (let i = 0; i < 4; i++) {
        const client = await both.connect();
        const pair = await Promise.all(
          [client.real, client.ours].map((side) => side.call('CLIENT', 'ID')),
        );
        ids.push(pair.map((reply) => Number((reply as { value: bigint }).value)));
        client.send(...(i === 1 ? ['BLMOVE', 'l', 'm', 'LEFT', 'LEFT', 0] : ['BLPOP', 'l', 0]));
        await both.untilBlocked(i + 1);
        clients.push(client);
      }
      const unblock = async (index: number, ...how: string[]) => {
        const [real, ours] = ids[index]!;
        await both.real.call('CLIENT', 'UNBLOCK', real!, ...how);
        await both.ours.call('CLIENT', 'UNBLOCK', ours!, ...how);
        await clients[index]!.receive();
      };
      await unblock(0);
      await unblock(1, 'TIMEOUT');
      await both.untilBlocked(2);
      clients[2]!.close();
      await both.untilBlocked(1);
      await unblock(3, 'ERROR');
      await both.run('RPUSH', 'l', '1');
      await both.run('LRANGE', 'l', 0, -1);
    }),
  );

  it(
    'wait on while the key holds another type, and wake when it changes',
    parity(async (both) => {
      const [client, other] = await waiting(both, ['BLPOP', 'k', 0], ['BLPOP', 'n', 0]);
      await both.run('SET', 'k', 'string');
      await both.run('SADD', 'n', 'x');
      await both.run('DEL', 'k');
      await both.run('RPUSH', 'src', 'a', 'b');
      await both.run('RENAME', 'src', 'k');
      await client!.receive();
      await both.run('LRANGE', 'k', 0, -1);
      await both.run('COPY', 'k', 'n');
      await both.run('COPY', 'k', 'n', 'REPLACE');
      await other!.receive();
      await both.digest();
    }),
  );

  it(
    'wake when SWAPDB or MOVE brings a list',
    parity(async (both) => {
      const [client] = await waiting(both, ['BLPOP', 'k', 0]);
      await both.pipeline([
        ['SELECT', 1],
        ['RPUSH', 'k', 'a', 'b'],
        ['SWAPDB', 0, 1],
        ['SELECT', 0],
      ]);
      await client!.receive();
      await both.run('LRANGE', 'k', 0, -1);
      const [mover] = await waiting(both, ['BRPOP', 'moved', 0]);
      await both.pipeline([
        ['SELECT', 1],
        ['RPUSH', 'moved', 'x', 'y'],
        ['MOVE', 'moved', 0],
      ]);
      await mover!.receive();
      await both.digest();
    }),
  );

  it(
    'go on with the requests behind',
    parity(async (both) => {
      const client = await both.connect();
      client.send('BLPOP', 'l', 0);
      client.send('RPUSH', 'l', 'own');
      client.send('BLPOP', 'l', 0);
      await both.untilBlocked(1);
      await both.run('RPUSH', 'l', 'first');
      await client.receive();
      await client.receive();
      await client.receive();
      await both.run('EXISTS', 'l');
    }),
  );

  it(
    'wake after a list expired and came again',
    parity(async (both) => {
      const [client] = await waiting(both, ['BLPOP', 'l', 0]);
      await both.pipeline([['MULTI'], ['RPUSH', 'l', 'a'], ['PEXPIRE', 'l', -1], ['EXEC']]);
      await both.run('RPUSH', 'l', 'b');
      await client!.receive();
    }),
  );
});
