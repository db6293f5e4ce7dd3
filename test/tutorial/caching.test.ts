/** Caching with time limits, sessions in hashes, counters. */
import { describe, expect, it } from 'vitest';

import { useTutorial } from './tutorial-server.ts';

const tutorial = useTutorial();

describe('caching', () => {
  /** Looks in the cache first, and asks the database only when there is nothing. */
  function productStore(): { read: (id: number) => Promise<string>; queries: () => number } {
    let queries = 0;
    const read = async (id: number): Promise<string> => {
      const key = `product:${id}`;
      const cached = await tutorial.redis.get(key);
      if (cached !== null) return cached;
      queries++;
      const fresh = JSON.stringify({ id, name: `Product ${id}` });
      await tutorial.redis.set(key, fresh, 'EX', 300);
      return fresh;
    };
    return { read, queries: () => queries };
  }

  it('asks the database once while the entry lives', async () => {
    const store = productStore();
    const first = await store.read(7);
    expect(await store.read(7)).toBe(first);
    expect(store.queries()).toBe(1);
    const ttl = await tutorial.redis.ttl('product:7');
    expect(ttl).toBeGreaterThan(290);
    expect(ttl).toBeLessThanOrEqual(300);
  });

  it('asks again after the entry was invalidated', async () => {
    const store = productStore();
    await store.read(7);
    expect(await tutorial.redis.unlink('product:7')).toBe(1);
    await store.read(7);
    expect(store.queries()).toBe(2);
  });

  it('drops entries by themselves when their time is over', async () => {
    await tutorial.redis.set('page', '<html>', 'PX', 20);
    await tutorial.untilGone('page');
    expect(await tutorial.redis.get('page')).toBeNull();
    expect(await tutorial.redis.pttl('page')).toBe(-2);
    expect(await tutorial.redis.dbsize()).toBe(0);
  });

  it('prolongs, limits and keeps entries', async () => {
    const { redis } = tutorial;
    await redis.setex('page', 10, 'v1');
    expect(await redis.getex('page', 'EX', 1000)).toBe('v1');
    expect(await redis.ttl('page')).toBeGreaterThan(990);
    expect(await redis.set('page', 'v2', 'KEEPTTL')).toBe('OK');
    expect(await redis.ttl('page')).toBeGreaterThan(990);
    expect(await redis.expire('page', 10, 'GT')).toBe(0);
    expect(await redis.expire('page', 10, 'LT')).toBe(1);
    expect(await redis.persist('page')).toBe(1);
    expect(await redis.ttl('page')).toBe(-1);
    await redis.set('page', 'v3');
    expect(await redis.ttl('page')).toBe(-1);
    expect(await redis.getdel('page')).toBe('v3');
    expect(await redis.exists('page')).toBe(0);
  });

  it('reads and writes many entries in one round trip', async () => {
    const { redis } = tutorial;
    await redis.mset({ 'price:1': '10', 'price:2': '20' });
    expect(await redis.mget('price:1', 'price:2', 'price:3')).toEqual(['10', '20', null]);
    const pipeline = redis.pipeline();
    for (let id = 1; id <= 100; id++) pipeline.set(`item:${id}`, id, 'EX', 60);
    const replies = await pipeline.exec();
    expect(replies).toHaveLength(100);
    expect(replies!.every(([failure, reply]) => failure === null && reply === 'OK')).toBe(true);
    expect(await redis.msetnx({ 'item:100': 'other', 'item:101': 'new' })).toBe(0);
    expect(await redis.exists('item:101')).toBe(0);
  });

  it('lets one of many clients rebuild an expired entry', async () => {
    const contenders = Array.from({ length: 20 }, (_, index) =>
      tutorial.redis.set('rebuild:page', index, 'EX', 30, 'NX'),
    );
    const winners = (await Promise.all(contenders)).filter((reply) => reply === 'OK');
    expect(winners).toHaveLength(1);
    expect(await tutorial.redis.get('rebuild:page')).toBe('0');
  });

  it('invalidates all entries of a tag, which a set remembers', async () => {
    const { redis } = tutorial;
    for (const page of ['page:1', 'page:2', 'page:3']) {
      await redis.multi().set(page, 'html').sadd('tag:news', page).exec();
    }
    await redis.set('page:4', 'html');
    const tagged = await redis.smembers('tag:news');
    expect(await redis.unlink(...tagged, 'tag:news')).toBe(4);
    expect(await redis.keys('*')).toEqual(['page:4']);
  });

  it('visits every entry with SCAN while others write', async () => {
    const { redis } = tutorial;
    const wanted = Array.from({ length: 1_000 }, (_, index) => `cached:${index}`);
    await redis.mset(...wanted.flatMap((key) => [key, 'x']));
    const seen = new Set<string>();
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', 'cached:*', 'COUNT', 100);
      for (const key of keys) seen.add(key);
      await redis.set(`later:${next}`, 'x');
      cursor = next;
    } while (cursor !== '0');
    expect([...seen].toSorted()).toEqual(wanted.toSorted());
  });
});

describe('sessions in hashes', () => {
  it('are made, read, changed and ended', async () => {
    const { redis } = tutorial;
    const key = 'session:f81d4fae';
    const created = await redis
      .multi()
      .hset(key, { user: '42', theme: 'dark', visits: '0' })
      .expire(key, 1800)
      .exec();
    expect(created).toEqual([
      [null, 3],
      [null, 1],
    ]);
    expect(await redis.hgetall(key)).toEqual({ user: '42', theme: 'dark', visits: '0' });
    expect(await redis.hmget(key, 'user', 'language')).toEqual(['42', null]);
    expect(await redis.hincrby(key, 'visits', 1)).toBe(1);
    expect(await redis.hset(key, 'theme', 'light')).toBe(0);
    expect(await redis.hsetnx(key, 'theme', 'dark')).toBe(0);
    expect(await redis.hget(key, 'theme')).toBe('light');
    expect(await redis.hdel(key, 'theme')).toBe(1);
    expect(await redis.hexists(key, 'theme')).toBe(0);
    expect(await redis.hkeys(key)).toEqual(['user', 'visits']);
    expect(await redis.object('ENCODING', key)).toBe('listpack');
    expect(await redis.del(key)).toBe(1);
    expect(await redis.hgetall(key)).toEqual({});
  });

  it('are prolonged by every request, and changes keep their time', async () => {
    const { redis } = tutorial;
    await redis.hset('session:1', 'user', 'ada');
    await redis.expire('session:1', 100);
    await redis.hset('session:1', 'page', '/home');
    expect(await redis.ttl('session:1')).toBeLessThanOrEqual(100);
    expect(await redis.ttl('session:1')).toBeGreaterThan(0);
    await redis.expire('session:1', 1800);
    expect(await redis.ttl('session:1')).toBeGreaterThan(1790);
  });

  it('end by themselves, whole', async () => {
    const { redis } = tutorial;
    await redis.multi().hset('session:2', 'user', 'bob').pexpire('session:2', 15).exec();
    await tutorial.untilGone('session:2');
    expect(await redis.hget('session:2', 'user')).toBeNull();
    expect(await redis.hset('session:2', 'user', 'eve')).toBe(1);
    expect(await redis.ttl('session:2')).toBe(-1);
  });

  it('of one user are found through a set', async () => {
    const { redis } = tutorial;
    await redis.sadd('user:42:sessions', 'a', 'b');
    await redis.hset('session:a', 'device', 'phone');
    await redis.hset('session:b', 'device', 'laptop');
    const ids = await redis.smembers('user:42:sessions');
    const devices = await Promise.all(ids.map((id) => redis.hget(`session:${id}`, 'device')));
    expect(devices.toSorted()).toEqual(['laptop', 'phone']);
  });
});

describe('counters', () => {
  it('count up, down, by steps and in fractions', async () => {
    const { redis } = tutorial;
    expect(await redis.incr('views')).toBe(1);
    expect(await redis.incrby('views', 10)).toBe(11);
    expect(await redis.decr('views')).toBe(10);
    expect(await redis.decrby('views', 15)).toBe(-5);
    expect(await redis.incrbyfloat('balance', 10.5)).toBe('10.5');
    expect(await redis.incrbyfloat('balance', '-0.25')).toBe('10.25');
    expect(await redis.hincrby('views:by-page', '/home', 3)).toBe(3);
    expect(await redis.hincrbyfloat('stats', 'load', 0.5)).toBe('0.5');
  });

  it('lose nothing when many clients count at once', async () => {
    const clients = Array.from({ length: 8 }, () => tutorial.connect());
    const perClient = 250;
    const replies = await Promise.all(
      clients.flatMap((client) => Array.from({ length: perClient }, () => client.incr('hits'))),
    );
    expect(new Set(replies).size).toBe(clients.length * perClient);
    expect(await tutorial.redis.get('hits')).toBe(String(clients.length * perClient));
  });

  it('are read and reset in one step', async () => {
    const { redis } = tutorial;
    await redis.set('errors:today', 17);
    expect(await redis.getset('errors:today', 0)).toBe('17');
    expect(await redis.set('errors:today', 0, 'GET')).toBe('0');
    expect(await redis.getdel('errors:today')).toBe('0');
  });

  it('refuse what is no number, and to overflow', async () => {
    const { redis } = tutorial;
    await redis.set('name', 'Ada');
    await expect(redis.incr('name')).rejects.toThrow('not an integer or out of range');
    await redis.set('most', '9223372036854775807');
    await expect(redis.incr('most')).rejects.toThrow('would overflow');
    expect(await redis.get('most')).toBe('9223372036854775807');
  });
});
