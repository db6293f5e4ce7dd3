/** Time comes in through this interface, so that tests and simulations can move it by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch, an integer. */
  wallMilliseconds(): number;
  /** Microseconds since the Unix epoch, an integer. */
  wallMicroseconds(): number;
  /** Microseconds from an arbitrary start, never going back; with a fraction. */
  monotonicMicroseconds(): number;
  /** Stops the calling thread for this long: DEBUG SLEEP, and nothing else. */
  sleep(microseconds: number): void;
}

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #microseconds: number;

  constructor(wallMilliseconds = 1_700_000_000_000) {
    this.#microseconds = wallMilliseconds * 1000;
  }

  wallMilliseconds(): number {
    return Math.floor(this.#microseconds / 1000);
  }

  wallMicroseconds(): number {
    return this.#microseconds;
  }

  monotonicMicroseconds(): number {
    return this.#microseconds;
  }

  sleep(microseconds: number): void {
    this.#microseconds += Math.ceil(microseconds);
  }

  /** Moves the time on. */
  advance(milliseconds: number): void {
    this.#microseconds += milliseconds * 1000;
  }
}
