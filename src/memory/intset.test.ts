import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../env/random.ts';
import { GRANULE_MASK, Heap, type Ref, SEGMENT_SHIFT } from './heap.ts';
import { Intsets, validateIntset } from './intset.ts';

/** "+v" for SADD, "-v" for SREM, and the bytes redis-server made of them. */
type Vector = { ops: string[]; bytes: string };

const VECTORS = readFileSync(new URL('./intset-vectors.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

class Harness {
  readonly heap = new Heap();
  readonly sets = new Intsets(this.heap);

  bytesOf(ref: Ref): Uint8Array {
    const at = (ref & GRANULE_MASK) << 3;
    const total = this.sets.totalBytes(ref);
    return this.heap.bytes[ref >>> SEGMENT_SHIFT]!.slice(at, at + total);
  }

  change(ref: Ref, value: bigint, adding: boolean): Ref {
    const number = Number(value);
    if (Number.isSafeInteger(number)) {
      return adding ? this.sets.add(ref, number) : this.sets.remove(ref, number);
    }
    return adding ? this.sets.addBig(ref, value) : this.sets.removeBig(ref, value);
  }

  has(ref: Ref, value: bigint): boolean {
    const number = Number(value);
    const big = this.sets.hasBig(ref, value);
    if (Number.isSafeInteger(number)) expect(this.sets.has(ref, number)).toBe(big);
    return big;
  }

  values(ref: Ref): bigint[] {
    return Array.from({ length: this.sets.length(ref) }, (_, i) => this.sets.getBig(ref, i));
  }

  text(ref: Ref, index: number): string {
    this.sets.read(ref, index);
    const { foundBytes, foundStart, foundEnd } = this.sets;
    return new TextDecoder().decode(foundBytes.subarray(foundStart, foundEnd));
  }
}

function someValue(random: SeededRandom, bits: number): bigint {
  const words = (BigInt(random.next32()) << 32n) | BigInt(random.next32());
  return BigInt.asIntN(bits, words);
}

describe('Intsets', () => {
  it.each(VECTORS)('makes the bytes redis-server made, vector %#', ({ ops, bytes }) => {
    const h = new Harness();
    let ref = h.sets.create();
    for (const op of ops) ref = h.change(ref, BigInt(op.slice(1)), op[0] === '+');
    expect(h.bytesOf(ref)).toEqual(fromHex(bytes));
    const restored = h.sets.fromBytes(fromHex(bytes), 0, bytes.length / 2);
    expect(h.values(restored)).toEqual(h.values(ref));
    expect(validateIntset(fromHex(bytes), 0, bytes.length / 2)).toBe(h.sets.length(ref));
  });

  it.each([
    [1, 16],
    [2, 17],
    [3, 32],
    [4, 33],
    [5, 53],
    [6, 54],
    [7, 64],
  ])('agrees with a sorted array, seed %i, %i bits', (seed, bits) => {
    const random = new SeededRandom(seed);
    const h = new Harness();
    let ref = h.sets.create();
    const model = new Set<bigint>();
    const pool = Array.from({ length: 300 }, () => someValue(random, bits));
    for (let i = 0; i < 4000; i++) {
      const value = pool[randomBelow(random, pool.length)]!;
      expect(h.has(ref, value)).toBe(model.has(value));
      const adding = randomBelow(random, 100) < (i % 1000 < 500 ? 80 : 20);
      ref = h.change(ref, value, adding);
      if (adding) model.add(value);
      else model.delete(value);
      if (i % 100 !== 0 || model.size === 0) continue;
      const sorted = [...model].toSorted((a, b) => (a < b ? -1 : 1));
      expect(h.values(ref)).toEqual(sorted);
      expect(sorted.map((_, index) => h.text(ref, index))).toEqual(sorted.map(String));
      const bytes = h.bytesOf(ref);
      expect(validateIntset(bytes, 0, bytes.length)).toBe(model.size);
      expect(h.heap.usableSize(ref)).toBeLessThanOrEqual(bytes.length * 1.5 + 24);
      expect(h.bytesOf(h.sets.copy(ref))).toEqual(bytes);
    }
    const used = h.heap.usableSize(ref);
    const before = h.heap.used;
    h.heap.free(ref);
    expect(h.heap.used).toBe(before - used);
  });

  it('tells apart what is equal as a double', () => {
    const h = new Harness();
    let ref = h.sets.create();
    ref = h.sets.addBig(ref, 2n ** 63n - 1n);
    expect(h.sets.hasBig(ref, 2n ** 63n - 2n)).toBe(false);
    expect(h.sets.hasBig(ref, 2n ** 63n - 1n)).toBe(true);
    ref = h.sets.removeBig(ref, 2n ** 63n - 2n);
    expect(h.sets.length(ref)).toBe(1);
    expect(h.text(ref, 0)).toBe('9223372036854775807');
  });

  it('refuses payloads that are none', () => {
    const good = fromHex('02000000020000000100ff00');
    expect(validateIntset(good, 0, good.length)).toBe(2);
    for (let cut = 0; cut < good.length; cut++) expect(validateIntset(good, 0, cut)).toBe(-1);
    const bad = [
      '0200000000000000',
      '03000000010000000000000000',
      '020000000200000001000100',
      '020000000200000002000100',
      '04000000020000000100000001000000',
      '080000000200000000000000010000000000000001000000',
      'ffffffff01000000ffffffff',
      '02000000ffffffff0100',
    ];
    for (const hex of bad) expect(validateIntset(fromHex(hex), 0, hex.length / 2)).toBe(-1);
    const shifted = fromHex(`ffffff02000000020000000100ff00`);
    expect(validateIntset(shifted, 3, shifted.length)).toBe(2);
  });
});
