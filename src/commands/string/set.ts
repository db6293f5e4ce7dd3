/** SET and the older commands that are SET with fixed options; GETSET, GETEX and GETDEL. */
import { command } from '../../command/spec.ts';
import type { CommandContext } from '../../command/context.ts';
import { NOTIFY_GENERIC, NOTIFY_STRING } from '../../config/notify-classes.ts';
import { SYNTAX_ERROR, WRONG_TYPE } from '../../resp/errors.ts';
import { type Entry, STRING_AUTO, TYPE_STRING, typeOf } from '../../values/entry.ts';
import { readExpiry, UNIT_MILLISECONDS, UNIT_SECONDS } from '../expiry-argument.ts';

const NX = 1;
const XX = 2;
const GET = 4;
const KEEPTTL = 8;
const PERSIST = 16;

/** Options of SET and GETEX: flags, and where the expiry stands (0: none). */
class SetOptions {
  flags = 0;
  expiryIndex = 0;
  expiryUnit = UNIT_SECONDS;
  expiryIsAbsolute = false;

  /** Reads options from argument `index` on; false when they contradict each other. */
  read(context: CommandContext, index: number, allowed: number): boolean {
    this.flags = 0;
    this.expiryIndex = 0;
    const { args } = context;
    for (let i = index; i < args.count; i++) {
      const flag = optionFlag(context, i);
      if (flag !== 0) {
        if ((flag & allowed) === 0 || this.#contradicts(flag)) return false;
        this.flags |= flag;
      } else if (i + 1 < args.count && this.#readExpiryWord(context, i)) i++;
      else return false;
    }
    return true;
  }

  #contradicts(flag: number): boolean {
    if (flag === NX) return (this.flags & XX) !== 0;
    if (flag === XX) return (this.flags & NX) !== 0;
    if (flag === GET) return false;
    const other = flag === KEEPTTL ? PERSIST : KEEPTTL;
    return this.expiryIndex !== 0 || (this.flags & other) !== 0;
  }

  #readExpiryWord(context: CommandContext, i: number): boolean {
    const { args } = context;
    const isSeconds = args.is(i, 'ex') || args.is(i, 'exat');
    if (!isSeconds && !args.is(i, 'px') && !args.is(i, 'pxat')) return false;
    if (this.expiryIndex !== 0 || (this.flags & (KEEPTTL | PERSIST)) !== 0) return false;
    this.expiryIndex = i + 1;
    this.expiryUnit = isSeconds ? UNIT_SECONDS : UNIT_MILLISECONDS;
    this.expiryIsAbsolute = args.length(i) === 4;
    return true;
  }
}

function optionFlag(context: CommandContext, i: number): number {
  const { args } = context;
  const length = args.length(i);
  if (length === 2) return args.is(i, 'nx') ? NX : args.is(i, 'xx') ? XX : 0;
  if (length === 3) return args.is(i, 'get') ? GET : 0;
  if (length !== 7) return 0;
  return args.is(i, 'keepttl') ? KEEPTTL : args.is(i, 'persist') ? PERSIST : 0;
}

const options = new SetOptions();

/** Replies the string of an entry; false, and an error, when it holds something else. */
function replyValue(context: CommandContext, entry: Entry): boolean {
  const { reply, values, keyspace } = context;
  if (entry === 0) reply.null();
  else if (typeOf(keyspace.heap, entry) !== TYPE_STRING) {
    reply.error(WRONG_TYPE);
    return false;
  } else {
    const { strings } = values;
    strings.read(entry);
    reply.bulk(strings.foundBytes, strings.foundStart, strings.foundEnd);
  }
  return true;
}

/**
 * Gives key argument `keyIndex` the value in argument `valueIndex`, over whatever `entry` (0: nothing)
 * holds. The short way of SET: when the old value's block fits, only its bytes change.
 */
export function setString(
  context: CommandContext,
  keyIndex: number,
  valueIndex: number,
  entry: Entry,
  keepExpiry: boolean,
): Entry {
  const { args, database, keyspace, values } = context;
  const { bytes } = args;
  const { heap } = keyspace;
  const { strings } = values;
  const start = args.start(valueIndex);
  const end = args.end(valueIndex);
  const hash = args.hash(keyIndex);
  if (entry !== 0 && typeOf(heap, entry) === TYPE_STRING) {
    const kept = keepExpiry ? entry : database.clearExpiry(entry, hash);
    if (strings.overwrite(kept, bytes, start, end, STRING_AUTO)) return kept;
    return replaceString(context, keyIndex, kept, start, end);
  }
  const keyStart = args.start(keyIndex);
  const keyEnd = args.end(keyIndex);
  const created = strings.create(bytes, keyStart, keyEnd, bytes, start, end, STRING_AUTO);
  if (entry === 0) {
    database.add(created, hash);
    return created;
  }
  return database.replace(entry, created, hash, keepExpiry);
}

function replaceString(
  context: CommandContext,
  keyIndex: number,
  old: Entry,
  start: number,
  end: number,
): Entry {
  const { args, database, values } = context;
  const { bytes } = args;
  const keyStart = args.start(keyIndex);
  const created = values.strings.create(
    bytes,
    keyStart,
    args.end(keyIndex),
    bytes,
    start,
    end,
    STRING_AUTO,
  );
  return database.replace(old, created, args.hash(keyIndex), true);
}

/** SET proper, once options are read: condition, value, expiry, events, effect, reply. */
function applySet(context: CommandContext, valueIndex: number, replyOk: () => void): void {
  const { args, reply, database } = context;
  const { flags, expiryIndex } = options;
  const expiry = expiryIndex === 0 ? -1 : readExpiry(context, expiryIndex, options);
  if (context.refused()) return;
  const entry = context.lookupWrite(1);
  if ((flags & GET) !== 0 && !replyValue(context, entry)) return;
  if (entry === 0 ? (flags & XX) !== 0 : (flags & NX) !== 0) {
    if ((flags & GET) === 0) reply.null();
    return;
  }
  const stored = setString(context, 1, valueIndex, entry, (flags & KEEPTTL) !== 0);
  if (expiryIndex !== 0) {
    database.setExpiry(stored, args.hash(1), expiry);
    if (context.effects.active)
      context.propagate('SET', args.copy(1), args.copy(valueIndex), 'PXAT', String(expiry));
  } else if ((flags & GET) !== 0 && context.effects.active) {
    context.propagate('SET', args.copy(1), args.copy(valueIndex), ...keepTtlWord(flags));
  }
  context.modified(1, NOTIFY_STRING, 'set');
  if (expiryIndex !== 0) context.notify(1, NOTIFY_GENERIC, 'expire');
  if ((flags & GET) === 0) replyOk();
}

function keepTtlWord(flags: number): string[] {
  return (flags & KEEPTTL) !== 0 ? ['KEEPTTL'] : [];
}

export const set = command({
  name: 'SET',
  group: 'string',
  since: '1.0.0',
  summary: 'Sets a key to a string, whatever it held.',
  complexity: 'O(1)',
  arity: -3,
  flags: 'write denyoom',
  categories: 'string',
  keys: 'RW access update variable_flags 1 (RW and ACCESS only when GET is given)',
  arguments:
    'key@0 value:string [condition: NX | XX] since 2.6.12 [GET since 6.2.0] [expiration: ' +
    'EX seconds:integer since 2.6.12 | PX milliseconds:integer since 2.6.12 | EXAT ' +
    'unix-time-seconds:unix-time since 6.2.0 | PXAT unix-time-milliseconds:unix-time ' +
    'since 6.2.0 | KEEPTTL since 6.0.0]',
  history: [
    '2.6.12: `EX` and `PX` limit its life, `NX` and `XX` make it conditional.',
    '6.0.0: `KEEPTTL` leaves the time limit as it is.',
    '6.2.0: `GET` gives the old string; `EXAT` and `PXAT` give the end of its life.',
    '7.0.0: `NX` and `GET` go together.',
  ],
  handler: (context) => {
    if (context.args.count === 3) {
      // The common form, without options.
      setString(context, 1, 2, context.lookupWrite(1), false);
      context.modified(1, NOTIFY_STRING, 'set');
      context.reply.ok();
      return;
    }
    if (!options.read(context, 3, NX | XX | GET | KEEPTTL)) context.reply.error(SYNTAX_ERROR);
    else applySet(context, 2, () => context.reply.ok());
  },
});
