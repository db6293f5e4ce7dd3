/** Ten million keys: speed, memory, and how long anyone waits while they come in. */
import type { ServerProcess } from '../../../test/support/server-process.ts';
import { CONTENDERS, cpuMicroseconds, residentBytes } from '../contenders.ts';
import { fillStrings } from '../fill.ts';
import { latencyDuring, type Latency } from '../latency.ts';
import { runLoad } from '../redis-benchmark.ts';
import { median, ratio, type RunOptions, type Section, type Suite } from '../suite.ts';
import { THROUGHPUT_COLUMNS, thousands } from '../throughput.ts';

const KEYS = 10_000_000;
const QUICK_KEYS = 200_000;
const ROUNDS = 3;
const PIPELINE = 32;
const CLIENTS = 50;
const TTL_SECONDS = 1_000_000;
/** Few commands on their way, so that the prober waits for the server and not behind the load. */
const GROWTH_IN_FLIGHT = 512;

type Measured = { readonly rates: number[]; readonly costs: number[] };

export const scale: Suite = {
  name: 'scale',
  about:
    'Ten million keys `key:NNNNNNNNNNNN` with values of 3 bytes, a new server for every figure.',
  run: async (options) => {
    const parts = [throughput, memory, growth].filter(
      (part) => options.only === undefined || options.only.test(part.name),
    );
    const sections: Section[] = [];
    for (const part of parts) sections.push(await part(options));
    return sections;
  },
};

async function throughput(options: RunOptions): Promise<Section> {
  const keys = keyCount(options);
  const results = ['set', 'get'].map((test) => ({
    test,
    measured: CONTENDERS.map((): Measured => ({ rates: [], costs: [] })),
  }));
  const rounds = options.rounds ?? (options.quick ? 1 : ROUNDS);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of CONTENDERS.entries()) {
      await withServer(contender.start, async (server) => {
        for (const { test, measured } of results) {
          const load = { test, requests: keys, clients: CLIENTS, pipeline: PIPELINE, keys };
          const before = cpuMicroseconds(server.pid);
          const { requestsPerSecond } = await runLoad(server.port, load);
          const cost = (cpuMicroseconds(server.pid) - before) / keys;
          measured[index]!.rates.push(requestsPerSecond);
          measured[index]!.costs.push(cost);
          options.log(`${test} ${contender.label}: ${thousands(requestsPerSecond)} req/s`);
        }
      });
    }
  }
  return {
    title: `${thousands(keys)} random keys`,
    note: 'SETs into an empty server, then as many GETs (a key drawn at random may be missing).',
    columns: THROUGHPUT_COLUMNS,
    rows: results.map(({ test, measured }) => {
      const [realRate, ourRate] = measured.map(({ rates }) => median(rates));
      const [realCost, ourCost] = measured.map(({ costs }) => median(costs));
      return [
        test.toUpperCase(),
        String(CLIENTS),
        String(PIPELINE),
        thousands(realRate!),
        thousands(ourRate!),
        ratio(ourRate!, realRate!),
        realCost!.toFixed(2),
        ourCost!.toFixed(2),
        ratio(ourCost!, realCost!),
      ];
    }),
  };
}

async function memory(options: RunOptions): Promise<Section> {
  const keys = keyCount(options);
  const rows: string[][] = [];
  for (const ttlSeconds of [undefined, TTL_SECONDS]) {
    const resident: number[] = [];
    const perKey: number[] = [];
    for (const contender of CONTENDERS) {
      await withServer(contender.start, async (server) => {
        const empty = residentBytes(server.pid);
        const expiry = ttlSeconds === undefined ? {} : { ttlSeconds };
        await fillStrings({ port: server.port, count: keys, ...expiry });
        resident.push(residentBytes(server.pid));
        perKey.push((residentBytes(server.pid) - empty) / keys);
      });
    }
    rows.push([
      ttlSeconds === undefined ? 'without expiry' : 'with expiry',
      ...resident.map((bytes) => (bytes / 1e6).toFixed(0)),
      ratio(resident[1]!, resident[0]!),
      ...perKey.map((bytes) => bytes.toFixed(1)),
    ]);
    options.log(rows.at(-1)!.join('  '));
  }
  return {
    title: `Memory of ${thousands(keys)} distinct keys`,
    note: 'Resident memory of the whole process (VmRSS) when all keys are in.',
    columns: ['keys', 'redis MB', 'respd MB', 'ratio', 'redis B/key', 'respd B/key'],
    rows,
  };
}

async function growth(options: RunOptions): Promise<Section> {
  const count = keyCount(options);
  const latencies: Latency[] = [];
  for (const contender of CONTENDERS) {
    await withServer(contender.start, async (server) => {
      const fill = { port: server.port, count, inFlight: GROWTH_IN_FLIGHT };
      latencies.push(await latencyDuring(server.port, () => fillStrings(fill)));
    });
    options.log(`${contender.label}: ${JSON.stringify(latencies.at(-1))}`);
  }
  return {
    title: `Waits while growing from 0 to ${thousands(count)} keys`,
    note: `One client in a process of its own sends a command about every millisecond while another loads with ${GROWTH_IN_FLIGHT} commands on their way.`,
    columns: ['server', 'commands', 'p50 ms', 'p99 ms', 'p99.9 ms', 'longest ms'],
    rows: latencies.map((latency, index) =>
      [CONTENDERS[index]!.label, thousands(latency.count)].concat(
        [latency.p50Ms, latency.p99Ms, latency.p999Ms, latency.maxMs].map((ms) => ms.toFixed(2)),
      ),
    ),
  };
}

function keyCount(options: RunOptions): number {
  return options.quick ? QUICK_KEYS : KEYS;
}

async function withServer(
  start: () => Promise<ServerProcess>,
  use: (server: ServerProcess) => Promise<void>,
): Promise<void> {
  const server = await start();
  try {
    await use(server);
  } finally {
    await server.stop('SIGKILL');
  }
}
