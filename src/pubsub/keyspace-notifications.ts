/**
 * Keyspace notifications: tells subscribers what happens to keys, on two channels for each event,
 *
 *     __keyspace@<database>__:<key>     with the event as message
 *     __keyevent@<database>__:<event>   with the key as message
 *
 * as `notify-keyspace-events` chooses. While that chooses nothing, the keyspace does not call here.
 */
import { copyBytes, fromLatin1 } from '../bytes/text.ts';
import type { Config } from '../config/config.ts';
import { NOTIFY_KEYEVENT, NOTIFY_KEYSPACE } from '../config/notify-classes.ts';
import type { Database } from '../keyspace/database.ts';
import { type KeyspaceListener, LISTEN_NOTIFY } from '../keyspace/events.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { PubSub } from './pubsub.ts';

const CHANNELS = NOTIFY_KEYSPACE | NOTIFY_KEYEVENT;

export class KeyspaceNotifications implements KeyspaceListener {
  readonly #keyspace: Keyspace;
  readonly #pubsub: PubSub;
  readonly #config: Config;
  /** NOTIFY_* bits. */
  #classes = 0;
  /** The names of events and the beginnings of channels, as bytes, as they were first needed. */
  readonly #bytes = new Map<string, Uint8Array>();
  #channel = new Uint8Array(256);

  constructor(keyspace: Keyspace, pubsub: PubSub, config: Config) {
    this.#keyspace = keyspace;
    this.#pubsub = pubsub;
    this.#config = config;
    keyspace.events.add(this, 0);
    config.onApply(['notify-keyspace-events'], () => this.follow());
  }

  /** Takes the setting over. */
  follow(): void {
    this.#classes = this.#config.notifyKeyspaceEvents;
    const isOn = (this.#classes & CHANNELS) !== 0 && (this.#classes & ~CHANNELS) !== 0;
    this.#keyspace.events.setWants(this, isOn ? LISTEN_NOTIFY : 0);
  }

  notify(
    database: Database,
    kind: number,
    event: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const classes = this.#classes;
    const pubsub = this.#pubsub;
    if ((classes & kind) === 0 || pubsub.isSilent) return;
    const name = this.#bytesOf(event);
    if ((classes & NOTIFY_KEYSPACE) !== 0) {
      const size = this.#compose(`__keyspace@${database.index}__:`, bytes, start, end);
      pubsub.publish(this.#channel, 0, size, name, 0, name.length);
    }
    if ((classes & NOTIFY_KEYEVENT) !== 0) {
      const size = this.#compose(`__keyevent@${database.index}__:`, name, 0, name.length);
      pubsub.publish(this.#channel, 0, size, bytes, start, end);
    }
  }

  /** Writes a channel's name; returns its length. */
  #compose(beginning: string, bytes: Uint8Array, start: number, end: number): number {
    const head = this.#bytesOf(beginning);
    const size = head.length + end - start;
    if (size > this.#channel.length) this.#channel = new Uint8Array(size * 2);
    const at = copyBytes(this.#channel, 0, head, 0, head.length);
    return copyBytes(this.#channel, at, bytes, start, end);
  }

  #bytesOf(text: string): Uint8Array {
    let bytes = this.#bytes.get(text);
    if (bytes === undefined) {
      bytes = fromLatin1(text);
      this.#bytes.set(text, bytes);
    }
    return bytes;
  }
}
