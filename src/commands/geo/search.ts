/** Searching around a point: GEOSEARCH, GEOSEARCHSTORE, and the older GEORADIUS family. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { NOTIFY_GENERIC, NOTIFY_SORTED_SET } from '../../config/notify-classes.ts';
import { TYPE_SORTED_SET } from '../../values/entry.ts';
import { type GeoMatch, searchShape } from '../../values/geo-search.ts';
import { sortFirst } from '../../values/partial-sort.ts';
import { replyDistance, replyPosition } from './read.ts';
import { ORDER_NONE, type SearchForm, SearchRequest } from './search-request.ts';

const RADIUS: SearchForm = { source: 1, fixed: 'position', store: 'option' };
const RADIUS_READ_ONLY: SearchForm = { source: 1, fixed: 'position', store: 'never' };
const RADIUS_BY_MEMBER: SearchForm = { source: 1, fixed: 'member', store: 'option' };
const RADIUS_BY_MEMBER_READ_ONLY: SearchForm = { source: 1, fixed: 'member', store: 'never' };
const SEARCH: SearchForm = { source: 1, fixed: 'nothing', store: 'never' };
const SEARCH_STORE: SearchForm = { source: 2, fixed: 'nothing', store: 'always' };

function search(context: CommandContext, form: SearchForm): void {
  const { reply } = context;
  const entry = context.readable(form.source, TYPE_SORTED_SET);
  if (entry < 0) return;
  const request = new SearchRequest(context, form, entry);
  if (context.refused()) return;
  const matches = entry === 0 ? [] : find(context, request, entry);
  if (request.destination !== 0) store(context, request, matches, form);
  else if (matches.length === 0) reply.emptyArray();
  else replyMatches(context, request, matches);
}

function find(context: CommandContext, request: SearchRequest, entry: number): GeoMatch[] {
  const { shape, order, count } = request;
  const limit = request.any ? count : 0;
  const matches = searchShape(context.values.sortedSets, entry, shape, limit);
  const compare = (a: GeoMatch, b: GeoMatch): number => order * (a.distance - b.distance);
  const isCut = count > 0 && matches.length > count;
  if (order !== ORDER_NONE) {
    if (isCut) sortFirst(matches, count, compare);
    else matches.sort(compare);
  }
  if (isCut) matches.length = count;
  return matches;
}

function replyMatches(
  { reply }: CommandContext,
  request: SearchRequest,
  matches: readonly GeoMatch[],
): void {
  const { extras, shape } = request;
  reply.array(matches.length);
  for (const { member, distance, score, longitude, latitude } of matches) {
    if (extras > 0) reply.array(extras + 1);
    reply.bulk(member, 0, member.length);
    if (request.withDistance) replyDistance(reply, distance / shape.unit);
    if (request.withHash) replyScore(reply, score);
    if (request.withPosition) replyPosition(reply, longitude, latitude);
  }
}

/** Puts what was found under the destination's key, and replies how many there are. */
function store(
  context: CommandContext,
  request: SearchRequest,
  matches: readonly GeoMatch[],
  form: SearchForm,
): void {
  const { args, database, keyspace, reply } = context;
  const { sortedSets } = context.values;
  const { destination, shape } = request;
  const old = context.lookupWrite(destination);
  if (matches.length === 0) {
    if (old !== 0) {
      context.remove(destination, old);
      context.modified(destination, NOTIFY_GENERIC, 'del');
    }
    reply.integer(0);
    return;
  }
  const start = args.start(destination);
  // Collected as a large set, so that a small one is made in one go at the end.
  const created = sortedSets.create(args.bytes, start, args.end(destination), Infinity);
  try {
    for (const { member, distance, score } of matches) {
      const stored = request.storesDistance ? distance / shape.unit : score;
      sortedSets.add(created, stored, member, 0, member.length, 0);
    }
    sortedSets.compact(created);
    if (old === 0) database.add(created, args.hash(destination));
    else database.replace(old, created, args.hash(destination), false);
  } catch (error) {
    keyspace.freeEntry(created);
    throw error;
  }
  const event = form.store === 'always' ? 'geosearchstore' : 'georadiusstore';
  context.modified(destination, NOTIFY_SORTED_SET, event);
  keyspace.dirty += matches.length - 1;
  reply.integer(matches.length);
}

/** A score as a machine integer: one that no GEOADD made may be a fraction, or out of its range. */
function replyScore(reply: CommandContext['reply'], score: number): void {
  const whole = Math.trunc(score);
  if (Number.isSafeInteger(whole)) reply.integer(whole === 0 ? 0 : whole);
  else if (whole >= -(2 ** 63) && whole < 2 ** 63) reply.bigInteger(BigInt(whole));
  else reply.bigInteger(-(2n ** 63n));
}

export const georadius = command({
  name: 'GEORADIUS',
  group: 'geo',
  since: '3.2.0',
  summary: 'Finds or stores the members within a distance of a point.',
  complexity: 'O(N+log(M)), N: members in the box around the circle, M: members in the set',
  arity: -6,
  flags: 'write denyoom',
  categories: 'geo',
  keys: 'RO access 1; OW update STORE@6; OW update STOREDIST@6',
  arguments:
    'key@0 longitude:double latitude:double radius:double (unit: M | KM | FT | MI) ' +
    '[WITHCOORD] [WITHDIST] [WITHHASH] [count: COUNT count:integer [ANY since 6.2.0]] ' +
    '[order: ASC | DESC] [STORE key@1] [STOREDIST key@2]',
  history: [
    '6.2.0: `ANY` lets `COUNT` stop at the first ones found.',
    '7.0.0: Units may be written in capitals.',
  ],
  deprecated: '6.2.0',
  replacedBy: '`GEOSEARCH` or `GEOSEARCHSTORE`, both with `BYRADIUS`',
  handler: (context) => search(context, RADIUS),
});

export const georadiusRo = command({
  name: 'GEORADIUS_RO',
  group: 'geo',
  since: '3.2.10',
  summary: 'Finds the members within a distance of a point and never stores them.',
  complexity: 'O(N+log(M)), N: members in the box around the circle, M: members in the set',
  arity: -6,
  flags: 'readonly',
  categories: 'geo',
  keys: 'RO access 1',
  arguments:
    'key@0 longitude:double latitude:double radius:double (unit: M | KM | FT | MI) ' +
    '[WITHCOORD] [WITHDIST] [WITHHASH] [count: COUNT count:integer [ANY since 6.2.0]] ' +
    '[order: ASC | DESC]',
  history: ['6.2.0: `ANY` lets `COUNT` stop at the first ones found.'],
  deprecated: '6.2.0',
  replacedBy: '`GEOSEARCH` with `BYRADIUS`',
  handler: (context) => search(context, RADIUS_READ_ONLY),
});

export const georadiusbymember = command({
  name: 'GEORADIUSBYMEMBER',
  group: 'geo',
  since: '3.2.0',
  summary: 'Finds or stores the members within a distance of another member.',
  complexity: 'O(N+log(M)), N: members in the box around the circle, M: members in the set',
  arity: -5,
  flags: 'write denyoom',
  categories: 'geo',
  keys: 'RO access 1; OW update STORE@5; OW update STOREDIST@5',
  arguments:
    'key@0 member:string radius:double (unit: M | KM | FT | MI) [WITHCOORD] [WITHDIST] ' +
    '[WITHHASH] [count: COUNT count:integer [ANY]] [order: ASC | DESC] [STORE key@1] ' +
    '[STOREDIST key@2]',
  history: ['7.0.0: Units may be written in capitals.'],
  deprecated: '6.2.0',
  replacedBy: '`GEOSEARCH` or `GEOSEARCHSTORE`, both with `BYRADIUS` and `FROMMEMBER`',
  handler: (context) => search(context, RADIUS_BY_MEMBER),
});

export const georadiusbymemberRo = command({
  name: 'GEORADIUSBYMEMBER_RO',
  group: 'geo',
  since: '3.2.10',
  summary: 'Finds the members within a distance of another member and never stores them.',
  complexity: 'O(N+log(M)), N: members in the box around the circle, M: members in the set',
  arity: -5,
  flags: 'readonly',
  categories: 'geo',
  keys: 'RO access 1',
  arguments:
    'key@0 member:string radius:double (unit: M | KM | FT | MI) [WITHCOORD] [WITHDIST] ' +
    '[WITHHASH] [count: COUNT count:integer [ANY]] [order: ASC | DESC]',
  deprecated: '6.2.0',
  replacedBy: '`GEOSEARCH` with `BYRADIUS` and `FROMMEMBER`',
  handler: (context) => search(context, RADIUS_BY_MEMBER_READ_ONLY),
});

export const geosearch = command({
  name: 'GEOSEARCH',
  group: 'geo',
  since: '6.2.0',
  summary: 'Finds the members inside a circle or a box.',
  complexity: 'O(N+log(M)), N: members in the grid cells around the shape, M: members in the shape',
  arity: -7,
  flags: 'readonly',
  categories: 'geo',
  keys: 'RO access 1',
  arguments:
    'key@0 (from: FROMMEMBER member:string | FROMLONLAT (longitude_latitude: ' +
    'longitude:double latitude:double)) (by: (circle: BYRADIUS radius:double (unit: M | ' +
    'KM | FT | MI)) | (box: BYBOX width:double height:double (unit: M | KM | FT | MI))) ' +
    '[order: ASC | DESC] [count: COUNT count:integer [ANY]] [WITHCOORD] [WITHDIST] ' +
    '[WITHHASH]',
  history: ['7.0.0: Units may be written in capitals.'],
  handler: (context) => search(context, SEARCH),
});

export const geosearchstore = command({
  name: 'GEOSEARCHSTORE',
  group: 'geo',
  since: '6.2.0',
  summary: 'Stores the members inside a circle or a box under another key.',
  complexity: 'O(N+log(M)), N: members in the grid cells around the shape, M: members in the shape',
  arity: -8,
  flags: 'write denyoom',
  categories: 'geo',
  keys: 'OW update 1; RO access 2',
  arguments:
    'destination@0 source@1 (from: FROMMEMBER member:string | FROMLONLAT ' +
    '(longitude_latitude: longitude:double latitude:double)) (by: (circle: BYRADIUS ' +
    'radius:double (unit: M | KM | FT | MI)) | (box: BYBOX width:double height:double ' +
    '(unit: M | KM | FT | MI))) [order: ASC | DESC] [count: COUNT count:integer [ANY]] ' +
    '[STOREDIST]',
  history: ['7.0.0: Units may be written in capitals.'],
  handler: (context) => search(context, SEARCH_STORE),
});
