/** Every command of the server. A command that is not listed here does not exist. */
import type { Command } from '../command/spec.ts';
import { connectionCommands } from './connection/commands.ts';
import { genericCommands } from './generic/commands.ts';
import { serverCommands } from './server/commands.ts';
import { transactionCommands } from './transactions/commands.ts';
import { stringCommands } from './string/commands.ts';

export const allCommands: readonly Command[] = [
  ...connectionCommands,
  ...genericCommands,
  ...serverCommands,
  ...transactionCommands,
  ...stringCommands,
];
