/** What INFO persistence tells of saving and loading. */
import type { PersistenceStatus } from '../command/persistence-status.ts';
import type { InfoField } from '../observe/info.ts';
import type { AppendOnly } from './append-only.ts';
import type { PersistenceEnvironment } from './environment.ts';
import type { RdbSaver } from './rdb-saver.ts';

export function snapshotFields(
  environment: PersistenceEnvironment,
  saver: RdbSaver,
  file: AppendOnly,
): readonly InfoField[] {
  const { written, keys } = saver.snapshot ?? file.snapshot ?? { written: 0, keys: 0 };
  const now = Math.floor(environment.clock.wallMilliseconds() / 1000);
  return [
    ['current_fork_perc', ((written * 100) / Math.max(1, keys)).toFixed(2)],
    ['current_save_keys_processed', written],
    ['current_save_keys_total', keys],
    ['rdb_current_bgsave_time_sec', saver.isSaving ? now - saver.startedAt : -1],
  ];
}

/** Only while a data set is being loaded. */
export function loadingFields(
  environment: PersistenceEnvironment,
  status: PersistenceStatus,
): readonly InfoField[] {
  if (!status.isLoading) return [];
  const { loadTotalBytes, loadedBytes, loadStartedAt } = status;
  const total = Math.max(1, loadTotalBytes);
  const elapsed = environment.clock.wallMilliseconds() / 1000 - loadStartedAt;
  const left = loadedBytes === 0 ? 1 : (elapsed * (total - loadedBytes)) / loadedBytes;
  return [
    ['loading_start_time', loadStartedAt],
    ['loading_total_bytes', loadTotalBytes],
    ['loading_rdb_used_mem', 0],
    ['loading_loaded_bytes', loadedBytes],
    ['loading_loaded_perc', ((loadedBytes / total) * 100).toFixed(2)],
    ['loading_eta_seconds', Math.ceil(left)],
  ];
}

export function appendOnlyFields(
  environment: PersistenceEnvironment,
  file: AppendOnly,
): readonly InfoField[] {
  const now = Math.floor(environment.clock.wallMilliseconds() / 1000);
  const fields: InfoField[] = [
    ['aof_enabled', file.state === 'off' ? 0 : 1],
    ['aof_rewrite_in_progress', file.isRewriting ? 1 : 0],
    ['aof_rewrite_scheduled', file.isScheduled ? 1 : 0],
    ['aof_last_rewrite_time_sec', file.rewriteSeconds],
    ['aof_current_rewrite_time_sec', file.isRewriting ? now - file.startedAt : -1],
    ['aof_last_bgrewrite_status', file.wasRewriteGood ? 'ok' : 'err'],
    ['aof_rewrites', file.rewrites],
    ['aof_rewrites_consecutive_failures', file.failures],
    ['aof_last_write_status', file.failure === undefined ? 'ok' : 'err'],
  ];
  const { log } = file;
  if (file.state === 'off' || log === undefined) return fields;
  fields.push(
    ['aof_current_size', file.size],
    ['aof_base_size', file.baseSize],
    ['aof_pending_rewrite', 0],
    ['aof_buffer_length', log.pending],
    ['aof_pending_bio_fsync', log.isSyncing ? 1 : 0],
    ['aof_delayed_fsync', log.delayedSyncs],
  );
  return fields;
}
