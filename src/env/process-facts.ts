/** Facts about this process, for INFO. Node's answers; see env/node.ts. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { arch, release, totalmem, type } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** Facts about the process for INFO. */
export interface ProcessFacts {
  readonly processId: number;
  readonly runId: string;
  readonly executable: string;
  readonly configFile: string;
  readonly operatingSystem: string;
  readonly startedAt: number;
  /** Bytes resident, and on V8's heap. */
  residentBytes(): number;
  scriptHeapBytes(): number;
  /** CPU seconds used by the process so far. */
  cpuSeconds(): { system: number; user: number };
  /** Bytes of memory in the machine. */
  readonly systemMemory: number;
  /** Files and sockets the process may have open; Infinity where that is not known. */
  readonly maxOpenFiles: number;
}

export function nodeProcessFacts(configFile: string): ProcessFacts {
  return {
    processId: process.pid,
    runId: randomBytes(20).toString('hex'),
    executable: process.argv[1] ?? process.execPath,
    configFile,
    operatingSystem: `${type()} ${release()} ${arch()}`,
    startedAt: Date.now(),
    systemMemory: totalmem(),
    maxOpenFiles: openFileLimit(),
    residentBytes: () => process.memoryUsage.rss(),
    scriptHeapBytes: () => getHeapStatistics().used_heap_size,
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return { user: user / 1e6, system: system / 1e6 };
    },
  };
}

/** Linux tells it in a file; Node raises the soft limit to the hard one when it starts. */
function openFileLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    return Infinity;
  }
}
