/** Putting the result of a STORE command under its key. */
import type { CommandContext } from '../../command/context.ts';
import { NOTIFY_GENERIC, NOTIFY_SORTED_SET } from '../../config/notify-classes.ts';
import type { Entry } from '../../values/entry.ts';

/**
 * Stores a set that was created for the key in argument 1 in the place of whatever is there, and replies
 * its size; an empty one leaves no key. `fill` puts the members in; only when it is done is the key
 * touched, which may be one of those that `fill` reads.
 */
export function storeSortedSet(
  context: CommandContext,
  created: Entry,
  event: string,
  fill: () => void,
): void {
  const { args, database, keyspace, reply } = context;
  let size = 0;
  try {
    fill();
    size = context.values.sortedSets.size(created);
    if (size > 0) {
      const old = context.lookupWrite(1);
      if (old === 0) database.add(created, args.hash(1));
      else database.replace(old, created, args.hash(1), false);
    }
  } catch (error) {
    keyspace.freeEntry(created);
    throw error;
  }
  if (size > 0) context.modified(1, NOTIFY_SORTED_SET, event);
  else {
    keyspace.freeEntry(created);
    const old = context.lookupWrite(1);
    if (old !== 0) {
      context.remove(1, old);
      context.modified(1, NOTIFY_GENERIC, 'del');
    }
  }
  reply.integer(size);
}
