import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { SeededRandom, randomBelow } from '../env/random.ts';
import { GRANULE_MASK, Heap, SEGMENT_SHIFT } from './heap.ts';
import { validateListpack } from './listpack-encoding.ts';
import { Listpacks } from './listpack.ts';
import { Quicklist } from './quicklist.ts';

function randomText(random: SeededRandom): string {
  const kind = randomBelow(random, 12);
  if (kind === 0) return '';
  if (kind < 4) return `${randomBelow(random, 2 ** 31) * (kind === 1 ? -1 : 1)}`;
  if (kind < 11) return 'x'.repeat(randomBelow(random, 70));
  return 'long'.repeat(randomBelow(random, 200));
}

/** A list beside an array, for traffic at the ends. */
class Twin {
  readonly heap = new Heap();
  readonly listpacks = new Listpacks(this.heap);
  readonly list: Quicklist;
  readonly model: string[] = [];

  constructor(fill: number, depth = 0) {
    this.list = new Quicklist(this.heap, this.listpacks, fill, depth);
  }

  push(text: string, head: boolean): void {
    const bytes = fromLatin1(text);
    if (head) this.list.pushHead(bytes, 0, bytes.length);
    else this.list.pushTail(bytes, 0, bytes.length);
    if (head) this.model.unshift(text);
    else this.model.push(text);
  }

  pop(head: boolean): void {
    const { list, model } = this;
    list.seekEnd(head);
    const expected = head ? model.shift() : model.pop();
    expect(latin1(list.foundBytes, list.foundStart, list.foundEnd)).toBe(expected);
    list.removeEnd(head);
  }

  /** All nodes are proper listpacks, and hold what the array holds. */
  check(): void {
    const { heap, list, model } = this;
    let elements = 0;
    list.forEachNode((ref, bytes) => {
      const start = (ref & GRANULE_MASK) << 3;
      const count = validateListpack(heap.bytes[ref >>> SEGMENT_SHIFT], start, start + bytes);
      expect(count).toBeGreaterThan(0);
      elements += count;
    });
    expect(elements).toBe(model.length);
    const found: string[] = [];
    list.forEach(
      0,
      Infinity,
      false,
      (memory, from, to) => found.push(latin1(memory, from, to)) > 0,
    );
    expect(found).toEqual(model);
  }
}

describe('the ends of a quicklist', () => {
  for (const fill of [-1, -2, 1, 5, 200]) {
    for (const depth of [0, 1]) {
      it(`behave as an array's: fill ${fill}, depth ${depth}`, () => {
        const random = new SeededRandom(fill * 10 + depth);
        const twin = new Twin(fill, depth);
        const before = twin.list.bytesUsed - twin.heap.used;
        for (let step = 0; step < 6000; step++) {
          // Long phases at one end, at the other, and at both; growing and shrinking.
          const phase = Math.floor(step / 400);
          const head = phase % 3 === 2 ? randomBelow(random, 2) === 0 : phase % 3 === 0;
          const isPush = randomBelow(random, 10) < (phase % 5 < 3 ? 7 : 3);
          if (isPush || twin.model.length === 0) twin.push(randomText(random), head);
          else twin.pop(head);
          if (randomBelow(random, 200) === 0) twin.check();
          expect(twin.list.length).toBe(twin.model.length);
        }
        twin.check();
        // The sums of counts, which are not in the heap, grow a little.
        expect(Math.abs(twin.list.bytesUsed - before - twin.heap.used)).toBeLessThan(256);
        while (twin.model.length > 0) twin.pop(twin.model.length % 2 === 0);
        while (!twin.list.freeSome(10));
        expect(twin.heap.used).toBe(new Heap().used);
      });
    }
  }

  it('have the nodes that pushes into closed listpacks make', () => {
    const texts = Array.from({ length: 3000 }, (_, index) => `element ${index}`);
    for (const head of [true, false]) {
      const [open, closed] = [new Twin(-2), new Twin(-2)];
      const sizes = [open, closed].map((twin) => {
        for (const text of texts) {
          twin.push(text, head);
          if (twin === closed) twin.list.forEachNode(() => {});
        }
        const found: number[] = [];
        twin.list.forEachNode((_ref, bytes) => found.push(bytes));
        return found;
      });
      expect(sizes[0]).toEqual(sizes[1]);
      // What was given for growing is given back when a node is full.
      expect(open.heap.used).toBeLessThan(closed.heap.used * 1.2);
    }
  });

  it('are freed while they are open', () => {
    const twin = new Twin(-1);
    for (let i = 0; i < 2000; i++) twin.push(`element ${i}`, i % 2 === 0);
    while (!twin.list.freeSome(1));
    expect(twin.heap.used).toBe(new Heap().used);
  });
});
