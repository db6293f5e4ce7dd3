/** Saving and loading as commands ask for it. */

export interface ReloadOptions {
  /** Whether to save before, and to empty the databases before loading. */
  readonly save: boolean;
  readonly flush: boolean;
  /** Keys that are there already are overwritten. */
  readonly merge: boolean;
}

export interface FileControl {
  /** SAVE: at once. */
  save(): 'done' | 'saving' | 'failed';
  /** BGSAVE; `busy`: something else goes on, and it was not asked to wait for that. */
  startSave(schedule: boolean): 'started' | 'scheduled' | 'saving' | 'busy';
  /** BGREWRITEAOF. */
  startRewrite(): 'started' | 'scheduled' | 'rewriting' | 'failed';
  /** DEBUG RELOAD: at once. Returns why it failed. */
  reload(options: ReloadOptions): string | undefined;
  /** DEBUG LOADAOF: resolves to why it failed. */
  loadAppendOnly(): Promise<string | undefined>;
}

/** For an engine without files: nothing can be saved, and nothing loaded. */
export const NO_FILES: FileControl = {
  save: () => 'failed',
  startSave: () => 'busy',
  startRewrite: () => 'failed',
  reload: () => 'ERR there are no files',
  loadAppendOnly: () => Promise.resolve('ERR there are no files'),
};
