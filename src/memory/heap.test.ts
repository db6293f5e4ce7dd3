import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../env/random.ts';
import { GRANULE_MASK, Heap, type Ref, SEGMENT_SHIFT } from './heap.ts';

const SEGMENT_BYTES = 16 * 1024 * 1024;

/** Sizes of every kind of block: classes, spans of their own, segments of their own. */
function someSize(random: SeededRandom): number {
  const kind = randomBelow(random, 1000);
  if (kind < 600) return 1 + randomBelow(random, 200);
  if (kind < 900) return 1 + randomBelow(random, 5000);
  if (kind < 990) return 1 + randomBelow(random, 70_000);
  if (kind < 998) return 1 + randomBelow(random, 2_000_000);
  return 8 * 1024 * 1024 - 100 + randomBelow(random, 1_000_000);
}

/** Checks and fills blocks with bytes that follow from a number of their own. */
class Blocks {
  readonly heap = new Heap();
  readonly #live: { ref: Ref; size: number; pattern: number }[] = [];
  #next = 1;
  #expectedUsed = this.heap.used;

  get count(): number {
    return this.#live.length;
  }

  allocate(size: number): void {
    const ref = this.heap.allocate(size);
    expect(ref).toBeGreaterThan(0);
    const usable = this.heap.usableSize(ref);
    expect(usable).toBeGreaterThanOrEqual(size);
    expect(usable).toBe(Heap.sizeFor(size));
    expect(usable).toBeLessThanOrEqual(Math.max(8, size + 7, size * 1.125 + 4096));
    const block = { ref, size: usable, pattern: this.#next++ };
    this.#live.push(block);
    this.#expectedUsed += usable;
    this.#fill(block.ref, block.size, block.pattern);
  }

  free(index: number): void {
    const block = this.#live[index]!;
    this.#live[index] = this.#live.at(-1)!;
    this.#live.pop();
    this.#check(block.ref, block.size, block.pattern);
    this.heap.free(block.ref);
    this.#expectedUsed -= block.size;
  }

  /** Moves blocks that must leave their segments, with a chance of `percent` each. */
  leave(random: SeededRandom, percent: number): void {
    for (const block of this.#live) {
      if (!this.heap.mustLeave(block.ref) || randomBelow(random, 100) >= percent) continue;
      const moved = this.heap.clone(block.ref);
      expect(this.heap.mustLeave(moved)).toBe(false);
      expect(this.heap.usableSize(moved)).toBe(block.size);
      this.heap.free(block.ref);
      block.ref = moved;
    }
  }

  checkAll(): void {
    for (const block of this.#live) this.#check(block.ref, block.size, block.pattern);
    expect(this.heap.used).toBe(this.#expectedUsed);
    expect(this.heap.blocks).toBe(this.#live.length);
  }

  /** The first, the last and some bytes between: enough to see any overlap of whole blocks. */
  #fill(ref: Ref, size: number, pattern: number): void {
    const memory = this.heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const at = (ref & GRANULE_MASK) << 3;
    expect(at + size).toBeLessThanOrEqual(memory.length);
    memory.fill(pattern, at, at + size);
    new DataView(memory.buffer).setUint32(at, pattern);
    new DataView(memory.buffer).setUint32(at + size - 4, pattern);
  }

  #check(ref: Ref, size: number, pattern: number): void {
    const memory = this.heap.bytes[ref >>> SEGMENT_SHIFT]!;
    const at = (ref & GRANULE_MASK) << 3;
    const view = new DataView(memory.buffer);
    const step = size > 4096 ? 509 : 1;
    let good = view.getUint32(at) === pattern && view.getUint32(at + size - 4) === pattern;
    for (let i = at + 4; i < at + size - 4; i += step) good &&= memory[i] === (pattern & 255);
    if (!good) throw new Error(`block ${ref} of ${size} bytes was overwritten`);
  }
}

describe('Heap', () => {
  it.each([1, 2, 3])('gives blocks that never overlap, seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const blocks = new Blocks();
    for (let round = 0; round < 6; round++) {
      const target = round % 2 === 0 ? 1500 : 100;
      while (blocks.count !== target) {
        const grow = blocks.count < target ? 70 : 30;
        if (randomBelow(random, 100) < grow) blocks.allocate(someSize(random));
        else if (blocks.count > 0) blocks.free(randomBelow(random, blocks.count));
      }
      blocks.checkAll();
    }
    while (blocks.count > 0) blocks.free(randomBelow(random, blocks.count));
    blocks.checkAll();
    expect(blocks.heap.used).toBe(0);
    blocks.heap.trim();
    // The segment of the reserved first unit, and one spare.
    expect(blocks.heap.reserved).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
  });

  it.each([1, 2])('empties segments while blocks come and go, seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const blocks = new Blocks();
    const { heap } = blocks;
    const change = (count: number): void => {
      for (let i = 0; i < count; i++)
        if (randomBelow(random, 2) === 0 || blocks.count === 0) blocks.allocate(someSize(random));
        else blocks.free(randomBelow(random, blocks.count));
    };
    let dropped = 0;
    for (let round = 0; round < 6; round++) {
      while (blocks.count < 1500) blocks.allocate(someSize(random));
      while (blocks.count > 100 + randomBelow(random, 300))
        blocks.free(randomBelow(random, blocks.count));
      const before = heap.reserved;
      if (heap.beginEmptying() === 0) continue;
      expect(heap.isEmptying).toBe(true);
      // In some rounds not everything leaves, so that segments are used again half emptied.
      const percent = [100, 60, 30][round % 3]!;
      for (let pass = 0; pass < 3; pass++) {
        change(60);
        blocks.leave(random, percent);
        blocks.checkAll();
      }
      if (percent === 100) dropped += before - heap.reserved;
      heap.endEmptying();
      expect(heap.isEmptying).toBe(false);
      blocks.checkAll();
      change(300);
      blocks.checkAll();
    }
    expect(dropped).toBeGreaterThan(SEGMENT_BYTES);
    while (blocks.count > 0) blocks.free(randomBelow(random, blocks.count));
    blocks.checkAll();
    heap.trim();
    expect(heap.used).toBe(0);
    expect(heap.reserved).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
  });

  it('has nothing to empty where there is nothing to be gained', () => {
    const heap = new Heap();
    expect(heap.beginEmptying()).toBe(0);
    const refs = Array.from({ length: 60_000 }, () => heap.allocate(1000));
    expect(heap.beginEmptying()).toBe(0);
    expect(heap.isEmptying).toBe(false);
    for (const [i, ref] of refs.entries()) if (i % 10 !== 0) heap.free(ref);
    expect(heap.beginEmptying()).toBeGreaterThan(0);
    expect(() => heap.beginEmptying()).toThrow('begun already');
    const before = heap.reserved;
    for (const [i, ref] of refs.entries()) {
      if (i % 10 !== 0 || !heap.mustLeave(ref)) continue;
      heap.clone(ref);
      heap.free(ref);
    }
    expect(heap.reserved).toBeLessThanOrEqual(before / 2);
    heap.endEmptying();
  });

  it('covers every size up to 40,000 bytes with at most an eighth of waste', () => {
    const heap = new Heap();
    for (let size = 1; size <= 40_000; size += size < 2000 ? 1 : 97) {
      const ref = heap.allocate(size);
      const usable = heap.usableSize(ref);
      expect(usable).toBeGreaterThanOrEqual(size);
      if (size <= 128) expect(usable - size).toBeLessThan(8);
      else if (size <= 32_768) expect(usable).toBeLessThanOrEqual(size * 1.125 + 8);
      else expect(usable - size).toBeLessThan(4096);
      expect(heap.used).toBe(usable);
      heap.free(ref);
    }
    expect(heap.used).toBe(0);
  });

  it('reuses what was freed instead of growing', () => {
    const heap = new Heap();
    const random = new SeededRandom(7);
    const refs = Array.from({ length: 20_000 }, () => heap.allocate(48));
    const reserved = heap.reserved;
    for (let i = 0; i < 200_000; i++) {
      const index = randomBelow(random, refs.length);
      heap.free(refs[index]!);
      refs[index] = heap.allocate(48);
    }
    expect(heap.reserved).toBe(reserved);
    expect(new Set(refs).size).toBe(refs.length);
  });

  it('turns small blocks into room for large ones', () => {
    const heap = new Heap();
    const small = Array.from({ length: 150_000 }, () => heap.allocate(64));
    const reserved = heap.reserved;
    for (const ref of small) heap.free(ref);
    for (let i = 0; i < 4; i++) heap.allocate(2_000_000);
    expect(heap.reserved).toBe(reserved);
  });

  it('gives segments back, keeps one, and uses their numbers again', () => {
    const heap = new Heap();
    const refs = Array.from({ length: 20 }, () => heap.allocate(7_000_000));
    const most = heap.reserved;
    expect(most).toBeGreaterThanOrEqual(140_000_000);
    for (const ref of refs) heap.free(ref);
    expect(heap.reserved).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
    const again = Array.from({ length: 20 }, () => heap.allocate(7_000_000));
    expect(heap.bytes.length * SEGMENT_BYTES).toBe(most);
    expect(new Set(again).size).toBe(20);
  });

  it('trims what single blocks of many sizes leave behind', () => {
    const heap = new Heap();
    const filler: Ref[] = [];
    const singles: Ref[] = [];
    for (let size = 16; size <= 32_768; size *= 2) {
      singles.push(heap.allocate(size));
      filler.push(heap.allocate(8_000_000), heap.allocate(8_000_000));
    }
    for (const ref of filler) heap.free(ref);
    for (const ref of singles) heap.free(ref);
    heap.trim();
    expect(heap.reserved).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
    expect(heap.used).toBe(0);
    const ref = heap.allocate(64);
    heap.write(ref, 0, new Uint8Array([1, 2, 3]), 0, 3);
    expect(heap.equals(ref, 0, new Uint8Array([1, 2, 3]), 0, 3)).toBe(true);
  });

  it('gives huge blocks segments of just their size', () => {
    const heap = new Heap();
    const before = heap.reserved;
    const ref = heap.allocate(20_000_001);
    expect(heap.usableSize(ref)).toBe(20_000_768);
    expect(heap.reserved - before).toBe(20_000_768);
    heap.setUint32(ref, 20_000_000 - 4, 0xdeadbeef);
    expect(heap.getUint32(ref, 20_000_000 - 4)).toBe(0xdeadbeef);
    heap.free(ref);
    expect(heap.reserved).toBe(before);
    expect(heap.used).toBe(0);
  });

  it('refuses what cannot be a block', () => {
    const heap = new Heap();
    expect(() => heap.free(0)).toThrow(RangeError);
    const huge = heap.allocate(20_000_000);
    heap.free(huge);
    expect(() => heap.free(huge)).toThrow(RangeError);
    expect(() => heap.allocate(2 ** 31 + 1)).toThrow('the heap cannot hold another');
    expect(heap.blocks).toBe(0);
    expect(heap.used).toBe(0);
  });

  it.each([11, 12])('reallocates with contents, seed %i', (seed) => {
    const heap = new Heap();
    const random = new SeededRandom(seed);
    let size = 10;
    let ref = heap.allocate(size);
    const model = Uint8Array.from({ length: size }, () => randomBelow(random, 256));
    heap.write(ref, 0, model, 0, size);
    let expected: Uint8Array = model;
    for (let i = 0; i < 200; i++) {
      size = someSize(random);
      const keep = Math.min(size, expected.length);
      ref = heap.reallocate(ref, size, keep);
      expect(heap.equals(ref, 0, expected, 0, keep)).toBe(true);
      expected = Uint8Array.from({ length: Math.min(size, 300) }, () => randomBelow(random, 256));
      heap.write(ref, 0, expected, 0, expected.length);
      expect(heap.blocks).toBe(1);
      expect(heap.used).toBe(Heap.sizeFor(size));
    }
  });

  it('copies between and within blocks, overlapping or not', () => {
    const heap = new Heap();
    const random = new SeededRandom(5);
    const a = heap.allocate(400);
    const far = heap.allocate(9_000_000);
    const model = Uint8Array.from({ length: 400 }, () => randomBelow(random, 256));
    heap.write(a, 0, model, 0, 400);
    for (let i = 0; i < 2000; i++) {
      const length = randomBelow(random, 100);
      const from = randomBelow(random, 300);
      const to = randomBelow(random, 300);
      if (i % 2 === 0) heap.copy(a, from, a, to, length);
      else {
        heap.copy(a, from, far, 8_000_000, length);
        heap.copy(far, 8_000_000, a, to, length);
      }
      model.copyWithin(to, from, from + length);
      expect(heap.equals(a, 0, model, 0, 400)).toBe(true);
    }
    model[399]! ^= 1;
    expect(heap.equals(a, 0, model, 0, 400)).toBe(false);
  });

  it('reads and writes numbers at any offset', () => {
    const heap = new Heap();
    const ref = heap.allocate(32);
    for (const value of [0, 1.5, -0, NaN, Infinity, -1e308, 5e-324]) {
      heap.setFloat64(ref, 3, value);
      expect(heap.getFloat64(ref, 3)).toBe(value);
    }
    heap.setUint32(ref, 5, 0xfedcba98);
    expect(heap.getUint32(ref, 5)).toBe(0xfedcba98);
    expect(heap.getUint32(ref, 6) & 0xffffff).toBe(0xfedcba);
  });
});
