/** MSET and MSETNX. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_STRING } from '../../config/notify-classes.ts';
import { wrongArgumentCount } from '../../resp/errors.ts';
import { KEY_CHUNK, keyHashes, lookAhead } from '../key-chunk.ts';
import { assignString } from './write-string.ts';

const PAIR = 2;

/** Whether keys and values do not come in pairs; the error is replied then. */
function isOdd(context: CommandContext): boolean {
  if (context.args.count % PAIR === 1) return false;
  context.reply.error(wrongArgumentCount(context.command.fullName));
  return true;
}

/** The key that `setPairs` is at: those before it stay when memory runs out. */
let reached = 0;

function setPairs(context: CommandContext): void {
  const { args, database } = context;
  const { bytes, count } = args;
  for (let from = 1; from < count; from += PAIR * KEY_CHUNK) {
    const keys = lookAhead(context, from, PAIR);
    for (let i = 0; i < keys; i++) {
      const index = from + i * PAIR;
      reached = index;
      const hash = keyHashes[i];
      const start = args.start(index);
      const end = args.end(index);
      const entry = database.lookupWrite(bytes, start, end, hash);
      assignString(context, index, hash, index + 1, entry, false);
      database.modified(bytes, start, end, hash, NOTIFY_STRING, 'set');
    }
  }
}

function setAll(context: CommandContext): void {
  try {
    setPairs(context);
  } catch (error) {
    if (reached > 1) context.propagatePrefix(reached);
    throw error;
  }
}

export const mset = command({
  name: 'MSET',
  group: 'string',
  since: '1.0.1',
  summary: 'Sets several keys at once.',
  complexity: 'O(N), N: keys given',
  arity: -3,
  flags: 'write denyoom',
  categories: 'string',
  keys: 'OW update 1 to -1 step 2',
  arguments: '(key_value: key@0 value:string)...',
  tips: 'request_policy:multi_shard response_policy:all_succeeded',
  handler: (context) => {
    if (isOdd(context)) return;
    setAll(context);
    context.reply.ok();
  },
});

export const msetnx = command({
  name: 'MSETNX',
  group: 'string',
  since: '1.0.1',
  summary: 'Sets several keys at once, unless one of them exists.',
  complexity: 'O(N), N: keys given',
  arity: -3,
  flags: 'write denyoom',
  categories: 'string',
  keys: 'OW insert 1 to -1 step 2',
  arguments: '(key_value: key@0 value:string)...',
  tips: 'request_policy:multi_shard response_policy:agg_min',
  handler: (context) => {
    if (isOdd(context)) return;
    const { args, reply } = context;
    for (let index = 1; index < args.count; index += PAIR) {
      if (context.lookupWrite(index) === 0) continue;
      reply.integer(0);
      return;
    }
    setAll(context);
    reply.integer(1);
  },
});
