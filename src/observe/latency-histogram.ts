/**
 * How long commands take, by command: log-linear buckets of nanoseconds, 32 to a power of two, so
 * that a percentile is at most 3.2 % above the truth. From 1 ns to 1 s; longer counts as 1 s.
 *
 * Recording is one increment in a table of the command's own, made when it first runs (6.5 KB). The
 * quick commands of a batch share one duration, so its bucket is worked out once a batch.
 */
import type {
  LatencyDistribution,
  LatencyDistributions as Distributions,
} from '../command/ports.ts';

const SUB_BITS = 5;
const SUB_BUCKETS = 1 << SUB_BITS;
const LONGEST_NS = 1e9;
const BUCKETS = bucketOfNanoseconds(LONGEST_NS) + 1;
/** The first bound of LATENCY HISTOGRAM, in nanoseconds; each next one doubles. */
const FIRST_BOUND_NS = 1024;

function bucketOfNanoseconds(nanoseconds: number): number {
  if (nanoseconds < SUB_BUCKETS) return nanoseconds;
  const exponent = 31 - Math.clz32(nanoseconds);
  const sub = (nanoseconds >>> (exponent - SUB_BITS)) & (SUB_BUCKETS - 1);
  return ((exponent - SUB_BITS + 1) << SUB_BITS) + sub;
}

/** The shortest duration of a bucket, in nanoseconds. */
function lowestOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const shift = (bucket >>> SUB_BITS) - 1;
  return (SUB_BUCKETS + (bucket & (SUB_BUCKETS - 1))) * 2 ** shift;
}

export class LatencyHistograms implements Distributions {
  /** `latency-tracking`. */
  enabled = true;
  /** By command id. Counters are doubles: exact up to 2^53. */
  #tables: (Float64Array | undefined)[];

  /** For command ids below `commands`. */
  constructor(commands: number) {
    this.#tables = Array.from({ length: commands }, () => undefined);
  }

  /** The bucket of a duration, for `add`; -1 while nothing is to be recorded. */
  bucketOf(microseconds: number): number {
    if (!this.enabled) return -1;
    const nanoseconds = microseconds * 1000;
    if (nanoseconds >= LONGEST_NS) return BUCKETS - 1;
    return bucketOfNanoseconds(nanoseconds < 1 ? 1 : nanoseconds | 0);
  }

  /** Counts runs of a command. */
  add(commandId: number, bucket: number, runs = 1): void {
    const table = this.#tables[commandId] ?? this.#create(commandId);
    table[bucket] += runs;
  }

  /**
   * The durations in microseconds that these percentages (0 to 100) of the runs did not exceed;
   * undefined when the command has not run.
   */
  percentiles(commandId: number, percentages: readonly number[]): number[] | undefined {
    const table = this.#tables[commandId];
    if (table === undefined) return undefined;
    const calls = table.reduce((sum, count) => sum + count, 0);
    return percentages.map((percentage) => {
      const rank = Math.max(1, Math.ceil((percentage / 100) * calls));
      let seen = 0;
      let bucket = 0;
      while (bucket < BUCKETS && (seen += table[bucket]) < rank) bucket++;
      return (lowestOf(bucket + 1) - 1) / 1000;
    });
  }

  of(commandId: number): LatencyDistribution | undefined {
    const table = this.#tables[commandId];
    if (table === undefined) return undefined;
    const calls = table.reduce((sum, count) => sum + count, 0);
    const cumulative: [number, number][] = [];
    let bucket = 0;
    let seen = 0;
    let told = 0;
    for (let bound = FIRST_BOUND_NS; told < calls; bound *= 2) {
      while (bucket < BUCKETS && lowestOf(bucket) < bound) seen += table[bucket++];
      if (seen > told) {
        // As clients know it: the end of the range that two digits cannot tell from the bound.
        cumulative.push([Math.floor((bound + bound / 128 - 1) / 1000), seen]);
        told = seen;
      }
    }
    return { calls, cumulative };
  }

  reset(): void {
    this.#tables = this.#tables.map(() => undefined);
  }

  #create(commandId: number): Float64Array {
    const table = new Float64Array(BUCKETS);
    this.#tables[commandId] = table;
    return table;
  }
}
