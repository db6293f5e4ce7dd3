/** ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { floatText } from '../support/arbitraries.ts';
import type { Both, Command } from '../support/both.ts';
import { runLines } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';
import type { RandomCommand } from '../support/random-parity.ts';

const parity = useParity();

async function fill(both: Both): Promise<void> {
  await both.pipeline([
    ['ZADD', 'a', 1, 'x', 2, 'y', 3, 'z', 'inf', 'i', '-inf', 'j', 0.1, 'd', 7, '12'],
    ['ZADD', 'b', 10, 'x', 20, 'z', '-inf', 'i', 'inf', 'j', 0.2, 'd', 1e17, 'w'],
    ['ZADD', 'c', 0.3, 'd', 5, 'z', 5, 'x'],
    ['SADD', 's', 'x', 'y', 'd', 'q'],
    ['SADD', 'n', 12, 13, 14],
    ['SET', 'string', 'v'],
  ]);
}

const OPTIONS: Command[] = [
  [],
  ['WEIGHTS', 2, 3],
  ['WEIGHTS', 0, 1],
  ['WEIGHTS', 'inf', '-inf'],
  ['WEIGHTS', -1.5, 0.1],
  ['AGGREGATE', 'MIN'],
  ['AGGREGATE', 'max'],
  ['aggregate', 'SUM', 'weights', 1, -1],
  ['WEIGHTS', 0, 'inf', 'AGGREGATE', 'MAX'],
  ['WEIGHTS', 'inf', 0, 'AGGREGATE', 'MIN', 'WEIGHTS', 1, 2],
];

const KEYS = ['a', 'b', 'c', 's', 'n', 'none'];

describe('combinations of two keys', () => {
  for (const entries of [128, 0, 4])
    it(
      `agree with ${entries} entries in listpacks`,
      parity(async (both) => {
        await both.run('CONFIG', 'SET', 'zset-max-listpack-entries', entries);
        await fill(both);
        for (const first of KEYS)
          for (const second of KEYS) {
            const keys = [2, first, second];
            for (const options of OPTIONS) {
              await both.pipeline([
                ['ZUNION', ...keys, ...options, 'WITHSCORES'],
                ['ZINTER', ...keys, ...options, 'WITHSCORES'],
                ['ZUNIONSTORE', 'u', ...keys, ...options],
                ['ZRANGE', 'u', 0, -1, 'WITHSCORES'],
                ['OBJECT', 'ENCODING', 'u'],
                ['ZINTERSTORE', 'i', ...keys, ...options],
                ['ZRANGE', 'i', 0, -1, 'WITHSCORES'],
                ['OBJECT', 'ENCODING', 'i'],
              ]);
            }
            await both.pipeline([
              ['ZUNION', ...keys],
              ['ZINTER', ...keys],
              ['ZDIFF', ...keys],
              ['ZDIFF', ...keys, 'WITHSCORES'],
              ['ZDIFFSTORE', 'd', ...keys],
              ['OBJECT', 'ENCODING', 'd'],
              ['ZINTERCARD', ...keys],
              ['ZINTERCARD', ...keys, 'LIMIT', 0],
              ['ZINTERCARD', ...keys, 'LIMIT', 1],
              ['ZINTERCARD', ...keys, 'LIMIT', 2],
            ]);
          }
        await both.digest();
      }),
    );
});

describe('arguments', () => {
  it(
    'are refused alike',
    parity(async (both) => {
      await fill(both);
      for (const name of ['ZUNION', 'ZINTER', 'ZDIFF', 'ZINTERCARD'])
        await runLines(
          both,
          `
          ${name}
          ${name} 1
          ${name} 0 a
          ${name} -1 a
          ${name} x a
          ${name} 2 a
          ${name} 9223372036854775807 a
          ${name} 1 string
          ${name} 2 a string
          ${name} 2 none string
          ${name} 1 string x
          ${name} 1 a x
          ${name} 1 a b
          ${name} 1 a WITHSCORES
          ${name} 1 a WITHSCORES WITHSCORES
          ${name} 2 a b WEIGHTS 1
          ${name} 2 a b WEIGHTS 1 x
          ${name} 2 a b WEIGHTS 1 nan
          ${name} 2 a b WEIGHTS 1 2 3
          ${name} 2 a b AGGREGATE
          ${name} 2 a b AGGREGATE AVG
          ${name} 2 a b WEIGHTS
          ${name} 2 a b LIMIT
          ${name} 2 a b LIMIT 1
          ${name} 2 a b LIMIT -1
          ${name} 2 a b LIMIT x
          ${name} 2 a b LIMIT 1 LIMIT 2
          ${name} 3 a a a
        `,
        );
      for (const name of ['ZUNIONSTORE', 'ZINTERSTORE', 'ZDIFFSTORE'])
        await runLines(
          both,
          `
          ${name}
          ${name} t 1
          ${name} t 0 a
          ${name} t x a
          ${name} t 2 a
          ${name} t 1 string
          ${name} t 1 a WITHSCORES
          ${name} t 1 a WEIGHTS x
          ${name} t 1 a WEIGHTS 2
          ${name} t 1 a AGGREGATE MIN
          ${name} string 1 a
          TYPE string
          SET string v EX 1000
          ${name} string 1 a
          TTL string
          SET string v
          ${name} gone 1 none
          ${name} gone 1 a
          ${name} gone 1 none
          EXISTS gone
          COPY a t REPLACE
          ${name} t 2 t b
          ${name} t 1 t
          ${name} s2 1 s
          ZRANGE s2 0 -1 WITHSCORES
          DEL string
          SET string v
        `,
        );
      await both.digest();
    }),
  );

  it(
    'leave long members in a skiplist',
    parity(async (both) => {
      const long = 'x'.repeat(65);
      await both.pipeline([
        ['ZADD', 'a', 1, long, 2, 'y'],
        ['ZADD', 'b', 2, 'y'],
        ['ZUNIONSTORE', 'u', 2, 'a', 'b'],
        ['ZINTERSTORE', 'i', 2, 'a', 'b'],
        ['ZDIFFSTORE', 'd', 2, 'a', 'b'],
        ['ZDIFFSTORE', 'e', 2, 'b', 'a'],
        ['ZRANGESTORE', 'r', 'a', 0, 0],
        ['ZRANGESTORE', 'q', 'a', 1, 1],
        ['ZADD', 'zero', '-0', 'm', '0', 'n'],
        ['ZUNIONSTORE', 'zeros', 1, 'zero', 'WEIGHTS', -1],
        ['ZRANGE', 'zeros', 0, -1, 'WITHSCORES'],
      ]);
      await both.digest();
    }),
  );
});

describe('zeros of both signs', () => {
  it(
    'combine as in the real server',
    parity(async (both) => {
      await both.run('ZADD', 'k', '-1e-300', 'a', '1e-300', 'b', '-0', 'c', 0, 'd', -1, 'e');
      for (const weights of ['0 -2.04e-315', '-2.04e-315 0', '0 0', '-0 0', '0 1']) {
        const two = [2, 'k', 'k', 'WEIGHTS', ...weights.split(' ')];
        await both.pipeline([
          ['ZUNION', ...two, 'WITHSCORES'],
          ['ZUNION', ...two, 'AGGREGATE', 'MIN', 'WITHSCORES'],
          ['ZUNION', ...two, 'AGGREGATE', 'MAX', 'WITHSCORES'],
          ['ZINTER', ...two, 'WITHSCORES'],
          ['ZUNIONSTORE', 'u', ...two],
          ['ZRANGE', 'u', 0, -1, 'WITHSCORES'],
        ]);
      }
    }),
  );

  it(
    'are the same score to ZADD',
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'zset-max-listpack-entries', 0);
      await both.pipeline([
        ['ZADD', 'k', '-0', 'a', 0, 'b'],
        ['ZADD', 'k', 'CH', 0, 'a', '-0', 'b'],
        ['ZRANGE', 'k', 0, -1, 'WITHSCORES'],
      ]);
      await both.run('CONFIG', 'SET', 'zset-max-listpack-entries', 128);
    }),
  );
});

const key = fc.constantFrom('k0', 'k1', 'k2', 'k3', 'k4');
const member = fc.constantFrom('a', 'b', 'c', 'd', '1', '2', '300');
const weight = fc.oneof(fc.constantFrom('1', '2', '0', '-1', 'inf', '0.1'), floatText);
const keys = fc.array(key, { minLength: 1, maxLength: 4 });
const options = (count: number): fc.Arbitrary<Command> =>
  fc.oneof(
    fc.constant<Command>([]),
    fc
      .array(weight, { minLength: count, maxLength: count })
      .map((weights): Command => ['WEIGHTS', ...weights]),
    fc.constantFrom('SUM', 'MIN', 'MAX').map((how): Command => ['AGGREGATE', how]),
  );
const scores = fc.constantFrom<Command>([], ['WITHSCORES']);

const command: fc.Arbitrary<RandomCommand> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constant('ZADD'), key, fc.integer({ min: -4, max: 4 }), member),
  },
  fc.tuple(fc.constant('ZADD'), key, floatText, member),
  fc.tuple(fc.constant('SADD'), key, member),
  fc.tuple(fc.constantFrom('ZREM', 'SREM'), key, member),
  fc.tuple(fc.constant('DEL'), key),
  keys.chain((names) =>
    fc
      .tuple(fc.constantFrom('ZUNIONSTORE', 'ZINTERSTORE'), key, options(names.length))
      .map(([name, target, rest]): Command => [name, target, names.length, ...names, ...rest]),
  ),
  keys.chain((names) =>
    fc
      .tuple(fc.constantFrom('ZUNION', 'ZINTER'), options(names.length), scores)
      .map(([name, rest, more]): Command => [name, names.length, ...names, ...rest, ...more]),
  ),
  fc.tuple(key, keys).map(([target, names]) => ['ZDIFFSTORE', target, names.length, ...names]),
  fc.tuple(keys, scores).map(([names, more]) => ['ZDIFF', names.length, ...names, ...more]),
  keys.map((names) => ['ZINTERCARD', names.length, ...names, 'LIMIT', 2]),
);

describe('random combinations', () => {
  for (const entries of [128, 2, 0])
    it(
      `agree with ${entries} entries in listpacks`,
      parity.random({
        commands: command,
        before: [['CONFIG', 'SET', 'zset-max-listpack-entries', entries]],
      }),
    );
});
