/**
 * The open end of the append-only file: effects come in, and go to the file once in a turn of the
 * event loop, before the replies to those who caused them.
 *
 *   always     written and synced at once, then the replies go out: one sync for all of a turn. It is
 *              done in the loop, as Redis does it: nobody could be replied meanwhile anyway, and a
 *              sync in the thread pool takes two hops more, which cost a third of the CPU time
 *   everysec   a sync in the thread pool once a second; while one is under way, writing waits for up
 *              to two seconds, since the system would make us wait inside the call
 *   no         the system decides
 *
 * What could not be written stays here and is tried again; until it is on the disk, `failure` says
 * why, and no more writes are to be accepted. A file never ends in part of a command: a write that
 * stopped in the middle is taken back.
 *
 * After a sync that failed nobody knows what is on the disk, even if later ones succeed. So the file
 * is cut to what is known to be durable, nothing more is added to it, and `failure` lasts until a
 * rewrite has made a new base of what is in memory (`mended`).
 */
import { copyBytes, fromLatin1 } from '../bytes/text.ts';
import { EFFECT_FILE, type EffectSink } from '../command/effect-log.ts';
import type { DiskFile } from '../env/disk.ts';
import type { PersistenceEnvironment } from './environment.ts';

const FIRST_CAPACITY = 64 * 1024;
const KEPT_BYTES = 4 * 1024 * 1024;
/** Milliseconds: between syncs, and for how long a sync may hold writing up. */
const SYNC_PERIOD = 1000;
const LONGEST_DELAY = 2000;

export class AofLog implements EffectSink {
  readonly target = EFFECT_FILE;
  /** Syncs that took so long that writing did not wait for them. */
  delayedSyncs = 0;
  /** A sync failed: the files lack something, and a rewrite is to mend them. */
  wasSyncLost = false;
  /** A sync is under way in the thread pool. */
  isSyncing = false;
  /** Whether syncs are to be left out while something else writes to the disk. */
  skipsSyncs: () => boolean = () => false;
  /** Whether a snapshot is being written beside it. */
  hasCompany: () => boolean = () => false;
  /** Called when something was appended to an empty buffer, so that the turn ends with `flush`. */
  wake: (() => void) | undefined;
  /** Called when `failure` changed. */
  onState: (() => void) | undefined;

  readonly #environment: PersistenceEnvironment;
  #file: DiskFile;
  /** Bytes of the file. */
  size: number;
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;
  #selected = -1;
  #second = 0;
  /** Bytes up to which the file is synced. */
  #synced = 0;
  #lastSyncAt: number;
  #postponedSince = 0;
  /** Something came in since the last flush. */
  #isFresh = false;
  #writeFailure: string | undefined;
  #syncFailure: string | undefined;
  /** The rewrite that is under way mends what was lost. */
  #isMending = false;

  constructor(environment: PersistenceEnvironment, file: DiskFile) {
    this.#environment = environment;
    this.#file = file;
    this.size = file.size;
    this.#synced = this.size;
    this.#lastSyncAt = this.#now();
  }

  /** Why the last write or sync failed; undefined while all is well. */
  get failure(): string | undefined {
    return this.#writeFailure ?? this.#syncFailure;
  }

  /** Bytes that wait to be written. */
  get pending(): number {
    return this.#length;
  }

  append(database: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#length === 0) this.wake?.();
    this.#isFresh = true;
    if (this.#environment.config.aofTimestampEnabled) this.#timestamp();
    if (database >= 0 && database !== this.#selected) {
      const text = String(database);
      this.#put(`*2\r\n$6\r\nSELECT\r\n$${text.length}\r\n${text}\r\n`);
      this.#selected = database;
    }
    this.#reserve(end - start);
    this.#length = copyBytes(this.#bytes, this.#length, bytes, start, end);
  }

  /**
   * Writes what came in this turn; whether the replies may go out. While the disk is known to fail,
   * writes are refused, so that the replies of a turn acknowledge nothing and may.
   */
  flush(): boolean {
    const isFresh = this.#isFresh;
    this.#isFresh = false;
    if (this.failure !== undefined) return true;
    if (this.#environment.config.appendfsync !== 'always') {
      if (this.#length > 0 && !this.#mustPostpone()) this.#write();
      return true;
    }
    const isDurable = (this.#length === 0 || this.#write()) && this.#syncNow();
    return isDurable || !isFresh;
  }

  /** To be called about ten times a second. */
  tick(): void {
    if (this.#syncFailure !== undefined) {
      if (this.wasSyncLost && this.size > this.#synced) this.#cut();
      return;
    }
    if (this.#length > 0) {
      if (this.failure === undefined) this.flush();
      else this.#write();
    }
    const isWanted = this.#environment.config.appendfsync !== 'no';
    const isDue = this.#now() - this.#lastSyncAt >= SYNC_PERIOD;
    if (!isWanted || !isDue || this.isSyncing || this.skipsSyncs()) return;
    if (this.size > this.#synced) this.#sync();
  }

  /** Syncs what is written and not synced yet; whether that worked. */
  #syncNow(): boolean {
    if (this.size === this.#synced) return true;
    this.#lastSyncAt = this.#now();
    const { latency } = this.#environment;
    const began = latency.begin();
    try {
      this.#file.syncNow();
    } catch (error) {
      this.#syncFailed(error as Error);
      return false;
    }
    latency.end('aof-fsync-always', began);
    this.#synced = this.size;
    return true;
  }

  /** Syncs in the thread pool. */
  #sync(): void {
    const { size } = this;
    const file = this.#file;
    this.#lastSyncAt = this.#now();
    this.isSyncing = true;
    file.sync().then(
      () => {
        this.isSyncing = false;
        if (file === this.#file) this.#synced = Math.max(this.#synced, size);
      },
      (error: Error) => {
        this.isSyncing = false;
        if (file === this.#file) this.#syncFailed(error);
        else this.#oldSyncFailed(error);
      },
    );
  }

  #syncFailed(error: Error): void {
    this.wasSyncLost = true;
    this.#cut();
    this.#setFailures(this.#writeFailure, error.message);
  }

  /** Takes back what may not be on the disk. */
  #cut(): void {
    try {
      this.#file.truncate(this.#synced);
      this.size = this.#synced;
    } catch {
      // It is tried again with the next tick.
    }
  }

  /** What the file before this one held will be in the base that is being made. */
  #oldSyncFailed(error: Error): void {
    this.#isMending = true;
    this.#setFailures(this.#writeFailure, error.message);
  }

  /** A rewrite ended, well or not. */
  mended(isGood: boolean): void {
    if (!isGood && this.#isMending) this.wasSyncLost = true;
    this.#isMending = false;
    if (!this.wasSyncLost) this.#setFailures(this.#writeFailure, undefined);
  }

  /** Writes and syncs everything at once. Throws DiskError. */
  finish(): void {
    if (this.#syncFailure !== undefined) throw new Error(this.#syncFailure);
    this.#postponedSince = 0;
    const isDurable = (this.#length === 0 || this.#write()) && this.#syncNow();
    if (!isDurable) throw new Error(this.failure);
  }

  /**
   * Goes on in another file, which begins with a SELECT. What was for the old one must be there, unless
   * it cannot be: then the new base is to hold it.
   */
  switchTo(file: DiskFile): void {
    const old = this.#file;
    const wasLost = this.wasSyncLost;
    if (wasLost) {
      this.wasSyncLost = false;
      this.#isMending = true;
      this.#length = 0;
    }
    this.#file = file;
    this.size = file.size;
    this.#synced = this.size;
    this.#selected = -1;
    if (wasLost) {
      old.close();
      return;
    }
    // What it holds must not be lost either; the new base will hold it, too.
    void old
      .sync()
      .then(() => old.close())
      .catch((error: Error) => this.#oldSyncFailed(error));
  }

  close(): void {
    this.#file.close();
  }

  /** Whether a sync is under way that writing should wait for. */
  #mustPostpone(): boolean {
    if (!this.isSyncing || this.#environment.config.appendfsync === 'no') {
      this.#postponedSince = 0;
      return false;
    }
    const now = this.#now();
    if (this.#postponedSince === 0) this.#postponedSince = now;
    if (now - this.#postponedSince < LONGEST_DELAY) return true;
    this.delayedSyncs++;
    this.#postponedSince = 0;
    this.#environment.log.notice(
      'Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without ' +
        'waiting for fsync to complete, this may slow down the server.',
    );
    return false;
  }

  /** Hands the buffer to the system; false, and nothing of it in the file, when that fails. */
  #write(): boolean {
    const { latency } = this.#environment;
    try {
      const began = latency.begin();
      const written = this.#file.writeNow(this.#bytes, 0, this.#length);
      latency.end('aof-write', began);
      latency.end(this.#writeEvent, began);
      if (written < this.#length) {
        this.#file.truncate(this.size);
        throw new Error('No space left on device');
      }
      this.size += written;
    } catch (error) {
      const reason = (error as Error).message;
      if (this.#writeFailure === undefined)
        this.#environment.log.warning(`Error writing to the AOF file: ${reason}`);
      this.#setFailures(reason, this.#syncFailure);
      return false;
    }
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(FIRST_CAPACITY);
    this.#setFailures(undefined, this.#syncFailure);
    return true;
  }

  /** What else was going on tells why a write took long. */
  get #writeEvent(): string {
    if (this.isSyncing) return 'aof-write-pending-fsync';
    return this.hasCompany() ? 'aof-write-active-child' : 'aof-write-alone';
  }

  #setFailures(write: string | undefined, sync: string | undefined): void {
    const before = this.failure;
    this.#writeFailure = write;
    this.#syncFailure = sync;
    if (this.failure === before) return;
    const { log } = this.#environment;
    if (this.failure === undefined)
      log.warning('AOF write error looks solved, the server can write again.');
    else if (sync !== undefined) log.warning(`Fail to fsync the AOF file: ${sync}`);
    this.onState?.();
  }

  #timestamp(): void {
    const second = Math.floor(this.#environment.clock.wallMilliseconds() / 1000);
    if (second <= this.#second) return;
    this.#second = second;
    this.#put(`#TS:${second}\r\n`);
  }

  #put(text: string): void {
    const bytes = fromLatin1(text);
    this.#reserve(bytes.length);
    this.#length = copyBytes(this.#bytes, this.#length, bytes, 0, bytes.length);
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const wide = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    wide.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wide;
  }

  #now(): number {
    return this.#environment.clock.monotonicMicroseconds() / 1000;
  }
}
