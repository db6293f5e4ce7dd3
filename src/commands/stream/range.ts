/** XRANGE and XREVRANGE. */
import { StreamId } from '../../bytes/stream-id.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import { TYPE_STREAM } from '../../values/entry.ts';
import { replyEntry } from './entry-reply.ts';
import { readRangeEnd, readRangeStart } from './ids.ts';

const from = new StreamId();
const to = new StreamId();

function range(context: CommandContext, isReverse: boolean): void {
  const { args, reply, values } = context;
  readRangeStart(args, isReverse ? 3 : 2, from);
  readRangeEnd(args, isReverse ? 2 : 3, to);
  if (context.refused()) return;
  let most = Infinity;
  for (let i = 4; i < args.count; i += 2) {
    if (!args.is(i, 'count') || i + 1 === args.count) {
      reply.error(SYNTAX_ERROR);
      return;
    }
    most = Math.max(0, args.integer(i + 1));
    if (context.refused()) return;
  }
  const entry = context.readable(1, TYPE_STREAM);
  if (entry < 0) return;
  if (entry === 0) reply.emptyArray();
  else if (most === 0) reply.nullArray();
  else {
    const walk = values.streams.range;
    walk.begin(values.streams.of(entry), from, to, isReverse);
    const mark = reply.deferArray();
    let count = 0;
    for (; count < most && walk.next(); count++) replyEntry(reply, walk.reader);
    reply.resolveArray(mark, count);
  }
}

export const xrange = command({
  name: 'XRANGE',
  group: 'stream',
  since: '5.0.0',
  summary: 'Reads the entries whose IDs are in a range.',
  complexity: 'O(N), N: entries returned',
  arity: -4,
  flags: 'readonly',
  categories: 'stream',
  keys: 'RO access 1',
  arguments: 'key@0 start:string end:string [COUNT count:integer]',
  history: ['6.2.0: Ranges may be exclusive.'],
  handler: (context) => range(context, false),
});

export const xrevrange = command({
  name: 'XREVRANGE',
  group: 'stream',
  since: '5.0.0',
  summary: 'Reads the entries whose IDs are in a range, newest first.',
  complexity: 'O(N), N: entries returned',
  arity: -4,
  flags: 'readonly',
  categories: 'stream',
  keys: 'RO access 1',
  arguments: 'key@0 end:string start:string [COUNT count:integer]',
  history: ['6.2.0: Ranges may be exclusive.'],
  handler: (context) => range(context, true),
});
