/**
 * A user: how it logs in, and what it may do. The first selector is the user's own; the others come
 * in parentheses in its rules. Sessions hold on to the user, whose rules change in place.
 */
import { ALLOWED, DENIED_COMMAND, type SessionUser, type Verdict } from '../command/access.ts';
import type { RequestView } from '../command/key-extraction.ts';
import type { Command } from '../command/spec.ts';
import type { CommandCatalog } from './command-catalog.ts';
import { Selector } from './selector.ts';

export class User implements SessionUser {
  readonly name: string;
  /** Whether it may log in. */
  isOn = false;
  /** Any password will do. */
  needsNoPassword = false;
  /** As the rules said it; undefined: they did not. */
  sanitizesPayloads: boolean | undefined = undefined;
  /** SHA-256 in hexadecimal, oldest first. */
  passwords: string[] = [];
  /** At least one. */
  selectors: Selector[];
  deniedArgument = 0;

  /** A user that may do nothing, but for channels when `allChannels` is set. */
  constructor(name: string, catalog: CommandCatalog, allChannels: boolean) {
    this.name = name;
    this.selectors = [new Selector(catalog, allChannels)];
  }

  /** The selector that plain rules change. */
  get own(): Selector {
    return this.selectors[0];
  }

  /** Whether it may do everything, so that nobody needs to ask. */
  get isUnlimited(): boolean {
    return this.selectors.some((selector) => selector.isUnlimited);
  }

  /** Takes over everything but the name. */
  copyFrom(other: User): void {
    this.isOn = other.isOn;
    this.needsNoPassword = other.needsNoPassword;
    this.sanitizesPayloads = other.sanitizesPayloads;
    this.passwords = [...other.passwords];
    this.selectors = other.selectors.map((selector) => selector.copy());
  }

  check(command: Command, request: RequestView): Verdict {
    const { selectors } = this;
    let worst: Verdict = DENIED_COMMAND;
    this.deniedArgument = 0;
    for (let i = 0; i < selectors.length; i++) {
      const selector = selectors[i];
      const verdict = selector.check(command, request);
      if (verdict === ALLOWED) return ALLOWED;
      // The selector that came furthest tells best what is missing.
      if (verdict === DENIED_COMMAND || verdict < worst) continue;
      if (verdict === worst && selector.deniedArgument <= this.deniedArgument) continue;
      worst = verdict;
      this.deniedArgument = selector.deniedArgument;
    }
    return worst;
  }

  mayReadAnyKey(command: Command, request: RequestView): boolean {
    return this.selectors.some((selector) => selector.mayReadAnyKey(command, request));
  }

  /** Whether one of these passwords (SHA-256) lets it in, and it may log in at all. */
  accepts(hash: string): boolean {
    let found = false;
    for (const password of this.passwords) if (isSameHash(password, hash)) found = true;
    return this.isOn && (found || this.needsNoPassword);
  }
}

/** Takes the same time however far two hashes agree. */
function isSameHash(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % b.length);
  return difference === 0;
}
