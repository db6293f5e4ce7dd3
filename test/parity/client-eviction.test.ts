/**
 * `maxmemory-clients`: the same clients are disconnected by both servers. What a client takes by
 * itself differs, so the figures keep well away from the limit.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { requireInterop } from '../support/interop.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startRealRedis } from '../support/real-redis.ts';
import { textOf } from '../support/resp-value.ts';
import { startRespd } from '../support/respd.ts';
import type { TestServer } from '../support/server-process.ts';

const MB = 1024 * 1024;
const LIMIT = 4 * MB;
let servers: [TestServer, TestServer];

beforeAll(async () => {
  servers = [await startRealRedis(), await startRespd()];
});

afterAll(() => Promise.all(servers.map((server) => server.stop())));

beforeEach((context) => requireInterop(context, 'redis-server'));

type Scenario = (server: TestServer, admin: RawClient) => Promise<unknown>;

/** Runs a scenario on both servers; what it returns must be equal. */
function both(scenario: Scenario): () => Promise<void> {
  return async () => {
    const outcomes = await Promise.all(
      servers.map(async (server) => {
        const admin = await server.connect();
        await admin.call('CLIENT', 'NO-EVICT', 'ON');
        await admin.call('FLUSHALL');
        await admin.call('CONFIG', 'SET', 'maxmemory-clients', LIMIT, 'maxmemory', 0);
        await admin.call('CONFIG', 'RESETSTAT');
        try {
          const outcome = await scenario(server, admin);
          return { outcome, evicted: await evicted(admin) };
        } finally {
          await admin.call('CONFIG', 'SET', 'maxmemory-clients', 0);
          admin.close();
        }
      }),
    );
    expect(outcomes[1]).toEqual(outcomes[0]);
  };
}

async function evicted(admin: RawClient): Promise<string> {
  return /evicted_clients:(\d+)/.exec(textOf(await admin.call('INFO', 'stats'))!)![1]!;
}

async function names(admin: RawClient): Promise<string[]> {
  const list = textOf(await admin.call('CLIENT', 'LIST'))!;
  return [...list.matchAll(/ name=(\S+) /g)].map((match) => match[1]!).toSorted();
}

async function named(server: TestServer, name: string): Promise<RawClient> {
  const client = await server.connect();
  await client.call('CLIENT', 'SETNAME', name);
  return client;
}

/** Sends a part of a long request, which the server has to keep. */
async function holdBytes(admin: RawClient, client: RawClient, name: string, size: number) {
  client.sendBytes(`*2\r\n$4\r\nECHO\r\n$${size + MB}\r\n`);
  client.sendBytes(Buffer.alloc(size, 'x'));
  const isHeld = async (): Promise<boolean> => {
    const list = textOf(await admin.call('CLIENT', 'LIST'))!;
    const line = list.split('\n').find((one) => one.includes(` name=${name} `));
    if (line === undefined) return true;
    return Number(/ tot-mem=(\d+)/.exec(line)![1]) >= size;
  };
  await expect.poll(isHeld, { interval: 5, timeout: 10_000 }).toBe(true);
}

it(
  'disconnects who sends a request that is too long, and nobody else',
  both(async (server, admin) => {
    const large = await named(server, 'large');
    const small = await named(server, 'small');
    void holdBytes(admin, large, 'large', 6 * MB).catch(() => {});
    await large.closed;
    expect(textOf(await small.call('PING'))).toBe('PONG');
    const left = await names(admin);
    small.close();
    return left;
  }),
);

it(
  'counts what MULTI has queued',
  both(async (server, admin) => {
    const client = await named(server, 'queues');
    client.send('MULTI');
    for (let i = 0; i < 8; i++) client.send('SET', 'a', 'x'.repeat(MB));
    await client.closed;
    return names(admin);
  }),
);

it(
  'counts replies that are not read',
  both(async (server, admin) => {
    await admin.call('SET', 'big', 'x'.repeat(MB));
    const client = await named(server, 'lazy');
    client.pause();
    client.sendBytes('GET big\r\n'.repeat(40));
    await expect.poll(() => evicted(admin), { interval: 5, timeout: 10_000 }).toBe('1');
    client.close();
    return names(admin);
  }),
);

it(
  'counts watched keys and subscriptions',
  both(async (server, admin) => {
    await admin.call('CONFIG', 'SET', 'maxmemory-clients', MB / 8);
    const watcher = await named(server, 'watcher');
    const reader = await named(server, 'reader');
    const many = Array.from({ length: 20_000 }, (_, i) => `name:${i}`);
    watcher.send('WATCH', ...many);
    await watcher.closed;
    reader.send('PSUBSCRIBE', ...many);
    await reader.closed;
    return names(admin);
  }),
);

it(
  'begins with the largest, and spares those who asked for it',
  both(async (server, admin) => {
    await admin.call('CONFIG', 'SET', 'maxmemory-clients', 100 * MB);
    const sizes = { a: 2 * MB, b: 8 * MB, c: 16 * MB, spared: 4 * MB };
    const clients = new Map<string, RawClient>();
    for (const [name, size] of Object.entries(sizes)) {
      const client = await named(server, name);
      clients.set(name, client);
      if (name === 'spared') await client.call('CLIENT', 'NO-EVICT', 'ON');
      await holdBytes(admin, client, name, size);
    }
    const before = await names(admin);
    await admin.call('CONFIG', 'SET', 'maxmemory-clients', 11 * MB);
    await Promise.all([clients.get('b')!.closed, clients.get('c')!.closed]);
    const after = await names(admin);
    for (const client of clients.values()) client.close();
    return { before, after };
  }),
);

it(
  'can be a part of maxmemory',
  both(async (server, admin) => {
    const client = await named(server, 'large');
    await admin.call('CONFIG', 'SET', 'maxmemory-clients', 0);
    await holdBytes(admin, client, 'large', 6 * MB);
    await admin.call('CONFIG', 'SET', 'maxmemory', 400 * MB, 'maxmemory-clients', '5%');
    expect(textOf(await admin.call('PING'))).toBe('PONG');
    const before = await names(admin);
    await admin.call('CONFIG', 'SET', 'maxmemory', 40 * MB);
    await client.closed;
    return { before, after: await names(admin) };
  }),
);
