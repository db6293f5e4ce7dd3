/** Every command of the server. A command that is not listed here does not exist. */
import type { Command } from '../command/spec.ts';
import { ping } from './connection/ping.ts';
import { get } from './string/get.ts';
import { set } from './string/set.ts';

export const allCommands: readonly Command[] = [get, ping, set];
