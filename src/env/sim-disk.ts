/**
 * A disk in memory whose faults come from a seed. It tells apart what the programs see, what the
 * system has taken, and what would survive:
 *
 *   kill -9      everything that was written stays
 *   failed sync  what it was to write is never written, though later syncs succeed
 *   power loss   of the bytes behind the last sync, any prefix stays; of the changes of
 *                names behind the last sync of their directory, any number stays, in order
 */
import { type Disk, DiskError, type DiskFile, type OpenMode } from './disk.ts';
import { type Random, randomBelow } from './random.ts';

/** Decides whether an operation fails: an error code, or undefined. */
export type Faults = (operation: string, path: string) => string | undefined;

const TEXTS: Readonly<Record<string, string>> = {
  EIO: 'Input/output error',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
};

function fault(code: string): DiskError {
  return new DiskError(code, TEXTS[code] ?? code);
}

/** The contents of a file, whatever its names. */
class Inode {
  bytes: Uint8Array = new Uint8Array(256);
  length = 0;
  /** What a power loss leaves for certain. */
  durableBytes: Uint8Array = new Uint8Array(0);
  /** Stretches that a failed sync lost: the system has them, but will never write them. */
  #lost: { readonly start: number; readonly end: number }[] = [];

  append(source: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.bytes.length) {
      const wide = new Uint8Array(needed * 2);
      wide.set(this.bytes.subarray(0, this.length));
      this.bytes = wide;
    }
    this.bytes.set(source.subarray(start, end), this.length);
    this.length = needed;
  }

  sync(length: number): void {
    this.durableBytes = this.bytes.slice(0, Math.min(length, this.length));
    for (const { start, end } of this.#lost) this.durableBytes.fill(0, start, end);
  }

  /** A sync failed: as on Linux, what it was to write counts as written from then on. */
  loseUnsynced(): void {
    const start = this.durableBytes.length;
    if (this.length > start) this.#lost.push({ start, end: this.length });
  }

  truncate(length: number): void {
    this.length = length;
    this.#lost = this.#lost
      .filter(({ start }) => start < length)
      .map(({ start, end }) => ({ start, end: Math.min(end, length) }));
  }
}

/** A change of names: what the path stands for from then on; undefined: nothing. */
interface NameChange {
  readonly path: string;
  readonly inode: Inode | undefined;
  /** The name it had before: a rename is one change, as a whole or not at all. */
  readonly from?: string;
}

export class SimulatedDisk implements Disk {
  /** Asked before each operation. */
  faults: Faults = () => undefined;
  /** Bytes that may still be written. */
  space = Infinity;
  readonly #names = new Map<string, Inode>();
  readonly #durableNames = new Map<string, Inode>();
  #changes: NameChange[] = [];
  readonly #directories = new Set<string>();

  open(path: string, mode: OpenMode): DiskFile {
    this.check('open', path);
    let inode = this.#names.get(path);
    if (mode === 'read' && inode === undefined) throw fault('ENOENT');
    if (inode === undefined || mode === 'create') {
      inode = new Inode();
      this.#name(path, inode);
    }
    return new SimulatedFile(this, path, inode);
  }

  rename(from: string, to: string): void {
    this.check('rename', to);
    const inode = this.#names.get(from);
    if (inode === undefined) throw fault('ENOENT');
    this.#names.delete(from);
    this.#names.set(to, inode);
    this.#changes.push({ path: to, inode, from });
  }

  async replace(from: string, to: string): Promise<void> {
    this.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    this.check('remove', path);
    if (!this.#names.delete(path)) throw fault('ENOENT');
    this.#changes.push({ path, inode: undefined });
  }

  makeDirectory(path: string): void {
    this.check('mkdir', path);
    this.#directories.add(path);
  }

  list(path: string): string[] {
    const prefix = `${path}/`;
    const names = [...this.#names.keys()].filter((name) => name.startsWith(prefix));
    return names.map((name) => name.slice(prefix.length));
  }

  sizeOf(path: string): number {
    return this.#names.get(path)?.length ?? -1;
  }

  isDirectory(path: string): boolean {
    return this.#directories.has(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.syncDirectoryNow(path);
  }

  syncDirectoryNow(path: string): void {
    this.check('syncDirectory', path);
    for (const change of this.#changes) this.#makeDurable(change);
    this.#changes = [];
  }

  /** The power fails: what was not synced is lost in part. The disk may be used again. */
  losePower(random: Random): void {
    const kept = randomBelow(random, this.#changes.length + 1);
    for (const change of this.#changes.slice(0, kept)) this.#makeDurable(change);
    this.#changes = [];
    this.#names.clear();
    for (const [path, inode] of this.#durableNames) {
      const survived = new Inode();
      const durable = inode.durableBytes.length;
      survived.append(inode.durableBytes, 0, durable);
      if (inode.length > durable) {
        const more = randomBelow(random, inode.length - durable + 1);
        survived.append(inode.bytes, durable, durable + more);
      }
      survived.sync(survived.length);
      this.#names.set(path, survived);
    }
    this.#durableNames.clear();
    for (const [path, inode] of this.#names) this.#durableNames.set(path, inode);
  }

  /** Throws when the operation is to fail. */
  check(operation: string, path: string): void {
    const code = this.faults(operation, path);
    if (code !== undefined) throw fault(code);
  }

  #name(path: string, inode: Inode): void {
    this.#names.set(path, inode);
    this.#changes.push({ path, inode });
  }

  #makeDurable({ path, inode, from }: NameChange): void {
    if (from !== undefined) this.#durableNames.delete(from);
    if (inode === undefined) this.#durableNames.delete(path);
    else this.#durableNames.set(path, inode);
  }
}

class SimulatedFile implements DiskFile {
  readonly #disk: SimulatedDisk;
  readonly #path: string;
  readonly #inode: Inode;

  constructor(disk: SimulatedDisk, path: string, inode: Inode) {
    this.#disk = disk;
    this.#path = path;
    this.#inode = inode;
  }

  get size(): number {
    return this.#inode.length;
  }

  async write(bytes: Uint8Array, start: number, end: number): Promise<void> {
    if (this.writeNow(bytes, start, end) < end - start) throw fault('ENOSPC');
  }

  writeNow(bytes: Uint8Array, start: number, end: number): number {
    this.#disk.check('write', this.#path);
    const taken = Math.min(end - start, this.#disk.space);
    if (taken === 0 && end > start) throw fault('ENOSPC');
    this.#inode.append(bytes, start, start + taken);
    this.#disk.space -= taken;
    return taken;
  }

  async read(target: Uint8Array, start: number, end: number, position: number): Promise<number> {
    return this.readNow(target, start, end, position);
  }

  readNow(target: Uint8Array, start: number, end: number, position: number): number {
    this.#disk.check('read', this.#path);
    const count = Math.max(0, Math.min(end - start, this.#inode.length - position));
    target.set(this.#inode.bytes.subarray(position, position + count), start);
    return count;
  }

  async sync(): Promise<void> {
    const { length } = this.#inode;
    this.#checkSync();
    await Promise.resolve();
    this.#inode.sync(length);
  }

  syncNow(): void {
    this.#checkSync();
    this.#inode.sync(this.#inode.length);
  }

  truncate(length: number): void {
    this.#disk.check('truncate', this.#path);
    this.#disk.space += this.#inode.length - length;
    this.#inode.truncate(length);
  }

  close(): void {
    // Nothing is kept for an open file.
  }

  #checkSync(): void {
    try {
      this.#disk.check('sync', this.#path);
    } catch (error) {
      this.#inode.loseUnsynced();
      throw error;
    }
  }
}
