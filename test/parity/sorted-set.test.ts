/** The commands of group sorted-set that answer at once, but for those that combine sets. */
import { describe, it } from 'vitest';

import type { Both, Command } from '../support/both.ts';
import { deeplyUnordered, sameShape } from '../support/comparison.ts';
import { runLines } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();
const MAX = '9223372036854775807';
const MIN = '-9223372036854775808';

/** Runs the lines with either encoding: a limit of 0 makes every set a skiplist. */
const lines = (text: string) =>
  parity(async (both) => {
    await runLines(both, text);
    await both.digest();
    await both.run('FLUSHALL');
    await both.run('CONFIG', 'SET', 'zset-max-listpack-entries', 0);
    await runLines(both, text);
    await both.digest();
  });

/** Runs a body with either encoding. */
const bodies = (body: (both: Both) => Promise<void>) =>
  parity(async (both) => {
    await body(both);
    await both.run('FLUSHALL');
    await both.run('CONFIG', 'SET', 'zset-max-listpack-entries', 0);
    await body(both);
  });

const SCORES = [
  ...['0', '-0', '1', '-1', '1.5', '0.1', '-0.1', '3.0e3', '1e-7', '1e21', '1e300', '0x1p3'],
  ...['inf', '-inf', '+inf', 'Infinity', '-INFINITY', '9007199254740993', '4611686018427387904'],
  ...['4611686018427387905', '9223372036854775807', '1e17', '123456789012345678', '5e-324'],
  ...['1.7976931348623157e308', '0.30000000000000004', '3.3333333333333335', '100000', '.5', '5.'],
];
const NO_SCORES = ['', ' 1', '1 ', 'nan', 'NaN', 'x', '1e400', '1,5', '--1', '1e-400', '+-1'];

describe('ZADD and ZINCRBY', () => {
  it(
    'take scores of every form',
    bodies(async (both) => {
      for (const score of SCORES) {
        await both.pipeline([
          ['ZADD', 'z', score, `m${score}`],
          ['ZSCORE', 'z', `m${score}`],
          ['ZINCRBY', 'i', score, 'm'],
          ['ZADD', 'j', 'INCR', score, `m${score}`],
        ]);
      }
      await both.run('ZRANGE', 'z', 0, -1, 'WITHSCORES');
      await both.digest();
      for (const score of NO_SCORES) {
        await both.run('ZADD', 'z', score, 'm');
        await both.run('ZADD', 'z', 1, 'm', score, 'n');
        await both.run('ZINCRBY', 'z', score, 'm');
      }
      await both.digest();
    }),
  );

  it(
    'keep to their conditions',
    bodies(async (both) => {
      const options = ['NX', 'XX', 'GT', 'LT', 'CH', 'INCR'];
      for (let bits = 0; bits < 64; bits++) {
        const chosen = options.filter((_, i) => (bits & (1 << i)) !== 0);
        await both.pipeline([
          ['DEL', 'z'],
          ['ZADD', 'z', ...chosen, 1, 'a'],
          ['ZADD', 'z', 5, 'a', 5, 'b', 5, 'c'],
          ['ZADD', 'z', ...chosen, 5, 'a'],
          ['ZADD', 'z', ...chosen, 7, 'a'],
          ['ZADD', 'z', ...chosen, -3, 'b'],
          ['ZADD', 'z', ...chosen, 1, 'new'],
          ['ZADD', 'z', ...chosen, 1, 'a', 9, 'b', 5, 'c', 2, 'new2', 3, 'new2'],
          ['ZADD', 'z', ...chosen],
          ['ZADD', 'z', ...chosen, 1],
          ['ZRANGE', 'z', 0, -1, 'WITHSCORES'],
        ]);
      }
    }),
  );

  it(
    'refuse what they cannot use',
    lines(`
      ZADD z
      ZADD z 1
      ZADD z 1 a 2
      ZADD z NX
      ZADD z NX 1
      ZADD z a 1
      ZADD z 1 a NX
      ZADD z NX XX 1 a 2
      ZADD z x a NX
      ZINCRBY z 1
      ZINCRBY z 1 a b
      ZINCRBY z NX a
      ZINCRBY z 1 nx
      ZADD z nx ch 1 a
      ZADD z Xx Ch 2 a
      ZADD z inf i -inf j
      ZINCRBY z -inf i
      ZADD z INCR inf j
      ZADD z INCR -inf i
      ZSCORE z i
      ZADD z INCR GT -inf i
      ZINCRBY z 0 a
      ZINCRBY z -0 none
      ZADD z INCR XX 1 absent
      ZADD none XX 1 a
      ZADD none XX INCR 1 a
      ZADD none XX CH 1 a
      EXISTS none
      SET s v
      ZADD s 1 a
      ZADD s x a
      ZADD s XX 1 a
      ZADD s NX XX 1 a
      ZINCRBY s 1 a
      ZADD dup 1 a 2 a 3 a
      ZADD dup CH 4 a 4 a 5 a
      ZADD dup 1 ''
      ZRANGE dup 0 -1 WITHSCORES
      EXPIRE dup 1000
      ZADD dup 7 b
      TTL dup
    `),
  );

  it(
    'choose the encoding',
    parity(async (both) => {
      const sizes: readonly (readonly [number, number])[] = [
        [0, 64],
        [1, 64],
        [3, 4],
        [128, 0],
        [128, 64],
      ];
      for (const [entries, bytes] of sizes) {
        await both.run('CONFIG', 'SET', 'zset-max-listpack-entries', entries);
        await both.run('CONFIG', 'SET', 'zset-max-listpack-value', bytes);
        await both.run('FLUSHALL');
        for (const length of [0, 1, 4, 5, 64, 65]) {
          await both.run('ZADD', `first${length}`, 1, 'x'.repeat(length));
          await both.run('OBJECT', 'ENCODING', `first${length}`);
          await both.run('ZADD', `second${length}`, 1, 'a', 2, 'x'.repeat(length), 3, 'c');
          await both.run('OBJECT', 'ENCODING', `second${length}`);
          await both.run('ZADD', `reverse${length}`, 1, 'x'.repeat(length), 2, 'a');
          await both.run('ZREM', `reverse${length}`, 'a');
          await both.run('OBJECT', 'ENCODING', `reverse${length}`);
        }
        for (let i = 0; i < 130; i++) await both.run('ZADD', 'many', i, `m${i}`);
        await both.run('OBJECT', 'ENCODING', 'many');
        await both.digest();
      }
    }),
  );
});

describe('reading', () => {
  it(
    'scores, ranks and counts',
    lines(`
      ZADD z 1 a 2 b 2 c 3 d inf e -inf f 0 '' 2 1
      ZCARD z
      ZCARD none
      ZSCORE z a
      ZSCORE z none
      ZSCORE none a
      ZSCORE z ''
      ZSCORE z 1
      ZMSCORE z a none e f ''
      ZMSCORE none a b
      ZRANK z a
      ZRANK z c
      ZRANK z 1
      ZRANK z none
      ZRANK none a
      ZREVRANK z a
      ZREVRANK z f
      ZREVRANK z none
      ZREVRANK none a
      ZCOUNT z 1 2
      ZCOUNT z (1 2
      ZCOUNT z (1 (2
      ZCOUNT z (2 (2
      ZCOUNT z 2 2
      ZCOUNT z -inf +inf
      ZCOUNT z (-inf (inf
      ZCOUNT z inf -inf
      ZCOUNT none 0 1
      ZCOUNT z x 1
      ZCOUNT z 1 x
      ZCOUNT none x 1
      ZCOUNT z nan 1
      ZCOUNT z ( 1
      ZCOUNT z '' 1
      ZCOUNT z 1e400 1
      ZCOUNT z [1 2
      ZCOUNT z 0x1 0x2
      SET s v
      ZCARD s
      ZSCORE s a
      ZMSCORE s a
      ZRANK s a
      ZREVRANK s a
      ZCOUNT s 0 1
      ZCOUNT s x 1
      ZLEXCOUNT s - +
      ZLEXCOUNT s x +
      ZRANGE s 0 1
      ZRANGE s x 1
      ZRANDMEMBER s
      ZRANDMEMBER s 1
      ZSCAN s 0
      ZREM s a
      ZPOPMIN s
      ZPOPMAX s 1
      ZPOPMIN s 0
      ZPOPMAX s x
      ZREMRANGEBYRANK s 0 1
      ZREMRANGEBYRANK s x 1
      ZREMRANGEBYSCORE s 0 1
      ZREMRANGEBYLEX s - +
      ZRANGESTORE t s 0 1
      ZMPOP 1 s MIN
      ZMPOP 2 none s MIN
      ZCARD
      ZCARD a b
      ZSCORE z
      ZSCORE z a b
      ZMSCORE z
      ZRANK z
      ZRANK z a WITHSCORE
      ZREVRANK z
      ZCOUNT z 1
      ZLEXCOUNT z -
      ZRANGE z 0
      ZREM z
      ZPOPMIN
      ZPOPMIN z 1 2
      ZPOPMAX s x y
      ZMPOP 1 z
      ZRANGESTORE t z 0
    `),
  );

  it(
    'ranges by rank',
    bodies(async (both) => {
      await both.run('ZADD', 'z', 1, 'a', 2, 'b', 2, 'c', 3, 'd', 3.5, 'e');
      const places = [-100, -6, -5, -3, -1, 0, 1, 2, 4, 5, 100, MAX, MIN];
      for (const from of places)
        for (const to of places) {
          await both.pipeline([
            ['ZRANGE', 'z', from, to],
            ['ZRANGE', 'z', from, to, 'REV', 'WITHSCORES'],
            ['ZREVRANGE', 'z', from, to, 'WITHSCORES'],
            ['ZRANGESTORE', 't', 'z', from, to],
            ['ZRANGESTORE', 'u', 'z', from, to, 'REV'],
          ]);
        }
      await both.digest();
    }),
  );

  it(
    'ranges by score',
    bodies(async (both) => {
      await both.run(
        'ZADD',
        'z',
        1,
        'a',
        2,
        'b',
        2,
        'c',
        2,
        'd',
        3.5,
        'e',
        'inf',
        'f',
        '-inf',
        'g',
      );
      const bounds = [
        '-inf',
        '(-inf',
        '0',
        '1',
        '(1',
        '2',
        '(2',
        '3.5',
        '(3.5',
        '+inf',
        '(inf',
        '(',
      ];
      const limits: Command[] = [
        [],
        ['LIMIT', 0, -1],
        ['LIMIT', 1, 2],
        ['LIMIT', 2, 0],
        ['LIMIT', -1, 2],
        ['LIMIT', 100, 1],
        ['LIMIT', 0, -5, 'WITHSCORES'],
        ['WITHSCORES', 'LIMIT', 1, MAX],
        ['LIMIT', MAX, 1],
        ['LIMIT', MIN, 1],
      ];
      for (const from of bounds)
        for (const to of bounds)
          for (const limit of limits) {
            await both.pipeline([
              ['ZRANGEBYSCORE', 'z', from, to, ...limit],
              ['ZREVRANGEBYSCORE', 'z', from, to, ...limit],
              ['ZRANGE', 'z', from, to, 'BYSCORE', ...limit],
              ['ZRANGE', 'z', from, to, 'BYSCORE', 'REV', ...limit],
              ['ZRANGESTORE', 't', 'z', from, to, 'BYSCORE', ...limit],
              ['ZRANGESTORE', 't', 'z', from, to, 'REV', 'BYSCORE', ...limit],
              ['ZRANGE', 't', 0, -1],
            ]);
          }
      await both.digest();
    }),
  );

  it(
    'ranges by alphabet',
    bodies(async (both) => {
      await both.run('ZADD', 'z', 0, 'a', 0, 'aa', 0, 'b', 0, 'c', 0, '', 0, '12', 0, '-3');
      const bounds = ['-', '+', '[', '(', '[a', '(a', '[aa', '(b', '[b', '[bb', '(12', '[zz'];
      const limits: Command[] = [[], ['LIMIT', 1, 2], ['LIMIT', -1, 2], ['LIMIT', 3, -1]];
      for (const from of bounds)
        for (const to of bounds) {
          for (const limit of limits) {
            await both.pipeline([
              ['ZRANGEBYLEX', 'z', from, to, ...limit],
              ['ZREVRANGEBYLEX', 'z', from, to, ...limit],
              ['ZRANGE', 'z', from, to, 'BYLEX', ...limit],
              ['ZRANGE', 'z', from, to, 'BYLEX', 'REV', ...limit],
              ['ZRANGESTORE', 't', 'z', from, to, 'BYLEX', ...limit],
            ]);
          }
          await both.run('ZLEXCOUNT', 'z', from, to);
          await both.run('COPY', 'z', 'y', 'REPLACE');
          await both.run('ZREMRANGEBYLEX', 'y', from, to);
          await both.run('ZRANGE', 'y', 0, -1);
        }
      for (const bad of ['', 'a', '--', '+a', '-a', ']a'])
        await both.pipeline([
          ['ZRANGEBYLEX', 'z', bad, '+'],
          ['ZREVRANGEBYLEX', 'z', '+', bad],
          ['ZLEXCOUNT', 'z', '-', bad],
          ['ZREMRANGEBYLEX', 'z', bad, '+'],
          ['ZREMRANGEBYLEX', 'none', bad, '+'],
        ]);
    }),
  );

  it(
    'refuses options that do not fit',
    lines(`
      ZADD z 1 a 2 b 3 c
      ZRANGE z 0 -1 LIMIT 0 1
      ZRANGE z 0 -1 LIMIT 0 -1
      ZRANGE z 0 -1 LIMIT 1 -1
      ZRANGE z 0 -1 BYLEX WITHSCORES
      ZRANGE z - + BYLEX WITHSCORES
      ZRANGE z x y LIMIT 0 1
      ZRANGE z 0 -1 BYSCORE BYLEX
      ZRANGE z 0 -1 BYSCORE BYSCORE
      ZRANGE z 0 -1 REV REV
      ZRANGE z 0 -1 WITHSCORES WITHSCORES
      ZRANGE z 0 -1 BYSCORE LIMIT 0
      ZRANGE z 0 -1 BYSCORE LIMIT
      ZRANGE z 0 -1 BYSCORE LIMIT x 1
      ZRANGE z 0 -1 BYSCORE LIMIT 0 x
      ZRANGE z 0 -1 X
      ZRANGE z x 1
      ZRANGE z 1 x
      ZRANGE none x 1
      ZRANGE none 0 1
      ZRANGE none 0 1 BYSCORE
      ZRANGE none a b BYLEX
      ZRANGE z (1 5 byscore withscores limit 0 1
      ZREVRANGE z 0 -1 REV
      ZREVRANGE z 0 -1 BYSCORE
      ZREVRANGE z 0 -1 LIMIT 0 1
      ZREVRANGE z 0 -1 LIMIT 0 -1
      ZRANGEBYSCORE z 0 1 BYLEX
      ZRANGEBYSCORE z 0 1 REV
      ZRANGEBYSCORE z x 1
      ZRANGEBYLEX z - + WITHSCORES
      ZRANGEBYLEX z - + BYLEX
      ZREVRANGEBYLEX z + - WITHSCORES
      ZREVRANGEBYSCORE z 3 1 WITHSCORES LIMIT 0 1
      ZREVRANGEBYSCORE z 3 x
      ZRANGESTORE t z 0 -1 WITHSCORES
      ZRANGESTORE t z 0 -1 LIMIT 0 1
      ZRANGESTORE t z 0 -1 x
      ZRANGESTORE t none x y
      SET t string
      ZRANGESTORE t none 0 -1
      EXISTS t
      SET t string EX 1000
      ZRANGESTORE t z 0 1
      TTL t
      TYPE t
      ZRANGESTORE t t 1 -1
      ZRANGE t 0 -1
      ZRANGESTORE t t 5 9
      EXISTS t
      ZRANGESTORE t z 9 1
    `),
  );
});

describe('removing and popping', () => {
  it(
    'takes members out',
    lines(`
      ZADD z 1 a 2 b 2 c 3 d 4 e 5 f 6 g 7 h 8 i
      ZREM z a
      ZREM z a none b
      ZREM none a
      ZREM z c c c
      ZREMRANGEBYRANK z 0 0
      ZREMRANGEBYRANK z -1 -1
      ZREMRANGEBYRANK z 5 1
      ZREMRANGEBYRANK z 100 200
      ZREMRANGEBYRANK z x 1
      ZREMRANGEBYRANK none 0 1
      ZREMRANGEBYSCORE z (4 5
      ZREMRANGEBYSCORE z 5 4
      ZREMRANGEBYSCORE z x 4
      ZREMRANGEBYSCORE none x 4
      ZREMRANGEBYSCORE none 1 4
      ZRANGE z 0 -1 WITHSCORES
      ZREMRANGEBYSCORE z -inf +inf
      EXISTS z
      ZADD z 1 a 1 b
      ZREM z a b c
      EXISTS z
      ZADD z 1 a 1 b
      ZREMRANGEBYRANK z 0 -1
      EXISTS z
      ZADD z 1 a 1 b
      ZREMRANGEBYLEX z - +
      EXISTS z
    `),
  );

  it(
    'pops from either end',
    lines(`
      ZADD z 1 a 2 b 2 c 3.5 d 4 e 5 f 6 g 7 h inf i -inf j
      ZPOPMIN z
      ZPOPMAX z
      ZPOPMIN z 2
      ZPOPMAX z 2
      ZPOPMIN z 0
      ZPOPMAX z -1
      ZPOPMAX z x
      ZPOPMAX z ''
      ZPOPMIN z 100
      EXISTS z
      ZPOPMIN z
      ZPOPMAX z
      ZPOPMIN z 1
      ZPOPMIN z 0
      ZPOPMIN z -1
      ZADD z 1 a
      ZPOPMAX z
      EXISTS z
      ZADD z 1 a 1 b 1 c 1 d
      ZPOPMAX z 3
      ZPOPMIN z ${MAX}
      EXISTS z
    `),
  );

  it(
    'pops from the first set there is',
    lines(`
      ZADD z 1 a 2 b 2 c 3.5 d 4 e 5 f
      ZMPOP 1 z MIN
      ZMPOP 1 z max COUNT 2
      ZMPOP 3 none none z MIN COUNT 1
      ZMPOP 2 none none MIN
      ZMPOP 2 z none MAX COUNT ${MAX}
      EXISTS z
      ZADD z 1 a 2 b
      ZMPOP 0 z MIN
      ZMPOP -1 z MIN
      ZMPOP x z MIN
      ZMPOP 2 z MIN
      ZMPOP 1 z UP
      ZMPOP 1 z MIN COUNT
      ZMPOP 1 z MIN COUNT 0
      ZMPOP 1 z MIN COUNT x
      ZMPOP 1 z MIN COUNT 1 COUNT 1
      ZMPOP 1 z MIN 1
      ZMPOP 1 MIN z
      ZRANGE z 0 -1
    `),
  );
});

describe('ZRANDMEMBER and ZSCAN', () => {
  it(
    'pick members',
    bodies(async (both) => {
      await both.run('ZADD', 'one', 1.5, 'a');
      await both.run('ZADD', 'z', 1, 'a', 1, 'b', 1, 'c', 1, 'd');
      await both.pipeline([
        ['ZRANDMEMBER', 'one'],
        ['ZRANDMEMBER', 'one', 1],
        ['ZRANDMEMBER', 'one', 5, 'WITHSCORES'],
        ['ZRANDMEMBER', 'one', -3],
        ['ZRANDMEMBER', 'one', -3, 'withscores'],
        ['ZRANDMEMBER', 'one', 0],
        ['ZRANDMEMBER', 'none'],
        ['ZRANDMEMBER', 'none', 1],
        ['ZRANDMEMBER', 'none', 1, 'WITHSCORES'],
        ['ZRANDMEMBER', 'one', 'x'],
        ['ZRANDMEMBER', 'one', 1, 'x'],
        ['ZRANDMEMBER', 'one', 1, 'WITHSCORES', 'x'],
        ['ZRANDMEMBER', 'one', 'x', 'x'],
        ['ZRANDMEMBER', 'one', MIN],
        ['ZRANDMEMBER', 'one', MIN, 'x'],
        ['ZRANDMEMBER', 'one', MIN, 'WITHSCORES'],
        ['ZRANDMEMBER', 'one', '-4611686018427387904', 'WITHSCORES'],
        ['ZRANDMEMBER', 'one', MAX, 'WITHSCORES'],
        ['ZRANDMEMBER'],
      ]);
      for (const count of [1, 2, 3, 4, 100, -1, -2, -4, -10]) {
        await both.runWith(sameShape, 'ZRANDMEMBER', 'z', count);
        await both.runWith(sameShape, 'ZRANDMEMBER', 'z', count, 'WITHSCORES');
      }
      await both.runWith(deeplyUnordered, 'ZRANDMEMBER', 'z', 4, 'WITHSCORES');
    }),
  );

  it(
    'walk through a set',
    bodies(async (both) => {
      await both.run('ZADD', 'z', 1, 'a', 2.5, 'b', 'inf', 'c', 1e17, 'd', -0.1, 'e', '-0', 'f');
      const scan = (...args: Command) => both.runWith(deeplyUnordered, 'ZSCAN', ...args);
      await scan('z', 0);
      await scan('z', 0, 'COUNT', 1000);
      await scan('z', 0, 'MATCH', '[ab]', 'COUNT', 1000);
      await scan('z', 0, 'MATCH', 'x*', 'COUNT', 1000);
      await scan('none', 0);
      await scan('none', 'x');
      await scan('none', 0, 'COUNT', 0);
      await scan('z', 'x');
      await scan('z', 0, 'COUNT', 0);
      await scan('z', 0, 'COUNT', 'x');
      await scan('z', 0, 'TYPE', 'zset');
      await scan('z', 0, 'MATCH');
      await scan('z');
    }),
  );
});
