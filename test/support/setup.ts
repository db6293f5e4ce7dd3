/**
 * Runs before every test file: random tests draw from a fixed seed, so that a run repeats.
 * RESPD_SEED=<number> draws from another one.
 */
import * as fc from 'fast-check';

export const DEFAULT_SEED = 7015;

fc.configureGlobal({
  seed: Number.parseInt(process.env['RESPD_SEED'] ?? String(DEFAULT_SEED), 10),
});
