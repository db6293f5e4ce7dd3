/**
 * Logging in with `requirepass`: one user, `default`, with one password or none.
 *
 * Comparison takes a time that depends on the candidate's length only, so that it tells nothing
 * about the password.
 */
import type { Authentication, ClientDirectory } from '../command/ports.ts';
import { SESSION_LOCKED, type Session } from '../command/session.ts';
import type { Config } from '../config/config.ts';

const DEFAULT_USER = 'default';

export class PasswordAuthentication implements Authentication {
  readonly #config: Config;

  /** Follows `requirepass`: clients that have not logged in are locked out or let in with it. */
  constructor(config: Config, clients: ClientDirectory) {
    this.#config = config;
    config.onApply(['requirepass'], () => {
      for (const session of clients.all()) if (!session.authenticated) this.#lock(session);
    });
  }

  get isOpen(): boolean {
    return this.#config.requirepass === '';
  }

  logIn(session: Session, user: string, bytes: Uint8Array, start: number, end: number): boolean {
    if (user !== DEFAULT_USER) return false;
    if (!this.isOpen && !spells(bytes, start, end, this.#config.requirepass)) return false;
    session.userName = user;
    session.authenticated = true;
    session.clear(SESSION_LOCKED);
    return true;
  }

  isUser(name: string): boolean {
    return name === DEFAULT_USER;
  }

  reset(session: Session): void {
    session.userName = DEFAULT_USER;
    session.authenticated = this.isOpen;
    this.#lock(session);
  }

  #lock(session: Session): void {
    if (this.isOpen || session.authenticated) session.clear(SESSION_LOCKED);
    else session.set(SESSION_LOCKED);
  }
}

/** Whether the bytes spell this byte string, without saying by its duration how far they do. */
function spells(bytes: Uint8Array, start: number, end: number, secret: string): boolean {
  let difference = (end - start) ^ secret.length;
  for (let i = 0; i < end - start; i++)
    difference |= bytes[start + i] ^ secret.charCodeAt(i % secret.length);
  return difference === 0;
}
