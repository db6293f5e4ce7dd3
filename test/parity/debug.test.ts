/** DEBUG: signatures of contents, and what it tells of values and replies. */
import { describe, it } from 'vitest';

import { after, anything } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';
import { textOf } from '../support/resp-value.ts';

const parity = useParity();

describe('DIGEST and DIGEST-VALUE', () => {
  const values: Readonly<Record<string, readonly (readonly string[])[]>> = {
    string: [
      ['SET', 'k', ''],
      ['SET', 'k', 'text'],
      ['SET', 'k', 'x'.repeat(70_000)],
      ['SET', 'k', '12'],
    ],
    set: [
      ['SADD', 'k', '1', '2', '3', '-5'],
      ['SADD', 'k', 'a', 'b', 'c', '1', ''],
    ],
    hash: [
      ['HSET', 'k', 'f', 'v', 'g', '12', '', ''],
      ['HSET', 'k', 'f', 'v'.repeat(100), 'n', '7'],
    ],
    stream: [
      ['XADD', 'k', '1-1', 'f', 'v', 'g', 'w'],
      ['XADD', 'k', '18446744073709551615-18446744073709551615', 'f', '1'],
    ],
  };
  for (const [type, commands] of Object.entries(values))
    it(
      `of a ${type}`,
      parity(async (both) => {
        for (const command of commands) {
          await both.run(...command);
          await both.run('DEBUG', 'DIGEST-VALUE', 'k');
          await both.run('EXPIRE', 'k', '1000');
          await both.run('DEBUG', 'DIGEST-VALUE', 'k', 'absent', 'k');
          await both.run('DEBUG', 'DIGEST');
          await both.run('DEL', 'k');
        }
      }),
    );

  it(
    'of several databases',
    parity(async (both) => {
      await both.run('DEBUG', 'DIGEST');
      await both.run('DEBUG', 'DIGEST-VALUE');
      for (const index of ['0', '3', '15']) {
        await both.run('SELECT', index);
        await both.run('MSET', 'a', index, 'b', 'text');
        await both.run('DEBUG', 'DIGEST');
      }
      await both.run('DEBUG', 'DIGEST', 'x');
    }),
  );
});

it(
  'OBJECT tells encoding and serialised length',
  parity(async (both) => {
    const withoutAddress = after((reply) => {
      const text = (textOf(reply) ?? '').replace(/at:\S+|lru:\d+|idle:\d+/g, '');
      return { type: 'simple', text };
    });
    const texts = ['', '1', '127', '-128', '128', '-32769', '2147483647', '2147483648', '-0', '+1'];
    // How well a text is compressed is each server's own.
    const long = ['x'.repeat(20)];
    for (const text of [...texts, ...long, 'not compressible: 8Fh2kLq0']) {
      await both.run('SET', 'a', text);
      await both.runWith(withoutAddress, 'DEBUG', 'OBJECT', 'a');
    }
    await both.run('CONFIG', 'SET', 'rdbcompression', 'no');
    for (const size of [21, 63, 64, 16_383, 16_384]) {
      await both.run('SET', 'a', 'x'.repeat(size));
      await both.runWith(withoutAddress, 'DEBUG', 'OBJECT', 'a');
    }
    await both.run('DEBUG', 'OBJECT', 'absent');
    await both.run('DEBUG', 'OBJECT');
  }),
);

it(
  'POPULATE',
  parity(async (both) => {
    await both.run('SET', 'key:1', 'mine');
    await both.run('DEBUG', 'POPULATE', '5');
    await both.run('DEBUG', 'POPULATE', '3', 'other');
    await both.run('DEBUG', 'POPULATE', '3', 'sized', '50');
    await both.run('DEBUG', 'POPULATE', '3', 'short', '3');
    await both.run('DEBUG', 'POPULATE', '3', 'zero', '0');
    await both.digest();
    for (const wrong of [[], ['x'], ['-1'], ['1', 'p', 'x'], ['1', 'p', '1', 'x']])
      await both.run('DEBUG', 'POPULATE', ...wrong);
  }),
);

it(
  'PROTOCOL sends a reply of every kind',
  parity(async (both) => {
    const kinds = 'string integer double bignum null array set map attrib verbatim true false x';
    for (const kind of kinds.split(' ')) await both.run('DEBUG', 'PROTOCOL', kind);
    await both.run('DEBUG', 'PROTOCOL', 'STRING');
    if (both.protocol === 2) await both.run('DEBUG', 'PROTOCOL', 'push');
  }),
);

it(
  'small things and errors',
  parity(async (both) => {
    await both.run('DEBUG');
    await both.run('DEBUG', 'NOSUCH');
    await both.run('DEBUG', 'ERROR', 'CODE text\r\nmore');
    await both.run('DEBUG', 'ERROR');
    await both.run('DEBUG', 'LOG', 'text');
    await both.run('DEBUG', 'SLEEP', '0');
    await both.run('DEBUG', 'SLEEP', '0.01');
    await both.run('DEBUG', 'SLEEP', 'x');
    await both.run('DEBUG', 'SLEEP');
    await both.run('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    await both.run('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
    await both.run('DEBUG', 'SET-ACTIVE-EXPIRE');
    await both.runWith(anything, 'DEBUG', 'HELP');
    await both.run('DEBUG', 'HELP', 'x');
  }),
);
