/**
 * Files come in through this interface, so that tests can run out of space, tear writes and lose
 * power. Data moves in the thread pool (`write`, `read`, `sync`), or at once (`…Now`) where the
 * caller's contract is to wait. Operations on names are short and always at once; they are durable
 * only after `syncDirectory`.
 */

/** Why the system refused. `message` is its text ("No space left on device"). */
export class DiskError extends Error {
  /** ENOSPC, EIO, ENOENT … */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'DiskError';
    this.code = code;
  }
}

/** `create`: for writing, empty; `append`: for writing at the end, made when absent. */
export type OpenMode = 'read' | 'create' | 'append';

export interface DiskFile {
  /** Appends the bytes, all of them or (rejecting) some; they must not change meanwhile. */
  write(bytes: Uint8Array, start: number, end: number): Promise<void>;
  /** Appends at once; returns how many bytes were taken, fewer than asked for when space ran out. */
  writeNow(bytes: Uint8Array, start: number, end: number): number;
  /** Reads from a position of the file; returns the number of bytes, 0 at the end. */
  read(target: Uint8Array, start: number, end: number, position: number): Promise<number>;
  readNow(target: Uint8Array, start: number, end: number, position: number): number;
  /** Makes what was written durable (fdatasync). */
  sync(): Promise<void>;
  syncNow(): void;
  /** Cuts the file, for appending to go on there. */
  truncate(length: number): void;
  readonly size: number;
  close(): void;
}

export interface Disk {
  open(path: string, mode: OpenMode): DiskFile;
  /** Takes the place of whatever had the new name. */
  rename(from: string, to: string): void;
  /** The same in the thread pool: letting go of a large file takes long. */
  replace(from: string, to: string): Promise<void>;
  /** In the thread pool: removing a large file takes long. */
  remove(path: string): Promise<void>;
  makeDirectory(path: string): void;
  /** Names in a directory; none when it is absent. */
  list(path: string): string[];
  /** Bytes of a file, or -1 when it is absent. */
  sizeOf(path: string): number;
  isDirectory(path: string): boolean;
  syncDirectory(path: string): Promise<void>;
  syncDirectoryNow(path: string): void;
}
