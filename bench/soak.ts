/**
 * Everything at once, for a long time: all types, expiry, eviction, scripts, messages, blocking,
 * snapshots, rewrites of the append-only file, and clients that come and go. Passes when no request
 * fails and memory is flat once it is warm.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { randomBelow, SeededRandom } from '../src/env/random.ts';
import type { RawClient } from '../test/support/raw-client.ts';
import { textOf, type RespValue } from '../test/support/resp-value.ts';
import { spawnRespd } from '../test/support/respd.ts';
import type { ServerProcess } from '../test/support/server-process.ts';
import { CHANNEL, drawBatch, PREPARATION } from './soak/requests.ts';

const WORKERS = 6;
const BATCH = 30;
const SUBSCRIBERS = 4;
/** Rows of the table. */
const SAMPLES = 30;
/** The first part of the time, in which memory may grow. */
const WARM_UP = 1 / 3;
/** What the last third may take more than the second. */
const MOST_GROWTH = 1.1;
const MB = 1024 * 1024;

const DIRECTIVES = {
  maxmemory: '32mb',
  'maxmemory-policy': 'allkeys-lru',
  appendonly: 'yes',
  'notify-keyspace-events': 'KEA',
  'latency-monitor-threshold': '1',
} as const;

type Sample = Readonly<Record<(typeof FIELDS)[number], number>>;
const FIELDS = [
  'used_memory',
  'used_memory_rss',
  'allocator_active',
  'mem_script_engine_heap',
  'connected_clients',
  'total_commands_processed',
  'expired_keys',
  'evicted_keys',
] as const;

/** Runs the trial; the exit code of the process. */
export async function soak(minutes: number): Promise<number> {
  const server = await spawnRespd({ directives: DIRECTIVES });
  const trial = new Trial(server);
  try {
    const samples = await trial.run(minutes * 60_000);
    const problems = [...trial.problems, ...(await trial.complaints()), ...growth(samples)];
    for (const problem of problems) process.stdout.write(`FAILED: ${problem}\n`);
    if (problems.length === 0) process.stdout.write('Memory is flat, and nothing failed.\n');
    return problems.length === 0 ? 0 : 1;
  } finally {
    await server.stop();
  }
}

class Trial {
  readonly problems: string[] = [];
  readonly #server: ServerProcess;
  #isOver = false;

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  async run(milliseconds: number): Promise<Sample[]> {
    const admin = await this.#server.connect();
    for (const request of PREPARATION) this.#check(await admin.call(...request));
    const loops = [
      ...Array.from({ length: WORKERS }, (_, seed) => this.#work(seed)),
      ...Array.from({ length: SUBSCRIBERS }, () => this.#subscribe()),
      this.#comeAndGo(),
      this.#wait(),
      this.#maintain(),
    ];
    const samples: Sample[] = [];
    process.stdout.write(
      '| minute | requests | used MB | in segments MB | resident MB | V8 MB | clients | expired | evicted |\n' +
        '|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n',
    );
    for (let i = 1; i <= SAMPLES && this.problems.length === 0; i++) {
      await delay(milliseconds / SAMPLES);
      const sample = await sampleOf(admin);
      samples.push(sample);
      process.stdout.write(`${rowOf((milliseconds * i) / SAMPLES, sample)}\n`);
    }
    this.#isOver = true;
    await Promise.all(loops);
    admin.close();
    return samples;
  }

  /** What the server itself says went wrong. */
  async complaints(): Promise<string[]> {
    const client = await this.#server.connect();
    const info = textOf(await client.call('INFO', 'everything'))!;
    client.close();
    const wanted = ['rdb_last_bgsave_status:ok', 'aof_last_bgrewrite_status:ok'];
    wanted.push('aof_last_write_status:ok', 'unexpected_error_replies:0');
    return wanted.filter((line) => !info.includes(`${line}\r\n`)).map((line) => `not ${line}`);
  }

  #check(reply: RespValue): void {
    const text = reply.type === 'error' ? reply.text : undefined;
    // The server may be at it already.
    if (text === undefined || /in progress|already/.test(text)) return;
    this.problems.push(text);
  }

  async #repeat(step: () => Promise<unknown>): Promise<void> {
    while (!this.#isOver && this.problems.length === 0)
      try {
        await step();
      } catch (error) {
        this.problems.push(String(error));
      }
  }

  async #work(seed: number): Promise<void> {
    const random = new SeededRandom(seed + 1);
    const client = await this.#server.connect({ protocol: seed % 2 === 0 ? 2 : 3 });
    await this.#repeat(async () => {
      for (const reply of await client.pipeline(drawBatch(random, BATCH))) this.#check(reply);
    });
    client.close();
  }

  async #subscribe(): Promise<void> {
    const client = await this.#server.connect();
    client.send('SUBSCRIBE', CHANNEL);
    client.send('PSUBSCRIBE', '__keyevent@*__:expired');
    await this.#repeat(async () => {
      if (client.unclaimed === 0) await delay(5);
      while (client.unclaimed > 0) await client.receive();
    });
    client.close();
  }

  /** Clients that stay for a moment, and leave in one way or another. */
  async #comeAndGo(): Promise<void> {
    const random = new SeededRandom(99);
    await this.#repeat(async () => {
      const client = await this.#server.connect();
      for (const reply of await client.pipeline(drawBatch(random, 3))) this.#check(reply);
      if (randomBelow(random, 2) === 0) client.send('WATCH', 'left');
      if (randomBelow(random, 2) === 0) client.send('SUBSCRIBE', `left:${random.next32()}`);
      if (randomBelow(random, 2) === 0) client.sendBytes('*2\r\n$3\r\nGE');
      client.close();
      await delay(2);
    });
  }

  /** A client that waits for values, and one that gives them. */
  async #wait(): Promise<void> {
    const [taker, giver] = [await this.#server.connect(), await this.#server.connect()];
    const loops = [
      this.#repeat(async () => this.#check(await taker.call('BLPOP', 'soak:queue', 0.05))),
      this.#repeat(async () => {
        this.#check(await giver.call('RPUSH', 'soak:queue', 'x'));
        await delay(20);
      }),
    ];
    await Promise.all(loops);
    taker.close();
    giver.close();
  }

  async #maintain(): Promise<void> {
    const client = await this.#server.connect();
    const tasks = [
      ['BGSAVE', 'SCHEDULE'],
      ['BGREWRITEAOF'],
      ['SCRIPT', 'FLUSH'],
      ['MEMORY', 'PURGE'],
    ];
    for (let i = 0; !this.#isOver && this.problems.length === 0; i++) {
      this.#check(await client.call(...tasks[i % tasks.length]!));
      for (let waited = 0; waited < 5000 && !this.#isOver; waited += 100) await delay(100);
    }
    client.close();
  }
}

async function sampleOf(client: RawClient): Promise<Sample> {
  const info = textOf(await client.call('INFO', 'everything'))!;
  const valueOf = (name: string): number =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? Number.NaN);
  return Object.fromEntries(FIELDS.map((name) => [name, valueOf(name)])) as Sample;
}

function rowOf(milliseconds: number, sample: Sample): string {
  const megabytes = (bytes: number): string => (bytes / MB).toFixed(1);
  const cells = [
    (milliseconds / 60_000).toFixed(1),
    sample.total_commands_processed,
    megabytes(sample.used_memory),
    megabytes(sample.allocator_active),
    megabytes(sample.used_memory_rss),
    megabytes(sample.mem_script_engine_heap),
    sample.connected_clients,
    sample.expired_keys,
    sample.evicted_keys,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Says what of the memory is not flat: the last third's mean against the second's. */
function growth(samples: readonly Sample[]): string[] {
  const warm = samples.slice(Math.ceil(samples.length * WARM_UP));
  const middle = Math.floor(warm.length / 2);
  const mean = (part: readonly Sample[], name: (typeof FIELDS)[number]): number =>
    part.reduce((sum, sample) => sum + sample[name], 0) / part.length;
  return (['used_memory', 'used_memory_rss'] as const).flatMap((name) => {
    const ratio = mean(warm.slice(middle), name) / mean(warm.slice(0, middle), name);
    return ratio <= MOST_GROWTH ? [] : [`${name} grew ${ratio.toFixed(2)}-fold after the warm-up`];
  });
}
