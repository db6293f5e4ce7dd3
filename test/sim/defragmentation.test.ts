/** Active defragmentation on a whole engine: nothing is lost, segments go back, commands go on. */
import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../../src/env/random.ts';
import { textOf } from '../support/resp-value.ts';
import { type SimulatedClient, SimulatedServer } from './simulated-server.ts';

const MIB = 1024 * 1024;
const DIRECTIVES = {
  activedefrag: 'yes',
  'active-defrag-ignore-bytes': '1mb',
  'hash-max-listpack-entries': '16',
};

/** A key of some type; the number decides which, and what is in it. */
function write(client: SimulatedClient, random: SeededRandom, number: number): void {
  const key = `key:${number}`;
  const members = Array.from({ length: 12 }, (_, i) => `m${number + i}`);
  client.call('DEL', key);
  switch (number % 8) {
    case 0:
      client.call('SET', key, 'x'.repeat(randomBelow(random, 100_000)));
      break;
    case 1:
      client.call('RPUSH', key, ...members);
      break;
    case 2:
      client.call('SADD', key, ...members.map((_, i) => String(number + i)));
      break;
    case 3:
      client.call('HSET', key, ...members);
      break;
    case 4:
      client.call('ZADD', key, ...members.flatMap((member, i) => [String(i), member]));
      break;
    case 5:
      client.call('SADD', key, ...members);
      break;
    case 6:
      client.call(
        'HSET',
        key,
        ...members,
        ...members.map((one) => `${one}b`),
        ...members.map((one) => `${one}c`),
      );
      break;
    default:
      client.call('SET', key, 'x'.repeat(randomBelow(random, 40_000)));
  }
  if (number % 3 === 0) client.call('PEXPIRE', key, '100000000');
}

/** Runs ticks until no pass is going on and none begins. */
function settle(server: SimulatedServer, between: () => void): number {
  let steps = 0;
  for (let idle = 0; idle < 30;) {
    server.advance(100);
    const budget = server.engine.defragmentation.tick();
    idle = budget === 0 ? idle + 1 : 0;
    // The clock stands still during a step, so each is one piece of work.
    const most = budget === 0 ? 0 : 50;
    for (let i = 0; i < most && server.engine.defragmentSome(-1); i++) steps++;
    between();
    if (steps > 100_000) throw new Error('it never ends');
  }
  return steps;
}

function digest(client: SimulatedClient): string {
  return client.show('DEBUG', 'DIGEST');
}

describe('active defragmentation', () => {
  it('gives segments back and keeps every value, its expiry and its encoding', () => {
    const server = new SimulatedServer({ directives: { ...DIRECTIVES, activedefrag: 'no' } });
    const client = server.connect();
    const { heap } = server.engine.keyspace;
    const start = heap.used;
    const random = new SeededRandom(3);
    for (const database of [0, 5]) {
      client.call('SELECT', database);
      for (let number = 0; number < 4000; number++) write(client, random, number);
      for (let number = 0; number < 4000; number++)
        if (number % 10 !== 7 && number % 40 !== 8) client.call('DEL', `key:${number}`);
    }
    while (server.engine.keyspace.lazyFree.step(10_000));
    const before = digest(client);
    const { reserved } = heap;
    expect(reserved).toBeGreaterThan(heap.used * 3);
    client.call('CONFIG', 'SET', 'activedefrag', 'yes');
    const steps = settle(server, () => {});
    expect(steps).toBeGreaterThan(10);
    expect(digest(client)).toBe(before);
    // What is left may fill four fifths of what is kept, and the first segment always stays.
    expect(heap.reserved).toBeLessThan(heap.used * 1.6 + 48 * MIB);
    expect(heap.reserved).toBeLessThanOrEqual(reserved / 2);
    const info = textOf(client.call('INFO', 'everything'))!;
    expect(Number(/active_defrag_hits:(\d+)/.exec(info)![1])).toBeGreaterThan(100);
    expect(info).toContain('active_defrag_running:0\r\n');
    client.call('FLUSHALL');
    while (server.engine.keyspace.lazyFree.step(10_000));
    expect(heap.used).toBe(start);
  });

  it.each([1, 2])('does not disturb commands that run meanwhile, seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const server = new SimulatedServer({ directives: DIRECTIVES });
    const still = new SimulatedServer({ directives: { ...DIRECTIVES, activedefrag: 'no' } });
    const pairs = [server.connect(), still.connect()];
    const write2 = (number: number): void => {
      const chosen = randomBelow(random, 1 << 30);
      for (const client of pairs) write(client, new SeededRandom(chosen), number);
    };
    const numbers = 2000;
    for (let round = 0; round < 3; round++) {
      for (let number = 0; number < numbers; number++) write2(number);
      for (let number = 0; number < numbers; number++)
        if (randomBelow(random, 10) > 0)
          for (const client of pairs) client.call('DEL', `key:${number}`);
      settle(server, () => {
        for (let i = 0; i < 5; i++) {
          const number = randomBelow(random, numbers);
          const action = randomBelow(random, 4);
          if (action === 0) write2(number);
          for (const client of pairs)
            if (action === 1) client.call('DEL', `key:${number}`);
            else if (action === 2) client.call('RENAMENX', `key:${number}`, `key:${number + 8}`);
            else if (action === 3) client.call('PERSIST', `key:${number}`);
        }
      });
      expect(digest(pairs[0]!)).toBe(digest(pairs[1]!));
      expect(pairs[0]!.show('DBSIZE')).toBe(pairs[1]!.show('DBSIZE'));
    }
    expect(server.engine.defragmentation.hits).toBeGreaterThan(10);
    const start = new SimulatedServer().engine.keyspace.heap.used;
    pairs[0]!.call('FLUSHALL');
    while (server.engine.keyspace.lazyFree.step(10_000));
    expect(server.engine.keyspace.heap.used).toBe(start);
  });

  it('stops at once when it is switched off, and waits for snapshots', () => {
    const server = new SimulatedServer({ directives: DIRECTIVES });
    const client = server.connect();
    const { defragmentation, keyspace } = server.engine;
    for (let i = 0; i < 4000; i++) client.call('SET', `k${i}`, 'x'.repeat(10_000));
    for (let i = 0; i < 4000; i++) if (i % 10 > 0) client.call('DEL', `k${i}`);
    server.advance(2000);
    expect(defragmentation.tick()).toBeGreaterThan(0);
    const listener = { beforeChange: () => {} };
    keyspace.events.add(listener, 1);
    expect(server.engine.defragmentSome(-1)).toBe(false);
    expect(defragmentation.hits).toBe(0);
    keyspace.events.remove(listener);
    expect(server.engine.defragmentSome(-1)).toBe(true);
    expect(keyspace.heap.isEmptying).toBe(true);
    client.call('CONFIG', 'SET', 'activedefrag', 'no');
    expect(defragmentation.tick()).toBe(0);
    expect(keyspace.heap.isEmptying).toBe(false);
  });
});
