import type { LatencyEvents, Log } from '../command/ports.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../env/clock.ts';
import type { Disk } from '../env/disk.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';

/** What saving and loading need of the world. */
export interface PersistenceEnvironment {
  readonly keyspace: Keyspace;
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly disk: Disk;
  /** Where it is told what held the event loop up. */
  readonly latency: Pick<LatencyEvents, 'begin' | 'end'>;
  /** Part of the names of temporary files. */
  readonly processId: number;
  /** Resolves when the other events of this turn of the loop were served. */
  nextTurn(): Promise<void>;
  /** Resolves after so many milliseconds. */
  delay(milliseconds: number): Promise<void>;
  /** Requests served so far: tells whether anybody else wants the processor. */
  served(): number;
}

/** A path in the data directory (`dir`, the working directory at the time of use). */
export function inDirectory(config: Config, ...parts: readonly string[]): string {
  const directory = config.dir === '' ? '.' : config.dir;
  return [directory, ...parts].join('/');
}

/** How long slices are, in microseconds: while clients are served, and otherwise. */
export interface SliceLengths {
  readonly busy: number;
  readonly idle: number;
}

/** Beside clients that expect to be served as ever. */
export const SHORT_SLICES: SliceLengths = { busy: 200, idle: 3000 };
/** Beside clients that are only told to wait. */
export const LONG_SLICES: SliceLengths = { busy: 1000, idle: 5000 };
/** Microseconds after the last request for which clients count as being served. */
const RECENTLY = 100_000;

/**
 * Divides work into slices: short ones while clients are served, longer ones otherwise. Call `begin`,
 * work while `isOver` is false, then let others have their turn.
 */
export class Slices {
  readonly #environment: PersistenceEnvironment;
  readonly #lengths: SliceLengths;
  #end = 0;
  #served = 0;
  #servedAt = 0;

  constructor(environment: PersistenceEnvironment, lengths: SliceLengths) {
    this.#environment = environment;
    this.#lengths = lengths;
  }

  begin(): void {
    const now = this.#environment.clock.monotonicMicroseconds();
    const served = this.#environment.served();
    if (served !== this.#served) this.#servedAt = now;
    this.#served = served;
    const isBusy = now - this.#servedAt < RECENTLY;
    this.#end = now + (isBusy ? this.#lengths.busy : this.#lengths.idle);
  }

  get isOver(): boolean {
    return this.#environment.clock.monotonicMicroseconds() >= this.#end;
  }
}
