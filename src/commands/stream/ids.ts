/** IDs of stream entries in arguments, replies and effects. */
import {
  type IdForm,
  RANGE_END,
  RANGE_START,
  STREAM_ID_TEXT,
  STRICT_ID,
  StreamId,
} from '../../bytes/stream-id.ts';
import type { Arguments } from '../../command/arguments.ts';
import { INVALID_STREAM_ID } from '../../resp/errors.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';

const PARENTHESIS = 0x28;
const EXCLUSIVE_START: IdForm = { missing: 'first', ends: false, openSequence: false };
const EXCLUSIVE_END: IdForm = { missing: 'last', ends: false, openSequence: false };

const text = new Uint8Array(STREAM_ID_TEXT);

/** Reads an ID argument; notes an error when it is none. */
export function readId(
  args: Arguments,
  index: number,
  into: StreamId,
  form: IdForm = STRICT_ID,
): void {
  if (!into.parse(args.bytes, args.start(index), args.end(index), form))
    args.fail(INVALID_STREAM_ID);
}

/** The IDs in the arguments from `first` to the last one; notes an error when one is none. */
export function readIds(args: Arguments, first: number): StreamId[] {
  const ids: StreamId[] = [];
  for (let i = first; i < args.count; i++) {
    const id = new StreamId();
    readId(args, i, id);
    ids.push(id);
  }
  return ids;
}

/** Reads the lower end of a range: an ID, `(` and an ID that is not included, `-` or `+`. */
export function readRangeStart(args: Arguments, index: number, into: StreamId): void {
  if (!isExclusive(args, index)) {
    readId(args, index, into, RANGE_START);
    return;
  }
  if (!into.parse(args.bytes, args.start(index) + 1, args.end(index), EXCLUSIVE_START))
    args.fail(INVALID_STREAM_ID);
  else if (!into.increment()) args.fail('ERR invalid start ID for the interval');
}

/** Reads the upper end of a range. */
export function readRangeEnd(args: Arguments, index: number, into: StreamId): void {
  if (!isExclusive(args, index)) {
    readId(args, index, into, RANGE_END);
    return;
  }
  if (!into.parse(args.bytes, args.start(index) + 1, args.end(index), EXCLUSIVE_END))
    args.fail(INVALID_STREAM_ID);
  else if (!into.decrement()) args.fail('ERR invalid end ID for the interval');
}

function isExclusive(args: Arguments, index: number): boolean {
  return args.length(index) > 1 && args.bytes[args.start(index)] === PARENTHESIS;
}

/** Replies an ID. */
export function replyId(reply: ReplyWriter, id: StreamId): void {
  reply.bulk(text, 0, id.write(text, 0));
}
