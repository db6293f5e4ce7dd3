/** What hashes and sets pass on to replicas and files, and which events they name. */
import { describe, it } from 'vitest';

import { useTraces } from '../support/traces.ts';

/** Members named m and a number are picked by chance: which one does not matter. */
const withoutChance = (line: string): string => line.replace(/\bm\d+\b/g, 'm?');

const traces = useTraces(withoutChance);

describe('effects and events of hashes', () => {
  it(
    'that are written',
    traces(`
      hset h a 1 b 2
      HSET h a 1
      HMSET h a 3 c 4
      HSETNX h a 5
      HSETNX h d 5
      HSETNX new d 5
      HINCRBY h a 5
      HINCRBY h a x
      HINCRBY h new 0
      HINCRBY other n 1
      HINCRBYFLOAT h a 0.1
      hincrbyfloat h a 1e2
      HINCRBYFLOAT third n 10.50
      HINCRBYFLOAT h a x
      HINCRBYFLOAT h a inf
      HSET h text x
      HINCRBY h text 1
      HINCRBYFLOAT h text 1
      HINCRBYFLOAT absent text inf
      HSET h a
      HDEL h a b missing
      HDEL h missing
      HDEL missing a
      HDEL h c d new text
      HSET h a 1
      HDEL h a a a
      HSET h a 1
      PEXPIREAT h 1
      HGET h a
      HSET h a 1
      SET s x
      HSET s a 1
      HDEL s a
    `),
  );

  it(
    'that are read',
    traces(`
      HSET h a 1
      HGET h a
      HGET missing a
      HMGET missing a
      HGETALL h
      HGETALL missing
      HLEN missing
      HSTRLEN missing a
      HEXISTS missing a
      HKEYS missing
      HVALS missing
      HRANDFIELD h 2
      HRANDFIELD missing
      HRANDFIELD missing 2
      HSCAN missing 0
      HSCAN h 0
    `),
  );
});

describe('effects and events of sets', () => {
  it(
    'that are written',
    traces(`
      sadd s a b
      SADD s a
      SADD s a c
      SREM s missing
      SREM s a missing
      SREM missing a
      SREM s b c
      SADD s a
      SREM s a a a
      SADD s 1 2 3
      SMOVE s t 1
      SMOVE s t 1
      SMOVE s t missing
      SMOVE s s 2
      SADD t 2
      SMOVE s t 2
      SMOVE s u 3
      EXISTS s
      SMOVE u t 3
      SMOVE missing t 3
      SET string x
      SMOVE t string 1
      SMOVE string t 1
      SMEMBERS missing
      SISMEMBER missing a
      SMISMEMBER missing a
      SCARD missing
      SRANDMEMBER missing
      SRANDMEMBER missing 5
      SSCAN missing 0
    `),
  );

  it(
    'that are popped',
    traces(`
      SADD s m1 m2 m3 m4 m5 m6 m7 m8 m9
      SPOP s
      SPOP s 0
      SPOP s 1
      spop s 2
      SPOP s 4
      SPOP s
      EXISTS s
      SADD s m1 m2 m3 m4 m5 m6 m7 m8 m9
      SPOP s 8
      SPOP s 1
      SADD s m1 m2 m3
      SPOP s 3
      SADD s m1
      SPOP s 50
      SPOP s
      SPOP s 5
      SADD s m1 m2 m3
      SPOP s x
      SPOP s -1
      SPOP s 1 1
      SRANDMEMBER s
      SRANDMEMBER s 2
    `),
  );

  it(
    'that are combined',
    traces(`
      SADD a 1 2 3
      SADD b 2 3 4
      SINTERSTORE d a b
      SINTERSTORE d a b
      SUNIONSTORE d a b
      SDIFFSTORE d a b
      SDIFFSTORE d a a
      SDIFFSTORE d a a
      SINTERSTORE d a missing
      SUNIONSTORE d missing
      SET d string
      SUNIONSTORE d a
      SET d string
      SINTERSTORE d missing a
      SDIFFSTORE a a b
      SINTERSTORE a a b
      EXISTS a
      SINTER b missing
      SUNION b missing
      SDIFF missing b
      SINTERCARD 2 b missing
      SET string x
      SUNIONSTORE b string
      SUNIONSTORE b missing string
    `),
  );
});
