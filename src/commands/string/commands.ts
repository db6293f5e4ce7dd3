/** The commands of group string. */
import type { Command } from '../../command/spec.ts';
import { append, setrange } from './edit.ts';
import { get, getrange, mget, strlen, substr } from './get.ts';
import { getdel, getex } from './getex.ts';
import { decr, decrby, incr, incrby, incrbyfloat } from './increment.ts';
import { lcs } from './lcs.ts';
import { mset, msetnx } from './mset.ts';
import { getset, psetex, set, setex, setnx } from './set.ts';

export const stringCommands: readonly Command[] = [
  append,
  decr,
  decrby,
  get,
  getdel,
  getex,
  getrange,
  getset,
  incr,
  incrby,
  incrbyfloat,
  lcs,
  mget,
  mset,
  msetnx,
  psetex,
  set,
  setex,
  setnx,
  setrange,
  strlen,
  substr,
];
