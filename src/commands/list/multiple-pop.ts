/** Taking several elements off the first list that has any: LMPOP and BLMPOP. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import type { Waiter } from '../../command/waiting.ts';
import { type Entry, TYPE_LIST } from '../../values/entry.ts';
import { SeveralKeysPop } from '../several-keys-pop.ts';
import { readTimeoutSeconds } from '../timeout-argument.ts';
import { popElements, popName } from './ends.ts';

const options = new SeveralKeysPop('left', 'right');

/** Replies the key's name and the elements; elsewhere it is a plain pop of so many. */
function popNamed(context: CommandContext, keyIndex: number, entry: Entry): void {
  const { args, reply } = context;
  const head = options.isFirstEnd;
  reply.array(2);
  reply.bulk(args.bytes, args.start(keyIndex), args.end(keyIndex));
  const popped = popElements(context, keyIndex, entry, head, options.count);
  context.propagate(popName(head), args.copy(keyIndex), popped);
}

/** Pops from the first list of the request; false when no key has one. */
function popFirst(context: CommandContext): boolean {
  const { firstKey, keyCount } = options;
  for (let i = firstKey; i < firstKey + keyCount; i++) {
    const entry = context.writable(i, TYPE_LIST);
    if (entry === 0) continue;
    if (entry > 0) popNamed(context, i, entry);
    return true;
  }
  return false;
}

export const lmpop = command({
  name: 'LMPOP',
  group: 'list',
  since: '7.0.0',
  summary: 'Pops from the first list that has elements.',
  complexity: 'O(N+M), N: keys named, M: elements popped',
  arity: -4,
  flags: 'write',
  categories: 'list',
  keys: 'RW access delete 1 keynum',
  arguments: 'numkeys:integer key@0... (where: LEFT | RIGHT) [COUNT count:integer]',
  handler: (context) => {
    options.read(context.args, 1);
    if (context.refused()) return;
    if (!popFirst(context)) context.reply.nullArray();
  },
});

const waiter: Waiter = {
  type: TYPE_LIST,
  serve: (context, keyIndex, entry) => {
    options.read(context.args, 2);
    popNamed(context, keyIndex, entry);
    return true;
  },
};

export const blmpop = command({
  name: 'BLMPOP',
  group: 'list',
  since: '7.0.0',
  summary: 'Pops from the first list that has elements, waiting for one if need be.',
  complexity: 'O(N+M), N: keys named, M: elements popped',
  arity: -5,
  flags: 'write blocking',
  categories: 'list',
  keys: 'RW access delete 2 keynum',
  arguments: 'timeout:double numkeys:integer key@0... (where: LEFT | RIGHT) [COUNT count:integer]',
  handler: (context) => {
    const { args } = context;
    options.read(args, 2);
    const timeout = readTimeoutSeconds(args, 1);
    if (context.refused() || popFirst(context)) return;
    context.server.blocking.block(options.firstKey, options.keyCount, timeout, waiter);
  },
});
