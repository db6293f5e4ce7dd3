/**
 * INFO persistence and replication, as far as the engine knows: what has no entry in
 * `PersistenceStatus` has not happened. The parts that save, load and replicate add their own fields,
 * which take the place of these.
 */
import type { PersistenceStatus } from '../command/persistence-status.ts';
import type { ProcessFacts } from '../env/process-facts.ts';
import type { Config } from '../config/config.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { InfoSections } from './info.ts';

export function addDurabilitySections(
  info: InfoSections,
  status: PersistenceStatus,
  keyspace: Keyspace,
  config: Config,
  facts: ProcessFacts,
): void {
  info.add('persistence', () => [
    ['loading', status.isLoading ? 1 : 0],
    ['async_loading', 0],
    ['current_cow_peak', 0],
    ['current_cow_size', 0],
    ['current_cow_size_age', 0],
    ['current_fork_perc', '0.00'],
    ['current_save_keys_processed', 0],
    ['current_save_keys_total', 0],
    ['rdb_changes_since_last_save', keyspace.dirty],
    ['rdb_bgsave_in_progress', status.isSaving ? 1 : 0],
    ['rdb_last_save_time', status.lastSaveAt],
    ['rdb_last_bgsave_status', status.wasLastSaveGood ? 'ok' : 'err'],
    ['rdb_last_bgsave_time_sec', status.lastSaveSeconds],
    ['rdb_current_bgsave_time_sec', -1],
    ['rdb_saves', status.saves],
    ['rdb_last_cow_size', 0],
    ['rdb_last_load_keys_expired', status.loadedExpiredKeys],
    ['rdb_last_load_keys_loaded', status.loadedKeys],
    ['aof_enabled', 0],
    ['aof_rewrite_in_progress', 0],
    ['aof_rewrite_scheduled', 0],
    ['aof_last_rewrite_time_sec', -1],
    ['aof_current_rewrite_time_sec', -1],
    ['aof_last_bgrewrite_status', 'ok'],
    ['aof_rewrites', 0],
    ['aof_rewrites_consecutive_failures', 0],
    ['aof_last_write_status', 'ok'],
    ['aof_last_cow_size', 0],
    ['module_fork_in_progress', 0],
    ['module_fork_last_cow_size', 0],
  ]);
  info.add('replication', () => [
    ['role', 'master'],
    ['connected_slaves', 0],
    ['master_failover_state', 'no-failover'],
    ['master_replid', facts.runId],
    ['master_replid2', '0'.repeat(40)],
    ['master_repl_offset', 0],
    ['second_repl_offset', -1],
    ['repl_backlog_active', 0],
    ['repl_backlog_size', config.replBacklogSize],
    ['repl_backlog_first_byte_offset', 0],
    ['repl_backlog_histlen', 0],
  ]);
}
