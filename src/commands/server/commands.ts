/** The commands on the server as a whole. */
import type { Command } from '../../command/spec.ts';
import { debug } from './debug.ts';
import { dbsize, flushall, flushdb, swapdb } from './flush.ts';

export const serverCommands: readonly Command[] = [dbsize, debug, flushall, flushdb, swapdb];
