/** Reading strings: GET, STRLEN, MGET, GETRANGE. */
import { command } from '../../command/spec.ts';
import { TYPE_STRING } from '../../values/entry.ts';

export const get = command({
  name: 'GET',
  group: 'string',
  since: '1.0.0',
  summary: 'Reads a string.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'readonly fast',
  categories: 'string',
  keys: 'RO access 1',
  arguments: 'key@0',
  handler: (context) => {
    const entry = context.readable(1, TYPE_STRING);
    if (entry < 0) return;
    if (entry === 0) {
      context.reply.null();
      return;
    }
    const { strings } = context.values;
    strings.read(entry);
    context.reply.bulk(strings.foundBytes, strings.foundStart, strings.foundEnd);
  },
});
