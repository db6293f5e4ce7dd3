/**
 * Commands with many keys look them up in chunks: first the hashes of a chunk, then every table slot
 * in one loop, then every entry in another, and only then key after key. The processor overlaps the
 * cache misses of such loops, as it does for the requests of a pipeline (execution/request-plan.ts).
 * Nothing is decided ahead: the command looks each key up again, in order.
 */
import type { CommandContext } from '../command/context.ts';
import { GRANULE_MASK, SEGMENT_SHIFT } from '../memory/heap.ts';

/** Keys in a chunk. */
export const KEY_CHUNK = 64;
/** The hashes of the keys of the present chunk; valid until the next `lookAhead`. */
export const keyHashes = new Int32Array(KEY_CHUNK);

/** Below this many keys the data is in the caches anyway. */
const WORTH_TOUCHING = 20_000;

const refs = new Int32Array(KEY_CHUNK);
/** Takes what was read, so that the loops are not optimised away. */
const sink = new Int32Array(1);

/**
 * Prepares the keys at arguments `from`, `from + step`, …: at most KEY_CHUNK of them. Their hashes are
 * in `keyHashes` afterwards. Returns how many they are.
 */
export function lookAhead(context: CommandContext, from: number, step: number): number {
  const { args, database } = context;
  const count = Math.min(KEY_CHUNK, Math.ceil((args.count - from) / step));
  for (let i = 0; i < count; i++) keyHashes[i] = args.hash(from + i * step);
  if (count > 1 && database.size >= WORTH_TOUCHING) touch(context, count);
  return count;
}

function touch(context: CommandContext, count: number): void {
  const { keys } = context.database;
  const segments = context.keyspace.heap.bytes;
  let seen = 0;
  for (let i = 0; i < count; i++) seen ^= keys.touch(keyHashes[i]);
  for (let i = 0; i < count; i++) refs[i] = keys.candidate(keyHashes[i]);
  for (let i = 0; i < count; i++) {
    const ref = refs[i];
    seen ^= segments[ref >>> SEGMENT_SHIFT][(ref & GRANULE_MASK) << 3];
  }
  sink[0] = seen;
}
