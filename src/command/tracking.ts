/**
 * Client-side caching as the rest of the server sees it. A client that tracks is sent an
 * invalidation when a key changes that it may have kept: one it has read (the server remembers), or,
 * in broadcasting mode, any key that begins with one of its prefixes.
 */
import type { RequestView } from './key-extraction.ts';
import type { Session } from './session.ts';
import type { Command } from './spec.ts';

/** Bits of `Session.trackingModes`, as the options of CLIENT TRACKING set them. */
/** By prefixes: nothing is remembered. */
export const TRACK_BROADCAST = 1 << 0;
/** Only what follows CLIENT CACHING YES is remembered; all but what follows CLIENT CACHING NO. */
export const TRACK_OPT_IN = 1 << 1;
export const TRACK_OPT_OUT = 1 << 2;
/** It is not told of its own changes. */
export const TRACK_NO_LOOP = 1 << 3;
/** The client that was to get its invalidations is gone. */
export const TRACK_BROKEN = 1 << 4;

export interface TrackingPort {
  /** Clients that track, keys remembered for them, pairs of both, and prefixes. */
  readonly clients: number;
  readonly keys: number;
  readonly items: number;
  readonly prefixes: number;
  /**
   * Makes a session track: TRACK_* bits, the id of the client to send to (0: itself), and prefixes
   * besides those it has (byte strings; none: all keys), if it broadcasts.
   */
  start(session: Session, modes: number, redirectTo: number, prefixes: readonly string[]): void;
  stop(session: Session): void;
  /** In the order of their bytes. */
  prefixesOf(session: Session): readonly string[];
  /** A tracking session has run a command. */
  ran(session: Session, command: Command, request: RequestView): void;
  /** Remembers the keys of a request for a session, if its modes want that. */
  remember(session: Session, command: Command, request: RequestView): void;
}
