/**
 * The keys of one request, found with the command's key specs: for COMMAND GETKEYS, key
 * permissions, cluster routing and batched look-ups.
 *
 * Specs are tried first, all of them. Where they do not match the request, say they are
 * incomplete, or cannot know the flags, a *special finder* reads the options as the command itself
 * does (SORT, MIGRATE, SET, BITFIELD). A request that neither understands has no keys: the command
 * will answer with a syntax error.
 *
 * Positions are argument numbers, the command name (of a container, too) being 0. Linear in the
 * number of arguments; nothing is allocated once the result has grown to its size.
 */
import { equalsIgnoreCase } from '../bytes/text.ts';
import {
  BEGIN_INDEX,
  BEGIN_UNKNOWN,
  FIND_KEYNUM,
  FIND_UNKNOWN,
  KEY_ACCESS,
  KEY_DELETE,
  KEY_INCOMPLETE,
  KEY_NOT_KEY,
  KEY_OW,
  KEY_RO,
  KEY_RW,
  KEY_UPDATE,
  KEY_VARIABLE_FLAGS,
  type KeySpec,
} from './key-spec.ts';
import type { Command } from './spec.ts';

/** A request; `Arguments` is one. Argument `k` is `bytes` from `offsets[first + 2 * k]` up to `offsets[first + 2 * k + 1]`. */
export interface RequestView {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
  /** Index in `offsets` of argument 0. */
  readonly first: number;
  /** Number of arguments. */
  readonly count: number;
}

/** Keys found in a request; made once and used again. */
export class KeyPositions {
  count = 0;
  /** Argument numbers of the first `count` keys, in the order of the specs. */
  positions = new Int32Array(16);
  /** KEY_* bits of each. */
  flags = new Int32Array(16);

  clear(): void {
    this.count = 0;
  }

  add(position: number, flags: number): void {
    if (this.count === this.positions.length) this.#grow();
    this.positions[this.count] = position;
    this.flags[this.count] = flags;
    this.count += 1;
  }

  #grow(): void {
    const positions = new Int32Array(this.count * 2);
    const flags = new Int32Array(this.count * 2);
    positions.set(this.positions);
    flags.set(this.flags);
    this.positions = positions;
    this.flags = flags;
  }
}

/**
 * Finds the keys of a request whose arity has been checked.
 * @param sharded counts sharded channels as keys, as routing in a cluster wants it
 * @returns the number of keys; 0 when there are none or the request cannot be understood
 */
export function extractKeys(
  command: Command,
  request: RequestView,
  keys: KeyPositions,
  sharded = false,
): number {
  keys.clear();
  if (command.keySpecs.length === 0) return 0;
  const flagsKnown = (command.keyFlags & KEY_VARIABLE_FLAGS) === 0;
  if (flagsKnown && findBySpecs(command.keySpecs, request, keys, sharded)) return keys.count;
  keys.clear();
  const special = SPECIAL_FINDERS.get(command.fullName);
  if (special !== undefined) special(request, keys);
  return keys.count;
}

/**
 * The argument number of the first key, 0 when there is none; sharded channels count. Constant
 * time unless the key stands behind a keyword. Made for looking up many requests ahead: it may
 * name an argument that is no key when the request is wrong, never one that does not exist.
 */
export function firstKeyIndex(command: Command, request: RequestView): number {
  const fixed = command.firstKey;
  if (fixed > 0) return fixed < request.count ? fixed : 0;
  const spec = command.keySpecs[0];
  if (spec === undefined) return 0;
  const begin = findBegin(spec, request);
  if (begin === 0) return 0;
  if (spec.find !== FIND_KEYNUM) return begin < request.count ? begin : 0;
  if (readCount(request, begin + spec.countAt) <= 0) return 0;
  const first = begin + spec.firstAt;
  return first < request.count ? first : 0;
}

/** @returns false when some spec does not fit the request or admits to miss keys */
function findBySpecs(
  specs: readonly KeySpec[],
  request: RequestView,
  keys: KeyPositions,
  sharded: boolean,
): boolean {
  for (const spec of specs) {
    if ((spec.flags & KEY_NOT_KEY) !== 0 && !sharded) continue;
    if (spec.begin === BEGIN_UNKNOWN || spec.find === FIND_UNKNOWN) return false;
    const begin = findBegin(spec, request);
    if (begin === 0) continue;
    if (!addKeys(spec, request, begin, keys)) return false;
    if ((spec.flags & KEY_INCOMPLETE) !== 0) return false;
  }
  return true;
}

/** Where the search of a spec begins, 0 when its keyword is not there. */
function findBegin(spec: KeySpec, request: RequestView): number {
  if (spec.begin === BEGIN_INDEX) return spec.position;
  if (spec.begin === BEGIN_UNKNOWN) return 0;
  const argc = request.count;
  if (spec.position > 0) {
    // The last argument is not looked at: no key could follow it.
    for (let at = spec.position; at < argc - 1; at++) {
      if (isWord(request, at, spec.keywordLower)) return at + 1;
    }
    return 0;
  }
  for (let at = argc + spec.position; at > 1; at--) {
    if (isWord(request, at, spec.keywordLower)) return at + 1;
  }
  return 0;
}

function addKeys(spec: KeySpec, request: RequestView, begin: number, keys: KeyPositions): boolean {
  const argc = request.count;
  let first = begin;
  let last = begin + spec.last;
  if (spec.find === FIND_KEYNUM) {
    const count = readCount(request, begin + spec.countAt);
    if (count < 0) return false;
    first = begin + spec.firstAt;
    last = first + (count - 1) * spec.step;
  } else if (spec.last < 0) {
    const rest = spec.limit > 1 ? Math.trunc((argc - first) / spec.limit) : argc - first;
    last = first + rest + spec.last;
  }
  if (first >= argc || last >= argc || last < first) return false;
  for (let at = first; at <= last; at += spec.step) keys.add(at, spec.flags);
  return true;
}

/** A count of keys in plain decimal, -1 when the argument is missing or something else. */
function readCount(request: RequestView, position: number): number {
  if (position >= request.count) return -1;
  const { bytes, offsets } = request;
  const start = offsets[request.first + 2 * position];
  const end = offsets[request.first + 2 * position + 1];
  const length = end - start;
  // No request has more than nine digits' worth of arguments.
  if (length === 0 || length > 9) return -1;
  if (bytes[start] === 0x30 && length > 1) return -1;
  let count = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    count = count * 10 + digit;
  }
  return count;
}

/** Whether an argument is this word (lower case), in any case. */
function isWord(request: RequestView, position: number, word: string): boolean {
  const at = request.first + 2 * position;
  return equalsIgnoreCase(request.bytes, request.offsets[at], request.offsets[at + 1], word);
}

function isEmpty(request: RequestView, position: number): boolean {
  const at = request.first + 2 * position;
  return request.offsets[at] === request.offsets[at + 1];
}

type SpecialFinder = (request: RequestView, keys: KeyPositions) => void;

const SPECIAL_FINDERS: ReadonlyMap<string, SpecialFinder> = new Map<string, SpecialFinder>([
  ['set', findSetKey],
  ['bitfield', findBitfieldKey],
  ['sort', findSortKeys],
  ['sort_ro', (_, keys) => keys.add(1, KEY_RO | KEY_ACCESS)],
  ['migrate', findMigrateKeys],
]);

/** SET overwrites, unless GET, wherever it stands, makes it tell the old value. */
function findSetKey(request: RequestView, keys: KeyPositions): void {
  for (let at = 3; at < request.count; at++) {
    if (!isWord(request, at, 'get')) continue;
    keys.add(1, KEY_RW | KEY_ACCESS | KEY_UPDATE);
    return;
  }
  keys.add(1, KEY_OW | KEY_UPDATE);
}

/** BITFIELD only reads while all operations are GET; what cannot be read counts as a write. */
function findBitfieldKey(request: RequestView, keys: KeyPositions): void {
  const argc = request.count;
  let at = 2;
  while (at < argc) {
    if (isWord(request, at, 'get') && at + 2 < argc) at += 3;
    else if (isWord(request, at, 'overflow') && at + 1 < argc) at += 2;
    else break;
  }
  const onlyReads = at >= argc;
  keys.add(1, onlyReads ? KEY_RO | KEY_ACCESS : KEY_RW | KEY_ACCESS | KEY_UPDATE);
}

/** SORT reads its first argument; the last STORE wins. Keys behind BY and GET are unknowable. */
function findSortKeys(request: RequestView, keys: KeyPositions): void {
  const argc = request.count;
  let destination = 0;
  for (let at = 2; at < argc; at++) {
    if (isWord(request, at, 'limit')) at += 2;
    else if (isWord(request, at, 'get') || isWord(request, at, 'by')) at += 1;
    else if (isWord(request, at, 'store') && at + 1 < argc) destination = at + 1;
  }
  keys.add(1, KEY_RO | KEY_ACCESS);
  if (destination !== 0) keys.add(destination, KEY_OW | KEY_UPDATE);
}

/**
 * MIGRATE has its key at 3, or an empty string there and keys behind KEYS; the words behind AUTH
 * and AUTH2 are credentials, whatever they look like. Both at once is an error: no keys.
 */
function findMigrateKeys(request: RequestView, keys: KeyPositions): void {
  const argc = request.count;
  const flags = KEY_RW | KEY_ACCESS | KEY_DELETE;
  for (let at = 6; at < argc; at++) {
    if (isWord(request, at, 'keys')) {
      if (!isEmpty(request, 3)) return;
      for (let key = at + 1; key < argc; key++) keys.add(key, flags);
      return;
    }
    if (isWord(request, at, 'auth')) at += 1;
    else if (isWord(request, at, 'auth2')) at += 2;
  }
  keys.add(3, flags);
}
