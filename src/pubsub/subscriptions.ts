/**
 * Who is subscribed to what, by one kind of name: channels, patterns or sharded channels. Subscribers
 * of a name, and names of a session, stand in the order in which they were subscribed.
 *
 * Names are byte strings. Everything is O(1) but for what visits all.
 */
import { fromLatin1 } from '../bytes/text.ts';
import type { Session } from '../command/session.ts';

/** A name that somebody is subscribed to. */
export interface Subject {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sessions: Set<Session>;
}

/** What a subscription takes besides its name: its places in two sets. */
const SUBSCRIPTION_BYTES = 200;
const NO_NAMES: readonly string[] = [];

export class Subscriptions {
  readonly #subjects = new Map<string, Subject>();
  readonly #names = new Map<Session, Set<string>>();

  /** Number of different names. */
  get size(): number {
    return this.#subjects.size;
  }

  /** All names with their subscribers. */
  all(): Iterable<Subject> {
    return this.#subjects.values();
  }

  find(name: string): Subject | undefined {
    return this.#subjects.get(name);
  }

  /** Number of names this session is subscribed to. */
  countOf(session: Session): number {
    return this.#names.get(session)?.size ?? 0;
  }

  /** A copy of the names this session is subscribed to. */
  namesOf(session: Session): readonly string[] {
    const names = this.#names.get(session);
    return names === undefined ? NO_NAMES : [...names];
  }

  add(session: Session, name: string): void {
    const names = this.#names.get(session);
    if (names === undefined) this.#names.set(session, new Set([name]));
    else if (names.has(name)) return;
    else names.add(name);
    session.registeredBytes += SUBSCRIPTION_BYTES + name.length;
    const subject = this.#subjects.get(name);
    if (subject !== undefined) subject.sessions.add(session);
    else this.#subjects.set(name, { name, bytes: fromLatin1(name), sessions: new Set([session]) });
  }

  remove(session: Session, name: string): void {
    const names = this.#names.get(session);
    if (names === undefined || !names.delete(name)) return;
    session.registeredBytes -= SUBSCRIPTION_BYTES + name.length;
    if (names.size === 0) this.#names.delete(session);
    const subject = this.#subjects.get(name)!;
    subject.sessions.delete(session);
    if (subject.sessions.size === 0) this.#subjects.delete(name);
  }

  /** Forgets a session. O(its names). */
  removeAll(session: Session): void {
    for (const name of this.namesOf(session)) this.remove(session, name);
  }
}
