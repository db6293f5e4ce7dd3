import type { SessionEvents } from './ports.ts';
import type { Session } from './session.ts';

/** The parts of the server that keep something about sessions, and forget it here. */
export class SessionHooks implements SessionEvents {
  readonly #listeners: ((session: Session) => void)[] = [];

  onReset(listener: (session: Session) => void): void {
    this.#listeners.push(listener);
  }

  reset(session: Session): void {
    for (const listener of this.#listeners) listener(session);
  }
}
