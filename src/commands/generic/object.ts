/** OBJECT: what the server keeps about a value besides its contents. Nothing here is a use of it. */
import type { CommandContext } from '../../command/context.ts';
import { replyHelp } from '../../command/help.ts';
import { command } from '../../command/spec.ts';
import { idleMilliseconds, lfuCounter } from '../../keyspace/access-clock.ts';
import { accessClockOf, type Entry } from '../../values/entry.ts';

const SWITCHED =
  'Please note that when switching between policies at runtime LRU and LFU data will take some ' +
  'time to adjust.';
const NOT_LFU = `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHED}`;
const NOT_LRU = `ERR An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHED}`;

/** What the reference count of the shared small integers is said to be. */
export const SHARED = 2 ** 31 - 1;

/** The entry of argument 2, counted as hit or miss; 0, and null replied, when absent. */
function inspected(context: CommandContext): Entry {
  const { args, keyspace } = context;
  const start = args.start(2);
  const entry = context.database.find(args.bytes, start, args.end(2), args.hash(2));
  if (entry !== 0) keyspace.hits++;
  else {
    keyspace.misses++;
    context.reply.null();
  }
  return entry;
}

export const objectEncoding = command({
  container: 'OBJECT',
  name: 'ENCODING',
  group: 'generic',
  since: '2.2.3',
  summary: 'Tells how a value is represented in memory.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly',
  categories: 'keyspace',
  keys: 'RO 2',
  arguments: 'key@0',
  tips: 'nondeterministic_output',
  handler: (context) => {
    const entry = inspected(context);
    if (entry !== 0) context.reply.bulkText(context.values.encodingName(entry));
  },
});

export const objectFreq = command({
  container: 'OBJECT',
  name: 'FREQ',
  group: 'generic',
  since: '4.0.0',
  summary: 'Tells the logarithmic counter of how often a key is used.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly',
  categories: 'keyspace',
  keys: 'RO 2',
  arguments: 'key@0',
  tips: 'nondeterministic_output',
  handler: (context) => {
    const entry = inspected(context);
    if (entry === 0) return;
    const { keyspace, reply } = context;
    if (!keyspace.lfu) {
      reply.error(NOT_LFU);
      return;
    }
    const clock = accessClockOf(keyspace.heap, entry);
    reply.integer(lfuCounter(clock, keyspace.now, keyspace.lfuDecayMinutes));
  },
});

export const objectHelp = command({
  container: 'OBJECT',
  name: 'HELP',
  group: 'generic',
  since: '6.2.0',
  summary: 'Lists the subcommands of OBJECT and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  categories: 'keyspace',
  handler: (context) =>
    replyHelp(context.reply, 'OBJECT', [
      ['ENCODING <key>', 'How the value of the key is represented in memory.'],
      ['FREQ <key>', 'The logarithmic counter of how often the key is used.'],
      ['IDLETIME <key>', 'For how many seconds the key has not been used.'],
      ['REFCOUNT <key>', 'How many owners share the value of the key.'],
    ]),
});

export const objectIdletime = command({
  container: 'OBJECT',
  name: 'IDLETIME',
  group: 'generic',
  since: '2.2.3',
  summary: 'Tells for how many seconds a key has not been used.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly',
  categories: 'keyspace',
  keys: 'RO 2',
  arguments: 'key@0',
  tips: 'nondeterministic_output',
  handler: (context) => {
    const entry = inspected(context);
    if (entry === 0) return;
    const { keyspace, reply } = context;
    if (keyspace.lfu) {
      reply.error(NOT_LRU);
      return;
    }
    const clock = accessClockOf(keyspace.heap, entry);
    reply.integer(Math.floor(idleMilliseconds(clock, keyspace.now) / 1000));
  },
});

export const objectRefcount = command({
  container: 'OBJECT',
  name: 'REFCOUNT',
  group: 'generic',
  since: '2.2.3',
  summary: 'Tells how many owners share a value.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'readonly',
  categories: 'keyspace',
  keys: 'RO 2',
  arguments: 'key@0',
  tips: 'nondeterministic_output',
  handler: (context) => {
    const entry = inspected(context);
    if (entry !== 0) context.reply.integer(isSharedInteger(context, entry) ? SHARED : 1);
  },
});

/**
 * Whether the real server would have used one of its shared integers for this value. We share
 * nothing, but clients can see the difference.
 */
export function isSharedInteger(context: CommandContext, entry: Entry): boolean {
  const { config, values } = context;
  if (config.maxmemory > 0 && /l[rf]u$/.test(config.maxmemoryPolicy)) return false;
  return values.strings.isSmallInteger(entry);
}

export const object = command({
  name: 'OBJECT',
  group: 'generic',
  since: '2.2.3',
  summary: 'Groups the commands that look inside a stored value.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [objectEncoding, objectFreq, objectHelp, objectIdletime, objectRefcount],
});
