/** Files: what they cost while serving, how fast they are written and read, and who waits for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { RawClient } from '../../../test/support/raw-client.ts';
import { textOf } from '../../../test/support/resp-value.ts';
import type { Directives, ServerProcess } from '../../../test/support/server-process.ts';
import { CONTENDERS, type Contender } from '../contenders.ts';
import { fillStrings } from '../fill.ts';
import { latencyDuring, type Latency } from '../latency.ts';
import { proportionalBytes } from '../memory.ts';
import { fillMixed } from '../mixed.ts';
import { runLoad } from '../redis-benchmark.ts';
import { median, ratio, type RunOptions, type Section, type Suite } from '../suite.ts';
import { measureThroughput, thousands, type ThroughputTest } from '../throughput.ts';

const KEYS = 5_000_000;
const QUICK_KEYS = 100_000;
const ROUNDS = 3;
const QUICK_ROUNDS = 1;
const POLL_MS = 20;
const IDLE_MS = 10_000;
const QUICK_IDLE_MS = 500;
/** Loading so many keys takes a while. */
const READY_TIMEOUT_MS = 300_000;
const FILES = { appendonly: 'yes', 'auto-aof-rewrite-percentage': '0' };

export const persistence: Suite = {
  name: 'persistence',
  about:
    'Snapshots and append-only files; `RESPD_BENCH_KEYS` sets the number of keys (five million).',
  run: async (options) => {
    const sections: Section[] = [];
    for (const part of [appending, filesOf, waiting, growing])
      if (options.only === undefined || options.only.test(part.name))
        sections.push(await part({ ...options, only: undefined }));
    return sections;
  },
};

/** Writes with an append-only file, under the policies that sync. */
async function appending(options: RunOptions): Promise<Section> {
  const set = { test: 'set', keys: 100_000, fill: 100_000 };
  const policies: Record<string, readonly ThroughputTest[]> = {
    everysec: [{ ...set, title: 'SET everysec', clients: 50, pipeline: 16, requests: 2_000_000 }],
    always: [1, 10, 50].map((clients) => ({
      ...set,
      title: 'SET always',
      clients,
      pipeline: 1,
      requests: 4_000 * (clients === 1 ? 1 : clients / 2),
    })),
  };
  const parts: Section[] = [];
  const section = {
    title: 'Writes with an append-only file',
    note: 'redis-benchmark, `appendonly yes`; `always` waits for the disk, so its figures are the disk’s.',
  };
  for (const [appendfsync, tests] of Object.entries(policies))
    parts.push(await measureThroughput(section, tests, options, { ...FILES, appendfsync }));
  return { ...parts[0]!, rows: parts.flatMap(({ rows }) => rows) };
}

type FileTimes = {
  readonly snapshot: number[];
  readonly rewrite: number[];
  readonly loadSnapshot: number[];
  readonly loadCommands: number[];
};

/** Saving and loading, from start to end. */
async function filesOf(options: RunOptions): Promise<Section> {
  const keys = keyCount(options);
  const times = CONTENDERS.map((): FileTimes => ({
    snapshot: [],
    rewrite: [],
    loadSnapshot: [],
    loadCommands: [],
  }));
  const rounds = options.rounds ?? (options.quick ? QUICK_ROUNDS : ROUNDS);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of CONTENDERS.entries()) {
      await measureFiles(contender, keys, times[index]!);
      options.log(`${contender.label}: ${JSON.stringify(times[index])}`);
    }
  }
  const [real, ours] = times as [FileTimes, FileTimes];
  const rows = (
    [
      ['BGSAVE', 'snapshot'],
      ['BGREWRITEAOF (commands)', 'rewrite'],
      ['loading the RDB file', 'loadSnapshot'],
      ['loading the AOF (commands)', 'loadCommands'],
    ] as const
  ).map(([title, name]) => {
    const [realRate, ourRate] = [real, ours].map((each) => keys / median(each[name]));
    return [title, thousands(realRate!), thousands(ourRate!), ratio(ourRate!, realRate!)];
  });
  return {
    title: `Saving and loading ${thousands(keys)} mixed keys`,
    note: 'Nobody else is served meanwhile. Loading is what the server itself says it took.',
    columns: ['work', 'redis keys/s', 'respd keys/s', 'ratio'],
    rows,
  };
}

async function measureFiles(contender: Contender, keys: number, times: FileTimes): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'respd-bench-'));
  const common: Directives = { dir: directory, 'aof-use-rdb-preamble': 'no' };
  try {
    let server = await contender.start(common);
    await withClient(server, async (client) => {
      await fillMixed(server.port, keys);
      times.snapshot.push(await secondsOf(client, ['BGSAVE']));
      times.rewrite.push(await secondsOf(client, ['BGREWRITEAOF']));
      // Its files become those that `appendonly yes` loads.
      await client.call('CONFIG', 'SET', 'appendonly', 'yes');
      await untilQuiet(client);
    });
    await server.stop('SIGKILL');
    for (const [appendonly, list] of [
      ['no', times.loadSnapshot],
      ['yes', times.loadCommands],
    ] as const) {
      server = await contender.start({ ...common, appendonly }, READY_TIMEOUT_MS);
      list.push(Number(/DB loaded from [^:]+: ([\d.]+) seconds/.exec(server.output)?.[1]));
      await server.stop('SIGKILL');
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Waits of one client while nothing, a snapshot, or a rewrite goes on. */
async function waiting(options: RunOptions): Promise<Section> {
  const keys = keyCount(options);
  const rows: string[][] = [];
  for (const { label, start } of CONTENDERS) {
    const server = await start(FILES);
    try {
      await fillMixed(server.port, keys);
      const idle = (): Promise<void> => delay(options.quick ? QUICK_IDLE_MS : IDLE_MS);
      const works = [
        ['idle', idle],
        ['BGSAVE', () => withClient(server, (client) => secondsOf(client, ['BGSAVE']))],
        ['BGREWRITEAOF', () => withClient(server, (client) => secondsOf(client, ['BGREWRITEAOF']))],
      ] as const;
      for (const [name, work] of works) {
        const latency = await latencyDuring(server.port, async () => void (await work()));
        rows.push([`${label}, ${name}`, thousands(latency.count), ...waits(latency)]);
        options.log(rows.at(-1)!.join('  '));
      }
    } finally {
      await server.stop('SIGKILL');
    }
  }
  return {
    title: `Waits beside ${thousands(keys)} mixed keys`,
    note: 'One client in a process of its own sends a command about every millisecond, `appendonly yes`.',
    columns: ['server', 'commands', 'p50 ms', 'p99 ms', 'p99.9 ms', 'longest ms'],
    rows,
  };
}

function waits(latency: Latency): string[] {
  return [latency.p50Ms, latency.p99Ms, latency.p999Ms, latency.maxMs].map((ms) => ms.toFixed(2));
}

/** Memory while a snapshot is written and every key is being overwritten. */
async function growing(options: RunOptions): Promise<Section> {
  const keys = keyCount(options);
  const figures: number[][] = [];
  for (const { label, start } of CONTENDERS) {
    const server = await start();
    try {
      await fillStrings({ port: server.port, count: keys });
      await overwrite(server, keys, keys / 10);
      const idle = proportionalBytes(server.pid);
      let most = 0;
      const saved = new AbortController();
      const load = async (): Promise<void> => {
        while (!saved.signal.aborted) await overwrite(server, keys, 200_000);
      };
      const watch = async (): Promise<void> => {
        for (; !saved.signal.aborted; await delay(POLL_MS))
          most = Math.max(most, proportionalBytes(server.pid));
      };
      const save = (): Promise<number> =>
        withClient(server, (client) => secondsOf(client, ['BGSAVE'])).finally(() => saved.abort());
      const [seconds] = await Promise.all([save(), load(), watch()]);
      figures.push([idle, most, seconds]);
      options.log(`${label}: ${figures.at(-1)!.join('  ')}`);
    } finally {
      await server.stop('SIGKILL');
    }
  }
  return {
    title: `Memory of a snapshot of ${thousands(keys)} strings under full write load`,
    note: 'Proportional memory (PSS) of the server and its children; 50 clients overwrite random keys, pipeline 16.',
    columns: ['server', 'idle MB', 'most while saving MB', 'ratio', 'seconds'],
    rows: figures.map(([idle, most, seconds], index) => [
      CONTENDERS[index]!.label,
      (idle! / 1e6).toFixed(0),
      (most! / 1e6).toFixed(0),
      ratio(most!, idle!),
      seconds!.toFixed(1),
    ]),
  };
}

async function overwrite(server: ServerProcess, keys: number, requests: number): Promise<void> {
  await runLoad(server.port, { test: 'set', requests, clients: 50, pipeline: 16, keys });
}

/** Seconds from a command that starts work in the background until that is done. */
async function secondsOf(client: RawClient, command: readonly string[]): Promise<number> {
  const before = performance.now();
  await client.call(...command);
  await untilQuiet(client);
  return (performance.now() - before) / 1000;
}

async function untilQuiet(client: RawClient): Promise<void> {
  const busy = /(?:rdb_bgsave_in_progress|aof_rewrite_in_progress|aof_rewrite_scheduled):1/;
  for (;;) {
    const info = textOf(await client.call('INFO', 'persistence')) ?? '';
    if (!busy.test(info)) return;
    await delay(POLL_MS);
  }
}

async function withClient<T>(
  server: ServerProcess,
  work: (client: RawClient) => Promise<T>,
): Promise<T> {
  const client = await server.connect({ timeoutMs: 120_000 });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

function keyCount(options: RunOptions): number {
  if (options.quick) return QUICK_KEYS;
  return Number(process.env['RESPD_BENCH_KEYS'] ?? KEYS);
}
