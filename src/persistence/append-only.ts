/**
 * The append-only file of a server: loading, switching on and off, and rewriting.
 *
 *   off ── turnOn ──▶ waiting ── its first rewrite is complete ──▶ on ── turnOff ──▶ off
 *
 * A rewrite fixes an instant: what happens from then on goes to a new increment, and a snapshot of the
 * instant becomes the new base. When it is complete the manifest names both, and the files before
 * them are history. So a crash at any moment leaves a manifest whose files make the whole data set.
 */
import type { Engine } from '../engine.ts';
import { AofDirectory } from './aof-directory.ts';
import { AofLog } from './aof-log.ts';
import { type AofFile, AofManifest, ManifestError } from './aof-manifest.ts';
import { CommandFormat } from './command-format.ts';
import type { PersistenceEnvironment } from './environment.ts';
import { type AofEnd, AofLoad } from './load-aof.ts';
import { LoadError } from './load-rdb.ts';
import type { Loader } from './loader.ts';
import { RdbFormat } from './rdb-format.ts';
import type { RdbSaver } from './rdb-saver.ts';
import { Snapshot, type SnapshotFormat } from './snapshot.ts';
import { CANCELLED, LONGEST_COMPRESSED, SnapshotFile } from './snapshot-file.ts';

/** Failures in a row after which automatic rewrites wait, for a minute, two, four … up to an hour. */
const FREE_FAILURES = 3;
const MOST_WAIT_SECONDS = 3600;
const SIGNATURE = 'REDIS';

export class AppendOnly {
  state: 'off' | 'waiting' | 'on' = 'off';
  /** Whether another piece of work keeps a rewrite from beginning. */
  isBusy: () => boolean = () => false;
  /** A rewrite begins as soon as it can. */
  isScheduled = false;
  /** For INFO. */
  baseSize = 0;
  rewrites = 0;
  failures = 0;
  wasRewriteGood = true;
  rewriteSeconds = -1;
  startedAt = 0;

  readonly #engine: Engine;
  readonly #environment: PersistenceEnvironment;
  readonly #saver: RdbSaver;
  readonly #loader: Loader;
  readonly #directory: AofDirectory;
  readonly #wake: () => void;
  readonly #onState: () => void;
  #manifest: AofManifest;
  #isRead = false;
  #log: AofLog | undefined;
  /** Bytes of base and increments but the open one. */
  #closedSize = 0;
  #job: SnapshotFile | undefined;
  #running: Promise<void> | undefined;

  constructor(
    engine: Engine,
    environment: PersistenceEnvironment,
    saver: RdbSaver,
    loader: Loader,
    hooks: { wake: () => void; onState: () => void },
  ) {
    this.#engine = engine;
    this.#environment = environment;
    this.#saver = saver;
    this.#loader = loader;
    this.#wake = hooks.wake;
    this.#onState = hooks.onState;
    this.#directory = new AofDirectory(environment);
    this.#manifest = new AofManifest(environment.config.appendfilename);
  }

  get log(): AofLog | undefined {
    return this.#log;
  }

  get isRewriting(): boolean {
    return this.#job !== undefined;
  }

  /** The snapshot that becomes the new base. */
  get snapshot(): Snapshot | undefined {
    return this.#job?.snapshot;
  }

  /** Bytes of all files that count. */
  get size(): number {
    return this.#closedSize + (this.#log?.size ?? 0);
  }

  /** Why writes are not safe at present. */
  get failure(): string | undefined {
    return this.state === 'on' ? this.#log?.failure : undefined;
  }

  /** Writes what came in this turn; whether replies may go out. See AofLog.flush. */
  beforeReplies(): boolean {
    const isSafe = this.#log?.flush() ?? true;
    return isSafe || this.state !== 'on';
  }

  /** Loads the files there are, and opens the end for what is to come. Rejects with LoadError. */
  async loadAtStart(): Promise<void> {
    const { log, clock } = this.#environment;
    try {
      this.#readManifest();
      this.#directory.upgrade(this.#manifest);
      const began = clock.monotonicMicroseconds();
      if (!this.#manifest.isEmpty) {
        await this.#loadFiles();
        const seconds = (clock.monotonicMicroseconds() - began) / 1e6;
        log.notice(`DB loaded from append only file: ${seconds.toFixed(3)} seconds`);
      }
      this.#open();
    } catch (error) {
      if (error instanceof LoadError) throw error;
      const reason = (error as Error).message;
      throw new LoadError(error instanceof ManifestError ? reason : `AOF: ${reason}`);
    }
  }

  /** DEBUG LOADAOF: loads the files again over an emptied keyspace. Rejects with LoadError. */
  async reload(): Promise<void> {
    const { keyspace } = this.#environment;
    this.#log?.finish();
    const { effects } = this.#engine.context;
    const log = this.#log;
    if (log !== undefined) effects.removeSink(log);
    try {
      keyspace.flushAll();
      this.#engine.ports.scripting.functions.flush();
      await this.#loadFiles();
    } finally {
      if (log !== undefined) effects.addSink(log);
    }
  }

  /** CONFIG SET appendonly yes: from the end of a first rewrite on, everything is in the files. */
  turnOn(): string | undefined {
    this.state = 'waiting';
    if (this.isBusy()) {
      this.isScheduled = true;
      this.#environment.log.notice(
        'AOF was enabled but there is already another background operation. An AOF background was ' +
          'scheduled to start when possible.',
      );
      return undefined;
    }
    if (this.startRewrite()) return undefined;
    this.state = 'off';
    return 'Unable to turn on AOF. Check server logs.';
  }

  /** CONFIG SET appendonly no. What is written stays, and is durable. */
  turnOff(): void {
    this.#job?.cancel();
    this.isScheduled = false;
    this.#closeLog();
    if (this.state === 'waiting') this.#removeTemporary();
    this.state = 'off';
  }

  /** Begins a rewrite; nothing else must be in progress. False when the disk refuses. */
  startRewrite(): boolean {
    const { log, clock, config } = this.#environment;
    this.isScheduled = false;
    this.startedAt = Math.floor(clock.wallMilliseconds() / 1000);
    const format = config.aofUseRdbPreamble ? 'rdb' : 'aof';
    try {
      this.#readManifest();
      this.#directory.make();
      this.#openIncrement();
    } catch (error) {
      log.warning(`Can't begin to rewrite the AOF: ${(error as Error).message}`);
      this.#rewriteFailed();
      return false;
    }
    const firstKept = this.#manifest.increments.at(-1)?.sequence ?? Infinity;
    const base = this.#nextBase(format);
    const job = this.#createJob(format, base.name);
    this.#job = job;
    log.notice(
      `Background append only file rewriting started by pid ${this.#environment.processId}`,
    );
    this.#running = job.run().then(
      () => this.#rewritten(base, firstKept),
      (error: Error) => {
        if (error === CANCELLED) {
          this.#job = undefined;
          this.#log?.mended(false);
        } else {
          log.warning(`AOF rewrite error: ${error.message}`);
          this.#rewriteFailed();
        }
      },
    );
    return true;
  }

  /** To be called about ten times a second. */
  tick(): void {
    const log = this.#log;
    log?.tick();
    // What the files lack is in memory: a new base makes them whole.
    if (log?.wasSyncLost === true && this.state === 'on') this.isScheduled = true;
    this.#job?.tellProgress('Background AOF rewriting');
    if (this.#job !== undefined || this.isBusy()) return;
    if (this.isScheduled) {
      if (this.#mayTry) this.startRewrite();
    } else if (this.state === 'on' && this.#isDue()) this.startRewrite();
  }

  /** Makes everything durable, at once. Throws DiskError. */
  finish(): void {
    this.#log?.finish();
  }

  async close(): Promise<void> {
    this.#job?.cancel();
    await this.#running;
    if (this.#log !== undefined) this.#closeLog();
  }

  /** What is on the disk, once; from then on it is kept here. */
  #readManifest(): void {
    if (this.#isRead) return;
    this.#manifest = this.#directory.readManifest();
    this.#isRead = true;
  }

  /** After failures, a scheduled rewrite waits: a second, two, four … up to a minute. */
  get #mayTry(): boolean {
    if (this.failures === 0) return true;
    const wait = Math.min(60, 2 ** (this.failures - 1));
    return this.#environment.clock.wallMilliseconds() / 1000 - this.startedAt >= wait;
  }

  #isDue(): boolean {
    const { config, clock, log } = this.#environment;
    const percentage = config.autoAofRewritePercentage;
    if (percentage === 0 || this.size <= config.autoAofRewriteMinSize) return false;
    const growth = Math.floor((this.size * 100) / Math.max(1, this.baseSize)) - 100;
    if (growth < percentage) return false;
    if (this.failures >= FREE_FAILURES) {
      const wait = Math.min(MOST_WAIT_SECONDS, 60 * 2 ** (this.failures - FREE_FAILURES));
      if (clock.wallMilliseconds() / 1000 - this.startedAt < wait) return false;
    }
    log.notice(`Starting automatic rewriting of AOF on ${growth}% growth`);
    return true;
  }

  /** Opens the increment for what happens from now on. */
  #openIncrement(): void {
    const next = this.#manifest.copy();
    const file = next.addIncrement();
    if (this.state === 'on') {
      if (!this.#log!.wasSyncLost) this.#log!.finish();
      const opened = this.#environment.disk.open(this.#directory.pathOf(file.name), 'create');
      try {
        this.#directory.writeManifest(next);
      } catch (error) {
        opened.close();
        throw error;
      }
      this.#closedSize += this.#log!.size;
      this.#log!.switchTo(opened);
      this.#manifest = next;
      return;
    }
    if (this.state === 'off') return;
    // Until the base is complete this one counts for nothing, and has another name.
    this.#closeLog();
    const path = this.#directory.pathOf(`temp-${file.name}`);
    this.#useLog(new AofLog(this.#environment, this.#environment.disk.open(path, 'create')));
  }

  #nextBase(format: 'rdb' | 'aof'): AofFile {
    const { disk } = this.#environment;
    const isTaken = (name: string): boolean => disk.sizeOf(this.#directory.pathOf(name)) >= 0;
    return this.#manifest.nextBase(format, isTaken);
  }

  #createJob(format: 'rdb' | 'aof', name: string): SnapshotFile {
    const { config, processId } = this.#environment;
    const snapshot = this.#snapshot(format);
    snapshot.output.compresses = config.rdbcompression;
    snapshot.output.longestCompressed = LONGEST_COMPRESSED;
    return new SnapshotFile(this.#environment, snapshot, {
      directory: this.#directory.path,
      temporary: `temp-rewriteaof-bg-${processId}.aof`,
      name,
      checksum: format === 'aof' ? 'none' : config.rdbchecksum ? 'crc' : 'zeros',
      incrementalSync: config.aofRewriteIncrementalFsync,
      keyDelay: config.rdbKeySaveDelay,
    });
  }

  #snapshot(format: 'rdb' | 'aof'): Snapshot {
    const { keyspace, clock } = this.#environment;
    keyspace.setTime(clock.wallMilliseconds());
    const header = this.#saver.header(true);
    const how: SnapshotFormat =
      format === 'rdb'
        ? new RdbFormat(keyspace, header)
        : new CommandFormat(keyspace, keyspace.codec.newValues(), header.libraries);
    return new Snapshot(keyspace, how);
  }

  /** The new base is on the disk: the manifest names it, and what it replaces is history. */
  async #rewritten(base: AofFile, firstKept: number): Promise<void> {
    const { disk, log, clock, latency } = this.#environment;
    const next = this.#manifest.copy();
    const began = latency.begin();
    try {
      if (this.state === 'waiting') {
        const { name } = next.addIncrement();
        this.#log!.finish();
        disk.rename(this.#directory.pathOf(`temp-${name}`), this.#directory.pathOf(name));
        next.replaceBase(base, 1);
      } else if (this.state === 'off') next.replaceBase(base, 0);
      else {
        const kept = next.increments.filter(({ sequence }) => sequence >= firstKept).length;
        next.replaceBase(base, kept);
      }
      this.#directory.writeManifest(next);
    } catch (error) {
      log.warning(`Error trying to complete the AOF rewrite: ${(error as Error).message}`);
      this.#rewriteFailed();
      return;
    }
    latency.end('aof-rename', began);
    this.#manifest = next;
    if (this.state === 'waiting') this.state = 'on';
    this.#measure();
    this.baseSize = this.size;
    this.#job = undefined;
    this.failures = 0;
    this.rewrites++;
    this.wasRewriteGood = true;
    this.#log?.mended(true);
    this.rewriteSeconds = Math.floor(clock.wallMilliseconds() / 1000) - this.startedAt;
    log.notice('Background AOF rewrite finished successfully');
    this.#onState();
    await this.#removeHistory();
  }

  #rewriteFailed(): void {
    this.#job = undefined;
    this.failures++;
    this.wasRewriteGood = false;
    this.#log?.mended(false);
    if (this.state !== 'waiting') return;
    this.#closeLog();
    this.#removeTemporary();
    this.isScheduled = true;
  }

  #removeTemporary(): void {
    const { disk, log } = this.#environment;
    const { name } = this.#manifest.copy().addIncrement();
    log.notice('Removing the temp incr aof file');
    void disk.remove(this.#directory.pathOf(`temp-${name}`)).catch(() => {});
  }

  async #removeHistory(): Promise<void> {
    const { config, log } = this.#environment;
    if (config.aofDisableAutoGc) return;
    await this.#directory.removeHistory(this.#manifest).catch((error: Error) => {
      log.warning(`Could not remove history files: ${error.message}`);
    });
  }

  /** Opens the last increment, or the first; without any files makes an empty base. */
  #open(): void {
    const { disk } = this.#environment;
    const directory = this.#directory;
    const manifest = this.#manifest;
    directory.make();
    const isNew = manifest.increments.length === 0;
    if (manifest.isEmpty) {
      const format = this.#environment.config.aofUseRdbPreamble ? 'rdb' : 'aof';
      const base = this.#nextBase(format);
      this.#createJob(format, base.name).runNow();
      manifest.replaceBase(base, 0);
      this.#environment.log.notice(`Creating AOF base file ${base.name} on server start`);
    }
    const file = isNew ? manifest.addIncrement() : manifest.increments.at(-1)!;
    const opened = disk.open(directory.pathOf(file.name), 'append');
    // What was read back may have been in the system's memory only.
    opened.syncNow();
    if (isNew) directory.writeManifest(manifest);
    this.#useLog(new AofLog(this.#environment, opened));
    this.state = 'on';
    this.#measure();
    this.baseSize = this.size;
    void this.#removeHistory();
  }

  #useLog(log: AofLog): void {
    this.#log = log;
    log.wake = this.#wake;
    log.onState = this.#onState;
    log.hasCompany = () => this.isRewriting || this.#saver.isSaving;
    log.skipsSyncs = () => this.#environment.config.noAppendfsyncOnRewrite && this.isRewriting;
    this.#engine.context.effects.addSink(log);
  }

  #closeLog(): void {
    const log = this.#log;
    if (log === undefined) return;
    this.#engine.context.effects.removeSink(log);
    this.#log = undefined;
    try {
      log.finish();
    } catch (error) {
      this.#environment.log.warning(`Could not finish the AOF: ${(error as Error).message}`);
    }
    log.close();
    this.#onState();
  }

  /** Adds up what the files that are not written any more have. */
  #measure(): void {
    const { base, increments } = this.#manifest;
    const { disk } = this.#environment;
    const files = increments.slice(0, -1);
    if (base !== undefined) files.push(base);
    this.#closedSize = 0;
    for (const { name } of files)
      this.#closedSize += Math.max(0, disk.sizeOf(this.#directory.pathOf(name)));
  }

  async #loadFiles(): Promise<void> {
    const { disk } = this.#environment;
    const { base, increments } = this.#manifest;
    const names = [...(base === undefined ? [] : [base]), ...increments].map(({ name }) => name);
    let total = 0;
    for (const name of names) {
      const size = disk.sizeOf(this.#directory.pathOf(name));
      if (size < 0) throw new LoadError(`The AOF file ${name}: No such file or directory`);
      total += size;
    }
    await this.#loader.whileLoading(total, async () => {
      let before = 0;
      for (const [index, name] of names.entries()) {
        await this.#loadFile(name, before, index === names.length - 1);
        before += disk.sizeOf(this.#directory.pathOf(name));
      }
    });
  }

  async #loadFile(name: string, before: number, isLast: boolean): Promise<void> {
    const { disk } = this.#environment;
    const path = this.#directory.pathOf(name);
    const size = disk.sizeOf(path);
    let from = 0;
    if (this.#isRdb(path)) {
      from = await this.#loader.loadFile(path, before, true);
      if (from === size) return;
    }
    const file = disk.open(path, 'read');
    let end: AofEnd;
    try {
      const load = new AofLoad(this.#environment, this.#engine.executor, file, name, from);
      end = await load.run((bytes) => this.#loader.progress(before + bytes));
    } finally {
      file.close();
    }
    if (end.isTruncated) this.#repair(name, path, end.validUpTo, isLast);
  }

  #isRdb(path: string): boolean {
    const file = this.#environment.disk.open(path, 'read');
    try {
      const head = new Uint8Array(SIGNATURE.length);
      file.readNow(head, 0, head.length, 0);
      return String.fromCharCode(...head) === SIGNATURE;
    } finally {
      file.close();
    }
  }

  /** Cuts the end of a file that stops in the middle of a command, if that is allowed. */
  #repair(name: string, path: string, length: number, isLast: boolean): void {
    const { disk, config, log } = this.#environment;
    if (!isLast)
      throw new LoadError(`Fatal error: the truncated file ${name} is not the last file`);
    if (!config.aofLoadTruncated)
      throw new LoadError(
        `Unexpected end of file reading the append only file ${name} at offset ${length}. You can: ` +
          '1) Make a backup of your AOF file, then use respd-check-aof --fix <filename.manifest>. ' +
          "2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and " +
          'restart the server.',
      );
    log.warning(`!!! Warning: short read while loading the AOF file ${name}!!!`);
    log.warning(`AOF ${name} loaded anyway because aof-load-truncated is enabled`);
    const file = disk.open(path, 'append');
    try {
      file.truncate(length);
      file.syncNow();
    } finally {
      file.close();
    }
    log.warning(`Truncated the AOF file ${name} to ${length} bytes`);
  }
}
