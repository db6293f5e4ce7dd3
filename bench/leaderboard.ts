/**
 * `npm run bench:leaderboard`: ten million players in one sorted set, a hundred thousand new scores a
 * second, and how long readers wait meanwhile; the real server beside it.
 *
 * The load and the reader are processes of their own: this program starts itself again in those roles
 * (`leaderboard.js load …`, `leaderboard.js read …`).
 */
import { freemem } from 'node:os';
import { parseArgs } from 'node:util';

import { fillBoard } from './leaderboard/board.ts';
import { type LoadResult, runLoad } from './leaderboard/load.ts';
import { type ReadResult, runReader } from './leaderboard/read.ts';
import { startRole } from './leaderboard/role.ts';
import { CONTENDERS, residentBytes, runFirst } from './wire/contenders.ts';
import { describeMachine, renderSection, writeResults } from './wire/report.ts';
import { ratio, type Section } from './wire/suite.ts';
import { thousands, untilFreed } from './wire/throughput.ts';

const USAGE = `npm run bench:leaderboard -- [options]

  --players N   members of the sorted set (10000000)
  --updates N   scores changed a second (100000)
  --seconds N   how long (60)
  --only NAME   redis or respd alone
  --quick       a twentieth of the players for five seconds; bench/RESULTS.md is left alone
`;

const QUICK = { players: 500_000, seconds: 5 };
/** The real server needs about so much for a member; without that much to spare it is left out. */
const REAL_BYTES_PER_PLAYER = 125;
const SPARE_BYTES = 300e6;
const SETTLE_MS = 1_000;

/** What is asked of respd. Milliseconds are those of 99 in 100 readers. */
const RESIDENT_LIMIT_MB = 500;
const LIMITS_MS = { rank: 1, top: 5, neighbours: 5 } as const;

type Run = {
  readonly residentMb: number;
  readonly load: LoadResult;
  readonly reads: ReadResult;
};

type Options = {
  readonly players: number;
  readonly updates: number;
  readonly seconds: number;
};

const [role, ...rest] = process.argv.slice(2);
if (role === 'load') await runLoad(rest);
else if (role === 'read') await runReader(rest);
else process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      players: { type: 'string' },
      updates: { type: 'string', default: '100000' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options: Options = {
    players: Number(values.players ?? (values.quick ? QUICK.players : 10_000_000)),
    updates: Number(values.updates),
    seconds: Number(values.seconds ?? (values.quick ? QUICK.seconds : 60)),
  };
  const runs = new Map<string, Run>();
  for (const { label, start } of CONTENDERS) {
    if (values.only !== undefined && values.only !== label) continue;
    if (label === 'redis' && !isRoomForReal(options.players)) {
      process.stderr.write('  too little free memory for the real server: left out\n');
      continue;
    }
    const server = await start();
    try {
      runs.set(label, await measure(server, options));
    } finally {
      await server.stop('SIGKILL');
    }
    process.stderr.write(`  ${label}: ${JSON.stringify(runs.get(label))}\n`);
  }
  const section = tabulate(options, runs);
  process.stdout.write(`${renderSection(section)}`);
  if (!values.quick && values.only === undefined) await record(section);
  return 0;
}

function isRoomForReal(players: number): boolean {
  return freemem() > players * REAL_BYTES_PER_PLAYER + SPARE_BYTES;
}

async function measure(
  server: Awaited<ReturnType<(typeof CONTENDERS)[number]['start']>>,
  { players, updates, seconds }: Options,
): Promise<Run> {
  const { port, pid } = server;
  await fillBoard(port, players);
  await untilFreed(server);
  const residentMb = residentBytes(pid) / 1e6;
  runFirst(pid);
  const load = startRole('load', [port, players, updates, seconds]);
  await load.ready;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const reader = startRole('read', [port, players]);
  const loaded = (await load.result) as LoadResult;
  reader.finish();
  return { residentMb, load: loaded, reads: (await reader.result) as ReadResult };
}

function tabulate({ players, updates, seconds }: Options, runs: Map<string, Run>): Section {
  const rows: string[][] = [];
  const row = (name: string, limit: string, of: (run: Run) => number, digits: number): void => {
    const [real, ours] = ['redis', 'respd'].map((label) => {
      const run = runs.get(label);
      return run === undefined ? undefined : of(run);
    });
    const text = (figure: number | undefined): string =>
      figure === undefined ? '–' : digits === 0 ? thousands(figure) : figure.toFixed(digits);
    const isBoth = real !== undefined && ours !== undefined;
    rows.push([name, limit, text(real), text(ours), isBoth ? ratio(ours, real) : '–']);
  };
  row('resident MB', `${RESIDENT_LIMIT_MB}`, (run) => run.residentMb, 0);
  row('updates/s held', thousands(updates), (run) => run.load.updatesPerSecond, 0);
  row('longest backlog of updates', '', (run) => run.load.longestBacklog, 0);
  for (const [kind, name] of [
    ['rank', 'rank of one player'],
    ['top', 'top 100'],
    ['neighbours', '10 neighbours either side'],
  ] as const) {
    row(`${name}, p50 ms`, '', (run) => run.reads[kind].p50Ms, 2);
    row(`${name}, p99 ms`, String(LIMITS_MS[kind]), (run) => run.reads[kind].p99Ms, 2);
    row(`${name}, longest ms`, '', (run) => run.reads[kind].maxMs, 2);
  }
  return {
    title: `${thousands(players)} players, ${thousands(updates)} new scores a second`,
    note: `For ${seconds} seconds one process changes scores of random players at this rate while another asks, one question at a time: the rank of a player (ZREVRANK), the top 100 (ZREVRANGE), and the ten neighbours either side (ZREVRANK, then ZREVRANGE). Limits are for respd.`,
    columns: ['figure', 'limit', 'redis', 'respd', 'ratio'],
    rows,
  };
}

async function record(section: Section): Promise<void> {
  const suite = {
    name: 'leaderboard',
    about: 'One sorted set under load: `npm run bench:leaderboard`.',
  };
  writeResults(suite, [], await describeMachine(), [section]);
}
