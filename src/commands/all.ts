/** Every command of the server. A command that is not listed here does not exist. */
import type { Command } from '../command/spec.ts';
import { connectionCommands } from './connection/commands.ts';
import { genericCommands } from './generic/commands.ts';
import { serverCommands } from './server/commands.ts';
import { get } from './string/get.ts';
import { set } from './string/set.ts';

export const allCommands: readonly Command[] = [
  ...connectionCommands,
  ...genericCommands,
  ...serverCommands,
  get,
  set,
];
