/**
 * Snapshots in files: SAVE, BGSAVE, save points and what INFO tells of them.
 *
 * Only one piece of work on files goes on in the background at a time, a snapshot or a rewrite of the
 * append-only file, as in Redis: `isBusy` tells of the other.
 */
import type { PersistenceStatus } from '../command/persistence-status.ts';
import { type PersistenceEnvironment, inDirectory } from './environment.ts';
import type { Libraries } from './keyspace-load.ts';
import { RdbFormat, type RdbHeader } from './rdb-format.ts';
import { Snapshot } from './snapshot.ts';
import { CANCELLED, LONGEST_COMPRESSED, SnapshotFile, type Target } from './snapshot-file.ts';

/** Seconds after a failure before save points try again. */
const RETRY_SECONDS = 5;

export class RdbSaver {
  /** Whether another piece of work keeps a snapshot from beginning. */
  isBusy: () => boolean = () => false;
  /** BGSAVE SCHEDULE: begins as soon as it can. */
  isScheduled = false;
  libraries: Libraries | undefined;
  /** Seconds since the epoch when the present snapshot began. */
  startedAt = 0;

  readonly #environment: PersistenceEnvironment;
  readonly #status: PersistenceStatus;
  #file: SnapshotFile | undefined;
  #running: Promise<void> | undefined;
  #lastTryAt = 0;
  #dirtyAtStart = 0;

  constructor(environment: PersistenceEnvironment, status: PersistenceStatus) {
    this.#environment = environment;
    this.#status = status;
  }

  get isSaving(): boolean {
    return this.#file !== undefined;
  }

  /** The snapshot that is being written. */
  get snapshot(): Snapshot | undefined {
    return this.#file?.snapshot;
  }

  /** The fields of a file's head. `isBase`: the file is the base of an append-only file. */
  header(isBase: boolean): RdbHeader {
    const { keyspace, clock, config } = this.#environment;
    const policy = config.maxmemoryPolicy;
    return {
      fields: [
        ['redis-ver', '7.0.15'],
        ['redis-bits', 64],
        ['ctime', Math.floor(clock.wallMilliseconds() / 1000)],
        ['used-mem', keyspace.heap.used],
        ['aof-base', isBase ? 1 : 0],
      ],
      libraries: this.libraries?.all() ?? [],
      clock: policy.endsWith('lru') ? 'idle' : policy.endsWith('lfu') ? 'frequency' : 'none',
    };
  }

  /** Saves at once. Returns why it failed. */
  saveNow(): string | undefined {
    const { log, keyspace } = this.#environment;
    try {
      this.#create().runNow();
    } catch (error) {
      const reason = (error as Error).message;
      log.warning(`Error trying to save the DB: ${reason}`);
      this.#status.wasLastSaveGood = false;
      return reason;
    }
    log.notice('DB saved on disk');
    keyspace.dirty = 0;
    this.#succeeded();
    return undefined;
  }

  /** Begins a snapshot in the background; there must be none, and nothing else in progress. */
  start(): void {
    const { log, keyspace, clock } = this.#environment;
    this.isScheduled = false;
    this.#dirtyAtStart = keyspace.dirty;
    this.startedAt = Math.floor(clock.wallMilliseconds() / 1000);
    this.#lastTryAt = this.startedAt;
    const file = this.#create();
    this.#file = file;
    this.#status.isSaving = true;
    log.notice(`Background saving started by pid ${this.#environment.processId}`);
    this.#running = file.run().then(
      () => this.#ended(undefined),
      (error: Error) => this.#ended(error),
    );
  }

  /** Gives the present snapshot up; resolves when nothing of it is left. */
  async cancel(): Promise<void> {
    this.#file?.cancel();
    await this.#running;
  }

  /** To be called about ten times a second: begins what is due. */
  tick(): void {
    const { config, log, keyspace, clock } = this.#environment;
    if (this.#file !== undefined) {
      this.#file.tellProgress('Background saving');
      return;
    }
    if (this.isBusy()) return;
    if (this.isScheduled) {
      this.start();
      return;
    }
    const now = Math.floor(clock.wallMilliseconds() / 1000);
    const mayTry = this.#status.wasLastSaveGood || now - this.#lastTryAt > RETRY_SECONDS;
    for (const { seconds, changes } of config.save) {
      const isDue = keyspace.dirty >= changes && now - this.#status.lastSaveAt > seconds;
      if (!isDue || !mayTry) continue;
      log.notice(`${changes} changes in ${seconds} seconds. Saving...`);
      this.start();
      return;
    }
  }

  #create(): SnapshotFile {
    const { keyspace, config, processId } = this.#environment;
    keyspace.setTime(this.#environment.clock.wallMilliseconds());
    const snapshot = new Snapshot(keyspace, new RdbFormat(keyspace, this.header(false)));
    const target: Target = {
      directory: inDirectory(config),
      temporary: `temp-${processId}.rdb`,
      name: config.dbfilename,
      checksum: config.rdbchecksum ? 'crc' : 'zeros',
      incrementalSync: config.rdbSaveIncrementalFsync,
      keyDelay: config.rdbKeySaveDelay,
    };
    snapshot.output.compresses = config.rdbcompression;
    snapshot.output.longestCompressed = LONGEST_COMPRESSED;
    return new SnapshotFile(this.#environment, snapshot, target);
  }

  #ended(error: Error | undefined): void {
    const { log, keyspace, clock } = this.#environment;
    const status = this.#status;
    this.#file = undefined;
    this.#running = undefined;
    status.isSaving = false;
    status.lastSaveSeconds = Math.floor(clock.wallMilliseconds() / 1000) - this.startedAt;
    if (error === undefined) {
      log.notice('Background saving terminated with success');
      keyspace.dirty -= this.#dirtyAtStart;
      this.#succeeded();
    } else if (error === CANCELLED) {
      log.warning('Background saving terminated: it was cancelled');
    } else {
      log.warning(`Background saving error: ${error.message}`);
      status.wasLastSaveGood = false;
    }
  }

  #succeeded(): void {
    const status = this.#status;
    status.wasLastSaveGood = true;
    status.lastSaveAt = Math.floor(this.#environment.clock.wallMilliseconds() / 1000);
    status.saves++;
  }
}
