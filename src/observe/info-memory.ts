/** INFO memory. */
import type { MemoryReports } from '../command/ports.ts';
import type { Config } from '../config/config.ts';
import type { ProcessFacts } from '../env/process-facts.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import { humanBytes } from './human-bytes.ts';
import type { InfoField, InfoSections } from './info.ts';

/** A quotient with two decimals. */
export function ratio(dividend: number, divisor: number): string {
  return (divisor === 0 ? 0 : dividend / divisor).toFixed(2);
}

export function addMemorySection(
  info: InfoSections,
  reports: MemoryReports,
  config: Config,
  keyspace: Keyspace,
  facts: ProcessFacts,
): void {
  info.add('memory', () => {
    const report = reports.report();
    const { allocated, used, peak, resident, reserved, overhead, startup, dataset } = report;
    const vm = report.scripts + report.functions;
    return [
      ...withHuman('used_memory', used),
      ...withHuman('used_memory_rss', resident),
      ...withHuman('used_memory_peak', peak),
      ['used_memory_peak_perc', `${ratio(used * 100, peak)}%`],
      ['used_memory_overhead', overhead],
      ['used_memory_startup', startup],
      ['used_memory_dataset', dataset],
      ['used_memory_dataset_perc', `${ratio(dataset * 100, used - startup)}%`],
      ['allocator_allocated', allocated],
      ['allocator_active', reserved],
      ['allocator_resident', reserved],
      ...withHuman('total_system_memory', facts.systemMemory),
      ['used_memory_lua', 0],
      ['used_memory_vm_eval', 0],
      ['used_memory_lua_human', humanBytes(0)],
      ['used_memory_scripts_eval', report.scripts],
      ['number_of_cached_scripts', 0],
      ['number_of_functions', 0],
      ['number_of_libraries', 0],
      ['used_memory_vm_functions', 0],
      ...withHuman('used_memory_vm_total', 0),
      ['used_memory_functions', report.functions],
      ...withHuman('used_memory_scripts', vm),
      ...withHuman('maxmemory', config.maxmemory),
      ['maxmemory_policy', config.maxmemoryPolicy],
      ['allocator_frag_ratio', ratio(reserved, allocated)],
      ['allocator_frag_bytes', reserved - allocated],
      ['allocator_rss_ratio', '1.00'],
      ['allocator_rss_bytes', 0],
      ['rss_overhead_ratio', ratio(resident, reserved)],
      ['rss_overhead_bytes', resident - reserved],
      ['mem_fragmentation_ratio', ratio(resident, used)],
      ['mem_fragmentation_bytes', resident - used],
      ['mem_not_counted_for_evict', 0],
      ['mem_replication_backlog', report.replicationBacklog],
      ['mem_total_replication_buffers', report.replicaClients + report.replicationBacklog],
      ['mem_clients_slaves', report.replicaClients],
      ['mem_clients_normal', report.normalClients],
      ['mem_cluster_links', report.clusterLinks],
      ['mem_aof_buffer', report.appendOnlyBuffer],
      ['mem_allocator', 'respd-heap'],
      ['mem_script_engine_heap', report.scriptHeap],
      ['active_defrag_running', 0],
      ['lazyfree_pending_objects', keyspace.lazyFree.pending],
      ['lazyfreed_objects', keyspace.lazyFree.freed],
    ];
  });
}

function withHuman(name: string, bytes: number): readonly InfoField[] {
  return [
    [name, bytes],
    [`${name}_human`, humanBytes(bytes)],
  ];
}
