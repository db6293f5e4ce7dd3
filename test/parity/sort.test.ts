/** SORT and SORT_RO. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { floatText, key } from '../support/arbitraries.ts';
import type { Both } from '../support/both.ts';
import { unordered } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();

async function runAll(both: Both, text: string): Promise<void> {
  for (const line of text.split('|')) await both.run(...line.trim().split(' '));
}

async function fill(both: Both): Promise<void> {
  await runAll(both, 'RPUSH l 3 1 2 10 -5 1.5 | SADD s 3 1 2 10 -5 1.5');
  await runAll(both, 'RPUSH w pear apple Fig apple banana 10 9 | SADD texts b a c');
  await runAll(
    both,
    'MSET weight_1 30 weight_2 20 weight_3 10 weight_10 5 name_1 one name_3 three',
  );
  await runAll(both, 'HSET h_1 f 9 g one | HSET h_2 f 8 g two | HSET h_3 f 7 | RPUSH name_2 list');
}

/** A sorted set on both sides, as the real server dumps it. */
async function restoreSortedSet(both: Both): Promise<void> {
  await both.real.call('ZADD', 'z', 5, 3, 4, 1, 3, 2, 2, 10, 1, -5);
  const dump = await both.real.call('DUMP', 'z');
  await both.real.call('DEL', 'z');
  if (dump.type === 'bulk') await both.run('RESTORE', 'z', '0', dump.bytes);
}

const OPTIONS = [
  ['', 'ASC', 'DESC', 'ALPHA', 'ALPHA DESC', 'asc desc', 'DESC ASC', 'LIMIT 1 2', 'LIMIT 0 -1'],
  ['LIMIT -3 2', 'LIMIT 100 5', 'LIMIT 2 100', 'LIMIT 0 0', 'BY weight_*', 'BY weight_* DESC'],
  ['BY h_*->f', 'BY h_*->g ALPHA GET #', 'BY nosort', 'BY nosort LIMIT 1 2', 'BY nosort DESC'],
  ['GET #', 'GET name_*', 'GET # GET name_* GET h_*->g', 'GET nostar', 'GET h_*->', 'GET h_*->x'],
  ['BY name_* ALPHA', 'BY weight_* GET weight_* LIMIT 1 2', 'BY h_*-> GET #', 'GET *'],
  ['BY nosort DESC LIMIT 1 2', 'BY nosort GET # GET weight_*', 'BY weight_* BY nosort'],
].flat();

/** Once it met a number out of range, the real server finds all that follow out of range, too. */
const numberText = floatText.filter((text) => !/e[-+]?[34]\d\d/.test(text));

describe('sorts lists, sets and sorted sets', () => {
  for (const name of ['l', 's', 'z', 'w', 'absent'])
    it(
      `key ${name}`,
      parity(async (both) => {
        await fill(both);
        if (name === 'z') await restoreSortedSet(both);
        for (const option of OPTIONS) {
          const words = option === '' ? [] : option.split(' ');
          // The order of a set, and of items that compare equal by BY, is each server's own.
          const isTie = /BY .*ALPHA/.test(option) && (name === 's' || name === 'z');
          const isOpen = isTie || (name === 's' && option.includes('nosort'));
          if (isOpen && option.includes('LIMIT')) continue;
          for (const command of ['SORT', 'SORT_RO'])
            if (isOpen) await both.runWith(unordered, command, name, ...words);
            else await both.run(command, name, ...words);
          if (isTie) continue;
          await both.run('SORT', name, ...words, 'STORE', 'stored');
          await both.run('LRANGE', 'stored', '0', '-1');
          await both.run('TYPE', 'stored');
        }
        await both.digest();
      }),
    );
});

it(
  'errors',
  parity(async (both) => {
    await fill(both);
    await runAll(both, 'SET str x | HSET hash f v | SORT str | SORT hash | SORT w | SORT');
    await runAll(both, 'SORT l LIMIT | SORT l LIMIT 1 | SORT l LIMIT x 1 | SORT l LIMIT 1 x');
    await runAll(both, 'SORT l BY | SORT l GET | SORT l STORE | SORT l foo | SORT_RO l STORE x');
    await runAll(both, 'SORT str foo | SORT absent foo | SORT w BY weight_* GET | SORT l ALPHA x');
    await runAll(both, 'SORT w STORE kept | EXISTS kept | SORT l STORE l | LRANGE l 0 -1');
    await runAll(both, 'SET gone 1 EX 100 | SORT absent STORE gone | EXISTS gone');
    await runAll(both, 'SET over 1 EX 100 | SORT s STORE over | TTL over | OBJECT ENCODING over');
    await both.digest();
  }),
);

it(
  'numbers as strtod reads them',
  parity(async (both) => {
    const texts = ['', ' 1', '1 ', '0x10', 'inf', '-inf', 'nan', '1e5', '+3', 'x', '\n2'];
    for (const text of texts) {
      await both.run('DEL', 'l');
      await both.run('RPUSH', 'l', '3', text, '1');
      await both.run('SORT', 'l');
      await both.run('SORT', 'l', 'ALPHA');
    }
    await both.run('RPUSH', 'bytes', 'a\0b', 'a', 'a\0a', '\xff', 'ü', 'B', 'b');
    await both.run('SORT', 'bytes', 'ALPHA', 'STORE', 'stored');
    await both.run('LRANGE', 'stored', '0', '-1');
  }),
);

it(
  'random lists',
  parity.random({
    steps: 60,
    runs: 30,
    commands: fc.oneof(
      fc.tuple(fc.constant('RPUSH'), key(2), numberText),
      fc.tuple(fc.constant('RPUSH'), key(2), fc.integer({ min: -50, max: 50 }).map(String)),
      fc.tuple(fc.constant('LPOP'), key(2)),
      fc.tuple(fc.constant('DEL'), key(2)),
      fc.tuple(fc.constantFrom('SORT', 'SORT_RO'), key(2), fc.constantFrom('ASC', 'DESC', 'ALPHA')),
      fc
        .tuple(key(2), fc.integer({ min: -2, max: 9 }), fc.integer({ min: -2, max: 9 }), key(2))
        .map(([name, offset, count, target]) =>
          ['SORT', name, 'LIMIT', offset, count, 'STORE', target].map(String),
        ),
    ),
  }),
);
