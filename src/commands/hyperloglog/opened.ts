/** What the HyperLogLog commands share: opening the string of a key, and storing it again. */
import type { CommandContext } from '../../command/context.ts';
import { LISTEN_CHANGED } from '../../keyspace/events.ts';
import { NOT_A_HYPERLOGLOG } from '../../resp/errors.ts';
import { type Entry, STRING_RAW } from '../../values/entry.ts';
import { HyperLogLog, isHyperLogLog } from '../../values/hyperloglog.ts';
import { storeString } from '../string/write-string.ts';

export const CORRUPT_HYPERLOGLOG = 'INVALIDOBJ Corrupted HLL object detected';

/** The string that the present command works on. */
export const opened = new HyperLogLog();

/** Opens the string of an entry; false, and the error replied, when it is no HyperLogLog. */
export function openEntry(context: CommandContext, entry: Entry): boolean {
  const { strings } = context.values;
  strings.read(entry);
  const { foundBytes, foundStart, foundEnd } = strings;
  if (isHyperLogLog(foundBytes, foundStart, foundEnd)) {
    opened.open(foundBytes, foundStart, foundEnd);
    return true;
  }
  context.reply.error(NOT_A_HYPERLOGLOG);
  return false;
}

/** Puts the opened string back under the key in argument 1, where `entry` (0: nothing) is. */
export function storeOpened(context: CommandContext, entry: Entry): void {
  if (opened.isMoved)
    storeString(context, entry, opened.bytes, opened.start, opened.end, STRING_RAW);
  else context.values.strings.markRaw(entry);
}

/** Counts a change of the key in argument 1 that has no event's name. */
export function changedQuietly(context: CommandContext): void {
  const { args, database, keyspace } = context;
  const { events } = keyspace;
  keyspace.dirty++;
  if ((events.active & LISTEN_CHANGED) !== 0)
    events.changed(database, args.bytes, args.start(1), args.end(1), args.hash(1));
}
