/** INFO tells everything that the real server's does, and its figures add up. */
import { describe, expect, it } from 'vitest';
import type { RawClient } from '../support/raw-client.ts';
import { useParity } from '../support/parity.ts';
import { textOf } from '../support/resp-value.ts';

const parity = useParity();

async function infoOf(client: RawClient): Promise<ReadonlyMap<string, string>> {
  const text = textOf(await client.call('INFO', 'everything'))!;
  const fields = text
    .split('\r\n')
    .filter((line) => line.includes(':'))
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const);
  return new Map(fields);
}

/** What a program that parses a value can rely on: numbers, percentages, sizes, or some text. */
function kindOf(value: string): string {
  if (/^-?\d+$/.test(value)) return 'integer';
  if (/^-?\d+\.\d+$/.test(value)) return 'decimal';
  if (/^-?\d+(\.\d+)?[BKMGT]$/.test(value)) return 'size';
  if (/^-?\d+(\.\d+)?%$/.test(value)) return 'percentage';
  return value.includes('=') ? value.replaceAll(/=[^,]*/g, '=') : 'text';
}

/** A hexadecimal number of the build, which may look like an integer. */
const OPAQUE: ReadonlySet<string> = new Set(['redis_build_id', 'run_id', 'master_replid']);

describe('INFO', () => {
  it(
    'has every field of the real server, each of the same kind',
    parity(async (both) => {
      await both.run('SET', 'a', '1', 'EX', '1000');
      await both.run('GET', 'a');
      await both.run('INCR', 'text', 'x');
      await both.run('SCRIPT', 'LOAD', 'return 1');
      const [real, ours] = await Promise.all([infoOf(both.real), infoOf(both.ours)]);
      const missing = [...real.keys()].filter((name) => !ours.has(name));
      // Our connections are tested through other commands than these.
      expect(missing.filter((name) => !/^(cmdstat|latency_percentiles)_/.test(name))).toEqual([]);
      for (const [name, value] of real) {
        if (OPAQUE.has(name) || !ours.has(name)) continue;
        expect(`${name} ${kindOf(ours.get(name)!)}`).toBe(`${name} ${kindOf(value)}`);
      }
    }),
  );

  it(
    'counts for used_memory what counts for maxmemory: data, clients, scripts',
    parity(async (both) => {
      const used = async (): Promise<number> =>
        Number((await infoOf(both.ours)).get('used_memory'));
      const start = await used();
      await both.run('SET', 'long', 'x'.repeat(200_000));
      const withData = await used();
      // What clients hold for a moment, as for this long request, may go meanwhile.
      expect(withData - start).toBeGreaterThan(150_000);
      await both.run('SCRIPT', 'LOAD', `return '${'x'.repeat(200_000)}'`);
      const withScript = await used();
      expect(withScript - withData).toBeGreaterThan(150_000);
      const others = await Promise.all(Array.from({ length: 10 }, () => both.connect()));
      for (const other of others) await other.run('PING');
      const withClients = await used();
      expect(withClients - withScript).toBeGreaterThan(10 * 5000);
      // Half of it is not enough by far, so there is nothing that may be evicted: writes are refused.
      await both.ours.call('CONFIG', 'SET', 'maxmemory', String(Math.floor(withClients / 2)));
      expect(textOf(await both.ours.call('SET', 'b', '1'))).toMatch(/^OOM /);
      await both.ours.call('CONFIG', 'SET', 'maxmemory', String(withClients * 2));
      expect(textOf(await both.ours.call('SET', 'b', '1'))).toBe('OK');
      await both.ours.call('CONFIG', 'SET', 'maxmemory', '0');
    }),
  );
});
