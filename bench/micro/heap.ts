/** The heap: blocks allocated and freed in the order a cache would, by size. */
import { bench, do_not_optimize, group } from 'mitata';

import { Heap, type Ref } from '../../src/memory/heap.ts';

const LIVE_BLOCKS = 4_096;
const STRIDE = 1_021;

export function benchHeap(): void {
  group('free one of 4,096 blocks and allocate another', () => {
    for (const bytes of [16, 40, 200, 4_096, 100_000]) {
      benchChurn(`${bytes} bytes`, () => bytes);
    }
    let state = 1;
    benchChurn('8 to 1,031 bytes', () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return 8 + (state >>> 22);
    });
  });
  group('reallocate', () => {
    const heap = new Heap();
    const ref = heap.allocate(60);
    bench('within the size class', () => do_not_optimize(heap.reallocate(ref, 62, 60)));
    let moving: Ref = heap.allocate(64);
    let isLarge = false;
    bench('64 to 1,024 bytes and back', () => {
      isLarge = !isLarge;
      moving = heap.reallocate(moving, isLarge ? 1_024 : 64, 64);
    });
  });
}

function benchChurn(title: string, sizeOf: () => number): void {
  const heap = new Heap();
  const live: Ref[] = Array.from({ length: LIVE_BLOCKS }, () => heap.allocate(sizeOf()));
  let at = 0;
  bench(title, () => {
    at = (at + STRIDE) % LIVE_BLOCKS;
    heap.free(live[at]!);
    live[at] = heap.allocate(sizeOf());
  });
}
