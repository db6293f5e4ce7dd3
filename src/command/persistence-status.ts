/**
 * What is known about the files: told by INFO, LASTSAVE and SHUTDOWN, written by whoever saves and
 * loads. Before anything was saved the data set counts as saved at the start, as in Redis.
 */
export class PersistenceStatus {
  /** A data set is being loaded. */
  isLoading = false;
  /** While loading: bytes in all and taken in, and Unix time of the start in seconds. */
  loadTotalBytes = 0;
  loadedBytes = 0;
  loadStartedAt = 0;
  /** A snapshot is being written. */
  isSaving = false;
  /** Unix time of the last successful snapshot, in seconds. */
  lastSaveAt: number;
  wasLastSaveGood = true;
  /** Duration of the last snapshot in the background, in seconds; -1: there was none. */
  lastSaveSeconds = -1;
  /** Snapshots written. */
  saves = 0;
  /** Keys read from a file at the start, and those left out because they had expired. */
  loadedKeys = 0;
  loadedExpiredKeys = 0;
  /** DEBUG SET-SKIP-CHECKSUM-VALIDATION: checksums of payloads are not looked at. */
  skipsChecksums = false;

  /** `startedAt`: Unix time in seconds. */
  constructor(startedAt: number) {
    this.lastSaveAt = startedAt;
  }
}
