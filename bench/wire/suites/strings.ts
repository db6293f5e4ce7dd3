/** The commands most clients send, over 100,000 keys, at several depths of pipelining. */
import type { Suite } from '../suite.ts';
import { measureThroughput, type ThroughputTest } from '../throughput.ts';

const KEYS = 100_000;

const LOADS = [
  { clients: 50, pipeline: 1, requests: 200_000 },
  { clients: 1000, pipeline: 1, requests: 200_000 },
  { clients: 50, pipeline: 16, requests: 2_000_000 },
  { clients: 50, pipeline: 64, requests: 4_000_000 },
];
/** MSET sets ten keys a request. */
const COMMANDS = [
  { test: 'set', share: 1 },
  { test: 'get', share: 1 },
  { test: 'incr', share: 1 },
  { test: 'mset', share: 0.25 },
];

const tests: readonly ThroughputTest[] = LOADS.flatMap((load) =>
  COMMANDS.map(({ test, share }) => ({
    title: test.toUpperCase(),
    test,
    clients: load.clients,
    pipeline: load.pipeline,
    requests: load.requests * share,
    keys: KEYS,
    fill: KEYS,
  })),
);

export const strings: Suite = {
  name: 'strings',
  about: 'SET, GET, INCR and MSET (10 keys) over 100,000 existing keys with values of 3 bytes.',
  run: async (options) => [
    await measureThroughput(
      { title: 'Throughput and CPU', note: 'redis-benchmark, one thread.' },
      tests,
      options,
    ),
  ],
};
