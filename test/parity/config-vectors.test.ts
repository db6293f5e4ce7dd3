/**
 * The vectors that the tests of src/config compare with were recorded once. Here the installed
 * redis-server gives its answers again, so that the recording cannot go stale unnoticed.
 */
import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { withTools } from '../support/interop.ts';
import { startRealRedis } from '../support/real-redis.ts';
import { itemsOf, textOf } from '../support/resp-value.ts';

type Vector = {
  readonly name: string;
  readonly initial?: string;
  readonly value?: string;
  readonly error?: string | null;
  readonly after?: string | null;
};

const vectors = readFileSync(
  new URL('../../src/config/redis-vectors.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

/** Recorded without a TCP port and without the tests' own directives. */
const placed = /^(port|bind|save|enable-|tls-port)/;

it(
  'redis-server still answers CONFIG as recorded',
  withTools(['redis-server'], async () => {
    const server = await startRealRedis({ directives: { 'enable-protected-configs': 'no' } });
    const client = await server.connect({ protocol: 2 });
    try {
      const valueOf = async (name: string) => {
        const value = itemsOf(await client.call('CONFIG', 'GET', name))[1];
        return value === undefined ? null : textOf(value);
      };
      const differences: unknown[] = [];
      for (const { name, initial, value, error, after } of vectors) {
        if (placed.test(name)) continue;
        if (value === undefined) {
          const found = await valueOf(name);
          if (found !== initial) differences.push({ name, initial, found });
          continue;
        }
        const reply = textOf(await client.call('CONFIG', 'SET', name, value)) ?? '';
        const expected = error?.replace(/^~/, '') ?? 'OK';
        const found = await valueOf(name);
        if (!reply.includes(expected) || found !== after) {
          differences.push({ name, value, reply, expected, found, after });
        }
      }
      expect(differences).toEqual([]);
    } finally {
      client.close();
      await server.stop();
    }
  }),
);
