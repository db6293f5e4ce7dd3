/** The real environment. The only place where the engine's interfaces meet Node. */
import { randomFillSync } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

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
