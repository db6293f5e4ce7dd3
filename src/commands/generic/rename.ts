/**
 * Keys in other places: RENAME, RENAMENX, MOVE and COPY. Only COPY copies a value; a renamed key
 * gets a new entry, which holds short strings and otherwise points to the value where it is, and a
 * moved one keeps even that.
 */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC } from '../../config/notify-classes.ts';
import type { Database } from '../../keyspace/database.ts';
import { equalsBytes } from '../../bytes/text.ts';
import {
  DB_INDEX_OUT_OF_RANGE,
  NO_SUCH_KEY,
  notInClusterMode,
  SAME_OBJECT,
  SYNTAX_ERROR,
} from '../../resp/errors.ts';
import { copyEntry, type Entry } from '../../values/entry.ts';

const NOT_32_BITS = 'ERR value is out of range, value must between -2147483648 and 2147483647';

/** Whether arguments 1 and 2 are the same key. */
function namesAreEqual({ args }: CommandContext): boolean {
  const { bytes } = args;
  return equalsBytes(bytes, args.start(1), args.end(1), bytes, args.start(2), args.end(2));
}

function rename(context: CommandContext, onlyIfAbsent: boolean): void {
  const { reply } = context;
  const source = context.lookupWrite(1);
  if (source === 0) {
    reply.error(NO_SUCH_KEY);
    return;
  }
  if (!namesAreEqual(context)) {
    const target = context.lookupWrite(2);
    if (target !== 0 && onlyIfAbsent) {
      reply.integer(0);
      return;
    }
    renameTo(context, source, target);
    if (onlyIfAbsent) reply.integer(1);
    else reply.ok();
  } else if (onlyIfAbsent) reply.integer(0);
  else reply.ok();
}

/** Puts the value of `source` under the key in argument 2, in place of `target` (0: nothing). */
function renameTo(context: CommandContext, source: Entry, target: Entry): void {
  const { args, database, keyspace } = context;
  const { heap } = keyspace;
  const { bytes } = args;
  const renamed = copyEntry(heap, source, bytes, args.start(2), args.end(2));
  if (target !== 0) context.remove(2, target);
  database.adopt(renamed, args.hash(2));
  database.detach(source, args.hash(1));
  // The value is the new entry's: only the block goes.
  heap.free(source);
  database.changed(bytes, args.start(1), args.end(1), args.hash(1));
  database.changed(bytes, args.start(2), args.end(2), args.hash(2));
  keyspace.dirty++;
  context.notify(1, NOTIFY_GENERIC, 'rename_from');
  context.notify(2, NOTIFY_GENERIC, 'rename_to');
}

export const renameCommand = command({
  name: 'RENAME',
  group: 'generic',
  since: '1.0.0',
  summary: 'Gives a key another name, in place of whatever had it.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'write',
  categories: 'keyspace',
  keys: 'RW access delete 1; OW update 2',
  arguments: 'key@0 newkey@1',
  handler: (context) => rename(context, false),
});

export const renamenx = command({
  name: 'RENAMENX',
  group: 'generic',
  since: '1.0.0',
  summary: 'Gives a key another name unless that one is taken.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'write fast',
  categories: 'keyspace',
  keys: 'RW access delete 1; OW insert 2',
  arguments: 'key@0 newkey@1',
  history: ['3.2.0: Equal names are no error any more.'],
  handler: (context) => rename(context, true),
});

/** The database that an argument names; notes an error when there is none. */
function readDatabase({ args, keyspace }: CommandContext, index: number): Database {
  const number = args.integer(index);
  if (number !== (number | 0)) args.fail(NOT_32_BITS);
  const database = keyspace.databases[number];
  if (database === undefined) args.fail(DB_INDEX_OUT_OF_RANGE);
  return database ?? keyspace.databases[0];
}

export const move = command({
  name: 'MOVE',
  group: 'generic',
  since: '1.0.0',
  summary: 'Moves a key to another database.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'write fast',
  categories: 'keyspace',
  keys: 'RW access update 1',
  arguments: 'key@0 db:integer',
  handler: (context) => {
    const { args, reply, config, database } = context;
    if (config.clusterEnabled) {
      reply.error(notInClusterMode('MOVE'));
      return;
    }
    const target = readDatabase(context, 2);
    if (target === database) args.fail(SAME_OBJECT);
    if (!context.refused()) reply.integer(moveKey(context, target) ? 1 : 0);
  },
});

/** Moves the key in argument 1; false when it is absent here or present there. */
function moveKey(context: CommandContext, target: Database): boolean {
  const { args, database, keyspace } = context;
  const { bytes } = args;
  const start = args.start(1);
  const end = args.end(1);
  const hash = args.hash(1);
  const entry = context.lookupWrite(1);
  if (entry === 0 || target.lookupWrite(bytes, start, end, hash) !== 0) return false;
  database.detach(entry, hash);
  target.adopt(entry, hash);
  database.changed(bytes, start, end, hash);
  target.changed(bytes, start, end, hash);
  keyspace.dirty++;
  database.notify(bytes, start, end, NOTIFY_GENERIC, 'move_from');
  target.notify(bytes, start, end, NOTIFY_GENERIC, 'move_to');
  return true;
}

/** Options of COPY, from argument 3 on. */
class CopyOptions {
  target!: Database;
  replace = false;

  /** Notes an error for unknown options and databases. */
  read(context: CommandContext): void {
    const { args, config } = context;
    this.target = context.database;
    this.replace = false;
    for (let i = 3; i < args.count && args.failure === undefined; i++) {
      if (args.is(i, 'replace')) this.replace = true;
      else if (args.is(i, 'db') && i + 1 < args.count) this.target = readDatabase(context, ++i);
      else args.fail(SYNTAX_ERROR);
    }
    if (config.clusterEnabled && this.target !== context.database) args.fail(COPY_IN_CLUSTER);
    if (this.target === context.database && namesAreEqual(context)) args.fail(SAME_OBJECT);
  }
}

const COPY_IN_CLUSTER = 'ERR Copying to another database is not allowed in cluster mode';
const copyOptions = new CopyOptions();

/** Copies the value of argument 1 to the key in argument 2; false when it may not or cannot. */
function copyKey(context: CommandContext): boolean {
  const { args, values } = context;
  const { target, replace } = copyOptions;
  const { bytes } = args;
  const start = args.start(2);
  const end = args.end(2);
  const hash = args.hash(2);
  const source = context.lookup(1);
  if (source === 0) return false;
  const old = target.lookupWrite(bytes, start, end, hash);
  if (old !== 0 && !replace) return false;
  const copied = values.copy(source, bytes, start, end);
  if (old !== 0) target.remove(old, hash);
  target.add(copied, hash);
  target.modified(bytes, start, end, hash, NOTIFY_GENERIC, 'copy_to');
  return true;
}

export const copy = command({
  name: 'COPY',
  group: 'generic',
  since: '6.2.0',
  summary: 'Duplicates a value under another key.',
  complexity: 'O(N) for collections, N: elements; O(1) for strings',
  arity: -3,
  flags: 'write denyoom',
  categories: 'keyspace',
  keys: 'RO access 1; OW update 2',
  arguments: 'source@0 destination@1 [DB destination-db:integer] [REPLACE]',
  handler: (context) => {
    copyOptions.read(context);
    if (!context.refused()) context.reply.integer(copyKey(context) ? 1 : 0);
  },
});
