/** SET, and the older commands that are SET with fixed options: SETNX, SETEX, PSETEX, GETSET. */
import type { CommandContext } from '../../command/context.ts';
import type { EffectPart } from '../../command/effect-log.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC, NOTIFY_STRING } from '../../config/notify-classes.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { TYPE_STRING } from '../../values/entry.ts';
import { readExpiry, UNIT_MILLISECONDS, UNIT_SECONDS } from '../expiry-argument.ts';
import { SET_GET, SET_KEEPTTL, SET_NX, SET_XX, SetOptions } from './set-options.ts';
import { setExpiringString, setString } from './write-string.ts';

const options = new SetOptions();

/** SET with options: condition, value, expiry, events, effect, reply. */
function setWithOptions(context: CommandContext): void {
  const { args, reply } = context;
  const { flags, expiryIndex } = options;
  const expiry = expiryIndex === 0 ? 0 : readExpiry(context, expiryIndex, options);
  if (context.refused()) return;
  const wantsOld = (flags & SET_GET) !== 0;
  if (wantsOld && !replyOld(context)) return;
  const entry = context.lookupWrite(1);
  if (entry === 0 ? (flags & SET_XX) !== 0 : (flags & SET_NX) !== 0) {
    if (!wantsOld) reply.null();
    return;
  }
  if (expiryIndex !== 0) {
    setExpiringString(context, 2, entry, expiry);
    if (context.effects.active)
      context.propagate('SET', args.copy(1), args.copy(2), 'PXAT', String(expiry));
  } else {
    setString(context, 1, 2, entry, (flags & SET_KEEPTTL) !== 0);
    if (wantsOld && context.effects.active) propagateWithoutGet(context);
  }
  context.modified(1, NOTIFY_STRING, 'set');
  if (expiryIndex !== 0) context.notify(1, NOTIFY_GENERIC, 'expire');
  if (!wantsOld) reply.ok();
}

/** Replies the string that is to be replaced; false, and an error, when it is something else. */
function replyOld(context: CommandContext): boolean {
  const { reply } = context;
  const { strings } = context.values;
  const old = context.readable(1, TYPE_STRING);
  if (old < 0) return false;
  if (old === 0) reply.null();
  else {
    strings.read(old);
    reply.bulk(strings.foundBytes, strings.foundStart, strings.foundEnd);
  }
  return true;
}

/** The request as it came but for the option GET, which means nothing to who repeats it. */
function propagateWithoutGet(context: CommandContext): void {
  const { args } = context;
  const parts: EffectPart[] = [args.copy(0), args.copy(1), args.copy(2)];
  for (let i = 3; i < args.count; i++) if (!args.is(i, 'get')) parts.push(args.copy(i));
  context.propagate(...parts);
}

/** SETEX and PSETEX: key, duration, value. */
function setWithDuration(context: CommandContext, expiryUnit: number): void {
  const { args } = context;
  options.expiryUnit = expiryUnit;
  options.expiryIsAbsolute = false;
  const expiry = readExpiry(context, 2, options);
  if (context.refused()) return;
  setExpiringString(context, 3, context.lookupWrite(1), expiry);
  if (context.effects.active)
    context.propagate('SET', args.copy(1), args.copy(3), 'PXAT', String(expiry));
  context.modified(1, NOTIFY_STRING, 'set');
  context.notify(1, NOTIFY_GENERIC, 'expire');
  context.reply.ok();
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
    if (options.read(context, 3, SET_NX | SET_XX | SET_GET | SET_KEEPTTL)) setWithOptions(context);
    else context.reply.error(SYNTAX_ERROR);
  },
});

export const setnx = command({
  name: 'SETNX',
  group: 'string',
  since: '1.0.0',
  summary: 'Sets a key to a string unless it exists.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'write denyoom fast',
  categories: 'string',
  keys: 'OW insert 1',
  arguments: 'key@0 value:string',
  handler: (context) => {
    if (context.lookupWrite(1) !== 0) {
      context.reply.integer(0);
      return;
    }
    setString(context, 1, 2, 0, false);
    context.modified(1, NOTIFY_STRING, 'set');
    context.reply.integer(1);
  },
});

export const setex = command({
  name: 'SETEX',
  group: 'string',
  since: '2.0.0',
  summary: 'Sets a string that lives for a number of seconds.',
  complexity: 'O(1)',
  arity: 4,
  flags: 'write denyoom',
  categories: 'string',
  keys: 'OW update 1',
  arguments: 'key@0 seconds:integer value:string',
  handler: (context) => setWithDuration(context, UNIT_SECONDS),
});

export const psetex = command({
  name: 'PSETEX',
  group: 'string',
  since: '2.6.0',
  summary: 'Sets a string that lives for a number of milliseconds.',
  complexity: 'O(1)',
  arity: 4,
  flags: 'write denyoom',
  categories: 'string',
  keys: 'OW update 1',
  arguments: 'key@0 milliseconds:integer value:string',
  handler: (context) => setWithDuration(context, UNIT_MILLISECONDS),
});

export const getset = command({
  name: 'GETSET',
  group: 'string',
  since: '1.0.0',
  summary: 'Replaces a string and gives the old one.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'write denyoom fast',
  categories: 'string',
  keys: 'RW access update 1',
  arguments: 'key@0 value:string',
  deprecated: '6.2.0',
  replacedBy: '`SET` with `GET`',
  handler: (context) => {
    const { args } = context;
    if (!replyOld(context)) return;
    setString(context, 1, 2, context.lookupWrite(1), false);
    context.modified(1, NOTIFY_STRING, 'set');
    if (context.effects.active) context.propagate('SET', args.copy(1), args.copy(2));
  },
});
