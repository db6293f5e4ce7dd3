/** Keys of any type: DEL, UNLINK, EXISTS, TOUCH, TYPE, KEYS, RANDOMKEY, SCAN, OBJECT, flushes. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { key, value } from '../support/arbitraries.ts';
import type { Both } from '../support/both.ts';
import { after, anything, sameShape, sameType, unordered } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';
import { itemsOf, textOf, type RespValue } from '../support/resp-value.ts';

const parity = useParity();

async function fill(both: Both, count: number, prefix = 'key:'): Promise<void> {
  const commands = Array.from({ length: count }, (_, i) => ['SET', `${prefix}${i}`, `v${i}`]);
  await both.pipeline(commands);
}

it(
  'DEL, UNLINK, EXISTS and TOUCH count every mention of a key',
  parity(async (both) => {
    for (const name of ['EXISTS', 'TOUCH', 'DEL', 'UNLINK']) {
      await both.run('MSET', 'a', '1', 'b', '2', 'c', 'x'.repeat(3000));
      await both.run(name, 'a', 'a', 'b', 'absent', 'c', 'a');
      await both.run(name, 'absent');
      await both.run(name);
      await both.digest();
    }
  }),
);

it(
  'keys are binary: any byte, any length, the empty one too',
  parity(async (both) => {
    const keys = [
      '',
      ' ',
      'a\0b',
      'ü',
      '\r\n',
      'k'.repeat(254),
      'k'.repeat(255),
      'k'.repeat(70_000),
    ];
    for (const name of keys) {
      await both.run('SET', name, 'v');
      for (const command of ['EXISTS', 'TYPE', 'TTL', 'GET', 'PERSIST'])
        await both.run(command, name);
      await both.run('EXPIRE', name, '1000');
    }
    await both.run('KEYS', '*');
    await both.run('KEYS', '');
    await both.run('RENAME', '', 'k'.repeat(300));
    await both.run('RENAME', 'k'.repeat(70_000), '');
    await both.digest();
    await both.run('DEL', ...keys);
  }),
);

it(
  'KEYS matches globs',
  parity(async (both) => {
    for (const name of ['one', 'two', 'three', 'four', 'h[llo', 'hello', 'hallo', 'a*b', '', '*'])
      await both.run('SET', name, '1');
    const patterns = ['*', '**', 't*', '*o*', 'h?llo', 'h[ae]llo', 'h[^e]llo', 'h\\[llo', 'h[llo'];
    for (const pattern of [...patterns, '', 'one', 'absent', 'a\\*b', '?', '[a-z]*', 't[hw]?*'])
      await both.run('KEYS', pattern);
    await both.run('KEYS');
    await both.run('KEYS', 'a', 'b');
  }),
);

it(
  'RANDOMKEY',
  parity(async (both) => {
    await both.run('RANDOMKEY');
    await both.run('SET', 'only', '1');
    await both.run('RANDOMKEY');
    await both.run('RANDOMKEY', 'x');
    await both.run('DEL', 'only');
    await both.run('RANDOMKEY');
  }),
);

describe('SCAN', () => {
  it(
    'arguments',
    parity(async (both) => {
      await both.run('SET', 'a', '1');
      const bad = [['x'], ['1x'], [' 0'], ['18446744073709551616'], ['0', 'COUNT', '0']];
      const more = [
        ['0', 'COUNT', '-1'],
        ['0', 'COUNT', 'x'],
        ['0', 'COUNT'],
        ['0', 'MATCH'],
        ['0', 'foo'],
        ['0', 'foo', 'bar'],
        ['0', 'COUNT', '10', 'MATCH'],
        ['0', 'COUNT', '9223372036854775808'],
        ['0', 'TYPE'],
        ['x', 'COUNT', 'x'],
      ];
      for (const args of [...bad, ...more]) await both.run('SCAN', ...args);
      for (const start of ['0', '', '+0', '00'])
        await both.runWith(after(withoutOrder), 'SCAN', start);
      // What stands behind another cursor is each server's own.
      for (const cursor of ['-1', '007', '18446744073709551615'])
        await both.runWith(sameType, 'SCAN', cursor);
      await both.run('SCAN');
      const options = [
        ['COUNT', '100', 'count', '1000'],
        ['match', 'a', 'COUNT', '100'],
        ['MATCH', 'b', 'MATCH', 'a', 'COUNT', '100'],
        ['MATCH', '*', 'COUNT', '100'],
        ['TYPE', 'string', 'COUNT', '100'],
        ['TYPE', 'STRING', 'COUNT', '100'],
        ['TYPE', 'list', 'COUNT', '100'],
        ['TYPE', 'nonsense', 'COUNT', '100'],
        ['MATCH', '', 'COUNT', '100'],
        ['COUNT', '9007199254740993'],
      ];
      for (const option of options) await both.run('SCAN', '0', ...option);
    }),
  );

  it(
    'a full walk names every key once, whatever COUNT is',
    parity(async (both) => {
      await fill(both, 500);
      await both.pipeline(
        Array.from({ length: 50 }, (_, i) => ['SET', `gone:${i}`, 'v', 'PX', '1']),
      );
      await both.until(['EXISTS', 'gone:49'], (reply) => textOf(reply) === '0');
      for (const count of ['1', '7', '100', '100000']) {
        const expected = Array.from({ length: 500 }, (_, i) => `key:${i}`).toSorted();
        expect(await walk(both, ['COUNT', count])).toEqual(expected);
        expect(await walk(both, ['COUNT', count, 'MATCH', '*:4?7'])).toEqual(
          expected.filter((name) => /:4.7$/.test(name)),
        );
      }
    }),
  );
});

/** All keys that SCAN names on our side, in order. */
async function walk(both: Both, options: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  let cursor = '0';
  do {
    const reply = await both.ours.call('SCAN', cursor, ...options);
    const [next, names] = itemsOf(reply);
    cursor = textOf(next!)!;
    found.push(...itemsOf(names!).map((name) => textOf(name)!));
  } while (cursor !== '0');
  return found.toSorted();
}

/** A SCAN reply of few keys, whose cursor and order are each server's own. */
function withoutOrder(reply: RespValue): RespValue {
  const [, names] = itemsOf(reply);
  return { type: 'array', items: itemsOf(names!).toSorted() };
}

describe('OBJECT', () => {
  it(
    'ENCODING and REFCOUNT of strings',
    parity(async (both) => {
      const values = ['', '0', '9999', '10000', '-1', '01', '1.5', 'x'.repeat(44), 'x'.repeat(45)];
      const numbers = ['9223372036854775807', '9223372036854775808', '-9223372036854775808'];
      for (const text of [...values, ...numbers]) {
        await both.run('SET', 'a', text);
        await both.run('OBJECT', 'ENCODING', 'a');
        await both.run('object', 'refcount', 'a');
      }
      for (const subcommand of ['ENCODING', 'REFCOUNT', 'IDLETIME', 'FREQ', 'FOO', 'HELP'])
        await both.runWith(subcommand === 'HELP' ? anything : sameShape, 'OBJECT', subcommand);
      for (const subcommand of ['ENCODING', 'REFCOUNT', 'IDLETIME', 'FREQ', 'FOO']) {
        await both.run('OBJECT', subcommand, 'absent');
        await both.run('OBJECT', subcommand, 'absent', 'x');
      }
      await both.run('OBJECT');
      await both.run('OBJECT', 'FREQ', 'a');
      await both.run('OBJECT', 'IDLETIME', 'a');
    }),
  );

  it(
    'FREQ, and no IDLETIME, under an LFU policy',
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
      await both.run('SET', 'a', 'text');
      await both.run('OBJECT', 'FREQ', 'a');
      await both.run('OBJECT', 'IDLETIME', 'a');
      await both.run('OBJECT', 'FREQ', 'absent');
      await both.run('OBJECT', 'IDLETIME', 'absent');
    }),
  );

  it(
    'shared integers end where eviction needs a clock of each value',
    parity(async (both) => {
      for (const policy of ['noeviction', 'allkeys-lru', 'volatile-lfu', 'allkeys-random'])
        for (const limit of ['0', '100mb']) {
          await both.run('CONFIG', 'SET', 'maxmemory-policy', policy);
          await both.run('CONFIG', 'SET', 'maxmemory', limit);
          await both.run('SET', 'a', '77');
          await both.run('OBJECT', 'REFCOUNT', 'a');
        }
    }),
  );
});

it(
  'DBSIZE, FLUSHDB, FLUSHALL and SWAPDB',
  parity(async (both) => {
    for (const flush of ['FLUSHDB', 'FLUSHALL'])
      for (const options of [[], ['SYNC'], ['async'], ['foo'], ['SYNC', 'ASYNC']]) {
        await both.run('MSET', 'a', '1', 'b', '2');
        await both.run('SELECT', '3');
        await both.run('SET', 'c', '1', 'EX', '1000');
        await both.run(flush, ...options);
        await both.run('DBSIZE');
        await both.digest();
        await both.run(flush, ...options);
        await both.run('SELECT', '0');
        await both.run('DBSIZE');
        await both.run('DBSIZE', 'x');
      }
    await both.run('SET', 'a', '0');
    await both.run('SWAPDB', '0', '1');
    await both.run('EXISTS', 'a');
    await both.run('SELECT', '1');
    await both.run('GET', 'a');
    await both.run('SWAPDB', '1', '1');
    for (const [first, second] of [
      ['x', '0'],
      ['0', 'x'],
      ['x', 'y'],
      ['16', '0'],
      ['0', '-1'],
      ['16', 'x'],
      ['99999999999', '0'],
      ['0', '99999999999'],
    ])
      await both.run('SWAPDB', first!, second!);
    await both.run('SWAPDB', '0');
    await both.digest();
  }),
);

describe('RENAME, RENAMENX, MOVE, COPY', () => {
  it(
    'renames values of every size, over other ones and onto themselves',
    parity(async (both) => {
      const sizes = [0, 10, 1000, 1024, 1025, 100_000];
      for (const name of ['RENAME', 'RENAMENX'])
        for (const size of sizes)
          for (const ttl of [[], ['EX', '1000']]) {
            await both.run('SET', 'a', 'v'.repeat(size), ...ttl);
            await both.run('SET', 'taken', 't', 'EX', '50000');
            await both.run(name, 'a', 'b');
            await both.run(name, 'b', 'taken');
            await both.run(name, 'taken', 'taken');
            await both.run(name, 'absent', 'x');
            await both.run(name, 'absent', 'absent');
            await both.digest();
            await both.run('FLUSHALL');
          }
      await both.run('RENAME', 'a');
      await both.run('RENAMENX', 'a', 'b', 'c');
    }),
  );

  it(
    'moves between databases',
    parity(async (both) => {
      for (const size of [5, 5000]) {
        await both.run('SET', 'a', 'v'.repeat(size), 'EX', '1000');
        await both.run('MOVE', 'a', '1');
        await both.run('MOVE', 'a', '1');
        await both.run('SET', 'a', '2');
        await both.run('MOVE', 'a', '1');
        await both.digest();
        await both.run('SELECT', '1');
        await both.run('MOVE', 'a', '0');
        await both.run('MOVE', 'a', '2');
        await both.run('SELECT', '0');
        await both.digest();
        await both.run('FLUSHALL');
      }
      for (const index of ['0', '16', '-1', 'x', '99999999999', ''])
        await both.run('MOVE', 'a', index);
      await both.run('MOVE', 'a');
    }),
  );

  it(
    'copies',
    parity(async (both) => {
      for (const size of [5, 44, 45, 5000]) {
        await both.run('SET', 'a', 'v'.repeat(size), 'EX', '1000');
        await both.run('SET', 'n', '77');
        await both.run('COPY', 'a', 'b');
        await both.run('COPY', 'n', 'b');
        await both.run('COPY', 'n', 'b', 'replace');
        await both.run('COPY', 'a', 'a', 'DB', '5');
        await both.run('COPY', 'n', 'a', 'REPLACE', 'db', '5');
        await both.run('APPEND', 'a', 'x');
        await both.run('COPY', 'a', 'appended');
        await both.digest();
        await both.run('FLUSHALL');
      }
      await both.run('SET', 'a', '1');
      const wrong = [
        ['a', 'a'],
        ['a', 'a', 'DB', '0'],
        ['a', 'b', 'DB'],
        ['a', 'b', 'DB', 'x'],
        ['a', 'b', 'DB', '16'],
        ['a', 'b', 'DB', '99999999999'],
        ['a', 'b', 'foo'],
        ['a', 'b', 'REPLACE', 'foo'],
        ['a', 'b', 'DB', '1', 'DB', '2'],
        ['absent', 'b'],
        ['absent', 'absent'],
        ['absent', 'b', 'DB', '16'],
        ['a', 'a', 'foo'],
        ['a'],
      ];
      for (const args of wrong) await both.run('COPY', ...args);
      await both.digest();
    }),
  );
});

it(
  'random keys in four databases',
  parity.random({
    steps: 120,
    runs: 40,
    commands: fc.oneof(
      fc.tuple(fc.constant('SET'), key(4), value),
      fc.tuple(fc.constant('SET'), key(4), value, fc.constantFrom('EX'), fc.constant('50000')),
      fc.tuple(fc.constantFrom('RENAME', 'RENAMENX', 'COPY'), key(4), key(4)),
      fc.tuple(fc.constant('COPY'), key(4), key(4), fc.constant('REPLACE')),
      fc
        .tuple(key(4), key(4), fc.constantFrom('0', '1', '2', '3'))
        .map(([from, to, index]) => ['COPY', from, to, 'DB', index, 'REPLACE']),
      fc.tuple(fc.constant('MOVE'), key(4), fc.constantFrom('0', '1', '2', '3')),
      fc.tuple(fc.constant('SELECT'), fc.constantFrom('0', '1', '2', '3')),
      fc.tuple(fc.constant('SWAPDB'), fc.constantFrom('0', '1', '2'), fc.constantFrom('1', '3')),
      fc.tuple(fc.constantFrom('DEL', 'UNLINK', 'EXISTS', 'TOUCH'), key(4), key(4)),
      fc.tuple(fc.constantFrom('GET', 'TYPE', 'TTL', 'PERSIST'), key(4)),
      fc.tuple(fc.constantFrom('EXPIRE'), key(4), fc.constantFrom('100000', '-1')),
      fc.tuple(fc.constant('APPEND'), key(4), value),
      fc.constantFrom(['DBSIZE'], ['KEYS', '*'], ['KEYS', '*1'], ['FLUSHDB']),
    ),
  }),
);

it(
  'KEYS of random patterns',
  parity.random({
    steps: 60,
    runs: 30,
    commands: fc.oneof(
      fc.tuple(
        fc.constant('SET'),
        fc.string({ maxLength: 4, unit: fc.constantFrom(...'ab*[]^\\?-') }),
        fc.constant('1'),
      ),
      fc
        .string({ maxLength: 6, unit: fc.constantFrom(...'ab*[]^\\?-') })
        .map((pattern) => ({ args: ['KEYS', pattern], comparison: unordered })),
    ),
  }),
);
