import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../env/random.ts';
import { Dict } from './dict.ts';
import { Heap, HeapFull, type Ref } from './heap.ts';

const encoder = new TextEncoder();

/** A mix whose results collide when `bits` is small. */
function mix(key: string, bits: number): number {
  let hash = 0x9e3779b9;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
  hash ^= hash >>> 16;
  return bits === 32 ? hash : (hash << (32 - bits)) | 0;
}

/** A heap that refuses what would make it larger than its limit. */
class LimitedHeap extends Heap {
  limit = Infinity;

  override allocate(bytes: number): Ref {
    if (this.used + Heap.sizeFor(bytes) > this.limit) throw new HeapFull(bytes);
    return super.allocate(bytes);
  }
}

/** A Dict beside a Map that says what it must hold. */
class Pair {
  readonly heap = new LimitedHeap();
  readonly dict = new Dict(this.heap);
  readonly model = new Map<string, Ref>();
  readonly #bits: number;

  constructor(bits = 32) {
    this.#bits = bits;
  }

  hash(key: string): number {
    return mix(key, this.#bits);
  }

  block(key: string): Ref {
    const bytes = encoder.encode(key);
    const offset = bytes.length >= 255 ? 6 : 2;
    const ref = this.heap.allocate(offset + bytes.length);
    this.heap.write(ref, 0, Uint8Array.of(offset, Math.min(255, bytes.length)), 0, 2);
    if (offset === 6) this.heap.setUint32(ref, 2, bytes.length);
    this.heap.write(ref, offset, bytes, 0, bytes.length);
    return ref;
  }

  find(key: string): Ref {
    const bytes = encoder.encode(`??${key}?`);
    return this.dict.find(bytes, 2, bytes.length - 1, this.hash(key));
  }

  insert(key: string): void {
    const ref = this.block(key);
    this.dict.insert(ref, this.hash(key));
    this.model.set(key, ref);
  }

  remove(key: string): void {
    const ref = this.model.get(key)!;
    const hash = this.hash(key);
    if (!this.dict.remove(ref, hash)) throw new Error(`${key} was not there to remove`);
    if (this.dict.remove(ref, hash)) throw new Error(`${key} was there twice`);
    this.model.delete(key);
    this.heap.free(ref);
  }

  replace(key: string): void {
    const old = this.model.get(key)!;
    const ref = this.block(key);
    this.dict.replace(old, ref, this.hash(key));
    this.model.set(key, ref);
    this.heap.free(old);
  }

  check(): void {
    expect(this.dict.size).toBe(this.model.size);
    const wrong = [...this.model].filter(([key, ref]) => this.find(key) !== ref);
    expect(wrong).toEqual([]);
    const seen: Ref[] = [];
    const hashes: number[] = [];
    this.dict.forEach((ref, hash) => {
      seen.push(ref);
      hashes.push(hash >>> 0);
    });
    expect(seen.length).toBe(this.model.size);
    expect(new Set(seen)).toEqual(new Set(this.model.values()));
    expect(hashes.every((hash, i) => i === 0 || hashes[i - 1]! <= hash)).toBe(true);
  }
}

const LONG = [253, 254, 255, 256, 257, 300, 511, 65_535, 65_536 + 255].map((n) => 'k'.repeat(n));

describe('Dict', () => {
  it.each([
    [1, 32, 400],
    [2, 32, 60_000],
    [3, 5, 400],
    [4, 0, 300],
    [5, 12, 30_000],
    [6, 32, 9],
  ])('agrees with a Map, seed %i, %i hash bits, %i keys', (seed, bits, keys) => {
    const random = new SeededRandom(seed);
    const pair = new Pair(bits);
    for (const grow of [90, 20, 70, 5]) {
      for (let i = 0; i < keys * 2; i++) {
        const number = randomBelow(random, keys);
        const isLong = keys < 1000 && number % 37 === 0;
        const key = isLong ? LONG[number % LONG.length]! + number : `key:${number}`;
        const there = pair.model.has(key);
        if (!there && pair.find(key) !== 0) throw new Error(`found ${key}, which is absent`);
        if (randomBelow(random, 100) < grow) {
          if (there) pair.replace(key);
          else pair.insert(key);
        } else if (there) pair.remove(key);
      }
      pair.check();
    }
    for (const key of pair.model.keys()) pair.remove(key);
    expect(pair.dict.size).toBe(0);
    expect(pair.heap.used).toBe(0);
    expect(pair.dict.bytesUsed).toBe(0);
  });

  it.each(['ascending', 'descending'])(
    'takes keys in %s order of their hashes, as a walk through another dict gives them',
    (order) => {
      const pair = new Pair();
      const unsigned = (key: string): number => pair.hash(key) >>> 0;
      const keys = Array.from({ length: 40_000 }, (_, i) => `key:${i}`);
      keys.sort((a, b) => unsigned(a) - unsigned(b));
      if (order === 'descending') keys.reverse();
      const absent = Array.from({ length: 500 }, (_, i) => `absent:${i}`);
      for (let i = 0; i < keys.length; i++) {
        pair.insert(keys[i]!);
        if (i % 7919 !== 0) continue;
        pair.check();
        expect(absent.filter((key) => pair.find(key) !== 0)).toEqual([]);
      }
      // Those left stand close together, too.
      for (const key of keys.splice(0, 30_000)) pair.remove(key);
      pair.check();
      for (const key of keys) pair.remove(key);
      expect(pair.heap.used).toBe(0);
    },
    20_000,
  );

  it.each([1, 9, 1000, 22_848, 22_849, 100_000])('makes room for %i elements ahead', (count) => {
    const pair = new Pair();
    pair.dict.reserve(count);
    const reserved = pair.dict.bytesUsed;
    const { pages, depth } = pair.dict.statistics();
    expect(pages).toBe(1 << depth);
    for (let i = 0; i < count; i++) pair.insert(`key:${i}`);
    if (count < 50_000) expect(pair.dict.bytesUsed).toBe(reserved);
    pair.dict.reserve(10);
    pair.check();
    for (const key of pair.model.keys()) pair.remove(key);
    pair.dict.clear();
    expect(pair.heap.used).toBe(0);
  });

  it('has no page for no elements', () => {
    const pair = new Pair();
    pair.dict.reserve(0);
    expect(pair.dict.statistics().pages).toBe(0);
    pair.insert('key');
    pair.check();
  });

  it('reserves all pages or none', () => {
    const pair = new Pair();
    pair.heap.limit = pair.heap.used + 600_000;
    expect(() => pair.dict.reserve(100_000)).toThrow(HeapFull);
    expect(pair.heap.used).toBe(0);
    pair.heap.limit = Infinity;
    pair.insert('key');
    pair.check();
  });

  it('finds its way through one run as fast as through many', () => {
    const time = (isSorted: boolean): number => {
      const pair = new Pair();
      const keys = Array.from({ length: 20_000 }, (_, i) => `key:${i}`);
      if (isSorted) keys.sort((a, b) => (pair.hash(a) >>> 0) - (pair.hash(b) >>> 0));
      const refs = keys.map((key) => pair.block(key));
      const hashes = keys.map((key) => pair.hash(key));
      const began = performance.now();
      for (let i = 0; i < keys.length; i++) pair.dict.insert(refs[i]!, hashes[i]!);
      return performance.now() - began;
    };
    time(false);
    // Walking through the runs took two hundred times as long.
    expect(time(true)).toBeLessThan(20 * Math.max(1, time(false)));
  });

  it('tells long keys of the same first bytes apart', () => {
    const pair = new Pair(0);
    for (const key of LONG) pair.insert(key);
    pair.check();
    expect(pair.find('k'.repeat(258))).toBe(0);
    expect(pair.find('k'.repeat(252))).toBe(0);
    expect(pair.find('')).toBe(0);
  });

  it('answers while it is empty', () => {
    const pair = new Pair();
    expect(pair.find('a')).toBe(0);
    expect(pair.dict.candidate(5)).toBe(0);
    expect(pair.dict.touch(5)).toBe(0);
    expect(pair.dict.remove(77, 5)).toBe(false);
    expect(pair.dict.random(new SeededRandom(1))).toBe(0);
    expect(pair.dict.scan(12, 10, () => expect.unreachable())).toBe(0);
    expect(() => pair.dict.replace(77, 78, 5)).toThrow('no such block');
  });

  it('grows to many pages, merges back, and returns its memory', () => {
    const pair = new Pair();
    for (let i = 0; i < 150_000; i++) pair.insert(`${i}`);
    const { pages, slots, depth } = pair.dict.statistics();
    expect(pages).toBeGreaterThanOrEqual(4);
    expect(slots / 150_000).toBeLessThan(1.7);
    expect(2 ** depth).toBeGreaterThanOrEqual(pages);
    let i = 0;
    for (const key of pair.model.keys()) if (i++ % 150 !== 0) pair.remove(key);
    expect(pair.dict.statistics()).toMatchObject({ pages: 1, depth: 0 });
    expect(pair.dict.bytesUsed).toBeLessThan(40_000);
    pair.check();
    pair.dict.clear();
    expect(pair.dict.bytesUsed).toBe(0);
    expect(pair.find('0')).toBe(0);
    for (const ref of pair.model.values()) pair.heap.free(ref);
    expect(pair.heap.used).toBe(0);
  });

  it('leaves elements near their homes while it is emptied in hash order', () => {
    const pair = new Pair();
    for (let i = 0; i < 200_000; i++) pair.insert(`${i}`);
    const keyOf = new Map([...pair.model].map(([key, ref]) => [ref, key]));
    const order: Ref[] = [];
    pair.dict.forEach((ref) => void order.push(ref));
    for (let at = 0; at < order.length - 10_000;) {
      for (const end = at + 10_000; at < end; at++) pair.remove(keyOf.get(order[at]!)!);
      // In a run as long as a page, hardly any would be at home, and a removal would move them all.
      let atHome = 0;
      for (const [key, ref] of pair.model) if (pair.dict.touch(pair.hash(key)) === ref) atHome++;
      expect(atHome / pair.model.size).toBeGreaterThan(0.2);
    }
  });

  it('keeps its directory as deep as its pages when emptied in hash order', () => {
    const pair = new Pair();
    for (let i = 0; i < 200_000; i++) pair.insert(`${i}`);
    const keyOf = new Map([...pair.model].map(([key, ref]) => [ref, key]));
    const order: Ref[] = [];
    pair.dict.forEach((ref) => void order.push(ref));
    for (const ref of order.slice(0, -10)) pair.remove(keyOf.get(ref)!);
    expect(pair.dict.statistics().slots).toBeLessThan(2000);
    const random = new SeededRandom(4);
    const seen = new Set<Ref>();
    for (let i = 0; i < 500; i++) seen.add(pair.dict.random(random));
    expect(seen).toEqual(new Set(pair.model.values()));
  });

  it('draws runs of different elements, and all of them in the end', () => {
    const pair = new Pair();
    const run = new Int32Array(16);
    expect(pair.dict.randomRun(new SeededRandom(5), run, 5)).toBe(0);
    for (let i = 0; i < 2000; i++) pair.insert(`${i}`);
    const random = new SeededRandom(6);
    const present = new Set(pair.model.values());
    const seen = new Set<Ref>();
    for (let i = 0; i < 10_000; i++) {
      const count = pair.dict.randomRun(random, run, 5);
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(5);
      const refs = new Set(run.subarray(0, count));
      expect(refs.size).toBe(count);
      for (const ref of refs) seen.add(ref);
    }
    expect(seen).toEqual(present);
  });

  it.each([
    [1, 40],
    [2, 1000],
    [3, 60_000],
    [4, 100_000],
  ])('draws uniformly, seed %i, from %i elements', (seed, size) => {
    const pair = new Pair();
    const random = new SeededRandom(seed);
    for (let i = 0; i < size; i++) pair.insert(`${i}`);
    // Uneven pages: whatever hashes to the lowest quarter goes, but for a few.
    for (let i = 0; i < size; i++) {
      if (i % 20 !== 0 && pair.hash(`${i}`) >>> 0 < 2 ** 30) pair.remove(`${i}`);
    }
    const bucketOf = new Map<Ref, number>();
    const buckets = 20;
    let next = 0;
    pair.dict.forEach((ref) => {
      bucketOf.set(ref, Math.floor((next++ * buckets) / pair.dict.size));
    });
    const sizes = Array.from({ length: buckets }, () => 0);
    for (const bucket of bucketOf.values()) sizes[bucket]!++;
    const counts = Array.from({ length: buckets }, () => 0);
    const draws = 40_000;
    for (let i = 0; i < draws; i++) counts[bucketOf.get(pair.dict.random(random))!]!++;
    let chiSquare = 0;
    for (let b = 0; b < buckets; b++) {
      const expected = (draws * sizes[b]!) / pair.dict.size;
      chiSquare += (counts[b]! - expected) ** 2 / expected;
    }
    // 19 degrees of freedom: 43.8 is exceeded once in a thousand runs, and seeds are fixed.
    expect(chiSquare).toBeLessThan(43.8);
  });

  it.each([
    [1, 32, 'grow'],
    [2, 32, 'shrink'],
    [3, 32, 'both'],
    [4, 6, 'both'],
    [5, 14, 'shrink'],
  ])('scans what stays throughout exactly once, seed %i, %i bits, %s', (seed, bits, mode) => {
    const random = new SeededRandom(seed);
    const pair = new Pair(bits);
    const stable = bits === 6 ? 500 : 5000;
    const others = bits === 6 ? 500 : 80_000;
    for (let i = 0; i < stable; i++) pair.insert(`stable:${i}`);
    if (mode !== 'grow') for (let i = 0; i < others; i++) pair.insert(`other:${i}`);
    const seen = new Map<Ref, number>();
    let cursor = 0;
    let growing = mode === 'grow';
    do {
      cursor = pair.dict.scan(cursor, 1 + randomBelow(random, 200), (ref) => {
        seen.set(ref, (seen.get(ref) ?? 0) + 1);
      });
      if (mode === 'both' && randomBelow(random, 20) === 0) growing = !growing;
      for (let i = 0; i < 1500; i++) {
        const key = `other:${randomBelow(random, others)}`;
        if (pair.model.has(key) === growing) continue;
        if (growing) pair.insert(key);
        else pair.remove(key);
      }
    } while (cursor !== 0);
    for (let i = 0; i < stable; i++) {
      const times = seen.get(pair.model.get(`stable:${i}`)!);
      if (times !== 1) throw new Error(`stable:${i} was seen ${times} times`);
    }
    pair.check();
  });

  it('lets a scan remove and replace what it visits', () => {
    const pair = new Pair();
    for (let i = 0; i < 40_000; i++) pair.insert(`${i}`);
    const keyOf = new Map([...pair.model].map(([key, ref]) => [ref, key]));
    let visits = 0;
    let cursor = 0;
    do {
      cursor = pair.dict.scan(cursor, 100, (ref) => {
        visits++;
        const key = keyOf.get(ref)!;
        if (Number(key) % 3 === 0) pair.remove(key);
        else if (Number(key) % 3 === 1) pair.replace(key);
      });
    } while (cursor !== 0);
    expect(visits).toBe(40_000);
    expect(pair.dict.size).toBe(26_666);
    pair.check();
  });

  it('stops a walk when told to', () => {
    const pair = new Pair();
    for (let i = 0; i < 1000; i++) pair.insert(`${i}`);
    let visits = 0;
    pair.dict.forEach(() => ++visits === 10);
    expect(visits).toBe(10);
  });

  it('drains in slices and may be used again', () => {
    const pair = new Pair();
    for (let i = 0; i < 90_000; i++) pair.insert(`${i}`);
    let slices = 0;
    let most = 0;
    let done = false;
    while (!done) {
      let visited = 0;
      done = pair.dict.drain(1000, (ref) => {
        visited++;
        pair.heap.free(ref);
      });
      most = Math.max(most, visited);
      slices++;
    }
    expect(slices).toBeGreaterThanOrEqual(90);
    expect(most).toBe(1000);
    expect(pair.heap.used).toBe(0);
    expect(pair.dict.size).toBe(0);
    pair.model.clear();
    pair.insert('again');
    pair.check();
  });

  it('stays whole and leaks nothing when the heap is full', () => {
    const pair = new Pair();
    const random = new SeededRandom(8);
    let refusals = 0;
    for (let i = 0; i < 70_000; i++) {
      const ref = pair.block(`${i}`);
      // Now and then there is room for one page of a split, or for none.
      pair.heap.limit = pair.heap.used + randomBelow(random, 400_000);
      const before = pair.heap.used;
      try {
        pair.dict.insert(ref, pair.hash(`${i}`));
        pair.model.set(`${i}`, ref);
      } catch (error) {
        expect(error).toBeInstanceOf(HeapFull);
        expect(pair.heap.used).toBe(before);
        pair.heap.free(ref);
        refusals++;
      }
      pair.heap.limit = Infinity;
    }
    expect(refusals).toBeGreaterThan(20);
    pair.check();
    pair.heap.limit = 0;
    for (const key of pair.model.keys()) pair.remove(key);
    expect(pair.heap.used).toBe(0);
  });

  it('finds the slots ahead of the look-up', () => {
    const pair = new Pair();
    for (let i = 0; i < 50_000; i++) pair.insert(`${i}`);
    for (let i = 0; i < 50_000; i += 7) {
      const candidate = pair.dict.candidate(pair.hash(`${i}`));
      expect(candidate).not.toBe(0);
      expect(pair.dict.touch(pair.hash(`${i}`))).toBeTypeOf('number');
    }
  });
});
