/** BITOP: combines strings bit by bit. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC, NOTIFY_STRING } from '../../config/notify-classes.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import {
  BIT_AND,
  BIT_NOT,
  BIT_OR,
  BIT_XOR,
  type BitOperation,
  BitSource,
  combineBits,
} from '../../values/bitmap.ts';
import { TYPE_STRING } from '../../values/entry.ts';

const ONE_SOURCE = 'ERR BITOP NOT must be called with a single source key.';
const DESTINATION = 2;
const FIRST_SOURCE = 3;

function readOperation(context: CommandContext): BitOperation {
  const { args } = context;
  if (args.is(1, 'and')) return BIT_AND;
  if (args.is(1, 'or')) return BIT_OR;
  if (args.is(1, 'xor')) return BIT_XOR;
  if (!args.is(1, 'not')) args.fail(SYNTAX_ERROR);
  else if (args.count > FIRST_SOURCE + 1) args.fail(ONE_SOURCE);
  return BIT_NOT;
}

/** The strings to combine; undefined, and the error replied, when one is something else. */
function readSources(context: CommandContext): BitSource[] | undefined {
  const { args } = context;
  const { strings } = context.values;
  const sources: BitSource[] = [];
  for (let i = FIRST_SOURCE; i < args.count; i++) {
    const entry = context.readable(i, TYPE_STRING);
    if (entry < 0) return undefined;
    if (entry === 0) sources.push(new BitSource(args.bytes, 0, 0));
    else {
      strings.read(entry);
      const { foundBytes, foundStart, foundEnd } = strings;
      sources.push(new BitSource(foundBytes, foundStart, foundEnd - foundStart));
    }
  }
  return sources;
}

/** Puts the combination under the destination key, of whatever type that was. */
function storeCombination(
  context: CommandContext,
  operation: BitOperation,
  sources: readonly BitSource[],
  length: number,
): void {
  const { args, database } = context;
  const { strings } = context.values;
  const keyEnd = args.end(DESTINATION);
  const hash = args.hash(DESTINATION);
  // Made first and put in place last, for the destination may be a source.
  const made = strings.createBlank(args.bytes, args.start(DESTINATION), keyEnd, length);
  strings.read(made);
  combineBits(operation, new BitSource(strings.foundBytes, strings.foundStart, length), sources);
  const old = context.lookupWrite(DESTINATION);
  if (old === 0) database.add(made, hash);
  else database.replace(old, made, hash, false);
  context.modified(DESTINATION, NOTIFY_STRING, 'set');
}

export const bitop = command({
  name: 'BITOP',
  group: 'bitmap',
  since: '2.6.0',
  summary: 'Combines strings bit by bit and keeps the outcome under another key.',
  complexity: 'O(N), N: length of the longest string',
  arity: -4,
  flags: 'write denyoom',
  categories: 'bitmap',
  keys: 'OW update 2; RO access 3 to -1',
  arguments: 'operation:string destkey@0 key@1...',
  handler: (context) => {
    const operation = readOperation(context);
    if (context.refused()) return;
    const sources = readSources(context);
    if (sources === undefined) return;
    const length = sources.reduce((most, source) => Math.max(most, source.length), 0);
    if (length > 0) storeCombination(context, operation, sources, length);
    else {
      const old = context.lookupWrite(DESTINATION);
      if (old !== 0) {
        context.remove(DESTINATION, old);
        context.modified(DESTINATION, NOTIFY_GENERIC, 'del');
      }
    }
    context.reply.integer(length);
  },
});
