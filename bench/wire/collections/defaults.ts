/** redis-benchmark's own set of tests, with something to find for every request. */
import type { Filling } from '../fill.ts';
import type { RunOptions, Section } from '../suite.ts';
import { measureThroughput, type ThroughputTest } from '../throughput.ts';

const KEYS = 100_000;
const CLIENTS = 50;
const PIPELINE = 16;
const REQUESTS = 1_000_000;

type Test = Pick<ThroughputTest, 'test' | 'fill' | 'fillings' | 'isRefilled'> & {
  readonly title: string;
  readonly requests?: number;
};

/** As many elements as there are requests, for a test that takes one away with each. */
function usedUp(...command: readonly string[]): Pick<Test, 'fillings' | 'isRefilled'> {
  return { fillings: (count) => [{ command, count }], isRefilled: true };
}

/** The first elements of a list of 100,000; redis-benchmark's own tests of it begin with an LPUSH. */
function range(last: number, requests: number): Test {
  const list: Filling = { command: ['LPUSH', 'mylist', 'xxx'], count: KEYS };
  return {
    title: `LRANGE_${last + 1}`,
    test: ['LRANGE', 'mylist', '0', String(last)],
    fillings: () => [list],
    requests,
  };
}

const ELEMENT = 'element:############';
const NUMBER = '############';

const TESTS: readonly Test[] = [
  { title: 'PING_INLINE', test: 'ping_inline' },
  { title: 'PING_MBULK', test: 'ping_mbulk' },
  { title: 'SET', test: 'set', fill: KEYS },
  { title: 'GET', test: 'get', fill: KEYS },
  { title: 'INCR', test: 'incr', fill: KEYS },
  { title: 'LPUSH', test: 'lpush' },
  { title: 'RPUSH', test: 'rpush' },
  { title: 'LPOP', test: 'lpop', ...usedUp('RPUSH', 'mylist', 'xxx') },
  { title: 'RPOP', test: 'rpop', ...usedUp('RPUSH', 'mylist', 'xxx') },
  { title: 'SADD', test: 'sadd' },
  { title: 'HSET', test: 'hset' },
  { title: 'SPOP', test: 'spop', ...usedUp('SADD', 'myset', ELEMENT) },
  { title: 'ZADD', test: 'zadd' },
  { title: 'ZPOPMIN', test: 'zpopmin', ...usedUp('ZADD', 'myzset', NUMBER, ELEMENT) },
  range(99, 200_000),
  range(299, 100_000),
  range(499, 100_000),
  range(599, 100_000),
  { title: 'MSET (10 keys)', test: 'mset', fill: KEYS, requests: 250_000 },
];

export function measureDefaults(options: RunOptions): Promise<Section> {
  const tests = TESTS.map((test) => ({
    requests: REQUESTS,
    ...test,
    clients: CLIENTS,
    pipeline: PIPELINE,
    keys: KEYS,
  }));
  const section = {
    title: "redis-benchmark's default tests",
    note: 'Tests that pop begin each round with as many elements as they are going to take.',
  };
  return measureThroughput(section, tests, options);
}
