/** What is known of single members: GEOPOS, GEOHASH, GEODIST. */
import { formatFixed, formatHuman } from '../../bytes/format-double.ts';
import { fromLatin1 } from '../../bytes/text.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';
import { type Entry, TYPE_SORTED_SET } from '../../values/entry.ts';
import { distance } from '../../values/geo-distance.ts';
import { decodeScore, geohashText, type GeoPoint } from '../../values/geo-hash.ts';
import { readUnit } from './arguments.ts';

/** Decimals of a distance. */
const DISTANCE_DECIMALS = 4;

/** Looks the member in an argument up; false when it is not there. */
export function readMemberPosition(
  context: CommandContext,
  entry: Entry,
  index: number,
  point: GeoPoint,
): boolean {
  const { args } = context;
  const { sortedSets } = context.values;
  if (!sortedSets.score(entry, args.bytes, args.start(index), args.end(index))) return false;
  decodeScore(sortedSets.foundScore, point);
  return true;
}

/** A distance is text in both protocols. */
export function replyDistance(reply: ReplyWriter, value: number): void {
  reply.bulkText(formatFixed(value, DISTANCE_DECIMALS));
}

/** Longitude and latitude, with more digits than a double of either protocol has. */
export function replyPosition(reply: ReplyWriter, longitude: number, latitude: number): void {
  reply.array(2);
  replyCoordinate(reply, longitude);
  replyCoordinate(reply, latitude);
}

function replyCoordinate(reply: ReplyWriter, degrees: number): void {
  const text = formatHuman(degrees);
  if (reply.protocol === 2) {
    reply.bulkText(text);
    return;
  }
  const line = fromLatin1(`,${text}\r\n`);
  reply.raw(line, 0, line.length);
}

/** Replies an array with something about every member asked for; `missing` for those not there. */
function replyForEach(
  context: CommandContext,
  missing: (reply: ReplyWriter) => void,
  found: (reply: ReplyWriter, point: GeoPoint) => void,
): void {
  const { args, reply } = context;
  const entry = context.readable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  const point = { longitude: 0, latitude: 0 };
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    if (entry !== 0 && readMemberPosition(context, entry, i, point)) found(reply, point);
    else missing(reply);
  }
}

function replyDistanceBetween(context: CommandContext): void {
  const { args, reply } = context;
  if (args.count > 5) args.fail(SYNTAX_ERROR);
  const unit = args.count === 5 ? readUnit(args, 4) : 1;
  if (context.refused()) return;
  const entry = context.readable(1, TYPE_SORTED_SET);
  if (entry < 0) return;
  const from = { longitude: 0, latitude: 0 };
  const to = { longitude: 0, latitude: 0 };
  const isKnown =
    entry !== 0 &&
    readMemberPosition(context, entry, 2, from) &&
    readMemberPosition(context, entry, 3, to);
  if (!isKnown) {
    reply.null();
    return;
  }
  const metres = distance(from.longitude, from.latitude, to.longitude, to.latitude);
  replyDistance(reply, metres / unit);
}

export const geodist = command({
  name: 'GEODIST',
  group: 'geo',
  since: '3.2.0',
  summary: 'Measures the distance between two members.',
  complexity: 'O(log(N)), N: members in the set',
  arity: -4,
  flags: 'readonly',
  categories: 'geo',
  keys: 'RO access 1',
  arguments: 'key@0 member1:string member2:string [unit: M | KM | FT | MI]',
  handler: replyDistanceBetween,
});

export const geohash = command({
  name: 'GEOHASH',
  group: 'geo',
  since: '3.2.0',
  summary: 'Gives the positions of members as standard geohash text.',
  complexity: 'O(log(N)) a member, N: members in the set',
  arity: -2,
  flags: 'readonly',
  categories: 'geo',
  keys: 'RO access 1',
  arguments: 'key@0 member:string...',
  handler: (context) =>
    replyForEach(
      context,
      (reply) => reply.null(),
      (reply, point) => reply.bulkText(geohashText(point)),
    ),
});

export const geopos = command({
  name: 'GEOPOS',
  group: 'geo',
  since: '3.2.0',
  summary: 'Gives the positions of members as longitude and latitude.',
  complexity: 'O(N), N: members asked for',
  arity: -2,
  flags: 'readonly',
  categories: 'geo',
  keys: 'RO access 1',
  arguments: 'key@0 member:string...',
  handler: (context) =>
    replyForEach(
      context,
      (reply) => reply.nullArray(),
      (reply, point) => replyPosition(reply, point.longitude, point.latitude),
    ),
});
