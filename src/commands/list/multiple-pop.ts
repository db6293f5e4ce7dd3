/** Taking several elements off the first list that has any: LMPOP and BLMPOP. */
import { command } from '../../command/spec.ts';
import { TYPE_LIST } from '../../values/entry.ts';
import { SeveralKeysPop } from '../several-keys-pop.ts';
import { popElements, popName } from './ends.ts';

const pop = new SeveralKeysPop(TYPE_LIST, 'left', 'right', (context, key, entry, head, count) => {
  const { args, reply } = context;
  reply.array(2);
  reply.bulk(args.bytes, args.start(key), args.end(key));
  const popped = popElements(context, key, entry, head, count);
  context.propagate(popName(head), args.copy(key), popped);
});

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
  handler: (context) => pop.handle(context),
});

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
  handler: (context) => pop.handleBlocking(context),
});
