/**
 * DUMP and RESTORE: values as bytes that any server of the same or a later version reads back. A
 * payload that is not exactly right leaves everything as it was.
 */
import type { CommandContext } from '../../command/context.ts';
import { SESSION_PRIMARY } from '../../command/session.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC } from '../../config/notify-classes.ts';
import { restoreClock } from '../../keyspace/restored-clock.ts';
import { isPayload, readPayload, writePayload } from '../../rdb/dump-payload.ts';
import { RdbOutput } from '../../rdb/output.ts';
import {
  BAD_DUMP_PAYLOAD,
  BUSY_KEY,
  INVALID_TTL,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
} from '../../resp/errors.ts';
import { type Entry, withExpiry } from '../../values/entry.ts';

const BAD_DATA = 'ERR Bad data format';
const INVALID_IDLE = 'ERR Invalid IDLETIME value, must be >= 0';
const INVALID_FREQUENCY = 'ERR Invalid FREQ value, must be >= 0 and <= 255';
/** An output array that once held more than this is not kept. */
const KEPT_BYTES = 1024 * 1024;

let output = new RdbOutput();

export const dump = command({
  name: 'DUMP',
  group: 'generic',
  since: '2.6.0',
  summary: 'Serialises a value to the format that RESTORE reads.',
  complexity: 'O(N*M), N: parts of the value, M: their mean size; O(1) for short strings',
  arity: 2,
  flags: 'readonly',
  categories: 'keyspace',
  keys: 'RO access 1',
  arguments: 'key@0',
  tips: 'nondeterministic_output',
  handler: (context) => {
    const entry = context.lookup(1);
    if (entry === 0) {
      context.reply.null();
      return;
    }
    output.clear();
    output.compresses = context.config.rdbcompression;
    writePayload(output, context.keyspace.codec.writer, entry);
    context.reply.bulk(output.bytes, 0, output.length);
    if (output.bytes.length > KEPT_BYTES) output = new RdbOutput();
  },
});

/** Options of RESTORE, from argument 4 on. */
class RestoreOptions {
  replace = false;
  absolute = false;
  /** Seconds, or -1. */
  idle = -1;
  /** 0 to 255, or -1. */
  frequency = -1;

  read({ args }: CommandContext): void {
    this.replace = false;
    this.absolute = false;
    this.idle = -1;
    this.frequency = -1;
    for (let i = 4; i < args.count && args.failure === undefined; i++) {
      const hasNext = i + 1 < args.count;
      if (args.is(i, 'replace')) this.replace = true;
      else if (args.is(i, 'absttl')) this.absolute = true;
      else if (args.is(i, 'idletime') && hasNext && this.frequency < 0) {
        this.idle = args.integer(++i);
        if (this.idle < 0) args.fail(INVALID_IDLE);
      } else if (args.is(i, 'freq') && hasNext && this.idle < 0) {
        this.frequency = args.integer(++i);
        if (this.frequency < 0 || this.frequency > 255) args.fail(INVALID_FREQUENCY);
      } else args.fail(SYNTAX_ERROR);
    }
  }
}

const options = new RestoreOptions();

/** When the key is to expire: a number up to 2^53 or a bigint; 0: never. */
function readTime({ args, keyspace }: CommandContext): number | bigint {
  const ttl = args.int64(2, NOT_AN_INTEGER);
  if (ttl < 0n) args.fail(INVALID_TTL);
  if (ttl === 0n) return 0;
  const time = BigInt.asIntN(64, options.absolute ? ttl : ttl + BigInt(keyspace.now));
  return time <= BigInt(Number.MAX_SAFE_INTEGER) && time >= 0n ? Number(time) : time;
}

/** Puts the restored entry under its key, or, when its time is past, nothing. */
function place(context: CommandContext, restored: Entry, old: Entry, time: number | bigint): void {
  const { args, keyspace, database, reply } = context;
  const { bytes } = args;
  const hash = args.hash(1);
  if (old !== 0) context.remove(1, old);
  if (time !== 0 && time <= keyspace.now && !keyspace.loading) {
    keyspace.freeEntry(restored);
    if (old !== 0) {
      context.modified(1, NOTIFY_GENERIC, 'del');
      context.propagate(context.config.lazyfreeLazyServerDel ? 'UNLINK' : 'DEL', args.copy(1));
    }
    reply.ok();
    return;
  }
  const entry = time === 0 ? restored : withExpiry(keyspace.heap, restored, time);
  database.add(entry, hash);
  restoreClock(keyspace, entry, options.idle, options.frequency);
  database.modified(bytes, args.start(1), args.end(1), hash, NOTIFY_GENERIC, 'restore');
  if (time !== 0 && !options.absolute) propagateAbsolute(context, time);
  reply.ok();
}

/** The request again, its time being a point and not a duration. */
function propagateAbsolute(context: CommandContext, time: number | bigint): void {
  const { args, effects } = context;
  if (!effects.active) return;
  const parts: (Uint8Array | string)[] = [];
  for (let i = 0; i < args.count; i++) parts.push(i === 2 ? String(time) : args.copy(i));
  context.propagate(...parts, 'ABSTTL');
}

/** As `sanitize-dump-payload` says; with `clients` some are trusted: the primary, and users by rule. */
function isCheckedInDepth({ config, session, keyspace }: CommandContext): boolean {
  if (config.sanitizeDumpPayload !== 'clients') return config.sanitizeDumpPayload === 'yes';
  if (keyspace.loading || session.has(SESSION_PRIMARY)) return false;
  return session.user?.sanitizesPayloads !== false;
}

function restoreKey(context: CommandContext): void {
  const { args, reply, server } = context;
  options.read(context);
  if (context.refused()) return;
  const old = context.lookupWrite(1);
  if (old !== 0 && !options.replace) {
    reply.error(BUSY_KEY);
    return;
  }
  const time = readTime(context);
  if (context.refused()) return;
  const { bytes } = args;
  const start = args.start(3);
  const end = args.end(3);
  if (!isPayload(bytes, start, end, !server.persistence.skipsChecksums)) {
    reply.error(BAD_DUMP_PAYLOAD);
    return;
  }
  const { reader } = context.keyspace.codec;
  reader.deep = isCheckedInDepth(context);
  const restored = readPayload(reader, bytes, start, end, bytes, args.start(1), args.end(1));
  if (restored === 0) reply.error(BAD_DATA);
  else place(context, restored, old, time);
}

export const restore = command({
  name: 'RESTORE',
  group: 'generic',
  since: '2.6.0',
  summary: 'Creates a key from what DUMP gave.',
  complexity:
    'O(N*M), N: parts of the value, M: their mean size; O(N*M*log(N)) for sorted sets; O(1) ' +
    'for short strings',
  arity: -4,
  flags: 'write denyoom',
  categories: 'keyspace dangerous',
  keys: 'OW update 1',
  arguments:
    'key@0 ttl:integer serialized-value:string [REPLACE since 3.0.0] [ABSTTL since 5.0.0] ' +
    '[IDLETIME seconds:integer since 5.0.0] [FREQ frequency:integer since 5.0.0]',
  history: [
    '3.0.0: `REPLACE` overwrites a key that exists.',
    '5.0.0: `ABSTTL` makes the time a Unix time.',
    '5.0.0: `IDLETIME` and `FREQ` restore what eviction knew.',
  ],
  handler: restoreKey,
});

export const restoreAsking = command({
  name: 'RESTORE-ASKING',
  group: 'server',
  since: '3.0.0',
  summary: 'Creates a key in a slot that is being imported; sent by MIGRATE.',
  complexity:
    'O(N*M), N: parts of the value, M: their mean size; O(N*M*log(N)) for sorted sets; O(1) ' +
    'for short strings',
  arity: -4,
  flags: 'write denyoom asking',
  categories: 'keyspace dangerous',
  keys: 'OW update 1',
  arguments:
    'key@0 ttl:integer serialized-value:string [REPLACE since 3.0.0] [ABSTTL since 5.0.0] ' +
    '[IDLETIME seconds:integer since 5.0.0] [FREQ frequency:integer since 5.0.0]',
  history: [
    '3.0.0: `REPLACE` overwrites a key that exists.',
    '5.0.0: `ABSTTL` makes the time a Unix time.',
    '5.0.0: `IDLETIME` and `FREQ` restore what eviction knew.',
  ],
  systemCommand: true,
  handler: restoreKey,
});
