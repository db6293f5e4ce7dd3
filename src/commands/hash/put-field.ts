/** Gives one field of the hash at argument 1 a value, which the command made or was given. */
import type { CommandContext } from '../../command/context.ts';
import type { Entry } from '../../values/entry.ts';

/**
 * Sets the field named by argument 2 in the hash `entry`, or in a new one when there is none (0). When
 * memory runs out, nothing is left behind.
 */
export function putField(
  context: CommandContext,
  entry: Entry,
  value: Uint8Array,
  start: number,
  end: number,
): void {
  const { args } = context;
  const { bytes } = args;
  const { hashes } = context.values;
  if (entry !== 0) {
    hashes.set(entry, bytes, args.start(2), args.end(2), value, start, end);
    return;
  }
  const created = hashes.create(bytes, args.start(1), args.end(1));
  try {
    hashes.set(created, bytes, args.start(2), args.end(2), value, start, end);
    context.database.add(created, args.hash(1));
  } catch (error) {
    context.keyspace.freeEntry(created);
    throw error;
  }
}
