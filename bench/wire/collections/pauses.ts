/** How long anyone waits while large structures grow, change their form, and go. */
import type { ServerProcess } from '../../../test/support/server-process.ts';
import { CONTENDERS, runFirst } from '../contenders.ts';
import { fill } from '../fill.ts';
import { ask } from '../info.ts';
import { type Latency, latencyDuring } from '../latency.ts';
import type { RunOptions, Section } from '../suite.ts';
import { thousands, untilFreed } from '../throughput.ts';

const ELEMENTS = 10_000_000;
const QUICK_ELEMENTS = 500_000;
/** Small collections that pass the limits of their compact form. */
const CONVERTED = 2_000;
const ELEMENTS_BEFORE = 128;
/** Few commands on their way, so that the prober waits for the server and not behind the load. */
const IN_FLIGHT = 256;
/** So many of these together take as long as each of them. */
const CONVERTING_IN_FLIGHT = 4;
const NUMBER = '############';

type Growing = { readonly name: string; readonly command: readonly string[] };

const GROWING: readonly Growing[] = [
  { name: 'set', command: ['SADD', 'big', `member:${NUMBER}`] },
  { name: 'hash', command: ['HSET', 'big', `field:${NUMBER}`, 'xxx'] },
  { name: 'sorted set', command: ['ZADD', 'big', NUMBER, `member:${NUMBER}`] },
  { name: 'list', command: ['RPUSH', 'big', `element:${NUMBER}`] },
  { name: 'stream', command: ['XADD', 'big', '@@@@@@@@@@@@-1', 'field', 'value'] },
];

type Measured = { readonly what: string; readonly latency: Latency };

export async function measurePauses(options: RunOptions): Promise<Section> {
  const results: Measured[][] = [];
  for (const contender of CONTENDERS) {
    const measured: Measured[] = [];
    const note = (what: string, latency: Latency): void => {
      measured.push({ what, latency });
      options.log(`${contender.label}, ${what}: ${JSON.stringify(latency)}`);
    };
    for (const growing of GROWING) {
      const server = await contender.start();
      runFirst(server.pid);
      try {
        await growAndFree(server, growing, options.quick ? QUICK_ELEMENTS : ELEMENTS, note);
      } finally {
        await server.stop('SIGKILL');
      }
    }
    const server = await contender.start();
    runFirst(server.pid);
    try {
      await convert(server, note);
    } finally {
      await server.stop('SIGKILL');
    }
    results.push(measured);
  }
  const [real, ours] = results as [Measured[], Measured[]];
  return {
    title: 'Waits while structures grow, convert and are freed',
    note: `One client in a process of its own sends a command about every millisecond meanwhile; loads have ${IN_FLIGHT} commands on their way.`,
    columns: [
      'what goes on',
      'redis p99 ms',
      'respd p99 ms',
      'redis p99.9 ms',
      'respd p99.9 ms',
      'redis longest ms',
      'respd longest ms',
    ],
    rows: real.map(({ what, latency }, index) => {
      const other = ours[index]!.latency;
      const figures = (['p99Ms', 'p999Ms', 'maxMs'] as const).flatMap((figure) => [
        latency[figure].toFixed(2),
        other[figure].toFixed(2),
      ]);
      return [what, ...figures];
    }),
  };
}

/** One structure grows, is unlinked, grows again and is flushed. */
async function growAndFree(
  server: ServerProcess,
  { name, command }: Growing,
  count: number,
  note: (what: string, latency: Latency) => void,
): Promise<void> {
  const { port } = server;
  const grow = (): Promise<void> => fill({ port, command, count, inFlight: IN_FLIGHT });
  const freed = async (...request: readonly string[]): Promise<void> => {
    await ask(server, ...request);
    await untilFreed(server);
  };
  const size = `${name} of ${thousands(count)}`;
  note(`${size} grows`, await latencyDuring(port, grow));
  note(`UNLINK of the ${size}`, await latencyDuring(port, () => freed('UNLINK', 'big')));
  await grow();
  note(`FLUSHALL ASYNC, ${size}`, await latencyDuring(port, () => freed('FLUSHALL', 'ASYNC')));
}

/** Many small collections pass the limits of their compact encodings. */
async function convert(
  server: ServerProcess,
  note: (what: string, latency: Latency) => void,
): Promise<void> {
  const { port } = server;
  const words = (of: (index: number) => readonly string[]): string[] =>
    Array.from({ length: ELEMENTS_BEFORE }, (_, index) => of(index)).flat();
  const kinds: readonly (readonly [string, string[], string[]])[] = [
    ['hashes', ['HSET', ...words((i) => [`f${i}`, 'v'])], ['HSET', 'last', 'v']],
    ['sets', ['SADD', ...words((i) => [String(i)])], ['SADD', 'last']],
    ['sorted sets', ['ZADD', ...words((i) => [String(i), `m${i}`])], ['ZADD', '0', 'last']],
  ];
  for (const [name, first, last] of kinds) {
    const request = ([command, ...rest]: readonly string[]): string[] => [
      command!,
      `${name}:${NUMBER}`,
      ...rest,
    ];
    const load = { port, count: CONVERTED, inFlight: CONVERTING_IN_FLIGHT };
    await fill({ ...load, command: request(first) });
    const converting = (): Promise<void> => fill({ ...load, command: request(last) });
    note(`${thousands(CONVERTED)} ${name} convert`, await latencyDuring(port, converting));
  }
}
