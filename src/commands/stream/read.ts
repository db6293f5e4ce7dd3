/** XREAD and XREADGROUP: what came behind an ID, at once or when it comes. */
import { StreamId } from '../../bytes/stream-id.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { Waiter } from '../../command/waiting.ts';
import { GROUP_GONE, noGroupToRead, STREAM_GONE, SYNTAX_ERROR } from '../../resp/errors.ts';
import type { Consumer, ConsumerGroup } from '../../values/consumer-group.ts';
import { type Entry, TYPE_STREAM } from '../../values/entry.ts';
import type { Stream } from '../../values/stream.ts';
import { readTimeoutMilliseconds } from '../timeout-argument.ts';
import {
  createConsumer,
  findConsumer,
  groupOf,
  propagateClaim,
  propagateGroupId,
  streamToDeliver,
} from './groups.ts';
import { replyEntry } from './entry-reply.ts';
import { readId, replyId } from './ids.ts';

/** Entries given to a client that waited, when it did not say how many. */
const WAITERS_COUNT = 1000;
const DOLLAR = 0x24;
const GREATER = 0x3e;

const GREATEST = new StreamId();
GREATEST.setGreatest();

/** The options of a request. */
interface ReadRequest {
  readonly isGroup: boolean;
  /** Milliseconds; -1: does not wait. */
  timeout: number;
  /** 0: all. */
  count: number;
  noAck: boolean;
  /** Argument of the group's name; the consumer's follows. 0: none. */
  groupIndex: number;
  firstKey: number;
  keyCount: number;
}

/** Where to read on in one stream; undefined: behind what the group was given (`>`). */
type ReadPoint = StreamId | undefined;

/** The text is the same for XREADGROUP. */
const UNBALANCED =
  "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.";

function onlyForGroups(option: string): string {
  return `ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`;
}

/** Reads the arguments before the IDs; undefined, and an error, when they are wrong. */
function readRequest(context: CommandContext, isGroup: boolean): ReadRequest | undefined {
  const { args, reply } = context;
  const request: ReadRequest = {
    isGroup,
    timeout: -1,
    count: 0,
    noAck: false,
    groupIndex: 0,
    firstKey: 0,
    keyCount: 0,
  };
  for (let i = 1; i < args.count && request.firstKey === 0;) {
    const taken = readOption(context, i, request);
    if (taken === 0) args.fail(SYNTAX_ERROR);
    if (context.refused()) return undefined;
    i += taken;
  }
  if (request.firstKey === 0) reply.error(SYNTAX_ERROR);
  else if (isGroup && request.groupIndex === 0)
    reply.error('ERR Missing GROUP option for XREADGROUP');
  else return request;
  return undefined;
}

function noBlocking(name: string): string {
  return `ERR ${name} command is not allowed with BLOCK option from scripts`;
}

/** Reads the option at `i`; returns how many arguments it takes, 0 when it is none. */
function readOption(context: CommandContext, i: number, request: ReadRequest): number {
  const { args } = context;
  const left = args.count - i - 1;
  if (left > 0 && args.is(i, 'block')) {
    request.timeout = readTimeoutMilliseconds(args, i + 1);
    if (context.server.scripting.isRunning) args.fail(noBlocking(args.text(0)));
    return 2;
  }
  if (left > 0 && args.is(i, 'count')) {
    request.count = Math.max(0, args.integer(i + 1));
    return 2;
  }
  if (left > 0 && args.is(i, 'streams')) {
    request.firstKey = i + 1;
    request.keyCount = left / 2;
    if (left % 2 !== 0) args.fail(UNBALANCED);
    return 1;
  }
  if (left > 1 && args.is(i, 'group')) {
    request.groupIndex = i + 1;
    if (!request.isGroup) args.fail(onlyForGroups('GROUP'));
    return 3;
  }
  if (!args.is(i, 'noack')) return 0;
  request.noAck = true;
  if (!request.isGroup) args.fail(onlyForGroups('NOACK'));
  return 1;
}

/** Reads the IDs, each against its stream; undefined, and an error, when one is wrong. */
function readPoints(context: CommandContext, request: ReadRequest): ReadPoint[] | undefined {
  const { args, reply, values } = context;
  const points: ReadPoint[] = [];
  for (let i = 0; i < request.keyCount; i++) {
    const key = request.firstKey + i;
    const entry = request.isGroup
      ? streamToDeliver(context, key)
      : context.readable(key, TYPE_STREAM);
    if (entry < 0) return undefined;
    if (request.isGroup && groupOf(context, entry, request.groupIndex) === undefined) {
      reply.error(noGroupToRead(args.text(key), args.text(request.groupIndex)));
      return undefined;
    }
    const lastId = entry === 0 ? undefined : values.streams.of(entry).lastId;
    points.push(readPoint(context, key + request.keyCount, request.isGroup, lastId));
    if (context.refused()) return undefined;
  }
  return points;
}

function readPoint(
  context: CommandContext,
  index: number,
  isGroup: boolean,
  lastId: StreamId | undefined,
): ReadPoint {
  const { args } = context;
  const id = new StreamId();
  const symbol = args.length(index) === 1 ? args.bytes[args.start(index)] : 0;
  if (symbol === DOLLAR) {
    if (isGroup)
      args.fail(
        'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history ' +
          'of this consumer by specifying a proper ID, or use the > ID to get new messages. The ' +
          '$ ID would just return an empty result set.',
      );
    if (lastId !== undefined) id.set(lastId);
    return id;
  }
  if (symbol === GREATER) {
    if (!isGroup)
      args.fail(
        'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> ' +
          '<consumer> option.',
      );
    return undefined;
  }
  readId(args, index, id);
  return isGroup && id.isGreatest ? undefined : id;
}

const from = new StreamId();
const top = new StreamId();

/** Replies entries behind an ID, up to `count` (0: all). */
function replyBehind(
  context: CommandContext,
  stream: Stream,
  after: StreamId,
  count: number,
): void {
  const { reply, values } = context;
  const walk = values.streams.range;
  // Behind the greatest ID one begins again with the least, as the real server does.
  from.set(after);
  from.increment();
  walk.begin(stream, from, GREATEST, false);
  const mark = reply.deferArray();
  const most = count === 0 ? Infinity : count;
  let replied = 0;
  for (; replied < most && walk.next(); replied++) replyEntry(reply, walk.reader);
  reply.resolveArray(mark, replied);
}

/** Replies entries the group was not given yet, and notes that the consumer has them. */
function deliver(
  context: CommandContext,
  stream: Stream,
  group: ConsumerGroup,
  consumer: Consumer,
  request: ReadRequest,
  keyIndex: number,
): void {
  const { reply, values, keyspace } = context;
  const walk = values.streams.range;
  from.set(group.lastId);
  from.increment();
  walk.begin(stream, from, GREATEST, false);
  const mark = reply.deferArray();
  const most = request.count === 0 ? Infinity : request.count;
  let replied = 0;
  let isAhead = false;
  for (; replied < most && walk.next(); replied++) {
    const { id } = walk.reader;
    if (id.compare(group.lastId) > 0) {
      stream.advanceGroup(group, id);
      isAhead = true;
    }
    replyEntry(reply, walk.reader);
    if (request.noAck) continue;
    const block = group.deliver(id, consumer, keyspace.now);
    propagateClaim(context, keyIndex, group, id, block);
  }
  reply.resolveArray(mark, replied);
  // Otherwise the claims say how far the group is.
  if (isAhead && request.noAck) propagateGroupId(context, keyIndex, group);
}

/** Replies what is pending for the consumer behind an ID, and counts it as delivered again. */
function replyHistory(
  context: CommandContext,
  stream: Stream,
  group: ConsumerGroup,
  consumer: Consumer,
  after: StreamId,
  count: number,
): void {
  const { reply, values, keyspace } = context;
  const { pending } = consumer;
  const { reader } = values.streams.range;
  from.set(after);
  from.increment();
  const mark = reply.deferArray();
  const most = count === 0 ? Infinity : count;
  let replied = 0;
  for (let more = pending.seek(from); more && replied < most; more = pending.next()) {
    pending.readId(top);
    if (stream.find(top, reader)) {
      replyEntry(reply, reader);
      const block = pending.value;
      group.setDelivery(block, keyspace.now, group.deliveryCount(block) + 1);
    } else {
      reply.array(2);
      replyId(reply, top);
      reply.nullArray();
    }
    replied++;
  }
  reply.resolveArray(mark, replied);
}

/** The consumer of a request, made when it is missing. */
function readingConsumer(
  context: CommandContext,
  group: ConsumerGroup,
  request: ReadRequest,
  keyIndex: number,
): Consumer {
  const index = request.groupIndex + 1;
  const consumer = findConsumer(context, group, index);
  if (consumer !== undefined) {
    consumer.seenTime = context.keyspace.now;
    return consumer;
  }
  const created = createConsumer(context, group, index, keyIndex);
  if (request.noAck && context.effects.active)
    context.propagate(
      'XGROUP',
      'CREATECONSUMER',
      context.args.copy(keyIndex),
      group.name,
      created.name,
    );
  return created;
}

/** Whether a stream has an entry behind this ID. */
function hasBehind(stream: Stream, id: StreamId): boolean {
  if (stream.length === 0) return false;
  stream.readLastEntryId(top);
  return top.compare(id) > 0;
}

/** Replies the name of a stream and what is to be read there; false when that is nothing yet. */
function replyStream(
  context: CommandContext,
  entry: Entry,
  keyIndex: number,
  point: ReadPoint,
  request: ReadRequest,
): boolean {
  if (entry === 0) return false;
  const { values } = context;
  const stream = values.streams.of(entry);
  const group = request.isGroup ? groupOf(context, entry, request.groupIndex)! : undefined;
  if (group === undefined || point === undefined) {
    const after = group === undefined ? point! : group.lastId;
    if (!hasBehind(stream, after)) return false;
  }
  replyName(context, keyIndex);
  if (group === undefined) replyBehind(context, stream, point!, request.count);
  else {
    const consumer = readingConsumer(context, group, request, keyIndex);
    if (point === undefined) deliver(context, stream, group, consumer, request, keyIndex);
    else replyHistory(context, stream, group, consumer, point, request.count);
    context.keyspace.dirty++;
  }
  return true;
}

/** Begins a pair of a map in RESP3, an array of two in RESP2. */
function replyName(context: CommandContext, keyIndex: number): void {
  const { reply, args } = context;
  if (reply.protocol === 2) reply.array(2);
  reply.bulk(args.bytes, args.start(keyIndex), args.end(keyIndex));
}

/** Serves a client that waited; false when there is nothing for it yet. */
function serveWaiting(
  context: CommandContext,
  entry: Entry,
  keyIndex: number,
  point: ReadPoint,
  request: ReadRequest,
): boolean {
  const { reply, values } = context;
  const stream = values.streams.of(entry);
  const group = request.isGroup ? groupOf(context, entry, request.groupIndex) : undefined;
  if (request.isGroup && group === undefined) {
    reply.error(GROUP_GONE);
    return true;
  }
  // Groups go on behind what others of the group were given meanwhile.
  const after = group === undefined ? point! : group.lastId;
  if (stream.lastId.compare(after) <= 0) return false;
  if (reply.protocol === 2) reply.array(1);
  else reply.map(1);
  replyName(context, keyIndex);
  if (group === undefined) replyBehind(context, stream, after, request.count);
  else {
    const consumer = readingConsumer(context, group, request, keyIndex);
    deliver(context, stream, group, consumer, request, keyIndex);
  }
  return true;
}

function streamGone(context: CommandContext): boolean {
  context.reply.error(STREAM_GONE);
  return true;
}

function waiterFor(request: ReadRequest, points: readonly ReadPoint[]): Waiter {
  const count = request.count === 0 ? WAITERS_COUNT : request.count;
  const limited = { ...request, count };
  return {
    type: TYPE_STREAM,
    serve: (context, keyIndex, entry) =>
      serveWaiting(context, entry, keyIndex, points[keyIndex - request.firstKey], limited),
    ...(request.isGroup ? { gone: streamGone } : {}),
  };
}

function read(context: CommandContext, isGroup: boolean): void {
  const { reply } = context;
  if (isGroup) context.propagateNothing();
  const request = readRequest(context, isGroup);
  if (request === undefined) return;
  const points = readPoints(context, request);
  if (points === undefined) return;
  const { firstKey, keyCount } = request;
  const mark = reply.deferArray();
  let replied = 0;
  for (let i = 0; i < keyCount; i++) {
    const key = firstKey + i;
    const entry = context.lookup(key);
    if (replyStream(context, entry, key, points[i], request)) replied++;
  }
  if (replied > 0) {
    if (reply.protocol === 2) reply.resolveArray(mark, replied);
    else reply.resolveMap(mark, replied);
    return;
  }
  reply.discardFrom(mark);
  if (request.timeout < 0) reply.nullArray();
  else {
    const waiter = waiterFor(request, points);
    context.server.blocking.block(firstKey, keyCount, request.timeout, waiter);
  }
}

export const xread = command({
  name: 'XREAD',
  group: 'stream',
  since: '5.0.0',
  summary: 'Reads what came behind given IDs in several streams, waiting if need be.',
  complexity: 'O(N) a stream, N: entries returned; XADD pays O(M) for M clients that wait',
  arity: -4,
  flags: 'readonly blocking',
  categories: 'stream',
  keys: 'RO access STREAMS@1 to -1 limit 2',
  arguments:
    '[COUNT count:integer] [BLOCK milliseconds:integer] STREAMS (streams: key@0... ' +
    'id:string...)',
  handler: (context) => read(context, false),
});

export const xreadgroup = command({
  name: 'XREADGROUP',
  group: 'stream',
  since: '5.0.0',
  summary:
    'Reads new entries for a consumer of a group, or what is pending for it, waiting if ' +
    'need be.',
  complexity: 'O(N) a stream, N: entries returned; XADD pays O(M) for M clients that wait',
  arity: -7,
  flags: 'write blocking',
  categories: 'stream',
  keys: 'RO access STREAMS@4 to -1 limit 2',
  arguments:
    'GROUP (group_consumer: group:string consumer:string) [COUNT count:integer] [BLOCK ' +
    'milliseconds:integer] [NOACK] STREAMS (streams: key@0... id:string...)',
  handler: (context) => read(context, true),
});
