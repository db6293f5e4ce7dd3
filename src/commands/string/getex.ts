/** Reading a string and changing its life: GETEX and GETDEL. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC } from '../../config/notify-classes.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { type Entry, hasExpiry, TYPE_STRING } from '../../values/entry.ts';
import { readExpiry } from '../expiry-argument.ts';
import { SET_PERSIST, SetOptions } from './set-options.ts';

const options = new SetOptions();

function replyString(context: CommandContext, entry: Entry): void {
  const { strings } = context.values;
  strings.read(entry);
  context.reply.bulk(strings.foundBytes, strings.foundStart, strings.foundEnd);
}

/** Removes the key in argument 1; `isLazy` names the effect. */
function removeKey(context: CommandContext, isLazy: boolean): void {
  context.remove(1, context.lookupWrite(1));
  context.modified(1, NOTIFY_GENERIC, 'del');
  if (context.effects.active) context.propagate(isLazy ? 'UNLINK' : 'DEL', context.args.copy(1));
}

/** A point in time that is past removes the key, unless somebody else decides on expiry. */
function isPast(context: CommandContext, time: number | bigint): boolean {
  const { keyspace } = context;
  return time <= keyspace.now && !keyspace.loading && keyspace.expiryMode === 'remove';
}

function expireKey(context: CommandContext, time: number | bigint): void {
  const { args } = context;
  context.database.setExpiry(context.lookupWrite(1), args.hash(1), time);
  context.modified(1, NOTIFY_GENERIC, 'expire');
  if (context.effects.active) context.propagate('PEXPIREAT', args.copy(1), String(time));
}

function persistKey(context: CommandContext, entry: Entry): void {
  const { args } = context;
  if (!hasExpiry(context.keyspace.heap, entry)) return;
  context.database.clearExpiry(context.lookupWrite(1), args.hash(1));
  context.modified(1, NOTIFY_GENERIC, 'persist');
  if (context.effects.active) context.propagate('PERSIST', args.copy(1));
}

export const getex = command({
  name: 'GETEX',
  group: 'string',
  since: '6.2.0',
  summary: 'Reads a string and changes how long its key lives.',
  complexity: 'O(1)',
  arity: -2,
  flags: 'write fast',
  categories: 'string',
  keys: 'RW access update 1 (RW and UPDATE, as it may change the time to live)',
  arguments:
    'key@0 [expiration: EX seconds:integer | PX milliseconds:integer | EXAT ' +
    'unix-time-seconds:unix-time | PXAT unix-time-milliseconds:unix-time | PERSIST]',
  handler: (context) => {
    if (!options.read(context, 2, SET_PERSIST)) {
      context.reply.error(SYNTAX_ERROR);
      return;
    }
    const entry = context.readable(1, TYPE_STRING);
    if (entry < 0) return;
    if (entry === 0) {
      context.reply.null();
      return;
    }
    const { expiryIndex, flags } = options;
    const expiry = expiryIndex === 0 ? 0 : readExpiry(context, expiryIndex, options);
    if (context.refused()) return;
    replyString(context, entry);
    if ((flags & SET_PERSIST) !== 0) persistKey(context, entry);
    if (expiryIndex === 0) return;
    if (isPast(context, expiry)) removeKey(context, context.config.lazyfreeLazyExpire);
    else expireKey(context, expiry);
  },
});

export const getdel = command({
  name: 'GETDEL',
  group: 'string',
  since: '6.2.0',
  summary: 'Reads a string and removes its key.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'write fast',
  categories: 'string',
  keys: 'RW access delete 1',
  arguments: 'key@0',
  handler: (context) => {
    const entry = context.readable(1, TYPE_STRING);
    if (entry < 0) return;
    if (entry === 0) {
      context.reply.null();
      return;
    }
    replyString(context, entry);
    removeKey(context, context.config.lazyfreeLazyUserDel);
  },
});
