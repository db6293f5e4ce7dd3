/**
 * Where things are. The benchmarks run as a bundle (Node 20 does not read TypeScript), so these paths
 * are relative to the bundle, dist/bench/run.js, not to this file.
 */
import { fileURLToPath } from 'node:url';

const fromBundle = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const RESULTS = fromBundle('../../bench/RESULTS.md');
export const LATENCY_PROBER = fromBundle('./wire/latency-prober.js');
export const SUBSCRIBERS = fromBundle('./wire/subscribers.js');
export const MICRO = fromBundle('./micro/run.js');
