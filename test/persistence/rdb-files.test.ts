/** RDB files from the real server in ours and back: nothing may be lost or changed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareDigests, digestOf } from '../support/digest.ts';
import { runTool, withTools } from '../support/interop.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startRealRedis } from '../support/real-redis.ts';
import { showReply, textOf } from '../support/resp-value.ts';
import { startRespd } from '../support/respd.ts';
import { sampleDataSet } from '../support/sample-values.ts';
import type { TestServer } from '../support/server-process.ts';

/** Times to live are compared long after they were read. */
const LATER = { ttlToleranceMs: 60_000 };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-rdb-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function withClient<T>(
  server: TestServer,
  work: (client: RawClient) => Promise<T>,
): Promise<T> {
  const client = await server.connect();
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

async function fill(client: RawClient, seed: number, keys: number): Promise<void> {
  const replies = await client.pipeline(sampleDataSet(seed, keys));
  const failed = replies.find((reply) => reply.type === 'error');
  expect(failed).toBeUndefined();
}

function infoField(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*)\r$`, 'm').exec(text)?.[1];
}

async function info(client: RawClient, name: string): Promise<string | undefined> {
  return infoField(textOf(await client.call('INFO', 'persistence')) ?? '', name);
}

async function untilSaved(client: RawClient): Promise<void> {
  while ((await info(client, 'rdb_bgsave_in_progress')) === '1');
}

describe('RDB files', () => {
  for (const [name, directives] of Object.entries({
    compressed: {},
    plain: { rdbcompression: 'no', 'list-compress-depth': 1 },
    unchecked: { rdbchecksum: 'no', 'maxmemory-policy': 'allkeys-lru' },
    frequencies: { 'maxmemory-policy': 'allkeys-lfu', 'list-max-listpack-size': 5 },
  })) {
    it(
      `of the real server are loaded, and ours by it (${name})`,
      withTools(['redis-server', 'redis-check-rdb'], async () => {
        const real = await startRealRedis({ directory, directives });
        const client = await real.connect();
        await fill(client, 11, 100);
        const original = await digestOf(client, {});
        expect(showReply(await client.call('SAVE'))).toBe('+OK');
        client.close();
        await real.stop();

        const ours = await startRespd({ dir: directory, ...directives });
        const loaded = await withClient(ours, (c) => digestOf(c, {}));
        expect(compareDigests(original, loaded, LATER)).toEqual([]);
        await withClient(ours, async (c) => {
          expect(Number(await info(c, 'rdb_last_load_keys_loaded'))).toBe(original.size);
          expect(showReply(await c.call('FCALL', 'f11', 0))).toBe(':11');
          expect(showReply(await c.call('DEBUG', 'RELOAD'))).toBe('+OK');
          expect(showReply(await c.call('FCALL', 'f11', 0))).toBe(':11');
          expect(compareDigests(original, await digestOf(c, {}), LATER)).toEqual([]);
          expect(showReply(await c.call('BGSAVE'))).toBe('+Background saving started');
          await untilSaved(c);
          expect(await info(c, 'rdb_last_bgsave_status')).toBe('ok');
        });
        await ours.stop();

        const check = await runTool('redis-check-rdb', [join(directory, 'dump.rdb')]);
        expect(check.stdout).toContain('RDB looks OK');
        const again = await startRealRedis({ directory, directives });
        const returned = await withClient(again, async (c) => {
          expect(showReply(await c.call('FCALL', 'f11', 0))).toBe(':11');
          return digestOf(c, {});
        });
        await again.stop();
        expect(compareDigests(original, returned, LATER)).toEqual([]);
      }),
      60_000,
    );
  }

  it('hold long values whole, however the disk keeps up with the walk', async () => {
    const ours = await startRespd({ dir: directory, rdbcompression: 'no' });
    await withClient(ours, async (client) => {
      // A list is written in one step: it makes a buffer too large to be used again.
      const elements = Array.from({ length: 300 }, (_, i) => `${i}`.padEnd(6000, 'e'));
      for (let i = 0; i < 12; i++) await client.call('RPUSH', `list:${i}`, ...elements);
      for (let i = 0; i < 4000; i++) client.send('SET', `string:${i}`, `${i}:`.repeat(600));
      for (let i = 0; i < 4000; i++) await client.receive();
      const original = await digestOf(client, {});
      expect(showReply(await client.call('BGSAVE'))).toBe('+Background saving started');
      await untilSaved(client);
      expect(showReply(await client.call('DEBUG', 'RELOAD', 'NOSAVE'))).toBe('+OK');
      expect(compareDigests(original, await digestOf(client, {}), LATER)).toEqual([]);
    });
    await ours.stop();
  });

  it('are written anew on FLUSHALL when there are save points', async () => {
    const ours = await startRespd({ dir: directory, save: ['3600', '1'] });
    await withClient(ours, async (client) => {
      await client.call('SET', 'key', 'value');
      await client.call('SAVE');
      await client.call('FLUSHALL');
      await client.call('CONFIG', 'SET', 'save', '');
      for (let saves = 1; saves < 2;) saves = Number(await info(client, 'rdb_saves'));
    });
    await ours.stop();
    expect(readFileSync(join(directory, 'dump.rdb')).includes('value')).toBe(false);
  });

  it('that are corrupt are refused with the offset, and left as they are', async () => {
    const ours = await startRespd({ dir: directory });
    await withClient(ours, async (client) => {
      await client.call('SET', 'key', 'value');
      await client.call('SAVE');
    });
    await ours.stop();
    const path = join(directory, 'dump.rdb');
    const bytes = readFileSync(path);
    bytes[bytes.length - 11] ^= 1;
    writeFileSync(path, bytes);
    await expect(startRespd({ dir: directory })).rejects.toThrow(/offset \d+: .*checksum/);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    writeFileSync(path, bytes.subarray(0, bytes.length - 10));
    await expect(startRespd({ dir: directory })).rejects.toThrow(/unexpected end/);
  });
});
