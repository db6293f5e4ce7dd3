/** The commands of group hash. */
import type { Command } from '../../command/spec.ts';
import { hincrby, hincrbyfloat } from './increment.ts';
import { hrandfield } from './random.ts';
import { hexists, hget, hgetall, hkeys, hlen, hmget, hstrlen, hvals } from './read.ts';
import { hscan } from './scan.ts';
import { hdel, hmset, hset, hsetnx } from './write.ts';

export const hashCommands: readonly Command[] = [
  hdel,
  hexists,
  hget,
  hgetall,
  hincrby,
  hincrbyfloat,
  hkeys,
  hlen,
  hmget,
  hmset,
  hrandfield,
  hscan,
  hset,
  hsetnx,
  hstrlen,
  hvals,
];
