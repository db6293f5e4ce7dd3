/**
 * Access control as the executor and the commands see it: the user of a session, the users of the
 * server, and the log of what was refused. Texts are byte strings.
 */
import type { RequestView } from './key-extraction.ts';
import type { Session } from './session.ts';
import type { Command } from './spec.ts';

/** What a user may do with a request. Of several refusals the greatest is the one to tell. */
export const ALLOWED = 0;
export const DENIED_COMMAND = 1;
export const DENIED_KEY = 2;
export const DENIED_CHANNEL = 3;
export type Verdict =
  | typeof ALLOWED
  | typeof DENIED_COMMAND
  | typeof DENIED_KEY
  | typeof DENIED_CHANNEL;
export type Denial = Exclude<Verdict, typeof ALLOWED>;

/** Who a session is logged in as. */
export interface SessionUser {
  /** False: its payloads are not checked in depth (skip-sanitize-payload). */
  readonly sanitizesPayloads: boolean | undefined;
  readonly name: string;
  /** It may do everything: nobody needs to ask. */
  readonly isUnlimited: boolean;
  /** The argument that the last `check` refused; of no meaning when it refused the command. */
  readonly deniedArgument: number;
  /** Allocates nothing; linear in the number of keys and patterns, O(1) where neither matters. */
  check(command: Command, request: RequestView): Verdict;
  /** Whether the user may run this, and read whatever keys it reaches without naming them. */
  mayReadAnyKey(command: Command, request: RequestView): boolean;
}

export interface SelectorDescription {
  readonly commands: string;
  readonly keys: string;
  readonly channels: string;
}

/** What ACL GETUSER shows. */
export interface UserDescription extends SelectorDescription {
  readonly flags: readonly string[];
  /** SHA-256 in hexadecimal. */
  readonly passwords: readonly string[];
  readonly selectors: readonly SelectorDescription[];
}

/** The users. Methods that change them return undefined, or the error text of a reply. */
export interface UserDirectory {
  /** In the order of their bytes. */
  names(): readonly string[];
  find(name: string): SessionUser | undefined;
  describe(name: string): UserDescription | undefined;
  /** Every user as a line of an ACL file, without the word `user`: its name and its rules. */
  lines(): readonly string[];
  /** Makes or changes a user: all rules take effect, or none. */
  change(name: string, rules: readonly string[]): string | undefined;
  /** Removes users and disconnects who is logged in as one of them; returns how many there were. */
  remove(names: readonly string[]): number;
  /** ACL LOAD and ACL SAVE. */
  load(): string | undefined;
  save(): string | undefined;
}

export type RefusalReason = 'command' | 'key' | 'channel' | 'auth';
export type RefusalContext = 'toplevel' | 'multi' | 'lua';

/** Equal refusals within a minute share an entry of the log. */
export interface RefusalEntry {
  readonly count: number;
  readonly reason: RefusalReason;
  readonly context: RefusalContext;
  readonly object: string;
  readonly userName: string;
  /** Milliseconds since the epoch of the last one. */
  readonly time: number;
  /** The client as CLIENT LIST describes it. */
  readonly client: string;
}

/** So much of a refused name is kept: clients choose the names of keys, which may be very long. */
export const REFUSED_BYTES = 4096;

/** ACL LOG. */
export interface RefusalLog {
  /** Latest first. */
  latest(count: number): readonly RefusalEntry[];
  reset(): void;
  /** Notes a refusal, and counts it for INFO. */
  note(
    session: Session,
    reason: RefusalReason,
    context: RefusalContext,
    object: string,
    userName: string,
  ): void;
}
