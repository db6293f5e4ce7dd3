/** SET and GET in all their forms, and the commands that read strings. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { farSeconds, index, integerText, key, named, value } from '../support/arbitraries.ts';
import { commandsOf, runLines } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();
const MAX = '9223372036854775807';

const lines = (text: string) =>
  parity(async (both) => {
    await runLines(both, text);
    await both.digest();
  });

describe('SET', () => {
  it(
    'takes options in any order and case, and refuses those that contradict',
    lines(`
      SET k v EX 1000
      SET k v ex 1000 EX 2000
      SET k v EX 1000 PX 1000
      SET k v EX 1000 EXAT 9999999999
      SET k v PXAT 9999999999000 PX 1
      SET k v KEEPTTL KEEPTTL
      PTTL k
      SET k v KEEPTTL EX 10
      SET k v EX 10 KEEPTTL
      SET k v NX XX
      SET k v XX NX
      SET k v NX NX
      SET k v XX XX
      SET k v PERSIST
      SET k v EX
      SET k v NX EX
      SET k v NX EX 1000 XX
      SET k v GET GET
      SET k w get xx Ex 1000
      PTTL k
      SET k v foo
      SET k v EX 1000 foo
      SET k v ''
      SET k v KEEPTT
      SET k
      SET
      SET k v
      PTTL k
    `),
  );

  it(
    'obeys conditions and gives the old string',
    lines(`
      SET a 1 XX
      GET a
      SET a 1 NX
      SET a 2 NX
      SET a 3 XX
      SET a 4 NX GET
      SET b 5 NX GET
      SET c 6 XX GET
      GET c
      SET a 7 GET
      SET a 8 GET EX 1000
      SET a 9 GET KEEPTTL
      TTL a
      GET a
    `),
  );

  it(
    'refuses expiries that are none',
    lines(`
      SET k v EX 0
      SET k v EX -1
      SET k v PX 0
      SET k v EXAT 0
      SET k v PXAT -1
      SET k v EX x
      SET k v EX ''
      SET k v EX 1.5
      SET k v EX +5
      SET k v EX ${MAX}
      SET k v PX ${MAX}
      SET k v EX 9223372036854775
      SET k v EX 9223372036854776
      SET k v EXAT 9223372036854775
      SET k v EXAT 9223372036854776
      SET k v PXAT ${MAX}
      SET k v PXAT 9223372036854775808
      EXISTS k
      SET k v EX 0 GET
      SETEX k 0 v
      SETEX k -1 v
      SETEX k x v
      SETEX k ${MAX} v
      PSETEX k 0 v
      PSETEX k x v
      PSETEX k ${MAX} v
      SETEX k 10
      GET k
    `),
  );

  it(
    'lets a key with a past time go',
    parity(async (both) => {
      await both.run('SET', 'k', 'v', 'EXAT', 1);
      await both.run('GET', 'k');
      await both.run('SET', 'k', 'v', 'PXAT', 1);
      await both.run('EXISTS', 'k');
      await both.run('SET', 'k', 'v', 'PX', 20);
      await both.untilGone('k');
      await both.run('GET', 'k');
      await both.digest();
    }),
  );

  it(
    'replaces other types, but does not give them',
    lines(`
      SADD members a
      SET members v GET
      SET members v NX GET
      SET members v XX GET
      SET members v NX
      GET members
      GETSET members v
      SETNX members v
      STRLEN members
      TYPE members
      SET members v EX 1000
      TYPE members
      GET members
      SADD other a
      SETEX other 1000 v
      SADD third a
      MSET third v
      SADD fourth a
      PSETEX fourth 100000 v
      SADD fifth a
      SET fifth v KEEPTTL
    `),
  );

  it(
    'tells int, embstr and raw apart',
    parity(async (both) => {
      const values = [
        '',
        '0',
        '-0',
        '-1',
        '+1',
        '01',
        '1.0',
        ' 1',
        '1 ',
        '10000',
        'a',
        MAX,
        '9223372036854775808',
        '-9223372036854775808',
        '-9223372036854775809',
        '12345678901234567890',
        '123456789012345678901',
        'x'.repeat(44),
        'x'.repeat(45),
        'x'.repeat(1023),
        'x'.repeat(1024),
        'x'.repeat(1025),
        'x'.repeat(100_000),
      ];
      for (const text of values) {
        for (const name of ['one', 'two'])
          await both.pipeline([
            ['SET', name, text],
            ['OBJECT', 'ENCODING', name],
            ['GET', name],
            ['STRLEN', name],
          ]);
        await both.pipeline([
          ['GETSET', 'three', text],
          ['SETNX', `four${text.length}`, text],
          ['SETEX', 'five', 1000, text],
          ['MSET', 'six', text],
        ]);
      }
      await both.digest();
    }),
  );

  it(
    'keeps keys of any length with values that grow and shrink',
    parity(async (both) => {
      for (const length of [0, 1, 7, 200, 254, 255, 256, 1000, 70_000]) {
        const name = 'k'.repeat(length);
        for (const size of [0, 5, 20_000, 900, 1024, 1025, 3]) {
          await both.pipeline([
            ['SET', name, 'v'.repeat(size)],
            ['GET', name],
            ['SET', name, 'w'.repeat(size), 'EX', 1000],
            ['SET', name, 'u'.repeat(size + 1), 'KEEPTTL'],
            ['TTL', name],
            ['GET', name],
          ]);
        }
      }
      await both.digest();
    }),
  );
});

describe('the commands that SET replaced', () => {
  it(
    'SETNX, SETEX, PSETEX, GETSET',
    lines(`
      SETNX a 1
      SETNX a 2
      GET a
      SETEX a 1000 3
      TTL a
      PSETEX a 2000000 4
      TTL a
      GETSET a 5
      TTL a
      GETSET none 6
      GET none
      SETNX a
      GETSET a
      SETEX a 1
      GET
      GET a b
    `),
  );
});

describe('GETEX and GETDEL', () => {
  it(
    'GETEX changes the life of a key',
    lines(`
      SET k v
      GETEX k
      GETEX k EX 1000
      TTL k
      GETEX k PX 2000000
      TTL k
      GETEX k EXAT 9999999999
      PEXPIRETIME k
      GETEX k PXAT 9999999999001
      PEXPIRETIME k
      GETEX k
      PEXPIRETIME k
      GETEX k persist
      TTL k
      GETEX k PERSIST
      GETEX k EX 10 EX 2000
      TTL k
      GETEX k PERSIST PERSIST
      GETEX k EX 10 PERSIST
      GETEX k PERSIST EX 10
      GETEX k EX 10 PX 10
      GETEX k KEEPTTL
      GETEX k NX
      GETEX k GET
      GETEX k EX
      GETEX k EX x
      GETEX k EX 0
      GETEX k EX -1
      GETEX k EXAT 0
      GETEX k EX ${MAX}
      GETEX missing
      GETEX missing EX -1
      GETEX missing EX x
      GETEX missing EX
      GETEX
      SADD members a
      GETEX members
      GETEX members EX 0
      GETEX members EX
      GETEX k PXAT 1
      EXISTS k
    `),
  );

  it(
    'GETDEL gives the string for the last time',
    lines(`
      SET k v
      GETDEL k
      GETDEL k
      SET k v EX 1000
      GETDEL k
      TTL k
      SADD members a
      GETDEL members
      GETDEL
      GETDEL a b
    `),
  );
});

describe('MGET, MSET and MSETNX', () => {
  it(
    'set and read several keys',
    lines(`
      MSET a 1 b 2 c 3
      MGET a b c missing a
      MSET a 1 b
      MSETNX a 1 b
      MSET
      MSETNX a
      MGET
      SET a x EX 1000
      MSET a 2 a 3 d x
      TTL a
      MSETNX e 1 f 2 e 3
      MSETNX g 1 a 2
      EXISTS g
      SADD members a
      MGET members a
      MSETNX members 1 h 2
      MSET members 1
      MGET members h
      EXISTS h
    `),
  );

  it(
    'take more keys than are looked up at once',
    parity(async (both) => {
      for (const count of [63, 64, 65, 128, 1000]) {
        const pairs = Array.from({ length: count }, (_, i) => [`key${i}`, `value${i}-${count}`]);
        await both.run('MSET', ...pairs.flat());
        await both.run('MGET', ...pairs.map(([name]) => name!), 'missing');
        await both.run('MSETNX', ...pairs.flatMap(([name, text]) => [`${name}x${count}`, text!]));
      }
      await both.digest();
    }),
  );
});

describe('GETRANGE and SUBSTR', () => {
  it(
    'cut any part',
    parity(async (both) => {
      await both.pipeline(
        commandsOf(`
        SET k Hello_World
        SET empty ''
        SET number 1234567
        SADD members a
        GETRANGE members 0 -1
        GETRANGE members x 0
        GETRANGE k 0 x
        GETRANGE k 0
        GETRANGE missing 0 -1
        SUBSTR missing 0 -1
        GETRANGE k -9223372036854775808 9223372036854775807
        GETRANGE k 9223372036854775807 -9223372036854775808
        GETRANGE k 9223372036854775808 1
        STRLEN k
        STRLEN number
        STRLEN missing
        STRLEN
      `),
      );
      for (let start = -14; start <= 14; start++) {
        for (let end = -14; end <= 14; end += 3) {
          await both.pipeline([
            ['GETRANGE', 'k', start, end],
            ['SUBSTR', 'number', start, end],
            ['GETRANGE', 'empty', start, end],
          ]);
        }
      }
    }),
  );
});

const name = key(4);
const expiry = fc.oneof(
  fc.tuple(
    fc.constantFrom('EX', 'PX', 'ex'),
    farSeconds.map((text) => `${text}000`),
  ),
  fc.tuple(fc.constantFrom('EXAT', 'PXAT'), fc.constantFrom('9999999999', '99999999999999', '0')),
  fc.constant(['KEEPTTL']),
  fc.constant(['PERSIST']),
);
const option = fc.oneof(expiry, fc.constantFrom(['NX'], ['XX'], ['GET'], ['get'], ['wrong']));
const options = fc.array(option, { maxLength: 3 }).map((list) => list.flat());

it(
  'random sequences leave the same contents',
  parity.random({
    commands: fc.oneof(
      { weight: 4, arbitrary: fc.tuple(named('SET'), name, value) },
      {
        weight: 4,
        arbitrary: fc.tuple(name, value, options).map(([k, v, o]) => ['SET', k, v].concat(o)),
      },
      { weight: 2, arbitrary: fc.tuple(named('GET'), name) },
      { weight: 2, arbitrary: fc.tuple(name, options).map(([k, o]) => ['GETEX', k].concat(o)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('GETDEL'), name) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('GETSET'), name, value) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('SETNX'), name, value) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constantFrom('SETEX', 'PSETEX'), name, farSeconds, value),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constantFrom('MSET', 'MSETNX'), name, value, name, value),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constant('MGET'), name, name, name) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom('GETRANGE', 'SUBSTR'), name, index, index) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('STRLEN'), name) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('SADD'), name, integerText) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('DEL'), name) },
    ),
  }),
);
