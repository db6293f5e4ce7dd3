/** The commands of group hyperloglog. */
import type { Command } from '../../command/spec.ts';
import { pfadd } from './pfadd.ts';
import { pfcount } from './pfcount.ts';
import { pfdebug, pfselftest } from './pfdebug.ts';
import { pfmerge } from './pfmerge.ts';

export const hyperloglogCommands: readonly Command[] = [
  pfadd,
  pfcount,
  pfdebug,
  pfmerge,
  pfselftest,
];
