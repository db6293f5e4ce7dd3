/** What commands on consumer groups share: look-ups, consumers that come into being, effects. */
import type { StreamId } from '../../bytes/stream-id.ts';
import type { CommandContext } from '../../command/context.ts';
import { NOTIFY_STREAM } from '../../config/notify-classes.ts';
import type { Ref } from '../../memory/heap.ts';
import { noGroup } from '../../resp/errors.ts';
import type { Consumer, ConsumerGroup } from '../../values/consumer-group.ts';
import { type Entry, TYPE_STREAM } from '../../values/entry.ts';

/** The group that argument `index` names, in the stream of an entry (0: there is none). */
export function groupOf(
  context: CommandContext,
  entry: Entry,
  index: number,
): ConsumerGroup | undefined {
  if (entry === 0) return undefined;
  const { args, values } = context;
  return values.streams.of(entry).group(args.bytes, args.start(index), args.end(index));
}

/**
 * The entry of the key in argument 1 for a command that reads it but changes the state of a group:
 * it counts as a reading look-up. 0: absent; -1: of another type, error replied.
 */
export function streamToDeliver(context: CommandContext, keyIndex: number): Entry {
  const entry = context.readable(keyIndex, TYPE_STREAM);
  // Tells those who must know before a value changes.
  if (entry > 0) context.lookupWrite(keyIndex);
  return entry;
}

/** The group in argument 2 of the stream in argument 1; undefined, and an error, when missing. */
export function requiredGroup(context: CommandContext): ConsumerGroup | undefined {
  const entry = streamToDeliver(context, 1);
  if (entry < 0) return undefined;
  const group = groupOf(context, entry, 2);
  if (group === undefined) context.reply.error(noGroup(context.args.text(1), context.args.text(2)));
  return group;
}

/** The consumer that argument `index` names, if there is one. */
export function findConsumer(
  context: CommandContext,
  group: ConsumerGroup,
  index: number,
): Consumer | undefined {
  const { args } = context;
  return group.consumer(args.bytes, args.start(index), args.end(index));
}

/** A new consumer, named by argument `index`, of the stream in argument `keyIndex`. */
export function createConsumer(
  context: CommandContext,
  group: ConsumerGroup,
  index: number,
  keyIndex: number,
): Consumer {
  const { args, keyspace } = context;
  const { bytes } = args;
  const consumer = group.addConsumer(bytes, args.start(index), args.end(index), keyspace.now);
  keyspace.dirty++;
  context.notify(keyIndex, NOTIFY_STREAM, 'xgroup-createconsumer');
  return consumer;
}

/** The consumer that argument `index` names, made when it is missing; it was seen now. */
export function activeConsumer(
  context: CommandContext,
  group: ConsumerGroup,
  index: number,
  keyIndex: number,
): Consumer {
  const consumer = findConsumer(context, group, index);
  if (consumer === undefined) return createConsumer(context, group, index, keyIndex);
  consumer.seenTime = context.keyspace.now;
  return consumer;
}

/** States a delivery as its effect: who has the entry since when, and how far the group is. */
export function propagateClaim(
  context: CommandContext,
  keyIndex: number,
  group: ConsumerGroup,
  id: StreamId,
  block: Ref,
): void {
  if (!context.effects.active) return;
  const text = id.toString();
  context.propagate(
    'XCLAIM',
    context.args.copy(keyIndex),
    group.name,
    group.ownerOf(block).name,
    0,
    text,
    'TIME',
    group.deliveryTime(block),
    'RETRYCOUNT',
    group.deliveryCount(block),
    'FORCE',
    'JUSTID',
    'LASTID',
    group.lastId.toString(),
  );
}

/** States how far a group is. */
export function propagateGroupId(
  context: CommandContext,
  keyIndex: number,
  group: ConsumerGroup,
): void {
  if (!context.effects.active) return;
  context.propagate(
    'XGROUP',
    'SETID',
    context.args.copy(keyIndex),
    group.name,
    group.lastId.toString(),
    'ENTRIESREAD',
    group.entriesRead,
  );
}
