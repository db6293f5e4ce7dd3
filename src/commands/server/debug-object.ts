/** DEBUG OBJECT: how a value is stored. */
import type { CommandContext } from '../../command/context.ts';
import { idleMilliseconds } from '../../keyspace/access-clock.ts';
import { NO_SUCH_KEY } from '../../resp/errors.ts';
import { RdbOutput } from '../../rdb/output.ts';
import { accessClockOf, type Entry } from '../../values/entry.ts';
import { isSharedInteger, SHARED } from '../generic/object.ts';

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

/** Bytes the value takes in an RDB file. O(value). */
function serializedLength({ config, keyspace }: CommandContext, entry: Entry): number {
  const output = new RdbOutput();
  output.compresses = config.rdbcompression;
  keyspace.codec.writer.write(output, entry);
  return output.length;
}
