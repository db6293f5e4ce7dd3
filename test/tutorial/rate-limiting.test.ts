/** Rate limiting by fixed and sliding windows and by token buckets; the caller gives the time. */
import { describe, expect, it } from 'vitest';

import { useTutorial } from './tutorial-server.ts';

const tutorial = useTutorial();

describe('a fixed window', () => {
  const LIMIT = 5;

  /** One counter for each user and window; it goes when the window is over. */
  async function isAllowed(user: string, windowMs: number): Promise<boolean> {
    const key = `limit:${user}`;
    const replies = await tutorial.redis.multi().incr(key).pexpire(key, windowMs, 'NX').exec();
    return (replies![0]![1] as number) <= LIMIT;
  }

  it('lets as many requests pass as it should', async () => {
    const answers: boolean[] = [];
    for (let request = 0; request < LIMIT + 3; request++) {
      answers.push(await isAllowed('ada', 60_000));
    }
    expect(answers).toEqual([true, true, true, true, true, false, false, false]);
    expect(await isAllowed('bob', 60_000)).toBe(true);
    expect(await tutorial.redis.pttl('limit:ada')).toBeGreaterThan(50_000);
  });

  it('counts requests that come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => isAllowed('crowd', 60_000)));
    expect(answers.filter(Boolean)).toHaveLength(LIMIT);
  });

  it('begins anew when its time is over, however many requests came', async () => {
    for (let request = 0; request < LIMIT; request++) await isAllowed('eve', 40);
    await tutorial.untilGone('limit:eve');
    expect(await isAllowed('eve', 40)).toBe(true);
  });
});

const SLIDING_WINDOW = `
local key, now, window, limit, id = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
if redis.call('ZCARD', key) >= limit then
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return {0, tonumber(oldest[2]) + window - now}
end
redis.call('ZADD', key, now, id)
redis.call('PEXPIRE', key, window)
return {1, limit - redis.call('ZCARD', key)}
`;

const TOKEN_BUCKET = `
local rate, burst, now, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(burst, (tonumber(state[1]) or burst) + (now - (tonumber(state[2]) or now)) * rate)
local allowed = tokens >= wanted
if allowed then tokens = tokens - wanted end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate))
return {allowed and 1 or 0, tostring(tokens)}
`;

describe('a sliding window', () => {
  const WINDOW_MS = 60_000;
  const LIMIT = 3;

  it('keeps the times of requests in a sorted set', async () => {
    const { redis } = tutorial;
    const request = async (now: number, id: string): Promise<boolean> => {
      const key = 'window:ada';
      const replies = await redis
        .multi()
        .zremrangebyscore(key, 0, now - WINDOW_MS)
        .zadd(key, now, id)
        .zcard(key)
        .pexpire(key, WINDOW_MS)
        .exec();
      const isAllowed = (replies![2]![1] as number) <= LIMIT;
      if (!isAllowed) await redis.zrem(key, id);
      return isAllowed;
    };
    const start = 1_700_000_000_000;
    expect(await request(start, 'a')).toBe(true);
    expect(await request(start + 20_000, 'b')).toBe(true);
    expect(await request(start + 40_000, 'c')).toBe(true);
    expect(await request(start + 59_999, 'd')).toBe(false);
    expect(await request(start + 60_000, 'e')).toBe(true);
    expect(await request(start + 60_001, 'f')).toBe(false);
    expect(await request(start + 80_000, 'g')).toBe(true);
    expect(await redis.zrange('window:ada', '0', '-1')).toEqual(['c', 'e', 'g']);
  });

  it('is one atomic step as a script, and says how long to wait', async () => {
    const { redis } = tutorial;
    const request = (now: number, id: string) =>
      redis.eval(SLIDING_WINDOW, 1, 'window:bob', now, WINDOW_MS, LIMIT, id);
    const start = 1_700_000_000_000;
    expect(await request(start, 'a')).toEqual([1, 2]);
    expect(await request(start + 10_000, 'b')).toEqual([1, 1]);
    expect(await request(start + 20_000, 'c')).toEqual([1, 0]);
    expect(await request(start + 30_000, 'd')).toEqual([0, 30_000]);
    expect(await request(start + 60_000, 'e')).toEqual([1, 0]);
    expect(await request(start + 60_000, 'f')).toEqual([0, 10_000]);
  });

  it('lets exactly the limit pass of requests from several clients', async () => {
    const clients = Array.from({ length: 5 }, () => tutorial.connect());
    const replies = await Promise.all(
      clients.flatMap((client, who) =>
        Array.from({ length: 10 }, (_, index) =>
          client.eval(SLIDING_WINDOW, 1, 'window:all', 1_000, WINDOW_MS, 7, `${who}-${index}`),
        ),
      ),
    );
    const allowed = replies.filter((reply) => (reply as number[])[0] === 1);
    expect(allowed).toHaveLength(7);
  });
});

describe('a token bucket', () => {
  it('allows a burst and then the rate', async () => {
    const { redis } = tutorial;
    redis.defineCommand('takeTokens', { numberOfKeys: 1, lua: TOKEN_BUCKET });
    const take = (
      redis as unknown as { takeTokens: (...args: (string | number)[]) => Promise<unknown> }
    ).takeTokens.bind(redis);
    const ratePerSecond = 2;
    const burst = 4;
    expect(await take('bucket', ratePerSecond, burst, 100, 4)).toEqual([1, '0']);
    expect(await take('bucket', ratePerSecond, burst, 100, 1)).toEqual([0, '0']);
    expect(await take('bucket', ratePerSecond, burst, 101, 1)).toEqual([1, '1']);
    expect(await take('bucket', ratePerSecond, burst, 200, 1)).toEqual([1, '3']);
    expect(await redis.ttl('bucket')).toBe(2);
  });
});
