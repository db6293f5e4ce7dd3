/** XGROUP: making, moving and removing consumer groups and consumers. */
import { StreamId } from '../../bytes/stream-id.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_STREAM } from '../../config/notify-classes.ts';
import { BUSY_GROUP, noGroupInStream, unknownSubcommandOrArity } from '../../resp/errors.ts';
import { type ConsumerGroup, READ_COUNT_UNKNOWN } from '../../values/consumer-group.ts';
import { type Entry, TYPE_STREAM } from '../../values/entry.ts';
import { replyHelp } from '../../command/help.ts';
import { createConsumer, findConsumer, groupOf } from './groups.ts';
import { readId } from './ids.ts';

const KEY_MISSING =
  'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use ' +
  'the MKSTREAM option to create an empty stream automatically.';
const DOLLAR = 0x24;

const id = new StreamId();

/** The options behind the ID of CREATE and SETID. */
class GroupOptions {
  makeStream = false;
  entriesRead = READ_COUNT_UNKNOWN;

  /** False, and an error, when they are wrong. */
  read(context: CommandContext, isCreate: boolean): boolean {
    const { args, reply } = context;
    this.makeStream = false;
    this.entriesRead = READ_COUNT_UNKNOWN;
    for (let i = 5; i < args.count; i++) {
      if (isCreate && args.is(i, 'mkstream')) this.makeStream = true;
      else if (args.is(i, 'entriesread') && i + 1 < args.count) {
        i++;
        this.entriesRead = args.integer(i);
        if (this.entriesRead < READ_COUNT_UNKNOWN)
          args.fail('ERR value for ENTRIESREAD must be positive or -1');
      } else {
        reply.error(wrongSubcommand(context));
        return false;
      }
      if (context.refused()) return false;
    }
    return true;
  }
}

const options = new GroupOptions();

function wrongSubcommand({ args }: CommandContext): string {
  return unknownSubcommandOrArity('XGROUP', args.bytes, args.start(1), args.end(1));
}

/** The stream in argument 2; -1, and an error, when it is missing or of another type. */
function requiredStream(context: CommandContext): Entry {
  const entry = context.writable(2, TYPE_STREAM);
  if (entry !== 0) return entry;
  context.reply.error(KEY_MISSING);
  return -1;
}

/** The group in argument 3; undefined, and an error, when it or its stream is missing. */
function requiredGroup(context: CommandContext): ConsumerGroup | undefined {
  const entry = requiredStream(context);
  if (entry < 0) return undefined;
  const group = groupOf(context, entry, 3);
  if (group !== undefined) return group;
  const { args, reply } = context;
  reply.error(noGroupInStream(args.text(2), args.text(3)));
  return undefined;
}

function isDollar({ args }: CommandContext): boolean {
  return args.length(4) === 1 && args.bytes[args.start(4)] === DOLLAR;
}

/** Counts and names a change of a group, which is none of the entries. */
function groupChanged(context: CommandContext, event: string): void {
  context.keyspace.dirty++;
  context.notify(2, NOTIFY_STREAM, event);
}

export const xgroupCreate = command({
  container: 'XGROUP',
  name: 'CREATE',
  group: 'stream',
  since: '5.0.0',
  summary: 'Creates a consumer group.',
  complexity: 'O(1)',
  arity: -5,
  flags: 'write denyoom',
  categories: 'stream',
  keys: 'RW insert 2',
  arguments:
    "key@0 groupname:string (id: id:string | new_id='$') [MKSTREAM] [ENTRIESREAD " +
    'entries_read:integer]',
  history: ['7.0.0: `ENTRIESREAD` sets the read counter.'],
  handler: (context) => {
    const { args, reply, values, database } = context;
    if (!options.read(context, true)) return;
    let entry = options.makeStream ? context.writable(2, TYPE_STREAM) : requiredStream(context);
    if (entry < 0) return;
    id.setLeast();
    if (!isDollar(context)) readId(args, 4, id);
    else if (entry !== 0) id.set(values.streams.of(entry).lastId);
    if (context.refused()) return;
    const { bytes } = args;
    const isNew = entry === 0;
    if (isNew) {
      entry = values.streams.create(bytes, args.start(2), args.end(2));
      database.add(entry, args.hash(2));
      database.changed(bytes, args.start(2), args.end(2), args.hash(2));
    }
    const stream = values.streams.of(entry);
    const { entriesRead } = options;
    if (!stream.addGroup(bytes, args.start(3), args.end(3), id, entriesRead)) {
      reply.error(BUSY_GROUP);
      return;
    }
    reply.ok();
    groupChanged(context, 'xgroup-create');
  },
});

export const xgroupSetid = command({
  container: 'XGROUP',
  name: 'SETID',
  group: 'stream',
  since: '5.0.0',
  summary: 'Moves the point from which a group goes on reading.',
  complexity: 'O(1)',
  arity: -5,
  flags: 'write',
  categories: 'stream',
  keys: 'RW update 2',
  arguments:
    "key@0 groupname:string (id: id:string | new_id='$') [ENTRIESREAD " + 'entries_read:integer]',
  history: ['7.0.0: `ENTRIESREAD` sets the read counter.'],
  handler: (context) => {
    const { args, reply, values } = context;
    if (!options.read(context, false)) return;
    const group = requiredGroup(context);
    if (group === undefined) return;
    if (isDollar(context)) id.set(values.streams.of(context.lookup(2)).lastId);
    else readId(args, 4, id, { missing: 'first', ends: true, openSequence: false });
    if (context.refused()) return;
    group.lastId.set(id);
    group.entriesRead = options.entriesRead;
    reply.ok();
    groupChanged(context, 'xgroup-setid');
  },
});

export const xgroupDestroy = command({
  container: 'XGROUP',
  name: 'DESTROY',
  group: 'stream',
  since: '5.0.0',
  summary: 'Removes a consumer group.',
  complexity: 'O(N), N: pending entries of the group',
  arity: 4,
  flags: 'write',
  categories: 'stream',
  keys: 'RW delete 2',
  arguments: 'key@0 groupname:string',
  handler: (context) => {
    const { args, reply, values, database, server } = context;
    const entry = requiredStream(context);
    if (entry < 0) return;
    const group = groupOf(context, entry, 3);
    if (group === undefined) {
      reply.integer(0);
      return;
    }
    values.streams.of(entry).removeGroup(group);
    reply.integer(1);
    groupChanged(context, 'xgroup-destroy');
    server.blocking.signal(database, args.bytes, args.start(2), args.end(2));
  },
});

export const xgroupCreateconsumer = command({
  container: 'XGROUP',
  name: 'CREATECONSUMER',
  group: 'stream',
  since: '6.2.0',
  summary: 'Creates a consumer in a group.',
  complexity: 'O(1)',
  arity: 5,
  flags: 'write denyoom',
  categories: 'stream',
  keys: 'RW insert 2',
  arguments: 'key@0 groupname:string consumername:string',
  handler: (context) => {
    const group = requiredGroup(context);
    if (group === undefined) return;
    const isThere = findConsumer(context, group, 4) !== undefined;
    if (!isThere) createConsumer(context, group, 4, 2);
    context.reply.integer(isThere ? 0 : 1);
  },
});

export const xgroupDelconsumer = command({
  container: 'XGROUP',
  name: 'DELCONSUMER',
  group: 'stream',
  since: '5.0.0',
  summary: 'Removes a consumer with its pending entries.',
  complexity: 'O(1)',
  arity: 5,
  flags: 'write',
  categories: 'stream',
  keys: 'RW delete 2',
  arguments: 'key@0 groupname:string consumername:string',
  handler: (context) => {
    const group = requiredGroup(context);
    if (group === undefined) return;
    const consumer = findConsumer(context, group, 4);
    if (consumer === undefined) {
      context.reply.integer(0);
      return;
    }
    context.reply.integer(consumer.pending.size);
    group.removeConsumer(consumer);
    groupChanged(context, 'xgroup-delconsumer');
  },
});

export const xgroupHelp = command({
  container: 'XGROUP',
  name: 'HELP',
  group: 'stream',
  since: '5.0.0',
  summary: 'Lists the subcommands of XGROUP and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  categories: 'stream',
  handler: ({ reply }) =>
    replyHelp(reply, 'XGROUP', [
      [
        'CREATE <key> <groupname> <id|$> [option]',
        'Makes a consumer group. Options are:',
        '* MKSTREAM',
        '  Makes an empty stream when there is none.',
        '* ENTRIESREAD entries_read',
        "  Sets the group's counter of entries read (internal use).",
      ],
      ['CREATECONSUMER <key> <groupname> <consumer>', 'Makes a consumer in a group.'],
      ['DELCONSUMER <key> <groupname> <consumer>', 'Removes a consumer from a group.'],
      ['DESTROY <key> <groupname>', 'Removes a group.'],
      [
        'SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]',
        'Sets from where a group reads on, and its counter of entries read.',
      ],
    ]),
});

export const xgroup = command({
  name: 'XGROUP',
  group: 'stream',
  since: '5.0.0',
  summary: 'Groups the commands that manage consumer groups.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [
    xgroupCreate,
    xgroupCreateconsumer,
    xgroupDelconsumer,
    xgroupDestroy,
    xgroupHelp,
    xgroupSetid,
  ],
});
