/** Visitors: unique ones in HyperLogLogs, daily active users in bitmaps. */
import { describe, expect, it } from 'vitest';

import { useTutorial } from './tutorial-server.ts';

const tutorial = useTutorial();

/** A HyperLogLog of 16,384 registers errs by 0.81 % in the mean; three times that is rare. */
const MOST_ERROR = 0.0081 * 3;
/** Registers of 6 bits, and a header. */
const DENSE_BYTES = 12_304;

async function visit(key: string, from: number, to: number): Promise<void> {
  const together = 2_000;
  for (let first = from; first < to; first += together) {
    const last = Math.min(to, first + together);
    const visitors = Array.from({ length: last - first }, (_, index) => `visitor:${first + index}`);
    await tutorial.redis.pfadd(key, ...visitors);
  }
}

describe('unique visitors in a HyperLogLog', () => {
  it('are a million, in twelve kilobytes', async () => {
    const { redis } = tutorial;
    const visitors = 1_000_000;
    await visit('visitors', 0, visitors);
    const estimate = await redis.pfcount('visitors');
    expect(Math.abs(estimate / visitors - 1)).toBeLessThan(MOST_ERROR);
    expect(await redis.strlen('visitors')).toBe(DENSE_BYTES);
    expect(await redis.pfadd('visitors', 'visitor:0', 'visitor:999999')).toBe(0);
    expect(await redis.pfcount('visitors')).toBe(estimate);
  });

  it('are exact in small numbers, in a few bytes', async () => {
    const { redis } = tutorial;
    expect(await redis.pfadd('page', 'ada', 'bob', 'ada')).toBe(1);
    expect(await redis.pfadd('page', 'bob')).toBe(0);
    expect(await redis.pfcount('page', 'nothing')).toBe(2);
    expect(await redis.strlen('page')).toBeLessThan(50);
  });

  it('of several days are counted together once', async () => {
    const { redis } = tutorial;
    await visit('day:1', 0, 6_000);
    await visit('day:2', 4_000, 10_000);
    const union = await redis.pfcount('day:1', 'day:2');
    expect(Math.abs(union / 10_000 - 1)).toBeLessThan(MOST_ERROR);
    expect(await redis.pfmerge('week', 'day:1', 'day:2')).toBe('OK');
    expect(await redis.pfcount('week')).toBe(union);
    await redis.set('text', 'no HyperLogLog');
    await expect(redis.pfadd('text', 'ada')).rejects.toThrow('WRONGTYPE');
  });
});

describe('daily active users in bitmaps', () => {
  const DAYS = ['active:mon', 'active:tue', 'active:wed'] as const;

  /** User `id` is active on Monday when even, on Tuesday when a multiple of 3, on Wednesday of 5. */
  async function recordDays(users: number): Promise<void> {
    const pipeline = tutorial.redis.pipeline();
    for (const [day, divisor] of [2, 3, 5].entries()) {
      for (let id = 0; id < users; id += divisor) pipeline.setbit(DAYS[day]!, id, 1);
    }
    await pipeline.exec();
  }

  it('are counted by day, in a bit for each user', async () => {
    const { redis } = tutorial;
    await recordDays(3_000);
    expect(await redis.bitcount(DAYS[0])).toBe(1_500);
    expect(await redis.bitcount(DAYS[1])).toBe(1_000);
    expect(await redis.strlen(DAYS[0])).toBe(375);
    expect(await redis.getbit(DAYS[1], 9)).toBe(1);
    expect(await redis.getbit(DAYS[1], 10)).toBe(0);
    expect(await redis.getbit(DAYS[1], 4_000_000)).toBe(0);
    expect(await redis.bitcount(DAYS[0], 0, 9, 'BIT')).toBe(5);
    expect(await redis.bitcount(DAYS[0], -1, -1)).toBe(4);
  });

  it('who came every day, on any day, and on one but not another', async () => {
    const { redis } = tutorial;
    await recordDays(3_000);
    await redis.bitop('AND', 'every', ...DAYS);
    expect(await redis.bitcount('every')).toBe(100);
    expect(await redis.bitpos('every', 1, 1)).toBe(30);
    await redis.bitop('OR', 'any', ...DAYS);
    const users = Array.from({ length: 3_000 }, (_, id) => id);
    const some = users.filter((id) => id % 2 === 0 || id % 3 === 0 || id % 5 === 0);
    expect(await redis.bitcount('any')).toBe(some.length);
    await redis.bitop('NOT', 'not-tue', DAYS[1]);
    await redis.bitop('AND', 'lost', DAYS[0], 'not-tue');
    const lost = users.filter((id) => id % 2 === 0 && id % 3 !== 0);
    expect(await redis.bitcount('lost')).toBe(lost.length);
  });

  it('keep small counters for each user in bit fields', async () => {
    const { redis } = tutorial;
    const add = (user: number, count: number): Promise<unknown> =>
      redis.call('BITFIELD', 'visits', 'OVERFLOW', 'SAT', 'INCRBY', 'u4', `#${user}`, count);
    expect(await add(3, 9)).toEqual([9]);
    expect(await add(3, 9)).toEqual([15]);
    expect(await add(2, 1)).toEqual([1]);
    expect(await redis.call('BITFIELD_RO', 'visits', 'GET', 'u4', '#3', 'GET', 'u4', '#0')).toEqual(
      [15, 0],
    );
    expect(await redis.strlen('visits')).toBe(2);
  });
});
