import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../env/random.ts';
import { Heap, HeapFull, type Ref } from '../memory/heap.ts';
import { type Entry, payloadOf } from './entry.ts';
import { type FieldVisit, Hashes } from './hash.ts';
import type { ValueLimits } from './limits.ts';
import { ObjectTable } from './object-table.ts';

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
  new TextDecoder('latin1').decode(bytes.subarray(start, end));

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
  readonly hashes = new Hashes(this.heap, this.objects, this.limits);

  create(): Entry {
    return this.hashes.create(latin('key'), 0, 3);
  }

  set(entry: Entry, field: string, value: string): boolean {
    const f = latin(`<${field}>`);
    const v = latin(`[[${value}]]`);
    return this.hashes.set(entry, f, 1, f.length - 1, v, 2, v.length - 2);
  }

  get(entry: Entry, field: string): string | undefined {
    const f = latin(`<${field}>`);
    return this.hashes.get(entry, f, 1, f.length - 1) ? this.found() : undefined;
  }

  has(entry: Entry, field: string): boolean {
    return this.hashes.has(entry, latin(field), 0, field.length);
  }

  delete(entry: Entry, field: string): boolean {
    return this.hashes.delete(entry, latin(field), 0, field.length);
  }

  found(): string {
    return textOf(this.hashes.foundBytes, this.hashes.foundStart, this.hashes.foundEnd);
  }

  foundField(): string {
    const { foundField, foundFieldStart, foundFieldEnd } = this.hashes;
    return textOf(foundField, foundFieldStart, foundFieldEnd);
  }

  collect(walk: (visit: FieldVisit) => void): [string, string][] {
    const pairs: [string, string][] = [];
    walk((field, from, to, value, start, end) => {
      pairs.push([textOf(field, from, to), textOf(value, start, end)]);
    });
    return pairs;
  }

  pairs(entry: Entry): [string, string][] {
    return this.collect((visit) => this.hashes.forEach(entry, visit));
  }

  free(entry: Entry): void {
    if (this.hashes.isListpack(entry)) this.heap.free(payloadOf(this.heap, entry));
    else {
      const object = this.objects.remove(payloadOf(this.heap, entry));
      while (!object.freeSome(10));
    }
    this.heap.free(entry);
  }
}

const byField = (a: [string, string], b: [string, string]): number => (a[0] < b[0] ? -1 : 1);

describe.each(['listpack', 'hashtable'])('a hash kept as %s', (encoding) => {
  const LENGTHS = encoding === 'listpack' ? [0, 1, 20, 64] : [0, 1, 20, 64, 254, 255, 256, 5000];

  const start = (h: Harness): Entry => {
    const entry = h.create();
    if (encoding === 'hashtable') h.hashes.convert(entry);
    return entry;
  };

  const fieldOf = (i: number): string => {
    const name = i % 4 === 0 ? `${i * 1000}` : `field:${i}`;
    return i % 9 === 0 ? name.padEnd(LENGTHS[i % LENGTHS.length]!, '.') : name;
  };

  const someValue = (random: SeededRandom): string => {
    if (randomBelow(random, 2) === 0)
      return `${(random.next32() | 0) * (random.next32() & 0xffff)}`;
    return 'v'.repeat(LENGTHS[randomBelow(random, LENGTHS.length)]!);
  };

  it.each([1, 2])('agrees with a Map, seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const h = new Harness();
    const entry = start(h);
    const model = new Map<string, string>();
    for (let i = 0; i < 5000; i++) {
      const field = fieldOf(randomBelow(random, 120));
      expect(h.get(entry, field)).toBe(model.get(field));
      expect(h.has(entry, field)).toBe(model.has(field));
      expect(h.hashes.valueLength(entry, latin(field), 0, field.length)).toBe(
        model.get(field)?.length ?? 0,
      );
      if (randomBelow(random, 100) < (i % 2000 < 1000 ? 75 : 25)) {
        const value = someValue(random);
        expect(h.set(entry, field, value)).toBe(!model.has(field));
        model.set(field, value);
      } else expect(h.delete(entry, field)).toBe(model.delete(field));
      expect(h.hashes.length(entry)).toBe(model.size);
      if (i % 200 !== 0) continue;
      const pairs = h.pairs(entry);
      // A listpack keeps the order in which fields came, as a Map does.
      if (encoding === 'listpack') expect(pairs).toEqual([...model]);
      else expect(pairs.toSorted(byField)).toEqual([...model].toSorted(byField));
    }
    expect(h.hashes.encodingName(entry)).toBe(encoding);
    expect(h.hashes.bytesUsed(entry)).toBeGreaterThan(0);
    h.free(entry);
    expect(h.heap.used).toBe(0);
    expect(h.objects.size).toBe(0);
  });

  it('copies', () => {
    const h = new Harness();
    const entry = start(h);
    for (let i = 0; i < 100; i++) h.set(entry, fieldOf(i), `${i}`);
    const pairs = h.pairs(entry).toSorted(byField);
    const other = h.hashes.copy(entry, latin('another key'), 0, 11);
    expect(h.hashes.encodingName(other)).toBe(encoding);
    h.set(other, fieldOf(1), 'changed');
    h.delete(other, fieldOf(2));
    expect(h.pairs(entry).toSorted(byField)).toEqual(pairs);
    expect(h.hashes.length(other)).toBe(99);
    h.free(entry);
    h.free(other);
    expect(h.heap.used).toBe(0);
  });

  it('draws every field with its own value', () => {
    const h = new Harness();
    const random = new SeededRandom(3);
    const entry = start(h);
    for (let i = 0; i < 40; i++) h.set(entry, `${i % 2 ? i : `f${i}`}`, `${i * 7}`);
    const drawn = new Map<string, string>();
    for (let i = 0; i < 1200; i++) {
      h.hashes.random(entry, random);
      drawn.set(h.foundField(), h.found());
    }
    expect([...drawn].toSorted(byField)).toEqual(h.pairs(entry).toSorted(byField));
    for (const count of [1, 7, 20, 39, 40, 50]) {
      const times = new Map<string, number>();
      for (let round = 0; round < 200; round++) {
        const sample = h.collect((visit) => h.hashes.randomDistinct(entry, count, random, visit));
        expect(new Set(sample.map(([field]) => field)).size).toBe(Math.min(40, count));
        for (const [field, value] of sample) {
          expect(drawn.get(field)).toBe(value);
          times.set(field, (times.get(field) ?? 0) + 1);
        }
      }
      const share = Math.min(1, count / 40);
      const tolerance = 6 * Math.sqrt(200 * share * (1 - share));
      for (const field of drawn.keys()) {
        const difference = Math.abs((times.get(field) ?? 0) - 200 * share);
        expect(difference).toBeLessThanOrEqual(tolerance + 1e-9);
      }
    }
  });

  it('scans everything', () => {
    const h = new Harness();
    const entry = start(h);
    for (let i = 0; i < 120; i++) h.set(entry, fieldOf(i), `v${i}`);
    let cursor = 0;
    const seen: [string, string][] = [];
    do {
      cursor = h.hashes.scan(entry, cursor, 10, (field, from, to, value, first, last) => {
        seen.push([textOf(field, from, to), textOf(value, first, last)]);
      });
    } while (cursor !== 0);
    expect(seen.toSorted(byField)).toEqual(h.pairs(entry).toSorted(byField));
  });

  it('stops a walk when told to', () => {
    const h = new Harness();
    const entry = start(h);
    for (let i = 0; i < 20; i++) h.set(entry, `${i}`, '');
    let visits = 0;
    h.hashes.forEach(entry, () => ++visits === 5);
    expect(visits).toBe(5);
  });
});

describe('Hashes', () => {
  it('leaves the listpack above the number of fields', () => {
    const h = new Harness();
    h.limits.hashMaxListpackEntries = 3;
    const entry = h.create();
    for (const field of ['a', 'b', 'c', 'c']) h.set(entry, field, '1');
    expect(h.hashes.encodingName(entry)).toBe('listpack');
    h.set(entry, 'd', '2');
    expect(h.hashes.encodingName(entry)).toBe('hashtable');
    expect(h.pairs(entry).toSorted(byField)).toEqual([
      ['a', '1'],
      ['b', '1'],
      ['c', '1'],
      ['d', '2'],
    ]);
    for (const field of ['a', 'b', 'c']) h.delete(entry, field);
    expect(h.hashes.encodingName(entry)).toBe('hashtable');
  });

  it('leaves a listpack over a lowered limit at the next set, even of a field there', () => {
    const h = new Harness();
    const entry = h.create();
    for (const field of ['a', 'b', 'c']) h.set(entry, field, '1');
    h.limits.hashMaxListpackEntries = 2;
    h.delete(entry, 'x');
    expect(h.hashes.encodingName(entry)).toBe('listpack');
    h.set(entry, 'a', '2');
    expect(h.hashes.encodingName(entry)).toBe('hashtable');
    expect(h.get(entry, 'a')).toBe('2');
  });

  it.each([
    ['field', 64, 0, 'listpack'],
    ['field', 65, 0, 'hashtable'],
    ['value', 0, 64, 'listpack'],
    ['value', 0, 65, 'hashtable'],
  ])('looks at the length of the %s: %i, %i', (_, field, value, encoding) => {
    const h = new Harness();
    const entry = h.create();
    h.set(entry, 'f'.repeat(field), 'v'.repeat(value));
    expect(h.hashes.encodingName(entry)).toBe(encoding);
    const announced = h.create();
    h.hashes.announce(announced, field);
    h.hashes.announce(announced, value);
    expect(h.hashes.encodingName(announced)).toBe(encoding);
  });

  it('gives integers as numbers', () => {
    const h = new Harness();
    const entry = h.create();
    h.set(entry, 'n', '-42');
    h.set(entry, 't', '4 2');
    expect(h.get(entry, 'n')).toBe('-42');
    expect(h.hashes.foundInteger).toBe(-42);
    expect(h.get(entry, 't')).toBe('4 2');
    expect(h.hashes.foundInteger).toBeNaN();
  });

  it('replaces values in their blocks while they fit, and gives room back', () => {
    const h = new Harness();
    const entry = h.create();
    h.hashes.convert(entry);
    h.set(entry, 'field', 'x'.repeat(100));
    const blocks = h.heap.blocks;
    const used = h.heap.used;
    h.set(entry, 'field', 'y'.repeat(90));
    expect(h.heap.used).toBe(used);
    expect(h.get(entry, 'field')).toBe('y'.repeat(90));
    h.set(entry, 'field', 'z'.repeat(3));
    expect(h.heap.used).toBeLessThan(used);
    for (const length of [254, 255, 300, 254, 100_000, 20, 0]) {
      h.set(entry, 'field', 'w'.repeat(length));
      expect(h.get(entry, 'field')).toBe('w'.repeat(length));
    }
    expect(h.heap.blocks).toBe(blocks);
  });

  it('holds all of a change or nothing when the heap is full', () => {
    const h = new Harness();
    const random = new SeededRandom(6);
    const entry = h.create();
    const model = new Map<string, string>();
    let refusals = 0;
    for (let i = 0; i < 3000; i++) {
      const field = `field:${randomBelow(random, 300)}`;
      const value = 'v'.repeat(randomBelow(random, 64));
      // First there is no room for the conversion, which then waits.
      if (i === 1500) expect(h.hashes.encodingName(entry)).toBe('listpack');
      h.heap.limit = h.heap.used + randomBelow(random, i < 1500 ? 7500 : 40_000);
      try {
        h.set(entry, field, value);
        model.set(field, value);
      } catch (error) {
        expect(error).toBeInstanceOf(HeapFull);
        refusals++;
      }
      if (i % 100 === 0) expect(new Map(h.pairs(entry))).toEqual(model);
    }
    expect(refusals).toBeGreaterThan(20);
    expect(h.hashes.encodingName(entry)).toBe('hashtable');
    h.heap.limit = 0;
    for (const field of model.keys()) expect(h.delete(entry, field)).toBe(true);
    h.free(entry);
    expect(h.heap.used).toBe(0);
  });
});
