/** The commands on hashes. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { floatText, integerText, key, named, value } from '../support/arbitraries.ts';
import type { Both, Command } from '../support/both.ts';
import { deeplyUnordered, sameShape, unorderedPairs } from '../support/comparison.ts';
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

/** The lines over a listpack and over a hash table. */
const inBothEncodings = (text: string) =>
  parity(async (both) => {
    for (const limit of [128, 0]) {
      await both.pipeline([['FLUSHALL'], ['CONFIG', 'SET', 'hash-max-listpack-entries', limit]]);
      await both.pipeline(commandsOf(text), limit === 0 ? deeplyUnordered : undefined);
      await both.digest();
    }
  });

describe('fields', () => {
  it(
    'are set, read and deleted',
    inBothEncodings(`
      HSET h a 1
      HSET h a 2 b 3 c 4
      HSET h c 5 c 6 d 7 d 8
      HGET h a
      HGET h c
      HGET h missing
      HGET missing a
      HMGET h a missing c a
      HMGET missing a b
      HEXISTS h a
      HEXISTS h missing
      HEXISTS missing a
      HLEN h
      HLEN missing
      HSTRLEN h a
      HSTRLEN h missing
      HSTRLEN missing a
      HMSET h e 1 f 22
      HSTRLEN h f
      HMSET new a 1 a 2
      HSETNX h a 9
      HSETNX h g 10
      HSETNX other g 10
      HGETALL h
      HKEYS h
      HVALS h
      HGETALL missing
      HKEYS missing
      HVALS missing
      HDEL h a a missing
      HDEL h missing
      HDEL missing a b
      HDEL h b c
      HDEL other g
      EXISTS other
      HDEL new a b c
      EXISTS new
      HSET h '' empty
      HSET h empty ''
      HGET h ''
      HGET h empty
      HSTRLEN h empty
      HSET h \\x00\\xff\\r\\n \\x00
      HGETALL h
    `),
  );

  it(
    'wrong types, wrong numbers of arguments',
    lines(`
      SET s text
      SADD set a
      HSET s a 1
      HSET s a
      HMSET s a 1
      HSETNX s a 1
      HGET s a
      HMGET s a b
      HDEL s a
      HLEN s
      HSTRLEN s a
      HEXISTS set a
      HGETALL set
      HKEYS set
      HVALS set
      HINCRBY s a 1
      HINCRBY s a x
      HINCRBYFLOAT s a 1
      HINCRBYFLOAT s a x
      HINCRBYFLOAT s a inf
      HRANDFIELD s
      HRANDFIELD s 1
      HRANDFIELD s x
      HRANDFIELD s 1 x
      HSCAN s 0
      HSCAN s x
      HSCAN s 0 COUNT
      HSET
      HSET h
      HSET h a
      HSET h a b c
      hmSet h a b c
      HMSET h
      HMSET h a
      HSETNX h a
      HSETNX h a b c
      HGET h
      HGET h a b
      HMGET h
      HDEL h
      HLEN
      HLEN h a
      HSTRLEN h
      HEXISTS h a b
      HGETALL
      HGETALL h a
      HKEYS
      HVALS h a
      HINCRBY h a
      HINCRBY h a 1 2
      HINCRBYFLOAT h a
      HRANDFIELD
      HSCAN h
      EXISTS h
    `),
  );

  it(
    'keep the time limit of their key, and deletion ends it',
    lines(`
      HSET h a 1
      EXPIRE h 10000
      HSET h b 1
      HDEL h b
      HINCRBY h a 5
      HINCRBYFLOAT h a 5
      HSETNX h c 1
      TTL h
      HDEL h a c
      HSET h a 1
      TTL h
      PEXPIREAT h 1
      HGET h a
      HLEN h
    `),
  );

  it(
    'in transactions, copied, renamed and moved',
    inBothEncodings(`
      MULTI
      HSET h a 1 b 2
      HINCRBY h a x
      HGETALL h
      HDEL h a
      EXEC
      COPY h copy
      HSET copy b other
      HGETALL h
      RENAME copy again
      HGETALL again
      MOVE again 3
      SELECT 3
      HGETALL again
      COPY again again DB 0
      SELECT 0
      HGETALL again
    `),
  );
});

const encoding = (name: string): Command => ['OBJECT', 'ENCODING', name];

describe('encodings', () => {
  it(
    'change with the number of fields',
    parity(async (both) => {
      for (const limit of [0, 1, 2, 5, 128, 512]) {
        await both.pipeline([['FLUSHALL'], ['CONFIG', 'SET', 'hash-max-listpack-entries', limit]]);
        for (let i = 0; i < limit + 3; i++) {
          await both.pipeline([
            ['HSET', 'h', `f${i}`, i],
            encoding('h'),
            ['HSETNX', 'nx', `f${i}`, i],
            encoding('nx'),
            ['HINCRBY', 'i', `f${i}`, i],
            encoding('i'),
            ['HINCRBYFLOAT', 'd', `f${i}`, i],
            encoding('d'),
          ]);
        }
        await both.pipeline([['HDEL', 'h', 'f0', 'f1', 'f2'], encoding('h')]);
        await both.digest();
      }
    }),
  );

  it(
    'change with the length of fields and values',
    parity(async (both) => {
      for (const limit of [0, 1, 19, 20, 64]) {
        await both.pipeline([['FLUSHALL'], ['CONFIG', 'SET', 'hash-max-listpack-value', limit]]);
        for (const size of [limit, limit + 1]) {
          const long = '1'.repeat(size);
          await both.pipeline([
            ['HSET', `v${size}`, 'f', long],
            encoding(`v${size}`),
            ['HSET', `k${size}`, long, 'v'],
            encoding(`k${size}`),
            ['HSETNX', `n${size}`, long, 'v'],
            encoding(`n${size}`),
            ['HMSET', `m${size}`, 'f', 'v', 'f', long],
            encoding(`m${size}`),
            ['HINCRBY', `i${size}`, long, 1],
            encoding(`i${size}`),
            ['HINCRBYFLOAT', `d${size}`, long, '0.5'],
            encoding(`d${size}`),
          ]);
        }
        await both.pipeline([
          ['HSET', 'grows', 'f', '9'],
          ['HINCRBY', 'grows', 'f', MAX.slice(1)],
          encoding('grows'),
          ['HSETNX', 'grows', 'f', 'x'.repeat(100)],
          encoding('grows'),
          ['HINCRBYFLOAT', 'grows', 'f', '0.123456789'],
          encoding('grows'),
        ]);
        await both.digest();
      }
    }),
  );

  it(
    'stay when limits change, until a field is added',
    parity(async (both) => {
      await both.pipeline(
        commandsOf(`
        HSET h a 1 b 2 c 3
        CONFIG SET hash-max-listpack-entries 2
        OBJECT ENCODING h
        HGET h a
        HDEL h c
        OBJECT ENCODING h
        CONFIG SET hash-max-listpack-entries 1
        HSETNX h a 5
        OBJECT ENCODING h
        HSET h a 5
        OBJECT ENCODING h
        CONFIG SET hash-max-listpack-entries 100
        HDEL h b
        HSET h a 6
        OBJECT ENCODING h
        HDEL h a
        HSET h a 6
        OBJECT ENCODING h
        DEBUG LISTPACK h
        DEBUG LISTPACK missing
        DEBUG LISTPACK
        DEBUG HTSTATS-KEY h
        DEBUG HTSTATS-KEY missing
        DEBUG HTSTATS 99
        DEBUG HTSTATS x
      `),
      );
      await both.digest();
    }),
  );

  it(
    'hold fields and values of every length',
    parity(async (both) => {
      for (const limit of [64, 100_000]) {
        await both.run('CONFIG', 'SET', 'hash-max-listpack-value', limit);
        for (const size of [0, 1, 11, 12, 63, 64, 65, 127, 128, 253, 254, 255, 256, 4095, 4096]) {
          for (const other of [3, 254, 255, 300, 70_000]) {
            const [long, text] = ['f'.repeat(size), 'v'.repeat(other)];
            await both.pipeline([
              ['HSET', 'h', long, text],
              ['HGET', 'h', long],
              ['HSTRLEN', 'h', long],
              ['HSET', 'h', long, text.slice(1)],
              ['HGET', 'h', long],
              ['HSET', 'one', text, long],
              ['HEXISTS', 'one', text],
              ['HDEL', 'one', text],
            ]);
          }
        }
        await both.digest();
      }
    }),
  );
});

describe('HINCRBY and HINCRBYFLOAT', () => {
  it(
    'integers of 64 bits',
    inBothEncodings(`
      HINCRBY h a 5
      HINCRBY h a -7
      HINCRBY h a 0
      HINCRBY h a ${MAX}
      HINCRBY h a 3
      HINCRBY h a ${MAX}
      HGET h a
      HINCRBY h a ${MIN}
      HINCRBY h b ${MIN}
      HINCRBY h b -1
      HINCRBY h b 9007199254740993
      HINCRBY h c 9007199254740991
      HINCRBY h c 1
      HINCRBY h c 1
      HINCRBY h c -5
      HINCRBY h d x
      HINCRBY h d ''
      HINCRBY h d 1.5
      HINCRBY h d 9223372036854775808
      HINCRBY h d +1
      HINCRBY h d 01
      HINCRBY missing d x
      EXISTS missing
      HSET h s text e '' f 1.5 g 007 i -0 j ${MAX}0
      HINCRBY h s 1
      HINCRBY h e 1
      HINCRBY h f 1
      HINCRBY h g 1
      HINCRBY h i 1
      HINCRBY h j 1
      HGETALL h
    `),
  );

  it(
    'floats as the real server prints them',
    inBothEncodings(`
      HINCRBYFLOAT h a 10.5
      HINCRBYFLOAT h a 0.1
      HINCRBYFLOAT h a -5
      HINCRBYFLOAT h a 5.0e3
      HINCRBYFLOAT h b 100.1
      HINCRBYFLOAT h b 0.1
      HINCRBYFLOAT h c 3
      HINCRBYFLOAT h c 1e20
      HINCRBYFLOAT h c 1e-17
      HINCRBYFLOAT h d 0.3333333333333333333
      HINCRBYFLOAT h e -0
      HINCRBYFLOAT h f inf
      HINCRBYFLOAT h f -inf
      HINCRBYFLOAT h f nan
      HINCRBYFLOAT h f x
      HINCRBYFLOAT h f ''
      HINCRBYFLOAT h f 1e5000
      HINCRBYFLOAT missing f inf
      EXISTS missing
      HSET h i inf t text n 0x10 s ''
      HINCRBYFLOAT h i 1
      HINCRBYFLOAT h t 1
      HINCRBYFLOAT h n 1
      HINCRBYFLOAT h s 1
      HINCRBYFLOAT h l 1e4000
      HINCRBYFLOAT h l 1e4931
      HINCRBYFLOAT h m ${MAX}
      HINCRBYFLOAT h m 1
      HGETALL h
    `),
  );
});

describe('HRANDFIELD', () => {
  const TOO_MANY = '9223372036854775808';

  it(
    'reads its count before all else',
    lines(`
      HSET h a 1
      HRANDFIELD h 0
      HRANDFIELD h 0 WITHVALUES
      HRANDFIELD h x
      HRANDFIELD h ${MIN}
      HRANDFIELD h ${TOO_MANY}
      HRANDFIELD h -${TOO_MANY}0
      HRANDFIELD h ${MIN} WITHVALUES
      HRANDFIELD h -${MAX} WITHVALUES
      HRANDFIELD h ${MAX} WITHVALUES
      HRANDFIELD h ${MAX} withvalues
      HRANDFIELD h 4611686018427387904 WITHVALUES
      HRANDFIELD h 4611686018427387903 WITHVALUES
      HRANDFIELD h ${MAX}
      HRANDFIELD h ${MIN} x
      HRANDFIELD h 1 WITHVALUE
      HRANDFIELD h 1 WITHVALUES x
      HRANDFIELD missing
      HRANDFIELD missing 5
      HRANDFIELD missing -5
      HRANDFIELD missing 5 WITHVALUES
      HRANDFIELD missing x
      HRANDFIELD h
      HRANDFIELD h 3
      HRANDFIELD h -3
      HRANDFIELD h 3 WITHVALUES
      HRANDFIELD h -3 WITHVALUES
    `),
  );

  it(
    'gives as many as there are, in the order of a listpack',
    parity(async (both) => {
      for (const limit of [128, 0]) {
        await both.pipeline([
          ['DEL', 'h'],
          ['CONFIG', 'SET', 'hash-max-listpack-entries', limit],
          ['HSET', 'h', 'a', 1, 'b', 2, 'c', 3, 'd', 4],
        ]);
        const all = limit === 0 ? deeplyUnordered : undefined;
        await both.pipeline([['HRANDFIELD', 'h', 4]], all);
        await both.pipeline([['HRANDFIELD', 'h', 9]], all);
        const pairs = both.protocol === 2 ? unorderedPairs : deeplyUnordered;
        await both.runWith(pairs, 'HRANDFIELD', 'h', 9, 'WITHVALUES');
        for (const count of [1, 2, 3, -1, -2, -9, -1000]) {
          await both.runWith(sameShape, 'HRANDFIELD', 'h', count);
          await both.runWith(sameShape, 'HRANDFIELD', 'h', count, 'withvalues');
        }
      }
    }),
  );
});

describe('HSCAN', () => {
  it(
    'reads the cursor, looks the key up and only then reads options',
    lines(`
      HSCAN missing 0
      HSCAN missing x
      HSCAN missing 0 COUNT x
      HSCAN missing 5 foo
      HSET h a 1 b 2 ab 3
      HSCAN h 0
      HSCAN h 7
      HSCAN h 18446744073709551615
      HSCAN h 18446744073709551616
      HSCAN h -1
      HSCAN h ''
      HSCAN h 0 MATCH a*
      HSCAN h 0 match *b COUNT 1
      HSCAN h 0 COUNT 0
      HSCAN h 0 COUNT -1
      HSCAN h 0 COUNT x
      HSCAN h 0 COUNT 1 COUNT 100
      HSCAN h 0 COUNT
      HSCAN h 0 MATCH
      HSCAN h 0 TYPE hash
      HSCAN h 0 NOVALUES
      HSCAN h 0 MATCH ''
      HSCAN h 0 MATCH [ab]
    `),
  );

  it(
    'a whole round gives every field',
    parity(async (both) => {
      const pairs = Array.from({ length: 700 }, (_, i) => [`field:${i}`, i]).flat();
      await both.run('HSET', 'h', ...pairs);
      await both.runWith(deeplyUnordered, 'HSCAN', 'h', 0, 'COUNT', 100_000);
      await both.runWith(deeplyUnordered, 'HSCAN', 'h', 0, 'COUNT', 100_000, 'MATCH', '*5*');
    }),
  );
});

describe('random sequences', () => {
  const name = key(3);
  const field = fc.oneof(
    { weight: 6, arbitrary: key(6, 'f') },
    { weight: 1, arbitrary: integerText },
    { weight: 1, arbitrary: value },
  );
  const some = fc.array(field, { minLength: 1, maxLength: 4 });
  const pairs = fc.array(fc.tuple(field, value), { minLength: 1, maxLength: 4 });
  const commands = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom('HSET', 'HMSET', 'hset'), name, pairs)
        .map((parts): Command => parts.flat(2)),
    },
    { weight: 2, arbitrary: fc.tuple(named('HSETNX'), name, field, value) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom('HDEL', 'HMGET'), name, some)
        .map((parts): Command => parts.flat()),
    },
    { weight: 3, arbitrary: fc.tuple(fc.constant('HINCRBY'), name, field, integerText) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('HINCRBYFLOAT'), name, field, floatText) },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom('HGET', 'HEXISTS', 'HSTRLEN'), name, field),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('HGETALL', 'HKEYS', 'HVALS', 'HLEN'), name)
        .map((args) => args as Command),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(name, fc.integer({ min: -5, max: 5 }))
        .map(([k, n]) => ({ args: ['HRANDFIELD', k, n], comparison: sameShape })),
    },
    {
      weight: 1,
      arbitrary: name.map((k) => ({
        args: ['HSCAN', k, 0, 'COUNT', 10_000],
        comparison: deeplyUnordered,
      })),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('DEL', 'TYPE', 'GET', 'PERSIST'), name) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('COPY', 'RENAME'), name, name) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('OBJECT'), fc.constant('ENCODING'), name) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('EXPIRE'), name, fc.constant('10000')) },
  );
  const limited = (entries: number, length: number) =>
    parity.random({
      commands,
      steps: 80,
      runs: 25,
      before: [
        ['CONFIG', 'SET', 'hash-max-listpack-entries', entries],
        ['CONFIG', 'SET', 'hash-max-listpack-value', length],
      ],
    });

  it('with the usual limits', limited(128, 64), 40_000);
  it('with small limits', limited(3, 8), 40_000);
  it('with hash tables only', limited(0, 64), 40_000);
  it('with large listpacks', limited(100_000, 100_000), 40_000);
});

/** Field names and values of a hash on either side, whatever their order. */
async function sameContents(both: Both, name: string): Promise<void> {
  await both.runWith(unorderedPairs, 'HGETALL', name);
  await both.digest();
}

it(
  'large hashes grow, convert and shrink',
  parity(async (both) => {
    for (let from = 0; from < 3000; from += 500) {
      const pairs = Array.from({ length: 500 }, (_, i) => [`f${from + i}`, `v${i}`]).flat();
      await both.run('HSET', 'h', ...pairs);
    }
    await sameContents(both, 'h');
    for (let from = 0; from < 2900; from += 100) {
      await both.run('HDEL', 'h', ...Array.from({ length: 100 }, (_, i) => `f${from + i}`));
    }
    await sameContents(both, 'h');
    await both.run('HDEL', 'h', ...Array.from({ length: 100 }, (_, i) => `f${2900 + i}`));
    await both.run('EXISTS', 'h');
  }),
);

it(
  'requests of one pipeline find and change elements of large collections',
  parity(async (both) => {
    const names = Array.from({ length: 25_000 }, (_, i) => `f${i}`);
    for (let from = 0; from < names.length; from += 2500) {
      const some = names.slice(from, from + 2500);
      await both.run('HSET', 'h', ...some.flatMap((name) => [name, `value of ${name}`]));
      await both.run('SADD', 's', ...some);
    }
    const commands = names
      .slice(0, 500)
      .flatMap((name, i): Command[] => [
        ['HGET', 'h', name],
        ['SISMEMBER', 's', `${name}${i % 3 === 0 ? 'x' : ''}`],
        ['HSET', 'h', `${name}new`, i],
        [i % 2 === 0 ? 'HDEL' : 'HSTRLEN', 'h', name],
        ['SREM', 's', name, `${name}x`],
        ['SMOVE', i % 5 === 0 ? 's' : 'missing', 't', `f${i + 1}`],
        i === 250 ? ['RENAME', 's', 'u'] : ['HEXISTS', 's', name],
        i % 100 === 99 ? ['SELECT', (i / 99) & 1] : ['HINCRBY', 'h', `n${i}`, i],
        ['ZADD', 'z', i, name],
        ['HGET', 'h'],
      ]);
    await both.pipeline(commands);
    await both.digest();
  }),
);
