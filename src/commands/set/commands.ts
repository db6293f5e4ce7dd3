/** The commands of group set. */
import type { Command } from '../../command/spec.ts';
import { sinter, sintercard, sinterstore } from './intersection.ts';
import { sadd, scard, sismember, smembers, smismember, smove, srem } from './members.ts';
import { spop, srandmember } from './random.ts';
import { sscan } from './scan.ts';
import { sdiff, sdiffstore, sunion, sunionstore } from './union.ts';

export const setCommands: readonly Command[] = [
  sadd,
  scard,
  sdiff,
  sdiffstore,
  sinter,
  sintercard,
  sinterstore,
  sismember,
  smembers,
  smismember,
  smove,
  spop,
  srandmember,
  srem,
  sscan,
  sunion,
  sunionstore,
];
