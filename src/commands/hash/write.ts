/** Changing fields of a hash: HSET, HMSET, HSETNX, HDEL. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC, NOTIFY_HASH } from '../../config/notify-classes.ts';
import { wrongArgumentCount } from '../../resp/errors.ts';
import { type Entry, TYPE_HASH } from '../../values/entry.ts';
import { putField } from './put-field.ts';

/** The argument at which `setPairs` is: what is before it stays when memory runs out. */
let reached = 0;

/** Sets all pairs of the request in a hash; returns how many fields are new. */
function setPairs(context: CommandContext, entry: Entry): number {
  const { args } = context;
  const { bytes, count } = args;
  const { hashes } = context.values;
  let added = 0;
  reached = 2;
  // Of a single pair `set` itself sees to it.
  if (count > 4) for (let i = 2; i < count; i++) hashes.announce(entry, args.length(i));
  for (let i = 2; i < count; i += 2) {
    const start = args.start(i + 1);
    if (hashes.set(entry, bytes, args.start(i), args.end(i), bytes, start, args.end(i + 1)))
      added++;
    reached = i + 2;
  }
  return added;
}

/** Tells of `pairs` pairs that were set in the hash at argument 1. */
function tellSet(context: CommandContext, pairs: number): void {
  context.modified(1, NOTIFY_HASH, 'hset');
  context.keyspace.dirty += pairs - 1;
}

/** `setPairs` for a hash that clients know. */
function changePairs(context: CommandContext, entry: Entry): number {
  try {
    return setPairs(context, entry);
  } catch (error) {
    if (reached > 2) {
      tellSet(context, (reached - 2) >> 1);
      context.propagatePrefix(reached);
    }
    throw error;
  }
}

/** HSET and HMSET; returns how many fields are new, or -1 when an error was replied. */
function setFields(context: CommandContext): number {
  const { args, keyspace } = context;
  if (args.count % 2 !== 0) {
    context.reply.error(wrongArgumentCount(context.command.fullName));
    return -1;
  }
  const found = context.writable(1, TYPE_HASH);
  if (found < 0) return -1;
  let added: number;
  if (found !== 0) added = changePairs(context, found);
  else {
    const entry = context.values.hashes.create(args.bytes, args.start(1), args.end(1));
    try {
      added = setPairs(context, entry);
      context.database.add(entry, args.hash(1));
    } catch (error) {
      keyspace.freeEntry(entry);
      throw error;
    }
  }
  tellSet(context, (args.count - 2) >> 1);
  return added;
}

export const hset = command({
  name: 'HSET',
  group: 'hash',
  since: '2.0.0',
  summary: 'Sets fields of a hash, which is created when missing.',
  complexity: 'O(1) a field',
  arity: -4,
  flags: 'write denyoom fast',
  categories: 'hash',
  keys: 'RW update 1',
  arguments: 'key@0 (field_value: field:string value:string)...',
  history: ['4.0.0: Takes several pairs.'],
  handler: (context) => {
    const added = setFields(context);
    if (added >= 0) context.reply.integer(added);
  },
});

export const hmset = command({
  name: 'HMSET',
  group: 'hash',
  since: '2.0.0',
  summary: 'Sets several fields of a hash.',
  complexity: 'O(N), N: fields given',
  arity: -4,
  flags: 'write denyoom fast',
  categories: 'hash',
  keys: 'RW update 1',
  arguments: 'key@0 (field_value: field:string value:string)...',
  deprecated: '4.0.0',
  replacedBy: '`HSET`, which takes several pairs',
  handler: (context) => {
    if (setFields(context) >= 0) context.reply.ok();
  },
});

export const hsetnx = command({
  name: 'HSETNX',
  group: 'hash',
  since: '2.0.0',
  summary: 'Sets a field of a hash unless it exists.',
  complexity: 'O(1)',
  arity: 4,
  flags: 'write denyoom fast',
  categories: 'hash',
  keys: 'RW insert 1',
  arguments: 'key@0 field:string value:string',
  handler: (context) => {
    const { args } = context;
    const { bytes } = args;
    const entry = context.writable(1, TYPE_HASH);
    if (entry < 0) return;
    if (entry !== 0 && context.values.hashes.has(entry, bytes, args.start(2), args.end(2))) {
      context.reply.integer(0);
      return;
    }
    putField(context, entry, bytes, args.start(3), args.end(3));
    context.modified(1, NOTIFY_HASH, 'hset');
    context.reply.integer(1);
  },
});

/** Deletes the fields named from argument 2 on; returns how many there were. */
function deleteFields(context: CommandContext, entry: Entry): number {
  const { args } = context;
  const { hashes } = context.values;
  let deleted = 0;
  for (let i = 2; i < args.count; i++)
    if (hashes.delete(entry, args.bytes, args.start(i), args.end(i))) deleted++;
  return deleted;
}

export const hdel = command({
  name: 'HDEL',
  group: 'hash',
  since: '2.0.0',
  summary: 'Removes fields from a hash.',
  complexity: 'O(N), N: fields named',
  arity: -3,
  flags: 'write fast',
  categories: 'hash',
  keys: 'RW delete 1',
  arguments: 'key@0 field:string...',
  history: ['2.4.0: Takes several fields.'],
  handler: (context) => {
    const entry = context.writable(1, TYPE_HASH);
    if (entry < 0) return;
    const deleted = entry === 0 ? 0 : deleteFields(context, entry);
    const isGone = deleted > 0 && context.values.hashes.length(entry) === 0;
    if (isGone) context.remove(1, entry);
    if (deleted > 0) {
      context.modified(1, NOTIFY_HASH, 'hdel');
      context.keyspace.dirty += deleted - 1;
      if (isGone) context.notify(1, NOTIFY_GENERIC, 'del');
    }
    context.reply.integer(deleted);
  },
});
