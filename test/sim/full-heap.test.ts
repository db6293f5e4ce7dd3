/**
 * Commands that run out of memory somewhere in their middle: whatever they leave behind is what their
 * effects make elsewhere, nothing gets lost that was there before, and no memory leaks.
 */
import { describe, expect, it } from 'vitest';

import { HeapFull } from '../../src/memory/heap.ts';
import type { Argument } from '../support/raw-client.ts';
import { type SimulatedClient, SimulatedServer } from './simulated-server.ts';

type Request = readonly Argument[];

const OUT_OF_MEMORY = "-OOM command not allowed when used memory > 'maxmemory'.";

/** Lets the heap of a server give out so many more blocks, and none after those. */
function limitBlocks(server: SimulatedServer, blocks: number): () => void {
  const { heap } = server.engine.keyspace;
  const allocate = heap.allocate.bind(heap);
  let left = blocks;
  heap.allocate = (bytes) => {
    if (left-- <= 0) throw new HeapFull(bytes);
    return allocate(bytes);
  };
  return () => {
    heap.allocate = allocate;
  };
}

function flushed(server: SimulatedServer, client: SimulatedClient): number {
  client.call('FLUSHALL');
  while (server.engine.keyspace.lazyFree.step(100_000));
  server.effects.length = 0;
  server.events.length = 0;
  return server.engine.keyspace.heap.used;
}

/** Runs effects, as a replica would, on an empty server, and returns the digest of its contents. */
function replayed(client: SimulatedClient, effects: readonly Request[]): string {
  for (const effect of effects) client.call(...effect);
  return client.show('DEBUG', 'DIGEST');
}

const words = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const pairs = (count: number, prefix: string): string[] =>
  words(count, prefix).flatMap((word, index) => [word, `${index}`]);
const scored = (count: number, prefix: string): string[] =>
  words(count, prefix).flatMap((word, index) => [`${index}.5`, word]);
const long = 'x'.repeat(70);

/** By name: what is there before, and the command. */
const CASES: Readonly<Record<string, readonly [Request[], Request]>> = {
  'HSET of a listpack': [[['HSET', 'k', ...pairs(5, 'f')]], ['HSET', 'k', ...pairs(9, 'f')]],
  'HSET that makes a hash table': [
    [['HSET', 'k', ...pairs(126, 'f')]],
    ['HSET', 'k', ...pairs(60, 'g')],
  ],
  'HSET of a hash table': [[['HSET', 'k', 'f', long]], ['HSET', 'k', ...pairs(40, 'f')]],
  'HSET of a new hash': [[], ['HSET', 'k', ...pairs(5, 'f'), 'f', long]],
  'HMSET of a listpack': [[['HSET', 'k', 'a', 'b']], ['HMSET', 'k', 'a', long, 'b', 'c', 'd', 'e']],
  'HINCRBY that makes a hash table': [
    [['HSET', 'k', ...pairs(128, 'f')]],
    ['HINCRBY', 'k', 'a-rather-long-name-of-a-new-field-in-the-hash-of-this-test', '7'],
  ],
  'SADD of an intset': [[['SADD', 'k', 1, 2, 3]], ['SADD', 'k', 4, 70_000, 3, 2 ** 40, 5]],
  'SADD that makes a hash table': [[['SADD', 'k', 1, 2]], ['SADD', 'k', 3, 'a', 'b', 4, 'c']],
  'SADD of a new set': [[], ['SADD', 'k', 1, 'a', 2]],
  'SMOVE to a new set': [[['SADD', 'k', 'a', 'b']], ['SMOVE', 'k', 'other', 'a']],
  'SMOVE of the only member': [[['SADD', 'k', 'a']], ['SMOVE', 'k', 'other', 'a']],
  'SMOVE of an integer': [[['SADD', 'k', 1, 2]], ['SMOVE', 'k', 'other', 2]],
  'SMOVE to a set that is converted': [
    [
      ['SADD', 'k', 'a', 'b'],
      ['SADD', 'other', 1, 2],
    ],
    ['SMOVE', 'k', 'other', 'a'],
  ],
  'ZADD of a listpack': [
    [['ZADD', 'k', ...scored(4, 'm')]],
    ['ZADD', 'k', 1, 'm3', 9, 'm0', ...scored(8, 'n')],
  ],
  'ZADD that makes a skiplist': [
    [['ZADD', 'k', ...scored(127, 'm')]],
    ['ZADD', 'k', ...scored(3, 'n'), 7, 'm1'],
  ],
  'ZADD of a skiplist': [
    [['ZADD', 'k', 1, long, ...scored(90, 'm')]],
    ['ZADD', 'k', ...scored(50, 'n'), 7, 'm1', -1, 'm2'],
  ],
  'ZADD of a new set': [[], ['ZADD', 'k', 1, 'a', 2, long, 3, 'c']],
  'ZINCRBY of a listpack': [[['ZADD', 'k', ...scored(4, 'm')]], ['ZINCRBY', 'k', 1e10, 'm1']],
  GEOADD: [[['GEOADD', 'k', 1, 2, 'a']], ['GEOADD', 'k', 1, 3, 'b', 2, 3, 'a', 5, 5, 'c']],
  'RPUSH of a listpack': [[['RPUSH', 'k', ...words(3, 'e')]], ['RPUSH', 'k', ...words(9, 'e')]],
  'LPUSH of a quicklist': [
    [['RPUSH', 'k', ...words(900, 'element-')]],
    ['LPUSH', 'k', ...words(300, 'e'), 'x'.repeat(20_000), 'y'],
  ],
  'RPUSH of a new list': [[], ['RPUSH', 'k', ...words(3, 'e'), 'x'.repeat(20_000)]],
  'LMOVE to a new list': [[['RPUSH', 'k', 'a', 'b']], ['LMOVE', 'k', 'other', 'LEFT', 'LEFT']],
  'LMOVE of the only element': [[['RPUSH', 'k', 'a']], ['LMOVE', 'k', 'other', 'LEFT', 'LEFT']],
  'LMOVE to a list': [
    [
      ['RPUSH', 'k', long, 'b'],
      ['RPUSH', 'other', 'c'],
    ],
    ['LMOVE', 'k', 'other', 'LEFT', 'RIGHT'],
  ],
  MSET: [[['SET', 'a', '1', 'EX', 1000]], ['MSET', 'a', long, 'b', long, 'c', '3', 'a', '4']],
  'SET with a time limit': [[], ['SET', 'a', long, 'PXAT', 4_000_000_000_000]],
  SUNIONSTORE: [
    [
      ['SADD', 'a', ...words(40, 'm')],
      ['SADD', 'b', ...words(4, 'n')],
      ['SET', 'k', 'v'],
    ],
    ['SUNIONSTORE', 'k', 'a', 'b'],
  ],
  ZUNIONSTORE: [
    [
      ['ZADD', 'a', ...scored(40, 'm')],
      ['ZADD', 'b', ...scored(4, 'n')],
      ['SET', 'k', 'v'],
    ],
    ['ZUNIONSTORE', 'k', 2, 'a', 'b'],
  ],
};

describe('a full heap', () => {
  const server = new SimulatedServer();
  const client = server.connect();
  const follower = new SimulatedServer();
  const followingClient = follower.connect();
  const effects: Request[] = [];
  server.engine.context.effects.addSink({
    append: (database, bytes, start, end) => {
      const text = Buffer.from(bytes.subarray(start, end)).toString('latin1');
      const parts = text.split('\r\n').filter((_, index) => index > 0 && index % 2 === 0);
      if (database >= 0) effects.push(parts);
    },
  });

  it.each(Object.entries(CASES))('in the middle of %s', (_, [before, command]) => {
    const empty = flushed(server, client);
    let failed = 0;
    for (let blocks = 0; ; blocks++) {
      expect(flushed(server, client)).toBe(empty);
      flushed(follower, followingClient);
      effects.length = 0;
      for (const request of before) client.call(...request);
      const contents = client.show('DEBUG', 'DIGEST');
      server.effects.length = 0;
      server.events.length = 0;
      const restore = limitBlocks(server, blocks);
      const reply = client.show(...command);
      restore();
      const isChanged = client.show('DEBUG', 'DIGEST') !== contents;
      expect(replayed(followingClient, effects)).toBe(client.show('DEBUG', 'DIGEST'));
      expect(server.effects.length > 0 || !isChanged).toBe(true);
      expect(server.events.length > 0 || !isChanged).toBe(true);
      if (reply !== OUT_OF_MEMORY) break;
      failed++;
    }
    expect(failed).toBeGreaterThan(0);
    expect(server.logged).toEqual([]);
  });
});
