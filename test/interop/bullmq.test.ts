/** BullMQ, whose every step is a Lua script: queues, delays, retries, schedules, flows, limits, stalls. */
import { setTimeout as delay } from 'node:timers/promises';

import {
  type ConnectionOptions,
  FlowProducer,
  type Job as AnyJob,
  Queue,
  QueueEvents,
  Worker,
} from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startRespd } from '../support/respd.ts';
import type { TestServer } from '../support/server-process.ts';

type Job = AnyJob<{ n: number }>;
type Closable = { close(): Promise<void> };

const WAIT_MS = 20_000;

describe('BullMQ', () => {
  const open: Closable[] = [];
  let server: TestServer;
  let connection: ConnectionOptions;

  beforeAll(async () => {
    server = await startRespd();
    connection = { host: server.host, port: server.port, maxRetriesPerRequest: null };
  });

  afterAll(async () => {
    for (const one of open.toReversed()) await one.close();
    await server?.stop();
  });

  function opened<T extends Closable>(one: T): T {
    open.push(one);
    return one;
  }

  async function until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`never: ${condition}`);
      await delay(20);
    }
  }

  it('runs jobs: many, delayed, retried, repeated, and in flows', async () => {
    const queue = opened(new Queue('jobs', { connection }));
    queue.setMaxListeners(100);
    const events = opened(new QueueEvents('jobs', { connection }));
    await events.waitUntilReady();
    let ticks = 0;
    const work = async (job: Job): Promise<number> => {
      if (job.name === 'flaky' && job.attemptsMade < 2) throw new Error('not yet');
      if (job.name === 'tick') ticks++;
      return job.data.n * 2;
    };
    opened(new Worker('jobs', work, { connection, concurrency: 5 }));
    const jobs = await queue.addBulk(
      Array.from({ length: 50 }, (_, n) => ({ name: 'plain', data: { n } })),
    );
    const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events, WAIT_MS)));
    expect(results).toEqual(jobs.map((_, n) => n * 2));
    const late = await queue.add('late', { n: 4 }, { delay: 100 });
    expect(await late.waitUntilFinished(events, WAIT_MS)).toBe(8);
    const backoff = { type: 'fixed', delay: 20 };
    const flaky = await queue.add('flaky', { n: 5 }, { attempts: 3, backoff });
    expect(await flaky.waitUntilFinished(events, WAIT_MS)).toBe(10);
    const template = { name: 'tick', data: { n: 1 } };
    await queue.upsertJobScheduler('often', { every: 50, limit: 3 }, template);
    await until(() => ticks === 3);
    const flows = opened(new FlowProducer({ connection }));
    const child = (n: number) => ({ name: 'child', queueName: 'jobs', data: { n } });
    const children = [child(1), child(2)];
    const { job } = await flows.add({ name: 'all', queueName: 'jobs', data: { n: 21 }, children });
    expect(await job.waitUntilFinished(events, WAIT_MS)).toBe(42);
    const values = Object.values(await job.getChildrenValues()) as number[];
    expect(values.toSorted((a, b) => a - b)).toEqual([2, 4]);
    expect(await queue.getJobCounts()).toMatchObject({ active: 0, failed: 0, waiting: 0 });
  });

  it('limits how many jobs run in a span of time', async () => {
    const queue = opened(new Queue('limited', { connection }));
    const times: number[] = [];
    const work = async (): Promise<void> => {
      times.push(performance.now());
    };
    opened(new Worker('limited', work, { connection, limiter: { max: 2, duration: 200 } }));
    await queue.addBulk(Array.from({ length: 6 }, (_, n) => ({ name: 'one', data: { n } })));
    await until(() => times.length === 6);
    expect(times[5]! - times[0]!).toBeGreaterThan(300);
  });

  it('gives the jobs of a worker that stalled to another', async () => {
    const queue = opened(new Queue('stalled', { connection }));
    await queue.add('once', { n: 1 });
    const options = { connection, lockDuration: 200, stalledInterval: 200 };
    const gone = opened(new Worker('stalled', null, options));
    const taken = await gone.getNextJob('token', { block: false });
    expect(taken?.name).toBe('once');
    let saved: string | undefined;
    const work = async (job: Job): Promise<void> => {
      saved = job.name;
    };
    opened(new Worker('stalled', work, options));
    await until(() => saved !== undefined);
    expect(saved).toBe('once');
  });
});
