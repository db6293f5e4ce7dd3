/** What commands on sorted sets share: replying members, and telling that some were taken out. */
import type { CommandContext } from '../../command/context.ts';
import { NOTIFY_GENERIC, NOTIFY_SORTED_SET } from '../../config/notify-classes.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';
import type { Entry } from '../../values/entry.ts';

/** How a member is replied. */
/** … alone. */
export const ALONE = 0;
/** … followed by its score. */
export const WITH_SCORE = 1;
/** … with its score, in an array of two. */
export const AS_PAIR = 2;
export type MemberForm = 0 | 1 | 2;

/** The form of WITHSCORES: RESP2 has a flat array, RESP3 pairs. */
export function scoredForm(reply: ReplyWriter): MemberForm {
  return reply.protocol === 2 ? WITH_SCORE : AS_PAIR;
}

/** Where and how `writeMember` writes: visitors are shared, since a walk may not allocate. */
let writer!: ReplyWriter;
let form: MemberForm = ALONE;

function writeMember(bytes: Uint8Array, start: number, end: number, score: number): boolean {
  if (form === AS_PAIR) writer.array(2);
  writer.bulk(bytes, start, end);
  if (form !== ALONE) writer.double(score);
  return true;
}

function writeMemberView(memory: DataView, start: number, end: number, score: number): boolean {
  if (form === AS_PAIR) writer.array(2);
  writer.bulkOfView(memory, start, end);
  if (form !== ALONE) writer.double(score);
  return true;
}

/** Announces an array of `count` members. */
export function announceMembers(reply: ReplyWriter, count: number, how: MemberForm): void {
  reply.array(how === WITH_SCORE ? count * 2 : count);
}

/** Writes `count` members from a rank on, up or (`reverse`) down, without announcing them. */
export function writeMembers(
  context: CommandContext,
  entry: Entry,
  rank: number,
  count: number,
  reverse: boolean,
  how: MemberForm,
): void {
  writer = context.reply;
  form = how;
  const { sortedSets } = context.values;
  if (!sortedSets.forEachView(entry, rank, count, reverse, how !== ALONE, writeMemberView))
    sortedSets.forEach(entry, rank, count, reverse, writeMember);
}

/** Tells that `count` members were taken out, and deletes the set when it is empty. */
export function membersTaken(
  context: CommandContext,
  keyIndex: number,
  entry: Entry,
  count: number,
  event: string,
): void {
  context.modified(keyIndex, NOTIFY_SORTED_SET, event);
  context.keyspace.dirty += count - 1;
  if (context.values.sortedSets.size(entry) > 0) return;
  context.remove(keyIndex, entry);
  context.notify(keyIndex, NOTIFY_GENERIC, 'del');
}
