import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const isRegression = (file: TestSpecification): boolean =>
  file.moduleId.includes('/test/regressions/');

/** Past failures first: they are short, and the likeliest to come back. */
class RegressionsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line no-array-sort -- not an array's: the sequencer's own method
    const sorted = await super.sort(files);
    return [...sorted.filter(isRegression), ...sorted.filter((file) => !isRegression(file))];
  }
}

const report = process.env['RESPD_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Two forks suit the two cores the suite is sized for.
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: RegressionsFirst },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
