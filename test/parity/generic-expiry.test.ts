/** EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST and the commands that tell the time left. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { key } from '../support/arbitraries.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();

const SETTERS = ['EXPIRE', 'PEXPIRE', 'EXPIREAT', 'PEXPIREAT'] as const;
const GETTERS = ['TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME'] as const;
/** Far from now as a duration and as a point in time, in seconds and in milliseconds. */
const FAR = '99999999999';

describe('setting an expiry', () => {
  for (const name of SETTERS)
    it(
      `${name}: absent and present keys, arity, numbers that are none`,
      parity(async (both) => {
        await both.run(name, 'absent', FAR);
        await both.run('SET', 'a', '1');
        await both.run(name, 'a', FAR);
        for (const getter of GETTERS) await both.run(getter, 'a');
        await both.run(name);
        await both.run(name, 'a');
        for (const bad of ['x', '', '1.5', ' 1', '1e3', '9223372036854775808', '-', '+5'])
          await both.run(name, 'a', bad);
        await both.digest();
      }),
    );

  for (const name of SETTERS)
    it(
      `${name}: numbers at the limits`,
      parity(async (both) => {
        const limits = [
          ['9223372036854775807', '9223372036854775', '9223372036854776', '9223370000000000'],
          ['-9223372036854775808', '-9223372036854775', '-9223372036854776', '-1', '0'],
        ].flat();
        for (const limit of limits) {
          await both.run('SET', 'a', '1');
          await both.run(name, 'a', limit);
          for (const getter of GETTERS) await both.run(getter, 'a');
          await both.run('EXISTS', 'a');
        }
        await both.digest();
      }),
    );

  it(
    'NX, XX, GT and LT, alone, together and twice',
    parity(async (both) => {
      const conditions = ['NX', 'XX', 'GT', 'LT', 'nx', 'Lt', 'foo', ''];
      for (const name of SETTERS)
        for (const first of conditions)
          for (const second of [undefined, ...conditions]) {
            const options = second === undefined ? [first] : [first, second];
            await both.run('SET', 'a', '1');
            await both.run(name, 'a', '2000000000000', ...options);
            await both.run('TTL', 'a');
            await both.run(name, 'a', '3000000000000', ...options);
            await both.run(name, 'a', '3000000000000', ...options);
            await both.run('TTL', 'a');
            await both.run(name, 'a', '2500000000000', ...options);
            await both.run('TTL', 'a');
            await both.run(name, 'a', '1', ...options);
          }
    }),
  );

  it(
    'refuses options before it looks at the number, and the number before the key',
    parity(async (both) => {
      await both.run('EXPIRE', 'a', 'x', 'foo');
      await both.run('EXPIRE', 'a', 'x', 'NX', 'XX');
      await both.run('EXPIRE', 'a', 'x');
      await both.run('EXPIRE', 'a', '9223372036854775807');
      await both.run('EXPIRE', 'a', '10', 'foo');
    }),
  );

  it(
    'removes a key whose time is past already',
    parity(async (both) => {
      for (const name of SETTERS) {
        await both.run('SET', 'a', '1');
        await both.run(name, 'a', '-1');
        await both.run('EXISTS', 'a');
        await both.run('SET', 'a', '1', 'PX', '100000');
        await both.run(name, 'a', '0', 'XX');
        await both.run('GET', 'a');
        await both.run('SET', 'a', '1');
        await both.run(name, 'a', '0', 'GT');
        await both.run('GET', 'a');
      }
      await both.digest();
    }),
  );

  it(
    'keys vanish when their time has come',
    parity(async (both) => {
      await both.run('SET', 'a', '1', 'PX', '30');
      await both.run('SET', 'b', '1');
      await both.run('PEXPIRE', 'b', '30');
      await both.untilGone('a');
      await both.untilGone('b');
      for (const name of ['a', 'b'])
        for (const getter of [...GETTERS, 'TYPE', 'GET', 'PERSIST', 'DEL'])
          await both.run(getter, name);
      await both.run('DBSIZE');
      await both.run('KEYS', '*');
      await both.run('RANDOMKEY');
      await both.run('SCAN', '0');
    }),
  );

  it(
    'works on values of every size, whose entry moves or does not',
    parity(async (both) => {
      for (const size of [0, 1, 7, 8, 100, 1000, 1023, 1024, 1025, 5000, 100_000]) {
        await both.run('SET', `k${size}`, 'v'.repeat(size));
        await both.run('EXPIRE', `k${size}`, '1000');
        await both.run('GET', `k${size}`);
        await both.run('EXPIRE', `k${size}`, '2000');
        await both.run('PERSIST', `k${size}`);
        await both.run('PERSIST', `k${size}`);
        await both.run('GET', `k${size}`);
      }
      const longKey = 'x'.repeat(300);
      await both.run('SET', longKey, 'v');
      await both.run('EXPIRE', longKey, '1000');
      await both.run('GET', longKey);
      await both.digest();
      await both.run('PERSIST', longKey);
      await both.digest();
    }),
  );
});

it(
  'PERSIST',
  parity(async (both) => {
    await both.run('PERSIST', 'absent');
    await both.run('SET', 'a', '1');
    await both.run('PERSIST', 'a');
    await both.run('EXPIRE', 'a', '100');
    await both.run('PERSIST', 'a');
    await both.run('TTL', 'a');
    await both.run('PERSIST');
    await both.run('PERSIST', 'a', 'b');
  }),
);

it(
  'telling the time left: absent keys, keys without, arity',
  parity(async (both) => {
    await both.run('SET', 'a', '1');
    for (const getter of GETTERS) {
      await both.run(getter, 'absent');
      await both.run(getter, 'a');
      await both.run(getter);
      await both.run(getter, 'a', 'b');
    }
  }),
);

it(
  'random expiries and conditions',
  parity.random({
    steps: 60,
    runs: 40,
    commands: fc.oneof(
      fc.tuple(fc.constant('SET'), key(3), fc.constant('v')),
      fc.tuple(fc.constantFrom('PERSIST', 'TTL', 'EXPIRETIME', 'EXISTS', 'GET', 'DEL'), key(3)),
      fc
        .tuple(
          fc.constantFrom(...SETTERS),
          key(3),
          fc.constantFrom('-1', '0', '1', '5000000000000', '6000000000000', '7000000000000', 'x'),
          fc.array(fc.constantFrom('NX', 'XX', 'GT', 'LT'), { maxLength: 2 }),
        )
        .map(([setter, name, time, options]) => [setter, name, time].concat(options)),
    ),
  }),
);
