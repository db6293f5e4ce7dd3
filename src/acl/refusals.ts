/**
 * ACL LOG: the latest refusals. Equal ones within a minute share an entry, so that a client that goes
 * on trying does not wash the others out; only the newest entries are looked at for that.
 *
 * Bounded: `acllog-max-len` entries, and so many bytes of the name that was refused.
 */
import {
  REFUSED_BYTES,
  type RefusalContext,
  type RefusalEntry,
  type RefusalLog,
  type RefusalReason,
} from '../command/access.ts';
import { clientLine } from '../command/client-line.ts';
import type { Session } from '../command/session.ts';
import type { ServerStatistics } from '../command/statistics.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../env/clock.ts';

const GROUPING_MS = 60_000;
const LOOKED_AT = 10;

type Entry = { -readonly [Field in keyof RefusalEntry]: RefusalEntry[Field] };

export class Refusals implements RefusalLog {
  /** Latest first. */
  readonly #entries: Entry[] = [];
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #statistics: ServerStatistics;

  constructor(config: Config, clock: Clock, statistics: ServerStatistics) {
    this.#config = config;
    this.#clock = clock;
    this.#statistics = statistics;
  }

  latest(count: number): readonly RefusalEntry[] {
    return this.#entries.slice(0, Math.max(0, count));
  }

  reset(): void {
    this.#entries.length = 0;
  }

  note(
    session: Session,
    reason: RefusalReason,
    context: RefusalContext,
    object: string,
    userName: string,
  ): void {
    this.#statistics.accessDenied[reason]++;
    const time = this.#clock.wallMilliseconds();
    const client = clientLine(session, time);
    const shown = object.slice(0, REFUSED_BYTES);
    const name = userName.slice(0, REFUSED_BYTES);
    const entry = this.#take(reason, context, shown, name, time);
    entry.count++;
    entry.time = time;
    entry.client = client;
    this.#entries.unshift(entry);
    const most = this.#config.acllogMaxLen;
    if (this.#entries.length > most) this.#entries.length = most;
  }

  /** Takes the entry of an equal refusal out of the list, or makes a new one. */
  #take(
    reason: RefusalReason,
    context: RefusalContext,
    object: string,
    userName: string,
    time: number,
  ): Entry {
    const at = this.#entries
      .slice(0, LOOKED_AT)
      .findIndex(
        (entry) =>
          entry.reason === reason &&
          entry.context === context &&
          entry.object === object &&
          entry.userName === userName &&
          time - entry.time <= GROUPING_MS,
      );
    if (at >= 0) return this.#entries.splice(at, 1)[0];
    return { count: 0, reason, context, object, userName, time, client: '' };
  }
}
