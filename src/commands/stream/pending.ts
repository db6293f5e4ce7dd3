/** XACK and XPENDING: confirming entries, and what is not confirmed yet. */
import { StreamId } from '../../bytes/stream-id.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { noGroup, SYNTAX_ERROR } from '../../resp/errors.ts';
import type { ConsumerGroup } from '../../values/consumer-group.ts';
import { TYPE_STREAM } from '../../values/entry.ts';
import { findConsumer, groupOf, streamToDeliver } from './groups.ts';
import { readIds, readRangeEnd, readRangeStart, replyId } from './ids.ts';

export const xack = command({
  name: 'XACK',
  group: 'stream',
  since: '5.0.0',
  summary: 'Confirms that a group is done with entries, so that they are pending no longer.',
  complexity: 'O(1) an ID',
  arity: -4,
  flags: 'write fast',
  categories: 'stream',
  keys: 'RW update 1',
  arguments: 'key@0 group:string id:string...',
  handler: (context) => {
    const { args, reply, keyspace } = context;
    const entry = streamToDeliver(context, 1);
    if (entry < 0) return;
    const group = groupOf(context, entry, 2);
    if (group === undefined) {
      reply.integer(0);
      return;
    }
    const ids = readIds(args, 3);
    if (context.refused()) return;
    let acknowledged = 0;
    for (const id of ids) if (group.acknowledge(id)) acknowledged++;
    keyspace.dirty += acknowledged;
    reply.integer(acknowledged);
  },
});

/** The range that the long form of XPENDING asks for. */
class PendingRange {
  readonly from = new StreamId();
  readonly to = new StreamId();
  count = 0;
  /** Only entries delivered at least so many milliseconds ago; 0: all. */
  leastIdle = 0;
  /** Argument of the consumer's name; 0: none. */
  consumerIndex = 0;

  /** False, and an error, when the arguments are wrong. */
  read(context: CommandContext): boolean {
    const { args } = context;
    let index = 3;
    this.leastIdle = 0;
    if (args.is(3, 'idle')) {
      this.leastIdle = args.integer(4);
      if (args.count < 8) args.fail(SYNTAX_ERROR);
      if (context.refused()) return false;
      index = 5;
    }
    this.count = Math.max(0, args.integer(index + 2));
    readRangeStart(args, index, this.from);
    readRangeEnd(args, index + 1, this.to);
    this.consumerIndex = index + 3 < args.count ? index + 3 : 0;
    return !context.refused();
  }
}

const range = new PendingRange();
const id = new StreamId();

/** Number of pending entries, their ends, and who has how many. */
function replySummary(context: CommandContext, group: ConsumerGroup): void {
  const { reply } = context;
  const { pending } = group;
  reply.array(4);
  reply.integer(pending.size);
  if (pending.size === 0) {
    reply.null();
    reply.null();
    reply.nullArray();
    return;
  }
  pending.first();
  pending.readId(id);
  replyId(reply, id);
  pending.last();
  pending.readId(id);
  replyId(reply, id);
  const busy = group.consumers().filter((consumer) => consumer.pending.size > 0);
  reply.array(busy.length);
  for (const consumer of busy) {
    reply.array(2);
    reply.bulk(consumer.name, 0, consumer.name.length);
    reply.bulkInteger(consumer.pending.size);
  }
}

/** The pending entries in the range. */
function replyRange(context: CommandContext, group: ConsumerGroup): void {
  const { reply, keyspace } = context;
  const { consumerIndex, leastIdle } = range;
  const consumer = consumerIndex === 0 ? undefined : findConsumer(context, group, consumerIndex);
  if (consumerIndex !== 0 && consumer === undefined) {
    reply.emptyArray();
    return;
  }
  const pending = consumer?.pending ?? group.pending;
  const mark = reply.deferArray();
  let count = 0;
  for (let more = pending.seek(range.from); more && count < range.count; more = pending.next()) {
    pending.readId(id);
    if (id.compare(range.to) > 0) break;
    const block = pending.value;
    const idle = keyspace.now - group.deliveryTime(block);
    if (leastIdle !== 0 && idle < leastIdle) continue;
    const { name } = group.ownerOf(block);
    reply.array(4);
    replyId(reply, id);
    reply.bulk(name, 0, name.length);
    reply.integer(Math.max(0, idle));
    reply.integer(group.deliveryCount(block));
    count++;
  }
  reply.resolveArray(mark, count);
}

export const xpending = command({
  name: 'XPENDING',
  group: 'stream',
  since: '5.0.0',
  summary: 'Tells which entries a group has delivered but not confirmed.',
  complexity:
    'O(N), N: entries returned; O(M) with IDLE, M: entries examined; the summary takes ' +
    'O(N), N: consumers',
  arity: -3,
  flags: 'readonly',
  categories: 'stream',
  keys: 'RO access 1',
  arguments:
    'key@0 group:string [filters: [IDLE min-idle-time:integer since 6.2.0] start:string ' +
    'end:string count:integer [consumer:string]]',
  history: ['6.2.0: `IDLE` narrows the list; ranges may be exclusive.'],
  tips: 'nondeterministic_output',
  handler: (context) => {
    const { args, reply } = context;
    if (args.count !== 3 && (args.count < 6 || args.count > 9)) {
      reply.error(SYNTAX_ERROR);
      return;
    }
    if (args.count > 3 && !range.read(context)) return;
    const entry = context.readable(1, TYPE_STREAM);
    if (entry < 0) return;
    const group = groupOf(context, entry, 2);
    if (group === undefined) reply.error(noGroup(args.text(1), args.text(2)));
    else if (args.count === 3) replySummary(context, group);
    else replyRange(context, group);
  },
});
