/** The real files; see disk.ts. */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  read,
  readdirSync,
  readSync,
  rename,
  renameSync,
  statSync,
  unlink,
  write,
  writeSync,
} from 'node:fs';
import { type Disk, DiskError, type DiskFile, type OpenMode } from './disk.ts';

const FLAGS: Readonly<Record<OpenMode, string>> = { read: 'r', create: 'w', append: 'a' };
const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EBADF: 'Bad file descriptor',
  EDQUOT: 'Disk quota exceeded',
  EEXIST: 'File exists',
  EFBIG: 'File too large',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  EMFILE: 'Too many open files',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
};

function asDiskError(error: unknown): DiskError {
  const { code = 'EIO', message } = error as NodeJS.ErrnoException;
  return new DiskError(code, TEXTS[code] ?? message);
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asDiskError(error);
  }
}

type Done = (error: NodeJS.ErrnoException | null) => void;

function inThreadPool(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null ? resolve() : reject(asDiskError(error))));
  });
}

class NodeFile implements DiskFile {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  get size(): number {
    return attempt(() => fstatSync(this.#descriptor).size);
  }

  async write(bytes: Uint8Array, start: number, end: number): Promise<void> {
    for (let at = start; at < end;) at += await this.#writeSome(bytes, at, end);
  }

  writeNow(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      try {
        at += writeSync(this.#descriptor, bytes, at, end - at);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') continue;
        if (at > start) break;
        throw asDiskError(error);
      }
    }
    return at - start;
  }

  read(target: Uint8Array, start: number, end: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#descriptor, target, start, end - start, position, (error, count) =>
        error === null ? resolve(count) : reject(asDiskError(error)),
      );
    });
  }

  readNow(target: Uint8Array, start: number, end: number, position: number): number {
    return attempt(() => readSync(this.#descriptor, target, start, end - start, position));
  }

  sync(): Promise<void> {
    return inThreadPool((done) => fdatasync(this.#descriptor, done));
  }

  syncNow(): void {
    attempt(() => fdatasyncSync(this.#descriptor));
  }

  truncate(length: number): void {
    attempt(() => ftruncateSync(this.#descriptor, length));
  }

  close(): void {
    attempt(() => closeSync(this.#descriptor));
  }

  #writeSome(bytes: Uint8Array, start: number, end: number): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#descriptor, bytes, start, end - start, null, (error, count) =>
        error === null ? resolve(count) : reject(asDiskError(error)),
      );
    });
  }
}

export class NodeDisk implements Disk {
  open(path: string, mode: OpenMode): DiskFile {
    return attempt(() => new NodeFile(openSync(path, FLAGS[mode], 0o644)));
  }

  rename(from: string, to: string): void {
    attempt(() => renameSync(from, to));
  }

  replace(from: string, to: string): Promise<void> {
    return inThreadPool((done) => rename(from, to, done));
  }

  remove(path: string): Promise<void> {
    return inThreadPool((done) => unlink(path, done));
  }

  makeDirectory(path: string): void {
    attempt(() => mkdirSync(path, { recursive: true, mode: 0o755 }));
  }

  list(path: string): string[] {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  }

  sizeOf(path: string): number {
    return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
  }

  isDirectory(path: string): boolean {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  }

  async syncDirectory(path: string): Promise<void> {
    const descriptor = attempt(() => openSync(path, 'r'));
    try {
      await inThreadPool((done) => fsync(descriptor, done));
    } finally {
      closeSync(descriptor);
    }
  }

  syncDirectoryNow(path: string): void {
    attempt(() => {
      const descriptor = openSync(path, 'r');
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    });
  }
}
