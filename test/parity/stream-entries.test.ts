/** XADD, XLEN, XRANGE, XREVRANGE, XDEL, XTRIM, XSETID and XINFO STREAM against redis-server. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { key, value } from '../support/arbitraries.ts';
import { showReply } from '../support/resp-value.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();
const MAX = '18446744073709551615';

describe('XADD', () => {
  it(
    'takes IDs in every form',
    parity(async (both) => {
      for (const id of [
        ...['1-1', '1', '1-*', '2-*', '2-*', '3', '3-0', '3-1', '003-7', '+4', ' 5', '5-+9', '0-0'],
        ...['0-*', '0', '-', '+', '-5', '5-', '5-x', 'x', '', '6-*-1', '7-**', '8-01', '1.5'],
        ...[
          '0x9',
          `${MAX}-0`,
          `${MAX}-*`,
          `${MAX}-${MAX}`,
          `${MAX}-*`,

          '18446744073709551616',
        ],
      ]) {
        await both.run('XADD', 'a', id, 'field', 'value');
        await both.run('XADD', `new${id}`, id, 'field', 'value');
      }
      await both.run('XRANGE', 'a', '-', '+');
      await both.run('XINFO', 'STREAM', 'a');
      await both.run('XADD', 'a', '*', 'field', 'value');
      await both.digest();
    }),
  );

  it(
    'chooses IDs by the clock, and none that went before',
    parity(async (both) => {
      const [real, ours] = await Promise.all([
        both.real.call('XADD', 'now', '*', 'f', 'v'),
        both.ours.call('XADD', 'now', '*', 'f', 'v'),
      ]);
      const [a, b] = [real, ours].map((reply) => Number(/\d{13}/.exec(showReply(reply))![0]));
      expect(Math.abs(a! - b!)).toBeLessThan(1000);
      await both.run('XADD', 'future', '99999999999999-5', 'f', 'v');
      await both.run('XADD', 'future', '*', 'f', 'v');
      await both.run('XADD', 'future', '*', 'f', 'v');
      await both.run('XADD', 'edge', `99999999999999-${MAX}`, 'f', 'v');
      await both.run('XADD', 'edge', '99999999999999-*', 'f', 'v');
      await both.run('XADD', 'edge', '*', 'f', 'v');
      await both.run('XADD', 'big', '9007199254740993-9007199254740993', 'f', 'v');
      await both.run('XADD', 'big', '*', 'f', 'v');
      await both.run('XADD', 'big', '9007199254740993-*', 'f', 'v');
      await both.run('XRANGE', 'big', '-', '+');
    }),
  );

  it(
    'refuses wrong arguments and types',
    parity(async (both) => {
      await both.run('SET', 'text', 'x');
      for (const args of [
        ['a'],
        ['a', '*'],
        ['a', '*', 'f'],
        ['a', '1-1', 'f', 'v', 'g'],
        ['text', '1-1', 'f', 'v'],
        ['text', 'x', 'f', 'v'],
        ['a', 'NOMKSTREAM', '1-1', 'f', 'v'],
        ['a', 'NOMKSTREAM', 'f', 'v'],
        ['a', 'MAXLEN', '1-1', 'f', 'v'],
        ['a', 'MAXLEN', '-1', '1-1', 'f', 'v'],
        ['a', 'MAXLEN', '~', '-1', '1-1', 'f', 'v'],
        ['a', 'MAXLEN', '5', 'MINID', '5', '1-1', 'f', 'v'],
        ['a', 'MAXLEN', '5', 'MAXLEN', '5', '1-1', 'f', 'v'],
        ['a', 'MAXLEN', '=', '5', 'LIMIT', '5', '1-1', 'f', 'v'],
        ['a', 'MAXLEN', '5', 'LIMIT', '0', '1-1', 'f', 'v'],
        ['a', 'LIMIT', '5', '1-1', 'f', 'v'],
        ['a', 'LIMIT', '0', '1-1', 'f', 'v'],
        ['a', 'MAXLEN', '~', '5', 'LIMIT', '-5', '1-1', 'f', 'v'],
        ['a', 'MAXLEN', '~', '5', 'LIMIT', 'x', '1-1', 'f', 'v'],
        ['a', 'MINID', 'x', '1-1', 'f', 'v'],
        ['a', 'MINID', '-', '1-1', 'f', 'v'],
        ['a', 'MINID', '~', '+', '1-2', 'f', 'v'],
        ['a', 'maxlen', '~', '*', 'f', 'v'],
        ['a', 'nomkstream', 'MAXLEN', '~', '5', 'limit', '3', '1-3', 'f', 'v'],
        ['a', 'MAXLEN', '0', '1-4', 'f', 'v'],
        ['a', '1-5', '', ''],
      ])
        await both.run('XADD', ...args);
      await both.digest();
      await both.run('XINFO', 'STREAM', 'a');
    }),
  );

  it(
    'stores fields of every kind, repeated and changing',
    parity(async (both) => {
      const long = 'x'.repeat(5000);
      const sets: (string | Uint8Array)[][] = [
        ['a', '1', 'b', '2'],
        ['a', '3', 'b', '4'],
        ['b', '1', 'a', '2'],
        ['a', '1'],
        ['12', '12', '-7', '9223372036854775807'],
        ['a', long, long, 'v'],
        ['', ''],
        [Uint8Array.of(0, 255, 10), Uint8Array.of(13, 10)],
        ['a', '1', 'a', '2', 'a', '3'],
      ];
      let id = 0;
      for (let round = 0; round < 30; round++)
        for (const fields of sets) await both.run('XADD', 'a', `${++id}-${id % 3}`, ...fields);
      await both.run('XRANGE', 'a', '-', '+');
      await both.run('XREVRANGE', 'a', '+', '-');
      await both.run('XINFO', 'STREAM', 'a', 'FULL');
      await both.digest();
      await both.run('OBJECT', 'ENCODING', 'a');
      await both.run('TYPE', 'a');
      await both.run('COPY', 'a', 'b');
      await both.run('XDEL', 'a', '5', '6-0', '7-1');
      await both.run('XRANGE', 'b', '-', '+');
      await both.digest();
    }),
  );

  it(
    'keeps nodes within the limits in force',
    parity(async (both) => {
      for (const [bytes, entries] of [
        [4096, 100],
        [0, 0],
        [64, 0],
        [0, 3],
        [1, 1],
        [200, 10],
      ]) {
        await both.run('CONFIG', 'SET', 'stream-node-max-bytes', bytes!);
        await both.run('CONFIG', 'SET', 'stream-node-max-entries', entries!);
        const name = `${bytes}:${entries}`;
        await both.pipeline(
          Array.from({ length: 400 }, (_, i) => [
            ...['XADD', name, `${i * 7}-${i + 1}`, 'field', 'y'.repeat(i % 40)],
          ]),
        );
        await both.run('XINFO', 'STREAM', name);
        await both.run('XTRIM', name, 'MAXLEN', '~', 150);
        await both.run('XINFO', 'STREAM', name);
        await both.run('XTRIM', name, 'MINID', '~', '1900');
        await both.run('XTRIM', name, 'MAXLEN', '~', 20, 'LIMIT', 30);
        await both.run('XTRIM', name, 'MAXLEN', 33);
        await both.run('XTRIM', name, 'MINID', '2775');
        await both.run('XINFO', 'STREAM', name);
      }
      await both.digest();
    }),
  );
});

describe('XRANGE and XREVRANGE', () => {
  it(
    'take ranges in every form',
    parity(async (both) => {
      await both.run('SET', 'text', 'x');
      for (let i = 1; i <= 250; i++) await both.run('XADD', 'a', `${i >> 2}-${i & 3}`, 'n', i);
      await both.run('XDEL', 'a', '0-1', '10-0', '10-1', '62-2', '30-3');
      const ends = [
        '-',
        '+',
        '(-',
        '(+',
        '10',
        '(10',
        '10-1',
        '(10-1',
        '(10-3',
        '0',
        '(0-0',
        '62-2',
      ];
      const more = [`(${MAX}-${MAX}`, `${MAX}`, '(', 'x', '', '(x', '30-9', '99', '((5'];
      for (const from of [...ends, ...more])
        for (const to of [...ends, ...more]) {
          await both.run('XRANGE', 'a', from, to, 'COUNT', '3');
          await both.run('XREVRANGE', 'a', to, from, 'COUNT', '3');
        }
      for (const count of ['0', '-1', '-2', '1', '1000', 'x', '9223372036854775808'])
        for (const name of ['a', 'missing', 'text']) {
          await both.run('XRANGE', name, '-', '+', 'COUNT', count);
          await both.run('XREVRANGE', name, '+', '-', 'count', count);
        }
      await both.run('XRANGE', 'a', '-', '+', 'COUNT');
      await both.run('XRANGE', 'a', '-', '+', 'NUMBER', '1');
      await both.run('XRANGE', 'a', '-', '+', 'COUNT', '1', 'COUNT', '2');
      await both.run('XRANGE', 'a', '-');
      await both.run('XLEN', 'a');
      await both.run('XLEN', 'missing');
      await both.run('XLEN', 'text');
    }),
  );
});

describe('XDEL, XTRIM and XSETID', () => {
  it(
    'delete and count as the real server does',
    parity(async (both) => {
      await both.run('SET', 'text', 'x');
      for (let i = 1; i <= 12; i++) await both.run('XADD', 'a', `${i}-1`, 'n', i);
      for (const args of [
        ['a', '5-1'],
        ['a', '5-1', '1-1', '1-1', '99'],
        ['a', '7', '7-1'],
        ['a', 'x', '8-1'],
        ['a', '8-1', '+'],
        ['missing', 'x'],
        ['text', 'x'],
        ['a', '12-1'],
      ]) {
        await both.run('XDEL', ...args);
        await both.run('XINFO', 'STREAM', 'a', 'FULL');
      }
      await both.run('XDEL', 'a', ...Array.from({ length: 12 }, (_, i) => `${i + 1}-1`));
      await both.run('XINFO', 'STREAM', 'a', 'FULL');
      await both.run('EXISTS', 'a');
      await both.run('XADD', 'a', '12-1', 'f', 'v');
      await both.run('XADD', 'a', '13-1', 'f', 'v');
      await both.run('XINFO', 'STREAM', 'a');
      await both.digest();
    }),
  );

  it(
    'trim, and refuse wrong arguments',
    parity(async (both) => {
      await both.run('SET', 'text', 'x');
      for (let i = 1; i <= 30; i++) await both.run('XADD', 'a', `${i}-1`, 'n', i);
      for (const args of [
        ['a'],
        ['a', 'MAXLEN'],
        ['a', 'MAXLEN', 'x'],
        ['a', 'MAXLEN', '28'],
        ['a', 'MAXLEN', '=', '27'],
        ['a', 'MAXLEN', '~', '5'],
        ['a', 'MINID', '6'],
        ['a', 'MINID', '=', '7-2'],
        ['a', 'MINID', '~', '20'],
        ['a', 'MAXLEN', '5', 'LIMIT', '2'],
        ['a', 'LIMIT', '2'],
        ['a', 'LIMIT', '2', 'MAXLEN', '~', '2'],
        ['a', 'NOMKSTREAM', 'MAXLEN', '3'],
        ['a', 'MAXLEN', '2', 'MINID', '3'],
        ['missing', 'MAXLEN', '2'],
        ['text', 'MAXLEN', '2'],
        ['a', 'MAXLEN', '~', '0', 'LIMIT', '3'],
        ['a', 'MAXLEN', '~', '0', 'LIMIT', '0'],
        ['a', 'MAXLEN', '0'],
      ]) {
        await both.run('XTRIM', ...args);
        await both.run('XINFO', 'STREAM', 'a');
      }
      await both.digest();
    }),
  );

  it(
    'set the last ID and the counters',
    parity(async (both) => {
      await both.run('SET', 'text', 'x');
      for (let i = 1; i <= 3; i++) await both.run('XADD', 'a', `${i}-1`, 'n', i);
      await both.run('XDEL', 'a', '2-1');
      for (const args of [
        ['a', '3-0'],
        ['a', '3-1'],
        ['a', '10'],
        ['a', 'x'],
        ['a', '-'],
        ['a', '11', 'ENTRIESADDED', '1'],
        ['a', '11', 'ENTRIESADDED', '-1'],
        ['a', '11', 'ENTRIESADDED', 'x'],
        ['a', '11', 'ENTRIESADDED', '100', 'MAXDELETEDID', '12'],
        ['a', '11', 'ENTRIESADDED', '100', 'MAXDELETEDID', '1-0'],
        ['a', '12', 'entriesadded', '101', 'maxdeletedid', '11-5'],
        ['a', '5'],
        ['a', '12', 'MAXDELETEDID', '0-0'],
        ['a', '12', 'ENTRIESADDED'],
        ['a', '12', 'X', '1'],
        ['missing', '5'],
        ['text', '5'],
      ]) {
        await both.run('XSETID', ...args);
        await both.run('XINFO', 'STREAM', 'a');
      }
      await both.run('XADD', 'a', '12-0', 'f', 'v');
      await both.run('XADD', 'a', '12-1', 'f', 'v');
      await both.run('XDEL', 'a', '12-1', '1-1', '3-1');
      await both.run('XSETID', 'a', '11-7', 'ENTRIESADDED', '0');
      await both.run('XSETID', 'a', '12-1', 'ENTRIESADDED', '0');
      await both.run('XINFO', 'STREAM', 'a');
    }),
  );
});

describe('XINFO STREAM', () => {
  it(
    'takes its options, and refuses others',
    parity(async (both) => {
      await both.run('SET', 'text', 'x');
      await both.run('XINFO', 'STREAM', 'a');
      for (let i = 1; i <= 15; i++) await both.run('XADD', 'a', `${i}-1`, 'n', i);
      for (const args of [
        ['STREAM'],
        ['STREAM', 'text'],
        ['STREAM', 'a', 'x'],
        ['STREAM', 'a', 'FULL', 'x'],
        ['STREAM', 'a', 'FULL', 'COUNT'],
        ['STREAM', 'a', 'FULL', 'COUNT', 'x'],
        ['STREAM', 'a', 'FULL', 'COUNT', '3'],
        ['STREAM', 'a', 'full', 'count', '0'],
        ['STREAM', 'a', 'FULL', 'COUNT', '-5'],
        ['STREAM', 'a', 'FULL', 'COUNT', '3', 'x'],
        ['STREAM', 'a', 'FULL', 'NUMBER', '3'],
        ['GROUPS'],
        ['GROUPS', 'a', 'x'],
        ['GROUPS', 'missing'],
        ['GROUPS', 'text'],
        ['CONSUMERS', 'a'],
        ['CONSUMERS', 'a', 'g'],
        ['CONSUMERS', 'missing', 'g'],
        ['NOTHING', 'a'],
        ['HELP', 'x'],
      ])
        await both.run('XINFO', ...args);
    }),
  );

  it(
    "tells the size of the real server's tree",
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'stream-node-max-entries', 1);
      const ids = [
        ...['0-1', '0-2', '0-255', '0-256', '0-65536', '1-0', '1-1', '255-0', '256-0', '256-1'],
        ...['65535-4294967296', '65536-0', '4294967295-0', '4294967296-0', '1099511627776-5'],
        ...['1700000000000-0', '1700000000001-0', '1700000000001-1', '1700000000255-0'],
        ...['72057594037927936-0', '72057594037927937-0', `${MAX}-0`, `${MAX}-${MAX}`],
      ];
      for (const id of ids) {
        await both.run('XADD', 'a', id, 'f', 'v');
        await both.run('XINFO', 'STREAM', 'a');
      }
      for (const id of ['0-256', '65536-0', '0-1', '1700000000001-0', `${MAX}-0`, '256-1', '1-0']) {
        await both.run('XDEL', 'a', id);
        await both.run('XINFO', 'STREAM', 'a');
      }
    }),
  );
});

const id = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.nat(30), fc.nat(3)).map(([ms, seq]) => `${ms}-${seq}`) },
  { weight: 3, arbitrary: fc.nat(30).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('-', '+', '0-0', `${MAX}-${MAX}`, 'x', '5-*') },
);
const newId = fc.oneof(
  { weight: 1, arbitrary: id },
  { weight: 4, arbitrary: fc.constantFrom('0-*', '5-*', '9-*', '20-*') },
);
const fields = fc.oneof(
  fc.constant(['a', '1', 'b', '2']),
  fc.tuple(fc.constantFrom('a', 'b'), value).map((pair) => [...pair]),
  fc.array(value, { minLength: 1, maxLength: 6 }),
);
const trim = fc
  .tuple(
    fc.constantFrom('MAXLEN', 'MINID'),
    fc.constantFrom([], ['='], ['~']),
    fc.nat(40).map(String),
    fc.oneof(
      fc.constant([]),
      fc.nat(20).map((n) => ['LIMIT', String(n)]),
    ),
  )
  .map(([strategy, operator, threshold, limit]) => [strategy, ...operator, threshold, ...limit]);

describe('random sequences', () => {
  it(
    'of commands on entries agree',
    parity.random({
      steps: 120,
      before: [
        ['CONFIG', 'SET', 'stream-node-max-entries', '5'],
        ['CONFIG', 'SET', 'stream-node-max-bytes', '300'],
      ],
      commands: fc.oneof(
        {
          weight: 8,
          arbitrary: fc.tuple(key(3), newId, fields).map(([k, i, f]) => ['XADD', k, i, ...f]),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(key(3), trim, newId, fields)
            .map(([k, t, i, f]) => ['XADD', k, ...t, i, ...f]),
        },
        { weight: 1, arbitrary: fc.tuple(key(3), trim).map(([k, t]) => ['XTRIM', k, ...t]) },
        {
          weight: 3,
          arbitrary: fc
            .tuple(key(3), fc.array(id, { minLength: 1, maxLength: 5 }))
            .map(([k, ids]) => ['XDEL', k, ...ids]),
        },
        { weight: 2, arbitrary: fc.tuple(key(3), id, id).map(([k, a, b]) => ['XRANGE', k, a, b]) },
        {
          weight: 2,
          arbitrary: fc
            .tuple(key(3), id, id, fc.nat(5))
            .map(([k, a, b, n]) => ['XREVRANGE', k, a, b, 'COUNT', String(n)]),
        },
        { weight: 1, arbitrary: key(3).map((k) => ['XINFO', 'STREAM', k, 'FULL']) },
        { weight: 2, arbitrary: key(3).map((k) => ['XINFO', 'STREAM', k]) },
        { weight: 1, arbitrary: key(3).map((k) => ['DEL', k]) },
        { weight: 1, arbitrary: fc.tuple(key(3), key(3)).map(([a, b]) => ['COPY', a, b]) },
        { weight: 1, arbitrary: fc.tuple(key(3), id).map(([k, i]) => ['XSETID', k, i]) },
        { weight: 1, arbitrary: key(3).map((k) => ['XLEN', k]) },
      ),
    }),
  );
});
