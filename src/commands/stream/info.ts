/** XINFO: what a stream, its groups and their consumers are made of. */
import { StreamId } from '../../bytes/stream-id.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NO_SUCH_KEY, noGroupInStream, unknownSubcommandOrArity } from '../../resp/errors.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';
import {
  type Consumer,
  type ConsumerGroup,
  READ_COUNT_UNKNOWN,
} from '../../values/consumer-group.ts';
import { TYPE_STREAM } from '../../values/entry.ts';
import type { Stream } from '../../values/stream.ts';
import { replyHelp } from '../../command/help.ts';
import { replyEntry } from './entry-reply.ts';
import { replyId } from './ids.ts';
import { countRadixNodes } from './radix-nodes.ts';

/** Entries and pending entries that FULL shows when it is not told how many. */
const FULL_COUNT = 10;

const LEAST = new StreamId();
const GREATEST = new StreamId();
GREATEST.setGreatest();
const id = new StreamId();

/** The stream in argument 2; undefined, and an error, when it is missing or of another type. */
function requiredStream(context: CommandContext): Stream | undefined {
  const entry = context.readable(2, TYPE_STREAM);
  if (entry > 0) return context.values.streams.of(entry);
  if (entry === 0) context.reply.error(NO_SUCH_KEY);
  return undefined;
}

/** Replies a count, or null when it is not known. */
function replyCount(reply: ReplyWriter, count: number | undefined): void {
  if (count === undefined) reply.null();
  else reply.integer(count);
}

function replyName(reply: ReplyWriter, name: Uint8Array): void {
  reply.bulkText('name');
  reply.bulk(name, 0, name.length);
}

/** The fields that both forms of XINFO STREAM begin with: seven. */
function replyCounters(context: CommandContext, stream: Stream): void {
  const { reply } = context;
  reply.bulkText('length');
  reply.integer(stream.length);
  reply.bulkText('radix-tree-keys');
  reply.integer(stream.nodes.size);
  reply.bulkText('radix-tree-nodes');
  reply.integer(countRadixNodes(stream.nodes));
  reply.bulkText('last-generated-id');
  replyId(reply, stream.lastId);
  reply.bulkText('max-deleted-entry-id');
  replyId(reply, stream.maxDeletedId);
  reply.bulkText('entries-added');
  reply.integer(stream.entriesAdded);
  reply.bulkText('recorded-first-entry-id');
  replyId(reply, stream.firstId);
}

/** The first or the last entry, or null. */
function replyEnd(context: CommandContext, stream: Stream, isLast: boolean): void {
  const { reply, values } = context;
  const walk = values.streams.range;
  walk.begin(stream, LEAST, GREATEST, isLast);
  if (walk.next()) replyEntry(reply, walk.reader);
  else reply.null();
}

function replySummary(context: CommandContext, stream: Stream): void {
  const { reply } = context;
  reply.map(10);
  replyCounters(context, stream);
  reply.bulkText('groups');
  reply.integer(stream.groupCount);
  reply.bulkText('first-entry');
  replyEnd(context, stream, false);
  reply.bulkText('last-entry');
  replyEnd(context, stream, true);
}

/** XINFO STREAM FULL; `most` entries of each list, 0: all. */
function replyFull(context: CommandContext, stream: Stream, most: number): void {
  const { reply, values } = context;
  reply.map(9);
  replyCounters(context, stream);
  reply.bulkText('entries');
  const walk = values.streams.range;
  walk.begin(stream, LEAST, GREATEST, false);
  const mark = reply.deferArray();
  let count = 0;
  for (; count < most && walk.next(); count++) replyEntry(reply, walk.reader);
  reply.resolveArray(mark, count);
  reply.bulkText('groups');
  reply.array(stream.groupCount);
  for (const group of stream.groups()) replyFullGroup(reply, stream, group, most);
}

function replyFullGroup(
  reply: ReplyWriter,
  stream: Stream,
  group: ConsumerGroup,
  most: number,
): void {
  reply.map(7);
  replyName(reply, group.name);
  replyProgress(reply, stream, group);
  const { pending } = group;
  reply.bulkText('pel-count');
  reply.integer(pending.size);
  reply.bulkText('pending');
  reply.array(Math.min(pending.size, most));
  let left = most;
  for (let more = pending.first(); more && left > 0; more = pending.next(), left--) {
    const block = pending.value;
    const { name } = group.ownerOf(block);
    pending.readId(id);
    reply.array(4);
    replyId(reply, id);
    reply.bulk(name, 0, name.length);
    reply.integer(group.deliveryTime(block));
    reply.integer(group.deliveryCount(block));
  }
  reply.bulkText('consumers');
  reply.array(group.consumerCount);
  for (const consumer of group.consumers()) replyFullConsumer(reply, group, consumer, most);
}

function replyFullConsumer(
  reply: ReplyWriter,
  group: ConsumerGroup,
  consumer: Consumer,
  most: number,
): void {
  const { pending } = consumer;
  reply.map(4);
  replyName(reply, consumer.name);
  reply.bulkText('seen-time');
  reply.integer(consumer.seenTime);
  reply.bulkText('pel-count');
  reply.integer(pending.size);
  reply.bulkText('pending');
  reply.array(Math.min(pending.size, most));
  let left = most;
  for (let more = pending.first(); more && left > 0; more = pending.next(), left--) {
    pending.readId(id);
    reply.array(3);
    replyId(reply, id);
    reply.integer(group.deliveryTime(pending.value));
    reply.integer(group.deliveryCount(pending.value));
  }
}

/** How far a group has read, and how far it lags behind: three fields. */
function replyProgress(reply: ReplyWriter, stream: Stream, group: ConsumerGroup): void {
  reply.bulkText('last-delivered-id');
  replyId(reply, group.lastId);
  reply.bulkText('entries-read');
  const { entriesRead } = group;
  replyCount(reply, entriesRead === READ_COUNT_UNKNOWN ? undefined : entriesRead);
  reply.bulkText('lag');
  replyCount(reply, stream.lagOf(group));
}

/**
 * The options of XINFO STREAM: how many entries of each list FULL shows, 0 without FULL; -1, and an
 * error, when they are wrong.
 */
function readFull(context: CommandContext): number {
  const { args, reply } = context;
  if (args.count === 3) return 0;
  const isPlain = args.count === 4;
  const isCounted = args.count === 6 && args.is(4, 'count');
  if (!args.is(3, 'full') || (!isPlain && !isCounted)) {
    reply.error(unknownSubcommandOrArity('XINFO', args.bytes, args.start(1), args.end(1)));
    return -1;
  }
  if (isPlain) return FULL_COUNT;
  const count = args.integer(5);
  if (context.refused()) return -1;
  if (count === 0) return Infinity;
  return count < 0 ? FULL_COUNT : count;
}

export const xinfoStream = command({
  container: 'XINFO',
  name: 'STREAM',
  group: 'stream',
  since: '5.0.0',
  summary: 'Describes a stream.',
  complexity: 'O(1)',
  arity: -3,
  flags: 'readonly',
  categories: 'stream',
  keys: 'RO access 2',
  arguments: 'key@0 [FULL (full: [COUNT count:integer])]',
  history: [
    '6.0.0: `FULL` shows entries, groups and consumers, too.',
    '7.0.0: Tells what was added and deleted so far, and what groups read and lag.',
  ],
  handler: (context) => {
    const stream = requiredStream(context);
    if (stream === undefined) return;
    const most = readFull(context);
    if (most < 0) return;
    if (most === 0) replySummary(context, stream);
    else replyFull(context, stream, most);
  },
});

export const xinfoGroups = command({
  container: 'XINFO',
  name: 'GROUPS',
  group: 'stream',
  since: '5.0.0',
  summary: 'Describes the consumer groups of a stream.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly',
  categories: 'stream',
  keys: 'RO access 2',
  arguments: 'key@0',
  history: ['7.0.0: Tells `entries-read` and `lag`.'],
  handler: (context) => {
    const { reply } = context;
    const stream = requiredStream(context);
    if (stream === undefined) return;
    reply.array(stream.groupCount);
    for (const group of stream.groups()) {
      reply.map(6);
      replyName(reply, group.name);
      reply.bulkText('consumers');
      reply.integer(group.consumerCount);
      reply.bulkText('pending');
      reply.integer(group.pending.size);
      replyProgress(reply, stream, group);
    }
  },
});

export const xinfoConsumers = command({
  container: 'XINFO',
  name: 'CONSUMERS',
  group: 'stream',
  since: '5.0.0',
  summary: 'Describes the consumers of a group.',
  complexity: 'O(1)',
  arity: 4,
  flags: 'readonly',
  categories: 'stream',
  keys: 'RO access 2',
  arguments: 'key@0 groupname:string',
  tips: 'nondeterministic_output',
  handler: (context) => {
    const { args, reply, keyspace } = context;
    const stream = requiredStream(context);
    if (stream === undefined) return;
    const group = stream.group(args.bytes, args.start(3), args.end(3));
    if (group === undefined) {
      reply.error(noGroupInStream(args.text(2), args.text(3)));
      return;
    }
    reply.array(group.consumerCount);
    for (const consumer of group.consumers()) {
      reply.map(3);
      replyName(reply, consumer.name);
      reply.bulkText('pending');
      reply.integer(consumer.pending.size);
      reply.bulkText('idle');
      reply.integer(Math.max(0, keyspace.now - consumer.seenTime));
    }
  },
});

export const xinfoHelp = command({
  container: 'XINFO',
  name: 'HELP',
  group: 'stream',
  since: '5.0.0',
  summary: 'Lists the subcommands of XINFO and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  categories: 'stream',
  handler: ({ reply }) =>
    replyHelp(reply, 'XINFO', [
      ['CONSUMERS <key> <groupname>', 'Describes the consumers of a group.'],
      ['GROUPS <key>', 'Describes the groups of a stream.'],
      [
        'STREAM <key> [FULL [COUNT <count>]',
        'Describes a stream; FULL also lists its entries, groups and consumers.',
      ],
    ]),
});

export const xinfo = command({
  name: 'XINFO',
  group: 'stream',
  since: '5.0.0',
  summary: 'Groups the commands that describe streams.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [xinfoConsumers, xinfoGroups, xinfoHelp, xinfoStream],
});
