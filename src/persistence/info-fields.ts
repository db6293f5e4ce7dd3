/** What INFO persistence tells of saving and loading. */
import type { PersistenceStatus } from '../command/persistence-status.ts';
import type { InfoField } from '../observe/info.ts';
import type { PersistenceEnvironment } from './environment.ts';
import type { RdbSaver } from './rdb-saver.ts';

export function snapshotFields(
  environment: PersistenceEnvironment,
  saver: RdbSaver,
): readonly InfoField[] {
  const { written, keys } = saver.progress;
  const now = Math.floor(environment.clock.wallMilliseconds() / 1000);
  return [
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
