/** Client-side caching under random commands of several clients, in all modes. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import type { Command } from '../support/both.ts';
import { useParity } from '../support/parity.ts';
import { DEFAULT_SEED } from '../support/setup.ts';
import { Stage } from '../support/stage.ts';
import { compareTrackingInfo, expiring } from '../support/tracking.ts';

const parity = useParity({ protocols: [2] });

describe('random sequences', () => {
  const key = fc.constantFrom('a', 'ab', 'b', 'abc', 'c');
  const words = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<Command> => fc.tuple(...parts);
  const word = (text: string): fc.Arbitrary<string> => fc.constant(text);
  const data = fc.oneof(
    words(word('GET'), key),
    words(word('MGET'), key, key),
    words(word('EXISTS'), key, key, key),
    words(word('SET'), key, word('1')),
    words(word('INCR'), key),
    words(word('MSET'), key, word('1'), key, word('2')),
    words(word('DEL'), key, key),
    words(word('RENAME'), key, key),
    words(word('COPY'), key, key, word('REPLACE')),
    words(word('PERSIST'), key),
    words(word('GETDEL'), key),
    words(word('EXPIRE'), key, word('-1')),
    words(word('SELECT'), fc.constantFrom('0', '1')),
    words(word('FLUSHDB')),
    words(
      word('EVAL'),
      fc.constantFrom(
        "return redis.call('GET', KEYS[1])",
        "return redis.call('SET', KEYS[2], 1)",
        "redis.call('GET', KEYS[1]) return redis.call('DEL', KEYS[1], KEYS[2])",
      ),
      word('2'),
      key,
      key,
    ),
  );
  const commands = fc.oneof(
    { weight: 6, arbitrary: fc.array(data, { minLength: 1, maxLength: 4 }) },
    {
      weight: 2,
      arbitrary: fc
        .array(data, { maxLength: 4 })
        .map((queued): Command[] => [['MULTI'], ...queued, ['EXEC']]),
    },
    { weight: 1, arbitrary: key.map(expiring) },
    {
      weight: 1,
      arbitrary: words(word('CLIENT'), word('CACHING'), fc.constantFrom('YES', 'NO')).map(
        (caching): Command[] => [caching, ['MGET', 'a', 'b']],
      ),
    },
  );
  const tracking = fc
    .subarray(['BCAST', 'OPTIN', 'OPTOUT', 'NOLOOP', 'PREFIX a', 'PREFIX b', 'PREFIX ab'])
    .chain((options) =>
      fc
        .constantFrom('ON', 'ON', 'ON', 'OFF')
        .map((status) => `CLIENT TRACKING ${status} ${options.join(' ')}`),
    );
  const step = fc.tuple(
    fc.constantFrom('three', 'other', 'two', 'writer'),
    fc.oneof({ weight: 5, arbitrary: commands }, { weight: 1, arbitrary: tracking }),
  );

  it(
    'give every client the same stream',
    parity(async (both) => {
      const property = fc.asyncProperty(
        fc.array(step, { maxLength: 60, size: 'max' }),
        async (steps) => {
          await both.pipeline([['FLUSHALL'], ['DEBUG', 'SET-ACTIVE-EXPIRE', '0']]);
          const stage = await Stage.open(both, {
            three: 3,
            other: 3,
            two: 2,
            writer: 2,
            target: 2,
          });
          await stage.step('target', 'SUBSCRIBE __redis__:invalidate');
          for (const [name, what] of steps) {
            if (typeof what !== 'string') await stage.step(name, ...what);
            // Only one redirects there: the order of several is that of addresses in memory.
            else await stage.step(name, name === 'two' ? `${what} REDIRECT @target` : what);
          }
          await stage.compare();
          await compareTrackingInfo(both);
          for (const name of ['three', 'other', 'two', 'writer', 'target']) await stage.leave(name);
        },
      );
      const seed = Number(process.env['RESPD_SEED'] ?? DEFAULT_SEED);
      const numRuns = Number(process.env['RESPD_RUNS'] ?? 15);
      await fc.assert(property, { seed, numRuns, interruptAfterTimeLimit: 8_000 });
    }),
    30_000,
  );
});
