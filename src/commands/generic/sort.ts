/**
 * SORT and SORT_RO: the elements of a list, set or sorted set in the order of their values as numbers
 * or text, or of the values of other keys that they name.
 *
 * The order is total wherever the real server's is: equal numbers go by the bytes of their elements.
 * Text is compared byte by byte, as the real server does in the "C" locale.
 */
import { parseDouble } from '../../bytes/double.ts';
import { isSpace } from '../../bytes/integer.ts';
import { compareBytes } from '../../bytes/text.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC, NOTIFY_LIST } from '../../config/notify-classes.ts';
import { WRONG_TYPE } from '../../resp/errors.ts';
import {
  type Entry,
  TYPE_LIST,
  TYPE_SET,
  TYPE_SORTED_SET,
  typeOf,
  type ValueType,
} from '../../values/entry.ts';
import { SortOptions } from './sort-options.ts';
import { SortPattern } from './sort-pattern.ts';

const NOT_DOUBLES = "ERR One or more scores can't be converted into double";

interface Item {
  readonly element: Uint8Array;
  score: number;
  /** What it is compared by as text; undefined: nothing was found, and it goes first. */
  text: Uint8Array | undefined;
}

const options = new SortOptions();

function sortKey(context: CommandContext, allowsStore: boolean): void {
  options.read(context, allowsStore);
  if (context.refused()) return;
  const source = context.lookup(1);
  const type = source === 0 ? TYPE_LIST : typeOf(context.keyspace.heap, source);
  if (type !== TYPE_LIST && type !== TYPE_SET && type !== TYPE_SORTED_SET) {
    context.reply.error(WRONG_TYPE);
    return;
  }
  const selected = source === 0 ? [] : select(context, source, type);
  if (selected === undefined) context.reply.error(NOT_DOUBLES);
  else if (options.storeIndex === 0) replyResult(context, selected);
  else storeResult(context, selected);
}

/** The elements that are asked for, in order; undefined when something is no number. */
function select(
  context: CommandContext,
  source: Entry,
  type: ValueType,
): readonly Uint8Array[] | undefined {
  // The order of a set means nothing: where others would see it, it is made to.
  const isSeen = options.storeIndex !== 0 || context.session.transport === undefined;
  const forced = options.unsorted && type === TYPE_SET && isSeen;
  const elements = elementsOf(context, source, type);
  const start = Math.min(Math.max(options.offset, 0), elements.length);
  const end = options.count < 0 ? elements.length : start + options.count;
  if (options.unsorted && !forced) return elements.slice(start, end);
  const items = elements.map((element): Item => ({ element, score: 0, text: undefined }));
  const by = forced || options.byIndex === 0 ? undefined : patternAt(context, options.byIndex);
  const alpha = forced || options.alpha;
  if (!evaluate(context, items, by, alpha)) return undefined;
  const sign = options.descending ? -1 : 1;
  const compare = alpha ? compareTexts : compareScores;
  items.sort((a, b) => sign * compare(a, b));
  return items.slice(start, end).map(({ element }) => element);
}

/** Copies of all elements: a list's in order, a sorted set's by score, as options say. */
function elementsOf(context: CommandContext, source: Entry, type: ValueType): Uint8Array[] {
  const { lists, sets, sortedSets } = context.values;
  const elements: Uint8Array[] = [];
  const take = (bytes: Uint8Array, start: number, end: number): boolean => {
    elements.push(bytes.slice(start, end));
    return true;
  };
  // DESC without sorting is the same way backwards.
  const reverse = options.unsorted && options.descending;
  if (type === TYPE_LIST) {
    const length = lists.length(source);
    lists.forEach(source, reverse ? length - 1 : 0, length, reverse, take);
  } else if (type === TYPE_SET)
    sets.forEach(source, (bytes, start, end) => void take(bytes, start, end));
  else {
    // As in the real server, where it shows in OBJECT ENCODING.
    sortedSets.makeLarge(source);
    const size = sortedSets.size(source);
    sortedSets.forEach(source, reverse ? size - 1 : 0, size, reverse, take);
  }
  return elements;
}

/** Finds out what each item is compared by; false when a number is asked for and there is none. */
function evaluate(
  context: CommandContext,
  items: readonly Item[],
  by: SortPattern | undefined,
  alpha: boolean,
): boolean {
  for (const item of items) {
    const value = by === undefined ? item.element : by.lookup(context, item.element);
    if (alpha) item.text = value;
    else if (value !== undefined) {
      const score = scoreOf(value);
      if (score === undefined) return false;
      item.score = score;
    }
  }
  return true;
}

/** Numbers closer to zero are not exact any more, and count as out of range. */
const LEAST_NORMAL = 2 ** -1022;

/** A text as a number by the rules of C's strtod: white space before it, and none at all is 0. */
function scoreOf(text: Uint8Array): number | undefined {
  const zero = text.indexOf(0);
  const end = zero < 0 ? text.length : zero;
  if (end === 0) return 0;
  let start = 0;
  while (start < end && isSpace(text[start]!)) start++;
  const score = parseDouble(text, start, end);
  const isTiny = score !== undefined && score !== 0 && Math.abs(score) < LEAST_NORMAL;
  return isTiny ? undefined : score;
}

function compareScores(a: Item, b: Item): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return compareWhole(a.element, b.element);
}

function compareTexts(a: Item, b: Item): number {
  if (a.text === undefined || b.text === undefined)
    return a.text === b.text ? 0 : a.text === undefined ? -1 : 1;
  return compareWhole(a.text, b.text);
}

function compareWhole(a: Uint8Array, b: Uint8Array): number {
  return compareBytes(a, 0, a.length, b, 0, b.length);
}

function patternAt({ args }: CommandContext, index: number): SortPattern {
  return new SortPattern(args.copy(index));
}

/** The patterns of GET, or the element itself. */
function outputs(context: CommandContext): SortPattern[] {
  if (options.getIndexes.length === 0) return [new SortPattern(Uint8Array.of(0x23))];
  return options.getIndexes.map((index) => patternAt(context, index));
}

function replyResult(context: CommandContext, selected: readonly Uint8Array[]): void {
  const { reply } = context;
  const patterns = outputs(context);
  reply.array(selected.length * patterns.length);
  for (const element of selected)
    for (const pattern of patterns) {
      const value = pattern.lookup(context, element);
      if (value === undefined) reply.null();
      else reply.bulk(value, 0, value.length);
    }
}

/** Makes a list of the result under the key of STORE; nothing stands there when it is empty. */
function storeResult(context: CommandContext, selected: readonly Uint8Array[]): void {
  const { args, reply, database, keyspace, values } = context;
  const index = options.storeIndex;
  const patterns = outputs(context);
  const count = selected.length * patterns.length;
  if (count === 0) {
    const old = context.lookupWrite(index);
    if (old !== 0) {
      context.remove(index, old);
      context.modified(index, NOTIFY_GENERIC, 'del');
    }
    reply.integer(0);
    return;
  }
  const found = selected.flatMap((element) =>
    patterns.map((pattern) => pattern.lookup(context, element) ?? NOTHING),
  );
  const old = context.lookupWrite(index);
  const list = values.lists.create(args.bytes, args.start(index), args.end(index));
  for (const value of found) values.lists.pushTail(list, value, 0, value.length);
  if (old === 0) database.add(list, args.hash(index));
  else database.replace(old, list, args.hash(index), false);
  keyspace.dirty += count - 1;
  context.modified(index, NOTIFY_LIST, 'sortstore');
  reply.integer(count);
}

const NOTHING = new Uint8Array(0);

export const sort = command({
  name: 'SORT',
  group: 'generic',
  since: '1.0.0',
  summary: 'Returns or stores the elements of a list, set or sorted set in order.',
  complexity: 'O(N+M*log(M)), N: elements sorted, M: elements returned; O(N) without sorting',
  arity: -2,
  flags: 'write denyoom',
  categories: 'set sortedset list dangerous',
  keys:
    'RO access 1; RO access ? (BY and GET: the names follow from the elements, so they ' +
    'cannot be told); OW update ? (STORE: may stand at any place)',
  arguments:
    'key@0 [BY pattern:pattern@1] [LIMIT (offset_count: offset:integer count:integer)] ' +
    '[GET... pattern:pattern@1] [order: ASC | DESC] [sorting=ALPHA] [STORE destination@2]',
  handler: (context) => sortKey(context, true),
});

export const sortRo = command({
  name: 'SORT_RO',
  group: 'generic',
  since: '7.0.0',
  summary: 'Returns the elements of a list, set or sorted set in order; SORT without STORE.',
  complexity: 'O(N+M*log(M)), N: elements sorted, M: elements returned; O(N) without sorting',
  arity: -2,
  flags: 'readonly',
  categories: 'set sortedset list dangerous',
  keys:
    'RO access 1; RO access ? (BY and GET: the names follow from the elements, so they ' +
    'cannot be told)',
  arguments:
    'key@0 [BY pattern:pattern@1] [LIMIT (offset_count: offset:integer count:integer)] ' +
    '[GET... pattern:pattern@1] [order: ASC | DESC] [sorting=ALPHA]',
  handler: (context) => sortKey(context, false),
});
