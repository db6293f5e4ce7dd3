/**
 * The numbers of the RDB format: opcodes, value types and length forms, as Redis 7.0 writes them and
 * as older and newer versions may have written them.
 *
 * A file is `REDIS` and four digits of version, then records, each with one byte in front that says
 * what it is, up to RDB_EOF and (from version 5) the CRC-64 of all before it:
 *
 *   AUX name value | SELECTDB n | RESIZEDB keys expires | FUNCTION2 code
 *   [EXPIRETIME_MS t] [IDLE seconds | FREQ counter] type key value
 *
 * A DUMP payload is one type byte and value, then the version (u16) and the CRC-64 of all before it.
 */

/** The version that is written: that of Redis 7.0. */
export const RDB_VERSION = 10;
/** The newest version that is read, as far as its types are known. */
export const RDB_NEWEST_READ = 12;

export const OP_SLOT_INFO = 244;
export const OP_FUNCTION2 = 245;
export const OP_FUNCTION_PRE_GA = 246;
export const OP_MODULE_AUX = 247;
export const OP_IDLE = 248;
export const OP_FREQ = 249;
export const OP_AUX = 250;
export const OP_RESIZE_DB = 251;
export const OP_EXPIRE_MS = 252;
export const OP_EXPIRE_SECONDS = 253;
export const OP_SELECT_DB = 254;
export const OP_EOF = 255;
/** Opcodes begin here; smaller bytes are value types. */
export const FIRST_OPCODE = OP_SLOT_INFO;

export const RDB_STRING = 0;
export const RDB_LIST = 1;
export const RDB_SET = 2;
export const RDB_ZSET = 3;
export const RDB_HASH = 4;
export const RDB_ZSET_2 = 5;
export const RDB_HASH_ZIPMAP = 9;
export const RDB_LIST_ZIPLIST = 10;
export const RDB_SET_INTSET = 11;
export const RDB_ZSET_ZIPLIST = 12;
export const RDB_HASH_ZIPLIST = 13;
export const RDB_LIST_QUICKLIST = 14;
export const RDB_STREAM = 15;
export const RDB_HASH_LISTPACK = 16;
export const RDB_ZSET_LISTPACK = 17;
export const RDB_LIST_QUICKLIST_2 = 18;
export const RDB_STREAM_2 = 19;
export const RDB_SET_LISTPACK = 20;
export const RDB_STREAM_3 = 21;

/** A list node that is one large element, or a listpack. */
export const NODE_PLAIN = 1;
export const NODE_PACKED = 2;

/** What types are called in messages, those that cannot be read included. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  [RDB_STRING]: 'string',
  [RDB_LIST]: 'list',
  [RDB_SET]: 'set',
  [RDB_ZSET]: 'zset-v1',
  [RDB_HASH]: 'hash-hashtable',
  [RDB_ZSET_2]: 'zset-v2',
  6: 'module-pre-release',
  7: 'module-value',
  [RDB_HASH_ZIPMAP]: 'hash-zipmap',
  [RDB_LIST_ZIPLIST]: 'list-ziplist',
  [RDB_SET_INTSET]: 'set-intset',
  [RDB_ZSET_ZIPLIST]: 'zset-ziplist',
  [RDB_HASH_ZIPLIST]: 'hash-ziplist',
  [RDB_LIST_QUICKLIST]: 'quicklist',
  [RDB_STREAM]: 'stream',
  [RDB_HASH_LISTPACK]: 'hash-listpack',
  [RDB_ZSET_LISTPACK]: 'zset-listpack',
  [RDB_LIST_QUICKLIST_2]: 'quicklist-v2',
  [RDB_STREAM_2]: 'stream-v2',
  [RDB_SET_LISTPACK]: 'set-listpack',
  [RDB_STREAM_3]: 'stream-v3',
  22: 'hash-hashtable-with-field-expiry-pre-release',
  23: 'hash-listpack-with-field-expiry-pre-release',
  24: 'hash-hashtable-with-field-expiry',
  25: 'hash-listpack-with-field-expiry',
};

/** The name of a value type, or its number in words. */
export function typeNameOf(type: number): string {
  return TYPE_NAMES[type] ?? `number ${type}`;
}

/** The bytes are not what the format allows. The message says where it went wrong, and how. */
export class RdbError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RdbError';
  }
}
