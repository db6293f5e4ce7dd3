/** XADD. */
import { STREAM_ID_TEXT, StreamId } from '../../bytes/stream-id.ts';
import type { EffectPart } from '../../command/effect-log.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_STREAM } from '../../config/notify-classes.ts';
import { wrongArgumentCount } from '../../resp/errors.ts';
import { type Entry, TYPE_STREAM } from '../../values/entry.ts';
import { LARGEST_ENTRY, type Stream } from '../../values/stream.ts';
import { replyId } from './ids.ts';
import { TrimOptions } from './trim-options.ts';

const options = new TrimOptions();
const id = new StreamId();
const idText = new Uint8Array(STREAM_ID_TEXT);

const EXHAUSTED = 'ERR The stream has exhausted the last possible ID, unable to add more items';
const TOO_LARGE = 'ERR Elements are too large to be stored';
const NOT_ABOVE =
  'ERR The ID specified in XADD is equal or smaller than the target stream top item';

/**
 * Sets `id` to the ID of a new entry, in the arguments from `first` on, behind the stream's last one.
 * Returns why that is not possible, or undefined.
 */
function chooseId(context: CommandContext, lastId: StreamId, first: number): string | undefined {
  const { args, keyspace } = context;
  if (lastId.isGreatest) return EXHAUSTED;
  if (options.isAutomatic) {
    if (keyspace.now > lastId.milliseconds) id.setMilliseconds(keyspace.now);
    else {
      id.set(lastId);
      id.increment();
    }
  } else if (!options.id.hasSequence && options.id.sameMilliseconds(lastId)) {
    // The real server gives this reason when a millisecond's sequence numbers are used up.
    if (lastId.isLastOfItsMillisecond) return TOO_LARGE;
    id.set(lastId);
    id.increment();
  } else id.set(options.id);
  if (id.compare(lastId) <= 0) return NOT_ABOVE;
  let bytes = 0;
  for (let i = first; i < args.count; i++) bytes += args.length(i);
  return bytes > LARGEST_ENTRY ? TOO_LARGE : undefined;
}

const NO_ID = new StreamId();

/** Appends to a stream, or to a new one when `entry` is 0; undefined, and a reply: not possible. */
function append(context: CommandContext, entry: Entry, first: number): Stream | undefined {
  const { args, values, database, keyspace, reply } = context;
  const { streams } = values;
  const lastId = entry === 0 ? NO_ID : streams.of(entry).lastId;
  const problem = chooseId(context, lastId, first);
  if (problem !== undefined) {
    reply.error(problem);
    return undefined;
  }
  const count = (args.count - first) / 2;
  if (entry !== 0) {
    const stream = streams.of(entry);
    stream.append(id, args, first, count);
    return stream;
  }
  const created = streams.create(args.bytes, args.start(1), args.end(1));
  const stream = streams.of(created);
  try {
    stream.append(id, args, first, count);
  } catch (error) {
    keyspace.freeEntry(created);
    throw error;
  }
  database.add(created, args.hash(1));
  return stream;
}

/** The effect: the request with the ID that was chosen and exactly what was trimmed. */
function propagate(context: CommandContext, stream: Stream): void {
  const { args } = context;
  const parts: EffectPart[] = [];
  for (let i = 0; i < args.count; i++) parts.push(args.copy(i));
  parts[options.idIndex] = idText.slice(0, id.write(idText, 0));
  options.rewrite(parts, stream);
  context.propagate(...parts);
}

function addEntry(context: CommandContext): void {
  const { args, reply } = context;
  if (!options.read(context, true)) return;
  const first = options.idIndex + 1;
  const rest = args.count - first;
  if (rest < 2 || rest % 2 === 1) {
    reply.error(wrongArgumentCount('xadd'));
    return;
  }
  if (!options.isAutomatic && options.id.hasSequence && options.id.isLeast) {
    reply.error('ERR The ID specified in XADD must be greater than 0-0');
    return;
  }
  const entry = context.writable(1, TYPE_STREAM);
  if (entry < 0) return;
  if (entry === 0 && options.noStream) {
    reply.null();
    return;
  }
  const stream = append(context, entry, first);
  if (stream === undefined) return;
  replyId(reply, id);
  context.modified(1, NOTIFY_STREAM, 'xadd');
  if (options.apply(stream) > 0) context.notify(1, NOTIFY_STREAM, 'xtrim');
  if (context.effects.active) propagate(context, stream);
  context.server.blocking.signal(context.database, args.bytes, args.start(1), args.end(1));
}

export const xadd = command({
  name: 'XADD',
  group: 'stream',
  since: '5.0.0',
  summary: 'Appends an entry to a stream and may trim it.',
  complexity: 'O(1), and O(N) for trimming, N: entries removed',
  arity: -5,
  flags: 'write denyoom fast',
  categories: 'stream',
  keys: 'RW update 1 (UPDATE rather than INSERT, as it may trim)',
  arguments:
    'key@0 [NOMKSTREAM since 6.2.0] [trim: (strategy: MAXLEN | MINID since 6.2.0) ' +
    "[operator: equal='=' | approximately='~'] threshold:string [LIMIT count:integer " +
    "since 6.2.0]] (id_or_auto: auto_id='*' | id:string) (field_value: field:string " +
    'value:string)...',
  history: [
    '6.2.0: `NOMKSTREAM` does not create the stream; `MINID` trims by ID, `LIMIT` bounds the work.',
    '7.0.0: The ID may be `<ms>-*`: only the sequence is chosen by the server.',
  ],
  tips: 'nondeterministic_output',
  handler: addEntry,
});
