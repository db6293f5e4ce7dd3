/** The commands on keys of any type. */
import type { Command } from '../../command/spec.ts';
import { del, unlink } from './delete.ts';
import { dump, restore, restoreAsking } from './dump.ts';
import { exists, touch, type } from './exists.ts';
import { expire, expireat, persist, pexpire, pexpireat } from './expire.ts';
import { keys, randomkey } from './keys.ts';
import { object } from './object.ts';
import { copy, move, renameCommand, renamenx } from './rename.ts';
import { scan } from './scan.ts';
import { sort, sortRo } from './sort.ts';
import { expiretime, pexpiretime, pttl, ttl } from './ttl.ts';

export const genericCommands: readonly Command[] = [
  copy,
  del,
  dump,
  exists,
  expire,
  expireat,
  expiretime,
  keys,
  move,
  object,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  randomkey,
  renameCommand,
  renamenx,
  restore,
  restoreAsking,
  scan,
  sort,
  sortRo,
  touch,
  ttl,
  type,
  unlink,
];
