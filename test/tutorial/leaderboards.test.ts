/** Leaderboards in sorted sets: ranks, neighbours, seasons, ties and boards of several games. */
import { describe, expect, it } from 'vitest';

import { useTutorial } from './tutorial-server.ts';

const tutorial = useTutorial();

async function addPlayers(board: string, count: number): Promise<void> {
  const pipeline = tutorial.redis.pipeline();
  for (let player = 1; player <= count; player++) pipeline.zadd(board, player * 10, `p${player}`);
  await pipeline.exec();
}

describe('a leaderboard', () => {
  it('takes scores and tells ranks, the best first', async () => {
    const { redis } = tutorial;
    expect(await redis.zadd('board', 3000, 'ada', 2500, 'bob', 4000, 'cy')).toBe(3);
    expect(await redis.zrevrank('board', 'cy')).toBe(0);
    expect(await redis.zrevrank('board', 'bob')).toBe(2);
    expect(await redis.zrevrank('board', 'nobody')).toBeNull();
    expect(await redis.zincrby('board', 2000, 'bob')).toBe('4500');
    expect(await redis.zrevrange('board', 0, 1, 'WITHSCORES')).toEqual([
      'bob',
      '4500',
      'cy',
      '4000',
    ]);
    expect(await redis.zmscore('board', 'ada', 'nobody')).toEqual(['3000', null]);
  });

  it('keeps the best score of each player', async () => {
    const { redis } = tutorial;
    await redis.zadd('board', 100, 'ada');
    expect(await redis.zadd('board', 'GT', 'CH', 90, 'ada')).toBe(0);
    expect(await redis.zadd('board', 'GT', 'CH', 120, 'ada')).toBe(1);
    expect(await redis.zscore('board', 'ada')).toBe('120');
    expect(await redis.zadd('board', 'NX', 999, 'ada', 50, 'bob')).toBe(1);
    expect(await redis.zrange('board', 0, '-1', 'WITHSCORES')).toEqual(['bob', '50', 'ada', '120']);
  });

  it('shows a player and the neighbours on either side', async () => {
    const { redis } = tutorial;
    await addPlayers('board', 1000);
    const rank = (await redis.zrevrank('board', 'p500'))!;
    const around = await redis.zrevrange('board', rank - 2, rank + 2);
    expect(around).toEqual(['p502', 'p501', 'p500', 'p499', 'p498']);
    expect(await redis.object('ENCODING', 'board')).toBe('skiplist');
  });

  it('pages through ties by name, so that nobody is shown twice', async () => {
    const { redis } = tutorial;
    await redis.zadd('board', ...['d', 'b', 'a', 'c', 'e'].flatMap((name) => [7, name]));
    const pages = [];
    for (let from = 0; from < 5; from += 2)
      pages.push(await redis.zrange('board', from, `${from + 1}`));
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await redis.zrangebylex('board', '(b', '[d')).toEqual(['c', 'd']);
    expect(await redis.zlexcount('board', '-', '+')).toBe(5);
  });

  it('counts and lists who reached a score', async () => {
    const { redis } = tutorial;
    await addPlayers('board', 200);
    expect(await redis.zcount('board', '(1900', '+inf')).toBe(10);
    const page = await redis.zrange('board', '+inf', '1900', 'BYSCORE', 'REV', 'LIMIT', 2, 3);
    expect(page).toEqual(['p198', 'p197', 'p196']);
  });

  it('lets players go, and trims all but the best hundred', async () => {
    const { redis } = tutorial;
    await addPlayers('board', 300);
    expect(await redis.zrem('board', 'p300', 'nobody')).toBe(1);
    expect(await redis.zremrangebyrank('board', 0, -101)).toBe(199);
    expect(await redis.zcard('board')).toBe(100);
    expect(await redis.zrange('board', 0, '0')).toEqual(['p200']);
    expect(await redis.zremrangebyscore('board', '-inf', '(2500')).toBe(50);
    expect(await redis.zpopmax('board')).toEqual(['p299', '2990']);
  });

  it('sums the days of a week, with weights, and those on all days', async () => {
    const { redis } = tutorial;
    await redis.zadd('day:1', 10, 'ada', 5, 'bob');
    await redis.zadd('day:2', 1, 'ada', 20, 'cy');
    expect(await redis.zunionstore('week', 2, 'day:1', 'day:2')).toBe(3);
    expect(await redis.zrevrange('week', 0, -1, 'WITHSCORES')).toEqual([
      'cy',
      '20',
      'ada',
      '11',
      'bob',
      '5',
    ]);
    expect(
      await redis.zinter(2, 'day:1', 'day:2', 'WEIGHTS', 1, 2, 'AGGREGATE', 'MAX', 'WITHSCORES'),
    ).toEqual(['ada', '10']);
    expect(await redis.zdiff(2, 'day:1', 'day:2')).toEqual(['bob']);
  });

  it('is right after many changed their scores at once', async () => {
    const { redis } = tutorial;
    const writers = 4;
    const scores = new Map<string, number>();
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const client = tutorial.connect();
        for (let turn = 0; turn < 250; turn++) {
          // Players of this writer only, so that the last score of each is known.
          const player = `p${((turn * 7919) % 125) * writers + writer}`;
          const score = (turn * 31 + writer * 17) % 97;
          scores.set(player, score);
          await client.zadd('board', score, player);
        }
      }),
    );
    const expected = [...scores].toSorted(([one, its], [other, others]) =>
      its === others ? (one < other ? -1 : 1) : its - others,
    );
    const board = await redis.zrange('board', 0, '-1', 'WITHSCORES');
    expect(board).toEqual(expected.flatMap(([player, score]) => [player, String(score)]));
    for (let rank = 0; rank < expected.length; rank += 50) {
      expect(await redis.zrank('board', expected[rank]![0])).toBe(rank);
    }
  });
});
