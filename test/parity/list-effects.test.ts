/** What lists and sorted sets pass on to replicas and files, and which events they name. */
import { describe, it } from 'vitest';

import { useTraces } from '../support/traces.ts';

const traces = useTraces();

describe('effects and events of lists', () => {
  it(
    'that change at their ends',
    traces(`
      lpush l a b c
      RPUSH l d
      LPUSHX l e f
      rpushx l g
      LPUSHX none e
      LPOP l
      RPOP l 2
      LPOP l 0
      LPOP l 100
      LPOP l
      RPUSH l a b c d e f
      LMPOP 1 l LEFT
      LMPOP 2 none l RIGHT COUNT 2
      LMPOP 1 none LEFT
      LMPOP 1 l LEFT COUNT 100
      RPUSH l a b c d e f g h
      BLPOP l 0
      brpop none l 0
      BLMPOP 0 1 l LEFT
      BLMPOP 0 1 l LEFT COUNT 2
      BLMOVE l m LEFT RIGHT 0
      BLMOVE l m left right 0
      BRPOPLPUSH l m 0
      LMOVE m m LEFT RIGHT
      LMOVE m n LEFT RIGHT
      lmove n m RIGHT LEFT
      RPOPLPUSH m n
      RPOPLPUSH n n
      BRPOPLPUSH n n 0
      BLPOP n 0
      EXISTS n
    `),
  );

  it(
    'that change within',
    traces(`
      RPUSH l a b c d e f a
      LSET l 0 x
      LSET l 0 x
      LSET l 100 x
      LINSERT l BEFORE c y
      LINSERT l AFTER none y
      LREM l 0 none
      LREM l 1 a
      LTRIM l 0 -1
      LTRIM l 1 -2
      LTRIM l 100 200
      LTRIM l 0 1
      RPUSH l a a
      LREM l 0 a
      LINDEX l 0
      LRANGE l 0 -1
      LPOS l a
    `),
  );
});

describe('effects and events of sorted sets', () => {
  it(
    'that change by members',
    traces(`
      ZADD z 1 a 2 b
      ZADD z 1 a
      zadd z CH 3 a 4 b 5 c
      ZADD z NX 1 a
      ZADD z XX 1 none
      ZADD none XX 1 a
      ZADD z INCR 1 a
      ZADD z INCR 0 a
      ZADD z NX INCR 1 a
      ZINCRBY z 2 a
      ZINCRBY z 0 a
      ZINCRBY new 1 a
      ZADD z inf i
      ZINCRBY z -inf i
      ZREM z none
      ZREM z a none b
      ZREM z c i
      ZREM z c
      ZSCORE z a
      ZRANGE z 0 -1
    `),
  );

  it(
    'that change by ranges and pops',
    traces(`
      ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h 9 i 10 j 11 k 12 l
      ZREMRANGEBYRANK z 0 0
      ZREMRANGEBYRANK z 100 200
      ZREMRANGEBYSCORE z 2 3
      ZREMRANGEBYSCORE z 100 200
      ZREMRANGEBYLEX z [d (e
      ZPOPMIN z
      ZPOPMAX z 2
      ZPOPMIN z 0
      ZMPOP 1 z MIN
      zmpop 2 none z MAX COUNT 2
      BZPOPMIN z 0
      bzpopmax none z 0
      ZADD z 1 a 2 b
      BZMPOP 0 1 z MIN COUNT 100
      ZPOPMIN z
      ZADD z 1 a 2 b
      BZMPOP 0 1 z MIN
      BZPOPMIN z 0
      ZADD z 0 a 0 b
      ZREMRANGEBYLEX z - +
      ZADD z 0 a 0 b
      ZREMRANGEBYRANK z 0 -1
      ZADD z 0 a 0 b
      ZREMRANGEBYSCORE z 0 0
      ZADD z 0 a
      ZPOPMAX z 5
    `),
  );

  it(
    'that are made of others',
    traces(`
      ZADD a 1 x 2 y
      ZADD b 1 y 2 z
      ZUNIONSTORE u 2 a b
      ZUNIONSTORE u 2 a b
      ZINTERSTORE u 2 a b
      ZDIFFSTORE u 2 a b
      ZRANGESTORE u a 0 -1
      ZRANGESTORE r a 0 -1
      ZINTERSTORE u 2 a none
      ZINTERSTORE u 2 a none
      ZDIFFSTORE r 2 a a
      SET s v
      ZRANGESTORE s none 0 1
      ZRANGESTORE s none 0 1
      SET s v
      ZUNIONSTORE s 1 a
      EXPIRE s 1000
      ZUNIONSTORE s 2 s b
      ZUNION 2 a b
      ZINTERCARD 2 a b
      ZSCAN none 0
    `),
  );
});
