/** Random commands on sorted sets, and sets of many members. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { floatText, index, integerText, key, named, value } from '../support/arbitraries.ts';
import type { Command } from '../support/both.ts';
import { useParity } from '../support/parity.ts';
import type { RandomCommand } from '../support/random-parity.ts';

const parity = useParity();

const member = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', '1', '22', '-3', '') },
  { weight: 1, arbitrary: value },
);
const score = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 3 }).map(String) },
  { weight: 1, arbitrary: floatText },
);
const set = key(3, 'zset');
const pairs = fc.array(fc.tuple(score, member), { minLength: 1, maxLength: 4 });
const flags = fc.oneof(
  { weight: 3, arbitrary: fc.constant<string[]>([]) },
  {
    weight: 2,
    arbitrary: fc.subarray(['NX', 'XX', 'GT', 'LT', 'CH', 'INCR'], { maxLength: 2 }),
  },
);
const bound = fc.oneof(
  score,
  score.map((text) => `(${text}`),
  fc.constantFrom('-inf', '+inf', '(-inf'),
);
const lexBound = fc.oneof(
  fc.constantFrom('-', '+', '[', '('),
  fc.constantFrom('[', '(').chain((p) => fc.constantFrom('a', 'b', '1', '22').map((m) => p + m)),
);
const limit = fc.oneof(
  fc.constant<Command>([]),
  fc.tuple(index, index).map(([a, b]): Command => ['LIMIT', a, b]),
);
const scores = fc.constantFrom<Command>([], ['WITHSCORES'], ['withscores']);
const popCount = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 4 }).map(String) },
  { weight: 1, arbitrary: integerText },
);

const flat = (parts: readonly (Command[number] | Command)[]): RandomCommand =>
  parts.flatMap((part) => (Array.isArray(part) ? (part as Command) : [part as Command[number]]));

const command: fc.Arbitrary<RandomCommand> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(named('ZADD'), set, flags, pairs)
      .map(([name, k, f, p]) => [name, k, ...f, ...p.flat()]),
  },
  fc.tuple(fc.constant('ZINCRBY'), set, score, member),
  fc.tuple(fc.constant('ZREM'), set, fc.array(member, { minLength: 1, maxLength: 3 })).map(flat),
  fc.tuple(fc.constantFrom('ZSCORE', 'ZRANK', 'ZREVRANK'), set, member),
  fc.tuple(fc.constant('ZMSCORE'), set, member, member),
  fc.tuple(fc.constant('ZCARD'), set),
  fc.tuple(fc.constantFrom('ZCOUNT', 'ZREMRANGEBYSCORE'), set, bound, bound),
  fc.tuple(fc.constantFrom('ZRANGE', 'ZREVRANGE'), set, index, index, scores).map(flat),
  fc
    .tuple(fc.constantFrom('ZRANGEBYSCORE', 'ZREVRANGEBYSCORE'), set, bound, bound, scores, limit)
    .map(flat),
  fc.tuple(fc.constant('ZREMRANGEBYRANK'), set, index, index),
  fc.tuple(fc.constant('ZRANGE'), set, bound, bound, fc.constant('BYSCORE'), limit).map(flat),
  fc
    .tuple(fc.constant('ZRANGESTORE'), set, set, bound, bound, fc.constant('BYSCORE'), limit)
    .map(flat),
  fc.tuple(fc.constant('ZRANGESTORE'), set, set, index, index),
  fc.tuple(fc.constantFrom('ZPOPMIN', 'ZPOPMAX'), set),
  fc.tuple(fc.constantFrom('ZPOPMIN', 'ZPOPMAX'), set, popCount),
  fc
    .tuple(set, set, fc.constantFrom('MIN', 'MAX', 'UP'), popCount)
    .map(([a, b, e, n]) => ['ZMPOP', 2, a, b, e, 'COUNT', n]),
  fc.tuple(fc.constant('COPY'), set, set),
  fc.tuple(fc.constant('OBJECT'), fc.constant('ENCODING'), set),
);

/** All scores equal, as ranges by alphabet want it. */
const lexCommand: fc.Arbitrary<RandomCommand> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('ZADD'), set, fc.constant(0), member) },
  fc.tuple(fc.constantFrom('ZLEXCOUNT', 'ZREMRANGEBYLEX'), set, lexBound, lexBound),
  fc
    .tuple(fc.constantFrom('ZRANGEBYLEX', 'ZREVRANGEBYLEX'), set, lexBound, lexBound, limit)
    .map(flat),
  fc
    .tuple(fc.constant('ZRANGESTORE'), set, set, lexBound, lexBound, fc.constant('BYLEX'), limit)
    .map(flat),
);

describe('random sorted-set commands', () => {
  const settings: readonly (readonly [number, number])[] = [
    [128, 64],
    [0, 64],
    [3, 64],
    [128, 3],
  ];
  for (const [entries, bytes] of settings) {
    const before: Command[] = [
      ['CONFIG', 'SET', 'zset-max-listpack-entries', entries],
      ['CONFIG', 'SET', 'zset-max-listpack-value', bytes],
    ];
    it(
      `agree with ${entries} entries and ${bytes} bytes in listpacks`,
      parity.random({ commands: command, steps: 200, before }),
    );
    it(
      `agree by alphabet with ${entries} entries and ${bytes} bytes in listpacks`,
      parity.random({ commands: lexCommand, before }),
    );
  }
});

describe('sets of many members', () => {
  it(
    'stay in order',
    parity(async (both) => {
      const scoreOf = (i: number) => (i * 7919) % 1009;
      for (let i = 0; i < 5000; i += 100) {
        const added = Array.from({ length: 100 }, (_, j) => [scoreOf(i + j), `member:${i + j}`]);
        await both.run('ZADD', 'z', ...added.flat());
      }
      await both.run('ZRANGE', 'z', 0, -1, 'WITHSCORES');
      await both.run('ZREVRANGE', 'z', 100, 300, 'WITHSCORES');
      await both.run('ZRANGEBYSCORE', 'z', 100, '(200', 'LIMIT', 100, 200);
      await both.run('ZREVRANGEBYSCORE', 'z', '(500', 300, 'LIMIT', 10, 200);
      for (let i = 0; i < 5000; i += 97) {
        await both.pipeline([
          ['ZRANK', 'z', `member:${i}`],
          ['ZINCRBY', 'z', i % 13, `member:${i}`],
          ['ZREVRANK', 'z', `member:${i}`],
        ]);
      }
      await both.run('ZREMRANGEBYRANK', 'z', 1000, 2500);
      await both.run('ZREMRANGEBYSCORE', 'z', 200, 300);
      await both.run('ZPOPMIN', 'z', 300);
      await both.run('ZPOPMAX', 'z', 300);
      await both.digest();
      await both.run('ZRANGESTORE', 't', 'z', 0, 100);
      await both.run('COPY', 'z', 'y');
      await both.digest();
    }),
  );
});
