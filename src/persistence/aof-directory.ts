/** The directory of an append-only file: its manifest on disk, names, upgrade and clean-up. */
import { AofManifest } from './aof-manifest.ts';
import { type PersistenceEnvironment, inDirectory } from './environment.ts';

const MOST_MANIFEST_BYTES = 16 * 1024 * 1024;

export class AofDirectory {
  readonly #environment: PersistenceEnvironment;

  constructor(environment: PersistenceEnvironment) {
    this.#environment = environment;
  }

  get path(): string {
    const { config } = this.#environment;
    return inDirectory(config, config.appenddirname);
  }

  pathOf(name: string): string {
    return `${this.path}/${name}`;
  }

  get #manifestName(): string {
    return `${this.#environment.config.appendfilename}.manifest`;
  }

  /** Reads the manifest; an empty one when there is none. Throws ManifestError and DiskError. */
  readManifest(): AofManifest {
    const { disk, config } = this.#environment;
    const path = this.pathOf(this.#manifestName);
    const size = disk.sizeOf(path);
    if (size < 0) return new AofManifest(config.appendfilename);
    const bytes = new Uint8Array(Math.min(size, MOST_MANIFEST_BYTES));
    const file = disk.open(path, 'read');
    try {
      let at = 0;
      for (let count = 1; at < bytes.length && count > 0; at += count)
        count = file.readNow(bytes, at, bytes.length, at);
    } finally {
      file.close();
    }
    return AofManifest.parse(config.appendfilename, bytes);
  }

  /** Puts a manifest in the place of the old one, durably. Throws DiskError. */
  writeManifest(manifest: AofManifest): void {
    const { disk } = this.#environment;
    const temporary = this.pathOf(`temp-${this.#manifestName}`);
    const bytes = manifest.toBytes();
    const file = disk.open(temporary, 'create');
    try {
      for (let at = 0; at < bytes.length;) at += file.writeNow(bytes, at, bytes.length);
      file.syncNow();
    } finally {
      file.close();
    }
    disk.rename(temporary, this.pathOf(this.#manifestName));
    disk.syncDirectoryNow(this.path);
  }

  /** Makes the directory, durably, if it is not there. Throws DiskError. */
  make(): void {
    const { disk, config } = this.#environment;
    if (disk.isDirectory(this.path)) return;
    disk.makeDirectory(this.path);
    disk.syncDirectoryNow(inDirectory(config));
  }

  /**
   * Takes the single file of servers before 7.0 over as the base of the new layout, when there is one
   * and nothing newer. Throws DiskError.
   */
  upgrade(manifest: AofManifest): void {
    const { disk, config, log } = this.#environment;
    const name = config.appendfilename;
    const single = inDirectory(config, name);
    if (disk.sizeOf(single) < 0 || disk.isDirectory(single)) return;
    const isHalfDone =
      manifest.base?.name === name &&
      manifest.increments.length === 0 &&
      disk.sizeOf(this.pathOf(name)) < 0;
    if (!manifest.isEmpty && !isHalfDone) return;
    log.notice('Migrating an old-style AOF');
    this.make();
    manifest.base = { name, sequence: 1 };
    this.writeManifest(manifest);
    disk.rename(single, this.pathOf(name));
    disk.syncDirectoryNow(this.path);
    disk.syncDirectoryNow(inDirectory(config));
    log.notice(`Successfully migrated an old-style AOF configuration (${single}).`);
  }

  /** Removes the files that are history; returns when the manifest does not name them any more. */
  async removeHistory(manifest: AofManifest): Promise<void> {
    const { disk, log } = this.#environment;
    const files = manifest.history;
    if (files.length === 0) return;
    manifest.history = [];
    this.writeManifest(manifest);
    for (const { name } of files) {
      log.notice(`Removing the history file ${name} in the background`);
      await disk.remove(this.pathOf(name)).catch((error: Error) => {
        log.warning(`Could not remove the history file ${name}: ${error.message}`);
      });
    }
  }
}
