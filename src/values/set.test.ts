import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../env/random.ts';
import { Heap, HeapFull, type Ref } from '../memory/heap.ts';
import { type Entry, payloadOf } from './entry.ts';
import type { ValueLimits } from './limits.ts';
import { ObjectTable } from './object-table.ts';
import { type MemberVisit, Sets } from './set.ts';

const LIMITS: ValueLimits = {
  hashMaxListpackEntries: 128,
  hashMaxListpackValue: 64,
  setMaxIntsetEntries: 512,
  zsetMaxListpackEntries: 128,
  zsetMaxListpackValue: 64,
  listMaxListpackSize: -2,
  listCompressDepth: 0,
  streamNodeMaxBytes: 4096,
  streamNodeMaxEntries: 100,
  hllSparseMaxBytes: 3000,
};

const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  String.fromCharCode(...bytes.subarray(start, end));

/** A heap that refuses what would make it larger than its limit. */
class LimitedHeap extends Heap {
  limit = Infinity;

  override allocate(bytes: number): Ref {
    if (this.used + Heap.sizeFor(bytes) > this.limit) throw new HeapFull(bytes);
    return super.allocate(bytes);
  }
}

class Harness {
  readonly heap = new LimitedHeap();
  readonly objects = new ObjectTable();
  readonly limits = { ...LIMITS };
  readonly sets = new Sets(this.heap, this.objects, this.limits);

  create(...members: string[]): Entry {
    const entry = this.sets.create(latin('key'), 0, 3);
    for (const member of members) this.add(entry, member);
    return entry;
  }

  add(entry: Entry, text: string): boolean {
    return this.sets.add(entry, latin(`<${text}>`), 1, text.length + 1);
  }

  remove(entry: Entry, text: string): boolean {
    return this.sets.remove(entry, latin(`<${text}>`), 1, text.length + 1);
  }

  contains(entry: Entry, text: string): boolean {
    return this.sets.contains(entry, latin(`<${text}>`), 1, text.length + 1);
  }

  found(): string {
    return textOf(this.sets.foundBytes, this.sets.foundStart, this.sets.foundEnd);
  }

  collect(walk: (visit: MemberVisit) => void): string[] {
    const members: string[] = [];
    walk((bytes, start, end) => void members.push(textOf(bytes, start, end)));
    return members;
  }

  members(entry: Entry): string[] {
    return this.collect((visit) => this.sets.forEach(entry, visit)).toSorted();
  }

  free(entry: Entry): void {
    if (this.sets.isIntset(entry)) this.heap.free(payloadOf(this.heap, entry));
    else {
      const object = this.objects.remove(payloadOf(this.heap, entry));
      while (!object.freeSome(100));
    }
    this.heap.free(entry);
  }
}

/** Makes members of one encoding; all of them are integers for intsets. */
const ENCODINGS = {
  intset: (i: number) => `${(i - 50) * (i % 3 === 0 ? 1 : i % 3 === 1 ? 70_000 : 2 ** 40)}`,
  'intset of 64 bits': (i: number) => `${(i % 2 === 0 ? 1n : -1n) * (2n ** 63n - 1n - BigInt(i))}`,
  hashtable: (i: number) => (i % 4 === 0 ? `${i}` : `member:${i}${'.'.repeat((i * 7) % 300)}`),
};

describe.each(Object.entries(ENCODINGS))('a set kept as %s', (name, member) => {
  const encoding = name === 'hashtable' ? 'hashtable' : 'intset';
  const start = (h: Harness): Entry => {
    const entry = h.create();
    if (encoding === 'hashtable') h.sets.convert(entry);
    return entry;
  };

  it.each([1, 2])('agrees with a Set, seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const h = new Harness();
    const before = h.heap.used;
    const entry = start(h);
    const model = new Set<string>();
    for (let i = 0; i < 6000; i++) {
      const text = member(randomBelow(random, 200));
      expect(h.contains(entry, text)).toBe(model.has(text));
      if (randomBelow(random, 100) < (i % 2000 < 1000 ? 75 : 25)) {
        expect(h.add(entry, text)).toBe(!model.has(text));
        model.add(text);
      } else expect(h.remove(entry, text)).toBe(model.delete(text));
      expect(h.sets.size(entry)).toBe(model.size);
      if (i % 200 === 0) expect(h.members(entry)).toEqual([...model].toSorted());
    }
    expect(h.sets.encodingName(entry)).toBe(encoding);
    expect(h.contains(entry, 'no integer')).toBe(false);
    expect(h.remove(entry, 'no integer')).toBe(false);
    expect(h.sets.bytesUsed(entry)).toBeGreaterThan(0);
    h.free(entry);
    expect(h.heap.used).toBe(before);
    expect(h.objects.size).toBe(0);
  });

  it('copies', () => {
    const h = new Harness();
    const entry = start(h);
    for (let i = 0; i < 100; i++) h.add(entry, member(i));
    const other = h.sets.copy(entry, latin('another key'), 0, 11);
    expect(h.sets.encodingName(other)).toBe(encoding);
    const members = h.members(entry);
    expect(h.members(other)).toEqual(members);
    for (const text of members) h.remove(entry, text);
    expect(h.sets.size(entry)).toBe(0);
    expect(h.members(other)).toEqual(members);
    h.free(entry);
    h.free(other);
    expect(h.heap.used).toBe(0);
  });

  it('draws and pops every member', () => {
    const h = new Harness();
    const random = new SeededRandom(3);
    const entry = start(h);
    for (let i = 0; i < 60; i++) h.add(entry, member(i));
    const all = h.members(entry);
    const drawn = new Set<string>();
    for (let i = 0; i < 1500; i++) {
      h.sets.random(entry, random);
      drawn.add(h.found());
    }
    expect([...drawn].toSorted()).toEqual(all);
    const popped: string[] = [];
    while (h.sets.size(entry) > 0) {
      h.sets.pop(entry, random);
      popped.push(h.found());
      expect(h.contains(entry, h.found())).toBe(false);
    }
    expect(popped.toSorted()).toEqual(all);
    h.free(entry);
    expect(h.heap.used).toBe(0);
  });

  it.each([1, 5, 19, 20, 50, 60, 70])('samples %i different members fairly', (count) => {
    const h = new Harness();
    const random = new SeededRandom(count);
    const entry = start(h);
    for (let i = 0; i < 60; i++) h.add(entry, member(i));
    const size = h.sets.size(entry);
    const times = new Map<string, number>();
    for (let round = 0; round < 300; round++) {
      const sample = h.collect((visit) => h.sets.randomDistinct(entry, count, random, visit));
      expect(sample.length).toBe(Math.min(count, size));
      expect(new Set(sample).size).toBe(sample.length);
      for (const text of sample) times.set(text, (times.get(text) ?? 0) + 1);
    }
    const expected = (300 * Math.min(count, size)) / size;
    for (const text of h.members(entry)) {
      // Six standard deviations of a binomial count; exact when all are taken.
      const share = expected / 300;
      const tolerance = 6 * Math.sqrt(300 * share * (1 - share));
      expect(Math.abs((times.get(text) ?? 0) - expected)).toBeLessThanOrEqual(tolerance);
    }
  });

  it.each([1, 10, 45, 55, 59])('pops %i at once', (count) => {
    const h = new Harness();
    const entry = start(h);
    for (let i = 0; i < 60; i++) h.add(entry, member(i));
    const all = h.members(entry);
    const popped = h.collect((visit) => h.sets.popMany(entry, count, new SeededRandom(9), visit));
    expect(popped.length).toBe(count);
    expect(h.sets.size(entry)).toBe(all.length - count);
    expect([...popped, ...h.members(entry)].toSorted()).toEqual(all);
    h.free(entry);
    expect(h.heap.used).toBe(0);
    expect(h.objects.size).toBe(0);
  });

  it('scans everything', () => {
    const h = new Harness();
    const entry = start(h);
    for (let i = 0; i < 150; i++) h.add(entry, member(i));
    let cursor = 0;
    const seen: string[] = [];
    do {
      cursor = h.sets.scan(entry, cursor, 10, (bytes, from, to) => {
        seen.push(textOf(bytes, from, to));
      });
    } while (cursor !== 0);
    expect(seen.toSorted()).toEqual(h.members(entry));
  });

  it('meets sets of every encoding', () => {
    const h = new Harness();
    const entry = start(h);
    for (let i = 0; i < 100; i++) h.add(entry, member(i));
    const others = Object.values(ENCODINGS).map((make) => {
      const other = h.create();
      for (let i = 0; i < 120; i += 3) h.add(other, make(i));
      for (let i = 0; i < 120; i += 2) h.add(other, member(i));
      return other;
    });
    const expected = h
      .members(entry)
      .filter((text) => others.every((other) => h.contains(other, text)));
    expect(expected.length).toBeGreaterThan(40);
    const common = h.collect((visit) => h.sets.intersect([entry, ...others], visit));
    expect(common.toSorted()).toEqual(expected);
    const nothing = h.create();
    expect(h.collect((visit) => h.sets.intersect([entry, nothing], visit))).toEqual([]);
    expect(h.collect((visit) => h.sets.intersect([], visit))).toEqual([]);
    let visits = 0;
    h.sets.intersect([entry, entry], () => ++visits === 3);
    expect(visits).toBe(3);
  });
});

describe('Sets', () => {
  it('leaves the intset at the limit, and for what is no integer', () => {
    const h = new Harness();
    h.limits.setMaxIntsetEntries = 3;
    const entry = h.create('1', '2', '3');
    expect(h.sets.encodingName(entry)).toBe('intset');
    expect(h.add(entry, '3')).toBe(false);
    expect(h.sets.encodingName(entry)).toBe('intset');
    expect(h.add(entry, '4')).toBe(true);
    expect(h.sets.encodingName(entry)).toBe('hashtable');
    for (const text of ['1', '2', '3', '4']) expect(h.remove(entry, text)).toBe(true);
    expect(h.sets.encodingName(entry)).toBe('hashtable');
    for (const text of ['007', '', '1.5', '9223372036854775808', '-0', ' 1']) {
      expect(h.sets.encodingName(h.create('5', text))).toBe('hashtable');
    }
    expect(h.sets.encodingName(h.create('9223372036854775807', '-9223372036854775808'))).toBe(
      'intset',
    );
  });

  it('keeps an intset that is over a lowered limit until it grows', () => {
    const h = new Harness();
    const entry = h.create('1', '2', '3');
    h.limits.setMaxIntsetEntries = 2;
    h.add(entry, '1');
    h.remove(entry, '1');
    expect(h.sets.encodingName(entry)).toBe('intset');
    h.add(entry, '7');
    expect(h.sets.encodingName(entry)).toBe('hashtable');
    expect(h.members(entry)).toEqual(['2', '3', '7']);
  });

  it('is an intset again when few integers remain of a large pop', () => {
    const h = new Harness();
    const entry = h.create('a');
    for (let i = 0; i < 50; i++) h.add(entry, `${i}`);
    h.remove(entry, 'a');
    h.sets.popMany(entry, 48, new SeededRandom(1), () => undefined);
    expect(h.sets.encodingName(entry)).toBe('intset');
    expect(h.sets.size(entry)).toBe(2);
  });

  it('pops long members whole', () => {
    const h = new Harness();
    const long = 'x'.repeat(100_000);
    const entry = h.create(long);
    h.sets.pop(entry, new SeededRandom(1));
    expect(h.found()).toBe(long);
  });

  it('holds all of a change or nothing when the heap is full', () => {
    const h = new Harness();
    const random = new SeededRandom(6);
    const entry = h.create();
    const model = new Set<string>();
    let refusals = 0;
    for (let i = 0; i < 4000; i++) {
      const text = i < 2000 ? `${randomBelow(random, 700)}` : `m${randomBelow(random, 900)}`;
      h.heap.limit = h.heap.used + randomBelow(random, 9000);
      try {
        h.add(entry, text);
        model.add(text);
      } catch (error) {
        expect(error).toBeInstanceOf(HeapFull);
        refusals++;
      }
      if (i % 100 === 0) expect(h.members(entry)).toEqual([...model].toSorted());
    }
    expect(refusals).toBeGreaterThan(5);
    h.heap.limit = 0;
    for (const text of model) expect(h.remove(entry, text)).toBe(true);
    h.free(entry);
    expect(h.heap.used).toBe(0);
  });
});

describe('estimateUnion', () => {
  /** A set with the members [from, to). */
  function numbered(harness: Harness, from: number, to: number): Entry {
    const prefix = 'member';
    return harness.create(...Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}`));
  }

  it('tells about how many members sets have together', () => {
    const harness = new Harness();
    const sets = [
      numbered(harness, 0, 4000),
      numbered(harness, 3000, 5000),
      numbered(harness, 9000, 9010),
    ];
    const estimate = harness.sets.estimateUnion(sets);
    expect(estimate).toBeGreaterThan(4600);
    expect(estimate).toBeLessThan(5400);
  });

  it('is exact where one set has all', () => {
    const harness = new Harness();
    const [all, some] = [numbered(harness, 0, 3000), numbered(harness, 100, 2000)];
    expect(harness.sets.estimateUnion([some, all, some])).toBe(3000);
    expect(harness.sets.estimateUnion([harness.create('1', '2', '3'), harness.create('3')])).toBe(
      3,
    );
  });
});
