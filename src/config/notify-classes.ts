/** The classes of keyspace notifications, as bits, and their letters. */

export const NOTIFY_KEYSPACE = 1;
export const NOTIFY_KEYEVENT = 1 << 1;
export const NOTIFY_GENERIC = 1 << 2;
export const NOTIFY_STRING = 1 << 3;
export const NOTIFY_LIST = 1 << 4;
export const NOTIFY_SET = 1 << 5;
export const NOTIFY_HASH = 1 << 6;
export const NOTIFY_SORTED_SET = 1 << 7;
export const NOTIFY_EXPIRED = 1 << 8;
export const NOTIFY_EVICTED = 1 << 9;
export const NOTIFY_STREAM = 1 << 10;
export const NOTIFY_KEY_MISS = 1 << 11;
export const NOTIFY_MODULE = 1 << 13;
export const NOTIFY_NEW = 1 << 14;

/** `A` stands for all of these: every class but key misses and new keys. */
export const NOTIFY_ALL =
  NOTIFY_GENERIC |
  NOTIFY_STRING |
  NOTIFY_LIST |
  NOTIFY_SET |
  NOTIFY_HASH |
  NOTIFY_SORTED_SET |
  NOTIFY_EXPIRED |
  NOTIFY_EVICTED |
  NOTIFY_STREAM |
  NOTIFY_MODULE;

/** In the order in which CONFIG GET prints the letters. */
const EVENT_LETTERS: readonly (readonly [string, number])[] = [
  ['g', NOTIFY_GENERIC],
  ['$', NOTIFY_STRING],
  ['l', NOTIFY_LIST],
  ['s', NOTIFY_SET],
  ['h', NOTIFY_HASH],
  ['z', NOTIFY_SORTED_SET],
  ['x', NOTIFY_EXPIRED],
  ['e', NOTIFY_EVICTED],
  ['t', NOTIFY_STREAM],
  ['d', NOTIFY_MODULE],
  ['n', NOTIFY_NEW],
];

const CHANNEL_LETTERS: readonly (readonly [string, number])[] = [
  ['K', NOTIFY_KEYSPACE],
  ['E', NOTIFY_KEYEVENT],
  ['m', NOTIFY_KEY_MISS],
];

const BITS: ReadonlyMap<string, number> = new Map([
  ['A', NOTIFY_ALL],
  ...EVENT_LETTERS,
  ...CHANNEL_LETTERS,
]);

/** The classes that letters name, or `undefined` when one of them names none. */
export function parseNotifyClasses(letters: string): number | undefined {
  let classes = 0;
  for (const letter of letters) {
    const bit = BITS.get(letter);
    if (bit === undefined) return undefined;
    classes |= bit;
  }
  return classes;
}

/** The letters of classes. Beside `A` the letter of new keys is not shown, as in Redis. */
export function printNotifyClasses(classes: number): string {
  const pick = (letters: readonly (readonly [string, number])[]) =>
    letters
      .filter(([, bit]) => classes & bit)
      .map(([letter]) => letter)
      .join('');
  const events = (classes & NOTIFY_ALL) === NOTIFY_ALL ? 'A' : pick(EVENT_LETTERS);
  return events + pick(CHANNEL_LETTERS);
}
