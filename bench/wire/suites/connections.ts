/** Many connections, and how soon a new server answers. */
import { RawClient } from '../../../test/support/raw-client.ts';
import type { ServerProcess } from '../../../test/support/server-process.ts';
import { CONTENDERS, cpuMicroseconds, residentBytes } from '../contenders.ts';
import { runLoad } from '../redis-benchmark.ts';
import { median, ratio, type RunOptions, type Section, type Suite } from '../suite.ts';
import { thousands } from '../throughput.ts';

const CONNECTIONS = 10_000;
const QUICK_CONNECTIONS = 500;
/** Connections opened at a time, within any server's backlog. */
const OPENED_TOGETHER = 200;
const REQUESTS = 300_000;
const STARTS = 9;

export const connections: Suite = {
  name: 'connections',
  about: 'Ten thousand connections, and the time from starting a server to its first reply.',
  run: async (options) => [await many(options), await starting(options)],
};

type Served = {
  readonly perConnectionKb: number;
  readonly rate: number;
  readonly cost: number;
};

async function many(options: RunOptions): Promise<Section> {
  const count = options.quick ? QUICK_CONNECTIONS : CONNECTIONS;
  const requests = options.quick ? REQUESTS / 20 : REQUESTS;
  const served: Served[] = [];
  for (const contender of CONTENDERS) {
    const server = await contender.start({ maxclients: count + 100 });
    try {
      const perConnectionKb = await openIdle(server, count);
      const before = cpuMicroseconds(server.pid);
      const load = { test: 'get', clients: count, pipeline: 1, requests };
      const { requestsPerSecond } = await runLoad(server.port, load);
      const cost = (cpuMicroseconds(server.pid) - before) / requests;
      served.push({ perConnectionKb, rate: requestsPerSecond, cost });
      options.log(`${contender.label}: ${JSON.stringify(served.at(-1))}`);
    } finally {
      await server.stop('SIGKILL');
    }
  }
  const [real, ours] = served as [Served, Served];
  return {
    title: `${thousands(count)} connections`,
    note: 'Memory of idle connections that sent one PING, then GET on all of them, no pipelining.',
    columns: ['figure', 'redis', 'respd', 'ratio'],
    rows: [
      ['KB per idle connection', real.perConnectionKb, ours.perConnectionKb] as const,
      ['GET requests/s', Math.round(real.rate), Math.round(ours.rate)] as const,
      ['GET CPU µs/request', real.cost, ours.cost] as const,
    ].map(([figure, redis, respd]) => [figure, short(redis), short(respd), ratio(respd, redis)]),
  };
}

/** Opens idle connections, has each of them answered once, and returns KB of memory for each. */
async function openIdle(server: ServerProcess, count: number): Promise<number> {
  const address = { host: server.host, port: server.port };
  const before = residentBytes(server.pid);
  const clients: RawClient[] = [];
  while (clients.length < count) {
    const together = Math.min(OPENED_TOGETHER, count - clients.length);
    const opened = Array.from({ length: together }, () => RawClient.connect(address));
    clients.push(...(await Promise.all(opened)));
  }
  await Promise.all(clients.map((client) => client.call('PING')));
  const grown = residentBytes(server.pid) - before;
  for (const client of clients) client.close();
  await Promise.all(clients.map((client) => client.closed));
  await untilAlone(server);
  return grown / 1024 / count;
}

/** The server notices closed connections in its own time; the next test needs their places. */
async function untilAlone(server: ServerProcess): Promise<void> {
  const client = await server.connect();
  for (;;) {
    const reply = await client.call('INFO', 'clients');
    const text = 'bytes' in reply ? reply.bytes.toString() : '';
    if (/^connected_clients:1\r$/m.test(text)) break;
    if (text === '') throw new Error('INFO clients gives no text');
  }
  client.close();
}

async function starting(options: RunOptions): Promise<Section> {
  const times = CONTENDERS.map((): number[] => []);
  const rounds = options.rounds ?? (options.quick ? 3 : STARTS);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of CONTENDERS.entries()) {
      const before = performance.now();
      const server = await contender.start();
      times[index]!.push(performance.now() - before);
      await server.stop('SIGKILL');
    }
  }
  const [real, ours] = times.map((list) => median(list));
  return {
    title: 'Start to first reply',
    note: 'From creating the process to the reply to an inline PING, asked for every 2 ms.',
    columns: ['figure', 'redis', 'respd', 'ratio'],
    rows: [['milliseconds', short(real!), short(ours!), ratio(ours!, real!)]],
  };
}

function short(value: number): string {
  return value >= 1000 ? thousands(value) : value.toFixed(2);
}
