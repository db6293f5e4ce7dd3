/** A client as CLIENT LIST describes it, and the groups CLIENT LIST and CLIENT KILL know. */
import type { Arguments } from './arguments.ts';
import {
  SESSION_BLOCKED,
  SESSION_CLOSING,
  SESSION_MONITOR,
  SESSION_MULTI,
  SESSION_NO_TOUCH,
  SESSION_PRIMARY,
  SESSION_REPLICA,
  SESSION_SUBSCRIBED,
  SESSION_TRACKING,
  SESSION_WATCH_BROKEN,
  type Session,
} from './session.ts';
import { TRACK_BROADCAST, TRACK_BROKEN } from './tracking.ts';

/**
 * What a connection takes besides its buffers: session, socket and stream objects. The mean of
 * 10,000 idle connections, with Node 20 (test/interop/connections.test.ts holds it to the truth).
 */
export const CLIENT_BYTES = 7000;

export type ClientType = 'normal' | 'master' | 'replica' | 'pubsub';

const TYPES: ReadonlyMap<string, ClientType> = new Map([
  ['normal', 'normal'],
  ['master', 'master'],
  ['slave', 'replica'],
  ['replica', 'replica'],
  ['pubsub', 'pubsub'],
]);

/** The group a word names, in any case; undefined for another word. */
export function clientTypeNamed(word: string): ClientType | undefined {
  return TYPES.get(word.toLowerCase());
}

export function clientType(session: Session): ClientType {
  if (session.has(SESSION_PRIMARY)) return 'master';
  // Monitors count as normal clients.
  if (session.has(SESSION_REPLICA) && !session.has(SESSION_MONITOR)) return 'replica';
  return session.has(SESSION_SUBSCRIBED) ? 'pubsub' : 'normal';
}

/** Bytes a client takes, its buffers included. */
export function clientBytes(session: Session): number {
  const { transport } = session;
  const buffers = transport === undefined ? 0 : transport.queryCapacity + transport.outputBytes;
  return CLIENT_BYTES + buffers + session.queuedBytes + session.registeredBytes;
}

/** Letters by bit of a session's state, before and behind those of its tracking modes. */
const FLAGS: readonly (readonly [bit: number, letter: string])[] = [
  [SESSION_MONITOR, 'O'],
  [SESSION_REPLICA, 'S'],
  [SESSION_PRIMARY, 'M'],
  [SESSION_SUBSCRIBED, 'P'],
  [SESSION_MULTI, 'x'],
  [SESSION_BLOCKED, 'b'],
  [SESSION_TRACKING, 't'],
];
const MORE_FLAGS: readonly (readonly [bit: number, letter: string])[] = [
  [SESSION_WATCH_BROKEN, 'd'],
  [SESSION_CLOSING, 'c'],
];

function flagsOf(session: Session): string {
  let flags = '';
  for (const [bit, letter] of FLAGS) if (session.has(bit)) flags += letter;
  if ((session.trackingModes & TRACK_BROKEN) !== 0) flags += 'R';
  if ((session.trackingModes & TRACK_BROADCAST) !== 0) flags += 'B';
  for (const [bit, letter] of MORE_FLAGS) if (session.has(bit)) flags += letter;
  if (session.transport?.isUnixSocket === true) flags += 'U';
  if (session.noEvict) flags += 'e';
  if (session.has(SESSION_NO_TOUCH)) flags += 'T';
  return flags === '' ? 'N' : flags;
}

/**
 * The fields of CLIENT LIST, without a line break. `now` in milliseconds; `args` are those of the
 * request this client is being served, if it is.
 */
export function clientLine(session: Session, now: number, args?: Arguments): string {
  const { transport } = session;
  const seconds = (since: number): number => Math.max(0, Math.floor((now - since) / 1000));
  const omem = transport?.outputBytes ?? 0;
  const reads = transport?.isReading === true ? 'r' : '';
  const query = transport?.queryBytes ?? 0;
  const multi = session.has(SESSION_MULTI) ? session.queued.length : -1;
  const free = Math.max(0, (transport?.queryCapacity ?? 0) - query);
  // One text, not a list of fields: with 10,000 clients, CLIENT LIST is long enough as it is. Replies
  // are written to a buffer that all clients share, so rbs, rbp and obl are 0.
  return (
    `id=${session.id} addr=${transport?.address ?? ''} laddr=${transport?.localAddress ?? ''} ` +
    `fd=${transport?.descriptor ?? -1} name=${session.name} age=${seconds(session.createdAt)} ` +
    `idle=${seconds(session.lastActiveAt)} flags=${flagsOf(session)} ` +
    `db=${session.database.index} sub=${session.channelCount} psub=${session.patternCount} ` +
    `ssub=${session.shardChannelCount} multi=${multi} qbuf=${query} qbuf-free=${free} ` +
    `argv-mem=${args === undefined ? 0 : bytesOf(args)} multi-mem=${session.queuedBytes} ` +
    `rbs=0 rbp=0 obl=0 oll=${transport?.outputBuffers ?? 0} omem=${omem} ` +
    `tot-mem=${clientBytes(session)} events=${omem > 0 ? `${reads}w` : reads} ` +
    `cmd=${session.lastCommand} user=${session.userName} redir=${session.redirection} ` +
    `resp=${session.protocol}`
  );
}

function bytesOf(args: Arguments): number {
  let bytes = 0;
  for (let i = 0; i < args.count; i++) bytes += args.length(i);
  return bytes;
}
