/** The commands on streams. */
import type { Command } from '../../command/spec.ts';
import { xadd } from './add.ts';
import { xautoclaim, xclaim } from './claim.ts';
import { xdel, xlen, xsetid, xtrim } from './edit.ts';
import { xgroup } from './group.ts';
import { xinfo } from './info.ts';
import { xack, xpending } from './pending.ts';
import { xrange, xrevrange } from './range.ts';
import { xread, xreadgroup } from './read.ts';

export const streamCommands: readonly Command[] = [
  xack,
  xadd,
  xautoclaim,
  xclaim,
  xdel,
  xgroup,
  xinfo,
  xlen,
  xpending,
  xrange,
  xread,
  xreadgroup,
  xrevrange,
  xsetid,
  xtrim,
];
