/** Job queues in streams with consumer groups, and event logs. */
import type { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';

import { useTutorial } from './tutorial-server.ts';

const tutorial = useTutorial();

type Entry = [id: string, fields: string[]];
/** What XREAD and XREADGROUP reply: entries by stream, or nothing. */
type Read = [stream: string, entries: Entry[]][] | null;

const JOBS = 'jobs';
const GROUP = 'workers';

async function addJobs(count: number): Promise<string[]> {
  const pipeline = tutorial.redis.pipeline();
  for (let job = 0; job < count; job++) pipeline.xadd(JOBS, '*', 'task', `resize-${job}`);
  const replies = await pipeline.exec();
  return replies!.map(([, id]) => id as string);
}

/** The next new jobs for a worker. */
async function take(client: Redis, worker: string, count: number): Promise<Entry[]> {
  const reply = (await client.xreadgroup(
    'GROUP',
    GROUP,
    worker,
    'COUNT',
    count,
    'STREAMS',
    JOBS,
    '>',
  )) as Read;
  return reply?.[0]?.[1] ?? [];
}

/** Waits until the pending job was idle for so long: a crashed worker's time to be missed. */
async function untilIdle(id: string, milliseconds: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const [pending] = (await tutorial.redis.xpending(JOBS, GROUP, id, id, 1)) as [
        [string, string, number, number],
      ];
      expect(pending[2]).toBeGreaterThanOrEqual(milliseconds);
    },
    { interval: 2, timeout: 10_000 },
  );
}

describe('a job queue with a consumer group', () => {
  it('gives each job to one worker, and keeps it until it is acknowledged', async () => {
    const { redis } = tutorial;
    await redis.xgroup('CREATE', JOBS, GROUP, '$', 'MKSTREAM');
    const ids = await addJobs(4);
    const first = await take(redis, 'ada', 2);
    const second = await take(redis, 'bob', 10);
    expect([...first, ...second].map(([id]) => id)).toEqual(ids);
    expect(first[0]![1]).toEqual(['task', 'resize-0']);
    expect(await redis.xpending(JOBS, GROUP)).toEqual([
      4,
      ids[0],
      ids[3],
      [
        ['ada', '2'],
        ['bob', '2'],
      ],
    ]);
    expect(await redis.xack(JOBS, GROUP, ids[0]!, ids[1]!, '0-1')).toBe(2);
    expect(await redis.xack(JOBS, GROUP, ids[0]!)).toBe(0);
    expect(((await redis.xpending(JOBS, GROUP)) as unknown[])[0]).toBe(2);
    expect(await take(redis, 'ada', 10)).toEqual([]);
  });

  it('wakes a worker that waits for a job', async () => {
    const { redis } = tutorial;
    await redis.xgroup('CREATE', JOBS, GROUP, '$', 'MKSTREAM');
    const worker = tutorial.connect();
    const waiting = worker.xreadgroup(
      'GROUP',
      GROUP,
      'ada',
      'BLOCK',
      0,
      'STREAMS',
      JOBS,
      '>',
    ) as Promise<Read>;
    await tutorial.untilBlocked(1);
    const id = await redis.xadd(JOBS, '*', 'task', 'mail');
    expect(await waiting).toEqual([[JOBS, [[id, ['task', 'mail']]]]]);
  });

  it('shares five hundred jobs between workers, each done once', async () => {
    const { redis } = tutorial;
    await redis.xgroup('CREATE', JOBS, GROUP, '$', 'MKSTREAM');
    const ids = await addJobs(500);
    const done: string[] = [];
    const workers = ['ada', 'bob', 'cy', 'dee'].map(async (name) => {
      const client = tutorial.connect();
      for (;;) {
        const jobs = await take(client, name, 7);
        if (jobs.length === 0) return;
        for (const [id] of jobs) {
          done.push(id);
          await client.xack(JOBS, GROUP, id);
        }
      }
    });
    await Promise.all(workers);
    expect(done.toSorted()).toEqual(ids.toSorted());
    expect(((await redis.xpending(JOBS, GROUP)) as unknown[])[0]).toBe(0);
  });

  it('gives a restarted worker its own unfinished jobs again', async () => {
    const { redis } = tutorial;
    await redis.xgroup('CREATE', JOBS, GROUP, '$', 'MKSTREAM');
    const ids = await addJobs(3);
    const crashing = tutorial.connect();
    await take(crashing, 'ada', 3);
    await crashing.xack(JOBS, GROUP, ids[0]!);
    crashing.disconnect();
    const restarted = tutorial.connect();
    const unfinished = (await restarted.xreadgroup(
      'GROUP',
      GROUP,
      'ada',
      'STREAMS',
      JOBS,
      '0',
    )) as Read;
    expect(unfinished![0]![1].map(([id]) => id)).toEqual(ids.slice(1));
  });

  it('hands the jobs of a crashed worker to another with XCLAIM', async () => {
    const { redis } = tutorial;
    await redis.xgroup('CREATE', JOBS, GROUP, '$', 'MKSTREAM');
    const [id] = (await addJobs(1)) as [string];
    const crashing = tutorial.connect();
    await take(crashing, 'ada', 1);
    crashing.disconnect();
    await untilIdle(id, 20);
    // One that is still at it is left alone.
    expect(await redis.xclaim(JOBS, GROUP, 'bob', 3_600_000, id)).toEqual([]);
    expect(await redis.xclaim(JOBS, GROUP, 'bob', 20, id)).toEqual([[id, ['task', 'resize-0']]]);
    // Of two that want it, the second comes too late: claiming made it busy again.
    expect(await redis.xclaim(JOBS, GROUP, 'cy', 60_000, id)).toEqual([]);
    const [pending] = (await redis.xpending(JOBS, GROUP, '-', '+', 10)) as [
      [string, string, number, number],
    ];
    expect([pending[0], pending[1], pending[3]]).toEqual([id, 'bob', 2]);
    expect(await redis.xack(JOBS, GROUP, id)).toBe(1);
  });

  it('goes through everything that was abandoned with XAUTOCLAIM', async () => {
    const { redis } = tutorial;
    await redis.xgroup('CREATE', JOBS, GROUP, '$', 'MKSTREAM');
    const ids = await addJobs(25);
    await take(redis, 'ada', 25);
    await redis.xdel(JOBS, ids[3]!);
    await untilIdle(ids[24]!, 10);
    const claimed: string[] = [];
    const deleted: string[] = [];
    let cursor = '0-0';
    do {
      const [next, entries, gone] = (await redis.xautoclaim(
        JOBS,
        GROUP,
        'bob',
        10,
        cursor,
        'COUNT',
        10,
      )) as [string, Entry[], string[]];
      claimed.push(...entries.map(([id]) => id));
      deleted.push(...gone);
      cursor = next;
    } while (cursor !== '0-0');
    expect(deleted).toEqual([ids[3]]);
    expect(claimed).toEqual(ids.filter((id) => id !== ids[3]));
    expect(await redis.xpending(JOBS, GROUP)).toEqual([24, ids[0], ids[24], [['bob', '24']]]);
  });

  it('puts aside what failed too often', async () => {
    const { redis } = tutorial;
    await redis.xgroup('CREATE', JOBS, GROUP, '$', 'MKSTREAM');
    const [id] = (await addJobs(1)) as [string];
    await take(redis, 'ada', 1);
    for (let attempt = 2; attempt <= 3; attempt++) await redis.xclaim(JOBS, GROUP, 'ada', 0, id);
    const [[, , , deliveries]] = (await redis.xpending(JOBS, GROUP, id, id, 1)) as [
      [string, string, number, number],
    ];
    expect(deliveries).toBe(3);
    const [[, fields]] = (await redis.xrange(JOBS, id, id)) as [Entry];
    const results = await redis
      .multi()
      .xadd('jobs:failed', '*', ...fields, 'from', id)
      .xack(JOBS, GROUP, id)
      .xdel(JOBS, id)
      .exec();
    expect(results!.slice(1).map(([, reply]) => reply)).toEqual([1, 1]);
    expect(await redis.xlen('jobs:failed')).toBe(1);
    expect(await redis.xlen(JOBS)).toBe(0);
  });

  it('lets several groups read the same jobs, and tells about them', async () => {
    const { redis } = tutorial;
    const ids = await addJobs(3);
    await redis.xgroup('CREATE', JOBS, GROUP, '0');
    await redis.xgroup('CREATE', JOBS, 'auditors', ids[0]!);
    expect(await take(redis, 'ada', 10)).toHaveLength(3);
    const groups = (await redis.xinfo('GROUPS', JOBS)) as (string | number)[][];
    const named = groups.map((group) => [group[1], group[3], group[5]]);
    expect(named).toEqual([
      ['auditors', 0, 0],
      [GROUP, 1, 3],
    ]);
    await expect(redis.xgroup('CREATE', JOBS, GROUP, '0')).rejects.toThrow('BUSYGROUP');
    expect(await redis.xgroup('DELCONSUMER', JOBS, GROUP, 'ada')).toBe(3);
  });
});

describe('an event log', () => {
  it('is read from any point on, and trimmed', async () => {
    const { redis } = tutorial;
    for (let event = 1; event <= 200; event++) {
      await redis.xadd('events', `${event}-0`, 'temperature', event % 40);
    }
    expect(await redis.xrange('events', '(198-0', '+')).toEqual([
      ['199-0', ['temperature', '39']],
      ['200-0', ['temperature', '0']],
    ]);
    const newest = (await redis.xrevrange('events', '+', '-', 'COUNT', 1)) as [Entry];
    expect(newest[0][0]).toBe('200-0');
    expect(await redis.xtrim('events', 'MAXLEN', 50)).toBe(150);
    expect(await redis.xtrim('events', 'MINID', '191')).toBe(40);
    expect(await redis.xlen('events')).toBe(10);
    await expect(redis.xadd('events', '200-0', 'a', 'b')).rejects.toThrow('equal or smaller');
  });

  it('reaches every reader that waits', async () => {
    const readers = [tutorial.connect(), tutorial.connect()];
    const waiting = readers.map(
      (reader) => reader.xread('BLOCK', 0, 'STREAMS', 'events', '$') as Promise<Read>,
    );
    await tutorial.untilBlocked(2);
    const id = await tutorial.redis.xadd('events', '*', 'door', 'open');
    for (const reply of await Promise.all(waiting)) {
      expect(reply).toEqual([['events', [[id, ['door', 'open']]]]]);
    }
  });
});
