import type { Command } from '../../command/spec.ts';
import { auth, hello } from './auth.ts';
import { echo, ping, quit, reset, select } from './basics.ts';
import { client } from './client.ts';

export const connectionCommands: readonly Command[] = [
  auth,
  client,
  echo,
  hello,
  ping,
  quit,
  reset,
  select,
];
