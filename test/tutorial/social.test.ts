/** Tags with set algebra, followers, shopping carts. */
import { describe, expect, it } from 'vitest';

import { useTutorial } from './tutorial-server.ts';

const tutorial = useTutorial();

describe('tags', () => {
  const ARTICLES: Readonly<Record<string, readonly string[]>> = {
    redis: ['1', '2', '3', '5'],
    typescript: ['2', '3', '4'],
    fast: ['3', '5', '6'],
  };

  async function tagAll(): Promise<void> {
    const pipeline = tutorial.redis.pipeline();
    for (const [tag, articles] of Object.entries(ARTICLES)) {
      pipeline.sadd(`tag:${tag}`, ...articles);
      for (const article of articles) pipeline.sadd(`article:${article}:tags`, tag);
    }
    await pipeline.exec();
  }

  it('find articles with all, any or not some of them', async () => {
    const { redis } = tutorial;
    await tagAll();
    const sorted = (members: string[]): string[] => members.toSorted();
    expect(sorted(await redis.sinter('tag:redis', 'tag:typescript'))).toEqual(['2', '3']);
    expect(await redis.sinter('tag:redis', 'tag:typescript', 'tag:fast')).toEqual(['3']);
    expect(sorted(await redis.sunion('tag:redis', 'tag:fast'))).toEqual(['1', '2', '3', '5', '6']);
    expect(sorted(await redis.sdiff('tag:redis', 'tag:typescript'))).toEqual(['1', '5']);
    expect(await redis.sinter('tag:redis', 'tag:unknown')).toEqual([]);
    expect(await redis.sintercard(2, 'tag:redis', 'tag:typescript')).toBe(2);
    expect(await redis.sintercard(2, 'tag:redis', 'tag:typescript', 'LIMIT', 1)).toBe(1);
  });

  it('are asked for, changed and counted', async () => {
    const { redis } = tutorial;
    await tagAll();
    expect(await redis.sismember('tag:fast', '5')).toBe(1);
    expect(await redis.smismember('tag:fast', '1', '3', '9')).toEqual([0, 1, 0]);
    expect(await redis.sadd('tag:fast', '5', '7')).toBe(1);
    expect(await redis.scard('tag:fast')).toBe(4);
    expect(await redis.srem('tag:fast', '7', '8')).toBe(1);
    expect(await redis.smove('tag:fast', 'tag:slow', '6')).toBe(1);
    expect(await redis.smembers('tag:slow')).toEqual(['6']);
    expect((await redis.smembers('article:3:tags')).toSorted()).toEqual([
      'fast',
      'redis',
      'typescript',
    ]);
  });

  it('keep the result of a query for a while', async () => {
    const { redis } = tutorial;
    await tagAll();
    const replies = await redis
      .multi()
      .sinterstore('query:1', 'tag:redis', 'tag:fast')
      .expire('query:1', 60)
      .exec();
    expect(replies!.map(([, reply]) => reply)).toEqual([2, 1]);
    expect(await redis.sort('query:1', 'DESC')).toEqual(['5', '3']);
    await redis.mset('article:3:title', 'Three', 'article:5:title', 'Five');
    const titles = await redis.call(
      ...(['SORT', 'query:1', 'BY', 'article:*:title', 'ALPHA'] as const),
      ...['GET', '#', 'GET', 'article:*:title'],
    );
    expect(titles).toEqual(['5', 'Five', '3', 'Three']);
  });
});

describe('followers', () => {
  async function follow(who: string, whom: string): Promise<void> {
    await tutorial.redis
      .multi()
      .sadd(`following:${who}`, whom)
      .sadd(`followers:${whom}`, who)
      .exec();
  }

  it('give friends, mutual acquaintances and suggestions', async () => {
    const { redis } = tutorial;
    const edges = ['ada bob', 'bob ada', 'ada eve', 'bob eve', 'bob dan', 'eve dan', 'dan ada'];
    for (const edge of edges) {
      const [who, whom] = edge.split(' ');
      await follow(who!, whom!);
    }
    expect(await redis.sinter('following:ada', 'followers:ada')).toEqual(['bob']);
    expect(await redis.sinter('following:ada', 'following:bob')).toEqual(['eve']);
    await redis.sunionstore('near:ada', 'following:bob', 'following:eve');
    await redis.srem('near:ada', 'ada');
    expect(await redis.sdiff('near:ada', 'following:ada')).toEqual(['dan']);
    expect(await redis.scard('followers:eve')).toBe(2);
    expect(await redis.sismember('following:eve', 'ada')).toBe(0);
  });

  it('by time of following are a sorted set', async () => {
    const { redis } = tutorial;
    await redis.zadd('fans:ada', 100, 'bob', 300, 'eve', 200, 'dan');
    expect(await redis.zadd('fans:ada', 'NX', 999, 'bob')).toBe(0);
    expect(await redis.zrevrange('fans:ada', 0, 1)).toEqual(['eve', 'dan']);
    expect(await redis.zcount('fans:ada', '(100', 300)).toBe(2);
    expect(await redis.zrange('fans:ada', '150', '+inf', 'BYSCORE')).toEqual(['dan', 'eve']);
  });

  it('are drawn by lot', async () => {
    const { redis } = tutorial;
    const everyone = ['ada', 'bob', 'dan', 'eve', 'kim'];
    await redis.sadd('raffle', ...everyone);
    const shown = await redis.srandmember('raffle', 3);
    expect(new Set(shown).size).toBe(3);
    expect(everyone).toEqual(expect.arrayContaining(shown));
    expect(await redis.scard('raffle')).toBe(5);
    const winners = [...(await redis.spop('raffle', 2)), await redis.spop('raffle')];
    const rest = await redis.smembers('raffle');
    expect([...winners, ...rest].toSorted()).toEqual(everyone);
  });
});

describe('shopping carts', () => {
  it('hold quantities in a hash', async () => {
    const { redis } = tutorial;
    const cart = 'cart:42';
    expect(await redis.hincrby(cart, 'sku:apple', 2)).toBe(2);
    expect(await redis.hincrby(cart, 'sku:pear', 1)).toBe(1);
    expect(await redis.hincrby(cart, 'sku:apple', 3)).toBe(5);
    expect(await redis.hlen(cart)).toBe(2);
    expect(await redis.hset(cart, 'sku:pear', 4)).toBe(0);
    expect(await redis.hgetall(cart)).toEqual({ 'sku:apple': '5', 'sku:pear': '4' });
    expect(await redis.hvals(cart)).toEqual(['5', '4']);
    expect(await redis.hdel(cart, 'sku:apple', 'sku:pear')).toBe(2);
    expect(await redis.exists(cart)).toBe(0);
  });

  it('of a guest become part of the cart of who logs in', async () => {
    const { redis } = tutorial;
    await redis.hset('cart:guest', { apple: 2, pear: 1 });
    await redis.hset('cart:42', { apple: 1, plum: 7 });
    const transaction = redis.multi();
    for (const [sku, count] of Object.entries(await redis.hgetall('cart:guest'))) {
      transaction.hincrby('cart:42', sku, Number(count));
    }
    await transaction.del('cart:guest').exec();
    expect(await redis.hgetall('cart:42')).toEqual({ apple: '3', plum: '7', pear: '1' });
    expect(await redis.exists('cart:guest')).toBe(0);
  });

  it('check out only what has not changed meanwhile', async () => {
    const { redis } = tutorial;
    const buyer = tutorial.connect();
    await redis.set('stock:apple', 3);
    const buy = async (count: number, meanwhile?: () => Promise<unknown>): Promise<boolean> => {
      await buyer.watch('stock:apple');
      const stock = Number(await buyer.get('stock:apple'));
      if (stock < count) {
        await buyer.unwatch();
        return false;
      }
      await meanwhile?.();
      const transaction = buyer.multi().decrby('stock:apple', count).rpush('orders', count);
      return (await transaction.exec()) !== null;
    };
    expect(await buy(2, () => redis.decr('stock:apple'))).toBe(false);
    expect(await redis.get('stock:apple')).toBe('2');
    expect(await buy(2)).toBe(true);
    expect(await buy(1)).toBe(false);
    expect(await redis.get('stock:apple')).toBe('0');
    expect(await redis.lrange('orders', 0, -1)).toEqual(['2']);
  });
});
