/**
 * How invalidations reach clients: as RESP3 pushes, to the client that tracks or to another one it
 * chose; over RESP2 as messages of a channel, to another client that is subscribed to something.
 */
import { fromLatin1 } from '../bytes/text.ts';
import type { ClientDirectory } from '../command/ports.ts';
import { SESSION_CLOSING, SESSION_SUBSCRIBED, type Session } from '../command/session.ts';
import { TRACK_BROKEN } from '../command/tracking.ts';
import type { ReplyWriter } from '../resp/reply-writer.ts';

const MESSAGE = fromLatin1('message');
const CHANNEL = fromLatin1('__redis__:invalidate');
const INVALIDATE = fromLatin1('invalidate');
const NULL_2 = fromLatin1('$-1\r\n');
const NULL_3 = fromLatin1('_\r\n');

export class Invalidations {
  readonly #clients: ClientDirectory;

  constructor(clients: ClientDirectory) {
    this.#clients = clients;
  }

  /** Tells sessions that track of one key. O(sessions). */
  sendKey(sessions: Iterable<Session>, bytes: Uint8Array, start: number, end: number): void {
    this.#send(sessions, (aside) => {
      aside.array(1);
      aside.bulk(bytes, start, end);
    });
  }

  /** Tells them of several keys (byte strings). */
  sendKeys(sessions: Iterable<Session>, keys: readonly string[]): void {
    this.#send(sessions, (aside) => {
      aside.array(keys.length);
      for (const key of keys) aside.bulkText(key);
    });
  }

  /** Tells a session that no key is as it was. */
  sendNull(session: Session): void {
    // As in the real server, null is written as the tracking client speaks, whoever receives it.
    const nothing = session.protocol === 3 ? NULL_3 : NULL_2;
    this.#send([session], (aside) => aside.raw(nothing, 0, nothing.length));
  }

  #send(sessions: Iterable<Session>, writeKeys: (aside: ReplyWriter) => void): void {
    const receivers: Session[] = [];
    for (const session of sessions) {
      const receiver = this.#receiverOf(session);
      if (receiver !== undefined) receivers.push(receiver);
    }
    if (receivers.length === 0) return;
    this.#clients.sendToAll(receivers, (aside) => {
      writeHeader(aside);
      writeKeys(aside);
    });
  }

  /**
   * Who gets the invalidations of a session at present. Undefined: nobody; if that is because the
   * client it redirects to is gone, the session is told.
   */
  #receiverOf(session: Session): Session | undefined {
    const { redirectTo } = session;
    if (redirectTo === 0) return session.protocol === 3 ? session : undefined;
    const receiver = this.#clients.byId(redirectTo);
    if (receiver !== undefined && !receiver.has(SESSION_CLOSING))
      return receiver.protocol === 3 || receiver.has(SESSION_SUBSCRIBED) ? receiver : undefined;
    session.trackingModes |= TRACK_BROKEN;
    if (session.protocol === 3)
      this.#clients.sendTo(session, (aside) => {
        aside.push(2);
        aside.bulkText('tracking-redir-broken');
        aside.integer(redirectTo);
      });
    return undefined;
  }
}

/** Begins an invalidation; the keys follow. */
function writeHeader(aside: ReplyWriter): void {
  if (aside.protocol === 3) {
    aside.push(2);
    aside.bulk(INVALIDATE, 0, INVALIDATE.length);
    return;
  }
  aside.array(3);
  aside.bulk(MESSAGE, 0, MESSAGE.length);
  aside.bulk(CHANNEL, 0, CHANNEL.length);
}
