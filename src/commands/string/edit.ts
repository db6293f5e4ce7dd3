/** Changing a part of a string: APPEND and SETRANGE. */
import { command } from '../../command/spec.ts';
import { NOTIFY_STRING } from '../../config/notify-classes.ts';
import { OFFSET_OUT_OF_RANGE } from '../../resp/errors.ts';
import { TYPE_STRING } from '../../values/entry.ts';
import { growString, isTooLong, setString } from './write-string.ts';

export const append = command({
  name: 'APPEND',
  group: 'string',
  since: '2.0.0',
  summary: 'Adds bytes to the end of a string, which is created when missing.',
  complexity: 'O(1), amortised',
  arity: 3,
  flags: 'write denyoom fast',
  categories: 'string',
  keys: 'RW insert 1',
  arguments: 'key@0 value:string',
  handler: (context) => {
    const { args, database } = context;
    const { strings } = context.values;
    const entry = context.writable(1, TYPE_STRING);
    if (entry < 0) return;
    let length = args.length(2);
    if (entry === 0) setString(context, 1, 2, 0, false);
    else {
      const old = strings.length(entry);
      length += old;
      if (isTooLong(context, length)) return;
      const placed = strings.resize(entry, length);
      database.moved(entry, placed, args.hash(1));
      strings.write(placed, old, args.bytes, args.start(2), args.end(2));
    }
    context.modified(1, NOTIFY_STRING, 'append');
    context.reply.integer(length);
  },
});

export const setrange = command({
  name: 'SETRANGE',
  group: 'string',
  since: '2.2.0',
  summary: 'Overwrites a part of a string, which grows if needed.',
  complexity: 'O(1) for short values, else O(M), M: bytes written',
  arity: 4,
  flags: 'write denyoom',
  categories: 'string',
  keys: 'RW update 1',
  arguments: 'key@0 offset:integer value:string',
  handler: (context) => {
    const { args, reply } = context;
    const { strings } = context.values;
    const offset = args.integer(2);
    if (offset < 0) args.fail(OFFSET_OUT_OF_RANGE);
    if (context.refused()) return;
    const entry = context.writable(1, TYPE_STRING);
    if (entry < 0) return;
    const size = args.length(3);
    if (size === 0) {
      reply.integer(entry === 0 ? 0 : strings.length(entry));
      return;
    }
    if (isTooLong(context, offset + size)) return;
    const placed = growString(context, entry, offset + size);
    strings.write(placed, offset, args.bytes, args.start(3), args.end(3));
    context.modified(1, NOTIFY_STRING, 'setrange');
    reply.integer(strings.length(placed));
  },
});
