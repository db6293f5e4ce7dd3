/** Facts about this process, for INFO. Node's answers; see env/node.ts. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { machine, release, totalmem, type } from 'node:os';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface CpuSeconds {
  readonly system: number;
  readonly user: number;
}

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
  /** Bytes V8's heap can hold at most; beyond, V8 ends the process. */
  readonly scriptHeapLimit: number;
  /** Has V8 collect all garbage now, which takes about a millisecond a megabyte in use. */
  collectScriptHeap(): void;
  /** CPU seconds used by the process so far. */
  cpuSeconds(): CpuSeconds;
  /** The same of the thread that serves clients, where the system tells it; else of the process. */
  threadCpuSeconds(): CpuSeconds;
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
    operatingSystem: `${type()} ${release()} ${machine()}`,
    startedAt: Date.now(),
    systemMemory: totalmem(),
    maxOpenFiles: openFileLimit(),
    residentBytes: () => process.memoryUsage.rss(),
    scriptHeapBytes: () => getHeapStatistics().used_heap_size,
    scriptHeapLimit: getHeapStatistics().heap_size_limit,
    collectScriptHeap: collectGarbage,
    cpuSeconds,
    threadCpuSeconds,
  };
}

function cpuSeconds(): CpuSeconds {
  const { user, system } = process.cpuUsage();
  return { user: user / 1e6, system: system / 1e6 };
}

/** Linux counts the times of threads in hundredths of a second, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/** The main thread's times from Linux's file about it: Node tells those of the process only. */
function threadCpuSeconds(): CpuSeconds {
  try {
    const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'latin1');
    // The name, in parentheses, may hold spaces: fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const seconds = (field: number): number => Number(fields[field]) / TICKS_PER_SECOND;
    return { user: seconds(11), system: seconds(12) };
  } catch {
    return cpuSeconds();
  }
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

let collector: (() => void) | undefined;

/** V8 shows its collector only to contexts made when the flag is set. */
function collectGarbage(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as () => void;
  }
  collector();
}
