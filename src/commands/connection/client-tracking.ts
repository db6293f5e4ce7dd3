/** CLIENT TRACKING, CACHING, GETREDIR and TRACKINGINFO: client-side caching, as clients ask for it. */
import type { CommandContext } from '../../command/context.ts';
import { SESSION_CACHING, SESSION_TRACKING } from '../../command/session.ts';
import { command } from '../../command/spec.ts';
import {
  TRACK_BROADCAST,
  TRACK_BROKEN,
  TRACK_NO_LOOP,
  TRACK_OPT_IN,
  TRACK_OPT_OUT,
} from '../../command/tracking.ts';
import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../../resp/errors.ts';

const ONE_REDIRECTION = 'ERR A client can only redirect to a single other client';
const NO_SUCH_CLIENT = 'ERR The client ID you want redirect to does not exist';
const PREFIX_NEEDS_BROADCAST = 'ERR PREFIX option requires BCAST mode to be enabled';
const BROADCAST_SWITCHED =
  "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then " +
  're-enabling it with a different mode.';
const OPT_WITH_BROADCAST = 'ERR OPTIN and OPTOUT are not compatible with BCAST';
const BOTH_OPTS = "ERR You can't specify both OPTIN mode and OPTOUT mode";
const OPT_SWITCHED =
  "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then " +
  're-enabling it with a different mode.';
const CACHING_WITHOUT_TRACKING =
  'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or ' +
  'OPTOUT mode enabled';
const YES_WITHOUT_OPT_IN =
  'ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.';
const NO_WITHOUT_OPT_OUT =
  'ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.';

const MODES: ReadonlyMap<string, number> = new Map([
  ['bcast', TRACK_BROADCAST],
  ['optin', TRACK_OPT_IN],
  ['optout', TRACK_OPT_OUT],
  ['noloop', TRACK_NO_LOOP],
]);

/** What CLIENT TRACKING asks for. */
interface Options {
  modes: number;
  redirectTo: number;
  readonly prefixes: string[];
}

/** Reads the options; a string is what is wrong with them. */
function readOptions(context: CommandContext): Options | string {
  const { args } = context;
  const options: Options = { modes: 0, redirectTo: 0, prefixes: [] };
  for (let at = 3; at < args.count; at++) {
    const isMore = at + 1 < args.count;
    const mode = MODES.get(args.text(at).toLowerCase());
    if (mode !== undefined) options.modes |= mode;
    else if (isMore && args.is(at, 'prefix')) options.prefixes.push(args.text(++at));
    else if (isMore && args.is(at, 'redirect')) {
      const problem = readRedirection(context, ++at, options);
      if (problem !== undefined) return problem;
    } else return SYNTAX_ERROR;
  }
  return options;
}

function readRedirection(
  { args, server }: CommandContext,
  at: number,
  options: Options,
): string | undefined {
  if (options.redirectTo !== 0) return ONE_REDIRECTION;
  options.redirectTo = args.integer(at);
  if (args.failure !== undefined) return NOT_AN_INTEGER;
  // It may go later; the client is told when that matters.
  return server.clients.byId(options.redirectTo) === undefined ? NO_SUCH_CLIENT : undefined;
}

/** Why these options cannot be, together or after the ones the client has. */
function conflict(context: CommandContext, { modes, prefixes }: Options): string | undefined {
  const { server, session } = context;
  const present = session.trackingModes;
  const isBroadcast = (modes & TRACK_BROADCAST) !== 0;
  if (!isBroadcast && prefixes.length > 0) return PREFIX_NEEDS_BROADCAST;
  if (session.has(SESSION_TRACKING) && ((modes ^ present) & TRACK_BROADCAST) !== 0)
    return BROADCAST_SWITCHED;
  if (isBroadcast && (modes & (TRACK_OPT_IN | TRACK_OPT_OUT)) !== 0) return OPT_WITH_BROADCAST;
  if ((modes & TRACK_OPT_IN) !== 0 && (modes & TRACK_OPT_OUT) !== 0) return BOTH_OPTS;
  const isSwitched =
    ((modes & TRACK_OPT_IN) !== 0 && (present & TRACK_OPT_OUT) !== 0) ||
    ((modes & TRACK_OPT_OUT) !== 0 && (present & TRACK_OPT_IN) !== 0);
  if (isSwitched) return OPT_SWITCHED;
  return isBroadcast ? overlap(prefixes, server.tracking.prefixesOf(session)) : undefined;
}

/** Prefixes of one client must not begin with one another: a change would be told twice. */
function overlap(prefixes: readonly string[], existing: readonly string[]): string | undefined {
  for (const [index, prefix] of prefixes.entries()) {
    const old = existing.find((other) => isOverlap(prefix, other));
    if (old !== undefined) return overlapError(prefix, `an existing prefix '${old}'`);
    const other = prefixes.slice(index + 1).find((later) => isOverlap(prefix, later));
    if (other !== undefined) return overlapError(prefix, `another provided prefix '${other}'`);
  }
  return undefined;
}

function isOverlap(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

function overlapError(prefix: string, other: string): string {
  return (
    `ERR Prefix '${prefix}' overlaps with ${other}. ` +
    'Prefixes for a single client must not overlap.'
  );
}

export const clientTracking = command({
  container: 'CLIENT',
  name: 'TRACKING',
  group: 'connection',
  since: '6.0.0',
  summary: 'Turns invalidation messages for client-side caches on or off.',
  complexity: 'O(1); some options cost more',
  arity: -3,
  flags: 'noscript loading stale sentinel',
  categories: 'connection',
  arguments:
    '(status: ON | OFF) [REDIRECT client-id:integer] [PREFIX... prefix:string] [BCAST] ' +
    '[OPTIN] [OPTOUT] [NOLOOP]',
  handler: (context) => {
    const { args, reply, server, session } = context;
    const options = readOptions(context);
    if (typeof options === 'string') {
      reply.error(options);
      return;
    }
    if (args.is(2, 'on')) {
      const problem = conflict(context, options);
      if (problem !== undefined) {
        reply.error(problem);
        return;
      }
      server.tracking.start(session, options.modes, options.redirectTo, options.prefixes);
    } else if (args.is(2, 'off')) server.tracking.stop(session);
    else {
      reply.error(SYNTAX_ERROR);
      return;
    }
    reply.ok();
  },
});

export const clientCaching = command({
  container: 'CLIENT',
  name: 'CACHING',
  group: 'connection',
  since: '6.0.0',
  summary: 'Says whether the keys of the next command are to be tracked.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'noscript loading stale sentinel',
  categories: 'connection',
  arguments: '(mode: YES | NO)',
  handler: ({ args, reply, session }) => {
    const isYes = args.is(2, 'yes');
    if (!session.has(SESSION_TRACKING)) reply.error(CACHING_WITHOUT_TRACKING);
    else if (!isYes && !args.is(2, 'no')) reply.error(SYNTAX_ERROR);
    else if ((session.trackingModes & (isYes ? TRACK_OPT_IN : TRACK_OPT_OUT)) === 0)
      reply.error(isYes ? YES_WITHOUT_OPT_IN : NO_WITHOUT_OPT_OUT);
    else {
      session.set(SESSION_CACHING);
      reply.ok();
    }
  },
});

export const clientGetredir = command({
  container: 'CLIENT',
  name: 'GETREDIR',
  group: 'connection',
  since: '6.0.0',
  summary: 'Tells which client receives the invalidations of this one.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'noscript loading stale sentinel',
  categories: 'connection',
  handler: ({ reply, session }) => reply.integer(session.redirection),
});

export const clientTrackinginfo = command({
  container: 'CLIENT',
  name: 'TRACKINGINFO',
  group: 'connection',
  since: '6.2.0',
  summary: 'Tells how this connection is tracked.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'noscript loading stale sentinel',
  categories: 'connection',
  handler: (context) => {
    const { reply, server, session } = context;
    const flags = trackingFlags(context);
    const prefixes = server.tracking.prefixesOf(session);
    reply.map(3);
    reply.bulkText('flags');
    reply.set(flags.length);
    for (const flag of flags) reply.bulkText(flag);
    reply.bulkText('redirect');
    reply.integer(session.redirection);
    reply.bulkText('prefixes');
    reply.array(prefixes.length);
    for (const prefix of prefixes) reply.bulkText(prefix);
  },
});

function trackingFlags({ session }: CommandContext): readonly string[] {
  const modes = session.trackingModes;
  const isCachingSaid = session.has(SESSION_CACHING);
  const all: readonly (readonly [flag: string, isSet: boolean])[] = [
    ['off', !session.has(SESSION_TRACKING)],
    ['on', session.has(SESSION_TRACKING)],
    ['bcast', (modes & TRACK_BROADCAST) !== 0],
    ['optin', (modes & TRACK_OPT_IN) !== 0],
    ['caching-yes', (modes & TRACK_OPT_IN) !== 0 && isCachingSaid],
    ['optout', (modes & TRACK_OPT_OUT) !== 0],
    ['caching-no', (modes & TRACK_OPT_OUT) !== 0 && isCachingSaid],
    ['noloop', (modes & TRACK_NO_LOOP) !== 0],
    ['broken_redirect', (modes & TRACK_BROKEN) !== 0],
  ];
  return all.filter(([, isSet]) => isSet).map(([flag]) => flag);
}
