/** Saving and loading as commands ask for it. */
import type { Session } from './session.ts';

export interface ReloadOptions {
  /** Whether to save before, and to empty the databases before loading. */
  readonly save: boolean;
  readonly flush: boolean;
  /** Keys that are there already are overwritten. */
  readonly merge: boolean;
}

/** What a snapshot that is sent to a client holds. */
export type TransferContents = 'everything' | 'functions' | 'nothing';

export interface FileControl {
  /** SAVE: at once. */
  save(): 'done' | 'saving' | 'failed';
  /** BGSAVE; `busy`: something else goes on, and it was not asked to wait for that. */
  startSave(schedule: boolean): 'started' | 'scheduled' | 'saving' | 'busy';
  /** BGREWRITEAOF. */
  startRewrite(): 'started' | 'scheduled' | 'rewriting' | 'failed';
  /**
   * SYNC: sends the client that is served a snapshot, and disconnects it then. Returns why it cannot.
   */
  sendSnapshot(session: Session, contents: TransferContents): string | undefined;
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
  sendSnapshot: () => 'ERR there are no files',
  reload: () => 'ERR there are no files',
  loadAppendOnly: () => Promise.resolve('ERR there are no files'),
};
