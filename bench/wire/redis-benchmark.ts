/** Runs Debian's redis-benchmark, the load generator of the throughput tests. */
import { runTool } from '../../test/support/interop.ts';

export type Load = {
  /** One of redis-benchmark's own tests (`set`), or a command line with `__rand_int__` in it. */
  readonly test: string | readonly string[];
  readonly requests: number;
  readonly clients: number;
  readonly pipeline: number;
  /** Range of random keys; the same key always when absent. */
  readonly keys?: number | undefined;
  readonly valueBytes?: number | undefined;
  /** More of redis-benchmark's own options, such as `--enable-tracking`. */
  readonly options?: readonly string[] | undefined;
};

export type LoadResult = { readonly requestsPerSecond: number; readonly p99Ms: number };

/** The server answered with an error, as it does to a command it does not have. */
export class Unsupported extends Error {}

const TIMEOUT_MS = 600_000;

export async function runLoad(port: number, load: Load): Promise<LoadResult> {
  const args = ['-p', port, '-n', load.requests, '-c', load.clients, '-P', load.pipeline, '--csv'];
  if (load.keys !== undefined) args.push('-r', load.keys);
  if (load.valueBytes !== undefined) args.push('-d', load.valueBytes);
  if (load.options !== undefined) args.push(...load.options);
  if (typeof load.test === 'string') args.push('-t', load.test);
  else args.push(...load.test);
  const result = await runTool('redis-benchmark', args.map(String), { timeoutMs: TIMEOUT_MS });
  if (result.status !== 0) throw new Unsupported(result.stderr.trim() || result.stdout.trim());
  // The last line: some tests (LRANGE) are preceded by one that fills the list.
  const line = result.stdout.trim().split('\n').at(-1)!;
  const fields = /^"(?:.*)","([\d.]+)","[\d.]+","[\d.]+","[\d.]+","[\d.]+","([\d.]+)","[\d.]+"$/;
  const match = fields.exec(line);
  if (match === null) throw new Error(`unexpected output of redis-benchmark: ${result.stdout}`);
  return { requestsPerSecond: Number(match[1]), p99Ms: Number(match[2]) };
}
