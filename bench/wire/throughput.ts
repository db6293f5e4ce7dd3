/** Requests per second and CPU per request of both servers, in interleaved rounds. */
import { setTimeout as delay } from 'node:timers/promises';

import type { Directives, ServerProcess } from '../../test/support/server-process.ts';
import type { Argument } from '../../test/support/raw-client.ts';
import { CONTENDERS, cpuMicroseconds } from './contenders.ts';
import { fill, fillStrings, type Filling } from './fill.ts';
import { infoNumber } from './info.ts';
import { runLoad, Unsupported, type Load } from './redis-benchmark.ts';
import { median, ratio, type RunOptions, type Section } from './suite.ts';

export type ThroughputTest = Load & {
  readonly title: string;
  /** String keys that exist before the first round, named as redis-benchmark names them. */
  readonly fill?: number;
  /** What else is there when a load of so many requests begins. */
  readonly fillings?: (requests: number) => readonly Filling[];
  /** Whether everything is made anew for every round, because the load uses it up. */
  readonly isRefilled?: boolean;
  /** Commands sent once before the first round. */
  readonly prepare?: readonly (readonly Argument[])[];
  /** Starts what has to go on beside the load, such as subscribers; the result ends it. */
  readonly beside?: (server: ServerProcess) => Promise<() => Promise<void>>;
};

type Sample = { readonly requestsPerSecond: number; readonly cpuPerRequest: number };

const ROUNDS = 5;
const QUICK_ROUNDS = 1;
const QUICK_FRACTION = 20;
/** Fewer say nothing: processor time is counted in steps of 10 ms. */
const LEAST_REQUESTS = 300_000;
const WARM_UP_FRACTION = 5;
/** Code is compiled while it warms up; with fewer requests than these it is measured half-compiled. */
const LEAST_WARM_UP = 200_000;

const POLL_MS = 5;

export const THROUGHPUT_COLUMNS = [
  'test',
  'clients',
  'pipeline',
  'redis req/s',
  'respd req/s',
  'ratio',
  'redis CPU µs/req',
  'respd CPU µs/req',
  'CPU ratio',
] as const;

/** Runs the tests one after the other on servers that stay up, and tabulates medians. */
export async function measureThroughput(
  section: Pick<Section, 'title' | 'note'>,
  tests: readonly ThroughputTest[],
  options: RunOptions,
  directives: Directives = {},
): Promise<Section> {
  const rows: string[][] = [];
  const servers = await Promise.all(CONTENDERS.map((contender) => contender.start(directives)));
  try {
    for (const test of tests) {
      if (options.only !== undefined && !options.only.test(`${test.title} P${test.pipeline}`)) {
        continue;
      }
      const row = await measureTest(servers, test, options);
      options.log(row.join('  '));
      rows.push(row);
    }
  } finally {
    await Promise.all(
      servers.map((server) => {
        server.signal('SIGCONT');
        return server.stop('SIGKILL');
      }),
    );
  }
  return { ...section, columns: THROUGHPUT_COLUMNS, rows };
}

async function measureTest(
  servers: readonly ServerProcess[],
  test: ThroughputTest,
  options: RunOptions,
): Promise<string[]> {
  const least = Math.min(test.requests, LEAST_REQUESTS);
  const quick = Math.max(least, Math.ceil(test.requests / QUICK_FRACTION));
  const load = { ...test, requests: options.quick ? quick : test.requests };
  const leastWarmUp = Math.min(test.requests, LEAST_WARM_UP);
  const warmUpRequests = Math.max(leastWarmUp, Math.ceil(load.requests / WARM_UP_FRACTION));
  const warmUp = { ...load, requests: warmUpRequests };
  const rounds = options.rounds ?? (options.quick ? QUICK_ROUNDS : ROUNDS);
  const samples = servers.map((): Sample[] => []);
  const failures = servers.map(() => '');
  for (let round = -1; round < rounds; round++) {
    for (const [index, server] of servers.entries()) {
      if (failures[index] !== '') continue;
      // The server that waits is stopped, so that its cron takes nothing from the other.
      for (const other of servers) other.signal(other === server ? 'SIGCONT' : 'SIGSTOP');
      try {
        const turn = round < 0 ? warmUp : load;
        if (round < 0 || test.isRefilled === true) await prepare(server, turn);
        const sample = await measureOnce(server, turn);
        if (round >= 0) samples[index]!.push(sample);
      } catch (cause) {
        if (!(cause instanceof Unsupported)) throw cause;
        failures[index] = cause.message;
      }
    }
  }
  const labels = [test.title, String(test.clients), String(test.pipeline)];
  const failed = failures.findIndex((failure) => failure !== '');
  if (failed >= 0) {
    options.log(`${test.title}: ${CONTENDERS[failed]!.label} answered ${failures[failed]}`);
    return [...labels, '–', '–', '–', '–', '–', '–'];
  }
  return [...labels, ...figures(samples[0]!, samples[1]!)];
}

async function measureOnce(server: ServerProcess, load: ThroughputTest): Promise<Sample> {
  const endBeside = await load.beside?.(server);
  const before = cpuMicroseconds(server.pid);
  const { requestsPerSecond } = await runLoad(server.port, load);
  const cpu = cpuMicroseconds(server.pid) - before;
  await endBeside?.();
  return { requestsPerSecond, cpuPerRequest: cpu / load.requests };
}

async function prepare(server: ServerProcess, test: ThroughputTest): Promise<void> {
  const client = await server.connect({ timeoutMs: 60_000 });
  const replies = await client.pipeline([['FLUSHALL'], ...(test.prepare ?? [])]);
  client.close();
  const error = replies.find((reply) => reply.type === 'error');
  if (error?.type === 'error') throw new Unsupported(error.text);
  if (test.fill !== undefined) await fillStrings({ port: server.port, count: test.fill });
  for (const filling of test.fillings?.(test.requests) ?? []) {
    await fill({ ...filling, port: server.port });
  }
  await untilFreed(server);
}

/** What FLUSHALL left to be freed must not be freed at the expense of the measurement. */
export async function untilFreed(server: ServerProcess): Promise<void> {
  while ((await infoNumber(server, 'memory', 'lazyfree_pending_objects')) > 0) await delay(POLL_MS);
}

function figures(real: readonly Sample[], ours: readonly Sample[]): string[] {
  const rates = [real, ours].map((samples) => median(samples.map((s) => s.requestsPerSecond)));
  const costs = [real, ours].map((samples) => median(samples.map((s) => s.cpuPerRequest)));
  return [
    thousands(rates[0]!),
    thousands(rates[1]!),
    ratio(rates[1]!, rates[0]!),
    costs[0]!.toFixed(2),
    costs[1]!.toFixed(2),
    ratio(costs[1]!, costs[0]!),
  ];
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
