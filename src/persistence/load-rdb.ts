/** Loads RDB files: in slices while the server answers its clients, or at once (DEBUG RELOAD). */
import type { PersistenceStatus } from '../command/persistence-status.ts';
import type { DiskFile } from '../env/disk.ts';
import { RdbFileReader } from '../rdb/file-reader.ts';
import { LONG_SLICES, type PersistenceEnvironment, Slices } from './environment.ts';
import { KeyspaceLoad, type LoadOptions } from './keyspace-load.ts';
import { RdbWindow } from './rdb-window.ts';

/** A file that cannot be loaded: where, and why. */
export class LoadError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LoadError';
  }
}

/** One loading of one file. */
export class RdbLoad {
  readonly visitor: KeyspaceLoad;
  /** Told at the end how many keys were taken and left out. */
  onDone: ((keys: number, expired: number) => void) | undefined;
  readonly #environment: PersistenceEnvironment;
  readonly #file: DiskFile;
  readonly #reader: RdbFileReader;
  readonly #window: RdbWindow;

  constructor(
    environment: PersistenceEnvironment,
    status: PersistenceStatus,
    file: DiskFile,
    options: LoadOptions,
  ) {
    const { keyspace, config, log } = environment;
    this.#environment = environment;
    this.#file = file;
    this.visitor = new KeyspaceLoad(keyspace, options, log);
    const values = keyspace.codec.newReader();
    values.deep = config.sanitizeDumpPayload === 'yes';
    this.#reader = new RdbFileReader(this.visitor, values);
    const checks = config.rdbchecksum && !status.skipsChecksums;
    this.#window = new RdbWindow(this.#reader, file.size, checks);
  }

  /** Bytes of the file taken in so far. */
  get consumed(): number {
    return this.#window.consumed;
  }

  /** Reads the file to the end of its RDB part, letting others have their turn. */
  async run(progress: (bytes: number) => void): Promise<void> {
    const window = this.#window;
    const slices = new Slices(this.#environment, LONG_SLICES);
    try {
      for (;;) {
        slices.begin();
        const state = window.run(() => slices.isOver);
        progress(window.consumed);
        if (state === 'done') break;
        if (state === 'hungry') {
          const position = window.consumed + window.start;
          window.filled(await this.#file.read(window.target, window.start, window.limit, position));
        } else await this.#environment.nextTurn();
      }
    } catch (error) {
      throw this.#failed(error);
    }
    this.#report();
  }

  /** The same at once. */
  runNow(): void {
    const window = this.#window;
    try {
      while (window.run(() => false) !== 'done') {
        const position = window.consumed + window.start;
        window.filled(this.#file.readNow(window.target, window.start, window.limit, position));
      }
    } catch (error) {
      throw this.#failed(error);
    }
    this.#report();
  }

  #failed(error: unknown): LoadError {
    this.#reader.abandon();
    this.visitor.abandon();
    const reason = error instanceof Error ? error.message : String(error);
    return new LoadError(`Internal error in RDB reading offset ${this.#window.offset}: ${reason}`);
  }

  #report(): void {
    const { loaded, expired, emptySkipped } = this.visitor;
    const { log } = this.#environment;
    this.onDone?.(loaded, expired);
    if (emptySkipped > 0)
      log.warning(
        `Done loading RDB, keys loaded: ${loaded}, keys expired: ${expired}, ` +
          `empty keys skipped: ${emptySkipped}.`,
      );
    else log.notice(`Done loading RDB, keys loaded: ${loaded}, keys expired: ${expired}.`);
  }
}
