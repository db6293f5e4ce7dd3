/**
 * Files that were changed at random are refused with a reason or loaded, and what was loaded can be
 * read: never a crash, a hang, or memory beyond a bound; and nothing of it stays behind.
 *
 * Ten thousand and more with RESPD_MUTATIONS=10000; RESPD_SEED picks another sequence.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../../src/env/random.ts';
import { SimulatedDisk } from '../../src/env/sim-disk.ts';
import { Persistence } from '../../src/persistence/persistence.ts';
import { SAMPLE_KINDS, sampleCommands } from '../support/sample-values.ts';
import { itemsOf } from '../support/resp-value.ts';
import { type SimulatedClient, SimulatedServer } from '../sim/simulated-server.ts';

const COUNT = Number(process.env['RESPD_MUTATIONS'] ?? 500);
const SEED = Number(process.env['RESPD_SEED'] ?? 1);
/** A file may ask for what it could hold at best: LZF makes 264 bytes of one. */
const MOST_MEMORY = 256 * 1024 * 1024;
/** No file of some 100 KB may take so long, on however slow a machine. */
const LONGEST_MS = 20_000;
/** Kinds of which a large one is there, too. */
const LARGE = new Set(['set', 'smallHash', 'smallZset']);
const DUMP = '/data/dump.rdb';
const FOLDER = '/data/appendonlydir';

interface World {
  readonly disk: SimulatedDisk;
  readonly server: SimulatedServer;
  readonly persistence: Persistence;
  readonly client: SimulatedClient;
}

async function start(disk: SimulatedDisk, directives: Record<string, string>): Promise<World> {
  const server = new SimulatedServer({ directives: { dir: '/data', save: '', ...directives } });
  const persistence = new Persistence({
    disk,
    processId: 1,
    nextTurn: () => turn(),
    delay: () => turn(),
    wakeAtTurnEnd: () => {},
  });
  persistence.attach(server.engine);
  await persistence.load();
  return { disk, server, persistence, client: server.connect() };
}

function fill(client: SimulatedClient, random: SeededRandom): void {
  for (const size of [0, 3, 20, 150]) {
    for (const kind of SAMPLE_KINDS.filter((each) => size < 150 || LARGE.has(each)))
      for (const command of sampleCommands(kind, `${kind}:${size}`, random, size))
        client.call(...command);
    client.call('PEXPIRE', `smallHash:${size}`, 100_000_000);
  }
  client.call('SELECT', 3);
  client.call('SET', 'elsewhere', 'x'.repeat(300), 'EX', 1_000_000);
  client.call('SELECT', 0);
}

function read(disk: SimulatedDisk, path: string): Uint8Array {
  const bytes = new Uint8Array(disk.sizeOf(path));
  disk.open(path, 'read').readNow(bytes, 0, bytes.length, 0);
  return bytes;
}

function write(disk: SimulatedDisk, path: string, bytes: Uint8Array): void {
  const file = disk.open(path, 'create');
  file.writeNow(bytes, 0, bytes.length);
  // So that the disk forgets the file before this one.
  disk.syncDirectoryNow('/data');
}

/** Puts `inserted` in the place of `count` bytes. */
function spliced(bytes: Uint8Array, at: number, count: number, inserted: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + count));
  const result = new Uint8Array(at + inserted.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(rest, at + inserted.length);
  return result;
}

/** Changes bytes, takes some out, puts some in, repeats some, or cuts the end off. */
function mutated(original: Uint8Array, random: SeededRandom): Uint8Array {
  const below = (limit: number): number => randomBelow(random, limit);
  const nothing = new Uint8Array(0);
  let bytes = original;
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const at = below(bytes.length);
    const length = 1 + below(8);
    const noise = Uint8Array.from({ length }, () => random.next32());
    const one = (value: number): Uint8Array => spliced(bytes, at, 1, Uint8Array.of(value));
    const kinds = [
      () => one(noise[0]),
      () => one(bytes[at] ^ (1 << below(8))),
      () => one([0, 0x7f, 0x80, 0x81, 0xc3, 0xff][below(6)]),
      () => spliced(bytes, at, length, nothing),
      () => spliced(bytes, at, 0, noise),
      () => spliced(bytes, at, 0, bytes.subarray(at, at + below(200))),
      () => bytes.subarray(0, at + 1),
    ];
    bytes = kinds[below(below(3) === 0 ? kinds.length : 3)]();
  }
  return bytes;
}

/** Reads every value there is, in the form in which files hold it. */
function readAll({ client }: World): void {
  for (const database of [0, 3]) {
    client.call('SELECT', database);
    for (const key of itemsOf(client.call('KEYS', '*')))
      if ('bytes' in key) client.call('DUMP', key.bytes);
  }
  client.call('SELECT', 0);
}

/** Empties the server and returns the bytes of heap still in use. */
function emptied({ client, server }: World): number {
  const { keyspace } = server.engine;
  client.call('FLUSHALL');
  client.call('FUNCTION', 'FLUSH');
  keyspace.lazyFree.step(Infinity);
  return keyspace.heap.used;
}

/** Loads files that `change` spoils, again and again, and counts the outcomes. */
async function torture(
  world: World,
  count: number,
  change: (random: SeededRandom) => void,
  load: () => Promise<string | undefined>,
): Promise<{ refused: number; loaded: number }> {
  const { server } = world;
  const { heap } = server.engine.keyspace;
  const outcomes = { refused: 0, loaded: 0 };
  const before = emptied(world);
  for (let i = 0; i < count; i++) {
    const name = `seed ${SEED}, mutation ${i}`;
    change(new SeededRandom(SEED * 1_000_003 + i));
    server.logged.length = 0;
    server.effects.length = 0;
    server.events.length = 0;
    const began = performance.now();
    const problem = await load();
    if (problem === undefined) readAll(world);
    expect(performance.now() - began, name).toBeLessThan(LONGEST_MS);
    expect(heap.reserved, name).toBeLessThan(MOST_MEMORY);
    expect(server.logged.join('\n'), name).not.toContain('Unexpected error');
    if (problem === undefined) outcomes.loaded++;
    else {
      outcomes.refused++;
      // The log says where and why.
      expect(server.logged.join('\n'), name).toMatch(/offset \d+: ./);
    }
    expect(emptied(world), `${name}: ${server.logged.join('; ')}`).toBe(before);
  }
  return outcomes;
}

describe('mutated files', () => {
  for (const [name, directives] of Object.entries({
    plain: { rdbcompression: 'no' },
    compressed: {},
    'deeply checked': { 'sanitize-dump-payload': 'yes' },
  })) {
    it(`RDB, ${name}: are refused or loaded, never more`, async () => {
      const world = await start(new SimulatedDisk(), { rdbchecksum: 'no', ...directives });
      fill(world.client, new SeededRandom(SEED));
      expect(world.persistence.save()).toBe('done');
      const original = read(world.disk, DUMP);
      const { refused, loaded } = await torture(
        world,
        COUNT,
        (random) => write(world.disk, DUMP, mutated(original, random)),
        async () => world.persistence.reload({ save: false, flush: true, merge: false }),
      );
      expect(refused).toBeGreaterThan(0);
      expect(loaded).toBeGreaterThan(0);
    }, 600_000);
  }

  it('AOF of commands: are refused or loaded, never more', async () => {
    const world = await start(new SimulatedDisk(), {
      appendonly: 'yes',
      'aof-use-rdb-preamble': 'no',
    });
    const { disk, client, persistence } = world;
    const path = `${FOLDER}/appendonly.aof.1.incr.aof`;
    fill(client, new SeededRandom(SEED));
    client.call('MULTI');
    client.call('SET', 'a', 1);
    client.call('INCR', 'a');
    client.call('EXEC');
    persistence.beforeReplies();
    const original = read(disk, path);
    const { refused, loaded } = await torture(
      world,
      COUNT,
      (random) => {
        persistence.beforeReplies();
        write(disk, path, mutated(original, random));
      },
      () => persistence.loadAppendOnly(),
    );
    expect(refused).toBeGreaterThan(0);
    expect(loaded).toBeGreaterThan(0);
  }, 600_000);
});
