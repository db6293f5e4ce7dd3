/** Work queues in lists, reliable ones too, delayed jobs, and feeds. */
import { describe, expect, it } from 'vitest';

import { useTutorial } from './tutorial-server.ts';

const tutorial = useTutorial();

describe('a queue of LPUSH and BRPOP', () => {
  it('hands out jobs in the order they came', async () => {
    const { redis } = tutorial;
    expect(await redis.lpush('jobs', 'first', 'second')).toBe(2);
    expect(await redis.lpush('jobs', 'third')).toBe(3);
    const taken: (string | undefined)[] = [];
    for (let job = 0; job < 3; job++) taken.push((await redis.brpop('jobs', 1))?.[1]);
    expect(taken).toEqual(['first', 'second', 'third']);
    expect(await redis.exists('jobs')).toBe(0);
  });

  it('wakes a worker that waits', async () => {
    const worker = tutorial.connect();
    const job = worker.brpop('jobs', 0);
    await tutorial.untilBlocked(1);
    expect(await tutorial.redis.lpush('jobs', 'resize-image')).toBe(1);
    expect(await job).toEqual(['jobs', 'resize-image']);
    expect(await tutorial.redis.llen('jobs')).toBe(0);
  });

  it('serves the worker first that has waited longest', async () => {
    const workers = [tutorial.connect(), tutorial.connect(), tutorial.connect()];
    const waiting: Promise<[string, string] | null>[] = [];
    for (const worker of workers) {
      waiting.push(worker.brpop('jobs', 0));
      await tutorial.untilBlocked(waiting.length);
    }
    await tutorial.redis.lpush('jobs', 'a', 'b', 'c');
    expect((await Promise.all(waiting)).map((reply) => reply![1])).toEqual(['a', 'b', 'c']);
  });

  it('takes from the more urgent queue first', async () => {
    const { redis } = tutorial;
    await redis.lpush('jobs:low', 'newsletter');
    await redis.lpush('jobs:high', 'password-reset');
    expect(await redis.brpop('jobs:high', 'jobs:low', 1)).toEqual(['jobs:high', 'password-reset']);
    expect(await redis.brpop('jobs:high', 'jobs:low', 1)).toEqual(['jobs:low', 'newsletter']);
  });

  it('gives nothing when the time to wait is over', async () => {
    expect(await tutorial.connect().brpop('jobs', 0.01)).toBeNull();
  });

  it('wakes a worker once, at the end of a transaction', async () => {
    const worker = tutorial.connect();
    const job = worker.brpop('jobs', 0);
    await tutorial.untilBlocked(1);
    const replies = await tutorial.redis.multi().lpush('jobs', 'a').lpush('jobs', 'b').exec();
    expect(replies!.map(([, length]) => length)).toEqual([1, 2]);
    expect(await job).toEqual(['jobs', 'a']);
    expect(await tutorial.redis.lrange('jobs', 0, -1)).toEqual(['b']);
  });

  it('shares a thousand jobs between workers, each done once', async () => {
    const jobs = Array.from({ length: 1_000 }, (_, index) => `job-${index}`);
    const done: string[] = [];
    const workers = Array.from({ length: 4 }, async () => {
      const client = tutorial.connect();
      for (;;) {
        const [, job] = (await client.brpop('jobs', 0))!;
        if (job === 'stop') return;
        done.push(job);
      }
    });
    for (let from = 0; from < jobs.length; from += 100) {
      await tutorial.redis.lpush('jobs', ...jobs.slice(from, from + 100));
    }
    await tutorial.redis.lpush('jobs', ...workers.map(() => 'stop'));
    await Promise.all(workers);
    expect(done.toSorted()).toEqual(jobs.toSorted());
  });
});

describe('a reliable queue', () => {
  it('keeps what a worker holds until it is done', async () => {
    const { redis } = tutorial;
    await redis.lpush('jobs', 'a', 'b');
    const job = await redis.lmove('jobs', 'working:1', 'RIGHT', 'LEFT');
    expect(job).toBe('a');
    expect(await redis.lrange('working:1', 0, -1)).toEqual(['a']);
    expect(await redis.lrem('working:1', 1, job!)).toBe(1);
    expect(await redis.exists('working:1')).toBe(0);
  });

  it('returns the jobs of a worker that died', async () => {
    const { redis } = tutorial;
    const worker = tutorial.connect();
    const waiting = worker.blmove('jobs', 'working:2', 'RIGHT', 'LEFT', 0);
    await tutorial.untilBlocked(1);
    await redis.lpush('jobs', 'a', 'b');
    expect(await waiting).toBe('a');
    worker.disconnect();
    expect(await redis.rpoplpush('working:2', 'jobs')).toBe('a');
    expect(await redis.lrange('jobs', 0, -1)).toEqual(['a', 'b']);
    expect(await redis.rpoplpush('working:2', 'jobs')).toBeNull();
  });
});

describe('delayed jobs', () => {
  it('wait in a sorted set by the time they are due', async () => {
    const { redis } = tutorial;
    await redis.zadd('delayed', 3_000, 'mail:c', 1_000, 'mail:a', 2_000, 'mail:b');
    const moveDue = async (now: number): Promise<string[]> => {
      const due = await redis.zrangebyscore('delayed', '-inf', now, 'LIMIT', 0, 10);
      const moved: string[] = [];
      for (const job of due) {
        // Whoever removes it owns it; another mover may have been quicker.
        if ((await redis.zrem('delayed', job)) === 1) {
          await redis.lpush('jobs', job);
          moved.push(job);
        }
      }
      return moved;
    };
    expect(await moveDue(999)).toEqual([]);
    expect(await moveDue(2_000)).toEqual(['mail:a', 'mail:b']);
    expect(await moveDue(2_000)).toEqual([]);
    expect(await redis.rpop('jobs', 2)).toEqual(['mail:a', 'mail:b']);
    expect(await redis.bzpopmin('delayed', 1)).toEqual(['delayed', 'mail:c', '3000']);
  });
});

describe('feeds', () => {
  it('keep the newest hundred entries, read by pages', async () => {
    const { redis } = tutorial;
    for (let post = 1; post <= 120; post++) {
      await redis.multi().lpush('feed:ada', `post:${post}`).ltrim('feed:ada', 0, 99).exec();
    }
    expect(await redis.llen('feed:ada')).toBe(100);
    expect(await redis.lrange('feed:ada', 0, 2)).toEqual(['post:120', 'post:119', 'post:118']);
    expect(await redis.lrange('feed:ada', 97, 200)).toEqual(['post:23', 'post:22', 'post:21']);
    expect(await redis.lindex('feed:ada', -1)).toBe('post:21');
    expect(await redis.lpos('feed:ada', 'post:119')).toBe(1);
  });

  it('of all followers get a new post', async () => {
    const { redis } = tutorial;
    await redis.sadd('followers:ada', 'bob', 'eve');
    const followers = await redis.smembers('followers:ada');
    const pipeline = redis.pipeline();
    for (const follower of followers) pipeline.lpush(`feed:${follower}`, 'ada: hello');
    await pipeline.exec();
    // Only feeds that exist already are worth filling.
    expect(await redis.lpushx('feed:nobody', 'ada: hello')).toBe(0);
    expect(await redis.lrange('feed:bob', 0, -1)).toEqual(['ada: hello']);
    expect(await redis.lrange('feed:eve', 0, -1)).toEqual(['ada: hello']);
    expect(await redis.exists('feed:nobody')).toBe(0);
  });

  it('as streams can be read from where one stopped', async () => {
    const { redis } = tutorial;
    for (let post = 1; post <= 5; post++) {
      await redis.xadd('timeline', 'MAXLEN', 4, `${post}-0`, 'text', `post ${post}`);
    }
    expect(await redis.xlen('timeline')).toBe(4);
    const page = await redis.xrevrange('timeline', '+', '-', 'COUNT', 2);
    expect(page.map(([id]) => id)).toEqual(['5-0', '4-0']);
    const rest = await redis.xrevrange('timeline', '(4-0', '-');
    expect(rest).toEqual([
      ['3-0', ['text', 'post 3']],
      ['2-0', ['text', 'post 2']],
    ]);
    const reader = tutorial.connect();
    const news = reader.xread('BLOCK', 0, 'STREAMS', 'timeline', '5-0');
    await tutorial.untilBlocked(1);
    await redis.xadd('timeline', '6-0', 'text', 'post 6');
    expect(await news).toEqual([['timeline', [['6-0', ['text', 'post 6']]]]]);
  });
});
