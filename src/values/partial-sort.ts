/**
 * Sorts only as far as somebody will look: the quicksort of Bentley and McIlroy ("Engineering a Sort
 * Function", 1993), which leaves parts alone that lie wholly behind what is wanted.
 *
 * It is not stable, and that is what it is here for: where the real server sorts a part, it uses this
 * method, so that equal items come out in the order its clients see.
 *
 * O(n + k log k) on average for the first k of n.
 */
type Compare<Item> = (a: Item, b: Item) => number;

/** Up to here insertion is quicker. */
const FEW = 7;
/** From here on the pivot is the middle of three middles. */
const MANY = 40;

/** Puts the first `count` items where sorting all would put them; the rest is in no order. */
export function sortFirst<Item>(items: Item[], count: number, compare: Compare<Item>): void {
  sortPart(items, 0, items.length, count, compare);
}

/** Sorts items[from, to), as far as it lies before `wanted`. */
function sortPart<Item>(
  items: Item[],
  from: number,
  to: number,
  wanted: number,
  compare: Compare<Item>,
): void {
  let start = from;
  while (to - start >= FEW) {
    swap(items, start, pivotOf(items, start, to, compare));
    const pivot = items[start]!;
    // Equal items gather at both ends: [start, left) and (right, to).
    let left = start + 1;
    let low = start + 1;
    let high = to - 1;
    let right = to - 1;
    let isMoved = false;
    for (;;) {
      let order: number;
      for (; low <= high && (order = compare(items[low]!, pivot)) <= 0; low++) {
        if (order !== 0) continue;
        isMoved = true;
        swap(items, left++, low);
      }
      for (; low <= high && (order = compare(items[high]!, pivot)) >= 0; high--) {
        if (order !== 0) continue;
        isMoved = true;
        swap(items, high, right--);
      }
      if (low > high) break;
      isMoved = true;
      swap(items, low++, high--);
    }
    // Nothing had to move: probably it is in order already.
    if (!isMoved) break;
    const smaller = low - left;
    const larger = right - high;
    swapRuns(items, start, low, Math.min(left - start, smaller));
    swapRuns(items, low, to, Math.min(larger, to - 1 - right));
    if (smaller > 1 && start < wanted) sortPart(items, start, start + smaller, wanted, compare);
    start = to - larger;
    if (larger <= 1 || start >= wanted) return;
  }
  insertionSort(items, start, to, compare);
}

function insertionSort<Item>(
  items: Item[],
  start: number,
  end: number,
  compare: Compare<Item>,
): void {
  for (let i = start + 1; i < end; i++)
    for (let j = i; j > start && compare(items[j - 1]!, items[j]!) > 0; j--) swap(items, j, j - 1);
}

function pivotOf<Item>(items: Item[], start: number, end: number, compare: Compare<Item>): number {
  const size = end - start;
  const middle = start + (size >> 1);
  if (size === FEW) return middle;
  const last = end - 1;
  if (size <= MANY) return median(items, start, middle, last, compare);
  const step = size >> 3;
  return median(
    items,
    median(items, start, start + step, start + 2 * step, compare),
    median(items, middle - step, middle, middle + step, compare),
    median(items, last - 2 * step, last - step, last, compare),
    compare,
  );
}

function median<Item>(
  items: Item[],
  a: number,
  b: number,
  c: number,
  compare: Compare<Item>,
): number {
  const isRising = compare(items[a]!, items[b]!) < 0;
  const order = compare(items[b]!, items[c]!);
  if (isRising ? order < 0 : order > 0) return b;
  const isBelow = compare(items[a]!, items[c]!) < 0;
  return isRising === isBelow ? c : a;
}

/** Exchanges `count` items from `first` on with the last `count` before `end`. */
function swapRuns<Item>(items: Item[], first: number, end: number, count: number): void {
  for (let i = 0; i < count; i++) swap(items, first + i, end - count + i);
}

function swap<Item>(items: Item[], a: number, b: number): void {
  const item = items[a]!;
  items[a] = items[b]!;
  items[b] = item;
}
