/** The real environment. The only place where the engine's interfaces meet Node. */
import { createHash, randomFillSync } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Digests } from './digests.ts';
import type { Random } from './random.ts';
import type { Timers } from './timers.ts';

export class NodeClock implements Clock {
  wallMilliseconds(): number {
    return Date.now();
  }

  wallMicroseconds(): number {
    return Math.floor((performance.timeOrigin + performance.now()) * 1000);
  }

  monotonicMicroseconds(): number {
    return performance.now() * 1000;
  }

  sleep(microseconds: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, microseconds / 1000);
  }
}

/** Random numbers of the operating system, drawn in blocks. */
export class NodeRandom implements Random {
  readonly #block = new Uint32Array(1024);
  #next = this.#block.length;

  next32(): number {
    if (this.#next === this.#block.length) {
      randomFillSync(this.#block);
      this.#next = 0;
    }
    return this.#block[this.#next++];
  }
}

/** What the runtime brings along. */
export class NodeDigests implements Digests {
  sha256Hex(bytes: Uint8Array, start: number, end: number): string {
    return createHash('sha256').update(bytes.subarray(start, end)).digest('hex');
  }
}

/** The longest delay that setTimeout takes; longer ones are waited for in several steps. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Timers of the event loop. */
export class NodeTimers implements Timers {
  after(milliseconds: number, work: () => void): () => void {
    const end = performance.now() + milliseconds;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = end - performance.now();
      if (left <= 0) work();
      else timer = setTimeout(wait, Math.min(Math.ceil(left), LONGEST_DELAY));
    };
    timer = setTimeout(wait, Math.min(milliseconds, LONGEST_DELAY));
    return () => clearTimeout(timer);
  }

  soon(work: () => void): () => void {
    const handle = setImmediate(work);
    return () => clearImmediate(handle);
  }
}
