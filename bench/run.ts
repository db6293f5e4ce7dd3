/** `npm run bench -- [suite…] [--quick] [--only REGEX] [--rounds N]`: see the usage text. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

import { abuse } from './abuse.ts';
import { MICRO } from './paths.ts';
import { soak } from './soak.ts';
import { describeMachine, renderSection, writeResults } from './wire/report.ts';
import type { Suite } from './wire/suite.ts';
import { collections } from './wire/suites/collections.ts';
import { connections } from './wire/suites/connections.ts';
import { eviction } from './wire/suites/eviction.ts';
import { features } from './wire/suites/features.ts';
import { pubsub } from './wire/suites/pubsub.ts';
import { persistence } from './wire/suites/persistence.ts';
import { scale } from './wire/suites/scale.ts';
import { scripts } from './wire/suites/scripts.ts';
import { strings } from './wire/suites/strings.ts';

/** In the order of bench/RESULTS.md. A new suite is a module in wire/suites and a line here. */
const SUITES: readonly Suite[] = [
  strings,
  scale,
  collections,
  pubsub,
  features,
  scripts,
  eviction,
  connections,
  persistence,
];

const USAGE = `npm run bench -- [suite…] [options]

suites (all when none is named):
${SUITES.map((suite) => `  ${suite.name.padEnd(13)}${suite.about}`).join('\n')}
  micro        Parser, hash table and heap by themselves.

trials, which measure respd alone and are run by themselves:
  abuse        What a client that behaves notices while others attack the server.
  soak         Everything at once, for a long time: does memory stay flat?

options:
  --quick      a few seconds, to see that it works; bench/RESULTS.md is left alone
  --only RE    tests whose title matches, for example --only 'GET P16'; RESULTS.md is left alone
  --rounds N   measured rounds of each server
  --redis      abuse: redis-server instead
  --minutes N  soak: how long (30)

RESPD_BENCH_NOISE=1 measures redis-server against itself: how noisy the machine is.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    redis: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '30' },
    help: { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const only = values.only === undefined ? undefined : new RegExp(values.only, 'i');
  if (positionals[0] === 'abuse') return abuse({ only, redis: values.redis });
  if (positionals[0] === 'soak') return soak(Number(values.minutes));
  const names = new Set(positionals);
  const known = new Set([...SUITES.map((suite) => suite.name), 'micro']);
  const unknown = positionals.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    process.stdout.write(USAGE);
    return 1;
  }
  const chosen = SUITES.filter((suite) => names.size === 0 || names.has(suite.name));
  if (chosen.length > 0) {
    const machine = await describeMachine();
    process.stdout.write(`${machine}\n`);
    for (const suite of chosen) await runSuite(suite, machine, only);
  }
  if (!names.has('micro')) return 0;
  const micro = spawnSync(process.execPath, ['--expose-gc', MICRO], { stdio: 'inherit' });
  return micro.status ?? 1;
}

async function runSuite(suite: Suite, machine: string, only: RegExp | undefined): Promise<void> {
  const sections = await suite.run({
    quick: values.quick,
    only,
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
    log: (line) => process.stderr.write(`  ${line}\n`),
  });
  process.stdout.write(`\n## ${suite.name}\n\n${sections.map(renderSection).join('\n')}`);
  const isPartial = values.quick || values.only !== undefined;
  if (isPartial || process.env['RESPD_BENCH_NOISE'] === '1') return;
  const order = SUITES.map(({ name }) => name);
  writeResults(suite, order, machine, sections);
}
