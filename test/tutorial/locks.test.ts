/** Locks: SET NX with a token and a time limit, and Redlock over several servers. */
import { randomUUID } from 'node:crypto';

import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startRespd } from '../support/respd.ts';
import type { TestServer } from '../support/server-process.ts';
import { clientOf, useTutorial } from './tutorial-server.ts';

const tutorial = useTutorial();

/** Only who holds the lock may release it: compare and delete in one step. */
const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0`;

const EXTEND = `
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0`;

describe('a lock on one server', () => {
  async function acquire(client: Redis, name: string, ttlMs: number): Promise<string | null> {
    const token = randomUUID();
    return (await client.set(name, token, 'PX', ttlMs, 'NX')) === 'OK' ? token : null;
  }

  it('is held by one at a time', async () => {
    const clients = Array.from({ length: 10 }, () => tutorial.connect());
    const tokens = await Promise.all(clients.map((client) => acquire(client, 'lock', 60_000)));
    expect(tokens.filter((token) => token !== null)).toHaveLength(1);
    expect(await tutorial.redis.pttl('lock')).toBeGreaterThan(50_000);
  });

  it('is released and prolonged by its holder only', async () => {
    const { redis } = tutorial;
    const token = await acquire(redis, 'lock', 10_000);
    expect(await redis.eval(RELEASE, 1, 'lock', 'another token')).toBe(0);
    expect(await redis.eval(EXTEND, 1, 'lock', 'another token', 99_000)).toBe(0);
    expect(await redis.eval(EXTEND, 1, 'lock', token!, 99_000)).toBe(1);
    expect(await redis.pttl('lock')).toBeGreaterThan(90_000);
    expect(await redis.eval(RELEASE, 1, 'lock', token!)).toBe(1);
    expect(await redis.exists('lock')).toBe(0);
  });

  it('becomes free when its holder crashes, and the late holder does no harm', async () => {
    const { redis } = tutorial;
    const crashed = await acquire(redis, 'lock', 15);
    await tutorial.untilGone('lock');
    const next = await acquire(redis, 'lock', 60_000);
    expect(next).not.toBeNull();
    expect(await redis.eval(RELEASE, 1, 'lock', crashed!)).toBe(0);
    expect(await redis.get('lock')).toBe(next);
  });

  it('protects what is read, changed and written in several steps', async () => {
    const { redis } = tutorial;
    await redis.set('balance', 0);
    const workers = Array.from({ length: 5 }, async () => {
      const client = tutorial.connect();
      for (let turn = 0; turn < 10; turn++) {
        let token: string | null = null;
        while (token === null) token = await acquire(client, 'lock:balance', 60_000);
        const balance = Number(await client.get('balance'));
        await client.ping();
        await client.set('balance', balance + 1);
        await client.eval(RELEASE, 1, 'lock:balance', token);
      }
    });
    await Promise.all(workers);
    expect(await redis.get('balance')).toBe('50');
  });

  it('counts up a fencing number, by which storage refuses the late', async () => {
    const { redis } = tutorial;
    const numbers: number[] = [];
    for (let holder = 0; holder < 3; holder++) {
      const token = await acquire(redis, 'lock', 60_000);
      numbers.push(await redis.incr('lock:fence'));
      await redis.eval(RELEASE, 1, 'lock', token!);
    }
    expect(numbers).toEqual([1, 2, 3]);
  });
});

describe('Redlock over five servers', () => {
  const SERVERS = 5;
  const MAJORITY = 3;
  const TTL_MS = 60_000;
  const servers: TestServer[] = [];
  const clients: Redis[] = [];

  beforeAll(async () => {
    for (let index = 0; index < SERVERS; index++) servers.push(await startRespd());
    clients.push(...servers.map(clientOf));
    for (const client of clients) client.on('error', () => {});
  });

  afterAll(async () => {
    for (const client of clients) client.disconnect();
    for (const server of servers) await server.stop();
  });

  /** One vote of each server; one that is down has none. */
  async function votes(ask: (client: Redis) => Promise<unknown>): Promise<number> {
    const replies = await Promise.allSettled(clients.map(ask));
    return replies.filter(
      (reply) => reply.status === 'fulfilled' && (reply.value === 'OK' || reply.value === 1),
    ).length;
  }

  const release = (name: string, token: string): Promise<number> =>
    votes((client) => client.eval(RELEASE, 1, name, token));

  /** The lock's token when most servers gave it, else nothing is left of the attempt. */
  async function acquire(name: string): Promise<string | null> {
    const token = randomUUID();
    const startedAt = performance.now();
    const gained = await votes((client) => client.set(name, token, 'PX', TTL_MS, 'NX'));
    const validMs = TTL_MS - (performance.now() - startedAt);
    if (gained >= MAJORITY && validMs > 0) return token;
    await release(name, token);
    return null;
  }

  it('is held by one at a time, and released everywhere', async () => {
    const token = await acquire('resource');
    expect(token).not.toBeNull();
    expect(await acquire('resource')).toBeNull();
    expect(await release('resource', token!)).toBe(SERVERS);
    for (const client of clients) expect(await client.exists('resource')).toBe(0);
  });

  it('never has two holders, whoever else wants it', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, () => acquire('contended')));
    const holders = tokens.filter((token) => token !== null);
    expect(holders.length).toBeLessThanOrEqual(1);
    for (const token of holders) await release('contended', token);
    expect(await acquire('contended')).not.toBeNull();
  });

  it('is not given where a majority is taken', async () => {
    for (const client of clients.slice(0, MAJORITY)) await client.set('taken', 'by another');
    expect(await acquire('taken')).toBeNull();
    for (const client of clients.slice(MAJORITY)) expect(await client.exists('taken')).toBe(0);
  });

  it('works while a minority is down, and not without a majority', async () => {
    await servers.pop()!.stop();
    await servers.pop()!.stop();
    const token = await acquire('survivor');
    expect(token).not.toBeNull();
    expect(await release('survivor', token!)).toBe(MAJORITY);
    await servers.pop()!.stop();
    expect(await acquire('survivor')).toBeNull();
    expect(await clients[0]!.exists('survivor')).toBe(0);
  });
});
