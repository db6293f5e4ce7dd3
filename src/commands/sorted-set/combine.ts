/**
 * Unions, intersections and differences of sorted and plain sets. The smallest set comes first, and
 * scores are combined in that order: sums of doubles depend on it, so it is as in the real server.
 */
import type { Entry } from '../../values/entry.ts';
import type { MemberVisitor } from '../../memory/skiplist-walk.ts';
import { ADD_EXACT, ADD_NX, ADDED } from '../../values/sorted-set.ts';
import type { Values } from '../../values/values.ts';
import { AGGREGATE_MAX, AGGREGATE_MIN, type Source } from './sources.ts';

/** Visits the members of a source; false stops. */
function forEachMember(values: Values, source: Source, visit: MemberVisitor): void {
  if (source.entry === 0) return;
  if (!source.isPlain) values.sortedSets.forEach(source.entry, 0, Infinity, false, visit);
  else values.sets.forEach(source.entry, (bytes, start, end) => !visit(bytes, start, end, 1));
}

/** The score of a member in a source, NaN when it is not there. */
function scoreIn(
  values: Values,
  source: Source,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const { entry } = source;
  if (entry === 0) return NaN;
  if (source.isPlain) return values.sets.contains(entry, bytes, start, end) ? 1 : NaN;
  return values.sortedSets.score(entry, bytes, start, end) ? values.sortedSets.foundScore : NaN;
}

function combined(score: number, other: number, aggregate: number): number {
  if (aggregate === AGGREGATE_MIN) return other < score ? other : score;
  if (aggregate === AGGREGATE_MAX) return other > score ? other : score;
  const sum = score + other;
  // Opposite infinities cancel out.
  return Number.isNaN(sum) ? 0 : sum;
}

/** A score with its weight; 0 times infinity is 0. */
function weighted(source: Source, score: number): number {
  const product = source.weight * score;
  return Number.isNaN(product) ? 0 : product;
}

function bySize(sources: readonly Source[]): Source[] {
  return sources.toSorted((a, b) => a.size - b.size);
}

/** Adds the union of the sources to an empty set. O(members log members). */
export function unite(
  values: Values,
  sources: readonly Source[],
  aggregate: number,
  result: Entry,
): void {
  const { sortedSets } = values;
  for (const source of bySize(sources)) {
    forEachMember(values, source, (bytes, start, end, score) => {
      const other = weighted(source, score);
      if (sortedSets.add(result, other, bytes, start, end, ADD_NX) === ADDED) return true;
      const sum = combined(sortedSets.foundScore, other, aggregate);
      sortedSets.add(result, sum, bytes, start, end, ADD_EXACT);
      return true;
    });
  }
}

/**
 * Visits the members that all sources have, with their combined scores, in the order of the smallest
 * source. O(smallest * sources).
 */
export function intersect(
  values: Values,
  sources: readonly Source[],
  aggregate: number,
  visit: MemberVisitor,
): void {
  const [smallest, ...others] = bySize(sources);
  if (smallest === undefined || smallest.size === 0) return;
  forEachMember(values, smallest, (bytes, start, end, score) => {
    let sum = weighted(smallest, score);
    for (const other of others) {
      const found = scoreIn(values, other, bytes, start, end);
      if (Number.isNaN(found)) return true;
      // Not `weighted`: the real server looks at the sum only.
      sum = combined(sum, found * other.weight, aggregate);
    }
    return visit(bytes, start, end, sum);
  });
}

/** Visits the members of the first source that no other has. O(first * sources). */
export function subtract(values: Values, sources: readonly Source[], visit: MemberVisitor): void {
  const [first, ...others] = sources;
  forEachMember(values, first!, (bytes, start, end, score) => {
    for (const other of others)
      if (!Number.isNaN(scoreIn(values, other, bytes, start, end))) return true;
    return visit(bytes, start, end, score);
  });
}
