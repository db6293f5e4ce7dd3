/**
 * Whole engines on a disk whose faults come from a seed: full disks, failing writes and syncs, kill -9
 * and power loss at any moment. What was acknowledged under `appendfsync always` is there afterwards,
 * and no file is ever unreadable.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../../src/env/random.ts';
import { DiskError } from '../../src/env/disk.ts';
import { SimulatedDisk } from '../../src/env/sim-disk.ts';
import { Persistence } from '../../src/persistence/persistence.ts';
import { SimulatedServer } from '../sim/simulated-server.ts';
import type { Argument } from '../support/raw-client.ts';

interface Life {
  isOver: boolean;
  /** Lets the time pass that a sync takes. */
  syncs?: () => Promise<void>;
}

/** The disk as one process sees it: once that is killed, nothing it still does has any effect. */
function attached<T extends object>(target: T, life: Life): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (life.isOver) {
          const error = new DiskError('EIO', 'the process was killed');
          if (
            ['write', 'read', 'sync', 'remove', 'replace', 'syncDirectory'].includes(String(name))
          )
            return Promise.reject(error);
          throw error;
        }
        if (name === 'sync' && life.syncs !== undefined)
          return life.syncs().then((): unknown => Reflect.apply(value, object, args));
        const result: unknown = Reflect.apply(value, object, args);
        return name === 'open' ? attached(result as object, life) : result;
      };
    },
  });
}

interface Instance {
  kill(): void;
  readonly server: SimulatedServer;
  readonly persistence: Persistence;
  /** Runs a command; whether its reply went out, and what it was. */
  run(...args: readonly Argument[]): Promise<string | undefined>;
  tick(): Promise<void>;
}

async function start(
  disk: SimulatedDisk,
  directives: Record<string, string>,
  syncMs = 0,
): Promise<Instance> {
  const server = new SimulatedServer({ directives: { dir: '/data', save: '', ...directives } });
  const life: Life = { isOver: false };
  const persistence = new Persistence({
    disk: attached(disk, life),
    processId: 1,
    nextTurn: () => turn(),
    delay: () => turn(),
    wakeAtTurnEnd: () => {},
  });
  persistence.attach(server.engine);
  await persistence.load();
  const client = server.connect();
  const now = (): number => server.clock.wallMilliseconds();
  if (syncMs > 0)
    life.syncs = async () => {
      for (const end = now() + syncMs; now() < end && !life.isOver;) await turn();
    };
  return {
    server,
    persistence,
    kill: () => void (life.isOver = true),
    async run(...args) {
      const reply = client.show(...args).replaceAll(/null\([^)]*\)/g, 'null');
      return persistence.beforeReplies() ? reply : undefined;
    },
    async tick() {
      server.advance(100);
      persistence.tick();
      await turn();
    },
  };
}

const ALWAYS = { appendonly: 'yes', appendfsync: 'always' };

describe('a disk that fails for a while', () => {
  it('makes writes errors and keeps reads going, until it works again', async () => {
    const disk = new SimulatedDisk();
    const first = await start(disk, { appendonly: 'yes' });
    expect(await first.run('SET', 'a', '1')).toBe('+OK');
    disk.space = 10;
    await first.run('SET', 'b', '2');
    expect(await first.run('SET', 'c', '3')).toMatch(
      /MISCONF Errors writing to the AOF file: No space/,
    );
    expect(await first.run('PING')).toMatch(/MISCONF/);
    expect(await first.run('GET', 'a')).toBe('"1"');
    disk.space = Infinity;
    for (let i = 0; i < 3; i++) await first.tick();
    expect(await first.run('SET', 'd', '4')).toBe('+OK');
    first.persistence.beforeReplies();
    const second = await start(disk, { appendonly: 'yes' });
    expect(await second.run('MGET', 'a', 'b', 'c', 'd')).toBe('*["1", "2", null, "4"]');
  });

  it('acknowledges nothing under `always` that is not durable', async () => {
    const disk = new SimulatedDisk();
    const first = await start(disk, ALWAYS);
    disk.faults = (operation) => (operation === 'sync' ? 'EIO' : undefined);
    expect(await first.run('SET', 'a', '1')).toBeUndefined();
    expect(await first.run('SET', 'b', '2')).toMatch(/MISCONF.*Input\/output error/);
    expect(await first.run('GET', 'a')).toBe('"1"');
    disk.faults = () => undefined;
    for (let i = 0; i < 20; i++) await first.tick();
    expect(await first.run('SET', 'c', '3')).toBe('+OK');
  });

  it('fails a snapshot, which makes writes errors, until one succeeds', async () => {
    const disk = new SimulatedDisk();
    const first = await start(disk, { save: '3600 1' });
    await first.run('SET', 'a', '1');
    disk.faults = (operation, path) =>
      operation === 'write' && path.includes('temp') ? 'ENOSPC' : undefined;
    expect(first.persistence.startSave(false)).toBe('started');
    for (let i = 0; i < 30; i++) await first.tick();
    expect(await first.run('SET', 'b', '2')).toMatch(/MISCONF Redis is configured to save RDB/);
    expect(disk.list('/data')).toEqual([]);
    disk.faults = () => undefined;
    expect(first.persistence.startSave(false)).toBe('started');
    for (let i = 0; i < 30; i++) await first.tick();
    expect(await first.run('SET', 'b', '2')).toBe('+OK');
    expect(disk.list('/data')).toEqual(['dump.rdb']);
  });
});

/** One life of a server: random writes, rewrites and snapshots, with a fault now and then. */
async function live(
  disk: SimulatedDisk,
  random: SeededRandom,
  expected: Map<string, string[]>,
  counted: { sure: number; most: number },
): Promise<void> {
  const chance = randomBelow(random, 3) === 0 ? 0.02 : 0;
  disk.faults = () => undefined;
  const instance = await start(disk, ALWAYS);
  disk.faults = () =>
    random.next32() / 2 ** 32 < chance ? (random.next32() % 2 === 0 ? 'EIO' : 'ENOSPC') : undefined;
  const steps = 5 + randomBelow(random, 60);
  for (let i = 0; i < steps; i++) {
    const key = `k${randomBelow(random, 6)}`;
    const value = `v${random.next32()}`;
    if (randomBelow(random, 12) === 0) instance.persistence.startRewrite();
    if (randomBelow(random, 6) === 0) await instance.tick();
    if (randomBelow(random, 4) === 0) {
      const answer = await instance.run('INCR', 'counter');
      if (answer === undefined) counted.most++;
      else if (answer.startsWith(':')) counted.sure = counted.most = Number(answer.slice(1));
    }
    const reply = await instance.run('SET', key, value);
    // Acknowledged: nothing older may come back. Unanswered: it may be there or not.
    if (reply === '+OK') expected.set(key, [value]);
    else if (reply === undefined) expected.set(key, [...(expected.get(key) ?? ['']), value]);
  }
  instance.kill();
}

describe('crashes', () => {
  const seeds = process.env['RESPD_SEED']?.split(',').map(Number);
  const count = Number(process.env['RESPD_CRASHES'] ?? 60);
  for (const kind of ['kill', 'power loss'] as const) {
    it(`${kind}: what was acknowledged is there, and every file can be read`, async () => {
      for (const seed of seeds ?? Array.from({ length: count }, (_, i) => i)) {
        const random = new SeededRandom(seed);
        const disk = new SimulatedDisk();
        const expected = new Map<string, string[]>();
        const counted = { sure: 0, most: 0 };
        for (let lives = 0; lives < 4; lives++) {
          await live(disk, random, expected, counted);
          if (kind === 'power loss') disk.losePower(random);
          disk.faults = () => undefined;
          const after = await start(disk, ALWAYS);
          for (const [key, values] of expected) {
            const found = (await after.run('GET', key)) ?? '';
            const text = found === 'null' ? '' : found.slice(1, -1);
            expect(values, `seed ${seed}, life ${lives}, ${key}`).toContain(text);
            expected.set(key, [text]);
          }
          after.kill();
        }
      }
    }, 120_000);
  }
});

describe('everysec', () => {
  const TICK_MS = 100;

  for (const syncMs of [0, 500])
    it(`loses a second at most, and what a sync takes (${syncMs} ms)`, async () => {
      const most = 1000 + 2 * TICK_MS + syncMs;
      for (let seed = 0; seed < Number(process.env['RESPD_CRASHES'] ?? 60); seed++) {
        const random = new SeededRandom(seed);
        const disk = new SimulatedDisk();
        const instance = await start(disk, { appendonly: 'yes' }, syncMs);
        const { clock } = instance.server;
        const history: { readonly at: number; readonly value: number }[] = [];
        for (let ticks = 10 + randomBelow(random, 80); ticks > 0; ticks--) {
          for (let writes = randomBelow(random, 3); writes > 0; writes--) {
            const reply = await instance.run('INCR', 'counter');
            history.push({ at: clock.wallMilliseconds(), value: Number(reply!.slice(1)) });
          }
          await instance.tick();
        }
        const crash = clock.wallMilliseconds();
        instance.kill();
        disk.losePower(random);
        const after = await start(disk, { appendonly: 'yes' });
        const found = Number((await after.run('GET', 'counter'))!.replaceAll(/\D/g, '') || 0);
        const sure = history.findLast(({ at }) => at <= crash - most)?.value ?? 0;
        expect(found, `seed ${seed}`).toBeGreaterThanOrEqual(sure);
        expect(found, `seed ${seed}`).toBeLessThanOrEqual(history.at(-1)?.value ?? 0);
        after.kill();
      }
    }, 120_000);
});
