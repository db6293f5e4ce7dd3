/** respd-check-aof: whether append-only files are whole, and (`fix`) cutting off what is not. */
import type { Disk } from '../env/disk.ts';
import { equalsIgnoreCase } from '../bytes/text.ts';
import { RequestBatch } from '../resp/request-batch.ts';
import { AofCommands } from './aof-commands.ts';
import { AofManifest } from './aof-manifest.ts';
import { checkRdb } from './check-rdb.ts';

const CHUNK = 1024 * 1024;
const MOST_MANIFEST_BYTES = 16 * 1024 * 1024;

export interface AofReport {
  readonly isGood: boolean;
  readonly lines: readonly string[];
}

/** How far a file of commands is valid: up to a whole command outside of any transaction. */
function validLength(disk: Disk, path: string, from: number): { valid: number; reason: string } {
  const file = disk.open(path, 'read');
  const commands = new AofCommands();
  const batch = new RequestBatch();
  let bytes = new Uint8Array(CHUNK * 2);
  let base = from;
  let start = 0;
  let end = 0;
  let valid = from;
  let inTransaction = false;
  try {
    for (;;) {
      commands.read(bytes, start, end, batch);
      for (let i = 0; i < batch.count; i++) {
        const at = batch.first[i];
        const named = (name: string): boolean =>
          equalsIgnoreCase(bytes, batch.offsets[at], batch.offsets[at + 1], name);
        if (named('multi')) inTransaction = true;
        else if (named('exec')) inTransaction = false;
        if (!inTransaction) valid = base + batch.end[i];
      }
      start = commands.position;
      if (batch.count > 0) continue;
      if (!inTransaction) valid = base + start;
      const kept = end - start;
      const wide =
        Math.max(commands.needed, kept) + CHUNK > bytes.length
          ? new Uint8Array(Math.max(commands.needed, kept) + CHUNK)
          : bytes;
      wide.set(bytes.subarray(start, end));
      bytes = wide;
      base += start;
      start = 0;
      end = kept;
      const count = file.readNow(bytes, end, bytes.length, base + end);
      if (count === 0) break;
      end += count;
    }
    if (inTransaction) return { valid, reason: 'Reached EOF before reading EXEC for MULTI' };
    return { valid, reason: end > start ? 'Unexpected end of the file' : '' };
  } catch (error) {
    return { valid, reason: `${(error as Error).message} at offset ${base + commands.position}` };
  } finally {
    file.close();
  }
}

function checkFile(
  disk: Disk,
  path: string,
  isLast: boolean,
  fix: boolean,
  now: number,
  lines: string[],
): boolean {
  const size = disk.sizeOf(path);
  lines.push(`Start checking ${path}`);
  if (size < 0) {
    lines.push(`Cannot open file ${path}: No such file or directory, aborting...`);
    return false;
  }
  let from = 0;
  if (isRdb(disk, path)) {
    const report = checkRdb(disk, path, now);
    if (!report.isGood) {
      lines.push(...report.lines, `RDB preamble of ${path} is not sane, aborting.`);
      return false;
    }
    lines.push('RDB preamble is OK, proceeding with AOF tail...');
    from = report.bytes;
  }
  const { valid, reason } = validLength(disk, path, from);
  lines.push(
    `AOF analyzed: filename=${path}, size=${size}, ok_up_to=${valid}, diff=${size - valid}`,
  );
  if (valid === size) {
    lines.push(`${path} is valid`);
    return true;
  }
  lines.push(reason);
  if (!fix) {
    lines.push(`${path} is not valid. Use the --fix option to try fixing it.`);
    return false;
  }
  if (!isLast) {
    lines.push(`Failed to truncate AOF ${path} because it is not the last file`);
    return false;
  }
  const file = disk.open(path, 'append');
  try {
    file.truncate(valid);
    file.syncNow();
  } finally {
    file.close();
  }
  lines.push(`Successfully truncated AOF ${path}: ${size - valid} bytes were cut off`);
  return true;
}

function isRdb(disk: Disk, path: string): boolean {
  const file = disk.open(path, 'read');
  const head = new Uint8Array(5);
  try {
    file.readNow(head, 0, 5, 0);
  } finally {
    file.close();
  }
  return String.fromCharCode(...head) === 'REDIS';
}

function readAll(disk: Disk, path: string): Uint8Array {
  const file = disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(Math.min(file.size, MOST_MANIFEST_BYTES));
    file.readNow(bytes, 0, bytes.length, 0);
    return bytes;
  } finally {
    file.close();
  }
}

/**
 * Checks a manifest with all its files, or a single file. With `fix`, the last file is cut to its
 * valid part. `now`: milliseconds since the epoch. Throws DiskError and ManifestError.
 */
export function checkAof(disk: Disk, path: string, fix: boolean, now: number): AofReport {
  const lines: string[] = [];
  if (!path.endsWith('.manifest')) {
    const isGood = checkFile(disk, path, true, fix, now, lines);
    return { isGood, lines };
  }
  lines.push('Start checking Multi Part AOF');
  const manifest = AofManifest.parse('', readAll(disk, path));
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  const files = [...(manifest.base === undefined ? [] : [manifest.base]), ...manifest.increments];
  for (const [index, { name }] of files.entries()) {
    const isLast = index === files.length - 1;
    if (!checkFile(disk, `${directory}${name}`, isLast, fix, now, lines))
      return { isGood: false, lines };
  }
  lines.push('All AOF files and manifest are valid');
  return { isGood: true, lines };
}
