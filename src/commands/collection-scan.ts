/**
 * HSCAN, SSCAN and ZSCAN: SCAN within one collection. They differ in how they walk and in what an
 * element's reply is.
 */
import { matchesGlob } from '../bytes/glob.ts';
import { parseCursor } from '../bytes/integer.ts';
import type { CommandContext } from '../command/context.ts';
import { INVALID_CURSOR } from '../resp/errors.ts';
import type { Entry, ValueType } from '../values/entry.ts';
import { ScanOptions } from './generic/scan.ts';

const options = new ScanOptions();

/**
 * Visits elements from a cursor on, at least so many, and replies those whose name `scanMatches`;
 * returns the next cursor.
 */
export type CollectionWalk = (
  context: CommandContext,
  entry: Entry,
  cursor: number,
  atLeast: number,
) => number;

/** Whether MATCH lets the name of an element pass. For the walk of `replyScan`. */
export function scanMatches(
  context: CommandContext,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const { args } = context;
  const { patternIndex: index } = options;
  if (index === 0) return true;
  return matchesGlob(args.bytes, args.start(index), args.end(index), bytes, start, end);
}

/** Replies that the present walk wrote: the walk counts them here. */
export const replied = { count: 0 };

/**
 * Replies one step of a scan of the collection at argument 1. A missing key is an empty collection,
 * whatever the options say.
 */
export function replyScan(context: CommandContext, type: ValueType, walk: CollectionWalk): void {
  const { args, reply } = context;
  if (parseCursor(args.bytes, args.start(2), args.end(2)) === undefined) args.fail(INVALID_CURSOR);
  if (context.refused()) return;
  const entry = context.readable(1, type);
  if (entry < 0) return;
  if (entry !== 0) options.read(context, 2, false);
  if (context.refused()) return;
  // The cursor comes first and is known last: the elements are written, and then moved behind it.
  const mark = reply.length;
  const elements = reply.deferArray();
  replied.count = 0;
  const next = entry === 0 ? 0 : walk(context, entry, options.cursor, options.count);
  reply.resolveArray(elements, replied.count);
  const written = reply.bytes.slice(mark, reply.length);
  reply.discardFrom(mark);
  reply.array(2);
  reply.bulkInteger(next);
  reply.raw(written, 0, written.length);
}
