/** The commands on keys of any type. */
import type { Command } from '../../command/spec.ts';
import { del, unlink } from './delete.ts';
import { exists, touch, type } from './exists.ts';
import { keys, randomkey } from './keys.ts';
import { object } from './object.ts';
import { expiretime, pexpiretime, pttl, ttl } from './ttl.ts';

export const genericCommands: readonly Command[] = [
  del,
  exists,
  expiretime,
  keys,
  object,
  pexpiretime,
  pttl,
  randomkey,
  touch,
  ttl,
  type,
  unlink,
];
