/** What scripts pass on to replicas and files, and which events they name. */
import { describe, it } from 'vitest';

import type { Command } from '../support/both.ts';
import { useTraces } from '../support/traces.ts';

const script = (source: string): Command => ['EVAL', source, 0];
const LIBRARY =
  "#!lua name=mine\nredis.register_function('f', function(k) return redis.call('SET', k[1], 1) end)";

const compare = useTraces();
const traces = (...commands: readonly Command[]) => compare(commands);

describe('scripts pass on', () => {
  it(
    'what their commands did, as one',
    traces(
      script('return 1'),
      script("return redis.call('SET', 'a', 1)"),
      script("redis.call('SET', 'a', 1) redis.call('INCR', 'a') return redis.call('GET', 'a')"),
      script("redis.call('SADD', 's', 'x') return redis.call('SPOP', 's')"),
      script("redis.call('SET', 'a', 'x', 'EX', 1000) return redis.call('TTL', 'a')"),
      script("redis.call('RPUSH', 'l', 'x', 'y') return redis.call('BLPOP', 'l', 0)"),
      script("redis.call('SET', 'a', 1) return redis.call('nosuch')"),
      script("redis.call('SET', 'a', 1) error('x')"),
      script("redis.call('SELECT', 5) redis.call('SET', 'a', 1) redis.call('SELECT', 0)"),
      script("redis.call('DEL', 'none') return redis.call('SETNX', 'a', 1)"),
      script("redis.pcall('INCR', 's') redis.call('SET', 'b', 0.1)"),
      ['EVAL_RO', "return redis.call('SET', 'a', 1)", 0],
      ['SCRIPT', 'LOAD', "return redis.call('SET', KEYS[1], 2)"],
      ['EVALSHA', '8ac3c4bb2c5e3b3b8a3bd7b1d0f9ab1d36a2b8d9', 0],
      ['SCRIPT', 'FLUSH'],
    ),
  );

  it(
    'nothing that redis.set_repl keeps from the file',
    traces(
      script("redis.set_repl(redis.REPL_NONE) redis.call('SET', 'a', 1)"),
      script("redis.set_repl(redis.REPL_ALL) redis.call('SET', 'a', 1)"),
      script(
        "redis.set_repl(0) redis.call('SET', 'a', 1) redis.set_repl(3) redis.call('SET', 'b', 1)",
      ),
      script("redis.call('SET', 'c', 1)"),
    ),
  );

  it(
    'libraries as they came',
    traces(
      ['FUNCTION', 'LOAD', LIBRARY],
      ['FUNCTION', 'LOAD', LIBRARY],
      ['FCALL', 'f', 1, 'a'],
      ['FUNCTION', 'LOAD', 'REPLACE', LIBRARY],
      ['FUNCTION', 'DELETE', 'mine'],
      ['FUNCTION', 'DELETE', 'mine'],
      ['FUNCTION', 'FLUSH'],
    ),
  );
});
