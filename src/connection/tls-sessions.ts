/**
 * Sessions that clients may resume by their id (`tls-session-caching`): Node leaves keeping them to
 * the program. Bounded in number, oldest out first, and in time. Most clients resume by tickets,
 * which they keep themselves; this is for those of TLS 1.2 that do not.
 */
import type { Server } from 'node:tls';

interface Kept {
  readonly data: Buffer;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export class TlsSessions {
  readonly #kept = new Map<string, Kept>();
  readonly #most: number;
  readonly #lifetimeMs: number;

  /** Keeps `most` sessions at a time (0: any number), each for `lifetimeMs`. */
  constructor(most: number, lifetimeMs: number) {
    this.#most = most === 0 ? Infinity : most;
    this.#lifetimeMs = lifetimeMs;
  }

  attach(server: Server): void {
    server.on('newSession', (id, data, done) => {
      this.#keep(id.toString('latin1'), data);
      done();
    });
    server.on('resumeSession', (id, done) => {
      done(null, this.#find(id.toString('latin1')) ?? null);
    });
  }

  #keep(id: string, data: Buffer): void {
    this.#kept.set(id, { data, until: Date.now() + this.#lifetimeMs });
    // A map gives its keys in the order in which they came.
    for (const [oldest, { until }] of this.#kept) {
      if (this.#kept.size <= this.#most && until > Date.now()) break;
      this.#kept.delete(oldest);
    }
  }

  #find(id: string): Buffer | undefined {
    const found = this.#kept.get(id);
    return found !== undefined && found.until > Date.now() ? found.data : undefined;
  }
}
