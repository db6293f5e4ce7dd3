/** Snapshots taken while everything changes: each must be exactly what was there when it began. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../../src/env/random.ts';
import { compareDigests, digestOf } from '../support/digest.ts';
import type { Argument, RawClient } from '../support/raw-client.ts';
import { textOf } from '../support/resp-value.ts';
import { startRespd } from '../support/respd.ts';

const KEYS = 3000;

/** A command that changes something, often a key that exists. */
function change(random: SeededRandom): Argument[] {
  const below = (limit: number): number => randomBelow(random, limit);
  const any = `k${below(KEYS * 2)}`;
  switch (below(26)) {
    case 0:
      return ['SET', any, `new${below(100)}`];
    case 1:
      return ['DEL', any];
    case 2:
      return ['RENAME', `k${below(KEYS)}`, any];
    case 3:
      return ['COPY', `k${below(KEYS)}`, any, 'REPLACE'];
    case 4:
      return ['PEXPIRE', any, below(2) === 0 ? 1 : 10_000_000];
    case 5:
      return ['PERSIST', any];
    case 6:
      return ['HSET', `k${below(KEYS / 5) * 5 + 1}`, `f${below(300)}`, below(1000)];
    case 7:
      return ['SADD', `k${below(KEYS / 5) * 5 + 2}`, `m${below(300)}`];
    case 8:
      return ['APPEND', any, 'x'];
    case 9:
      return ['RPUSH', `k${below(KEYS / 5) * 5 + 4}`, 'x'.repeat(below(100))];
    case 10:
      return ['MOVE', any, 1];
    case 11:
      return ['SWAPDB', 0, below(4)];
    case 12:
      return ['INCR', any];
    case 13:
      return ['HSET', 'big', `f${below(50_000)}`, 'changed'];
    case 14:
      return ['SETRANGE', any, 3, 'y'];
    case 15:
      return ['GETDEL', any];
    case 16:
      return ['SPOP', `k${below(KEYS / 5) * 5 + 2}`];
    case 17:
      return below(40) === 0 ? ['FLUSHDB'] : ['GET', any];
    case 18:
      return ['MSET', any, 'a', `k${below(KEYS)}`, 'b'];
    case 19:
      return ['LPOP', `k${below(KEYS / 5) * 5 + 4}`];
    case 20:
      return ['ZADD', `k${below(KEYS / 5) * 5 + 3}`, below(1000), `m${below(200)}`];
    case 21:
      return ['LPUSH', 'list', 'new'];
    case 22:
      return ['XACK', 'stream', 'group', `${1 + below(2000)}-1`];
    case 23:
      return ['XPENDING', 'stream', 'group', '-', '+', 10];
    case 24:
      return below(20) === 0 ? ['APPEND', 'long', 'more'] : ['LRANGE', 'list', 20_000, 20_010];
    default:
      return ['EVAL', "redis.call('SET', KEYS[1], 'lua')", 1, any];
  }
}

async function fill(client: RawClient): Promise<void> {
  const commands: Argument[][] = [];
  for (let i = 0; i < KEYS; i++) {
    const key = `k${i}`;
    const kinds: Argument[][] = [
      ['SET', key, i],
      ['HSET', key, ...Array.from({ length: 2 + (i % 60) * 4 }, (_, j) => `f${j}`)],
      ['SADD', key, ...Array.from({ length: 1 + (i % 50) }, (_, j) => `m${j}`)],
      ['ZADD', key, ...Array.from({ length: 1 + (i % 150) }, (_, j) => [j, `m${j}`]).flat()],
      ['RPUSH', key, ...Array.from({ length: 1 + (i % 80) }, (_, j) => `e${j}`)],
    ];
    commands.push(kinds[i % 5]);
    if (i % 9 === 0) commands.push(['PEXPIRE', key, 10_000_000]);
  }
  for (let i = 0; i < 50; i++)
    commands.push([
      'HSET',
      'big',
      ...Array.from({ length: 1000 }, (_, j) => [`f${i * 1000 + j}`, 'value']).flat(),
    ]);
  for (let i = 0; i < 30; i++)
    commands.push(['RPUSH', 'list', ...Array.from({ length: 1000 }, (_, j) => `${i}:${j}`)]);
  for (let i = 1; i <= 2000; i++) commands.push(['XADD', 'stream', `${i}-1`, 'field', i]);
  commands.push(
    ['SET', 'long', 'zyx'.repeat(1_000_000)],
    ['XGROUP', 'CREATE', 'stream', 'group', '0'],
    ['XREADGROUP', 'GROUP', 'group', 'one', 'COUNT', 1200, 'STREAMS', 'stream', '>'],
    ['XREADGROUP', 'GROUP', 'group', 'two', 'COUNT', 300, 'STREAMS', 'stream', '>'],
  );
  await client.pipeline(commands);
}

describe('a snapshot under writes', () => {
  const seeds = process.env['RESPD_SEED']?.split(',').map(Number) ?? [1, 2, 3, 4];
  for (const seed of seeds) {
    it(`is the data set at its start (seed ${seed})`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'respd-snapshot-'));
      const server = await startRespd({
        dir: directory,
        rdbcompression: seed % 2 === 0 ? 'no' : 'yes',
      });
      const client = await server.connect({ timeoutMs: 60_000 });
      const random = new SeededRandom(seed);
      try {
        await fill(client);
        // Makes the walk slow enough for many changes to come in between.
        await client.call('CONFIG', 'SET', 'rdb-key-save-delay', 60);
        const before = await digestOf(client, {});
        client.send('BGSAVE');
        let changes = 0;
        let info = 'rdb_bgsave_in_progress:1';
        await client.call('PING').catch(() => {});
        while (info.includes('rdb_bgsave_in_progress:1')) {
          const batch = Array.from({ length: 60 }, () => change(random));
          await client.pipeline(batch);
          changes += batch.length;
          info = textOf(await client.call('INFO', 'persistence')) ?? '';
        }
        expect(info).toContain('rdb_last_bgsave_status:ok');
        expect(changes).toBeGreaterThan(0);
        await client.pipeline([['FLUSHALL'], ['DEBUG', 'RELOAD', 'NOSAVE']]);
        const after = await digestOf(client, {});
        expect(compareDigests(before, after, { ttlToleranceMs: 120_000 })).toEqual([]);
      } finally {
        client.close();
        await server.stop();
        rmSync(directory, { recursive: true, force: true });
      }
    }, 120_000);
  }
});
