/** What the commands on the ends of a list share: naming an end, and taking elements off it. */
import type { Arguments } from '../../command/arguments.ts';
import type { CommandContext } from '../../command/context.ts';
import { NOTIFY_GENERIC, NOTIFY_LIST } from '../../config/notify-classes.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';
import type { Entry } from '../../values/entry.ts';

/** Reads LEFT or RIGHT: whether the head is meant. */
export function readEnd(args: Arguments, index: number): boolean {
  const isHead = args.is(index, 'left');
  if (!isHead && !args.is(index, 'right')) args.fail(SYNTAX_ERROR);
  return isHead;
}

/** The command that takes elements off this end. */
export function popName(head: boolean): string {
  return head ? 'LPOP' : 'RPOP';
}

/** Where `writeElement` writes: visitors are shared, since a walk may not allocate. */
let writer!: ReplyWriter;

function writeElement(bytes: Uint8Array, start: number, end: number): boolean {
  writer.bulk(bytes, start, end);
  return true;
}

/** Replies `count` elements from `index` on, towards the tail or (`reverse`) the head. */
export function replyElements(
  context: CommandContext,
  entry: Entry,
  index: number,
  count: number,
  reverse: boolean,
): void {
  writer = context.reply;
  writer.array(count);
  context.values.lists.forEach(entry, index, count, reverse, writeElement);
}

/**
 * Tells that `count` elements were taken off an end of the list at argument `keyIndex`, and deletes the
 * list when it is empty.
 */
export function elementsTaken(
  context: CommandContext,
  keyIndex: number,
  entry: Entry,
  head: boolean,
  count: number,
): void {
  context.modified(keyIndex, NOTIFY_LIST, head ? 'lpop' : 'rpop');
  context.keyspace.dirty += count - 1;
  if (context.values.lists.length(entry) > 0) return;
  context.remove(keyIndex, entry);
  context.notify(keyIndex, NOTIFY_GENERIC, 'del');
}

/** Replies the end element of a list that is not empty, and takes it off. */
export function popElement(
  context: CommandContext,
  keyIndex: number,
  entry: Entry,
  head: boolean,
): void {
  const { lists } = context.values;
  lists.seekEnd(entry, head);
  context.reply.bulk(lists.foundBytes, lists.foundStart, lists.foundEnd);
  lists.removeEnd(entry, head);
  elementsTaken(context, keyIndex, entry, head, 1);
}

/** Replies at most `count` elements from an end on as an array, takes them off, returns how many. */
export function popElements(
  context: CommandContext,
  keyIndex: number,
  entry: Entry,
  head: boolean,
  count: number,
): number {
  const { lists } = context.values;
  const length = lists.length(entry);
  const popped = Math.min(count, length);
  replyElements(context, entry, head ? 0 : length - 1, popped, !head);
  lists.removeRange(entry, head ? 0 : length - popped, popped);
  elementsTaken(context, keyIndex, entry, head, popped);
  return popped;
}
