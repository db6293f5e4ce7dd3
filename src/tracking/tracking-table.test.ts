import { describe, expect, it, vi } from 'vitest';
import { hashBytes } from '../bytes/hash.ts';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { randomBelow, SeededRandom } from '../env/random.ts';
import { LazyFree } from '../keyspace/lazy-free.ts';
import { Heap, HeapFull } from '../memory/heap.ts';
import { TrackingTable } from './tracking-table.ts';

/** A table whose keys are strings, on a heap of its own. */
class Subject {
  readonly heap = new Heap();
  readonly lazyFree = new LazyFree();
  readonly table = new TrackingTable(this.heap, this.lazyFree);
  readonly #empty = this.heap.blocks;

  /** Blocks of the heap that are in use because of the table. */
  get blocks(): number {
    return this.heap.blocks - this.#empty;
  }

  add(id: number, key: string): void {
    const bytes = fromLatin1(`<${key}>`);
    const end = bytes.length - 1;
    this.table.add(id, bytes, 1, end, hashBytes(bytes, 1, end));
  }

  /** The clients of a key, which is forgotten; undefined when nobody has it. */
  take(key: string): readonly number[] | undefined {
    const bytes = fromLatin1(key);
    const isThere = this.table.take(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
    return isThere ? [...this.table.ids] : undefined;
  }
}

describe('TrackingTable', () => {
  it('gives the clients of a key once, in the order of their ids', () => {
    const subject = new Subject();
    for (const id of [7, 3, 2 ** 40, 7, 5, 3]) subject.add(id, 'key');
    subject.add(3, 'other');
    expect([subject.table.size, subject.table.items]).toEqual([2, 5]);
    expect(subject.take('key')).toEqual([3, 5, 7, 2 ** 40]);
    expect(subject.take('key')).toBeUndefined();
    expect([subject.table.size, subject.table.items]).toEqual([1, 1]);
  });

  it('holds keys of any length and content', () => {
    const subject = new Subject();
    const keys = ['', '\0', '\xff\0\r\n', 'x'.repeat(254), 'x'.repeat(255), 'y'.repeat(100_000)];
    for (const [index, key] of keys.entries()) {
      subject.add(index, key);
      subject.add(1000, key);
    }
    for (const [index, key] of keys.entries()) expect(subject.take(key)).toEqual([index, 1000]);
    expect(subject.blocks).toBe(0);
  });

  it('takes at most 44 bytes for a key of 14 that one client reads', () => {
    const subject = new Subject();
    const before = subject.heap.used;
    for (let i = 0; i < 100_000; i++) subject.add(1, `player:${1_000_000 + i}`);
    expect((subject.heap.used - before) / 100_000).toBeLessThan(44);
  });

  it('is as before when memory runs out', () => {
    const subject = new Subject();
    subject.add(1, 'key');
    const full = vi.spyOn(subject.heap, 'allocate').mockImplementation((bytes) => {
      throw new HeapFull(bytes);
    });
    expect(() => subject.add(1, 'other')).toThrow(HeapFull);
    expect(() => {
      for (let id = 2; id < 100; id++) subject.add(id, 'key');
    }).toThrow(HeapFull);
    full.mockRestore();
    const { items } = subject.table;
    expect(subject.take('key')).toEqual(Array.from({ length: items }, (_, i) => i + 1));
    expect(subject.take('other')).toBeUndefined();
    expect(subject.blocks).toBe(0);
  });

  it('gives keys at random, each with the same chance', () => {
    const subject = new Subject();
    const random = new SeededRandom(5);
    const first = new Map<string, number>();
    const rounds = 4000;
    for (let round = 0; round < rounds; round++) {
      for (const key of ['a', 'b', 'c', 'd']) subject.add(1, key);
      const key = subject.table.takeRandom(random);
      const name = latin1(key, 0, key.length);
      first.set(name, (first.get(name) ?? 0) + 1);
      expect(subject.table.ids).toEqual([1]);
      expect(subject.table.size).toBe(3);
    }
    expect([...first.keys()].toSorted()).toEqual(['a', 'b', 'c', 'd']);
    for (const count of first.values()) expect(Math.abs(count - rounds / 4)).toBeLessThan(150);
  });

  it('is empty at once when it is cleared, and gives the memory of many keys back in slices', () => {
    const subject = new Subject();
    for (let i = 0; i < 10_000; i++) subject.add(i % 7, `key:${i}`);
    subject.table.clear();
    expect([subject.table.size, subject.table.items]).toEqual([0, 0]);
    expect(subject.take('key:1')).toBeUndefined();
    subject.add(1, 'key:1');
    expect(subject.blocks).toBeGreaterThan(9000);
    let slices = 0;
    while (subject.lazyFree.step(1000)) slices++;
    expect(slices).toBeGreaterThan(5);
    expect(subject.take('key:1')).toEqual([1]);
    subject.add(1, 'key:2');
    subject.table.clear();
    expect(subject.lazyFree.pending).toBe(0);
    expect(subject.blocks).toBe(0);
  });

  for (const seed of [1, 2, 3])
    it(`equals a map of sets under random changes, seed ${seed}`, () => {
      const subject = new Subject();
      const random = new SeededRandom(seed);
      const twin = new Map<string, Set<number>>();
      for (let step = 0; step < 20_000; step++) {
        const key = `key:${randomBelow(random, 60)}`;
        const action = randomBelow(random, 100);
        if (action < 95) {
          const id = randomBelow(random, 200);
          subject.add(id, key);
          twin.set(key, (twin.get(key) ?? new Set()).add(id));
        } else if (action < 99) {
          const ids = twin.get(key);
          expect(subject.take(key)).toEqual(ids && [...ids].toSorted((a, b) => a - b));
          twin.delete(key);
        } else if (twin.size > 0) {
          const taken = subject.table.takeRandom(random);
          const name = latin1(taken, 0, taken.length);
          expect(subject.table.ids).toEqual([...twin.get(name)!].toSorted((a, b) => a - b));
          twin.delete(name);
        }
        expect(subject.table.size).toBe(twin.size);
      }
      const items = [...twin.values()].reduce((sum, ids) => sum + ids.size, 0);
      expect(subject.table.items).toBe(items);
      for (const key of [...twin.keys()]) subject.take(key);
      expect(subject.blocks).toBe(0);
    });
});
