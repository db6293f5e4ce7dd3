import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { SeededRandom, randomBelow } from '../env/random.ts';
import { Heap } from '../memory/heap.ts';
import { type Entry, payloadOf } from './entry.ts';
import { type LexBound, parseLexBound } from './lex-range.ts';
import type { ValueLimits } from './limits.ts';
import { ObjectTable } from './object-table.ts';
import { parseScoreRange, type ScoreRange } from './score-range.ts';
import {
  ADDED,
  ADD_GT,
  ADD_INCR,
  ADD_LT,
  ADD_NX,
  ADD_XX,
  NOT_A_NUMBER,
  REFUSED,
  SortedSets,
  UNCHANGED,
  UPDATED,
} from './sorted-set.ts';

const KEY = fromLatin1('key');

function limitsWith(entries: number): ValueLimits {
  return {
    hashMaxListpackEntries: 128,
    hashMaxListpackValue: 64,
    setMaxIntsetEntries: 512,
    zsetMaxListpackEntries: entries,
    zsetMaxListpackValue: 64,
    listMaxListpackSize: -2,
    listCompressDepth: 0,
    streamNodeMaxBytes: 4096,
    streamNodeMaxEntries: 100,
    hllSparseMaxBytes: 3000,
  };
}

class Fixture {
  readonly heap = new Heap();
  readonly objects = new ObjectTable();
  readonly limits: ValueLimits;
  readonly sets: SortedSets;
  readonly entry: Entry;

  constructor(entries: number, seed = 1) {
    this.limits = limitsWith(entries);
    this.sets = new SortedSets(this.heap, this.objects, this.limits, new SeededRandom(seed));
    this.entry = this.sets.create(KEY, 0, KEY.length, 1);
  }

  add(score: number, member: string, flags = 0): number {
    const bytes = fromLatin1(member);
    return this.sets.add(this.entry, score, bytes, 0, bytes.length, flags);
  }

  score(member: string): number | undefined {
    const bytes = fromLatin1(member);
    return this.sets.score(this.entry, bytes, 0, bytes.length) ? this.sets.foundScore : undefined;
  }

  rank(member: string): number {
    const bytes = fromLatin1(member);
    return this.sets.rank(this.entry, bytes, 0, bytes.length);
  }

  remove(member: string): boolean {
    const bytes = fromLatin1(member);
    return this.sets.remove(this.entry, bytes, 0, bytes.length);
  }

  list(rank = 0, count = Infinity, reverse = false): [string, number][] {
    const found: [string, number][] = [];
    this.sets.forEach(this.entry, rank, count, reverse, (bytes, start, end, score) => {
      found.push([latin1(bytes, start, end), score]);
      return true;
    });
    return found;
  }
}

function scoreRange(min: string, max: string): ScoreRange | undefined {
  const low = fromLatin1(min);
  const high = fromLatin1(max);
  return parseScoreRange(low, 0, low.length, high, 0, high.length);
}

function lexBound(text: string): LexBound {
  const bytes = fromLatin1(text);
  return parseLexBound(bytes, 0, bytes.length)!;
}

for (const [name, entries] of [
  ['listpack', 1e9],
  ['skiplist', 0],
] as const) {
  describe(`a sorted set as a ${name}`, () => {
    it('says its encoding', () => {
      const f = new Fixture(entries);
      expect(f.sets.encodingName(f.entry)).toBe(name);
    });

    it('adds under conditions', () => {
      const f = new Fixture(entries);
      expect(f.add(1, 'a')).toBe(ADDED);
      expect(f.add(1, 'a')).toBe(UNCHANGED);
      expect(f.add(2, 'a', ADD_NX)).toBe(REFUSED);
      expect(f.add(2, 'b', ADD_XX)).toBe(REFUSED);
      expect(f.add(2, 'a', ADD_XX)).toBe(UPDATED);
      expect(f.add(1, 'a', ADD_GT)).toBe(REFUSED);
      expect(f.add(3, 'a', ADD_GT)).toBe(UPDATED);
      expect(f.add(3, 'a', ADD_LT)).toBe(REFUSED);
      expect(f.add(2.5, 'a', ADD_LT)).toBe(UPDATED);
      expect(f.add(1, 'a', ADD_INCR)).toBe(UPDATED);
      expect(f.sets.foundScore).toBe(3.5);
      expect(f.add(-1, 'a', ADD_INCR | ADD_GT)).toBe(REFUSED);
      expect(f.add(0, 'a', ADD_INCR)).toBe(UNCHANGED);
      expect(f.add(5, 'new', ADD_INCR)).toBe(ADDED);
      expect(f.add(7, 'high', ADD_GT)).toBe(ADDED);
      expect(f.add(Infinity, 'a')).toBe(UPDATED);
      expect(f.add(-Infinity, 'a', ADD_INCR)).toBe(NOT_A_NUMBER);
      expect(f.add(NaN, 'x')).toBe(NOT_A_NUMBER);
      expect(f.list()).toEqual([
        ['new', 5],
        ['high', 7],
        ['a', Infinity],
      ]);
    });

    it('orders equal scores by bytes, whatever they look like', () => {
      const f = new Fixture(entries);
      const members = ['10', '9', 'a', '', 'ab', '\xff', '-1', '\0', '01', '123456789012'];
      for (const member of members) f.add(0, member);
      expect(f.list().map(([member]) => member)).toEqual(members.toSorted());
    });

    it('finds ranges by score', () => {
      const f = new Fixture(entries);
      for (let i = 0; i < 10; i++) f.add(i / 2, `m${i}`);
      const cases: [string, string, number, number][] = [
        ['-inf', '+inf', 0, 10],
        ['1', '2', 2, 5],
        ['(1', '2', 3, 5],
        ['(1', '(2', 3, 4],
        ['(1', '(1', 3, 3],
        ['3', '1', 6, 6],
        ['9', '10', 10, 10],
        ['1.1', '1.2', 3, 3],
      ];
      for (const [min, max, start, end] of cases) {
        f.sets.locateScoreRange(f.entry, scoreRange(min, max)!);
        expect([min, max, f.sets.rangeStart, f.sets.rangeEnd]).toEqual([min, max, start, end]);
      }
    });

    it('finds ranges by member', () => {
      const f = new Fixture(entries);
      for (const member of ['a', 'b', 'ba', 'c', 'd']) f.add(0, member);
      const cases: [string, string, number, number][] = [
        ['-', '+', 0, 5],
        ['+', '-', 5, 5],
        ['[b', '[c', 1, 4],
        ['(b', '(c', 2, 3],
        ['[bb', '[bc', 3, 3],
        ['[', '(', 0, 0],
      ];
      for (const [min, max, start, end] of cases) {
        f.sets.locateLexRange(f.entry, { min: lexBound(min), max: lexBound(max) });
        expect([min, max, f.sets.rangeStart, f.sets.rangeEnd]).toEqual([min, max, start, end]);
      }
    });

    it('scans every member once', () => {
      const f = new Fixture(entries);
      for (let i = 0; i < 300; i++) f.add(i, `m${i}`);
      const seen: string[] = [];
      let cursor = 0;
      do {
        cursor = f.sets.scan(f.entry, cursor, 10, (bytes, start, end, score) => {
          expect(latin1(bytes, start, end)).toBe(`m${score}`);
          return seen.push(latin1(bytes, start, end)) > 0;
        });
      } while (cursor !== 0);
      expect(new Set(seen).size).toBe(300);
      expect(seen.length).toBe(300);
    });

    it('draws every member', () => {
      const f = new Fixture(entries);
      for (let i = 0; i < 8; i++) f.add(i, `m${i}`);
      const random = new SeededRandom(4);
      const drawn = new Map<number, number>();
      for (let i = 0; i < 800; i++) {
        f.sets.random(f.entry, random);
        drawn.set(f.sets.foundScore, (drawn.get(f.sets.foundScore) ?? 0) + 1);
      }
      expect(drawn.size).toBe(8);
      for (const count of drawn.values()) expect(count).toBeGreaterThan(60);
    });

    for (const seed of [1, 2, 3]) {
      it(`equals a model under random operations, seed ${seed}`, () => {
        const random = new SeededRandom(seed);
        const f = new Fixture(entries, seed);
        const model = new Map<string, number>();
        const scores = [0, 1, -1, 0.1, -1e300, 1e18, 2 ** 53 + 2, Infinity, -Infinity, 3e19, 7];
        for (let step = 0; step < 3000; step++) {
          const member = randomBelow(random, 2) ? `${randomBelow(random, 99)}` : `m${step % 97}`;
          const score = scores[randomBelow(random, scores.length)]!;
          const choice = randomBelow(random, 100);
          if (choice < 70) {
            expect(f.add(score, member)).toBe(
              !model.has(member) ? ADDED : model.get(member) === score ? UNCHANGED : UPDATED,
            );
            model.set(member, score);
          } else if (choice < 97) expect(f.remove(member)).toBe(model.delete(member));
          else if (model.size > 0) {
            const rank = randomBelow(random, model.size);
            const count = 1 + randomBelow(random, 5);
            for (const [gone] of f.list(rank, count)) model.delete(gone);
            f.sets.removeRange(f.entry, rank, count);
          }
          expect(f.sets.size(f.entry)).toBe(model.size);
          if (step % 50 !== 0) continue;
          const sorted = [...model].toSorted(
            (a, b) => Number(a[1] > b[1]) - Number(a[1] < b[1]) || (a[0] < b[0] ? -1 : 1),
          );
          expect(f.list()).toEqual(sorted);
          expect(f.list(model.size - 1, Infinity, true)).toEqual(sorted.toReversed());
          for (let rank = 0; rank < sorted.length; rank += 7) {
            expect(f.rank(sorted[rank]![0])).toBe(rank);
            expect(f.score(sorted[rank]![0])).toBe(sorted[rank]![1]);
          }
          expect(f.rank('absent')).toBe(-1);
          expect(f.score('absent')).toBeUndefined();
        }
      });
    }

    it('copies, and gives all memory back', () => {
      const f = new Fixture(entries);
      for (let i = 0; i < 500; i++) f.add(i, `member-${i}`);
      const other = f.sets.create(KEY, 0, KEY.length, 1);
      const before = f.list();
      if (name === 'listpack') f.heap.free(payloadOf(f.heap, other));
      else f.objects.remove(payloadOf(f.heap, other)).freeSome(1e9);
      f.sets.copyValue(f.entry, other);
      f.sets.removeRange(f.entry, 0, 500);
      expect(f.sets.size(f.entry)).toBe(0);
      const copied: [string, number][] = [];
      f.sets.forEach(other, 0, Infinity, false, (bytes, start, end, score) => {
        return copied.push([latin1(bytes, start, end), score]) > 0;
      });
      expect(copied).toEqual(before);
      for (const entry of [f.entry, other]) {
        if (name === 'listpack') f.heap.free(payloadOf(f.heap, entry));
        else {
          const object = f.objects.remove(payloadOf(f.heap, entry));
          expect(object.bytesUsed).toBeGreaterThan(100);
          while (!object.freeSome(50));
        }
        f.heap.free(entry);
      }
      expect(f.heap.used).toBe(0);
      expect(f.objects.size).toBe(0);
    });
  });
}

describe('the encoding of a sorted set', () => {
  it('changes with the member that is one too many, or too long', () => {
    const f = new Fixture(3);
    for (const member of ['a', 'b', 'c', 'a']) f.add(1, member);
    expect(f.sets.encodingName(f.entry)).toBe('listpack');
    f.add(1, 'd');
    expect(f.sets.encodingName(f.entry)).toBe('skiplist');
    const g = new Fixture(3);
    g.add(1, 'x'.repeat(64));
    expect(g.sets.encodingName(g.entry)).toBe('listpack');
    g.add(2, 'x'.repeat(65));
    expect(g.sets.encodingName(g.entry)).toBe('skiplist');
    expect(g.list().map(([, score]) => score)).toEqual([1, 2]);
    const early = g.sets.create(KEY, 0, KEY.length, 65);
    expect(g.sets.encodingName(early)).toBe('skiplist');
  });

  it('keeps -0 only where the real server does: not in a listpack', () => {
    const small = new Fixture(10);
    small.add(-0, 'a');
    expect(Object.is(small.score('a'), 0)).toBe(true);
    const large = new Fixture(0);
    large.add(-0, 'a');
    expect(Object.is(large.score('a'), -0)).toBe(true);
    expect(large.add(0, 'a')).toBe(UNCHANGED);
  });

  it('is compacted on demand where limits allow', () => {
    const f = new Fixture(0);
    for (let i = 0; i < 20; i++) f.add(1 - i, `m${i}`);
    const before = f.list();
    f.limits.zsetMaxListpackEntries = 19;
    f.sets.compact(f.entry);
    expect(f.sets.encodingName(f.entry)).toBe('skiplist');
    f.limits.zsetMaxListpackEntries = 20;
    f.sets.compact(f.entry);
    expect(f.sets.encodingName(f.entry)).toBe('listpack');
    expect(f.list()).toEqual(before);
    expect(f.objects.size).toBe(0);
  });
});

describe('bounds of ranges', () => {
  it('are read as the real server reads them', () => {
    expect(scoreRange('(1.5', '+inf')).toEqual({
      min: 1.5,
      max: Infinity,
      minExclusive: true,
      maxExclusive: false,
    });
    expect(scoreRange('', '(')).toMatchObject({ min: 0, max: 0, maxExclusive: true });
    expect(scoreRange(' 5', '1e400')).toMatchObject({ min: 5, max: Infinity });
    expect(scoreRange('1e-400', '0x10')).toMatchObject({ min: 0, max: 16 });
    for (const bad of ['5 ', 'nan', 'a', '((1', '1(', '-']) {
      expect([bad, scoreRange(bad, '1')]).toEqual([bad, undefined]);
      expect([bad, scoreRange('1', bad)]).toEqual([bad, undefined]);
    }
  });

  it('by member need a bracket, a parenthesis, or are - and + alone', () => {
    for (const bad of ['', 'a', '-a', '+a', '{a']) {
      const bytes = fromLatin1(bad);
      expect(parseLexBound(bytes, 0, bytes.length)).toBeUndefined();
    }
    expect(lexBound('[')).toMatchObject({ kind: 2, start: 1, end: 1 });
  });
});
