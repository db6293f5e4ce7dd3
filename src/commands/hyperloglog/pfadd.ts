/** PFADD: lets a HyperLogLog see elements. */
import { command } from '../../command/spec.ts';
import { NOTIFY_STRING } from '../../config/notify-classes.ts';
import { TYPE_STRING } from '../../values/entry.ts';
import { CORRUPT, RAISED } from '../../values/hyperloglog-sparse.ts';
import { CORRUPT_HYPERLOGLOG, opened, openEntry, storeOpened } from './opened.ts';

export const pfadd = command({
  name: 'PFADD',
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Lets a HyperLogLog observe elements.',
  complexity: 'O(1) an element',
  arity: -2,
  flags: 'write denyoom fast',
  categories: 'hyperloglog',
  keys: 'RW insert 1',
  arguments: 'key@0 [element:string...]',
  handler: (context) => {
    const { args, keyspace, reply } = context;
    const { bytes } = args;
    const entry = context.writable(1, TYPE_STRING);
    if (entry < 0) return;
    if (entry === 0) opened.create();
    else if (!openEntry(context, entry)) return;
    const mostBytes = context.config.hllSparseMaxBytes;
    let changes = entry === 0 ? 1 : 0;
    let isCorrupt = false;
    for (let i = 2; i < args.count && !isCorrupt; i++) {
      const outcome = opened.add(bytes, args.start(i), args.end(i), mostBytes);
      if (outcome === RAISED) changes++;
      isCorrupt = outcome === CORRUPT;
    }
    if (changes > 0 && !isCorrupt) opened.outdate();
    storeOpened(context, entry);
    if (isCorrupt) {
      reply.error(CORRUPT_HYPERLOGLOG);
      return;
    }
    if (changes > 0) {
      context.modified(1, NOTIFY_STRING, 'pfadd');
      keyspace.dirty += changes - 1;
    }
    reply.integer(changes > 0 ? 1 : 0);
  },
});
