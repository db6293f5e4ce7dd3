/** How good the choice of keys to evict is: hit rates of a cache on a trace that follows Zipf's law. */
import { setTimeout as delay } from 'node:timers/promises';

import type { RawClient } from '../../../test/support/raw-client.ts';
import type { ServerProcess } from '../../../test/support/server-process.ts';
import { CONTENDERS } from '../contenders.ts';
import { median, type RunOptions, type Section, type Suite } from '../suite.ts';
import { thousands } from '../throughput.ts';
import { ZipfTrace } from '../zipf.ts';

const KEYS = 60_000;
/** Keys that there is room for. */
const HELD = 12_000;
const VALUE_BYTES = 500;
const EXPONENT = 0.9;
/** The servers' clocks of use tick once a second, so how fast the trace runs is part of the measurement. */
const ACCESSES_PER_SECOND = 10_000;
const CHUNK_MS = 20;
const SECONDS = 30;
const QUICK_SECONDS = 4;
const ROUNDS = 1;
const POLICIES = ['allkeys-lru', 'allkeys-lfu'];
const TTL_SECONDS = 100_000;

/** How much both servers may hold. */
const LIMITS = ['the same maxmemory', 'the same number of keys'] as const;
type Limit = (typeof LIMITS)[number];

type Outcome = { readonly hitPercent: number; readonly keys: number };

export const eviction: Suite = {
  name: 'eviction',
  about: `A cache in front of ${thousands(KEYS)} keys with values of ${VALUE_BYTES} bytes and room for ${thousands(HELD)} of them.`,
  run: async (options) => [await hitRates(options)],
};

async function hitRates(options: RunOptions): Promise<Section> {
  const rows: string[][] = [];
  for (const policy of POLICIES) {
    for (const limit of LIMITS) {
      if (options.only !== undefined && !options.only.test(`${policy} ${limit}`)) continue;
      const [real, ours] = await measure(policy, limit, options);
      const difference = ours!.hitPercent - real!.hitPercent;
      rows.push([
        policy,
        limit,
        real!.hitPercent.toFixed(2),
        ours!.hitPercent.toFixed(2),
        `${difference < 0 ? '' : '+'}${difference.toFixed(2)}`,
        thousands(real!.keys),
        thousands(ours!.keys),
      ]);
      options.log(rows.at(-1)!.join('  '));
    }
  }
  return {
    title: 'Hit rates on a Zipf trace',
    note: `GET, and SET after a miss, of keys drawn with exponent ${EXPONENT}, ${thousands(ACCESSES_PER_SECOND)} a second, the same for both servers at the same time; the second half of the trace counts. The same maxmemory is what redis-server needs for ${thousands(HELD)} keys.`,
    columns: [
      'policy',
      'limit',
      'redis hits %',
      'respd hits %',
      'points',
      'redis keys',
      'respd keys',
    ],
    rows,
  };
}

/** Medians of each server over the rounds. */
async function measure(
  policy: string,
  limit: Limit,
  options: RunOptions,
): Promise<readonly Outcome[]> {
  const rounds = options.rounds ?? ROUNDS;
  const outcomes = CONTENDERS.map((): Outcome[] => []);
  for (let round = 0; round < rounds; round++) {
    const servers = await Promise.all(CONTENDERS.map((contender) => contender.start()));
    try {
      const needed: number[] = [];
      for (const server of servers) needed.push(await bytesNeeded(server));
      const seconds = options.quick ? QUICK_SECONDS : SECONDS;
      const results = await Promise.all(
        servers.map(async (server, index) => {
          const maxmemory = limit === 'the same maxmemory' ? needed[0]! : needed[index]!;
          return runTrace(server, policy, maxmemory, seconds, round + 1);
        }),
      );
      for (const [index, result] of results.entries()) outcomes[index]!.push(result);
    } finally {
      await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    }
  }
  return outcomes.map((list) => ({
    hitPercent: median(list.map(({ hitPercent }) => hitPercent)),
    keys: Math.round(median(list.map(({ keys }) => keys))),
  }));
}

function keyName(number: number): string {
  return `cached:${String(number).padStart(8, '0')}`;
}

const VALUE = 'x'.repeat(VALUE_BYTES);

/** What INFO says of memory when so many keys are in, with this connection. */
async function bytesNeeded(server: ServerProcess): Promise<number> {
  const client = await server.connect({ timeoutMs: 60_000 });
  const names = Array.from({ length: HELD }, (_, i) => keyName(i));
  for (let at = 0; at < HELD; at += 1000)
    await client.pipeline(
      names.slice(at, at + 1000).map((name) => ['SET', name, VALUE, 'EX', TTL_SECONDS]),
    );
  const used = await infoField(client, 'memory', 'used_memory');
  await client.call('FLUSHALL');
  client.close();
  return used;
}

async function infoField(client: RawClient, section: string, name: string): Promise<number> {
  const reply = await client.call('INFO', section);
  const text = 'bytes' in reply ? reply.bytes.toString() : '';
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1]);
}

async function runTrace(
  server: ServerProcess,
  policy: string,
  maxmemory: number,
  seconds: number,
  seed: number,
): Promise<Outcome> {
  const client = await server.connect({ timeoutMs: 60_000 });
  await client.call('CONFIG', 'SET', 'maxmemory-policy', policy, 'maxmemory', maxmemory);
  const trace = new ZipfTrace(KEYS, EXPONENT, seed);
  const perChunk = (ACCESSES_PER_SECOND * CHUNK_MS) / 1000;
  const chunks = (seconds * 1000) / CHUNK_MS;
  let hits = 0;
  let counted = 0;
  const began = performance.now();
  for (let chunk = 0; chunk < chunks; chunk++) {
    const names = Array.from({ length: perChunk }, () => keyName(trace.next()));
    const found = await client.pipeline(names.map((name) => ['GET', name]));
    const missed = names.filter((_, i) => found[i]!.type === 'null');
    await client.pipeline(missed.map((name) => ['SET', name, VALUE, 'EX', TTL_SECONDS]));
    if (chunk >= chunks / 2) {
      hits += perChunk - missed.length;
      counted += perChunk;
    }
    await delay(Math.max(0, began + (chunk + 1) * CHUNK_MS - performance.now()));
  }
  const size = await client.call('DBSIZE');
  client.close();
  const keys = size.type === 'integer' ? Number(size.value) : 0;
  return { hitPercent: (hits * 100) / counted, keys };
}
