/**
 * What the dispatcher must know about a command, one bit each.
 *
 * The bits stand in the order in which COMMAND INFO lists the names. The ones from
 * `CMD_MAY_REPLICATE` on are internal: COMMAND INFO never shows them, because the server we
 * imitate does not.
 */

/** May change the data set: refused on read-only replicas, counted as a write in ACLs. */
export const CMD_WRITE = 1 << 0;
/** Reads keys and never changes them. */
export const CMD_READONLY = 1 << 1;
/** May need more memory: refused when `maxmemory` is reached and nothing can be evicted. */
export const CMD_DENYOOM = 1 << 2;
/** Administers the server; implies @admin and @dangerous. */
export const CMD_ADMIN = 1 << 3;
/** Publish/subscribe. */
export const CMD_PUBSUB = 1 << 4;
/** Refused inside scripts. */
export const CMD_NOSCRIPT = 1 << 5;
/** May leave the client waiting (BLPOP and friends). */
export const CMD_BLOCKING = 1 << 6;
/** Allowed while the data set is being loaded. */
export const CMD_LOADING = 1 << 7;
/** Allowed on a replica that lost its primary and may not serve stale data. */
export const CMD_STALE = 1 << 8;
/** Not shown to MONITOR. */
export const CMD_SKIP_MONITOR = 1 << 9;
/** Never enters the slow log (its arguments may hold secrets). */
export const CMD_SKIP_SLOWLOG = 1 << 10;
/** Acts as if the client had sent ASKING before (slot migration). */
export const CMD_ASKING = 1 << 11;
/** Constant or logarithmic time; implies @fast, its absence implies @slow. */
export const CMD_FAST = 1 << 12;
/** Needs no authentication. */
export const CMD_NO_AUTH = 1 << 13;
/** Declares keys, but a call without any is fine (EVAL with 0 keys). */
export const CMD_NO_MANDATORY_KEYS = 1 << 14;
/** Refused while a replica loads the primary's data beside the old one. */
export const CMD_NO_ASYNC_LOADING = 1 << 15;
/** Refused inside MULTI. */
export const CMD_NO_MULTI = 1 << 16;
/** Keys are not at fixed places only; derived from the key specs, never declared. */
export const CMD_MOVABLEKEYS = 1 << 17;
/** Allowed while a script runs beyond its time limit. */
export const CMD_ALLOW_BUSY = 1 << 18;
/** Not a write, yet has an effect that replicas must see (PUBLISH, PFCOUNT, EVAL). */
export const CMD_MAY_REPLICATE = 1 << 19;
/** Known to a sentinel as well as to a server. */
export const CMD_SENTINEL = 1 << 20;
/** Known to a sentinel only. */
export const CMD_ONLY_SENTINEL = 1 << 21;
/** Off unless the configuration allows it (`enable-debug-command`, `enable-module-command`). */
export const CMD_PROTECTED = 1 << 22;
/** Reaches keys that its key specs do not name (KEYS, SCAN, FLUSHALL, RANDOMKEY). */
export const CMD_TOUCHES_ARBITRARY_KEYS = 1 << 23;

/** Names of the bits, by bit number. */
const FLAG_NAMES: readonly string[] = [
  'write',
  'readonly',
  'denyoom',
  'admin',
  'pubsub',
  'noscript',
  'blocking',
  'loading',
  'stale',
  'skip_monitor',
  'skip_slowlog',
  'asking',
  'fast',
  'no_auth',
  'no_mandatory_keys',
  'no_async_loading',
  'no_multi',
  'movablekeys',
  'allow_busy',
  'may_replicate',
  'sentinel',
  'only_sentinel',
  'protected',
  'touches_arbitrary_keys',
];

/** The flags that COMMAND INFO shows. */
const VISIBLE_FLAGS = CMD_MAY_REPLICATE - 1;

/**
 * Reads names separated by blanks into bits.
 * @throws Error naming the unknown word; a declaration is wrong then, so this shows at start-up.
 */
export function parseBits(text: string, names: readonly string[], what: string): number {
  let bits = 0;
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    const bit = names.indexOf(word);
    if (bit < 0) throw new Error(`unknown ${what} '${word}'`);
    bits |= 1 << bit;
  }
  return bits;
}

/** The names of the set bits, in bit order. */
export function namesOfBits(bits: number, names: readonly string[]): string[] {
  return names.filter((_, bit) => (bits & (1 << bit)) !== 0);
}

/** Reads the `flags` field of a declaration. */
export function parseFlags(text: string): number {
  return parseBits(text, FLAG_NAMES, 'command flag');
}

/** The flag names COMMAND INFO shows, in its order. */
export function visibleFlagNames(flags: number): string[] {
  return namesOfBits(flags & VISIBLE_FLAGS, FLAG_NAMES);
}
