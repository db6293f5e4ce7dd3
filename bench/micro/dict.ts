/** The hash table: hits, misses, insertion with removal, scanning. */
import { bench, do_not_optimize, group } from 'mitata';

import { hashBytes } from '../../src/bytes/hash.ts';
import { Dict } from '../../src/memory/dict.ts';
import { Heap, type Ref } from '../../src/memory/heap.ts';

const KEY_BYTES = 16;
const HEADER_BYTES = 2;
const STRIDE = 7_919;

export function benchDict(): void {
  for (const size of [1_000, 100_000, 1_000_000]) benchSize(size);
}

/** Keys `key:000000000000` one after the other, so that making them costs the benchmark nothing. */
function keyBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count * KEY_BYTES);
  for (let index = 0; index < count; index++) {
    const text = `key:${String(index).padStart(12, '0')}`;
    for (let at = 0; at < KEY_BYTES; at++) bytes[index * KEY_BYTES + at] = text.charCodeAt(at);
  }
  return bytes;
}

function keyedBlock(heap: Heap, keys: Uint8Array, start: number): Ref {
  const ref = heap.allocate(HEADER_BYTES + KEY_BYTES);
  heap.write(ref, 0, Uint8Array.of(HEADER_BYTES, KEY_BYTES), 0, HEADER_BYTES);
  heap.write(ref, HEADER_BYTES, keys, start, start + KEY_BYTES);
  return ref;
}

function benchSize(size: number): void {
  const heap = new Heap();
  const dict = new Dict(heap);
  // Twice as many keys as elements: the second half is absent.
  const keys = keyBytes(2 * size);
  for (let index = 0; index < size; index++) {
    const start = index * KEY_BYTES;
    dict.insert(keyedBlock(heap, keys, start), hashBytes(keys, start, start + KEY_BYTES));
  }
  let at = 0;
  const nextStart = (): number => {
    at = (at + STRIDE) % size;
    return at * KEY_BYTES;
  };
  group(`dict of ${size}`, () => {
    bench('find a present key', () => do_not_optimize(find(dict, keys, nextStart())));
    bench('find an absent key', () =>
      do_not_optimize(find(dict, keys, nextStart() + size * KEY_BYTES)));
    bench('remove and insert', () => {
      const start = nextStart();
      const hash = hashBytes(keys, start, start + KEY_BYTES);
      const ref = dict.find(keys, start, start + KEY_BYTES, hash);
      dict.remove(ref, hash);
      dict.insert(ref, hash);
    });
    let cursor = 0;
    let visited = 0;
    bench('scan a page of 10', () => {
      cursor = dict.scan(cursor, 10, () => visited++);
      do_not_optimize(visited);
    });
  });
}

function find(dict: Dict, keys: Uint8Array, start: number): Ref {
  return dict.find(keys, start, start + KEY_BYTES, hashBytes(keys, start, start + KEY_BYTES));
}
