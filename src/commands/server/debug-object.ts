/** DEBUG OBJECT: how a value is stored. */
import { compressLzf } from '../../bytes/lzf.ts';
import { parseInteger } from '../../bytes/integer.ts';
import type { CommandContext } from '../../command/context.ts';
import { idleMilliseconds } from '../../keyspace/access-clock.ts';
import { NO_SUCH_KEY } from '../../resp/errors.ts';
import { accessClockOf, type Entry, TYPE_STRING, typeOf } from '../../values/entry.ts';
import { isSharedInteger, SHARED } from '../generic/object.ts';

/** Strings up to this length are not worth compressing in files. */
const SHORTEST_COMPRESSED = 20;

/** Replies what is known of the value of argument 2; looking is no use of it. */
export function debugObject(context: CommandContext): void {
  const { args, reply, keyspace, values, database } = context;
  const entry = database.peek(args.bytes, args.start(2), args.end(2), args.hash(2));
  if (entry === 0) {
    reply.error(NO_SUCH_KEY);
    return;
  }
  const clock = accessClockOf(keyspace.heap, entry);
  const idle = Math.floor(idleMilliseconds(clock, keyspace.now) / 1000);
  const references = isSharedInteger(context, entry) ? SHARED : 1;
  reply.simple(
    `Value at:0x${(entry * 8).toString(16)} refcount:${references} ` +
      `encoding:${values.encodingName(entry)} serializedlength:${serializedLength(context, entry)} ` +
      `lru:${clock} lru_seconds_idle:${idle}`,
  );
}

/**
 * Bytes the value takes in an RDB file: exact for strings; for other types what their blocks take
 * in memory, which is close to it for the compact encodings.
 */
function serializedLength(context: CommandContext, entry: Entry): number {
  const { keyspace, values, config } = context;
  if (typeOf(keyspace.heap, entry) !== TYPE_STRING) return values.bytesUsed(entry);
  const { strings } = values;
  strings.read(entry);
  const { foundBytes: bytes, foundStart: start, foundEnd: end } = strings;
  const length = end - start;
  const value = parseInteger(bytes, start, end);
  if (value === (value | 0)) return value === (value << 24) >> 24 ? 2 : integerLength(value);
  if (config.rdbcompression && length > SHORTEST_COMPRESSED) {
    const target = new Uint8Array(length);
    const size = compressLzf(bytes, start, end, target, 0, length - 4);
    if (size > 0) return 1 + lengthLength(size) + lengthLength(length) + size;
  }
  return lengthLength(length) + length;
}

function integerLength(value: number): number {
  return value === (value << 16) >> 16 ? 3 : 5;
}

/** Bytes of a length in an RDB file. */
function lengthLength(length: number): number {
  return length < 64 ? 1 : length < 16_384 ? 2 : 5;
}
