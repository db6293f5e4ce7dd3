/** Where the memory goes, for INFO, MEMORY STATS and MEMORY DOCTOR. All in bytes. */
import { clientBytes, clientType } from '../command/client-line.ts';
import type { MemoryAccount } from '../command/memory-account.ts';
import type { ClientDirectory, MemoryReport, MemoryReports } from '../command/ports.ts';
import type { ServerStatistics } from '../command/statistics.ts';
import type { ProcessFacts } from '../env/process-facts.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';

export class MemoryReporter implements MemoryReports {
  readonly #keyspace: Keyspace;
  readonly #clients: ClientDirectory;
  readonly #statistics: ServerStatistics;
  readonly #facts: ProcessFacts;
  readonly #account: MemoryAccount;
  readonly #startup: number;

  /** To be made while the keyspace is still empty. */
  constructor(
    keyspace: Keyspace,
    { clients, facts }: { readonly clients: ClientDirectory; readonly facts: ProcessFacts },
    statistics: ServerStatistics,
    account: MemoryAccount,
  ) {
    this.#keyspace = keyspace;
    this.#clients = clients;
    this.#statistics = statistics;
    this.#facts = facts;
    this.#account = account;
    this.#startup = keyspace.heap.used;
  }

  /** O(clients + databases). */
  report(): MemoryReport {
    const { heap } = this.#keyspace;
    let normalClients = 0;
    let replicaClients = 0;
    for (const session of this.#clients.all()) {
      if (clientType(session) === 'replica') replicaClients += clientBytes(session);
      else normalClients += clientBytes(session);
    }
    const databases = this.#keyspace.databases
      .filter((database) => database.size > 0)
      .map(({ expires, index, keys, size }) => ({
        index,
        keys: size,
        keyTable: keys.bytesUsed,
        expiryTable: expires.bytesUsed,
      }));
    const tables = databases.reduce((sum, one) => sum + one.keyTable + one.expiryTable, 0);
    const account = this.#account;
    const besides = normalClients + replicaClients + account.counted + account.notCounted;
    const used = heap.used + besides;
    const overhead = this.#startup + tables + besides;
    this.#statistics.peakMemory = Math.max(this.#statistics.peakMemory, used);
    return {
      used,
      allocated: heap.used,
      peak: this.#statistics.peakMemory,
      startup: this.#startup,
      reserved: heap.reserved,
      resident: this.#facts.residentBytes(),
      scriptHeap: this.#facts.scriptHeapBytes(),
      normalClients,
      replicaClients,
      scripts: account.of('scripts'),
      functions: account.of('functions'),
      hotKeys: account.of('hot keys'),
      appendOnlyBuffer: account.of('append-only buffer'),
      replicationBacklog: account.of('replication backlog'),
      clusterLinks: account.of('cluster links'),
      overhead,
      dataset: Math.max(0, used - overhead),
      blocks: heap.blocks,
      keys: databases.reduce((sum, { keys }) => sum + keys, 0),
      databases,
    };
  }

  purge(): void {
    this.#keyspace.heap.trim();
    this.#facts.collectScriptHeap();
  }
}
