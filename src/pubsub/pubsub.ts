/**
 * Publish and subscribe: passes messages on to the sessions that asked for them. Keeps nothing: who
 * is not subscribed at the moment of a message does not get it.
 *
 * A message is written once for each protocol among its receivers, who share those bytes
 * (`ClientDirectory.sendToAll`). O(receivers + patterns).
 */
import { matchesGlob } from '../bytes/glob.ts';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import type {
  ClientDirectory,
  PubSubPort,
  SessionEvents,
  SubscriptionNames,
} from '../command/ports.ts';
import { SESSION_SUBSCRIBED, type Session } from '../command/session.ts';
import { Subscriptions } from './subscriptions.ts';

const MESSAGE = fromLatin1('message');
const PATTERN_MESSAGE = fromLatin1('pmessage');
const SHARD_MESSAGE = fromLatin1('smessage');

export class PubSub implements PubSubPort {
  readonly channels = new Subscriptions();
  readonly patterns = new Subscriptions();
  readonly shardChannels = new Subscriptions();
  readonly #clients: ClientDirectory;

  constructor(clients: ClientDirectory, sessions: SessionEvents) {
    this.#clients = clients;
    sessions.onReset((session) => this.#forget(session));
  }

  /** Whether nobody listens to channels that are not sharded. */
  get isSilent(): boolean {
    return this.channels.size === 0 && this.patterns.size === 0;
  }

  subscribe(session: Session, subscriptions: SubscriptionNames, name: string): void {
    (subscriptions as Subscriptions).add(session, name);
    this.#count(session);
  }

  unsubscribe(session: Session, subscriptions: SubscriptionNames, name: string): void {
    (subscriptions as Subscriptions).remove(session, name);
    this.#count(session);
  }

  publish(
    channel: Uint8Array,
    channelStart: number,
    channelEnd: number,
    message: Uint8Array,
    start: number,
    end: number,
  ): number {
    if (this.isSilent) return 0;
    let receivers = 0;
    const subject =
      this.channels.size === 0
        ? undefined
        : this.channels.find(latin1(channel, channelStart, channelEnd));
    if (subject !== undefined) {
      receivers += subject.sessions.size;
      this.#clients.sendToAll(subject.sessions, (aside) => {
        aside.push(3);
        aside.bulk(MESSAGE, 0, MESSAGE.length);
        aside.bulk(channel, channelStart, channelEnd);
        aside.bulk(message, start, end);
      });
    }
    if (this.patterns.size === 0) return receivers;
    for (const { bytes, sessions } of this.patterns.all()) {
      if (!matchesGlob(bytes, 0, bytes.length, channel, channelStart, channelEnd)) continue;
      receivers += sessions.size;
      this.#clients.sendToAll(sessions, (aside) => {
        aside.push(4);
        aside.bulk(PATTERN_MESSAGE, 0, PATTERN_MESSAGE.length);
        aside.bulk(bytes, 0, bytes.length);
        aside.bulk(channel, channelStart, channelEnd);
        aside.bulk(message, start, end);
      });
    }
    return receivers;
  }

  publishSharded(
    channel: Uint8Array,
    channelStart: number,
    channelEnd: number,
    message: Uint8Array,
    start: number,
    end: number,
  ): number {
    if (this.shardChannels.size === 0) return 0;
    const subject = this.shardChannels.find(latin1(channel, channelStart, channelEnd));
    if (subject === undefined) return 0;
    this.#clients.sendToAll(subject.sessions, (aside) => {
      aside.push(3);
      aside.bulk(SHARD_MESSAGE, 0, SHARD_MESSAGE.length);
      aside.bulk(channel, channelStart, channelEnd);
      aside.bulk(message, start, end);
    });
    return subject.sessions.size;
  }

  #forget(session: Session): void {
    if (!session.has(SESSION_SUBSCRIBED)) return;
    for (const one of [this.channels, this.patterns, this.shardChannels]) one.removeAll(session);
    this.#count(session);
  }

  #count(session: Session): void {
    session.channelCount = this.channels.countOf(session);
    session.patternCount = this.patterns.countOf(session);
    session.shardChannelCount = this.shardChannels.countOf(session);
    const total = session.channelCount + session.patternCount + session.shardChannelCount;
    if (total > 0) session.set(SESSION_SUBSCRIBED);
    else session.clear(SESSION_SUBSCRIBED);
  }
}
