/** The commands of group list that answer at once. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { index, integerText, key, named, value } from '../support/arbitraries.ts';
import type { RandomCommand } from '../support/random-parity.ts';
import { runLines } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();
const MAX = '9223372036854775807';
const MIN = '-9223372036854775808';

const lines = (text: string) =>
  parity(async (both) => {
    await runLines(both, text);
    await both.digest();
  });

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

describe('LPUSH, RPUSH and their like', () => {
  it(
    'add at the ends',
    lines(`
      LPUSH l a
      LPUSH l b c d
      RPUSH l e f
      RPUSH l ''
      LRANGE l 0 -1
      LPUSHX l x y
      RPUSHX l z
      LPUSHX none x
      RPUSHX none x y
      EXISTS none
      LLEN l
      LLEN none
      OBJECT ENCODING l
      TYPE l
      RPUSH n 1 -1 127 128 -129 32767 32768 8388608 2147483648 ${MAX} ${MIN} 9223372036854775808
      RPUSH n 01 +1 1.0 -0
      LRANGE n 0 -1
      EXPIRE l 1000
      LPUSH l again
      TTL l
      lpush L a
      Rpush L b
    `),
  );

  it(
    'refuse other types and too few arguments',
    lines(`
      SET s v
      LPUSH s a
      RPUSH s a
      LPUSHX s a
      RPUSHX s a
      LPOP s
      RPOP s
      LPOP s 1
      RPOP s 0
      LLEN s
      LINDEX s 0
      LINDEX s x
      LRANGE s 0 1
      LRANGE s x 1
      LSET s 0 a
      LSET s x a
      LINSERT s BEFORE a b
      LINSERT s NEAR a b
      LREM s 0 a
      LREM s x a
      LTRIM s 0 1
      LTRIM s x 1
      LPOS s a
      LPOS s a RANK 0
      LMOVE s l LEFT LEFT
      RPOPLPUSH s l
      RPUSH l a
      LMOVE l s LEFT LEFT
      RPOPLPUSH l s
      LRANGE l 0 -1
      LMPOP 1 s LEFT
      LMPOP 2 l s LEFT
      LMPOP 2 s l LEFT
      LPUSH l
      LPUSH
      RPUSH l
      LPUSHX l
      LPOP
      LPOP l 1 2
      RPOP l 1 2
      RPOP s x y
      LLEN
      LLEN a b
      LINDEX l
      LRANGE l 0
      LSET l 0
      LINSERT l BEFORE a
      LREM l 0
      LTRIM l 0
      LPOS l
      LMOVE l m LEFT
      RPOPLPUSH l
      LMPOP 1 l
      LMPOP
    `),
  );
});

describe('LPOP and RPOP', () => {
  it(
    'take elements off and delete what is empty',
    lines(`
      RPUSH l a b c d e f g h
      LPOP l
      RPOP l
      LPOP l 2
      RPOP l 2
      LPOP l 0
      RPOP l 0
      LPOP l 100
      EXISTS l
      LPOP l
      RPOP l
      LPOP l 0
      LPOP l 1
      LPOP l -1
      LPOP l x
      LPOP l ''
      LPOP l 1.5
      LPOP l ${MAX}
      LPOP l ${MIN}
      LPOP l 9223372036854775808
      RPUSH l a
      RPOP l
      EXISTS l
      RPUSH l a b
      RPOP l ${MAX}
      EXISTS l
      RPUSH l a b
      LPOP l -1
      LPOP l x
    `),
  );
});

describe('LRANGE, LINDEX and LLEN', () => {
  it(
    'count from either end',
    parity(async (both) => {
      await both.run('RPUSH', 'l', ...'abcdefg');
      const places = [-100, -8, -7, -6, -3, -1, 0, 1, 3, 6, 7, 100, MAX, MIN];
      for (const from of places) {
        await both.pipeline(places.map((to) => ['LRANGE', 'l', from, to]));
        await both.run('LINDEX', 'l', from);
        await both.run('LRANGE', 'none', from, 0);
        await both.run('LINDEX', 'none', from);
      }
      for (const bad of ['', 'x', '1.0', ' 1', '9223372036854775808', '+1']) {
        await both.run('LRANGE', 'l', bad, 1);
        await both.run('LRANGE', 'l', 0, bad);
        await both.run('LRANGE', 'none', bad, bad);
        await both.run('LINDEX', 'l', bad);
        await both.run('LINDEX', 'none', bad);
      }
    }),
  );
});

describe('LSET, LINSERT, LREM and LTRIM', () => {
  it(
    'replace elements',
    lines(`
      RPUSH l a b c d
      LSET l 0 A
      LSET l -1 D
      LSET l 1 7
      LSET l -3 77777777777777777777
      LRANGE l 0 -1
      LSET l 4 x
      LSET l -5 x
      LSET l x x
      LSET l ${MAX} x
      LSET l ${MIN} x
      LSET none 0 x
      LSET none x x
    `),
  );

  it(
    'insert beside the first match',
    lines(`
      RPUSH l a b c b 7
      LINSERT l BEFORE b 1
      LINSERT l after b 2
      LINSERT l AFTER 7 end
      LINSERT l BEFORE a start
      LINSERT l BEFORE none x
      LINSERT l NEXT b x
      LINSERT none BEFORE a b
      LINSERT none NEXT a b
      LRANGE l 0 -1
    `),
  );

  it(
    'remove matches from either end',
    lines(`
      RPUSH l a b a c a d a 7 07 7
      LREM l 1 a
      LREM l -1 a
      LRANGE l 0 -1
      LREM l 0 a
      LREM l 0 none
      LREM l 2 7
      LREM none 0 a
      LREM l x a
      LREM none x a
      LREM l 0 07
      LREM l -100 b
      LREM l ${MAX} c
      LREM l ${MIN} d
      EXISTS l
    `),
  );

  it(
    'cut down to a range',
    parity(async (both) => {
      const places = [-100, -5, -4, -2, -1, 0, 1, 3, 4, 100, MAX, MIN];
      for (const from of places)
        for (const to of places) {
          await both.pipeline([
            ['RPUSH', 'l', ...'abcde'],
            ['LTRIM', 'l', from, to],
            ['LRANGE', 'l', 0, -1],
            ['DEL', 'l'],
          ]);
        }
      await runLines(
        both,
        `
        LTRIM none 0 1
        LTRIM none x 1
        RPUSH l a
        LTRIM l 0 x
        LTRIM l x 0
      `,
      );
    }),
  );
});

describe('LPOS', () => {
  it(
    'finds matches from either end',
    parity(async (both) => {
      await both.run('RPUSH', 'l', ...'abcabcabc7d7');
      const ranks = [-100, -4, -3, -2, -1, 1, 2, 3, 4, 100, MAX, `-${MAX}`];
      for (const rank of ranks)
        for (const count of [0, 1, 2, 3, 100])
          for (const maxlen of [0, 1, 4, 5, 9, 12, 100]) {
            await both.run('LPOS', 'l', 'b', 'RANK', rank, 'COUNT', count, 'MAXLEN', maxlen);
            await both.run('LPOS', 'l', 'b', 'MAXLEN', maxlen, 'RANK', rank);
          }
    }),
  );

  it(
    'refuses what it cannot use',
    lines(`
      RPUSH l a b c 7
      LPOS l a
      LPOS l 7
      LPOS l none
      LPOS none a
      LPOS none a COUNT 1
      LPOS none a RANK 0
      LPOS l none COUNT 0
      LPOS l a RANK 0
      LPOS l a RANK x
      LPOS l a RANK ${MIN}
      LPOS l a RANK 9223372036854775808
      LPOS l a COUNT -1
      LPOS l a COUNT x
      LPOS l a COUNT ${MIN}
      LPOS l a MAXLEN -1
      LPOS l a MAXLEN x
      LPOS l a RANK
      LPOS l a COUNT
      LPOS l a MAXLEN
      LPOS l a X 1
      LPOS l a rank 1 count 1 maxlen 1 rank 2
      LPOS l a RANK x COUNT -1
      LPOS l a COUNT -1 RANK x
    `),
  );
});

describe('LMOVE, RPOPLPUSH and LMPOP', () => {
  it(
    'move between ends',
    parity(async (both) => {
      for (const from of ['LEFT', 'right'])
        for (const to of ['left', 'RIGHT']) {
          await both.pipeline([
            ['DEL', 'a', 'b'],
            ['RPUSH', 'a', '1', '2', '3'],
            ['LMOVE', 'a', 'b', from, to],
            ['LMOVE', 'a', 'b', from, to],
            ['LMOVE', 'b', 'b', from, to],
            ['LRANGE', 'a', 0, -1],
            ['LRANGE', 'b', 0, -1],
            ['LMOVE', 'a', 'b', from, to],
            ['EXISTS', 'a'],
            ['LMOVE', 'a', 'b', from, to],
            ['LMOVE', 'none', 'b', from, to],
          ]);
        }
      await runLines(
        both,
        `
        LMOVE a b UP LEFT
        LMOVE a b LEFT UP
        LMOVE none b LEFT UP
        RPUSH q 1 2 3
        RPOPLPUSH q q
        RPOPLPUSH q r
        RPOPLPUSH none r
        LRANGE q 0 -1
        LRANGE r 0 -1
        RPUSH one x
        LMOVE one one LEFT LEFT
        RPOPLPUSH one one
        EXPIRE one 1000
        RPOPLPUSH one one
        TTL one
        RPOPLPUSH one two
        RPOPLPUSH two one
        TTL one
      `,
      );
      await both.digest();
    }),
  );

  it(
    'pop from the first list there is',
    lines(`
      RPUSH a 1 2 3 4 5 6 7 8
      LMPOP 1 a LEFT
      LMPOP 1 a right COUNT 2
      LMPOP 3 none none a LEFT COUNT 1
      LMPOP 2 none none LEFT
      LMPOP 2 a none LEFT COUNT ${MAX}
      EXISTS a
      RPUSH a 1 2 3
      LMPOP 0 a LEFT
      LMPOP -1 a LEFT
      LMPOP x a LEFT
      LMPOP ${MIN} a LEFT
      LMPOP 1000000 a LEFT
      LMPOP 2 a LEFT
      LMPOP 2 a LEFT COUNT
      LMPOP 1 a UP
      LMPOP 1 a LEFT COUNT
      LMPOP 1 a LEFT COUNT 0
      LMPOP 1 a LEFT COUNT -1
      LMPOP 1 a LEFT COUNT x
      LMPOP 1 a LEFT COUNT 1 COUNT 1
      LMPOP 1 a LEFT COUNT 0 COUNT 1
      LMPOP 1 a LEFT LIMIT 1
      LMPOP 1 a LEFT 1
      LMPOP 1 LEFT a
      LRANGE a 0 -1
    `),
  );
});

describe('lists of many nodes', () => {
  for (const [fill, depth] of [
    ['4', '0'],
    ['-1', '1'],
    ['2', '2'],
    ['-2', '0'],
  ]) {
    it(
      `hold their elements with list-max-listpack-size ${fill} and compress depth ${depth}`,
      parity(async (both) => {
        await both.run('CONFIG', 'SET', 'list-max-listpack-size', fill!);
        await both.run('CONFIG', 'SET', 'list-compress-depth', depth!);
        await both.run('RPUSH', 'l', ...numbers(1, 3000));
        await both.run('LPUSH', 'l', ...numbers(1, 1000).map((n) => `text ${n} `.repeat(5)));
        await both.run('OBJECT', 'ENCODING', 'l');
        await both.run('LRANGE', 'l', 0, -1);
        await both.run('LRANGE', 'l', -1500, -20);
        await both.pipeline(numbers(0, 60).map((n) => ['LINDEX', 'l', Number(n) * 67]));
        await both.pipeline(numbers(0, 60).map((n) => ['LSET', 'l', Number(n) * 61, 'new' + n]));
        await both.pipeline(
          numbers(0, 60).map((n) => [
            'LINSERT',
            'l',
            'AFTER',
            'new' + n,
            'y'.repeat(Number(n) * 9),
          ]),
        );
        await both.run('LREM', 'l', 5, 'new1');
        await both.run('LREM', 'l', -5, '2500');
        await both.run('LPOS', 'l', '2400', 'RANK', -1);
        await both.digest();
        await both.run('LPOP', 'l', 1200);
        await both.run('RPOP', 'l', 1100);
        await both.run('LTRIM', 'l', 100, -100);
        await both.digest();
        await both.pipeline(numbers(0, 50).map(() => ['LMOVE', 'l', 'm', 'LEFT', 'RIGHT']));
        await both.run('COPY', 'l', 'copy');
        await both.run('LPUSH', 'copy', 'x');
        await both.digest();
        await both.run('LTRIM', 'l', 2, 4);
        await both.digest();
      }),
    );
  }

  it(
    'hold elements of every size',
    parity(async (both) => {
      for (const size of [0, 1, 63, 64, 4095, 4096, 5000, 70_000, 300_000]) {
        await both.run('RPUSH', 'l', 'a'.repeat(size), 'small', 'b'.repeat(size));
        await both.run('LPUSH', 'l', 'c'.repeat(size));
      }
      await both.run('LRANGE', 'l', 0, -1);
      await both.run('LSET', 'l', 3, 'd'.repeat(100_000));
      await both.run('LREM', 'l', 0, 'small');
      await both.digest();
      await both.run('RPOPLPUSH', 'l', 'l');
      await both.run('LPOP', 'l', 20);
      await both.digest();
    }),
  );
});

const element = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', '1', '22', '-300') },
  { weight: 1, arbitrary: value },
);
const end = fc.constantFrom('LEFT', 'RIGHT', 'left', 'Right', 'UP');
const count = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 6 }).map(String) },
  { weight: 1, arbitrary: integerText },
);
const list = key(3, 'list');
const elements = fc.array(element, { minLength: 1, maxLength: 5 });

const listCommand: fc.Arbitrary<RandomCommand> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX').chain(named), list, elements)
      .map((parts) => parts.flat()),
  },
  fc.tuple(fc.constantFrom('LPOP', 'RPOP'), list).map((c) => c),
  fc.tuple(fc.constantFrom('LPOP', 'RPOP'), list, count).map((c) => c),
  fc.tuple(fc.constant('LINDEX'), list, index),
  fc.tuple(fc.constantFrom('LRANGE', 'LTRIM'), list, index, index),
  fc.tuple(fc.constant('LRANGE'), list, fc.constant(0), fc.constant(-1)),
  fc.tuple(fc.constant('LSET'), list, index, element),
  fc.tuple(fc.constant('LINSERT'), list, fc.constantFrom('BEFORE', 'AFTER'), element, element),
  fc.tuple(fc.constant('LREM'), list, index, element),
  fc.tuple(fc.constant('LLEN'), list),
  fc
    .tuple(list, element, index, count, count)
    .map(([k, e, rank, n, most]) => ['LPOS', k, e, 'RANK', rank, 'COUNT', n, 'MAXLEN', most]),
  fc.tuple(fc.constant('LMOVE'), list, list, end, end),
  fc.tuple(fc.constant('RPOPLPUSH'), list, list),
  fc.tuple(list, list, end, count).map(([a, b, e, n]) => ['LMPOP', 2, a, b, e, 'COUNT', n]),
  fc.tuple(fc.constant('COPY'), list, list),
  fc.tuple(fc.constantFrom('OBJECT'), fc.constant('ENCODING'), list),
);

describe('random list commands', () => {
  it('agree with default limits', parity.random({ commands: listCommand, steps: 200 }));

  for (const [fill, depth] of [
    ['1', '0'],
    ['3', '1'],
    ['-1', '2'],
  ])
    it(
      `agree with list-max-listpack-size ${fill} and compress depth ${depth}`,
      parity.random({
        commands: listCommand,
        steps: 200,
        before: [
          ['CONFIG', 'SET', 'list-max-listpack-size', fill!],
          ['CONFIG', 'SET', 'list-compress-depth', depth!],
        ],
      }),
    );
});
