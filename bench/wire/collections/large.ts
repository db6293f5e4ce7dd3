/** Commands on collections of a million elements. */
import type { Filling } from '../fill.ts';
import type { RunOptions, Section } from '../suite.ts';
import { measureThroughput, type ThroughputTest } from '../throughput.ts';

const ELEMENTS = 1_000_000;
const HALF = ELEMENTS / 2;

const RANDOM = '__rand_int__';
const NUMBER = '############';

const hash: Filling = { command: ['HSET', 'hash', `field:${NUMBER}`, 'xxx'], count: ELEMENTS };
const set: Filling = { command: ['SADD', 'set', `member:${NUMBER}`], count: ELEMENTS };
/** Shares half of its members with the other. */
const otherSet: Filling = {
  command: ['SADD', 'other', `member:${NUMBER}`],
  count: ELEMENTS,
  from: HALF,
};
const sorted: Filling = {
  command: ['ZADD', 'sorted', NUMBER, `member:${NUMBER}`],
  count: ELEMENTS,
};
const otherSorted: Filling = {
  command: ['ZADD', 'other', NUMBER, `member:${NUMBER}`],
  count: ELEMENTS,
  from: HALF,
};
const list: Filling = { command: ['RPUSH', 'list', `element:${NUMBER}`], count: ELEMENTS };
const stream: Filling = {
  command: ['XADD', 'stream', '@@@@@@@@@@@@-1', 'field', 'value'],
  count: ELEMENTS,
};

type Test = {
  readonly title: string;
  readonly test: readonly string[];
  readonly fillings: readonly Filling[];
  readonly requests: number;
};

const SINGLE: readonly Test[] = [
  {
    title: 'HGET',
    test: ['HGET', 'hash', `field:${RANDOM}`],
    fillings: [hash],
    requests: 1_000_000,
  },
  {
    title: 'SISMEMBER',
    test: ['SISMEMBER', 'set', `member:${RANDOM}`],
    fillings: [set],
    requests: 1_000_000,
  },
  {
    title: 'ZSCORE',
    test: ['ZSCORE', 'sorted', `member:${RANDOM}`],
    fillings: [sorted],
    requests: 1_000_000,
  },
  {
    title: 'ZRANK',
    test: ['ZRANK', 'sorted', `member:${RANDOM}`],
    fillings: [sorted],
    requests: 1_000_000,
  },
  {
    title: 'ZRANGE of 100, random places',
    test: ['ZRANGE', 'sorted', RANDOM, '+inf', 'BYSCORE', 'LIMIT', '0', '100'],
    fillings: [sorted],
    requests: 200_000,
  },
  {
    title: 'ZRANGE of 100 by rank, in the middle',
    test: ['ZRANGE', 'sorted', String(HALF), String(HALF + 99)],
    fillings: [sorted],
    requests: 200_000,
  },
  {
    title: 'LINDEX in the middle',
    test: ['LINDEX', 'list', String(HALF)],
    fillings: [list],
    requests: 200_000,
  },
  {
    title: 'XADD',
    test: ['XADD', 'stream', '*', 'field', 'value'],
    fillings: [stream],
    requests: 1_000_000,
  },
  {
    title: 'XRANGE of 100, random places',
    test: ['XRANGE', 'stream', RANDOM, '+', 'COUNT', '100'],
    fillings: [stream],
    requests: 200_000,
  },
];

const WHOLE: readonly Test[] = [
  { title: 'SINTER', test: ['SINTER', 'set', 'other'], fillings: [set, otherSet], requests: 7 },
  { title: 'SUNION', test: ['SUNION', 'set', 'other'], fillings: [set, otherSet], requests: 7 },
  {
    title: 'ZUNIONSTORE',
    test: ['ZUNIONSTORE', 'target', '2', 'sorted', 'other'],
    fillings: [sorted, otherSorted],
    requests: 7,
  },
];

/** One element or a hundred of a collection. */
export function measureSingle(options: RunOptions): Promise<Section> {
  return measure(SINGLE, 50, 16, options, {
    title: 'Collections of a million elements',
    note: 'One hash, set, sorted set, list or stream; elements drawn at random where a title does not say otherwise.',
  });
}

/** Whole sets combined. */
export function measureWhole(options: RunOptions): Promise<Section> {
  return measure(WHOLE, 1, 1, options, {
    title: 'Two sets of a million members, combined',
    note: 'Half of the members are in both. One client, one request at a time.',
  });
}

function measure(
  chosen: readonly Test[],
  clients: number,
  pipeline: number,
  options: RunOptions,
  section: Pick<Section, 'title' | 'note'>,
): Promise<Section> {
  const tests = chosen.map((test): ThroughputTest => ({
    ...test,
    clients,
    pipeline,
    keys: ELEMENTS,
    fillings: () => test.fillings,
  }));
  return measureThroughput(section, tests, options);
}
