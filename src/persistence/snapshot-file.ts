/**
 * Writes a snapshot to a file: to a temporary one, which takes its place when it is complete and on
 * the disk. In the background the walk goes in slices while the thread pool writes; the buffer that
 * is being written and the one that is being filled change places.
 */
import { Crc64 } from '../bytes/crc64.ts';
import type { DiskFile } from '../env/disk.ts';
import type { RdbOutput } from '../rdb/output.ts';
import { SHORT_SLICES, type PersistenceEnvironment, Slices } from './environment.ts';
import type { Snapshot } from './snapshot.ts';

/** Bytes handed to the disk at a time. */
const CHUNK = 256 * 1024;
/** Unwritten bytes beyond which the walk waits for the disk. */
const MOST_WAITING = 2 * CHUNK;
/** A buffer that grew beyond this is not used again. */
const KEPT_BYTES = 4 * CHUNK;
/** Microseconds between two lines of progress in the log. */
const PROGRESS_STEP = 5e6;
const NO_BYTES = new Uint8Array(0);
/** Bytes between two syncs of an incremental fsync. */
const SYNC_STEP = 4 * 1024 * 1024;

/** Where the file goes, and how. */
export interface Target {
  readonly directory: string;
  readonly temporary: string;
  readonly name: string;
  /** Whether the checksum is written; else zeros stand for it. Commands have none at all. */
  readonly checksum: 'crc' | 'zeros' | 'none';
  /** Whether to sync every few megabytes rather than at the end only. */
  readonly incrementalSync: boolean;
  /** Microseconds to wait for each key; tests slow saving down with it. */
  readonly keyDelay: number;
}

/**
 * Longer elements of values are written as they are: compressing them would take longer than a slice
 * may. Strings that are values are compressed in steps.
 */
export const LONGEST_COMPRESSED = 64 * 1024;

/** Thrown by `run` when `cancel` was called. */
export const CANCELLED = new Error('the snapshot was cancelled');

export class SnapshotFile {
  readonly snapshot: Snapshot;
  /** Bytes written so far, all told. */
  bytes = 0;

  readonly #environment: PersistenceEnvironment;
  readonly #target: Target;
  readonly #crc = new Crc64();
  #crcAt = 0;
  #spare: Uint8Array = NO_BYTES;
  #isCancelled = false;
  #toldAt: number;

  constructor(environment: PersistenceEnvironment, snapshot: Snapshot, target: Target) {
    this.#environment = environment;
    this.snapshot = snapshot;
    this.#target = target;
    this.#toldAt = environment.clock.monotonicMicroseconds();
  }

  /** Says in the log every few seconds how far it has come; to be called more often than that. */
  tellProgress(what: string): void {
    const { clock, log } = this.#environment;
    const now = clock.monotonicMicroseconds();
    if (now - this.#toldAt < PROGRESS_STEP) return;
    this.#toldAt = now;
    const { written, keys } = this.snapshot;
    log.notice(`${what}: ${Math.floor((written * 100) / Math.max(1, keys))}%`);
  }

  /** Makes `run` give up soon; the temporary file goes away. */
  cancel(): void {
    this.#isCancelled = true;
  }

  /** Writes the file in the background. Rejects with a DiskError, or CANCELLED; nothing is left. */
  async run(): Promise<void> {
    const { disk } = this.#environment;
    const { temporary, directory, name } = this.#target;
    let file: DiskFile | undefined;
    try {
      file = disk.open(`${directory}/${temporary}`, 'create');
      await this.#writeAll(file);
      await file.sync();
      file.close();
      if (this.#isCancelled) throw CANCELLED;
      await disk.replace(`${directory}/${temporary}`, `${directory}/${name}`);
      await disk.syncDirectory(directory);
    } catch (error) {
      this.snapshot.stop();
      if (file !== undefined) await this.#discard(file);
      throw error;
    }
  }

  /** Writes the file at once. Throws a DiskError. */
  runNow(): void {
    const { disk } = this.#environment;
    const { temporary, directory, name } = this.#target;
    const { output } = this.snapshot;
    let file: DiskFile | undefined;
    try {
      file = disk.open(`${directory}/${temporary}`, 'create');
      for (let isDone = false; !isDone;) {
        while (!isDone && output.length < CHUNK) isDone = this.snapshot.step();
        this.#takeCrc();
        if (isDone) this.#finish(output);
        writeFully(file, output);
        this.bytes += output.length;
        output.clear();
        this.#crcAt = 0;
      }
      file.syncNow();
      file.close();
      disk.rename(`${directory}/${temporary}`, `${directory}/${name}`);
      disk.syncDirectoryNow(directory);
    } catch (error) {
      this.snapshot.stop();
      if (file !== undefined) void this.#discard(file);
      throw error;
    }
  }

  async #writeAll(file: DiskFile): Promise<void> {
    const { snapshot } = this;
    const { output } = snapshot;
    const slices = new Slices(this.#environment, SHORT_SLICES);
    let writing: Promise<void> | undefined;
    let failure: unknown;
    for (let isDone = false; !isDone || output.length > 0 || writing !== undefined;) {
      if (this.#isCancelled) {
        await writing;
        throw CANCELLED;
      }
      const began = this.#environment.latency.begin();
      slices.begin();
      const before = snapshot.written;
      while (!isDone && output.length < MOST_WAITING) {
        isDone = snapshot.step();
        if (isDone || slices.isOver || this.#target.keyDelay > 0) break;
      }
      this.#takeCrc();
      if (isDone && output.length > 0 && this.#crcAt >= 0) this.#finish(output);
      this.#environment.latency.end('snapshot-slice', began);
      if (writing === undefined && (output.length >= CHUNK || isDone) && output.length > 0) {
        writing = this.#write(file).then(
          () => void (writing = undefined),
          (error: unknown) => {
            writing = undefined;
            failure = error;
          },
        );
      } else if (writing !== undefined && (isDone || output.length >= MOST_WAITING)) await writing;
      if (failure !== undefined) throw failure;
      await this.#pause(snapshot.written - before);
    }
    if (failure !== undefined) throw failure;
  }

  /** Lets others have their turn. */
  async #pause(keys: number): Promise<void> {
    const { keyDelay } = this.#target;
    const milliseconds = (keys * Math.max(0, keyDelay)) / 1000;
    if (milliseconds >= 1) await this.#environment.delay(milliseconds);
    else await this.#environment.nextTurn();
  }

  /** Hands what was written to the disk, and goes on with the other buffer. */
  async #write(file: DiskFile): Promise<void> {
    const { output } = this.snapshot;
    const { bytes, length } = output;
    // Taken, not shared: the next write must not hand out what is being filled by then.
    output.bytes = this.#spare;
    this.#spare = NO_BYTES;
    output.length = 0;
    if (this.#crcAt >= 0) this.#crcAt = 0;
    const synced = Math.floor(this.bytes / SYNC_STEP);
    await file.write(bytes, 0, length);
    this.bytes += length;
    if (this.#target.incrementalSync && Math.floor(this.bytes / SYNC_STEP) > synced)
      await file.sync();
    if (bytes.length <= KEPT_BYTES) this.#spare = bytes;
  }

  #takeCrc(): void {
    if (this.#crcAt < 0) return;
    const { output } = this.snapshot;
    if (this.#target.checksum === 'crc') this.#crc.update(output.bytes, this.#crcAt, output.length);
    this.#crcAt = output.length;
  }

  /** Writes the checksum behind everything else, once. */
  #finish(output: RdbOutput): void {
    if (this.#target.checksum !== 'none') {
      output.reserve(8);
      output.length = this.#crc.writeTo(output.bytes, output.length);
    }
    this.#crcAt = -1;
  }

  async #discard(file: DiskFile): Promise<void> {
    try {
      file.close();
    } catch {
      // It was closed already.
    }
    const { temporary, directory } = this.#target;
    await this.#environment.disk.remove(`${directory}/${temporary}`).catch(() => {});
  }
}

function writeFully(file: DiskFile, output: RdbOutput): void {
  let at = 0;
  while (at < output.length) at += file.writeNow(output.bytes, at, output.length);
}
