/** The commands on sets. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { integerText, key, named, value } from '../support/arbitraries.ts';
import type { Command } from '../support/both.ts';
import { sameShape, unordered, deeplyUnordered } from '../support/comparison.ts';
import { commandsOf, runLines } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();
const MAX = '9223372036854775807';
const MIN = '-9223372036854775808';

const lines = (text: string) =>
  parity(async (both) => {
    await runLines(both, text);
    await both.digest();
  });

const range = (from: number, to: number, prefix: string) =>
  Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}`);

/** The lines over an intset, while members allow it, and over a hash table. */
const inBothEncodings = (text: string) =>
  parity(async (both) => {
    for (const limit of [512, 0]) {
      await both.pipeline([['FLUSHALL'], ['CONFIG', 'SET', 'set-max-intset-entries', limit]]);
      await both.pipeline(commandsOf(text));
      await both.digest();
    }
  });

describe('members', () => {
  it(
    'are added, asked for and removed',
    inBothEncodings(`
      SADD s 1 2 3
      SADD s 3 4 4
      SADD s 1
      SMEMBERS s
      SCARD s
      SCARD missing
      SISMEMBER s 1
      SISMEMBER s 01
      SISMEMBER s x
      SISMEMBER missing 1
      SMISMEMBER s 1 5 x 2 ''
      SMISMEMBER missing 1 2
      SMEMBERS missing
      SREM s 1 1 9 x
      SREM s 9
      SREM missing 1
      SMEMBERS s
      SADD s ${MAX} ${MIN} 9223372036854775808 -0 +1 007 1.0
      SMEMBERS s
      SISMEMBER s ${MAX}
      SISMEMBER s ${MIN}
      SREM s ${MAX} ${MIN}
      SCARD s
      SADD t a b '' \\x00\\xff
      SMEMBERS t
      SREM t a b '' \\x00\\xff
      EXISTS t
      SADD u 1
      SREM u 1 2
      EXISTS u
      SADD w 9007199254740993 9007199254740992 -9007199254740993 32768 -32769 2147483648
      SISMEMBER w 9007199254740993
      SISMEMBER w 9007199254740994
      SREM w 9007199254740992
      SMEMBERS w
    `),
  );

  it(
    'wrong types, wrong numbers of arguments',
    lines(`
      SET s text
      SADD set a
      SADD s a
      SREM s a
      SCARD s
      SISMEMBER s a
      SMISMEMBER s a b
      SMEMBERS s
      SPOP s
      SPOP s 1
      SPOP s 0
      SPOP s -1
      SPOP s x
      SPOP s 1 2
      SRANDMEMBER s
      SRANDMEMBER s 1
      SRANDMEMBER s x
      SRANDMEMBER s 1 2
      SSCAN s 0
      SSCAN s x
      SMOVE s set a
      SMOVE set s a
      SMOVE missing s a
      SMOVE s missing a
      SMOVE s s a
      SMEMBERS set
      SINTER s
      SINTER set s
      SINTER missing s
      SINTERCARD 2 missing s
      SINTERSTORE dst set s
      SINTERSTORE s set set
      TYPE s
      SET s text
      SUNION set s
      SUNIONSTORE dst missing s
      SDIFF missing s
      SDIFFSTORE dst set s
      SDIFFSTORE dst set set s
      EXISTS dst
      SADD
      SADD s
      SREM s
      SCARD
      SCARD a b
      SISMEMBER s
      SISMEMBER s a b
      SMISMEMBER s
      SMEMBERS
      SMEMBERS a b
      SPOP
      SRANDMEMBER
      SSCAN s
      SMOVE a b
      SMOVE a b c d
      SINTER
      SINTERSTORE a
      SINTERCARD 1
      SUNION
      SUNIONSTORE a
      SDIFF
      SDIFFSTORE a
    `),
  );

  it(
    'SMOVE',
    inBothEncodings(`
      SADD a 1 2 3
      SADD b 3 x
      SMOVE a b 1
      SMOVE a b 1
      SMOVE a b 3
      SMOVE a a 2
      SMOVE a a 9
      SMOVE a new 2
      EXISTS a
      SMEMBERS new
      SMEMBERS b
      SMOVE b new x
      OBJECT ENCODING new
      OBJECT ENCODING b
      SMOVE missing new 1
      EXPIRE new 10000
      SMOVE b new 1
      TTL new
    `),
  );

  it(
    'keep the time limit of their key, are copied, renamed and moved',
    inBothEncodings(`
      SADD s 1 2 3
      EXPIRE s 10000
      SADD s 4
      SREM s 1
      TTL s
      COPY s t
      SADD t 9
      SMEMBERS s
      SMEMBERS t
      RENAME t u
      MOVE u 2
      SREM s 2 3 4
      TTL s
      SADD s 1
      TTL s
      PEXPIREAT s 1
      SMEMBERS s
      MULTI
      SADD s a
      SPOP s
      SMEMBERS s
      EXEC
    `),
  );
});

describe('encodings', () => {
  it(
    'change with the number of members and with their kind',
    parity(async (both) => {
      for (const limit of [0, 1, 2, 16, 512]) {
        await both.pipeline([['FLUSHALL'], ['CONFIG', 'SET', 'set-max-intset-entries', limit]]);
        for (let i = 0; i < limit + 3; i++) {
          await both.pipeline([
            ['SADD', 's', i * 1000 - 500],
            ['OBJECT', 'ENCODING', 's'],
          ]);
        }
        await both.pipeline([
          ['SREM', 's', -500, 500],
          ['OBJECT', 'ENCODING', 's'],
          ['SADD', 'mixed', 1],
          ['SADD', 'mixed', 'x', 2],
          ['OBJECT', 'ENCODING', 'mixed'],
          ['SREM', 'mixed', 'x'],
          ['OBJECT', 'ENCODING', 'mixed'],
          ['DEBUG', 'LISTPACK', 'mixed'],
        ]);
        await both.digest();
      }
    }),
  );

  it(
    'hold members of every length',
    parity(async (both) => {
      for (const size of [0, 1, 11, 20, 21, 63, 64, 253, 254, 255, 256, 4096, 70_000]) {
        const text = 'm'.repeat(size);
        await both.pipeline([
          ['SADD', 's', text, `${text}x`],
          ['SISMEMBER', 's', text],
          ['SADD', 'one', text],
          ['SRANDMEMBER', 'one'],
          ['SPOP', 'one'],
          ['EXISTS', 'one'],
        ]);
      }
      await both.digest();
    }),
  );
});

describe('SPOP and SRANDMEMBER', () => {
  it(
    'read their count first',
    lines(`
      SADD s a
      SRANDMEMBER s 0
      SRANDMEMBER s x
      SRANDMEMBER s ${MIN}
      SRANDMEMBER s 9223372036854775808
      SRANDMEMBER s 1 2
      SRANDMEMBER s x 2
      SRANDMEMBER s
      SRANDMEMBER s 1
      SRANDMEMBER s 5
      SRANDMEMBER s ${MAX}
      SRANDMEMBER s -3
      SRANDMEMBER missing
      SRANDMEMBER missing 3
      SRANDMEMBER missing -3
      SPOP s 0
      SPOP s -1
      SPOP s x
      SPOP s 1 2
      SPOP s ${MAX}0
      SPOP missing
      SPOP missing 0
      SPOP missing 5
      SPOP s ${MAX}
      EXISTS s
      SADD s a
      SPOP s
      EXISTS s
      SADD s a
      SPOP s 1
      EXISTS s
      SADD s 1 2 3
      SPOP s 0
      SCARD s
    `),
  );

  it(
    'give as many as they should, and leave the rest in the right encoding',
    parity(async (both) => {
      const members: Record<string, (string | number)[]> = {
        numbers: Array.from({ length: 60 }, (_, i) => i),
        texts: Array.from({ length: 60 }, (_, i) => `m${i}`),
        many: Array.from({ length: 600 }, (_, i) => i),
      };
      for (const [name, all] of Object.entries(members)) {
        const size = all.length;
        for (const count of [1, 2, 9, 30, 48, 49, 50, 51, 59, 60, 61, 590, 600]) {
          await both.run('DEL', name);
          await both.run('SADD', name, ...all);
          await both.runWith(sameShape, 'SRANDMEMBER', name, count);
          await both.runWith(sameShape, 'SRANDMEMBER', name, -count);
          await both.runWith(count >= size ? unordered : sameShape, 'SPOP', name, count);
          await both.run('SCARD', name);
          await both.run('OBJECT', 'ENCODING', name);
        }
        await both.run('DEL', name);
        await both.run('SADD', name, ...all);
        await both.runWith(unordered, 'SRANDMEMBER', name, size);
        await both.runWith(unordered, 'SRANDMEMBER', name, size + 5);
        await both.runWith(sameShape, 'SRANDMEMBER', name);
        for (let left = size; left > 0; left--) await both.runWith(sameShape, 'SPOP', name);
        await both.run('EXISTS', name);
      }
    }),
  );
});

describe('SINTER, SUNION, SDIFF', () => {
  const SOURCES = `
    SADD i 1 2 3 4 5
    SADD j 2 3 4 6
    SADD k 3 4 x y
    SADD l y z
    SADD m x y z 1 2
    SADD big 1 2 3 4 5 6 7 8 9 10 11 12 x
  `;

  it(
    'combine sets of all encodings',
    parity(async (both) => {
      for (const limit of [512, 2, 0]) {
        await both.pipeline([['FLUSHALL'], ['CONFIG', 'SET', 'set-max-intset-entries', limit]]);
        await both.pipeline(commandsOf(SOURCES));
        const names = ['i', 'j', 'k', 'l', 'm', 'big', 'missing'];
        const tuples = names.flatMap((a) => names.map((b) => [a, b]));
        const threes = tuples.flatMap((two) => ['k', 'm'].map((c) => two.concat(c)));
        const many = [names, names.slice(0, 6), names.toReversed(), ['big', ...names.slice(0, 4)]];
        for (const keys of [...names.map((a) => [a]), ...tuples, ...threes, ...many]) {
          await both.pipeline([
            ['SINTER', ...keys],
            ['SUNION', ...keys],
            ['SDIFF', ...keys],
            ['SINTERCARD', keys.length, ...keys],
            ['SINTERCARD', keys.length, ...keys, 'LIMIT', 2],
            ['SINTERSTORE', 'd1', ...keys],
            ['SUNIONSTORE', 'd2', ...keys],
            ['SDIFFSTORE', 'd3', ...keys],
          ]);
          await both.digest();
        }
      }
    }),
    60_000,
  );

  it(
    'store over a source, another type and a time limit; an empty result removes',
    lines(`
      SADD a 1 2 3
      SADD b 2 3 4
      SINTERSTORE a a b
      SMEMBERS a
      SUNIONSTORE b b a
      SDIFFSTORE b b a
      SMEMBERS b
      SET s text
      SUNIONSTORE s a b
      SMEMBERS s
      EXPIRE s 1000
      SUNIONSTORE s a
      TTL s
      SET t text
      SINTERSTORE t a missing
      EXISTS t
      SET t text
      SDIFFSTORE t missing a
      EXISTS t
      SUNIONSTORE t missing missing2
      SINTERSTORE a a missing
      EXISTS a
      SINTERSTORE a missing
      SADD x 1
      SDIFFSTORE x x x
      EXISTS x
    `),
  );

  it(
    'SDIFFSTORE follows the choice of method in its encoding',
    lines(`
      SADD first 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 x
      SADD a x
      SADD b 1
      SADD c 2
      SDIFFSTORE d first a
      OBJECT ENCODING d
      SDIFFSTORE d first a b
      OBJECT ENCODING d
      SDIFFSTORE d first a b c
      OBJECT ENCODING d
      SDIFFSTORE d first a a a a a a
      OBJECT ENCODING d
      SDIFFSTORE d first missing a missing b missing c
      OBJECT ENCODING d
      SREM first x
      SDIFFSTORE d first a b c
      OBJECT ENCODING d
      SDIFFSTORE d first first
      SDIFFSTORE d first a b c a b c
      SCARD d
      CONFIG SET set-max-intset-entries 15
      SDIFFSTORE d first b c a
      OBJECT ENCODING d
      SDIFFSTORE d first b
      OBJECT ENCODING d
    `),
  );

  it(
    'SINTERCARD reads its arguments',
    lines(`
      SADD s a b c
      SADD t b c d
      SINTERCARD 2 s t
      SINTERCARD 2 s t LIMIT 0
      SINTERCARD 2 s t LIMIT 1
      SINTERCARD 2 s t limit 5
      SINTERCARD 2 s t LIMIT 5 LIMIT 1
      SINTERCARD 2 s t LIMIT ${MAX}
      SINTERCARD 2 s t LIMIT -1
      SINTERCARD 2 s t LIMIT x
      SINTERCARD 2 s t LIMIT
      SINTERCARD 2 s t LIMIT 1 x
      SINTERCARD 2 s t x
      SINTERCARD 0 s
      SINTERCARD -1 s
      SINTERCARD x s
      SINTERCARD ${MAX}0 s
      SINTERCARD 3 s t
      SINTERCARD 1 s t
      SINTERCARD 2 s missing
    `),
  );

  it(
    'large sets',
    parity(async (both) => {
      await both.pipeline([
        ['SADD', 'a', ...range(0, 1500, 'm')],
        ['SADD', 'b', ...range(800, 2200, 'm')],
        ['SADD', 'c', ...range(0, 3000, '')],
        ['SADD', 'd', ...range(0, 400, '')],
      ]);
      for (const keys of [
        ['a', 'b'],
        ['a', 'b', 'c'],
        ['c', 'd'],
        ['d', 'c'],
        ['d', 'a'],
      ]) {
        await both.pipeline([
          ['SINTER', ...keys],
          ['SUNION', ...keys],
          ['SDIFF', ...keys],
          ['SUNIONSTORE', 'u', ...keys, ...keys, ...keys],
          ['SINTERSTORE', 'i', ...keys],
          ['SDIFFSTORE', 'x', ...keys],
        ]);
        await both.digest();
      }
    }),
  );
});

describe('SSCAN', () => {
  it(
    'reads the cursor, looks the key up and only then reads options',
    lines(`
      SSCAN missing 0
      SSCAN missing x
      SSCAN missing 0 COUNT x
      SADD s 1 2 12
      SSCAN s 0
      SSCAN s 7
      SSCAN s -1
      SSCAN s 0 MATCH 1*
      SSCAN s 0 match *2 COUNT 1
      SSCAN s 0 COUNT 0
      SSCAN s 0 COUNT x
      SSCAN s 0 COUNT
      SSCAN s 0 MATCH
      SSCAN s 0 TYPE set
      SSCAN s 0 MATCH ''
    `),
  );

  it(
    'a whole round gives every member',
    parity(async (both) => {
      await both.run('SADD', 's', ...Array.from({ length: 700 }, (_, i) => `member:${i}`));
      await both.runWith(deeplyUnordered, 'SSCAN', 's', 0, 'COUNT', 100_000);
      await both.runWith(deeplyUnordered, 'SSCAN', 's', 0, 'COUNT', 100_000, 'MATCH', '*5*');
    }),
  );
});

describe('random sequences', () => {
  const name = key(4);
  const small = fc.integer({ min: -4, max: 8 }).map(String);
  const numbers = fc.oneof({ weight: 6, arbitrary: small }, { weight: 1, arbitrary: integerText });
  const mixed = fc.oneof(
    { weight: 5, arbitrary: small },
    { weight: 1, arbitrary: integerText },
    { weight: 1, arbitrary: value },
  );
  const commandsWith = (member: fc.Arbitrary<Command[number]>) => {
    const some = fc.array(member, { minLength: 1, maxLength: 5 });
    const keys = fc.array(name, { minLength: 1, maxLength: 6 });
    return fc.oneof(
      {
        weight: 8,
        arbitrary: fc
          .tuple(fc.constantFrom('SADD', 'sadd', 'SREM', 'SMISMEMBER'), name, some)
          .map((parts): Command => parts.flat()),
      },
      { weight: 1, arbitrary: fc.tuple(named('SISMEMBER'), name, member) },
      { weight: 2, arbitrary: fc.tuple(named('SMOVE'), name, name, member) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom('SMEMBERS', 'SCARD'), name)
          .map((args) => args as Command),
      },
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.constantFrom('SINTER', 'SUNION', 'SDIFF'), keys)
          .map((parts): Command => parts.flat()),
      },
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.constantFrom('SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE'), name, keys)
          .map((parts): Command => parts.flat()),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(keys, fc.integer({ min: 0, max: 3 }))
          .map(([list, limit]): Command =>
            ['SINTERCARD', list.length, list, 'LIMIT', limit].flat(),
          ),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(name, fc.integer({ min: -5, max: 5 }))
          .map(([k, n]) => ({ args: ['SRANDMEMBER', k, n], comparison: sameShape })),
      },
      {
        weight: 1,
        arbitrary: name.map((k) => ({ args: ['SPOP', k, 1000], comparison: unordered })),
      },
      {
        weight: 1,
        arbitrary: name.map((k) => ({
          args: ['SSCAN', k, 0, 'COUNT', 10_000],
          comparison: deeplyUnordered,
        })),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom('DEL', 'TYPE', 'GET'), name) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom('COPY', 'RENAME'), name, name) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('EXPIRE'), name, fc.constant('10000')) },
    );
  };
  const limited = (member: fc.Arbitrary<Command[number]>, entries: number) =>
    parity.random({
      commands: commandsWith(member),
      steps: 80,
      runs: 25,
      before: [['CONFIG', 'SET', 'set-max-intset-entries', entries]],
    });

  it('numbers with the usual limit', limited(numbers, 512), 40_000);
  it('numbers with a small limit', limited(numbers, 4), 40_000);
  it('all kinds of members', limited(mixed, 512), 40_000);
  it('hash tables only', limited(mixed, 0), 40_000);
});
