/**
 * Limits to a key's life: EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, and PERSIST, which lifts them.
 *
 * What is repeated elsewhere names the instant, not the distance to it: PEXPIREAT, or DEL when
 * the instant is past and the key goes at once. A server that follows another never removes a
 * key on its own account: there the past instant is stored, and the primary's DEL will come.
 */
import type { CommandContext } from '../../command/context.ts';
import type { EffectPart } from '../../command/effect-log.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC } from '../../config/notify-classes.ts';
import { EXPIRE_GT_LT, EXPIRE_NX_WITH_OTHERS } from '../../resp/errors.ts';
import { exactExpiryOf, type Entry, hasExpiry } from '../../values/entry.ts';
import {
  type ExpiryForm,
  readExpiry,
  UNIT_MILLISECONDS,
  UNIT_SECONDS,
} from '../expiry-argument.ts';

const NX = 1;
const XX = 2;
const GT = 4;
const LT = 8;

/** The conditions from argument 3 on; notes an error for unknown or contradicting ones. */
function readConditions({ args }: CommandContext): number {
  let conditions = 0;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, 'nx')) conditions |= NX;
    else if (args.is(i, 'xx')) conditions |= XX;
    else if (args.is(i, 'gt')) conditions |= GT;
    else if (args.is(i, 'lt')) conditions |= LT;
    else args.fail(`ERR Unsupported option ${args.text(i)}`);
  }
  if ((conditions & NX) !== 0 && conditions !== NX) args.fail(EXPIRE_NX_WITH_OTHERS);
  if ((conditions & GT) !== 0 && (conditions & LT) !== 0) args.fail(EXPIRE_GT_LT);
  return conditions;
}

/** Whether the conditions allow this expiry. A key without one counts as living for ever. */
function meets(
  context: CommandContext,
  entry: Entry,
  conditions: number,
  time: number | bigint,
): boolean {
  const { heap } = context.keyspace;
  if (!hasExpiry(heap, entry)) return (conditions & (XX | GT)) === 0;
  if ((conditions & NX) !== 0) return false;
  const present = exactExpiryOf(heap, entry);
  if ((conditions & GT) !== 0) return time > present;
  return (conditions & LT) === 0 || time < present;
}

function expireKey(context: CommandContext, form: ExpiryForm): void {
  const { args, reply, database, keyspace } = context;
  const conditions = readConditions(context);
  const time = readExpiry(context, 2, form, true);
  if (context.refused()) return;
  const entry = context.lookupWrite(1);
  if (entry === 0 || (conditions !== 0 && !meets(context, entry, conditions, time))) {
    reply.integer(0);
    return;
  }
  if (time <= keyspace.now && keyspace.expiryMode === 'remove' && !keyspace.loading) {
    context.remove(1, entry);
    if (context.effects.active)
      context.propagate(context.config.lazyfreeLazyExpire ? 'UNLINK' : 'DEL', args.copy(1));
    context.modified(1, NOTIFY_GENERIC, 'del');
  } else {
    database.setExpiry(entry, args.hash(1), time < 0 ? 0 : time);
    if (context.effects.active) propagateExpiry(context, form, time);
    context.modified(1, NOTIFY_GENERIC, 'expire');
  }
  reply.integer(1);
}

/** States PEXPIREAT with the instant; the conditions, which were met, stay behind it. */
function propagateExpiry(context: CommandContext, form: ExpiryForm, time: number | bigint): void {
  if (form.expiryUnit === UNIT_MILLISECONDS && form.expiryIsAbsolute) return;
  const { args } = context;
  const parts: EffectPart[] = ['PEXPIREAT', args.copy(1), String(time)];
  for (let i = 3; i < args.count; i++) parts.push(args.copy(i));
  context.propagate(...parts);
}

const IN_SECONDS: ExpiryForm = { expiryUnit: UNIT_SECONDS, expiryIsAbsolute: false };
const IN_MILLISECONDS: ExpiryForm = { expiryUnit: UNIT_MILLISECONDS, expiryIsAbsolute: false };
const AT_SECOND: ExpiryForm = { expiryUnit: UNIT_SECONDS, expiryIsAbsolute: true };
const AT_MILLISECOND: ExpiryForm = { expiryUnit: UNIT_MILLISECONDS, expiryIsAbsolute: true };

export const expire = command({
  name: 'EXPIRE',
  group: 'generic',
  since: '1.0.0',
  summary: 'Lets a key live for a number of seconds.',
  complexity: 'O(1)',
  arity: -3,
  flags: 'write fast',
  categories: 'keyspace',
  keys: 'RW update 1',
  arguments: 'key@0 seconds:integer [condition: NX | XX | GT | LT] since 7.0.0',
  history: ['7.0.0: `NX`, `XX`, `GT` and `LT` make it conditional.'],
  handler: (context) => expireKey(context, IN_SECONDS),
});

export const pexpire = command({
  name: 'PEXPIRE',
  group: 'generic',
  since: '2.6.0',
  summary: 'Lets a key live for a number of milliseconds.',
  complexity: 'O(1)',
  arity: -3,
  flags: 'write fast',
  categories: 'keyspace',
  keys: 'RW update 1',
  arguments: 'key@0 milliseconds:integer [condition: NX | XX | GT | LT] since 7.0.0',
  history: ['7.0.0: `NX`, `XX`, `GT` and `LT` make it conditional.'],
  handler: (context) => expireKey(context, IN_MILLISECONDS),
});

export const expireat = command({
  name: 'EXPIREAT',
  group: 'generic',
  since: '1.2.0',
  summary: 'Lets a key live until a Unix time in seconds.',
  complexity: 'O(1)',
  arity: -3,
  flags: 'write fast',
  categories: 'keyspace',
  keys: 'RW update 1',
  arguments: 'key@0 unix-time-seconds:unix-time [condition: NX | XX | GT | LT] since 7.0.0',
  history: ['7.0.0: `NX`, `XX`, `GT` and `LT` make it conditional.'],
  handler: (context) => expireKey(context, AT_SECOND),
});

export const pexpireat = command({
  name: 'PEXPIREAT',
  group: 'generic',
  since: '2.6.0',
  summary: 'Lets a key live until a Unix time in milliseconds.',
  complexity: 'O(1)',
  arity: -3,
  flags: 'write fast',
  categories: 'keyspace',
  keys: 'RW update 1',
  arguments: 'key@0 unix-time-milliseconds:unix-time [condition: NX | XX | GT | LT] since 7.0.0',
  history: ['7.0.0: `NX`, `XX`, `GT` and `LT` make it conditional.'],
  handler: (context) => expireKey(context, AT_MILLISECOND),
});

export const persist = command({
  name: 'PERSIST',
  group: 'generic',
  since: '2.2.0',
  summary: 'Takes the time limit off a key.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'write fast',
  categories: 'keyspace',
  keys: 'RW update 1',
  arguments: 'key@0',
  handler: (context) => {
    const { args, reply, database, keyspace } = context;
    const entry = context.lookupWrite(1);
    if (entry === 0 || !hasExpiry(keyspace.heap, entry)) {
      reply.integer(0);
      return;
    }
    database.clearExpiry(entry, args.hash(1));
    context.modified(1, NOTIFY_GENERIC, 'persist');
    reply.integer(1);
  },
});
