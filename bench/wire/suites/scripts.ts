/** Lua scripts and functions: CPU per call, from the shortest script to ones that compute. */
import { measureThroughput, type ThroughputTest } from '../throughput.ts';
import type { RunOptions, Section, Suite } from '../suite.ts';

/** Allows so many calls in a span of time. */
const RATE_LIMITER = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if count > tonumber(ARGV[1]) then return 0 end
return 1`;

/** Takes a job in, updates and finishes it: JSON read and written, and 20 calls. */
const JOB_QUEUE = `
local job = cjson.decode(ARGV[1])
job.attempts = (job.attempts or 0) + 1
local id = redis.call('INCR', 'queue:id')
local key = 'queue:job:' .. id
redis.call('HSET', key, 'data', cjson.encode(job), 'name', job.name, 'timestamp', ARGV[2])
redis.call('LPUSH', 'queue:wait', id)
redis.call('ZADD', 'queue:delayed', tonumber(ARGV[2]), id)
for i = 1, 5 do
  redis.call('HINCRBY', key, 'attempts', 1)
  redis.call('HGET', key, 'name')
end
local fields = redis.call('HGETALL', key)
local next = redis.call('RPOP', 'queue:wait')
redis.call('ZREM', 'queue:delayed', next)
redis.call('EXISTS', key)
redis.call('PUBLISH', 'queue:events', cjson.encode({id = id, fields = #fields}))
redis.call('DEL', key)
return id`;

const JOB = JSON.stringify({
  name: 'email',
  data: { to: 'someone@example.com', body: 'x'.repeat(200), tags: ['a', 'b'], retry: true },
  opts: { attempts: 3, delay: 0, backoff: { type: 'exponential', delay: 1000 } },
});

const LIBRARY = `#!lua name=bench
redis.register_function('one', function() return 1 end)
redis.register_function('get', function(keys) return redis.call('GET', keys[1]) end)`;

const COROUTINE = `
local next = coroutine.wrap(function() for i = 1, 10 do coroutine.yield(i) end end)
local sum = 0
for i = 1, 10 do sum = sum + next() end
return sum`;

const BUILD = `
local parts = {}
for i = 1, 100 do parts[#parts + 1] = 'item:' .. i end
return #table.concat(parts, ',')`;

const SORT = `
local list = {}
for i = 1, 100 do list[i] = (i * 7919) % 101 end
table.sort(list, function(a, b) return a < b end)
return list[1]`;

const GET = "return redis.call('GET', KEYS[1])";

function evaluate(
  title: string,
  requests: number,
  pipeline: number,
  script: string,
  ...rest: readonly string[]
): ThroughputTest {
  const numkeys = rest[0] === 'key' ? '1' : '0';
  // redis-benchmark repeats the command in its line of results.
  const line = script.trim().replaceAll(/\s*\n\s*/g, ' ');
  const test = ['eval', line, numkeys, ...rest];
  return { title, test, requests, clients: 50, pipeline, prepare: [['SET', 'key', '1']] };
}

function call(name: string, ...keys: readonly string[]): ThroughputTest {
  return {
    title: `FCALL ${name}`,
    test: ['fcall', name, String(keys.length), ...keys],
    requests: 1_000_000,
    clients: 50,
    pipeline: 16,
    prepare: [
      ['SET', 'key', '1'],
      ['FUNCTION', 'LOAD', 'REPLACE', LIBRARY],
    ],
  };
}

const TESTS: readonly ThroughputTest[] = [
  evaluate('return 1', 300_000, 1, 'return 1'),
  evaluate('return 1', 1_000_000, 16, 'return 1'),
  evaluate('GET', 300_000, 1, GET, 'key'),
  evaluate('GET', 1_000_000, 16, GET, 'key'),
  evaluate('rate limiter', 300_000, 1, RATE_LIMITER, 'key', '1000000', '60000'),
  evaluate('rate limiter', 500_000, 16, RATE_LIMITER, 'key', '1000000', '60000'),
  evaluate('job queue', 100_000, 16, JOB_QUEUE, JOB, '1700000000000'),
  call('one'),
  call('get', 'key'),
  evaluate('10 million additions', 20, 1, 'local s = 0 for i = 1, 1e7 do s = s + i end return s'),
  evaluate('string building', 50_000, 16, BUILD),
  evaluate('sorting', 50_000, 16, SORT),
  evaluate('JSON', 200_000, 16, 'return cjson.encode(cjson.decode(ARGV[1]))', JOB),
  evaluate('coroutine', 50_000, 16, COROUTINE),
  evaluate('20 caught errors', 20_000, 16, "for i = 1, 20 do pcall(error, 'x') end return 1"),
];

export const scripts: Suite = {
  name: 'scripts',
  about: 'Lua scripts and functions, short and long.',
  run: async (options: RunOptions): Promise<readonly Section[]> => [
    await measureThroughput(
      { title: 'Scripts and functions', note: 'EVAL of one script again and again, and FCALL.' },
      TESTS,
      options,
    ),
  ],
};
