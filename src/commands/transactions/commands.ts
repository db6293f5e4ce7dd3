import type { Command } from '../../command/spec.ts';
import { discard, exec, multi, unwatch, watch } from './transactions.ts';

export const transactionCommands: readonly Command[] = [discard, exec, multi, unwatch, watch];
