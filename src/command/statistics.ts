/** Counters of the server that INFO shows and CONFIG RESETSTAT clears. */

/** Samples kept for the instantaneous rates, and how often one is taken. */
const SAMPLES = 16;
export const SAMPLE_PERIOD_MS = 100;

/** A rate over the last 1.6 seconds, from a counter that only rises. */
export class Rate {
  readonly #samples = new Float64Array(SAMPLES);
  #index = 0;
  #lastCount = 0;
  #lastTime = 0;

  /** Takes a sample; `now` in milliseconds. */
  sample(count: number, now: number): void {
    const elapsed = now - this.#lastTime;
    if (this.#lastTime > 0 && elapsed > 0) {
      this.#samples[this.#index] = ((count - this.#lastCount) * 1000) / elapsed;
      this.#index = (this.#index + 1) % SAMPLES;
    }
    this.#lastCount = count;
    this.#lastTime = now;
  }

  /** Events a second. */
  get perSecond(): number {
    return this.#samples.reduce((sum, sample) => sum + sample, 0) / SAMPLES;
  }

  reset(): void {
    this.#samples.fill(0);
    this.#lastTime = 0;
  }
}

export class ServerStatistics {
  connectionsReceived = 0;
  connectionsRejected = 0;
  commandsProcessed = 0;
  bytesRead = 0;
  bytesWritten = 0;
  readsProcessed = 0;
  writesProcessed = 0;
  errorReplies = 0;
  unexpectedErrors = 0;
  outputBufferDisconnections = 0;
  queryBufferDisconnections = 0;
  /** Refusals of access control, by what was refused. */
  readonly accessDenied = { auth: 0, command: 0, key: 0, channel: 0 };
  evictedClients = 0;
  peakMemory = 0;
  /** Error replies by code (`ERR`, `WRONGTYPE`, …); bounded. */
  readonly errorsByCode = new Map<string, number>();
  readonly commandRate = new Rate();
  readonly inputRate = new Rate();
  readonly outputRate = new Rate();

  /** Counts an error reply; `text` begins with its code. */
  countError(text: string): void {
    this.errorReplies++;
    const space = text.indexOf(' ');
    const code = space < 0 ? text : text.slice(0, space);
    // Scripts can make codes up: the table stays bounded.
    if (this.errorsByCode.size >= 128 && !this.errorsByCode.has(code)) return;
    this.errorsByCode.set(code, (this.errorsByCode.get(code) ?? 0) + 1);
  }

  reset(): void {
    this.connectionsReceived = 0;
    this.connectionsRejected = 0;
    this.commandsProcessed = 0;
    this.bytesRead = 0;
    this.bytesWritten = 0;
    this.readsProcessed = 0;
    this.writesProcessed = 0;
    this.errorReplies = 0;
    this.unexpectedErrors = 0;
    this.outputBufferDisconnections = 0;
    this.queryBufferDisconnections = 0;
    for (const reason of ['auth', 'command', 'key', 'channel'] as const)
      this.accessDenied[reason] = 0;
    this.evictedClients = 0;
    this.errorsByCode.clear();
    for (const rate of [this.commandRate, this.inputRate, this.outputRate]) rate.reset();
  }
}
