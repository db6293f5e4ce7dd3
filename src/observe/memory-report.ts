/** Where the memory goes, for INFO, MEMORY STATS and MEMORY DOCTOR. All in bytes. */
import { clientBytes, clientType } from '../command/client-line.ts';
import type { ClientDirectory, MemoryReport, MemoryReports } from '../command/ports.ts';
import type { ServerStatistics } from '../command/statistics.ts';
import type { ProcessFacts } from '../env/process-facts.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';

export class MemoryReporter implements MemoryReports {
  readonly #keyspace: Keyspace;
  readonly #clients: ClientDirectory;
  readonly #statistics: ServerStatistics;
  readonly #facts: ProcessFacts;
  readonly #startup: number;

  /** To be made while the keyspace is still empty. */
  constructor(
    keyspace: Keyspace,
    clients: ClientDirectory,
    statistics: ServerStatistics,
    facts: ProcessFacts,
  ) {
    this.#keyspace = keyspace;
    this.#clients = clients;
    this.#statistics = statistics;
    this.#facts = facts;
    this.#startup = keyspace.heap.used;
  }

  /** O(clients + databases). */
  report(): MemoryReport {
    const { heap } = this.#keyspace;
    const { used, reserved } = heap;
    this.#statistics.peakMemory = Math.max(this.#statistics.peakMemory, used);
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
    const overhead = this.#startup + tables;
    return {
      used,
      peak: this.#statistics.peakMemory,
      startup: this.#startup,
      reserved,
      resident: this.#facts.residentBytes(),
      scriptHeap: this.#facts.scriptHeapBytes(),
      normalClients,
      replicaClients,
      overhead,
      dataset: Math.max(0, used - overhead),
      blocks: heap.blocks,
      keys: databases.reduce((sum, { keys }) => sum + keys, 0),
      databases,
    };
  }

  purge(): void {
    this.#keyspace.heap.trim();
  }
}
