/** Removing entries, and setting a stream's counters: XDEL, XTRIM, XSETID; and XLEN. */
import { StreamId } from '../../bytes/stream-id.ts';
import type { EffectPart } from '../../command/effect-log.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_STREAM } from '../../config/notify-classes.ts';
import { NO_SUCH_KEY, SYNTAX_ERROR } from '../../resp/errors.ts';
import { TYPE_STREAM } from '../../values/entry.ts';
import type { Stream } from '../../values/stream.ts';
import { readId, readIds } from './ids.ts';
import { TrimOptions } from './trim-options.ts';

const options = new TrimOptions();

export const xlen = command({
  name: 'XLEN',
  group: 'stream',
  since: '5.0.0',
  summary: 'Counts the entries of a stream.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'stream',
  keys: 'RO 1',
  arguments: 'key@0',
  handler: (context) => {
    const entry = context.readable(1, TYPE_STREAM);
    if (entry < 0) return;
    context.reply.integer(entry === 0 ? 0 : context.values.streams.of(entry).length);
  },
});

export const xdel = command({
  name: 'XDEL',
  group: 'stream',
  since: '5.0.0',
  summary: 'Removes entries from a stream by ID.',
  complexity: 'O(1) an ID',
  arity: -3,
  flags: 'write fast',
  categories: 'stream',
  keys: 'RW delete 1',
  arguments: 'key@0 id:string...',
  handler: (context) => {
    const { reply, values, keyspace } = context;
    const entry = context.writable(1, TYPE_STREAM);
    if (entry < 0) return;
    if (entry === 0) {
      reply.integer(0);
      return;
    }
    const ids = readIds(context.args, 2);
    if (context.refused()) return;
    const stream = values.streams.of(entry);
    let deleted = 0;
    for (const id of ids) if (stream.delete(id)) deleted++;
    if (deleted > 0) {
      context.modified(1, NOTIFY_STREAM, 'xdel');
      keyspace.dirty += deleted - 1;
    }
    reply.integer(deleted);
  },
});

function propagateTrim(context: CommandContext, stream: Stream): void {
  const { args } = context;
  const parts: EffectPart[] = [];
  for (let i = 0; i < args.count; i++) parts.push(args.copy(i));
  options.rewrite(parts, stream);
  context.propagate(...parts);
}

export const xtrim = command({
  name: 'XTRIM',
  group: 'stream',
  since: '5.0.0',
  summary: 'Removes the oldest entries of a stream.',
  complexity: 'O(N), N: entries removed; whole blocks of entries go at once',
  arity: -4,
  flags: 'write',
  categories: 'stream',
  keys: 'RW delete 1',
  arguments:
    "key@0 (trim: (strategy: MAXLEN | MINID since 6.2.0) [operator: equal='=' | " +
    "approximately='~'] threshold:string [LIMIT count:integer since 6.2.0])",
  history: ['6.2.0: `MINID` trims by ID, `LIMIT` bounds the work.'],
  tips: 'nondeterministic_output',
  handler: (context) => {
    const { reply, values, keyspace } = context;
    if (!options.read(context, false)) return;
    const entry = context.writable(1, TYPE_STREAM);
    if (entry < 0) return;
    if (entry === 0) {
      reply.integer(0);
      return;
    }
    const stream = values.streams.of(entry);
    const removed = options.apply(stream);
    if (removed > 0) {
      if (options.isRewritten && context.effects.active) propagateTrim(context, stream);
      context.modified(1, NOTIFY_STREAM, 'xtrim');
      keyspace.dirty += removed - 1;
    }
    reply.integer(removed);
  },
});

/** What XSETID sets. */
const lastId = new StreamId();
const maxDeletedId = new StreamId();
let entriesAdded = -1;

/** Reads the arguments of XSETID; false, and an error, when they are wrong. */
function readSetId(context: CommandContext): boolean {
  const { args, reply } = context;
  readId(args, 2, lastId);
  if (context.refused()) return false;
  maxDeletedId.setLeast();
  entriesAdded = -1;
  for (let i = 3; i < args.count; i += 2) {
    const isMore = i + 1 < args.count;
    if (isMore && args.is(i, 'entriesadded')) {
      entriesAdded = args.integer(i + 1);
      if (entriesAdded < 0) args.fail('ERR entries_added must be positive');
    } else if (isMore && args.is(i, 'maxdeletedid')) {
      readId(args, i + 1, maxDeletedId);
      if (lastId.compare(maxDeletedId) < 0) args.fail(BELOW_GIVEN_DELETED);
    } else {
      reply.error(SYNTAX_ERROR);
      return false;
    }
    if (context.refused()) return false;
  }
  return true;
}

const BELOW_GIVEN_DELETED =
  'ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id';

/** Why a stream cannot be set to this, or undefined. */
function setIdRefusal(stream: Stream): string | undefined {
  if (stream.length === 0) return undefined;
  const top = new StreamId();
  stream.readLastEntryId(top);
  if (lastId.compare(top) < 0)
    return 'ERR The ID specified in XSETID is smaller than the target stream top item';
  return entriesAdded !== -1 && stream.length > entriesAdded
    ? 'ERR The entries_added specified in XSETID is smaller than the target stream length'
    : undefined;
}

export const xsetid = command({
  name: 'XSETID',
  group: 'stream',
  since: '5.0.0',
  summary: 'Sets the last ID of a stream; used for replication.',
  complexity: 'O(1)',
  arity: -3,
  flags: 'write denyoom fast',
  categories: 'stream',
  keys: 'RW update 1',
  arguments:
    'key@0 last-id:string [ENTRIESADDED entries_added:integer since 7.0.0] [MAXDELETEDID ' +
    'max_deleted_entry_id:string since 7.0.0]',
  history: ['7.0.0: Also sets `entries_added` and `max_deleted_entry_id`.'],
  handler: (context) => {
    const { reply, values, keyspace } = context;
    if (!readSetId(context)) return;
    const entry = context.writable(1, TYPE_STREAM);
    if (entry < 0) return;
    if (entry === 0) {
      reply.error(NO_SUCH_KEY);
      return;
    }
    const stream = values.streams.of(entry);
    const problem = setIdRefusal(stream);
    if (problem !== undefined) {
      reply.error(problem);
      return;
    }
    stream.lastId.set(lastId);
    if (entriesAdded !== -1) stream.entriesAdded = entriesAdded;
    if (!maxDeletedId.isLeast) stream.maxDeletedId.set(maxDeletedId);
    reply.ok();
    keyspace.dirty++;
    context.notify(1, NOTIFY_STREAM, 'xsetid');
  },
});
