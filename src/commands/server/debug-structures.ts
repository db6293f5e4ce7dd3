/**
 * DEBUG LISTPACK, HTSTATS and HTSTATS-KEY: what the structures behind a value or a database look
 * like. The statistics are those of this server's own tables (memory/dict.ts).
 */
import type { CommandContext } from '../../command/context.ts';
import type { Dict } from '../../memory/dict.ts';
import { NO_SUCH_KEY } from '../../resp/errors.ts';
import { type Entry, TYPE_HASH, typeOf } from '../../values/entry.ts';

const NOT_A_LISTPACK = 'ERR Not a listpack encoded object.';
const NOT_A_TABLE =
  'ERR The value stored at the specified key is not represented using an hash table';
const NO_SUCH_DATABASE = 'ERR Out of range database';

/** The entry of the key in argument 2, expired or not; 0: none, error replied. */
function entryOf({ args, database, reply }: CommandContext): Entry {
  const entry = database.peek(args.bytes, args.start(2), args.end(2), args.hash(2));
  if (entry === 0) reply.error(NO_SUCH_KEY);
  return entry;
}

/** LISTPACK: the layout goes to the log, as the real server's goes to its output. */
export function debugListpack(context: CommandContext): void {
  const { reply, server, values } = context;
  const entry = entryOf(context);
  if (entry === 0) return;
  if (values.encodingName(entry) !== 'listpack') {
    reply.error(NOT_A_LISTPACK);
    return;
  }
  const isHash = typeOf(context.keyspace.heap, entry) === TYPE_HASH;
  const count = isHash ? `, ${values.hashes.length(entry) * 2} elements` : '';
  server.log.notice(`DEBUG LISTPACK: ${values.bytesUsed(entry)} bytes${count}`);
  reply.simple('Listpack structure printed on stdout');
}

function describe(name: string, dict: Dict): string {
  if (dict.size === 0) return `${name}: no stats available for empty tables\n`;
  const { pages, slots, depth } = dict.statistics();
  return (
    `${name}:\n number of elements: ${dict.size}\n slots: ${slots}\n` +
    ` load: ${((dict.size * 100) / slots).toFixed(2)}%\n pages: ${pages}\n` +
    ` directory depth: ${depth}\n bytes: ${dict.bytesUsed}\n`
  );
}

/** HTSTATS: the tables of a database. */
export function debugDatabaseTables({ args, keyspace, reply }: CommandContext): void {
  const index = args.integer(2);
  if (args.failure !== undefined) {
    reply.error(args.failure);
    return;
  }
  const database = keyspace.databases[index];
  if (database === undefined) {
    reply.error(NO_SUCH_DATABASE);
    return;
  }
  const text = describe('Keys', database.keys) + describe('Expires', database.expires);
  reply.verbatim('txt', text);
}

/** HTSTATS-KEY: the table of a large hash, set or sorted set. */
export function debugValueTable(context: CommandContext): void {
  const { reply, values } = context;
  const entry = entryOf(context);
  if (entry === 0) return;
  const table = values.elementsOf(entry);
  if (table === undefined) reply.error(NOT_A_TABLE);
  else reply.verbatim('txt', describe('Elements', table));
}
