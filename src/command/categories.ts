/**
 * ACL categories, one bit each, in the order in which the server lists them (ACL CAT, COMMAND
 * INFO). Many follow from a command's flags, so declarations name only the rest.
 */
import {
  CMD_ADMIN,
  CMD_BLOCKING,
  CMD_FAST,
  CMD_PUBSUB,
  CMD_READONLY,
  CMD_WRITE,
  namesOfBits,
  parseBits,
} from './flags.ts';

export const CATEGORY_KEYSPACE = 1 << 0;
export const CATEGORY_READ = 1 << 1;
export const CATEGORY_WRITE = 1 << 2;
export const CATEGORY_SET = 1 << 3;
export const CATEGORY_SORTED_SET = 1 << 4;
export const CATEGORY_LIST = 1 << 5;
export const CATEGORY_HASH = 1 << 6;
export const CATEGORY_STRING = 1 << 7;
export const CATEGORY_BITMAP = 1 << 8;
export const CATEGORY_HYPERLOGLOG = 1 << 9;
export const CATEGORY_GEO = 1 << 10;
export const CATEGORY_STREAM = 1 << 11;
export const CATEGORY_PUBSUB = 1 << 12;
export const CATEGORY_ADMIN = 1 << 13;
export const CATEGORY_FAST = 1 << 14;
export const CATEGORY_SLOW = 1 << 15;
export const CATEGORY_BLOCKING = 1 << 16;
export const CATEGORY_DANGEROUS = 1 << 17;
export const CATEGORY_CONNECTION = 1 << 18;
export const CATEGORY_TRANSACTION = 1 << 19;
export const CATEGORY_SCRIPTING = 1 << 20;

/** Names without the `@`, by bit number. */
export const CATEGORY_NAMES: readonly string[] = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
];

/** Reads the `categories` field of a declaration and adds what the flags imply. */
export function parseCategories(text: string, flags: number): number {
  return withImpliedCategories(parseBits(text, CATEGORY_NAMES, 'ACL category'), flags);
}

/** Scripting commands that only read (EVAL_RO) are not @read: the script decides what is read. */
function withImpliedCategories(categories: number, flags: number): number {
  let all = categories;
  if (flags & CMD_WRITE) all |= CATEGORY_WRITE;
  if (flags & CMD_READONLY && !(categories & CATEGORY_SCRIPTING)) all |= CATEGORY_READ;
  if (flags & CMD_ADMIN) all |= CATEGORY_ADMIN | CATEGORY_DANGEROUS;
  if (flags & CMD_PUBSUB) all |= CATEGORY_PUBSUB;
  if (flags & CMD_BLOCKING) all |= CATEGORY_BLOCKING;
  return all | (flags & CMD_FAST ? CATEGORY_FAST : CATEGORY_SLOW);
}

/** The names of a set of categories, without `@`, in the server's order. */
export function categoryNames(categories: number): string[] {
  return namesOfBits(categories, CATEGORY_NAMES);
}

/** The bit of a category name (lower case, without `@`), or 0 when there is none. */
export function categoryByName(name: string): number {
  const bit = CATEGORY_NAMES.indexOf(name);
  return bit < 0 ? 0 : 1 << bit;
}
