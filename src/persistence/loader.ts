/** Loading a data set: its state for guards and INFO, its progress in the log, RDB files. */
import type { PersistenceStatus } from '../command/persistence-status.ts';
import type { LoadingGuard } from './disk-guards.ts';
import { type PersistenceEnvironment, inDirectory } from './environment.ts';
import type { Libraries, LoadOptions } from './keyspace-load.ts';
import { RdbLoad } from './load-rdb.ts';

/** Microseconds between two lines of progress in the log. */
const PROGRESS_STEP = 3e6;

export class Loader {
  libraries: Libraries | undefined;
  readonly #environment: PersistenceEnvironment;
  readonly #status: PersistenceStatus;
  readonly #guard: LoadingGuard;
  #progressAt = 0;

  constructor(environment: PersistenceEnvironment, status: PersistenceStatus, guard: LoadingGuard) {
    this.#environment = environment;
    this.#status = status;
    this.#guard = guard;
  }

  /** Runs `work` with the server in the state of loading `bytes` bytes. */
  async whileLoading(bytes: number, work: () => Promise<void>): Promise<void> {
    const { keyspace } = this.#environment;
    this.#begin(bytes);
    try {
      await work();
    } finally {
      this.#end();
      keyspace.dirty = 0;
    }
  }

  /** Tells how far the loading has come. */
  progress(bytes: number): void {
    const status = this.#status;
    const { clock, log } = this.#environment;
    status.loadedBytes = bytes;
    const now = clock.monotonicMicroseconds();
    if (now - this.#progressAt < PROGRESS_STEP) return;
    this.#progressAt = now;
    const percent = Math.floor((bytes * 100) / Math.max(1, status.loadTotalBytes));
    log.notice(`Loading: ${percent}% of ${status.loadTotalBytes} bytes`);
  }

  /** Loads the RDB file of the configuration, if there is one. Rejects with LoadError. */
  async loadRdb(): Promise<void> {
    const { disk, config, log, clock } = this.#environment;
    const path = inDirectory(config, config.dbfilename);
    const size = disk.sizeOf(path);
    if (size < 0) return;
    log.notice(`Loading DB in memory: ${path}`);
    const began = clock.monotonicMicroseconds();
    await this.whileLoading(size, async () => {
      await this.loadFile(path, 0, false);
    });
    const seconds = (clock.monotonicMicroseconds() - began) / 1e6;
    log.notice(`DB loaded from disk: ${seconds.toFixed(3)} seconds`);
  }

  /**
   * Loads one RDB file; `before` bytes of other files were loaded already. Returns its length: less
   * than the file's when something follows.
   */
  async loadFile(path: string, before: number, isBase: boolean): Promise<number> {
    const file = this.#environment.disk.open(path, 'read');
    try {
      const load = this.#load(file, { keepExpired: isBase, overwrite: false });
      await load.run((bytes) => this.progress(before + bytes));
      return load.consumed;
    } finally {
      file.close();
    }
  }

  /** Loads the RDB file of the configuration at once; `overwrite`: over keys that are there. */
  loadRdbNow(overwrite: boolean): void {
    const { disk, config } = this.#environment;
    const file = disk.open(inDirectory(config, config.dbfilename), 'read');
    this.#begin(file.size);
    try {
      this.#load(file, { keepExpired: false, overwrite }).runNow();
    } finally {
      file.close();
      this.#end();
    }
  }

  #load(
    file: ConstructorParameters<typeof RdbLoad>[2],
    options: Omit<LoadOptions, 'libraries'>,
  ): RdbLoad {
    const load = new RdbLoad(this.#environment, this.#status, file, {
      ...options,
      libraries: this.libraries,
    });
    this.#status.loadedKeys = 0;
    this.#status.loadedExpiredKeys = 0;
    load.onDone = (keys, expired) => {
      this.#status.loadedKeys = keys;
      this.#status.loadedExpiredKeys = expired;
    };
    return load;
  }

  #begin(bytes: number): void {
    const { keyspace, clock } = this.#environment;
    const status = this.#status;
    keyspace.setTime(clock.wallMilliseconds());
    keyspace.loading = true;
    status.isLoading = true;
    status.loadTotalBytes = bytes;
    status.loadedBytes = 0;
    status.loadStartedAt = Math.floor(clock.wallMilliseconds() / 1000);
    this.#progressAt = clock.monotonicMicroseconds();
    this.#guard.isOn = true;
  }

  #end(): void {
    this.#environment.keyspace.loading = false;
    this.#status.isLoading = false;
    this.#guard.isOn = false;
  }
}
