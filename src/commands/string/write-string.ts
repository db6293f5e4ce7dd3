/** What the commands of this folder share: giving keys string values, and the limit on their length. */
import type { CommandContext } from '../../command/context.ts';
import { SESSION_PRIMARY } from '../../command/session.ts';
import { NOTIFY_STRING } from '../../config/notify-classes.ts';
import { STRING_TOO_LONG } from '../../resp/errors.ts';
import {
  type Entry,
  hasExpiry,
  STRING_AUTO,
  TYPE_STRING,
  typeOf,
  withExpiry,
} from '../../values/entry.ts';

/**
 * Gives key argument `keyIndex` the value in argument `valueIndex`, over whatever `entry` (0: nothing)
 * holds. Returns the entry, which may be another one.
 */
export function setString(
  context: CommandContext,
  keyIndex: number,
  valueIndex: number,
  entry: Entry,
  keepExpiry: boolean,
): Entry {
  return assignString(
    context,
    keyIndex,
    context.args.hash(keyIndex),
    valueIndex,
    entry,
    keepExpiry,
  );
}

/**
 * `setString` with the key's hash, for commands with many keys. When the old value's block fits, only
 * its bytes change.
 */
export function assignString(
  context: CommandContext,
  keyIndex: number,
  hash: number,
  valueIndex: number,
  entry: Entry,
  keepExpiry: boolean,
): Entry {
  const { args, database, keyspace, values } = context;
  const { bytes } = args;
  const { strings } = values;
  const start = args.start(valueIndex);
  const end = args.end(valueIndex);
  const { heap } = keyspace;
  const mayStay =
    entry !== 0 && typeOf(heap, entry) === TYPE_STRING && (keepExpiry || !hasExpiry(heap, entry));
  if (mayStay && strings.overwrite(entry, bytes, start, end, STRING_AUTO)) return entry;
  const keyStart = args.start(keyIndex);
  const keyEnd = args.end(keyIndex);
  const created = strings.create(bytes, keyStart, keyEnd, bytes, start, end, STRING_AUTO);
  try {
    if (entry !== 0) return database.replace(entry, created, hash, keepExpiry);
    database.add(created, hash);
    return created;
  } catch (error) {
    keyspace.freeEntry(created);
    throw error;
  }
}

/**
 * `setString` for the key in argument 1, which is to expire at `expiry` (milliseconds since the epoch).
 * A key that expired at another time before keeps its block.
 */
export function setExpiringString(
  context: CommandContext,
  valueIndex: number,
  entry: Entry,
  expiry: number | bigint,
): void {
  const { args, database, keyspace } = context;
  const { bytes } = args;
  const hash = args.hash(1);
  if (entry !== 0) {
    const stored = assignString(context, 1, hash, valueIndex, entry, true);
    try {
      database.setExpiry(stored, hash, expiry);
    } catch (error) {
      // The new value stays, and the old time limit with it.
      context.modified(1, NOTIFY_STRING, 'set');
      context.propagate('SET', args.copy(1), args.copy(valueIndex), 'KEEPTTL');
      throw error;
    }
    return;
  }
  const start = args.start(valueIndex);
  const { strings } = context.values;
  let created = strings.create(
    bytes,
    args.start(1),
    args.end(1),
    bytes,
    start,
    args.end(valueIndex),
    STRING_AUTO,
  );
  try {
    created = withExpiry(keyspace.heap, created, expiry);
    database.add(created, hash);
  } catch (error) {
    keyspace.freeEntry(created);
    throw error;
  }
}

/**
 * Gives the key in argument 1 another string, made by the command itself, in place of the string that
 * `entry` holds (0: nothing). The expiry stays. `encoding` is a STRING_* constant.
 */
export function storeString(
  context: CommandContext,
  entry: Entry,
  bytes: Uint8Array,
  start: number,
  end: number,
  encoding: number,
): void {
  const { args, database } = context;
  const { strings } = context.values;
  if (entry !== 0 && strings.overwrite(entry, bytes, start, end, encoding)) return;
  const hash = args.hash(1);
  const keyEnd = args.end(1);
  const created = strings.create(args.bytes, args.start(1), keyEnd, bytes, start, end, encoding);
  if (entry === 0) database.add(created, hash);
  else database.replace(entry, created, hash, true);
}

/**
 * Makes the string at argument 1 at least `length` bytes long, filling up with zeros; a missing key (entry 0) gets
 * such a string. Returns the entry, whose value is raw from now on.
 */
export function growString(context: CommandContext, entry: Entry, length: number): Entry {
  const { args, database } = context;
  const { strings } = context.values;
  const hash = args.hash(1);
  if (entry === 0) {
    const created = strings.createBlank(args.bytes, args.start(1), args.end(1), length);
    strings.clear(created, 0, length);
    database.add(created, hash);
    return created;
  }
  const old = strings.length(entry);
  if (length <= old) {
    strings.markRaw(entry);
    return entry;
  }
  const placed = strings.resize(entry, length);
  database.moved(entry, placed, hash);
  strings.clear(placed, old, length);
  return placed;
}

/** Whether a string may not become so long; the error is replied then. */
export function isTooLong(context: CommandContext, length: number): boolean {
  if (length <= context.config.protoMaxBulkLen || context.session.has(SESSION_PRIMARY))
    return false;
  context.reply.error(STRING_TOO_LONG);
  return true;
}
