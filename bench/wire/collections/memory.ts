/** What collections of every kind weigh. */
import type { ServerProcess } from '../../../test/support/server-process.ts';
import { CONTENDERS, residentBytes } from '../contenders.ts';
import { fill, type Filling } from '../fill.ts';
import { askNumber, infoNumber } from '../info.ts';
import { ratio, type RunOptions, type Section } from '../suite.ts';
import { thousands, untilFreed } from '../throughput.ts';

const MILLION = 1_000_000;
const QUICK_FRACTION = 20;
const NUMBER = '############';

type Shape = {
  readonly name: string;
  readonly count: number;
  /** What there are so many of, for the bytes of each. */
  readonly filling: readonly string[];
};

const SHAPES: readonly Shape[] = [
  {
    name: 'hashes of 5 fields',
    count: MILLION,
    filling: ['HSET', `user:${NUMBER}`].concat(
      ...['name', 'mail', 'city', 'age', 'seen'].map((field) => [field, `${field}-${NUMBER}`]),
    ),
  },
  {
    name: 'lists of 10 elements',
    count: MILLION,
    filling: ['RPUSH', `list:${NUMBER}`, ...Array.from({ length: 10 }, (_, i) => `element-${i}`)],
  },
  {
    name: 'fields of one hash',
    count: MILLION,
    filling: ['HSET', 'hash', `field:${NUMBER}`, 'xxx'],
  },
  { name: 'members of one set', count: MILLION, filling: ['SADD', 'set', `member:${NUMBER}`] },
  {
    name: 'entries of one stream',
    count: MILLION,
    filling: ['XADD', 'stream', '@@@@@@@@@@@@-1', 'sensor', `${NUMBER}`, 'value', '21.5'],
  },
  {
    name: 'members of one sorted set',
    count: MILLION,
    filling: ['ZADD', 'sorted', NUMBER, `player:${NUMBER}`],
  },
  {
    name: 'members of one sorted set',
    count: 10 * MILLION,
    filling: ['ZADD', 'sorted', NUMBER, `player:${NUMBER}`],
  },
];

type Weight = { readonly resident: number; readonly used: number };

export async function measureMemory(options: RunOptions): Promise<Section> {
  const rows: string[][] = [];
  for (const shape of SHAPES) {
    const count = options.quick ? shape.count / QUICK_FRACTION : shape.count;
    const weights: Weight[] = [];
    for (const contender of CONTENDERS) {
      const server = await contender.start();
      try {
        weights.push(await weigh(server, { command: shape.filling, count }));
      } finally {
        await server.stop('SIGKILL');
      }
    }
    const [real, ours] = weights as [Weight, Weight];
    const each = (bytes: number): string => (bytes / count).toFixed(1);
    rows.push([
      `${thousands(count)} ${shape.name}`,
      (real.resident / 1e6).toFixed(0),
      (ours.resident / 1e6).toFixed(0),
      ratio(ours.resident, real.resident),
      each(real.resident),
      each(ours.resident),
      each(real.used),
      each(ours.used),
      ratio(ours.used, real.used),
    ]);
    options.log(rows.at(-1)!.join('  '));
  }
  return {
    title: 'Memory of collections',
    note: 'Growth of resident memory (VmRSS) and of used_memory over the empty server, and bytes for each.',
    columns: [
      'what',
      'redis MB',
      'respd MB',
      'ratio',
      'redis B each',
      'respd B each',
      'redis used B',
      'respd used B',
      'used ratio',
    ],
    rows,
  };
}

/** What a filling adds to an empty server. */
async function weigh(server: ServerProcess, filling: Filling): Promise<Weight> {
  const measure = async (): Promise<Weight> => ({
    used: await infoNumber(server, 'memory', 'used_memory'),
    resident: residentBytes(server.pid),
  });
  const empty = await measure();
  await fill({ ...filling, port: server.port });
  await untilFreed(server);
  const full = await measure();
  return { resident: full.resident - empty.resident, used: full.used - empty.used };
}

/** A million visitors counted by a HyperLogLog, and by a set beside it. */
export async function measureVisitors(options: RunOptions): Promise<Section> {
  const count = options.quick ? MILLION / QUICK_FRACTION : MILLION;
  const rows: string[][] = [];
  for (const contender of CONTENDERS) {
    const server = await contender.start();
    try {
      const { port } = server;
      await fill({ port, count, command: ['PFADD', 'visitors', `visitor:${NUMBER}`] });
      await fill({ port, count, command: ['SADD', 'everyone', `visitor:${NUMBER}`] });
      const estimate = await askNumber(server, 'PFCOUNT', 'visitors');
      const exact = await askNumber(server, 'SCARD', 'everyone');
      const bytes = await askNumber(server, 'MEMORY', 'USAGE', 'visitors');
      const setBytes = await askNumber(server, 'MEMORY', 'USAGE', 'everyone', 'SAMPLES', '0');
      const error = ((estimate - exact) / exact) * 100;
      rows.push([
        contender.label,
        thousands(exact),
        thousands(estimate),
        `${error.toFixed(2)} %`,
        thousands(bytes),
        thousands(setBytes),
        `${thousands(setBytes / bytes)}x`,
      ]);
      options.log(rows.at(-1)!.join('  '));
    } finally {
      await server.stop('SIGKILL');
    }
  }
  return {
    title: 'Unique visitors',
    note: 'A HyperLogLog that has seen them all, and a set with the same visitors; bytes as MEMORY USAGE tells.',
    columns: ['server', 'visitors', 'PFCOUNT', 'error', 'HLL bytes', 'set bytes', 'set / HLL'],
    rows,
  };
}
