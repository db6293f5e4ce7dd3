/** What strings, bitmaps and HyperLogLogs pass on to replicas and files, and which events they name. */
import { describe, it } from 'vitest';

import { useTraces } from '../support/traces.ts';

const traces = useTraces();

describe('effects and events', () => {
  it(
    'of SET and what it replaced',
    traces(`
      set k v
      set k v ex 100
      SET k v px 100000
      set k v exat 9999999999
      set k v pxat 9999999999000
      set k v keepttl
      set k v get
      set k v get ex 100
      set k v Get keepttl GET
      set k v nx
      set k2 v nx get
      set k2 v xx get
      set k3 v xx get
      set k v xx ex 100 get
      set k v xx keepttl
      set none v xx
      setex k 100 v
      setex k 0 v
      psetex k 100000 v
      setnx k v
      setnx k4 v
      getset k w
      getset k5 w
      get missing
      get k
      strlen missing
      getrange missing 0 1
      mget k missing k2 missing
      mset a 1 b 2 a 3
      mset a 1 b
      msetnx a 1 q 2
      msetnx q1 1 q2 2 q1 3
      sadd s x
      set s v get
      set s v
      lcs k missing
    `),
  );

  it(
    'of GETEX and GETDEL',
    traces(`
      set k v
      getex k
      getex k ex 100
      getex k px 100000
      getex k exat 9999999999
      getex k pxat 9999999999000
      getex k persist
      getex k persist
      getex k ex 0
      getex k exat 1
      getex k
      getex missing ex 100
      set k v ex 100
      getdel k
      getdel k
      config set lazyfree-lazy-user-del yes lazyfree-lazy-expire yes
      set k v
      getdel k
      set k v
      getex k pxat 1
      config set lazyfree-lazy-user-del no lazyfree-lazy-expire no
    `),
  );

  it(
    'of what changes strings',
    traces(`
      append a abc
      append a abc
      append a ''
      append e ''
      set i 10 ex 100
      incr i
      incrby i 5
      decr i
      decrby i 5
      incrbyfloat i 1.5
      incrbyfloat new 3
      incrbyfloat new abc
      incr new2
      decrby new3 4
      set max 9223372036854775807
      incr max
      decr max
      setrange s 5 hello
      setrange s 0 ''
      setrange none 0 ''
      setrange s 0 a
    `),
  );

  it(
    'of bitmaps',
    traces(`
      setbit b 7 1
      setbit b 7 1
      setbit b 7 0
      setbit b 100 0
      setbit b 100 0
      getbit missing 1
      bitcount missing
      bitpos missing 1
      bitop or d b missing
      bitop or d missing
      bitop or d missing
      sadd s x
      bitop not s b
      bitfield f get u8 0
      bitfield f set u8 0 5
      bitfield f set u8 0 5
      bitfield f incrby u8 0 5 get u8 0 incrby u8 8 1
      bitfield f overflow fail incrby u8 100 1000
      bitfield f overflow fail set u8 200 1000 set u8 300 1
      bitfield g overflow fail incrby u8 0 1000
      bitfield g
      bitfield_ro f get u8 0
      bitfield_ro missing get u8 0
    `),
  );

  it(
    'of HyperLogLogs',
    traces(`
      pfadd h
      pfadd h
      pfadd h a b c
      pfadd h a
      pfcount h
      pfcount h
      pfcount h missing
      pfcount missing
      pfmerge h2 h
      pfmerge h3
      pfmerge h h
      pfcount h
      pfdebug encoding h
      pfdebug todense h
      pfdebug todense h
      pfadd h a
      pfadd h x
      pfcount h
    `),
  );
});
