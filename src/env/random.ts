/** Random numbers come in through this interface, so that a test can replay them by seed. */
export interface Random {
  /** A uniformly distributed integer in [0, 2^32). */
  next32(): number;
}

/** A uniformly distributed integer in [0, limit), for 1 <= limit <= 2^53. */
export function randomBelow(random: Random, limit: number): number {
  if (limit <= 0x100000000) {
    // Reject the incomplete last round, so that no remainder is favoured.
    const fair = 0x100000000 - (0x100000000 % limit);
    for (;;) {
      const value = random.next32();
      if (value < fair) return value % limit;
    }
  }
  for (;;) {
    const value = (random.next32() & 0x1fffff) * 0x100000000 + random.next32();
    const fair = 2 ** 53 - (2 ** 53 % limit);
    if (value < fair) return value % limit;
  }
}

/** A uniformly distributed number in [0, 1), with 53 random bits. */
export function randomUnit(random: Random): number {
  return ((random.next32() >>> 5) * 0x4000000 + (random.next32() >>> 6)) / 2 ** 53;
}

/** xoshiro128** (Blackman and Vigna): a small, fast generator, repeatable from its seed. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number) {
    // splitmix32 spreads the seed over the state, which must not be all zero.
    let state = seed | 0;
    const spread = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.#a = spread();
    this.#b = spread();
    this.#c = spread();
    this.#d = spread() | 1;
  }

  next32(): number {
    const five = Math.imul(this.#b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }
}
