/** A client library that keeps what it read, and is told when that changes. */
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnRespd } from '../support/respd.ts';
import type { ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await spawnRespd();
});

afterAll(() => server.stop());

describe('node-redis with a client-side cache', () => {
  it('answers from the cache until somebody changes the key', async () => {
    const url = `redis://${server.host}:${server.port}`;
    const reader = await createClient({ url, RESP: 3, clientSideCache: { ttl: 0 } }).connect();
    const writer = await createClient({ url }).connect();
    try {
      const reads = async (): Promise<number> => {
        const stats = await writer.info('commandstats');
        return Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1] ?? 0);
      };
      await writer.set('greeting', 'hello');
      for (let i = 0; i < 3; i++) expect(await reader.get('greeting')).toBe('hello');
      expect(await reads()).toBe(1);
      await writer.set('greeting', 'good evening');
      await expect.poll(() => reader.get('greeting')).toBe('good evening');
      const before = await reads();
      expect(await reader.get('greeting')).toBe('good evening');
      expect(await reads()).toBe(before);
      await writer.flushAll();
      await expect.poll(() => reader.get('greeting')).toBeNull();
    } finally {
      reader.destroy();
      writer.destroy();
    }
  });
});
