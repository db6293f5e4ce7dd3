/** Members picked by chance: SPOP takes them out, SRANDMEMBER leaves them. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC, NOTIFY_SET } from '../../config/notify-classes.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { type Entry, TYPE_SET } from '../../values/entry.ts';
import { checkRandomCount, readRandomCount } from '../random-count.ts';

/** SPOP without a count. Who repeats it must take the same member. */
function popOne(context: CommandContext): void {
  const { args, effects } = context;
  const { sets } = context.values;
  const entry = context.writable(1, TYPE_SET);
  if (entry < 0) return;
  if (entry === 0) {
    context.reply.null();
    return;
  }
  sets.pop(entry, context.keyspace.random);
  const { foundBytes, foundStart, foundEnd } = sets;
  context.reply.bulk(foundBytes, foundStart, foundEnd);
  if (effects.active)
    context.propagate('SREM', args.copy(1), foundBytes.slice(foundStart, foundEnd));
  const isGone = sets.size(entry) === 0;
  if (isGone) context.remove(1, entry);
  context.modified(1, NOTIFY_SET, 'spop');
  if (isGone) context.notify(1, NOTIFY_GENERIC, 'del');
}

/** All members go, and with them the key. */
function popAll(context: CommandContext, entry: Entry): void {
  const { args, reply, values } = context;
  values.sets.forEach(entry, (bytes, start, end) => reply.bulk(bytes, start, end));
  context.remove(1, entry);
  context.modified(1, NOTIFY_SET, 'spop');
  context.notify(1, NOTIFY_GENERIC, 'del');
  if (context.effects.active) context.propagate('DEL', args.copy(1));
}

/** Some go, but not all: an effect for each. */
function popSome(context: CommandContext, entry: Entry, count: number): void {
  const { args, reply, effects } = context;
  const key = effects.active ? args.copy(1) : undefined;
  context.values.sets.popMany(entry, count, context.keyspace.random, (bytes, start, end) => {
    reply.bulk(bytes, start, end);
    if (key !== undefined) context.propagate('SREM', key, bytes.slice(start, end));
  });
  context.modified(1, NOTIFY_SET, 'spop');
}

function popMany(context: CommandContext): void {
  const count = context.args.natural(2);
  if (context.refused()) return;
  const entry = context.writable(1, TYPE_SET);
  if (entry < 0) return;
  if (entry === 0 || count === 0) {
    context.reply.set(0);
    return;
  }
  const size = context.values.sets.size(entry);
  const popped = Math.min(count, size);
  context.reply.set(popped);
  if (popped === size) popAll(context, entry);
  else popSome(context, entry, popped);
  context.keyspace.dirty += popped - 1;
}

export const spop = command({
  name: 'SPOP',
  group: 'set',
  since: '1.0.0',
  summary: 'Takes members picked by chance out of a set.',
  complexity: 'O(N), N: members taken',
  arity: -2,
  flags: 'write fast',
  categories: 'set',
  keys: 'RW access delete 1',
  arguments: 'key@0 [count:integer since 3.2.0]',
  history: ['3.2.0: `count` takes several at once.'],
  tips: 'nondeterministic_output',
  handler: (context) => {
    const { count } = context.args;
    if (count === 2) popOne(context);
    else if (count === 3) popMany(context);
    else context.reply.error(SYNTAX_ERROR);
  },
});

function replyOne(context: CommandContext): void {
  const { sets } = context.values;
  const entry = context.readable(1, TYPE_SET);
  if (entry < 0) return;
  if (entry === 0) {
    context.reply.null();
    return;
  }
  sets.random(entry, context.keyspace.random);
  context.reply.bulk(sets.foundBytes, sets.foundStart, sets.foundEnd);
}

/** A negative count: that many, the same one perhaps several times. */
function replyRepeated(context: CommandContext, entry: Entry, count: number): void {
  const { reply } = context;
  const { sets } = context.values;
  const { random } = context.keyspace;
  reply.array(count);
  for (let i = 0; i < count; i++) {
    sets.random(entry, random);
    reply.bulk(sets.foundBytes, sets.foundStart, sets.foundEnd);
  }
}

function replyMany(context: CommandContext): void {
  const { reply } = context;
  const { sets } = context.values;
  const count = readRandomCount(context, 2);
  if (context.args.failure === undefined) checkRandomCount(context, 2, false);
  if (context.refused()) return;
  const entry = context.readable(1, TYPE_SET);
  if (entry < 0) return;
  const size = entry === 0 ? 0 : sets.size(entry);
  if (size === 0 || count === 0) reply.emptyArray();
  else if (count < 0) replyRepeated(context, entry, -count);
  else {
    const picked = Math.min(count, size);
    reply.array(picked);
    sets.randomDistinct(entry, picked, context.keyspace.random, (bytes, start, end) =>
      reply.bulk(bytes, start, end),
    );
  }
}

export const srandmember = command({
  name: 'SRANDMEMBER',
  group: 'set',
  since: '1.0.0',
  summary: 'Picks members of a set by chance and leaves them in it.',
  complexity: 'O(N), N: members picked',
  arity: -2,
  flags: 'readonly',
  categories: 'set',
  keys: 'RO access 1',
  arguments: 'key@0 [count:integer since 2.6.0]',
  history: ['2.6.0: `count` picks several at once.'],
  tips: 'nondeterministic_output',
  handler: (context) => {
    const { count } = context.args;
    if (count === 2) replyOne(context);
    else if (count === 3) replyMany(context);
    else context.reply.error(SYNTAX_ERROR);
  },
});
