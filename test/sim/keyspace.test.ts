/** Keys over time: expiry, flushes, SCAN and WATCH on a whole engine with a clock moved by hand. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { itemsOf, textOf } from '../support/resp-value.ts';
import { type SimulatedClient, SimulatedServer } from './simulated-server.ts';

/** Heap bytes once everything that waits to be freed is freed. */
function settledBytes(server: SimulatedServer): number {
  while (server.engine.keyspace.lazyFree.step(1000));
  return server.engine.keyspace.heap.used;
}

function scanAll(client: SimulatedClient, count: number, between: () => void): string[] {
  const found: string[] = [];
  let cursor = '0';
  do {
    const [next, names] = itemsOf(client.call('SCAN', cursor, 'COUNT', count));
    cursor = textOf(next!)!;
    found.push(...itemsOf(names!).map((name) => textOf(name)!));
    between();
  } while (cursor !== '0');
  return found;
}

describe('expiry', () => {
  it('keeps a key up to its instant, and not a millisecond longer', () => {
    const server = new SimulatedServer();
    const client = server.connect();
    client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    client.call('SET', 'a', '1', 'PX', '500');
    server.advance(500);
    expect(client.show('PTTL', 'a')).toBe(':0');
    expect(client.show('GET', 'a')).toBe('"1"');
    server.advance(1);
    expect(client.show('DBSIZE')).toBe(':1');
    expect(client.show('PTTL', 'a')).toBe(':-2');
    expect(client.show('DBSIZE')).toBe(':0');
    const events = ['new', 'set', 'expire', 'expired', 'keymiss'];
    expect(server.events).toEqual(events.map((event) => `0 ${event} a`));
  });

  it('removes expired keys that nobody asks for, each with its own effect', () => {
    const server = new SimulatedServer();
    const client = server.connect();
    for (let i = 0; i < 3000; i++)
      client.call('SET', `k${i}`, 'v', 'PX', i % 3 === 0 ? '50' : '100000');
    server.effects.length = 0;
    for (let i = 0; i < 50 && server.engine.keyspace.expiredKeys < 1000; i++) server.advance(100);
    // What is left of the expired is at most the share that is not worth looking for.
    const { keyspace } = server.engine;
    expect(keyspace.expiredKeys).toBeGreaterThan(750);
    expect(server.effects).toHaveLength(keyspace.expiredKeys);
    expect(server.effects.every((effect) => /^0 DEL k\d+$/.test(effect))).toBe(true);
    expect(new Set(server.effects).size).toBe(server.effects.length);
    expect(scanAll(client, 100, () => {}).toSorted()).toEqual(
      Array.from({ length: 3000 }, (_, i) => i)
        .filter((i) => i % 3 !== 0)
        .map((i) => `k${i}`)
        .toSorted(),
    );
  });

  it('stops a slice when its time is over, and goes on where it stopped', () => {
    const server = new SimulatedServer();
    const client = server.connect();
    const { expiry, keyspace } = server.engine;
    for (let i = 0; i < 5000; i++) client.call('SET', `k${i}`, 'v', 'PX', '10');
    server.clock.advance(20);
    keyspace.setTime(server.clock.wallMilliseconds());
    // A budget below zero is over after the first step.
    expect(server.engine.expireSome(-1)).toBe(true);
    const first = keyspace.expiredKeys;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(100);
    expect(expiry.timeCapReached).toBe(1);
    expect(server.engine.expireSome(-1)).toBe(true);
    expect(keyspace.expiredKeys).toBeGreaterThan(first);
    expect(server.engine.expireSome(1e9)).toBe(false);
    expect(keyspace.expiredKeys).toBe(5000);
    expect(keyspace.databases[0]!.size).toBe(0);
  });

  it('is only hidden where a primary decides', () => {
    const server = new SimulatedServer();
    const client = server.connect();
    const { keyspace } = server.engine;
    client.call('SET', 'a', '1', 'PX', '10');
    keyspace.expiryMode = 'hide';
    server.advance(1000);
    expect(client.show('GET', 'a')).toBe('null($-1)');
    expect(client.show('DBSIZE')).toBe(':1');
    expect(client.show('RANDOMKEY')).toBe('"a"');
    expect(client.show('KEYS', '*')).toBe('*[]');
    keyspace.expiryMode = 'ignore';
    expect(client.show('GET', 'a')).toBe('"1"');
    keyspace.expiryMode = 'remove';
    server.advance(100);
    expect(client.show('DBSIZE')).toBe(':0');
    expect(keyspace.expiredKeys).toBe(1);
  });
});

describe('memory', () => {
  it('is all given back after FLUSHALL, in slices', () => {
    const server = new SimulatedServer();
    const client = server.connect();
    const start = server.engine.keyspace.heap.used;
    for (let i = 0; i < 10_000; i++) {
      const ttl = i % 2 === 0 ? ['PX', '1000000'] : [];
      client.call('SET', `key:${i}`, 'v'.repeat(i % 2000), ...ttl);
    }
    for (let set = 0; set < 20; set++)
      client.call('SADD', `set${set}`, ...Array.from({ length: 1000 }, (_, i) => `m${i}`));
    for (const flush of ['FLUSHALL', 'FLUSHDB']) {
      expect(client.show(flush)).toBe('+OK');
      expect(client.show('DBSIZE')).toBe(':0');
      if (flush === 'FLUSHDB') break;
      expect(server.engine.keyspace.lazyFree.pending).toBe(1);
      const before = server.engine.keyspace.heap.used;
      expect(server.engine.keyspace.lazyFree.step(500)).toBe(true);
      const freed = before - server.engine.keyspace.heap.used;
      expect(freed).toBeGreaterThan(0);
      expect(freed).toBeLessThan(before / 5);
    }
    expect(settledBytes(server)).toBe(start);
  });

  it('is all given back by random commands that end in an empty database', () => {
    const name = fc.integer({ min: 0, max: 5 }).map((i) => `k${i}`);
    const value = fc.integer({ min: 0, max: 3000 }).map((size) => 'v'.repeat(size));
    const step = fc.oneof(
      fc.tuple(fc.constant('SET'), name, value),
      fc.tuple(fc.constant('APPEND'), name, value),
      fc.tuple(fc.constantFrom('RENAME', 'RENAMENX', 'COPY'), name, name),
      fc.tuple(fc.constant('MOVE'), name, fc.constantFrom('0', '1')),
      fc.tuple(fc.constantFrom('DEL', 'PERSIST', 'GET'), name),
      fc.tuple(fc.constant('PEXPIRE'), name, fc.constantFrom('10', '150', '-1', '1000000')),
      fc.tuple(fc.constant('SELECT'), fc.constantFrom('0', '1')),
      fc.constantFrom(['SWAPDB', '0', '1'], ['FLUSHDB'], ['advance']),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const server = new SimulatedServer();
        const client = server.connect();
        const start = server.engine.keyspace.heap.used;
        for (const args of steps)
          if (args[0] === 'advance') server.advance(30);
          else client.call(...args);
        for (const database of server.engine.keyspace.databases) {
          const expiring = [...keysOf(client, database.index)].filter(
            (key) => !client.show('PTTL', key).startsWith(':-'),
          );
          expect(database.expires.size).toBe(expiring.length);
        }
        client.call('FLUSHALL');
        expect(settledBytes(server)).toBe(start);
      }),
      { numRuns: 60 },
    );
  });
});

function keysOf(client: SimulatedClient, database: number): string[] {
  client.call('SELECT', database);
  // Asking for each lets expired ones go.
  return itemsOf(client.call('KEYS', '*')).map((name) => textOf(name)!);
}

describe('SCAN', () => {
  it('names what stays throughout exactly once, while keys come and go', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 200 }), (seed, count) => {
        const server = new SimulatedServer({ seed });
        const client = server.connect();
        const stay = Array.from({ length: 500 }, (_, i) => `stay${i}`);
        for (const name of stay) client.call('SET', name, '1');
        for (let i = 0; i < 3000; i++) client.call('SET', `go${i}`, '1');
        let turn = 0;
        const found = scanAll(client, count, () => {
          // Shrinks, then grows well beyond the start.
          for (let i = 0; i < 40; i++)
            if (turn < 75) client.call('DEL', `go${turn * 40 + i}`);
            else if (turn < 400) client.call('SET', `come${turn * 40 + i}`, '1');
          turn++;
        });
        const stayed = found.filter((name) => name.startsWith('stay'));
        expect(stayed.toSorted()).toEqual(stay.toSorted());
      }),
      { numRuns: 4 },
    );
  });
});

describe('WATCH', () => {
  it('breaks when the key expires, whether or not it was removed', () => {
    for (const active of ['0', '1']) {
      const server = new SimulatedServer();
      const client = server.connect();
      client.call('DEBUG', 'SET-ACTIVE-EXPIRE', active);
      client.call('SET', 'a', '1', 'PX', '100');
      client.call('WATCH', 'a');
      server.advance(100);
      client.call('MULTI');
      expect(client.show('EXEC')).toBe('*[]');
      client.call('WATCH', 'a');
      server.advance(100);
      client.call('MULTI');
      expect(client.show('EXEC')).toBe('null(*-1)');
    }
  });

  it('does not break when a key that had expired already is removed', () => {
    const server = new SimulatedServer();
    const client = server.connect();
    client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    client.call('SET', 'a', '1', 'PX', '100');
    server.advance(200);
    client.call('WATCH', 'a');
    client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
    server.advance(200);
    expect(server.engine.keyspace.expiredKeys).toBe(1);
    client.call('MULTI');
    expect(client.show('EXEC')).toBe('*[]');
  });

  it('forgets everything of a session that ends its transaction', () => {
    const server = new SimulatedServer();
    const client = server.connect();
    for (const end of [['UNWATCH'], ['MULTI', 'EXEC'], ['MULTI', 'DISCARD'], ['SET a 1']]) {
      client.call('WATCH', 'a', 'b', 'c');
      expect(server.engine.watches.sessions).toBe(1);
      for (const line of end) client.call(...line.split(' '));
      expect(server.engine.watches.sessions).toBe(0);
      expect(client.session.watchedKeys).toBe(0);
    }
  });
});

/** All that can be observed of a run with a lot of chance in it. */
function transcript(seed: number): string[] {
  const server = new SimulatedServer({ seed });
  const client = server.connect();
  const lines: string[] = [];
  for (let i = 0; i < 500; i++) client.call('SET', `k${i}`, 'v', 'PX', String(10 + i));
  for (let i = 0; i < 20; i++) {
    lines.push(client.show('RANDOMKEY'));
    server.advance(10);
  }
  return [...lines, ...server.events, ...server.effects];
}

it('replays a run from its seed', () => {
  expect(transcript(5)).toEqual(transcript(5));
  expect(transcript(5).slice(0, 20)).not.toEqual(transcript(6).slice(0, 20));
});
