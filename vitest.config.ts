import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Two forks suit the two cores the suite is sized for.
    pool: 'forks',
    maxWorkers: 2,
  },
});
