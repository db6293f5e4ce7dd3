/** XCLAIM and XAUTOCLAIM: giving pending entries to another consumer. */
import { STRICT_ID, StreamId } from '../../bytes/stream-id.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { Ref } from '../../memory/heap.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import type { ConsumerGroup } from '../../values/consumer-group.ts';
import type { Stream } from '../../values/stream.ts';
import { activeConsumer, propagateClaim, propagateGroupId, requiredGroup } from './groups.ts';
import { replyEntry } from './entry-reply.ts';
import { readId, readRangeStart, replyId } from './ids.ts';

const COUNT_WRONG = 'ERR COUNT must be > 0';
const MOST_COUNT = (2n ** 63n - 1n) / 16n;
/** How many pending entries XAUTOCLAIM examines for each one it may return. */
const ATTEMPTS_FACTOR = 10;

/** The options behind the IDs of XCLAIM. */
class ClaimOptions {
  isForced = false;
  justId = false;
  /** Milliseconds since the epoch of the delivery to be noted. */
  deliveryTime = 0;
  /** -1: counts on. */
  retryCount = -1;
  readonly lastId = new StreamId();

  /** Reads the arguments from `first` on; false, and an error, when they are wrong. */
  read(context: CommandContext, first: number): boolean {
    const { args, keyspace } = context;
    const { now } = keyspace;
    this.isForced = false;
    this.justId = false;
    this.retryCount = -1;
    this.lastId.setLeast();
    let time = -1;
    for (let i = first; i < args.count; i++) {
      const isMore = i + 1 < args.count;
      if (args.is(i, 'force')) this.isForced = true;
      else if (args.is(i, 'justid')) this.justId = true;
      else if (isMore && args.is(i, 'idle')) time = now - args.integer(++i, wrongOption('IDLE'));
      else if (isMore && args.is(i, 'time')) time = args.integer(++i, wrongOption('TIME'));
      else if (isMore && args.is(i, 'retrycount'))
        this.retryCount = args.integer(++i, wrongOption('RETRYCOUNT'));
      else if (isMore && args.is(i, 'lastid')) readId(args, ++i, this.lastId);
      else args.fail(`ERR Unrecognized XCLAIM option '${args.text(i)}'`);
      if (context.refused()) return false;
    }
    this.deliveryTime = time < 0 || time > now ? now : time;
    return true;
  }
}

function wrongOption(option: string): string {
  return `ERR Invalid ${option} option argument for XCLAIM`;
}

const options = new ClaimOptions();

/** The key of the request, with its hash. */
function keyOf({ args }: CommandContext): [Uint8Array, number, number, number] {
  return [args.bytes, args.start(1), args.end(1), args.hash(1)];
}

/** Whether a pending entry was delivered less than so many milliseconds ago. */
function isFresh(context: CommandContext, group: ConsumerGroup, block: Ref, least: number) {
  return least > 0 && context.keyspace.now - group.deliveryTime(block) < least;
}

/** Replies a claimed entry, or its ID only. */
function replyClaimed(
  context: CommandContext,
  stream: Stream,
  id: StreamId,
  justId: boolean,
): void {
  const { reply, values } = context;
  const { reader } = values.streams.range;
  if (justId) replyId(reply, id);
  else if (stream.find(id, reader)) replyEntry(reply, reader);
}

/** Drops a pending entry whose stream entry is gone. */
function dropPending(
  context: CommandContext,
  group: ConsumerGroup,
  id: StreamId,
  block: Ref,
): void {
  propagateClaim(context, 1, group, id, block);
  group.acknowledge(id);
  context.keyspace.dirty++;
}

/** Claims one entry, if it may be; true when it was. */
function claim(
  context: CommandContext,
  group: ConsumerGroup,
  id: StreamId,
  leastIdle: number,
): boolean {
  const { keyspace } = context;
  const { isForced, justId, retryCount, deliveryTime } = options;
  let block = group.pending.find(id);
  if (block === 0) {
    if (!isForced) return false;
    block = group.addPending(id, activeConsumer(context, group, 3, 1));
    group.setDelivery(block, keyspace.now, 1);
  } else {
    if (isFresh(context, group, block, leastIdle)) return false;
    // Only a claim that succeeds makes its consumer.
    group.assign(block, id, activeConsumer(context, group, 3, 1));
  }
  const counted = group.deliveryCount(block) + (justId ? 0 : 1);
  group.setDelivery(block, deliveryTime, retryCount >= 0 ? retryCount : counted);
  return true;
}

function claimAll(
  context: CommandContext,
  stream: Stream,
  group: ConsumerGroup,
  ids: readonly StreamId[],
  leastIdle: number,
): void {
  const { reply, keyspace } = context;
  let isAhead = options.lastId.compare(group.lastId) > 0;
  if (isAhead) group.lastId.set(options.lastId);
  const mark = reply.deferArray();
  let claimed = 0;
  for (const id of ids) {
    if (!stream.has(id)) {
      const block = group.pending.find(id);
      if (block === 0) continue;
      dropPending(context, group, id, block);
    } else {
      if (!claim(context, group, id, leastIdle)) continue;
      replyClaimed(context, stream, id, options.justId);
      claimed++;
      propagateClaim(context, 1, group, id, group.pending.find(id));
      keyspace.dirty++;
    }
    // What was just stated says how far the group is.
    isAhead = false;
  }
  if (isAhead) {
    propagateGroupId(context, 1, group);
    keyspace.dirty++;
  }
  reply.resolveArray(mark, claimed);
}

/** The IDs in the arguments from 5 on; the first argument that is none ends them. */
function leadingIds(context: CommandContext): StreamId[] {
  const { args } = context;
  const ids: StreamId[] = [];
  for (let i = 5; i < args.count; i++) {
    const id = new StreamId();
    if (!id.parse(args.bytes, args.start(i), args.end(i), STRICT_ID)) break;
    ids.push(id);
  }
  return ids;
}

export const xclaim = command({
  name: 'XCLAIM',
  group: 'stream',
  since: '5.0.0',
  summary: 'Gives a consumer pending entries of another one.',
  complexity: 'O(log N), N: pending entries of the group',
  arity: -6,
  flags: 'write fast',
  categories: 'stream',
  keys: 'RW update 1',
  arguments:
    'key@0 group:string consumer:string min-idle-time:string id:string... [IDLE ' +
    'ms:integer] [TIME unix-time-milliseconds:unix-time] [RETRYCOUNT count:integer] ' +
    '[FORCE] [JUSTID] [LASTID id:string]',
  tips: 'nondeterministic_output',
  handler: (context) => {
    const { args, values } = context;
    context.propagateNothing();
    const group = requiredGroup(context);
    if (group === undefined) return;
    const leastIdle = args.integer(4, 'ERR Invalid min-idle-time argument for XCLAIM');
    if (context.refused()) return;
    const ids = leadingIds(context);
    if (!options.read(context, 5 + ids.length)) return;
    const stream = values.streams.of(context.database.peek(...keyOf(context)));
    claimAll(context, stream, group, ids, leastIdle);
  },
});

const from = new StreamId();

/** What XAUTOCLAIM did. */
interface AutomaticClaim {
  readonly claimed: StreamId[];
  readonly deleted: StreamId[];
  /** Where to go on. */
  readonly next: StreamId;
}

function claimIdle(
  context: CommandContext,
  stream: Stream,
  group: ConsumerGroup,
  leastIdle: number,
  most: number,
  justId: boolean,
): AutomaticClaim {
  const { keyspace } = context;
  const claimed: StreamId[] = [];
  const deleted: StreamId[] = [];
  const { pending } = group;
  let attempts = most * ATTEMPTS_FACTOR;
  let isMore = pending.seek(from);
  while (isMore && attempts-- > 0 && claimed.length + deleted.length < most) {
    const id = new StreamId();
    pending.readId(id);
    const block = pending.value;
    if (!stream.has(id)) {
      dropPending(context, group, id, block);
      deleted.push(id);
      isMore = pending.seek(id);
      continue;
    }
    if (!isFresh(context, group, block, leastIdle)) {
      group.assign(block, id, activeConsumer(context, group, 3, 1));
      const count = group.deliveryCount(block) + (justId ? 0 : 1);
      group.setDelivery(block, keyspace.now, count);
      propagateClaim(context, 1, group, id, block);
      claimed.push(id);
      keyspace.dirty++;
    }
    isMore = pending.next();
  }
  const next = new StreamId();
  if (isMore) pending.readId(next);
  return { claimed, deleted, next };
}

/** Reads COUNT and JUSTID; the count is -1, and an error replied, when they are wrong. */
function readAutomaticOptions(context: CommandContext): { count: number; justId: boolean } {
  const { args, reply } = context;
  const result = { count: 100, justId: false };
  for (let i = 6; i < args.count; i++) {
    if (args.is(i, 'count') && i + 1 < args.count) {
      i++;
      const count = args.int64(i, COUNT_WRONG);
      if (count < 1n || count > MOST_COUNT) args.fail(COUNT_WRONG);
      result.count = Number(count);
    } else if (args.is(i, 'justid')) result.justId = true;
    else args.fail(SYNTAX_ERROR);
    if (args.failure !== undefined) {
      reply.error(args.failure);
      return { count: -1, justId: false };
    }
  }
  return result;
}

export const xautoclaim = command({
  name: 'XAUTOCLAIM',
  group: 'stream',
  since: '6.2.0',
  summary: 'Gives a consumer those pending entries that nobody has taken care of for a while.',
  complexity: 'O(1) when COUNT is small',
  arity: -6,
  flags: 'write fast',
  categories: 'stream',
  keys: 'RW delete 1',
  arguments:
    'key@0 group:string consumer:string min-idle-time:string start:string [COUNT ' +
    'count:integer] [JUSTID]',
  history: ['7.0.0: The reply tells which entries were found deleted and dropped.'],
  tips: 'nondeterministic_output',
  handler: (context) => {
    const { args, reply, values } = context;
    context.propagateNothing();
    const leastIdle = args.integer(4, 'ERR Invalid min-idle-time argument for XAUTOCLAIM');
    readRangeStart(args, 5, from);
    if (context.refused()) return;
    const { count, justId } = readAutomaticOptions(context);
    if (count < 0) return;
    const group = requiredGroup(context);
    if (group === undefined) return;
    const stream = values.streams.of(context.database.peek(...keyOf(context)));
    const { claimed, deleted, next } = claimIdle(context, stream, group, leastIdle, count, justId);
    reply.array(3);
    replyId(reply, next);
    reply.array(claimed.length);
    for (const id of claimed) replyClaimed(context, stream, id, justId);
    reply.array(deleted.length);
    for (const id of deleted) replyId(reply, id);
  },
});
