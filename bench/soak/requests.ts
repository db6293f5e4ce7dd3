/** The mixed load of the soak: requests of every kind, drawn at random over a bounded set of keys. */
import { randomBelow, type Random } from '../../src/env/random.ts';
import type { Argument } from '../../test/support/raw-client.ts';

export type Request = readonly Argument[];

const KEYS_PER_TYPE = 20_000;
/** Few keys, so that these values become long. */
const LONG_KEYS = 20;
const MEMBERS = 5000;

export const CHANNEL = 'soak:news';
const STREAM = 'soak:stream';
const GROUP = 'soak:group';

/** What has to be there before the load begins. */
export const PREPARATION: readonly Request[] = [
  // Memory is full from the start: what the load adds has to be evicted.
  ['DEBUG', 'POPULATE', 80_000, 'fill', 300],
  ['XGROUP', 'CREATE', STREAM, GROUP, '$', 'MKSTREAM'],
  [
    'FUNCTION',
    'LOAD',
    'REPLACE',
    "#!lua name=soak\nredis.register_function('soak_count', function(keys) " +
      "return redis.call('INCR', keys[1]) end)",
  ],
];

const SCRIPTS = [
  "redis.call('SET', KEYS[1], ARGV[1], 'EX', 30); return redis.call('GET', KEYS[1])",
  "local t = {}; for i = 1, 50 do t[i] = ARGV[1] .. i end; return #table.concat(t, ',')",
  "redis.call('ZADD', KEYS[1] .. ':z', #ARGV[1], ARGV[1]); return cjson.encode({ARGV[1]})",
];

type Draw = (random: Random) => Request;

const text = (random: Random, most: number): string =>
  'v'.repeat(1 + randomBelow(random, most)) + randomBelow(random, 1000);
const key = (random: Random, type: string): string =>
  `${type}:${randomBelow(random, KEYS_PER_TYPE)}`;
const long = (random: Random, type: string): string => `${type}:l${randomBelow(random, LONG_KEYS)}`;
const either = (random: Random, type: string): string =>
  randomBelow(random, 2) === 0 ? key(random, type) : long(random, type);
const member = (random: Random): string => `member:${randomBelow(random, MEMBERS)}`;

const DRAWS: readonly Draw[] = [
  (r) => ['SET', key(r, 's'), text(r, 200), 'PX', 1 + randomBelow(r, 60_000)],
  (r) => ['SET', key(r, 's'), text(r, 2000)],
  (r) => ['GET', key(r, 's')],
  (r) => ['APPEND', key(r, 's:short'), text(r, 10)],
  (r) => ['DEL', key(r, 's:short')],
  (r) => ['INCR', key(r, 'i')],
  (r) => ['MSET', key(r, 's'), text(r, 50), key(r, 's'), text(r, 50)],
  (r) => ['SETRANGE', key(r, 's:range'), randomBelow(r, 5000), text(r, 20)],
  (r) => ['SETBIT', long(r, 'b'), randomBelow(r, 100_000), 1],
  (r) => ['BITCOUNT', long(r, 'b')],
  (r) => ['PFADD', key(r, 'p'), member(r), member(r)],
  (r) => ['PFMERGE', long(r, 'p'), key(r, 'p'), key(r, 'p')],
  (r) => ['HSET', either(r, 'h'), member(r), text(r, 100), member(r), text(r, 10)],
  (r) => ['HDEL', either(r, 'h'), member(r)],
  (r) => ['HINCRBY', either(r, 'h:i'), member(r), 3],
  (r) => ['HSCAN', long(r, 'h'), 0, 'COUNT', 20],
  (r) => ['RPUSH', either(r, 'l'), text(r, 100), text(r, 10)],
  (r) => ['LPOP', either(r, 'l'), 3],
  (r) => ['LTRIM', long(r, 'l'), 0, 2000],
  (r) => ['LRANGE', either(r, 'l'), 0, 20],
  (r) => ['LMOVE', long(r, 'l'), long(r, 'l'), 'LEFT', 'RIGHT'],
  (r) => ['SADD', either(r, 'u'), member(r), randomBelow(r, MEMBERS)],
  (r) => ['SREM', either(r, 'u'), member(r), randomBelow(r, MEMBERS)],
  (r) => ['SPOP', key(r, 'u')],
  (r) => ['SINTERSTORE', key(r, 'u:stored'), long(r, 'u'), long(r, 'u')],
  (r) => ['ZADD', either(r, 'z'), randomBelow(r, 1000), member(r)],
  (r) => ['ZREM', either(r, 'z'), member(r), member(r)],
  (r) => ['ZINCRBY', long(r, 'z'), 1.5, member(r)],
  (r) => ['ZRANGE', long(r, 'z'), 100, 120, 'WITHSCORES'],
  (r) => ['ZPOPMIN', key(r, 'z'), 2],
  (r) => ['GEOADD', long(r, 'g'), randomBelow(r, 180), randomBelow(r, 80), member(r)],
  (r) => ['GEOSEARCH', long(r, 'g'), 'FROMLONLAT', 15, 37, 'BYRADIUS', 500, 'km', 'COUNT', 10],
  (r) => ['XADD', STREAM, 'MAXLEN', '~', 10_000, '*', 'field', text(r, 100)],
  (r) => [
    'XREADGROUP',
    'GROUP',
    GROUP,
    `c${randomBelow(r, 4)}`,
    'COUNT',
    10,
    'STREAMS',
    STREAM,
    '>',
  ],
  (r) => ['XAUTOCLAIM', STREAM, GROUP, `c${randomBelow(r, 4)}`, 0, '0-0', 'COUNT', 10],
  () => ['XGROUP', 'SETID', STREAM, GROUP, '$'],
  (r) => ['EXPIRE', either(r, 'h'), 1 + randomBelow(r, 60)],
  (r) => ['PEXPIRE', either(r, 'z'), 1 + randomBelow(r, 60_000)],
  (r) => ['EXPIRE', either(r, 'l'), 1 + randomBelow(r, 60)],
  (r) => ['UNLINK', long(r, ['h', 'l', 'u', 'z'][randomBelow(r, 4)]!)],
  (r) => ['COPY', key(r, 'z'), key(r, 'z:copy'), 'REPLACE'],
  (r) => ['PUBLISH', CHANNEL, text(r, 200)],
  (r) => ['EVAL', SCRIPTS[randomBelow(r, SCRIPTS.length)]!, 1, key(r, 'e'), text(r, 20)],
  // A text of its own each time: the cache of scripts is emptied now and then.
  (r) => ['EVAL', `return ${r.next32()}`, 0],
  (r) => ['FCALL', 'soak_count', 1, key(r, 'f')],
  (r) => ['SCAN', randomBelow(r, 1 << 20), 'COUNT', 30],
  (r) => ['DUMP', either(r, 'z')],
  (r) => ['SORT', key(r, 'u:stored'), 'ALPHA', 'LIMIT', 0, 5],
  () => ['INFO'],
  () => ['CLIENT', 'LIST'],
];

/** Some requests in a row; now and then as a transaction with a watched key. */
export function drawBatch(random: Random, count: number): readonly Request[] {
  const batch = Array.from({ length: count }, () =>
    DRAWS[randomBelow(random, DRAWS.length)]!(random),
  );
  if (randomBelow(random, 10) > 0) return batch;
  return [['WATCH', key(random, 'i')], ['MULTI'], ...batch, ['EXEC']];
}
