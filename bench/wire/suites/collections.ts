/** redis-benchmark's own tests of lists, hashes, sets and sorted sets. */
import type { Suite } from '../suite.ts';
import { measureThroughput, type ThroughputTest } from '../throughput.ts';

const KEYS = 100_000;

const TESTS = [
  ...['lpush', 'rpush', 'lpop', 'rpop', 'sadd', 'hset', 'spop', 'zadd', 'zpopmin'].map((test) => ({
    test,
    requests: 1_000_000,
  })),
  { test: 'lrange_100', requests: 100_000 },
  { test: 'lrange_600', requests: 20_000 },
];

const tests: readonly ThroughputTest[] = [1, 16].flatMap((pipeline) =>
  TESTS.map(({ test, requests }) => ({
    title: test.toUpperCase(),
    test,
    clients: 50,
    pipeline,
    requests: pipeline === 1 ? Math.min(requests, 200_000) : requests,
    keys: KEYS,
  })),
);

export const collections: Suite = {
  name: 'collections',
  about: "redis-benchmark's tests of lists, hashes, sets and sorted sets, 100,000 random members.",
  run: async (options) => [
    await measureThroughput(
      { title: 'Throughput and CPU', note: 'A dash: a server does not have the command.' },
      tests,
      options,
    ),
  ],
};
