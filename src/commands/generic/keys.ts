/** Keys found otherwise than by name: KEYS and RANDOMKEY. */
import { isLiteralGlob, matchesGlob } from '../../bytes/glob.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { Database } from '../../keyspace/database.ts';
import { GRANULE_MASK, SEGMENT_SHIFT } from '../../memory/heap.ts';
import { type Entry, expiryOf, hasExpiry, keyLength, keyOffset } from '../../values/entry.ts';

/** Draws that may meet expired keys before RANDOMKEY takes one that a replica only hides. */
const TRIES = 100;
const STAR = 0x2a;

/** Whether a key is past its time, though it may still be there. */
export function isPastTime(context: CommandContext, entry: Entry): boolean {
  const { heap, now } = context.keyspace;
  return hasExpiry(heap, entry) && expiryOf(heap, entry) < now;
}

/** Replies the key of an entry. */
export function replyKey(context: CommandContext, entry: Entry): void {
  const { heap } = context.keyspace;
  const start = ((entry & GRANULE_MASK) << 3) + keyOffset(heap, entry);
  const end = start + keyLength(heap, entry);
  context.reply.bulk(heap.bytes[entry >>> SEGMENT_SHIFT], start, end);
}

/** Whether an argument is a lone star: every key, the empty one too, which no other glob matches. */
export function isStar(context: CommandContext, index: number): boolean {
  const { args } = context;
  return args.length(index) === 1 && args.bytes[args.start(index)] === STAR;
}

/** Whether the key of an entry matches the glob in an argument. */
export function keyMatches(context: CommandContext, entry: Entry, index: number): boolean {
  const { args, keyspace } = context;
  const { heap } = keyspace;
  const start = ((entry & GRANULE_MASK) << 3) + keyOffset(heap, entry);
  return matchesGlob(
    args.bytes,
    args.start(index),
    args.end(index),
    heap.bytes[entry >>> SEGMENT_SHIFT],
    start,
    start + keyLength(heap, entry),
  );
}

function replyMatchingKeys(context: CommandContext): void {
  const { args, reply, database } = context;
  const mark = reply.deferArray(database.size);
  const all = isStar(context, 1);
  let count = 0;
  if (!all && args.length(1) > 0 && isLiteralGlob(args.bytes, args.start(1), args.end(1))) {
    // A pattern without wildcards names one key.
    const entry = database.peek(args.bytes, args.start(1), args.end(1), args.hash(1));
    if (entry !== 0 && !isPastTime(context, entry)) {
      replyKey(context, entry);
      count++;
    }
  } else {
    database.keys.forEach((entry) => {
      if (!all && !keyMatches(context, entry, 1)) return;
      if (isPastTime(context, entry)) return;
      replyKey(context, entry);
      count++;
    });
  }
  reply.resolveArray(mark, count);
}

export const keys = command({
  name: 'KEYS',
  group: 'generic',
  since: '1.0.0',
  summary: 'Names all keys that match a glob pattern.',
  complexity: 'O(N), N: keys in the database',
  arity: 2,
  flags: 'readonly touches_arbitrary_keys',
  categories: 'keyspace dangerous',
  arguments: 'pattern:pattern',
  tips: 'request_policy:all_shards nondeterministic_output_order',
  handler: replyMatchingKeys,
});

/**
 * A key that is not past its time, or 0. Expired ones that are met are removed; where they may only
 * be hidden (on a replica) and nothing but expired keys is found, one of those is as good.
 */
function randomLiveKey(context: CommandContext, database: Database): Entry {
  const { random } = context.server;
  const { keyspace } = context;
  for (let tries = 0; ; tries++) {
    const entry = database.keys.random(random);
    if (entry === 0 || !isPastTime(context, entry)) return entry;
    if (keyspace.expiryMode === 'ignore' || keyspace.loading) return entry;
    if (keyspace.expiryMode === 'remove') database.expire(entry, database.hashOf(entry));
    else if (tries >= TRIES && database.expires.size === database.size) return entry;
  }
}

export const randomkey = command({
  name: 'RANDOMKEY',
  group: 'generic',
  since: '1.0.0',
  summary: 'Names a key picked by chance.',
  complexity: 'O(1)',
  arity: 1,
  flags: 'readonly touches_arbitrary_keys',
  categories: 'keyspace',
  tips: 'request_policy:all_shards nondeterministic_output',
  handler: (context) => {
    const entry = randomLiveKey(context, context.database);
    if (entry === 0) context.reply.null();
    else replyKey(context, entry);
  },
});
