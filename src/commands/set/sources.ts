/** What SINTER, SUNION and SDIFF share: reading the sets they combine, replying or storing a result. */
import type { CommandContext } from '../../command/context.ts';
import { NOTIFY_GENERIC, NOTIFY_SET } from '../../config/notify-classes.ts';
import { type Entry, TYPE_SET } from '../../values/entry.ts';
import type { MemberVisit } from '../../values/set.ts';

/** Visits the members of a result, in no order. */
export type Combination = (visit: MemberVisit) => void;

/**
 * The sets named by `count` arguments from `first` on, 0 for one that is missing; undefined when a
 * key holds another type, which was replied then.
 */
export function readSets(
  context: CommandContext,
  first: number,
  count: number,
): Entry[] | undefined {
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    const entry = context.readable(first + i, TYPE_SET);
    if (entry < 0) return undefined;
    entries.push(entry);
  }
  return entries;
}

/** Replies a result. */
export function replyCombination(context: CommandContext, combine: Combination): void {
  const { reply } = context;
  const mark = reply.deferArray();
  let count = 0;
  combine((bytes, start, end) => {
    reply.bulk(bytes, start, end);
    count++;
  });
  reply.resolveSet(mark, count);
}

/**
 * Stores a result under the key in argument 1, whatever that held, and replies its size; an empty
 * result leaves no key. It is known to have `least` members or more, and probably has `likely`.
 * `prepare` may change the new set before it is stored.
 */
export function storeCombination(
  context: CommandContext,
  event: string,
  least: number,
  likely: number,
  combine: Combination,
  prepare?: (entry: Entry) => void,
): void {
  const { args, keyspace, reply } = context;
  const { sets } = context.values;
  const created = sets.create(args.bytes, args.start(1), args.end(1));
  let size: number;
  try {
    sets.reserve(created, least, likely);
    combine((bytes, start, end, hash) => sets.addNew(created, bytes, start, end, hash));
    size = sets.size(created);
    if (size > 0) prepare?.(created);
    // The target may be one of the sources: it is replaced only when they have been read.
    if (size > 0) place(context, created);
  } catch (error) {
    keyspace.freeEntry(created);
    throw error;
  }
  if (size > 0) context.modified(1, NOTIFY_SET, event);
  else {
    keyspace.freeEntry(created);
    removeTarget(context);
  }
  reply.integer(size);
}

/** Puts a new set under its key, in the place of whatever is there. */
function place({ args, database }: CommandContext, created: Entry): void {
  const hash = args.hash(1);
  const old = database.lookupWrite(args.bytes, args.start(1), args.end(1), hash);
  if (old === 0) database.add(created, hash);
  else database.replace(old, created, hash, false);
}

function removeTarget(context: CommandContext): void {
  const old = context.lookupWrite(1);
  if (old === 0) return;
  context.remove(1, old);
  context.modified(1, NOTIFY_GENERIC, 'del');
}
