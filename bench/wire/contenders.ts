/** The two servers of a comparison, as child processes on the same terms. */
import { readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

import { startRealRedis } from '../../test/support/real-redis.ts';
import { spawnRespd } from '../../test/support/respd.ts';
import type { Directives, ServerProcess } from '../../test/support/server-process.ts';

export type Contender = {
  readonly label: 'redis' | 'respd';
  /** `readyTimeoutMs`: how long loading may take. */
  readonly start: (directives?: Directives, readyTimeoutMs?: number) => Promise<ServerProcess>;
};

/** With RESPD_BENCH_NOISE=1 both sides are redis-server: how far ratios are from 1 is the noise. */
const onlyNoise = process.env['RESPD_BENCH_NOISE'] === '1';

const startRedis: Contender['start'] = (directives = {}, readyTimeoutMs) =>
  startRealRedis({ directives, readyTimeoutMs });
const startOurs: Contender['start'] = (directives = {}, readyTimeoutMs) =>
  spawnRespd({ directives, readyTimeoutMs });

/** In the order in which they are measured: A B A B … */
export const CONTENDERS: readonly Contender[] = [
  { label: 'redis', start: startRedis },
  { label: 'respd', start: onlyNoise ? startRedis : startOurs },
];

/**
 * Lets a process run before all others, so that waiting for a processor is not mistaken for waiting for
 * the server.
 */
export function runFirst(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGHEST);
  } catch {
    // Only root may; the figures are then somewhat pessimistic.
  }
}

/** Linux counts process times in hundredths of a second, whatever the kernel's own tick is. */
const MICROSECONDS_PER_TICK = 10_000;

/** User and system time a process and its threads have used, in microseconds (steps of 10 ms). */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name, in parentheses, may hold spaces: count fields from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK;
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
