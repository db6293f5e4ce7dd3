/** Single bits: GETBIT and SETBIT. */
import { command } from '../../command/spec.ts';
import { NOTIFY_STRING } from '../../config/notify-classes.ts';
import { BIT_NOT_AN_INTEGER } from '../../resp/errors.ts';
import { TYPE_STRING } from '../../values/entry.ts';
import { growString } from '../string/write-string.ts';
import { readBitOffset } from './bit-offset.ts';

export const getbit = command({
  name: 'GETBIT',
  group: 'bitmap',
  since: '2.2.0',
  summary: 'Tells a single bit of a string.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly fast',
  categories: 'bitmap',
  keys: 'RO access 1',
  arguments: 'key@0 offset:integer',
  handler: (context) => {
    const offset = readBitOffset(context, 2, 0);
    if (context.refused()) return;
    const entry = context.readable(1, TYPE_STRING);
    if (entry < 0) return;
    const { strings } = context.values;
    const index = Math.floor(offset / 8);
    if (entry === 0 || index >= strings.length(entry)) {
      context.reply.integer(0);
      return;
    }
    strings.read(entry);
    const byte = strings.foundBytes[strings.foundStart + index];
    context.reply.integer((byte >>> (7 - (offset & 7))) & 1);
  },
});

export const setbit = command({
  name: 'SETBIT',
  group: 'bitmap',
  since: '2.2.0',
  summary: 'Changes a single bit of a string, lengthening it if needed, and tells what it was.',
  complexity: 'O(1)',
  arity: 4,
  flags: 'write denyoom',
  categories: 'bitmap',
  keys: 'RW access update 1',
  arguments: 'key@0 offset:integer value:integer',
  handler: (context) => {
    const offset = readBitOffset(context, 2, 0);
    const bit = context.args.integerBetween(3, 0, 1, BIT_NOT_AN_INTEGER);
    if (context.refused()) return;
    const entry = context.writable(1, TYPE_STRING);
    if (entry < 0) return;
    const { strings } = context.values;
    const index = Math.floor(offset / 8);
    const isLonger = entry === 0 || index >= strings.length(entry);
    const placed = growString(context, entry, index + 1);
    strings.read(placed);
    const { foundBytes } = strings;
    const at = strings.foundStart + index;
    const shift = 7 - (offset & 7);
    const old = (foundBytes[at] >>> shift) & 1;
    foundBytes[at] ^= (old ^ bit) << shift;
    if (isLonger || old !== bit) context.modified(1, NOTIFY_STRING, 'setbit');
    context.reply.integer(old);
  },
});
