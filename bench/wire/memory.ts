/** Memory of a process that may have forked: pages that are shared must not count twice. */
import { readFileSync } from 'node:fs';

/** Proportional set size of a process and its children, in bytes. */
export function proportionalBytes(pid: number): number {
  let bytes = 0;
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    bytes = Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
    for (const child of children.split(' ')) if (child !== '') bytes += proportionalBytes(+child);
  } catch {
    // It is gone.
  }
  return bytes;
}
