/** Taking members off the ends of a sorted set. */
import type { CommandContext } from '../../command/context.ts';
import type { Entry } from '../../values/entry.ts';
import { type MemberForm, membersTaken, writeMembers } from './members.ts';

/** The command that takes members off this end. */
export function popName(lowest: boolean): string {
  return lowest ? 'ZPOPMIN' : 'ZPOPMAX';
}

function eventName(lowest: boolean): string {
  return lowest ? 'zpopmin' : 'zpopmax';
}

/** Writes the end member of a set that is not empty and its score, and takes it out. */
export function popMember(
  context: CommandContext,
  keyIndex: number,
  entry: Entry,
  lowest: boolean,
): void {
  const { reply } = context;
  const { sortedSets } = context.values;
  const rank = lowest ? 0 : sortedSets.size(entry) - 1;
  sortedSets.seekRank(entry, rank);
  reply.bulk(sortedSets.foundBytes, sortedSets.foundStart, sortedSets.foundEnd);
  reply.double(sortedSets.foundScore);
  sortedSets.removeRange(entry, rank, 1);
  membersTaken(context, keyIndex, entry, 1, eventName(lowest));
}

/** Writes `count` members from an end on, as many as there are at most, and takes them out. */
export function popMembers(
  context: CommandContext,
  keyIndex: number,
  entry: Entry,
  lowest: boolean,
  count: number,
  form: MemberForm,
): void {
  const { sortedSets } = context.values;
  const size = sortedSets.size(entry);
  writeMembers(context, entry, lowest ? 0 : size - 1, count, !lowest, form);
  sortedSets.removeRange(entry, lowest ? 0 : size - count, count);
  membersTaken(context, keyIndex, entry, count, eventName(lowest));
}
