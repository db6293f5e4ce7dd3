/**
 * Everything about files that outlive the process: loading at the start, snapshots, the append-only
 * file, and what commands and INFO want of them.
 */
import { fromLatin1, latin1 } from '../bytes/text.ts';
import type { FileControl, ReloadOptions, TransferContents } from '../command/file-control.ts';
import type { ShutdownOptions } from '../command/ports.ts';
import type { Session } from '../command/session.ts';
import type { Engine } from '../engine.ts';
import type { Disk } from '../env/disk.ts';
import type { KeyspaceListener } from '../keyspace/events.ts';
import { MISCONF_SNAPSHOT, misconfAppendOnly } from '../resp/errors.ts';
import { AppendOnly } from './append-only.ts';
import { DiskGuard, LoadingGuard } from './disk-guards.ts';
import type { PersistenceEnvironment } from './environment.ts';
import { appendOnlyFields, loadingFields, snapshotFields } from './info-fields.ts';
import type { Libraries } from './keyspace-load.ts';
import { LoadError } from './load-rdb.ts';
import { Loader } from './loader.ts';
import { RdbSaver } from './rdb-saver.ts';
import { SnapshotTransfer } from './snapshot-transfer.ts';

/** What the process gives. */
export interface PersistenceOutside {
  readonly disk: Disk;
  readonly processId: number;
  nextTurn(): Promise<void>;
  delay(milliseconds: number): Promise<void>;
  /** Sees to it that `beforeReplies` is called at the end of this turn. */
  wakeAtTurnEnd(): void;
}

const SHUTDOWN_FAILED = 'ERR Errors trying to SHUTDOWN. Check logs.';

export class Persistence implements FileControl, KeyspaceListener {
  readonly #outside: PersistenceOutside;
  #engine!: Engine;
  #environment!: PersistenceEnvironment;
  #saver!: RdbSaver;
  #transfer!: SnapshotTransfer;
  #loader!: Loader;
  #appendOnly!: AppendOnly;
  #diskGuard!: DiskGuard;
  /** FLUSHALL of DEBUG RELOAD and the like, which cancels nothing. */
  #isReloading = false;

  constructor(outside: PersistenceOutside) {
    this.#outside = outside;
  }

  /** Connects to the engine whose data is saved. */
  attach(engine: Engine): void {
    const { keyspace, ports, persistence: status, executor, context } = engine;
    this.#engine = engine;
    this.#environment = {
      ...this.#outside,
      nextTurn: () => this.#outside.nextTurn(),
      delay: (milliseconds) => this.#outside.delay(milliseconds),
      keyspace,
      config: context.config,
      log: ports.log,
      clock: ports.clock,
      latency: ports.latencyEvents,
      served: () => ports.statistics.commandsProcessed,
    };
    this.#diskGuard = new DiskGuard(executor.gates, () => this.#writesAreUnsafe());
    this.#saver = new RdbSaver(this.#environment, status);
    this.#transfer = new SnapshotTransfer(this.#environment, ports.clients, ports.random, () =>
      this.#saver.header(false),
    );
    this.#loader = new Loader(this.#environment, status, new LoadingGuard(executor.gates));
    this.#appendOnly = new AppendOnly(engine, this.#environment, this.#saver, this.#loader, {
      wake: () => this.#outside.wakeAtTurnEnd(),
      onState: () => this.#diskGuard.update(),
    });
    this.#saver.isBusy = () => this.#appendOnly.isRewriting || executor.isHeld;
    this.#appendOnly.isBusy = () => this.#saver.isSaving || executor.isHeld;
    const libraries = this.#libraries();
    this.#saver.libraries = libraries;
    this.#loader.libraries = libraries;
    keyspace.events.add(this, 0);
    context.config.onApply(['appendonly'], () => this.#switchAppendOnly());
    engine.memoryAccount.count('append-only buffer', () => this.#appendOnly.log?.pending ?? 0);
    engine.info.add('stats', () => [['sync_full', this.#transfer.begun]]);
    engine.info.add('persistence', () => [
      ...snapshotFields(this.#environment, this.#saver, this.#appendOnly),
      ...appendOnlyFields(this.#environment, this.#appendOnly),
      ...loadingFields(this.#environment, status),
    ]);
  }

  /** The function libraries of the server, as files hold them. */
  #libraries(): Libraries {
    const { functions } = this.#engine.ports.scripting;
    return {
      all: () => [...functions.libraries.values()].map(({ code }) => fromLatin1(code)),
      load: (code) => {
        const outcome = functions.load(latin1(code, 0, code.length), true);
        return 'error' in outcome ? outcome.error : undefined;
      },
    };
  }

  /** Loads what the configuration says. Rejects with LoadError, which the log was told. */
  async load(): Promise<void> {
    const { log } = this.#engine.ports;
    try {
      if (this.#engine.context.config.appendonly) await this.#appendOnly.loadAtStart();
      else await this.#loader.loadRdb();
    } catch (error) {
      const reason = error instanceof LoadError ? error : new LoadError((error as Error).message);
      log.warning(reason.message);
      log.warning('Terminating server after rdb file reading failure.');
      throw reason;
    }
  }

  /** To be called about ten times a second. */
  tick(): void {
    if (this.#engine.persistence.isLoading || this.#engine.executor.isHeld) return;
    this.#appendOnly.tick();
    this.#saver.tick();
    this.#diskGuard.update();
  }

  /** Before replies go out: what they acknowledge is written. See Output.beforeFlush. */
  beforeReplies(): boolean {
    return this.#appendOnly.beforeReplies();
  }

  save(): 'done' | 'saving' | 'failed' {
    if (this.#saver.isSaving) return 'saving';
    const problem = this.#saver.saveNow();
    this.#diskGuard.update();
    return problem === undefined ? 'done' : 'failed';
  }

  startSave(schedule: boolean): 'started' | 'scheduled' | 'saving' | 'busy' {
    const { nested } = this.#engine.ports;
    if (this.#saver.isSaving) return 'saving';
    if (this.#saver.isBusy() || nested.isNested) {
      if (!schedule) return 'busy';
      this.#saver.isScheduled = true;
      return 'scheduled';
    }
    this.#saver.start();
    return 'started';
  }

  startRewrite(): 'started' | 'scheduled' | 'rewriting' | 'failed' {
    if (this.#appendOnly.isRewriting) return 'rewriting';
    if (this.#appendOnly.isBusy() || this.#engine.ports.nested.isNested) {
      this.#appendOnly.isScheduled = true;
      return 'scheduled';
    }
    this.#appendOnly.failures = 0;
    return this.#appendOnly.startRewrite() ? 'started' : 'failed';
  }

  sendSnapshot(session: Session, contents: TransferContents): string | undefined {
    // Held from now on: what it sends meanwhile is not executed.
    return this.#transfer.start(session, contents, () => void this.#engine.ports.suspend());
  }

  reload({ save, flush, merge }: ReloadOptions): string | undefined {
    const { keyspace, ports } = this.#engine;
    if (save && this.#saver.saveNow() !== undefined) return 'ERR';
    this.#isReloading = true;
    try {
      if (flush) {
        keyspace.flushAll();
        ports.scripting.functions.flush();
      }
      this.#loader.loadRdbNow(merge);
    } catch (error) {
      ports.log.warning((error as Error).message);
      return 'ERR Error trying to load the RDB dump, check server logs';
    } finally {
      this.#isReloading = false;
    }
    ports.log.warning('DB reloaded by DEBUG RELOAD');
    return undefined;
  }

  async loadAppendOnly(): Promise<string | undefined> {
    const { log } = this.#engine.ports;
    this.#isReloading = true;
    try {
      await this.#appendOnly.reload();
    } catch (error) {
      log.warning((error as Error).message);
      return 'ERR Error trying to load the AOF files, check server logs';
    } finally {
      this.#isReloading = false;
    }
    log.warning('Append Only File loaded by DEBUG LOADAOF');
    return undefined;
  }

  /**
   * Makes everything durable that is to outlive the process, at once. Returns the error text when
   * that fails and the server is to go on.
   */
  prepareToStop({ save, force }: ShutdownOptions): string | undefined {
    const { persistence: status, context, ports } = this.#engine;
    const { log } = ports;
    const problem = this.#finishAppendOnly();
    if (problem !== undefined && !force) {
      log.warning(`${problem}, can't exit.`);
      return SHUTDOWN_FAILED;
    }
    const isWanted = save ?? context.config.save.length > 0;
    if (!isWanted || status.isLoading) return undefined;
    void this.#saver.cancel();
    log.notice('Saving the final RDB snapshot before exiting.');
    if (this.#saver.saveNow() === undefined) return undefined;
    if (force) {
      log.warning('Error trying to save the DB. Exit anyway.');
      return undefined;
    }
    log.warning("Error trying to save the DB, can't exit.");
    log.warning('Errors trying to shut down the server. Check the logs for more information.');
    return SHUTDOWN_FAILED;
  }

  /** Why the append-only file is not as it should be when the process ends. */
  #finishAppendOnly(): string | undefined {
    const { state } = this.#appendOnly;
    if (state === 'off') return undefined;
    if (state === 'waiting') return 'Writing initial AOF';
    try {
      this.#appendOnly.finish();
      return undefined;
    } catch (error) {
      return `Error writing the AOF: ${(error as Error).message}`;
    }
  }

  /** Stops work in the background; nothing is saved. */
  async close(): Promise<void> {
    await this.#transfer.cancel();
    await this.#saver.cancel();
    await this.#appendOnly.close();
  }

  /** FLUSHALL makes the present snapshot void, and a new one due. */
  flushed(database: number): void {
    if (database !== -1 || this.#isReloading || this.#engine.persistence.isLoading) return;
    if (this.#saver.isSaving) void this.#saver.cancel();
    if (this.#engine.context.config.save.length > 0) this.#saver.isScheduled = true;
  }

  #switchAppendOnly(): string | undefined {
    const isOff = this.#appendOnly.state === 'off';
    if (this.#engine.context.config.appendonly)
      return isOff ? this.#appendOnly.turnOn() : undefined;
    if (!isOff) this.#appendOnly.turnOff();
    return undefined;
  }

  #writesAreUnsafe(): string | undefined {
    const { config } = this.#engine.context;
    const { wasLastSaveGood } = this.#engine.persistence;
    const isStrict = config.stopWritesOnBgsaveError && config.save.length > 0;
    if (isStrict && !wasLastSaveGood) return MISCONF_SNAPSHOT;
    const { failure } = this.#appendOnly;
    return failure === undefined ? undefined : misconfAppendOnly(failure);
  }
}
