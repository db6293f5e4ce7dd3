import { describe, expect, it } from 'vitest';
import { SeededRandom, randomBelow } from '../env/random.ts';
import { Heap, SEGMENT_SHIFT, type Ref } from './heap.ts';
import { createMember, memberLength, memberScore, memberStart } from './member-block.ts';
import { Skiplist } from './skiplist.ts';
import { checkSkiplist } from './skiplist-check.ts';

const encoder = new TextEncoder();

interface Model {
  score: number;
  member: string;
  ref: Ref;
}

function compare(a: Model, b: Model): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return a.member < b.member ? -1 : a.member > b.member ? 1 : 0;
}

/** A list beside a sorted array that must always equal it. */
class Twin {
  readonly heap = new Heap();
  readonly list: Skiplist;
  readonly model: Model[] = [];
  readonly emptyUse: number;

  constructor(seed: number) {
    this.list = new Skiplist(this.heap, new SeededRandom(seed));
    this.emptyUse = this.heap.used - this.list.bytesUsed;
  }

  placeOf(entry: Model): number {
    let low = 0;
    let high = this.model.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.model[middle]!, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  insert(score: number, member: string): void {
    const bytes = encoder.encode(member);
    const entry = { score, member, ref: createMember(this.heap, score, bytes, 0, bytes.length) };
    this.model.splice(this.placeOf(entry), 0, entry);
    this.list.insert(entry.ref);
  }

  remove(rank: number): void {
    const [entry] = this.model.splice(rank, 1);
    this.list.remove(entry!.ref);
    this.heap.free(entry!.ref);
  }

  update(rank: number, score: number): void {
    const [entry] = this.model.splice(rank, 1);
    this.list.updateScore(entry!.ref, score);
    entry!.score = score;
    this.model.splice(this.placeOf(entry!), 0, entry!);
  }

  removeRange(rank: number, count: number): void {
    const gone = this.model.splice(rank, count).map((entry) => entry.ref);
    const seen: Ref[] = [];
    this.list.removeRange(rank, count, (ref) => {
      seen.push(ref);
      this.heap.free(ref);
    });
    expect(seen).toEqual(gone);
  }

  check(): void {
    expect(checkSkiplist(this.heap, this.list)).toEqual(this.model.map((entry) => entry.ref));
  }
}

const SPECIAL = [0, -0, Infinity, -Infinity, 1, -1, 5e-324, -5e-324, 1e308, -1e308, 0.1, -0.1];

function randomScore(random: SeededRandom, kind: number): number {
  if (kind === 0) return SPECIAL[randomBelow(random, SPECIAL.length)]!;
  if (kind === 1) return randomBelow(random, 20) - 10;
  return (randomBelow(random, 2 ** 40) - 2 ** 39) / 1024;
}

function randomMember(random: SeededRandom, serial: number): string {
  const long = randomBelow(random, 200) === 0 ? 'x'.repeat(randomBelow(random, 600)) : '';
  return `${long}${String.fromCharCode(97 + randomBelow(random, 26))}${serial}`;
}

function queryAll(twin: Twin, random: SeededRandom, kind: number): void {
  const { list, model } = twin;
  const score = randomScore(random, kind);
  expect(list.countBelowScore(score, false)).toBe(model.filter((e) => e.score < score).length);
  expect(list.countBelowScore(score, true)).toBe(model.filter((e) => e.score <= score).length);
  if (model.length === 0) return;
  const rank = randomBelow(random, model.length);
  expect(list.at(rank)).toBe(model[rank]!.ref);
  expect(list.rankOf(model[rank]!.ref)).toBe(rank);
  expect(memberScore(twin.heap, model[rank]!.ref)).toBe(model[rank]!.score);
  const count = randomBelow(random, 700);
  const up: Ref[] = [];
  list.forEach(rank, count, false, (ref) => up.push(ref) > 0);
  expect(up).toEqual(model.slice(rank, rank + count).map((e) => e.ref));
  const down: Ref[] = [];
  list.forEach(rank, count, true, (ref) => down.push(ref) > 0);
  const expected = model.slice(Math.max(0, rank + 1 - count), rank + 1).map((e) => e.ref);
  expect(down).toEqual(expected.toReversed());
}

describe('Skiplist', () => {
  for (const kind of [0, 1, 2]) {
    for (let round = 0; round < 4; round++) {
      const seed = kind * 1000 + round;
      it(`equals a sorted array under random changes, seed ${seed}`, () => {
        const random = new SeededRandom(seed);
        const twin = new Twin(seed);
        let serial = 0;
        for (let phase = 0; phase < 8; phase++) {
          const growing = phase % 2 === 0;
          for (let step = 0; step < 1500; step++) {
            const { model } = twin;
            const choice = randomBelow(random, 100);
            if (model.length === 0 || choice < (growing ? 60 : 20)) {
              twin.insert(randomScore(random, kind), randomMember(random, serial++));
            } else if (choice < (growing ? 70 : 70)) {
              twin.remove(randomBelow(random, model.length));
            } else if (choice < 99) {
              twin.update(randomBelow(random, model.length), randomScore(random, kind));
            } else {
              const rank = randomBelow(random, model.length);
              twin.removeRange(rank, randomBelow(random, growing ? 50 : 600));
            }
            if (step % 250 === 0) {
              twin.check();
              queryAll(twin, random, kind);
            }
          }
        }
        twin.check();
        twin.removeRange(0, Infinity);
        twin.check();
        expect(twin.list.size).toBe(0);
        expect(twin.heap.used).toBe(twin.list.bytesUsed);
      });
    }
  }

  for (const [name, order] of [
    ['ascending', 1],
    ['descending', -1],
  ] as const) {
    it(`fills leaves to the brim when members come in ${name} order`, () => {
      const twin = new Twin(7);
      for (let i = 0; i < 20_000; i++) {
        const bytes = encoder.encode(`m${i}`);
        twin.list.insert(createMember(twin.heap, i * order, bytes, 0, bytes.length));
      }
      checkSkiplist(twin.heap, twin.list);
      expect(twin.list.bytesUsed / 20_000).toBeLessThan(4.35);
    });
  }

  it('counts by member where all scores are equal', () => {
    const twin = new Twin(11);
    const random = new SeededRandom(11);
    const names = new Set<string>();
    while (names.size < 5000) names.add(randomMember(random, randomBelow(random, 1e6)));
    for (const name of names) twin.insert(0, name);
    twin.check();
    for (const probe of [
      '',
      'a',
      'm5',
      twin.model[77]!.member,
      `${twin.model[77]!.member}\0`,
      '~',
    ]) {
      const bytes = encoder.encode(probe);
      const below = twin.model.filter((e) => e.member < probe).length;
      const orEqual = twin.model.filter((e) => e.member <= probe).length;
      expect(twin.list.countBelowMember(bytes, 0, bytes.length, false)).toBe(below);
      expect(twin.list.countBelowMember(bytes, 0, bytes.length, true)).toBe(orEqual);
    }
  });

  it('thins out from either end without keeping nearly empty leaves', () => {
    for (const fromLeft of [true, false]) {
      const twin = new Twin(3);
      for (let i = 0; i < 10_000; i++) twin.insert(i, `m${i}`);
      for (let i = 0; i < 10_000; i++) {
        const target = fromLeft ? i : 9_999 - i;
        if (target % 100 === 0) continue;
        twin.remove(twin.model.findIndex((e) => e.score === target));
      }
      twin.check();
      expect(twin.list.size).toBe(100);
      expect(twin.list.bytesUsed).toBeLessThan(2500);
    }
  });

  it('pops from both ends', () => {
    const twin = new Twin(5);
    for (let i = 0; i < 3000; i++) twin.insert(i % 7, `m${i}`);
    while (twin.model.length > 0) {
      twin.remove(twin.model.length % 3 === 0 ? 0 : twin.model.length - 1);
      if (twin.model.length % 100 === 0) twin.check();
    }
    expect(twin.heap.used).toBe(twin.list.bytesUsed);
  });

  it('is freed in slices, completely', () => {
    const twin = new Twin(9);
    for (let i = 0; i < 5000; i++) twin.insert(i, `m${i}`);
    let slices = 1;
    while (!twin.list.freeSome(500, (ref) => twin.heap.free(ref))) slices++;
    expect(slices).toBeGreaterThan(5);
    expect(twin.heap.used).toBe(0);
  });

  it('keeps score and member of a block of any length', () => {
    const heap = new Heap();
    for (const length of [0, 1, 14, 254, 255, 256, 70_000]) {
      const bytes = new Uint8Array(length).map((_, i) => i * 7);
      const ref = createMember(heap, -0.5, bytes, 0, length);
      expect(memberScore(heap, ref)).toBe(-0.5);
      expect(memberLength(heap, ref)).toBe(length);
      const start = memberStart(heap, ref);
      expect(heap.bytes[ref >>> SEGMENT_SHIFT]!.slice(start, start + length)).toEqual(bytes);
    }
  });
});
