#!/usr/bin/env node
/** The command line of respd-check-rdb. */
import { NodeDisk } from './env/node-disk.ts';
import { checkRdb } from './persistence/check-rdb.ts';

const [path, ...rest] = process.argv.slice(2);
if (path === undefined || rest.length > 0) {
  process.stderr.write('Usage: respd-check-rdb <rdb-file-name>\n');
  process.exit(1);
}
try {
  const report = checkRdb(new NodeDisk(), path, Date.now());
  process.stdout.write(`${report.lines.join('\n')}\n`);
  process.exitCode = report.isGood ? 0 : 1;
} catch (error) {
  process.stderr.write(`Cannot open file: ${path}: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
