/** The commands of group list. */
import type { Command } from '../../command/spec.ts';
import { linsert, lrem, lset, ltrim } from './edit.ts';
import { blmove, brpoplpush, lmove, rpoplpush } from './move.ts';
import { blmpop, lmpop } from './multiple-pop.ts';
import { blpop, brpop, lpop, rpop } from './pop.ts';
import { lpos } from './position.ts';
import { lpush, lpushx, rpush, rpushx } from './push.ts';
import { lindex, llen, lrange } from './read.ts';

export const listCommands: readonly Command[] = [
  blmove,
  blmpop,
  blpop,
  brpop,
  brpoplpush,
  lindex,
  linsert,
  llen,
  lmove,
  lmpop,
  lpop,
  lpos,
  lpush,
  lpushx,
  lrange,
  lrem,
  lset,
  ltrim,
  rpop,
  rpoplpush,
  rpush,
  rpushx,
];
