/** Large values are freed in slices: each step does about as much as it was given. */
import { describe, expect, it } from 'vitest';

import type { Argument } from '../support/raw-client.ts';
import { SimulatedServer } from './simulated-server.ts';

const MEMBERS = 6_000;
const BUDGET = 500;
/** Beside members, a step gives back pages and nodes, and a node of a sorted set goes whole. */
const MOST_BLOCKS = BUDGET * 2;

/** One command for each element. */
const KINDS: Readonly<Record<string, (index: number) => Argument[]>> = {
  set: (index) => ['SADD', 'big', `member:${index}`],
  hash: (index) => ['HSET', 'big', `field:${index}`, 'value'],
  'sorted set': (index) => ['ZADD', 'big', index, `member:${index}`],
  list: (index) => ['RPUSH', 'big', `${'element'.repeat(20)}:${index}`],
  stream: (index) => ['XADD', 'big', `${index + 1}-1`, 'field', 'value'],
};

describe.each(Object.entries(KINDS))('a large %s', (_, element) => {
  it.each([
    ['UNLINK', 'big'],
    ['FLUSHALL', 'ASYNC'],
    ['DEL', 'big'],
  ])('is freed in slices after %s %s', (...removal) => {
    const server = new SimulatedServer();
    const client = server.connect();
    const { heap, lazyFree } = server.engine.keyspace;
    const blocks = heap.blocks;
    const used = heap.used;
    for (let index = 0; index < MEMBERS; index++) client.call(...element(index));
    client.call(...removal);
    let before = heap.blocks;
    let isMore = true;
    for (let steps = 0; isMore; steps++) {
      expect(steps).toBeLessThan(MEMBERS);
      isMore = lazyFree.step(BUDGET);
      expect(before - heap.blocks).toBeLessThanOrEqual(MOST_BLOCKS);
      before = heap.blocks;
    }
    expect(lazyFree.pending).toBe(0);
    expect(heap.blocks).toBe(blocks);
    expect(heap.used).toBe(used);
  });
});
