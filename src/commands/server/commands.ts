/** The commands on the server as a whole. */
import type { Command } from '../../command/spec.ts';
import { commandCommand } from './command.ts';
import { config } from './config.ts';
import { debug } from './debug.ts';
import { dbsize, flushall, flushdb, swapdb } from './flush.ts';
import { hotKeys } from './hot-keys.ts';
import { info, lastsave, role, time } from './info.ts';
import { latency } from './latency.ts';
import { lolwut } from './lolwut.ts';
import { memory } from './memory.ts';
import { module } from './module.ts';
import { bgrewriteaof, bgsave, save } from './save.ts';
import { monitor, shutdown } from './shutdown.ts';
import { replconf, sync } from './snapshot-transfer.ts';
import { slowlog } from './slowlog.ts';

export const serverCommands: readonly Command[] = [
  bgrewriteaof,
  bgsave,
  commandCommand,
  config,
  dbsize,
  debug,
  flushall,
  flushdb,
  hotKeys,
  info,
  lastsave,
  latency,
  lolwut,
  memory,
  module,
  monitor,
  replconf,
  role,
  save,
  shutdown,
  slowlog,
  swapdb,
  sync,
  time,
];
