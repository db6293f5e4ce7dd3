#!/usr/bin/env node
/** The command line of respd-check-aof. */
import { NodeDisk } from './env/node-disk.ts';
import { checkAof } from './persistence/check-aof.ts';

const words = process.argv.slice(2);
const fix = words[0] === '--fix';
const path = words[fix ? 1 : 0];
if (path === undefined || words.length > (fix ? 2 : 1)) {
  process.stderr.write('Usage: respd-check-aof [--fix] <file.manifest|file.aof>\n');
  process.exit(1);
}
try {
  const report = checkAof(new NodeDisk(), path, fix, Date.now());
  process.stdout.write(`${report.lines.join('\n')}\n`);
  process.exitCode = report.isGood ? 0 : 1;
} catch (error) {
  process.stderr.write(`Cannot check ${path}: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
