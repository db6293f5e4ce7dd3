/** Uniform samples without repetition. */
import { type Random, randomBelow } from '../env/random.ts';
import type { Dict } from './dict.ts';
import type { Ref } from './heap.ts';

/** From this share of all on, one walk over all is cheaper than drawing and dropping repeats. */
const WALK_SHARE = 3;

/**
 * Visits `count` different elements (all, when there are fewer), every subset equally likely. The
 * dict must not change meanwhile. O(count) expected, or O(size) when `count` is a third of it or more.
 */
export function sampleElements(
  dict: Dict,
  count: number,
  random: Random,
  visit: (ref: Ref) => void,
): void {
  let left = dict.size;
  let wanted = Math.min(count, left);
  if (wanted * WALK_SHARE >= left) {
    dict.forEach((ref) => {
      if (randomBelow(random, left--) >= wanted) return false;
      visit(ref);
      return --wanted === 0;
    });
    return;
  }
  const drawn = new Set<Ref>();
  while (drawn.size < wanted) {
    const ref = dict.random(random);
    if (drawn.has(ref)) continue;
    drawn.add(ref);
    visit(ref);
  }
}

/** Visits `count` different indexes below `size` in ascending order. O(size). */
export function sampleIndexes(
  size: number,
  count: number,
  random: Random,
  visit: (index: number) => void,
): void {
  let wanted = Math.min(count, size);
  for (let index = 0; index < size && wanted > 0; index++) {
    if (randomBelow(random, size - index) >= wanted) continue;
    visit(index);
    wanted--;
  }
}
