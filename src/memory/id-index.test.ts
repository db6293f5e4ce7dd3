import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamId } from '../bytes/stream-id.ts';
import { SeededRandom } from '../env/random.ts';
import { Heap } from './heap.ts';
import { IdIndex } from './id-index.ts';

function contents(index: IdIndex): [string, number][] {
  const list: [string, number][] = [];
  const id = new StreamId();
  for (let more = index.first(); more; more = index.next()) {
    index.readId(id);
    list.push([id.toString(), index.value]);
  }
  return list;
}

function reversed(index: IdIndex): string[] {
  const list: string[] = [];
  const id = new StreamId();
  for (let more = index.last(); more; more = index.previous()) {
    index.readId(id);
    list.push(id.toString());
  }
  return list.toReversed();
}

/** IDs that differ in every word. */
function idOf(n: number): StreamId {
  const id = new StreamId();
  id.setWords(n >> 9, (n >> 6) & 7 ? 0xffffffff - 8 + ((n >> 6) & 7) : 0, (n >> 3) & 7, n & 7);
  return id;
}

describe('IdIndex', () => {
  it('agrees with a sorted array under random changes and gives all memory back', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(20, 300, 4000), (seed, range) => {
        const random = new SeededRandom(seed);
        const heap = new Heap();
        const used = heap.used;
        const index = new IdIndex(heap);
        const model = new Map<number, number>();
        for (let step = 0; step < 1500; step++) {
          const n = random.next32() % range;
          const id = idOf(n);
          const grows = step < 700 || random.next32() % 3 === 0;
          expect(index.find(id)).toBe(model.get(n) ?? 0);
          if (model.has(n)) {
            if (!grows) {
              index.find(id);
              const isMore = index.remove();
              model.delete(n);
              expect(isMore).toBe([...model.keys()].some((other) => other > n));
            }
          } else {
            index.insert(id, step + 1);
            expect(index.value).toBe(step + 1);
            model.set(n, step + 1);
          }
          const sorted = [...model.keys()].toSorted((a, b) => a - b);
          expect(index.size).toBe(sorted.length);
          const probe = random.next32() % range;
          const found = new StreamId();
          const above = sorted.find((other) => other >= probe);
          expect(index.seek(idOf(probe))).toBe(above !== undefined);
          if (above !== undefined) {
            index.readId(found);
            expect(found.compare(idOf(above))).toBe(0);
          }
          const below = sorted.findLast((other) => other <= probe);
          expect(index.seekBack(idOf(probe))).toBe(below !== undefined);
          if (below !== undefined) {
            index.readId(found);
            expect(found.compare(idOf(below))).toBe(0);
          }
        }
        const sorted = [...model].toSorted(([a], [b]) => a - b);
        const wanted = sorted.map(([n, value]) => [idOf(n).toString(), value]);
        expect(contents(index)).toEqual(wanted);
        expect(reversed(index)).toEqual(wanted.map(([text]) => text));
        const copy = index.copy((value) => value + 1);
        expect(contents(copy)).toEqual(wanted.map(([text, value]) => [text, Number(value) + 1]));
        const freed: number[] = [];
        while (index.freeSome(100, (value) => freed.push(value)) > 0);
        expect(freed.length).toBe(model.size);
        expect(index.bytesUsed).toBe(0);
        while (copy.freeSome(1000, undefined) > 0);
        expect(heap.used).toBe(used);
      }),
      { numRuns: 12 },
    );
  });

  it('keeps leaves full when IDs arrive in order', () => {
    const heap = new Heap();
    const index = new IdIndex(heap);
    for (let i = 1; i <= 10_000; i++) index.insert(StreamId.of(i, 0), i);
    expect(index.bytesUsed).toBeLessThan(10_000 * 21);
    // A queue: taken from the front.
    for (let i = 1; i <= 9_990; i++) {
      expect(index.first()).toBe(true);
      expect(index.value).toBe(i);
      index.remove();
    }
    expect(index.bytesUsed).toBeLessThan(3_000);
  });
});
