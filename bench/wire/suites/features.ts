/** What watching and limiting costs: the same commands with one feature after the other switched on. */
import type { ServerProcess } from '../../../test/support/server-process.ts';
import type { Suite } from '../suite.ts';
import { measureThroughput, type ThroughputTest } from '../throughput.ts';

const KEYS = 100_000;
/** Of the memory that all keys need: what the limit takes from them. */
const TAKEN_SHARE = 0.3;

/** Bytes, as INFO tells. */
type Memory = { readonly used: number; readonly dataset: number };
type Commands = readonly (readonly string[])[];

type Feature = {
  readonly title: string;
  readonly on: (memory: Memory) => Commands;
  readonly off: Commands;
  /** Of the load generator. */
  readonly options?: readonly string[];
};

const FEATURES: readonly Feature[] = [
  { title: 'nothing', on: () => [], off: [] },
  { title: 'tracking', on: () => [], off: [], options: ['--enable-tracking'] },
  {
    title: 'notifications',
    on: () => [['CONFIG', 'SET', 'notify-keyspace-events', 'KEA']],
    off: [['CONFIG', 'SET', 'notify-keyspace-events', '']],
  },
  {
    title: 'an ACL user',
    on: () => [['ACL', 'SETUSER', 'worker', 'on', '>secret', '~key:*', '+@all']],
    off: [['ACL', 'DELUSER', 'worker']],
    options: ['--user', 'worker', '-a', 'secret'],
  },
  {
    title: 'the latency monitor',
    on: () => [['CONFIG', 'SET', 'latency-monitor-threshold', '100']],
    off: [['CONFIG', 'SET', 'latency-monitor-threshold', '0']],
  },
  {
    title: 'eviction',
    on: ({ used, dataset }) => [
      ['CONFIG', 'SET', 'maxmemory', String(Math.floor(used - dataset * TAKEN_SHARE))],
      ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'],
    ],
    off: [['CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction']],
  },
];

const tests: readonly ThroughputTest[] = FEATURES.flatMap((feature) =>
  ['set', 'get'].map((test) => ({
    title: `${test.toUpperCase()} with ${feature.title}`,
    test,
    clients: 50,
    pipeline: 16,
    requests: 1_000_000,
    keys: KEYS,
    fill: KEYS,
    isRefilled: true,
    options: feature.options,
    beside: (server) => switchOn(server, feature),
  })),
);

/** Switches the feature on; the result switches it off again. */
async function switchOn(server: ServerProcess, { on, off }: Feature): Promise<() => Promise<void>> {
  const client = await server.connect();
  const info = await client.call('INFO', 'memory');
  const text = 'bytes' in info ? info.bytes.toString() : '';
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:(\\d+)\r$`, 'm').exec(text)?.[1]);
  const run = async (commands: Commands): Promise<void> => {
    for (const [name, ...args] of commands) {
      const reply = await client.call(name!, ...args);
      if (reply.type === 'error') throw new Error(`${name}: ${reply.text}`);
    }
  };
  await run(on({ used: field('used_memory'), dataset: field('used_memory_dataset') }));
  return async () => {
    await run(off);
    client.close();
  };
}

export const features: Suite = {
  name: 'features',
  about: 'SET and GET with tracking, notifications, ACL, latency monitor or eviction switched on.',
  run: async (options) => [
    await measureThroughput(
      { title: 'Features switched on', note: 'Values of 3 bytes, 100,000 keys.' },
      tests,
      options,
    ),
  ],
};
