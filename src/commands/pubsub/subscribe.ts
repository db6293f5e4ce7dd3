/** Subscribing to channels, patterns and sharded channels, and ending that. */
import type { CommandContext } from '../../command/context.ts';
import type { PubSubPort, SubscriptionNames } from '../../command/ports.ts';
import {
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  SESSION_REPLY_SKIP_NEXT,
  type Session,
} from '../../command/session.ts';
import { command } from '../../command/spec.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';

/** What the three kinds of subscriptions differ in. */
interface Kind {
  readonly subscribed: string;
  readonly unsubscribed: string;
  readonly of: (pubsub: PubSubPort) => SubscriptionNames;
  /** The number that confirmations tell. */
  readonly count: (session: Session) => number;
}

const countPlain = (session: Session): number => session.channelCount + session.patternCount;

const CHANNELS: Kind = {
  subscribed: 'subscribe',
  unsubscribed: 'unsubscribe',
  of: (pubsub) => pubsub.channels,
  count: countPlain,
};

const PATTERNS: Kind = {
  subscribed: 'psubscribe',
  unsubscribed: 'punsubscribe',
  of: (pubsub) => pubsub.patterns,
  count: countPlain,
};

const SHARD_CHANNELS: Kind = {
  subscribed: 'ssubscribe',
  unsubscribed: 'sunsubscribe',
  of: (pubsub) => pubsub.shardChannels,
  count: (session) => session.shardChannelCount,
};

const MUTED = SESSION_REPLY_OFF | SESSION_REPLY_SKIP | SESSION_REPLY_SKIP_NEXT;

/** Confirmations are messages: they come even where replies are switched off (CLIENT REPLY). */
function confirm(context: CommandContext, kind: string, name: string | undefined, count: number) {
  const { reply, server, session } = context;
  const write = (writer: ReplyWriter): void => {
    writer.push(3);
    writer.bulkText(kind);
    if (name === undefined) writer.null();
    else writer.bulkText(name);
    writer.integer(count);
  };
  if (session.has(MUTED)) server.clients.sendTo(session, write);
  else write(reply);
}

function subscribeTo(context: CommandContext, kind: Kind): void {
  const { args, server, session } = context;
  const { pubsub } = server;
  for (let i = 1; i < args.count; i++) {
    const name = args.text(i);
    pubsub.subscribe(session, kind.of(pubsub), name);
    confirm(context, kind.subscribed, name, kind.count(session));
  }
}

function unsubscribeFrom(context: CommandContext, kind: Kind): void {
  const { args, server, session } = context;
  const { pubsub } = server;
  const subscriptions = kind.of(pubsub);
  const names: string[] = [];
  for (let i = 1; i < args.count; i++) names.push(args.text(i));
  if (args.count === 1) names.push(...subscriptions.namesOf(session));
  for (const name of names) {
    pubsub.unsubscribe(session, subscriptions, name);
    confirm(context, kind.unsubscribed, name, kind.count(session));
  }
  if (names.length === 0) confirm(context, kind.unsubscribed, undefined, kind.count(session));
}

export const subscribe = command({
  name: 'SUBSCRIBE',
  group: 'pubsub',
  since: '2.0.0',
  summary: 'Subscribes to channels.',
  complexity: 'O(N), N: channels given',
  arity: -2,
  flags: 'pubsub noscript loading stale sentinel',
  arguments: 'channel:string...',
  handler: (context) => subscribeTo(context, CHANNELS),
});

export const psubscribe = command({
  name: 'PSUBSCRIBE',
  group: 'pubsub',
  since: '2.0.0',
  summary: 'Subscribes to all channels whose names match glob patterns.',
  complexity: 'O(N), N: patterns given',
  arity: -2,
  flags: 'pubsub noscript loading stale sentinel',
  arguments: '(pattern: pattern:pattern)...',
  handler: (context) => subscribeTo(context, PATTERNS),
});

export const ssubscribe = command({
  name: 'SSUBSCRIBE',
  group: 'pubsub',
  since: '7.0.0',
  summary: 'Subscribes to shard channels.',
  complexity: 'O(N), N: channels given',
  arity: -2,
  flags: 'pubsub noscript loading stale',
  keys: 'not_key 1 to -1',
  arguments: 'shardchannel:string...',
  handler: (context) => subscribeTo(context, SHARD_CHANNELS),
});

export const unsubscribe = command({
  name: 'UNSUBSCRIBE',
  group: 'pubsub',
  since: '2.0.0',
  summary: 'Ends subscriptions to channels, all of them when none is named.',
  complexity: 'O(N), N: subscribers of the channels',
  arity: -1,
  flags: 'pubsub noscript loading stale sentinel',
  arguments: '[channel:string...]',
  handler: (context) => unsubscribeFrom(context, CHANNELS),
});

export const punsubscribe = command({
  name: 'PUNSUBSCRIBE',
  group: 'pubsub',
  since: '2.0.0',
  summary: 'Ends subscriptions to patterns, all of them when none is named.',
  complexity: 'O(N+M), N: patterns of the client, M: patterns of all clients',
  arity: -1,
  flags: 'pubsub noscript loading stale sentinel',
  arguments: '[pattern:pattern...]',
  handler: (context) => unsubscribeFrom(context, PATTERNS),
});

export const sunsubscribe = command({
  name: 'SUNSUBSCRIBE',
  group: 'pubsub',
  since: '7.0.0',
  summary: 'Ends subscriptions to shard channels, all of them when none is named.',
  complexity: 'O(N), N: subscribers of the channels',
  arity: -1,
  flags: 'pubsub noscript loading stale',
  keys: 'not_key 1 to -1',
  arguments: '[shardchannel:string...]',
  handler: (context) => unsubscribeFrom(context, SHARD_CHANNELS),
});
