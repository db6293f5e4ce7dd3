/** Questions about keys: EXISTS and TYPE, which leave the access clocks alone, and TOUCH. */
import { command } from '../../command/spec.ts';

export const exists = command({
  name: 'EXISTS',
  group: 'generic',
  since: '1.0.0',
  summary: 'Counts how many of the given keys are there.',
  complexity: 'O(N), N: keys named',
  arity: -2,
  flags: 'readonly fast',
  categories: 'keyspace',
  keys: 'RO 1 to -1',
  arguments: 'key@0...',
  history: ['3.0.3: Takes several keys.'],
  tips: 'request_policy:multi_shard response_policy:agg_sum',
  handler: (context) => {
    context.keyspace.keepClocks = true;
    let found = 0;
    for (let i = 1; i < context.args.count; i++) if (context.lookup(i) !== 0) found++;
    context.reply.integer(found);
  },
});

export const touch = command({
  name: 'TOUCH',
  group: 'generic',
  since: '3.2.1',
  summary: 'Marks keys as used just now and counts those that exist.',
  complexity: 'O(N), N: keys named',
  arity: -2,
  flags: 'readonly fast',
  categories: 'keyspace',
  keys: 'RO 1 to -1',
  arguments: 'key@0...',
  tips: 'request_policy:multi_shard response_policy:agg_sum',
  handler: (context) => {
    // What a client asks for by name is done, CLIENT NO-TOUCH or not.
    context.keyspace.keepClocks = false;
    let found = 0;
    for (let i = 1; i < context.args.count; i++) if (context.lookup(i) !== 0) found++;
    context.reply.integer(found);
  },
});

export const type = command({
  name: 'TYPE',
  group: 'generic',
  since: '1.0.0',
  summary: 'Tells what kind of value a key holds.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'keyspace',
  keys: 'RO 1',
  arguments: 'key@0',
  handler: (context) => {
    context.keyspace.keepClocks = true;
    const entry = context.lookup(1);
    context.reply.simple(entry === 0 ? 'none' : context.values.typeName(entry));
  },
});
