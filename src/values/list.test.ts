import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { SeededRandom, randomBelow } from '../env/random.ts';
import { Heap } from '../memory/heap.ts';
import {
  copyEntry,
  type Entry,
  encodingOf,
  LIST_LISTPACK,
  LIST_QUICKLIST,
  payloadOf,
} from './entry.ts';
import type { ValueLimits } from './limits.ts';
import { Lists } from './list.ts';
import { ObjectTable } from './object-table.ts';

const KEY = fromLatin1('key');

class Fixture {
  readonly heap = new Heap();
  readonly objects = new ObjectTable();
  readonly limits: ValueLimits = {
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
  readonly lists: Lists;
  readonly entry: Entry;

  constructor(size: number, depth = 0) {
    this.limits.listMaxListpackSize = size;
    this.limits.listCompressDepth = depth;
    this.lists = new Lists(this.heap, this.objects, this.limits);
    this.entry = this.lists.create(KEY, 0, KEY.length);
  }

  push(text: string, head = false, entry = this.entry): void {
    const bytes = fromLatin1(text);
    if (head) this.lists.pushHead(entry, bytes, 0, bytes.length);
    else this.lists.pushTail(entry, bytes, 0, bytes.length);
  }

  with(texts: readonly string[]): this {
    for (const text of texts) this.push(text);
    return this;
  }

  at(index: number): string | undefined {
    const { lists } = this;
    return lists.seek(this.entry, index)
      ? latin1(lists.foundBytes, lists.foundStart, lists.foundEnd)
      : undefined;
  }

  set(index: number, text: string): boolean {
    const bytes = fromLatin1(text);
    return this.lists.set(this.entry, index, bytes, 0, bytes.length);
  }

  insert(index: number, text: string, after: boolean): void {
    const bytes = fromLatin1(text);
    this.lists.insert(this.entry, index, bytes, 0, bytes.length, after);
  }

  removeEqual(text: string, count: number): number {
    const bytes = fromLatin1(text);
    return this.lists.removeEqual(this.entry, bytes, 0, bytes.length, count);
  }

  indexOf(text: string, from: number, limit: number, reverse: boolean): number {
    const bytes = fromLatin1(text);
    return this.lists.indexOf(this.entry, bytes, 0, bytes.length, from, limit, reverse);
  }

  read(index = 0, count = Infinity, reverse = false, entry = this.entry): string[] {
    const found: string[] = [];
    this.lists.forEach(entry, index, count, reverse, (bytes, start, end) => {
      return found.push(latin1(bytes, start, end)) > 0;
    });
    return found;
  }

  free(entry: Entry): void {
    if (encodingOf(this.heap, entry) === LIST_LISTPACK) this.heap.free(payloadOf(this.heap, entry));
    else while (!this.objects.remove(payloadOf(this.heap, entry)).freeSome(Infinity));
    this.heap.free(entry);
  }
}

const SIX = ['a', '1', 'b', '1', '-7', 'a'];

for (const [name, size, depth] of [
  ['one listpack', -5, 0],
  ['a quicklist', 2, 0],
  ['a compressed quicklist', -1, 1],
] as const) {
  describe(`a list as ${name}`, () => {
    it('pushes, finds and takes out at both ends', () => {
      const f = new Fixture(size, depth).with(['b', '3']);
      f.push('a', true);
      f.push('0', true);
      expect(f.read()).toEqual(['0', 'a', 'b', '3']);
      expect([f.at(0), f.at(-1), f.at(3), f.at(4), f.at(-4), f.at(-5)]).toEqual([
        '0',
        '3',
        '3',
        undefined,
        '0',
        undefined,
      ]);
      f.lists.removeEnd(f.entry, true);
      f.lists.removeEnd(f.entry, false);
      expect(f.read()).toEqual(['a', 'b']);
      f.lists.removeEnd(f.entry, true);
      f.lists.removeEnd(f.entry, true);
      expect(f.lists.length(f.entry)).toBe(0);
      expect(f.at(0)).toBeUndefined();
    });

    it('sets and inserts', () => {
      const f = new Fixture(size, depth).with(SIX);
      expect(f.set(2, 'B')).toBe(true);
      expect(f.set(-1, '9')).toBe(true);
      expect(f.set(6, 'x')).toBe(false);
      expect(f.set(-7, 'x')).toBe(false);
      f.insert(0, 'first', false);
      f.insert(6, 'last', true);
      f.insert(3, 'mid', true);
      expect(f.read()).toEqual(['first', 'a', '1', 'B', 'mid', '1', '-7', '9', 'last']);
    });

    it('removes equal elements from either side', () => {
      expect(
        [1, -1, 0, 2].map((count) => new Fixture(size).with(SIX).removeEqual('1', count)),
      ).toEqual([1, 1, 2, 2]);
      const first = new Fixture(size, depth).with(SIX);
      first.removeEqual('a', 1);
      expect(first.read()).toEqual(['1', 'b', '1', '-7', 'a']);
      const last = new Fixture(size, depth).with(SIX);
      last.removeEqual('a', -1);
      expect(last.read()).toEqual(['a', '1', 'b', '1', '-7']);
      expect(last.removeEqual('absent', 0)).toBe(0);
      const all = new Fixture(size, depth).with(['x', 'x', 'x', 'x', 'x']);
      expect(all.removeEqual('x', 0)).toBe(5);
      expect(all.lists.length(all.entry)).toBe(0);
    });

    it('keeps a range', () => {
      const f = new Fixture(size, depth).with(SIX);
      f.lists.keepRange(f.entry, 1, 4);
      expect(f.read()).toEqual(['1', 'b', '1', '-7']);
      f.lists.keepRange(f.entry, 4, 0);
      expect(f.read()).toEqual([]);
    });

    it('finds positions', () => {
      const f = new Fixture(size, depth).with(SIX);
      expect(f.indexOf('a', 0, Infinity, false)).toBe(0);
      expect(f.indexOf('a', 1, Infinity, false)).toBe(5);
      expect(f.indexOf('a', 5, Infinity, true)).toBe(5);
      expect(f.indexOf('1', 5, 2, true)).toBe(-1);
      expect(f.indexOf('1', 5, 3, true)).toBe(3);
      expect(f.indexOf('a', 6, Infinity, false)).toBe(-1);
    });

    it('moves elements within the list and to another', () => {
      const f = new Fixture(size, depth).with(SIX);
      const other = f.lists.create(KEY, 0, KEY.length);
      f.lists.move(f.entry, f.entry, false, true);
      expect(latin1(f.lists.foundBytes, f.lists.foundStart, f.lists.foundEnd)).toBe('a');
      f.lists.move(f.entry, f.entry, true, false);
      f.lists.move(f.entry, other, true, true);
      f.lists.move(f.entry, other, true, false);
      expect(f.read()).toEqual(['b', '1', '-7', 'a']);
      expect(f.read(0, Infinity, false, other)).toEqual(['a', '1']);
    });

    for (const seed of [1, 2]) {
      it(`equals an array under random operations and frees all, seed ${seed}`, () => {
        const random = new SeededRandom(seed);
        const f = new Fixture(size, depth);
        const model: string[] = [];
        for (let step = 0; step < 4000; step++) {
          const text = randomBelow(random, 2) ? `${randomBelow(random, 999)}` : `text-${step}`;
          const growing = step % 2000 < 1200;
          const choice = randomBelow(random, growing ? 60 : 100);
          const at = model.length === 0 ? -1 : randomBelow(random, model.length);
          if (at < 0 || choice < 40) {
            f.push(text, choice % 2 === 0);
            if (choice % 2 === 0) model.unshift(text);
            else model.push(text);
          } else if (choice < 50) {
            f.insert(at, text, choice % 2 === 0);
            model.splice(choice % 2 === 0 ? at + 1 : at, 0, text);
          } else if (choice < 55) {
            f.set(at, text);
            model[at] = text;
          } else if (choice < 90) {
            f.lists.removeEnd(f.entry, choice % 2 === 0);
            if (choice % 2 === 0) model.shift();
            else model.pop();
          } else {
            f.lists.removeRange(f.entry, at, 3);
            model.splice(at, 3);
          }
          if (step % 100 !== 0) continue;
          expect(f.read()).toEqual(model);
          expect(f.read(model.length - 1, 50, true)).toEqual(model.toReversed().slice(0, 50));
          expect(f.at(model.length >> 1)).toBe(model[model.length >> 1]);
        }
        const copy = copyEntry(f.heap, f.entry, KEY, 0, KEY.length);
        f.lists.copyValue(f.entry, copy);
        expect(f.read(0, Infinity, false, copy)).toEqual(model);
        const again = f.lists.create(KEY, 0, KEY.length);
        f.lists.forEachNode(f.entry, (ref, bytes) => {
          const whole = f.heap.bytes[ref >>> 21]!;
          const start = (ref & 0x1fffff) << 3;
          f.lists.appendNode(again, whole.slice(start, start + bytes), 0, bytes, false);
        });
        expect(f.read(0, Infinity, false, again)).toEqual(model);
        f.free(copy);
        f.free(again);
        f.free(f.entry);
        expect(f.heap.used).toBe(0);
        expect(f.objects.size).toBe(0);
      });
    }
  });
}

describe('the encoding of a list', () => {
  it('follows list-max-listpack-size both ways', () => {
    const f = new Fixture(4);
    for (let i = 0; i < 4; i++) f.push(`${i}`);
    expect(encodingOf(f.heap, f.entry)).toBe(LIST_LISTPACK);
    f.push('4');
    expect(encodingOf(f.heap, f.entry)).toBe(LIST_QUICKLIST);
    f.lists.removeEnd(f.entry, true);
    expect(encodingOf(f.heap, f.entry)).toBe(LIST_QUICKLIST);
    for (let i = 0; i < 3; i++) f.lists.removeEnd(f.entry, true);
    expect(encodingOf(f.heap, f.entry)).toBe(LIST_LISTPACK);
    expect(f.read()).toEqual(['4']);
  });

  it('gives each element of the limit 0 a node of its own, and takes plain nodes from files', () => {
    const f = new Fixture(0).with(['a', 'b', 'c']);
    let nodes = 0;
    f.lists.forEachNode(f.entry, () => nodes++);
    expect(nodes).toBe(3);
    const other = f.lists.create(KEY, 0, KEY.length);
    const bytes = fromLatin1('plain');
    f.lists.appendNode(other, bytes, 0, 5, true);
    f.lists.appendNode(other, bytes, 0, 3, true);
    expect(f.read(0, Infinity, false, other)).toEqual(['plain', 'pla']);
  });
});
