/** Every command of the server. A command that is not listed here does not exist. */
import type { Command } from '../command/spec.ts';
import { acl } from './acl/acl.ts';
import { bitmapCommands } from './bitmap/commands.ts';
import { connectionCommands } from './connection/commands.ts';
import { genericCommands } from './generic/commands.ts';
import { geoCommands } from './geo/commands.ts';
import { hashCommands } from './hash/commands.ts';
import { hyperloglogCommands } from './hyperloglog/commands.ts';
import { listCommands } from './list/commands.ts';
import { scriptingCommands } from './scripting/commands.ts';
import { pubsubCommands } from './pubsub/commands.ts';
import { serverCommands } from './server/commands.ts';
import { setCommands } from './set/commands.ts';
import { sortedSetCommands } from './sorted-set/commands.ts';
import { streamCommands } from './stream/commands.ts';
import { transactionCommands } from './transactions/commands.ts';
import { stringCommands } from './string/commands.ts';

export const allCommands: readonly Command[] = [
  acl,
  ...bitmapCommands,
  ...connectionCommands,
  ...genericCommands,
  ...geoCommands,
  ...hashCommands,
  ...hyperloglogCommands,
  ...listCommands,
  ...scriptingCommands,
  ...pubsubCommands,
  ...serverCommands,
  ...setCommands,
  ...sortedSetCommands,
  ...streamCommands,
  ...transactionCommands,
  ...stringCommands,
];
