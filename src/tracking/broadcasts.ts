/**
 * Broadcasting mode: clients that want to know of every change of keys with certain prefixes. What
 * changed in one turn of the event loop is collected by prefix, each key once, and told together.
 *
 * A change costs one look-up for each *length* that prefixes have, however many prefixes there are.
 */
import { latin1 } from '../bytes/text.ts';
import type { Session } from '../command/session.ts';

/** What changed among the keys of a prefix, and who wants to know. */
export interface Subject {
  readonly prefix: string;
  readonly sessions: Set<Session>;
  /** By changed key: who changed it last; undefined: the server itself. */
  readonly changes: Map<string, Session | undefined>;
}

const NO_PREFIXES: ReadonlySet<string> = new Set();

export class Broadcasts {
  readonly #subjects = new Map<string, Subject>();
  readonly #prefixes = new Map<Session, Set<string>>();
  /** How many prefixes have a length. */
  readonly #lengths = new Map<number, number>();
  /** Subjects with changes that were not taken yet. */
  #changed: Subject[] = [];

  /** Number of different prefixes. */
  get size(): number {
    return this.#subjects.size;
  }

  prefixesOf(session: Session): ReadonlySet<string> {
    return this.#prefixes.get(session) ?? NO_PREFIXES;
  }

  subscribe(session: Session, prefix: string): void {
    const own = this.#prefixes.get(session);
    if (own === undefined) this.#prefixes.set(session, new Set([prefix]));
    else own.add(prefix);
    const subject = this.#subjects.get(prefix);
    if (subject !== undefined) {
      subject.sessions.add(session);
      return;
    }
    this.#subjects.set(prefix, { prefix, sessions: new Set([session]), changes: new Map() });
    this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
  }

  unsubscribeAll(session: Session): void {
    for (const prefix of this.prefixesOf(session)) {
      const subject = this.#subjects.get(prefix)!;
      subject.sessions.delete(session);
      if (subject.sessions.size === 0) this.#drop(prefix);
    }
    this.#prefixes.delete(session);
  }

  /** Notes a change of a key, and who made it; returns whether anybody wants to know. */
  note(bytes: Uint8Array, start: number, end: number, by: Session | undefined): boolean {
    const key = latin1(bytes, start, end);
    let isWanted = false;
    for (const length of this.#lengths.keys()) {
      if (length > key.length) continue;
      const subject = this.#subjects.get(length === key.length ? key : key.slice(0, length));
      if (subject === undefined) continue;
      if (subject.changes.size === 0) this.#changed.push(subject);
      subject.changes.set(key, by);
      isWanted = true;
    }
    return isWanted;
  }

  /** The subjects with changes, in the order of their prefixes; the caller clears `changes`. */
  take(): readonly Subject[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed.length < 2
      ? changed
      : changed.toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1));
  }

  #drop(prefix: string): void {
    this.#subjects.delete(prefix);
    this.#changed = this.#changed.filter((subject) => subject.prefix !== prefix);
    const others = this.#lengths.get(prefix.length)! - 1;
    if (others === 0) this.#lengths.delete(prefix.length);
    else this.#lengths.set(prefix.length, others);
  }
}
