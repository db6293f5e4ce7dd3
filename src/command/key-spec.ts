/**
 * Where the keys of a command are: the declared key specs and their compact notation.
 *
 * A declaration holds specs separated by `;` (so notes cannot hold one). One spec is
 *
 *     flags begin [find] [(note)]
 *
 *     flags   RO RW OW RM access update insert delete not_key incomplete variable_flags
 *     begin   N            the argument N, counted from the command name (0)
 *             KEYWORD@N    the argument behind KEYWORD, searched from N on, or backwards from
 *                          the N-th last argument when N is negative
 *             ?            cannot be told (find is then unknown, too)
 *     find    nothing      one key, where the search began
 *             to L [step S] [limit M]   keys up to L behind the first (L < 0: up to the L-th
 *                          last argument), every S-th; M: only the first 1/M of the rest
 *             keynum [I F S]   the count stands I behind the begin, the first key F behind it,
 *                          every S-th is a key; 0 1 1 when left out
 *
 * e.g. `OW update 1; RO access 2 keynum` for ZUNIONSTORE.
 */
import { namesOfBits, parseBits } from './flags.ts';

/** Reads the value without telling anything about it beyond existence, type and size. */
export const KEY_RO = 1 << 0;
/** Reads and changes. */
export const KEY_RW = 1 << 1;
/** Overwrites, whatever was there. */
export const KEY_OW = 1 << 2;
/** Removes. */
export const KEY_RM = 1 << 3;
/** Value data reaches the client or another key. */
export const KEY_ACCESS = 1 << 4;
/** Data may change in place. */
export const KEY_UPDATE = 1 << 5;
/** Only ever adds data. */
export const KEY_INSERT = 1 << 6;
/** Removes content on purpose. */
export const KEY_DELETE = 1 << 7;
/** Not a key at all, but routed like one (sharded channels). */
export const KEY_NOT_KEY = 1 << 8;
/** The spec may miss keys. */
export const KEY_INCOMPLETE = 1 << 9;
/** The flags depend on the other arguments. */
export const KEY_VARIABLE_FLAGS = 1 << 10;

const KEY_FLAG_NAMES: readonly string[] = [
  'RO',
  'RW',
  'OW',
  'RM',
  'access',
  'update',
  'insert',
  'delete',
  'not_key',
  'incomplete',
  'variable_flags',
];

export const BEGIN_INDEX = 0;
export const BEGIN_KEYWORD = 1;
export const BEGIN_UNKNOWN = 2;

export const FIND_RANGE = 0;
export const FIND_KEYNUM = 1;
export const FIND_UNKNOWN = 2;

/** One key spec; fields that its kinds do not use are 0 or ''. */
export interface KeySpec {
  readonly flags: number;
  /** What the flags alone do not say; '' when there is nothing to add. */
  readonly notes: string;
  readonly begin: number;
  /** BEGIN_INDEX: argument number of the first key. BEGIN_KEYWORD: where the search starts. */
  readonly position: number;
  /** BEGIN_KEYWORD: the word in upper case. */
  readonly keyword: string;
  readonly keywordLower: string;
  readonly find: number;
  /** FIND_RANGE: see the notation above. */
  readonly last: number;
  readonly step: number;
  readonly limit: number;
  /** FIND_KEYNUM: where the count stands, from the begin. */
  readonly countAt: number;
  /** FIND_KEYNUM: where the first key stands, from the begin. */
  readonly firstAt: number;
}

/** Reads the `keys` field of a declaration. @throws Error when the notation is wrong. */
export function parseKeySpecs(text: string): readonly KeySpec[] {
  const parts = text.split(';').map((part) => part.trim());
  return parts.filter((part) => part !== '').map(parseKeySpec);
}

const SPEC =
  /^(?<flags>[a-zA-Z_ ]+?) (?<begin>\?|[A-Z]+@-?\d+|\d+)(?: (?<find>(?:to|keynum)[^(]*?))?(?: \((?<notes>.*)\))?$/s;
const RANGE = /^to (?<last>-?\d+)(?: step (?<step>\d+))?(?: limit (?<limit>\d+))?$/;
const KEYNUM = /^keynum(?: (?<countAt>\d+) (?<firstAt>\d+) (?<step>\d+))?$/;

function parseKeySpec(text: string): KeySpec {
  const parts = SPEC.exec(text)?.groups;
  if (parts === undefined) throw new Error(`wrong key spec '${text}'`);
  const flags = parseBits(parts['flags'] ?? '', KEY_FLAG_NAMES, 'key flag');
  const begin = parseBegin(parts['begin'] ?? '?');
  const find = parseFind(parts['find'] ?? '', begin.begin);
  return Object.freeze({ flags, notes: parts['notes'] ?? '', ...begin, ...find });
}

type Begin = Pick<KeySpec, 'begin' | 'position' | 'keyword' | 'keywordLower'>;

function parseBegin(text: string): Begin {
  const none = { position: 0, keyword: '', keywordLower: '' };
  if (text === '?') return { ...none, begin: BEGIN_UNKNOWN };
  const [keyword = '', from] = text.split('@');
  if (from === undefined) return { ...none, begin: BEGIN_INDEX, position: Number(text) };
  const position = Number(from);
  return { begin: BEGIN_KEYWORD, position, keyword, keywordLower: keyword.toLowerCase() };
}

type Find = Pick<KeySpec, 'find' | 'last' | 'step' | 'limit' | 'countAt' | 'firstAt'>;

function parseFind(text: string, begin: number): Find {
  const none: Find = { find: FIND_UNKNOWN, last: 0, step: 0, limit: 0, countAt: 0, firstAt: 0 };
  if (begin === BEGIN_UNKNOWN) return none;
  if (text === '') return { ...none, find: FIND_RANGE, step: 1 };
  const range = RANGE.exec(text)?.groups;
  if (range !== undefined) {
    const step = Number(range['step'] ?? 1);
    const limit = Number(range['limit'] ?? 0);
    return { ...none, find: FIND_RANGE, last: Number(range['last']), step, limit };
  }
  const keynum = KEYNUM.exec(text)?.groups;
  if (keynum === undefined) throw new Error(`wrong key range '${text}'`);
  const countAt = Number(keynum['countAt'] ?? 0);
  const firstAt = Number(keynum['firstAt'] ?? 1);
  return { ...none, find: FIND_KEYNUM, step: Number(keynum['step'] ?? 1), countAt, firstAt };
}

/** The names COMMAND INFO and COMMAND GETKEYSANDFLAGS show, in their order. */
export function keyFlagNames(flags: number): string[] {
  return namesOfBits(flags, KEY_FLAG_NAMES);
}
