/** Ways to compare a reply of the real server with ours where equal bytes would ask too much. */
import { itemsOf, showReply, textOf, type RespEntry, type RespValue } from './resp-value.ts';

/** Returns whether `actual` (ours) is as good as `expected` (the real server's). */
export type Comparison = (expected: RespValue, actual: RespValue) => boolean;

/** The same types, spellings and order. */
export const exact: Comparison = (expected, actual) => showReply(expected) === showReply(actual);

/** The same after a change applied to both replies. */
export function after(normalise: (value: RespValue) => RespValue): Comparison {
  return (expected, actual) => exact(normalise(expected), normalise(actual));
}

/** Elements of an array or set, or entries of a map, in any order (SMEMBERS, KEYS, HKEYS). */
export const unordered: Comparison = after(sortItems);

/** Pairs in any order: a RESP3 map, or its RESP2 form, a flat array (HGETALL, CONFIG GET). */
export const unorderedPairs: Comparison = after((value) => {
  if (value.type !== 'array') return sortItems(value);
  const pairs: RespValue[] = [];
  for (let index = 0; index < value.items.length; index += 2) {
    pairs.push({ type: 'array', items: value.items.slice(index, index + 2) });
  }
  return sortItems({ type: 'array', items: pairs });
});

/** The same but for aggregates at any depth being in any order (SCAN pages, COMMAND INFO). */
export const deeplyUnordered: Comparison = after(sortDeeply);

/** Numbers, as integers, doubles or bulk strings and at any depth, may differ by this much. */
export function within(tolerance: number): Comparison {
  return (expected, actual) => nearlyEqual(expected, actual, tolerance);
}

/** The same type at every place, and aggregates of the same size; contents do not matter. */
export const sameShape: Comparison = (expected, actual) => shapeOf(expected) === shapeOf(actual);

/** The same type of reply only. */
export const sameType: Comparison = (expected, actual) => expected.type === actual.type;

/** Errors with the same code (their first word), and everything else exactly. */
export const sameErrorCode: Comparison = after((value) =>
  value.type === 'error' ? { type: 'error', text: value.text.split(' ')[0]! } : value,
);

export const anything: Comparison = () => true;

const ORDER_IS_PRIVATE = new Set(
  'KEYS SMEMBERS SINTER SUNION SDIFF HKEYS HVALS'.split(' ').concat('PUBSUB'),
);
const TIME_PASSES_MS = new Set(['PTTL', 'PEXPIRETIME']);
const TIME_PASSES_S = new Set(['TTL', 'EXPIRETIME', 'LASTSAVE']);
const CLOCK_TOLERANCE_MS = 2_000;
const CLOCK_TOLERANCE_S = 2;

/**
 * What a command's reply can be held to: exactly equal, except where the real server's own reply
 * depends on its hash seed or on the time between two calls. Commands that pick at random need an
 * explicit comparison.
 */
export function comparisonFor(args: readonly unknown[]): Comparison {
  const name = String(args[0]).toUpperCase();
  if (ORDER_IS_PRIVATE.has(name)) return unordered;
  if (name === 'HGETALL' || name === 'CONFIG') return unorderedPairs;
  if (TIME_PASSES_MS.has(name)) return unlessNegative(CLOCK_TOLERANCE_MS);
  if (TIME_PASSES_S.has(name)) return unlessNegative(CLOCK_TOLERANCE_S);
  if (name === 'TIME') return sameShape;
  if (name === 'OBJECT' && String(args[1]).toUpperCase() === 'IDLETIME') {
    return within(CLOCK_TOLERANCE_S);
  }
  return exact;
}

/** -1 (no expiry) and -2 (no key) are codes, not times: a tolerance must not blur them. */
function unlessNegative(tolerance: number): Comparison {
  const near = within(tolerance);
  return (expected, actual) =>
    isNegative(expected) || isNegative(actual) ? exact(expected, actual) : near(expected, actual);
}

function isNegative(value: RespValue): boolean {
  return value.type === 'integer' && value.value < 0n;
}

function nearlyEqual(expected: RespValue, actual: RespValue, tolerance: number): boolean {
  if (expected.type !== actual.type) return false;
  if ('items' in expected || 'entries' in expected) {
    if (expected.type === 'attribute') return exact(expected, actual);
    const left = itemsOf(expected);
    const right = itemsOf(actual);
    if (left.length !== right.length) return false;
    return left.every((item, index) => nearlyEqual(item, right[index]!, tolerance));
  }
  const [left, right] = [textOf(expected), textOf(actual)];
  if (left === right) return exact(expected, actual);
  if (expected.type === 'error') return false;
  if (left === undefined || right === undefined || left === '' || right === '') return false;
  return Math.abs(Number(left) - Number(right)) <= tolerance;
}

function sortItems(value: RespValue): RespValue {
  if (value.type === 'map') return { type: 'map', entries: sortedBy(value.entries, showEntry) };
  if ('items' in value) return { type: value.type, items: sortedBy(value.items, showReply) };
  return value;
}

function sortDeeply(value: RespValue): RespValue {
  if ('items' in value) return sortItems({ type: value.type, items: value.items.map(sortDeeply) });
  if (value.type !== 'map') return value;
  const entries = value.entries.map(([key, item]): RespEntry => [
    sortDeeply(key),
    sortDeeply(item),
  ]);
  return sortItems({ type: 'map', entries });
}

function showEntry([key, item]: RespEntry): string {
  return `${showReply(key)}: ${showReply(item)}`;
}

function sortedBy<T>(items: readonly T[], show: (item: T) => string): T[] {
  const shown = items.map((item) => ({ item, text: show(item) }));
  shown.sort((left, right) => (left.text < right.text ? -1 : left.text > right.text ? 1 : 0));
  return shown.map(({ item }) => item);
}

function shapeOf(value: RespValue): string {
  if (value.type === 'map') return `map(${value.entries.flat().map(shapeOf).join()})`;
  if ('items' in value) return `${value.type}(${value.items.map(shapeOf).join()})`;
  return value.type;
}
