/** Starts the latency prober beside a load and collects what it measured. */
import { spawn } from 'node:child_process';

import { LATENCY_PROBER } from '../paths.ts';

/** Waits of single commands, in milliseconds. */
export type Latency = {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
};

/** Measures one client's waits while the work goes on; any error it gets is thrown. */
export async function latencyDuring(
  port: number,
  work: () => Promise<unknown>,
  password?: string,
): Promise<Latency> {
  const args = [LATENCY_PROBER, String(port), ...(password === undefined ? [] : [password])];
  const prober = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  const ready = new Promise<void>((resolve) => {
    prober.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.startsWith('ready\n')) resolve();
    });
  });
  const gone = new Promise<void>((resolve) => prober.once('close', () => resolve()));
  try {
    await Promise.race([ready, gone.then(() => Promise.reject(new Error('the prober failed')))]);
    await work();
    prober.stdin.end();
    await gone;
  } finally {
    prober.kill();
  }
  return JSON.parse(output.trim().split('\n').at(-1)!) as Latency;
}
