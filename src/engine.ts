/**
 * The engine of one server, assembled: data, commands, execution. Pure: it meets the outside world
 * only through the ports it is given, so a simulation builds it the same way.
 */
import { allCommands } from './commands/all.ts';
import { AccessControl } from './acl/access-control.ts';
import { Refusals } from './acl/refusals.ts';
import { CommandContext } from './command/context.ts';
import { type FileControl, NO_FILES } from './command/file-control.ts';
import { MemoryAccount } from './command/memory-account.ts';
import { PersistenceStatus } from './command/persistence-status.ts';
import type { NestedExecution, PubSubPort, ServerPorts } from './command/ports.ts';
import type { QueuedCommand } from './command/queued-command.ts';
import { CommandTable } from './command/registry.ts';
import { SessionHooks } from './command/session-hooks.ts';
import { ServerStatistics } from './command/statistics.ts';
import type { Config } from './config/config.ts';
import { Blocking } from './execution/blocking.ts';
import { Executor } from './execution/executor.ts';
import { MemoryLimit } from './execution/memory-limit.ts';
import { Watches } from './execution/watch.ts';
import type { Digests } from './env/digests.ts';
import type { Disk } from './env/disk.ts';
import type { Timers } from './env/timers.ts';
import { startupClock } from './keyspace/access-clock.ts';
import { Defragmentation } from './keyspace/defragmentation.ts';
import { ExpiryCycle } from './keyspace/expiry-cycle.ts';
import { HotKeys } from './keyspace/hot-keys.ts';
import { Keyspace } from './keyspace/keyspace.ts';
import { Observer } from './observe/command-observer.ts';
import { addEngineSections } from './observe/info-engine.ts';
import { addEvictionFields } from './observe/info-eviction.ts';
import { addHotKeys } from './observe/info-hot-keys.ts';
import { addScriptingFields } from './observe/info-scripting.ts';
import { addTrackingFields } from './observe/info-tracking.ts';
import { InfoSections } from './observe/info.ts';
import { LatencyHistograms } from './observe/latency-histogram.ts';
import { LatencyMonitor } from './observe/latency-monitor.ts';
import { MemoryReporter } from './observe/memory-report.ts';
import { Metrics } from './observe/metrics.ts';
import { Monitors } from './observe/monitors.ts';
import { SlowLog } from './observe/slow-log.ts';
import { KeyspaceNotifications } from './pubsub/keyspace-notifications.ts';
import { PubSub } from './pubsub/pubsub.ts';
import type { ReplyWriter } from './resp/reply-writer.ts';
import { Scripting } from './scripting/scripting.ts';
import { defaultRequestLimits, type RequestLimits } from './resp/request-limits.ts';
import { Tracking } from './tracking/tracking.ts';
import type { ValueLimits } from './values/limits.ts';

/** What the engine cannot make itself. */
export type OuterPorts = Omit<
  ServerPorts,
  | 'table'
  | 'statistics'
  | 'watches'
  | 'nested'
  | 'scripting'
  | 'hotKeys'
  | 'defragmentation'
  | 'expiry'
  | 'requestLimits'
  | 'blocking'
  | 'authentication'
  | 'users'
  | 'refusals'
  | 'sessions'
  | 'info'
  | 'slowRequests'
  | 'latencyEvents'
  | 'latencyDistributions'
  | 'monitors'
  | 'memory'
  | 'persistence'
  | 'files'
  | 'pubsub'
  | 'tracking'
> & {
  readonly timers: Timers;
  readonly digests: Digests;
  /** Where the ACL file is; left out: there is none. */
  readonly disk?: Disk;
  readonly files?: FileControl;
};

/** CPU share of the expiry cycle, in percent at effort 1; each step of effort adds 2. */
const EXPIRY_PERCENT = 25;

export class Engine {
  readonly keyspace: Keyspace;
  readonly context: CommandContext;
  readonly executor: Executor;
  readonly watches: Watches;
  readonly blocking: Blocking;
  readonly scripting: Scripting;
  readonly tracking: Tracking;
  readonly access: AccessControl;
  readonly memoryLimit: MemoryLimit;
  readonly expiry: ExpiryCycle;
  readonly hotKeys: HotKeys;
  readonly defragmentation: Defragmentation;
  readonly ports: ServerPorts;
  readonly sessions = new SessionHooks();
  /** Other parts of the server add their sections. */
  readonly info = new InfoSections();
  /** … and what they tell monitoring systems. */
  readonly metrics: Metrics;
  readonly latencyMonitor: LatencyMonitor;
  /** Other parts of the server say what memory they hold. */
  readonly memoryAccount = new MemoryAccount();
  readonly persistence: PersistenceStatus;
  readonly requestLimits: RequestLimits = defaultRequestLimits();
  readonly #notifications: KeyspaceNotifications;
  readonly #startupClock: number;
  /** Active defragmentation has emptied segments since garbage was last collected for it. */
  #hasGivenBack = false;
  readonly #config: Config;
  readonly #valueLimits: ValueLimits;

  constructor(config: Config, writer: ReplyWriter, outer: OuterPorts) {
    this.#config = config;
    this.#valueLimits = valueLimits(config);
    const startsWithLfu = config.maxmemoryPolicy.endsWith('lfu');
    this.#startupClock = startupClock(outer.clock.wallMilliseconds(), startsWithLfu);
    this.keyspace = new Keyspace(config.databases, this.#valueLimits, outer.random);
    this.watches = new Watches(this.keyspace);
    this.blocking = new Blocking(this.keyspace, outer.timers);
    this.keyspace.setTime(outer.clock.wallMilliseconds());
    this.latencyMonitor = new LatencyMonitor(config, outer.clock);
    this.defragmentation = new Defragmentation(this.keyspace, config, outer.clock);
    this.hotKeys = new HotKeys(this.keyspace, config);
    this.expiry = new ExpiryCycle(this.keyspace, outer.clock);
    this.persistence = new PersistenceStatus(Math.floor(outer.clock.wallMilliseconds() / 1000));
    const table = new CommandTable(allCommands);
    const statistics = new ServerStatistics();
    const histograms = new LatencyHistograms(table.stats.length);
    const slowLog = new SlowLog(config);
    const monitors = new Monitors(this.sessions, (session, line) =>
      outer.clients.sendTo(session, (aside) => aside.simple(line)),
    );
    const pubsub = new PubSub(outer.clients, this.sessions);
    this.tracking = new Tracking(this.keyspace, outer.clients, this.sessions, config);
    this.#notifications = new KeyspaceNotifications(this.keyspace, pubsub, config);
    this.access = this.#createAccess(outer, table, pubsub);
    const ports = {
      ...outer,
      table,
      statistics,
      authentication: this.access,
      users: this.access,
      refusals: new Refusals(config, outer.clock, statistics),
      sessions: this.sessions,
      info: this.info,
      slowRequests: slowLog,
      latencyEvents: this.latencyMonitor,
      latencyDistributions: histograms,
      monitors,
      memory: new MemoryReporter(this.keyspace, outer, statistics, this.memoryAccount),
      persistence: this.persistence,
      files: outer.files ?? NO_FILES,
      pubsub,
      tracking: this.tracking,
      watches: this.watches,
      blocking: this.blocking,
      expiry: this.expiry,
      hotKeys: this.hotKeys,
      defragmentation: this.defragmentation,
      requestLimits: this.requestLimits,
      nested: new Nested(this),
      // It works through the executor, which needs the other ports: see below.
      scripting: undefined as unknown as Scripting,
    };
    this.ports = ports;
    this.context = new CommandContext(writer, this.keyspace, config, this.ports);
    this.executor = new Executor(this.context);
    this.memoryLimit = new MemoryLimit(this.executor, this.latencyMonitor, this.memoryAccount);
    this.executor.observer = new Observer(
      config,
      histograms,
      slowLog,
      this.latencyMonitor,
      monitors,
    );
    this.scripting = new Scripting(this.executor, outer.timers);
    ports.scripting = this.scripting;
    this.metrics = new Metrics(this, config);
    addEngineSections(this.info, this, config, histograms);
    this.#addParts();
    this.applyConfig();
  }

  #createAccess(outer: OuterPorts, table: CommandTable, pubsub: PubSubPort): AccessControl {
    const present = () => this.context.session;
    return new AccessControl(this.#config, { ...outer, table, pubsub, present });
  }

  /** Takes over the settings that the engine keeps in a form of its own. */
  applyConfig(): void {
    const config = this.#config;
    Object.assign(this.#valueLimits, valueLimits(config));
    this.requestLimits.maxBulkLength = config.protoMaxBulkLen;
    this.keyspace.lfu = config.maxmemoryPolicy.endsWith('lfu');
    this.keyspace.smallIntegerClock = config.maxmemory === 0 ? this.#startupClock : undefined;
    this.keyspace.lfuLogFactor = config.lfuLogFactor;
    this.keyspace.lfuDecayMinutes = config.lfuDecayTime;
    this.expiry.effort = config.activeExpireEffort;
    this.#notifications.follow();
  }

  #propagateRemovals(): void {
    const { effects, config } = this.context;
    this.keyspace.propagateRemoval = (database, key, isEviction) => {
      if (!effects.active) return;
      const isLazy = isEviction ? config.lazyfreeLazyEviction : config.lazyfreeLazyExpire;
      effects.record(database.index, [isLazy ? 'UNLINK' : 'DEL', key]);
    };
  }

  /** Lets parts hear of the ends of units, and others of what they hold and have done. */
  #addParts(): void {
    const { functions, scripts } = this.scripting;
    this.keyspace.removalTimer = this.latencyMonitor;
    this.#propagateRemovals();
    addHotKeys(this.info, this.metrics, this.hotKeys);
    addScriptingFields(this.info, this.scripting);
    this.tracking.attach(this.executor);
    this.blocking.attach(this.executor);
    addEvictionFields(this.info, this.memoryLimit);
    addTrackingFields(this.info, this.tracking);
    this.memoryAccount.count('scripts', () => scripts.bytes);
    this.memoryAccount.count('hot keys', () => this.hotKeys.bytesUsed);
    this.memoryAccount.count('functions', () => functions.bytes);
  }

  /** One slice of active expiry as a unit; returns whether it should go on soon. */
  expireSome(microseconds: number): boolean {
    let ranOut = false;
    // A script that goes on in later turns must not see keys go.
    if (this.executor.isHeld) return false;
    const began = this.latencyMonitor.begin();
    this.executor.runUnit(() => {
      ranOut = this.expiry.run(microseconds);
    }, false);
    this.latencyMonitor.end('expire-cycle', began);
    return ranOut;
  }

  /** One slice of active defragmentation; returns whether it should go on soon. */
  defragmentSome(microseconds: number): boolean {
    // A script that goes on in later turns may hold what would be moved.
    if (this.executor.isHeld) return false;
    const began = this.latencyMonitor.begin();
    const { reserved } = this.keyspace.heap;
    const goesOn = this.defragmentation.step(microseconds);
    this.latencyMonitor.end('active-defrag-cycle', began);
    this.#hasGivenBack ||= this.keyspace.heap.reserved < reserved;
    if (!goesOn && this.#hasGivenBack) {
      this.#hasGivenBack = false;
      // Memory that is not referred to goes back to the system with the garbage of the next collection,
      // which an idle server may be far from.
      this.ports.facts.collectScriptHeap();
    }
    return goesOn;
  }

  /** Microseconds that active expiry may take of every second. */
  get expiryBudget(): number {
    return (EXPIRY_PERCENT + 2 * (this.expiry.effort - 1)) * 10_000;
  }
}

class Nested implements NestedExecution {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  run(queued: QueuedCommand): void {
    this.#engine.executor.runQueued(this.#engine.context.session, queued);
  }

  get isNested(): boolean {
    return this.#engine.executor.isNested;
  }
}

function valueLimits(config: Config): ValueLimits {
  return {
    hashMaxListpackEntries: config.hashMaxListpackEntries,
    hashMaxListpackValue: config.hashMaxListpackValue,
    setMaxIntsetEntries: config.setMaxIntsetEntries,
    zsetMaxListpackEntries: config.zsetMaxListpackEntries,
    zsetMaxListpackValue: config.zsetMaxListpackValue,
    listMaxListpackSize: config.listMaxListpackSize,
    listCompressDepth: config.listCompressDepth,
    streamNodeMaxBytes: config.streamNodeMaxBytes,
    streamNodeMaxEntries: config.streamNodeMaxEntries,
    hllSparseMaxBytes: config.hllSparseMaxBytes,
  };
}
