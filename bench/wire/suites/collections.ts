/** Lists, hashes, sets, sorted sets, streams and HyperLogLogs: speed, memory, and waits. */
import { measureDefaults } from '../collections/defaults.ts';
import { measureSingle, measureWhole } from '../collections/large.ts';
import { measureMemory, measureVisitors } from '../collections/memory.ts';
import { measurePauses } from '../collections/pauses.ts';
import type { RunOptions, Section, Suite } from '../suite.ts';

/** By the name that `--only` may give; tests of the first three may be named by themselves. */
const PARTS: Readonly<Record<string, (options: RunOptions) => Promise<Section>>> = {
  defaults: measureDefaults,
  large: measureSingle,
  combined: measureWhole,
  memory: measureMemory,
  visitors: measureVisitors,
  pauses: measurePauses,
};

/** Parts that have no tests to choose from. */
const WHOLE_PARTS: ReadonlySet<string> = new Set(['memory', 'visitors', 'pauses']);

export const collections: Suite = {
  name: 'collections',
  about:
    "redis-benchmark's default tests, collections of a million elements, what they weigh, and waits.",
  run: async (options) => {
    const sections: Section[] = [];
    for (const [name, measure] of Object.entries(PARTS)) {
      const isNamed = options.only?.test(name) ?? true;
      if (!isNamed && WHOLE_PARTS.has(name)) continue;
      const section = await measure(isNamed ? { ...options, only: undefined } : options);
      if (section.rows.length > 0) sections.push(section);
    }
    return sections;
  },
};
