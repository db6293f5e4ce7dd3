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

/** Microseconds that a slice of work in the background may take. */
const SHORT_SLICE = 400;
const LONG_SLICE = 3000;

/**
 * Divides work into slices: short ones while clients are served, longer ones otherwise. Call `begin`,
 * work while `isOver` is false, then let others have their turn.
 */
export class Slices {
  readonly #environment: PersistenceEnvironment;
  #end = 0;
  #served = 0;

  constructor(environment: PersistenceEnvironment) {
    this.#environment = environment;
  }

  begin(): void {
    const { clock } = this.#environment;
    const served = this.#environment.served();
    const length = served === this.#served ? LONG_SLICE : SHORT_SLICE;
    this.#served = served;
    this.#end = clock.monotonicMicroseconds() + length;
  }

  get isOver(): boolean {
    return this.#environment.clock.monotonicMicroseconds() >= this.#end;
  }
}
