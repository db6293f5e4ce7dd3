/** Commands that change strings in place or count with them. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { floatText, integerText, key, named, value } from '../support/arbitraries.ts';
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

describe('INCR and its like', () => {
  it(
    'count exactly over 64 bits',
    lines(`
      INCR n
      INCRBY n 9
      DECR n
      DECRBY n 19
      OBJECT ENCODING n
      SET n ${MAX}
      INCR n
      INCRBY n 1
      DECRBY n -1
      DECRBY n ${MIN}
      DECR n
      DECRBY n ${MAX}
      DECRBY n ${MAX}
      GET n
      DECR n
      DECR n
      INCRBY n -1
      INCRBY n ${MIN}
      GET n
      SET n 9007199254740991
      INCR n
      INCR n
      GET n
      DECRBY n 3
      INCRBY n -18014398509481982
      DECR n
      DECR n
      SET n 9007199254740993
      INCRBY n 9007199254740993
      DECRBY zero 0
      DECRBY z ${MIN}
      INCRBY z ${MIN}
      INCRBY z ${MAX}
      DECRBY z2 ${MAX}
      SET long 99999999999999999999
      INCR long
      SET n 99 EX 1000
      INCR n
      TTL n
      SET n -1
      INCR n
      SET n 9
      INCR n
      DECR n
    `),
  );

  it(
    'refuse what is no integer',
    parity(async (both) => {
      const texts = ['', ' 1', '1 ', '+1', '01', '-0', '1.0', '1e3', '0x10', 'a', '-', '1\0'];
      for (const text of texts) {
        await both.pipeline([
          ['SET', 'k', text],
          ['INCR', 'k'],
          ['DECR', 'k'],
          ['INCRBY', 'k', 1],
          ['SET', 'one', 1],
          ['INCRBY', 'one', text],
          ['DECRBY', 'one', text],
          ['INCRBY', 'missing', text],
        ]);
      }
      await runLines(
        both,
        `
        INCRBY k ${MAX}0
        INCRBY k 9223372036854775808
        DECRBY k -9223372036854775809
        SADD members a
        INCR members
        INCRBY members x
        INCRBY members 1
        DECRBY members ${MIN}
        DECR
        INCR a b
        INCRBY a
      `,
      );
      await both.digest();
    }),
  );

  it(
    'take integers whatever made them, and make integers',
    lines(`
      SET n 10
      APPEND n 5
      OBJECT ENCODING n
      INCR n
      OBJECT ENCODING n
      SETRANGE n 0 9
      OBJECT ENCODING n
      INCRBYFLOAT n 1
      OBJECT ENCODING n
      INCR n
      OBJECT ENCODING n
    `),
  );

  it(
    'keep numbers under long keys and beside long values',
    parity(async (both) => {
      for (const length of [1, 7, 8, 20, 254, 255, 300, 5000]) {
        const name = 'k'.repeat(length);
        for (const number of ['0', '9', '99', '999999999', '-9', '9007199254740991', '-100'])
          await both.pipeline([
            ['SET', name, number, 'EX', 5000],
            ['INCR', name],
            ['DECRBY', name, 2],
            ['GET', name],
            ['TTL', name],
          ]);
      }
      await both.digest();
    }),
  );
});

describe('INCRBYFLOAT', () => {
  it(
    'adds as long doubles do',
    lines(`
      INCRBYFLOAT f 3
      OBJECT ENCODING f
      INCRBYFLOAT f 0.1
      INCRBYFLOAT f 0.1
      INCRBYFLOAT f -3.2
      INCRBYFLOAT f 1e17
      INCRBYFLOAT f 0.3
      SET f 10.50
      INCRBYFLOAT f 0.1
      INCRBYFLOAT f -5
      SET f 5.0e3
      INCRBYFLOAT f 2.0e2
      SET f 3.0000000000000000001
      INCRBYFLOAT f 1.00000000000000000000001
      INCRBYFLOAT f 1e-18
      SET f 1e4000
      INCRBYFLOAT f 1
      STRLEN f
      SET f inf
      INCRBYFLOAT f 1
      INCRBYFLOAT f -inf
      SET f 1
      INCRBYFLOAT f inf
      INCRBYFLOAT f nan
      INCRBYFLOAT f 1e5000
      INCRBYFLOAT f abc
      INCRBYFLOAT f ''
      INCRBYFLOAT f 0x10
      INCRBYFLOAT f
      SET f abc
      INCRBYFLOAT f 1
      SET f ''
      INCRBYFLOAT f 1
      SET f 1 EX 1000
      INCRBYFLOAT f 1.5
      TTL f
      SADD members a
      INCRBYFLOAT members abc
      INCRBYFLOAT missing abc
      EXISTS missing
    `),
  );
});

describe('APPEND and SETRANGE', () => {
  it(
    'make strings longer',
    lines(`
      APPEND a hello
      OBJECT ENCODING a
      APPEND a ''
      OBJECT ENCODING a
      APPEND a world
      GET a
      APPEND empty ''
      OBJECT ENCODING empty
      APPEND empty ''
      OBJECT ENCODING empty
      APPEND n 12
      OBJECT ENCODING n
      APPEND n 3
      OBJECT ENCODING n
      SET t x EX 1000
      APPEND t y
      TTL t
      SETRANGE t 5 z
      TTL t
      SADD members a
      APPEND members x
      APPEND a
      SETRANGE s 5 hello
      GET s
      SETRANGE s 0 ab
      SETRANGE s 9 xyz
      SETRANGE s 20 ''
      SETRANGE none 20 ''
      SETRANGE none 0 ''
      EXISTS none
      SETRANGE s -1 x
      SETRANGE s x y
      SETRANGE s 1.0 y
      SETRANGE s 0
      SETRANGE members 0 x
      SETRANGE members 0 ''
      SETRANGE members -1 ''
      SETRANGE s 536870912 x
      SETRANGE s 536870911 xx
      SETRANGE s ${MAX} xx
      SETRANGE none ${MAX} x
      SETRANGE none 536870912 ''
      SET i 12345
      SETRANGE i 2 9
      GET i
      OBJECT ENCODING i
    `),
  );

  it(
    'cross every size of block',
    parity(async (both) => {
      const expectations: Promise<unknown>[] = [];
      for (let round = 0; round < 300; round++) {
        const text = String.fromCharCode(97 + (round % 26)).repeat(1 + ((round * 7) % 61));
        expectations.push(both.run('APPEND', 'a', text));
        expectations.push(both.run('APPEND', `long${'k'.repeat(300)}`, text));
        expectations.push(both.run('SETRANGE', 's', round * 11, text));
        if (round % 50 === 3) expectations.push(both.run('EXPIRE', 'a', 5000 + round));
        if (round % 50 === 7) expectations.push(both.run('PERSIST', 'a'));
      }
      await Promise.all(expectations);
      await both.pipeline([
        ['APPEND', 'a', 'b'.repeat(3_000_000)],
        ['APPEND', 'a', 'c'.repeat(100)],
        ['SETRANGE', 's', 2_000_000, 'end'],
        ['SETRANGE', 'new', 5_000_000, 'end'],
        ['GETRANGE', 'a', -150, -1],
        ['GETRANGE', 's', 3000, 3400],
      ]);
      await both.digest();
    }),
  );

  it(
    'stop at proto-max-bulk-len',
    parity(async (both) => {
      await runLines(
        both,
        `
        CONFIG SET proto-max-bulk-len 1mb
        SETRANGE s 1048575 x
        SETRANGE s 1048575 xx
        SETRANGE s 1048576 x
        SETRANGE new 1048576 x
        APPEND s x
        APPEND s ''
        STRLEN s
        EXISTS new
      `,
      );
      await both.digest();
    }),
  );
});

describe('LCS', () => {
  it(
    'finds the subsequence, its length and its places',
    lines(`
      MSET a ohmytext b mynewtext empty '' n 123456 m 91827364
      LCS a b
      LCS a b LEN
      LCS a b IDX
      LCS a b idx minmatchlen 4
      LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
      LCS a b IDX WITHMATCHLEN
      LCS a b IDX MINMATCHLEN 0
      LCS a b IDX MINMATCHLEN -5
      LCS a b IDX MINMATCHLEN 100
      LCS a b IDX MINMATCHLEN 2 MINMATCHLEN 3
      LCS a b MINMATCHLEN 3 WITHMATCHLEN
      LCS a b LEN WITHMATCHLEN
      LCS a b IDX LEN
      LCS a b MINMATCHLEN
      LCS a b MINMATCHLEN x
      LCS a b MINMATCHLEN x foo
      LCS a b foo
      LCS a b foo MINMATCHLEN x
      LCS a b IDX LEN foo
      LCS a
      LCS a a
      LCS a a IDX
      LCS n m
      LCS n m IDX WITHMATCHLEN
      LCS a empty
      LCS a empty IDX
      LCS empty a LEN
      LCS a missing
      LCS missing a IDX
      LCS missing other LEN
      SADD members x
      LCS a members
      LCS members a foo
      LCS members missing
    `),
  );

  it(
    'agrees on random strings',
    parity(async (both) => {
      let state = 12345;
      const next = (below: number) => {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
        return (state >>> 8) % below;
      };
      const text = (letters: number) =>
        Array.from({ length: next(90) }, () => String.fromCharCode(97 + next(letters))).join('');
      for (let round = 0; round < 80; round++) {
        const letters = 2 + next(6);
        await both.pipeline([
          ['MSET', 'a', text(letters), 'b', text(letters)],
          ['LCS', 'a', 'b'],
          ['LCS', 'a', 'b', 'LEN'],
          ['LCS', 'a', 'b', 'IDX', 'WITHMATCHLEN', 'MINMATCHLEN', next(4)],
        ]);
      }
    }),
  );

  it(
    'refuses to use too much memory',
    lines(`
      SETRANGE a 11584 x
      SETRANGE b 11582 x
      LCS a b LEN
      SETRANGE a 3000 y
      SETRANGE b 11583 x
      LCS a b LEN
      LCS a b foo
      CONFIG SET proto-max-bulk-len 1mb
      SETRANGE c 510 x
      SETRANGE d 510 x
      LCS c d LEN
      SETRANGE c 511 x
      LCS c d LEN
      LCS c d IDX
    `),
  );
});

const name = key(4);
const offset = fc.oneof(fc.integer({ min: -1, max: 40 }), fc.integer({ min: 0, max: 3000 }));

it(
  'random sequences leave the same contents',
  parity.random({
    commands: fc.oneof(
      { weight: 2, arbitrary: fc.tuple(named('SET'), name, value) },
      { weight: 2, arbitrary: fc.tuple(named('SET'), name, integerText) },
      { weight: 4, arbitrary: fc.tuple(named('APPEND'), name, value) },
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom('INCR', 'DECR'), name) },
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom('INCRBY', 'DECRBY'), name, integerText) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('INCRBYFLOAT'), name, floatText) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('SETRANGE'), name, offset, value) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constant('LCS'), name, name, fc.constantFrom('IDX', 'LEN')),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constant('LCS'), name, name) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('EXPIRE'), name, fc.constant('5000')) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('PERSIST'), name) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('GET'), name) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('DEL'), name) },
    ),
  }),
);
