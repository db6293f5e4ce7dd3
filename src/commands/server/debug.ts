/**
 * DEBUG: for tests of this server and of its clients. `enable-debug-command` must allow it
 * (execution/session-rules.ts). Its subcommands read their own arguments, and a wrong number of them
 * is the same error as a wrong name.
 */
import { parseDouble } from '../../bytes/double.ts';
import { matchesGlob } from '../../bytes/glob.ts';
import { hashBytes } from '../../bytes/hash.ts';
import { fromLatin1 } from '../../bytes/text.ts';
import type { CommandContext } from '../../command/context.ts';
import { type HelpEntry, replyHelp } from '../../command/help.ts';
import { command } from '../../command/spec.ts';
import { replyWhenDone } from '../../command/unexpected.ts';
import { LISTEN_CHANGED } from '../../keyspace/events.ts';
import { unknownSubcommandOrArity } from '../../resp/errors.ts';
import { STRING_TEXT } from '../../values/entry.ts';
import { debugObject } from './debug-object.ts';
import { debugProtocol } from './debug-protocol.ts';
import { debugDatabaseTables, debugListpack, debugValueTable } from './debug-structures.ts';
import { ContentDigest, digestOfAll, takeValue } from './value-digest.ts';

interface Subcommand {
  /** Number of arguments, DEBUG and the name included. */
  readonly least: number;
  readonly most: number;
  readonly help: HelpEntry;
  readonly run: (context: CommandContext) => void;
}

/** DIGEST-VALUE works on keys as they are stored, past their time or not. */
function digestValues({ args, reply, keyspace, database }: CommandContext): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const digest = new ContentDigest();
    const entry = database.peek(args.bytes, args.start(i), args.end(i), args.hash(i));
    if (entry !== 0) takeValue(digest, keyspace, entry);
    reply.simple(digest.toString());
  }
}

/** Stops the whole server: that is what it is for. */
function sleep({ args, reply, server }: CommandContext): void {
  const seconds = parseDouble(args.bytes, args.start(2), args.end(2)) ?? 0;
  if (seconds > 0) server.clock.sleep(seconds * 1e6);
  reply.ok();
}

function setActiveExpire({ args, reply, server }: CommandContext): void {
  server.expiry.enabled = Number.parseInt(args.text(2), 10) !== 0;
  reply.ok();
}

function reload({ args, reply, server }: CommandContext): void {
  const given = { nosave: false, noflush: false, merge: false };
  for (let i = 2; i < args.count; i++) {
    const word = args.text(i).toLowerCase();
    if (word in given) given[word as keyof typeof given] = true;
    else args.fail('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.');
  }
  const { nosave, noflush, merge } = given;
  const problem = args.failure ?? server.files.reload({ save: !nosave, flush: !noflush, merge });
  if (problem === undefined) reply.ok();
  else reply.error(problem);
}

function loadAppendOnly(context: CommandContext): void {
  const { reply, server } = context;
  if (server.nested.isNested) {
    reply.error('ERR DEBUG LOADAOF cannot be part of a transaction');
    return;
  }
  replyWhenDone(context, server.files.loadAppendOnly(), (problem) => {
    if (problem === undefined) reply.ok();
    else reply.error(problem);
  });
}

function skipChecksums({ args, reply, server }: CommandContext): void {
  server.persistence.skipsChecksums = Number.parseInt(args.text(2), 10) !== 0;
  reply.ok();
}

/** Makes strings `prefix:0`, `prefix:1`, …; keys that exist stay. Nothing is propagated. */
function populate(context: CommandContext): void {
  const { args, reply, database, keyspace, values } = context;
  const count = args.natural(2);
  const size = args.count > 4 ? args.natural(4) : -1;
  if (context.refused()) return;
  const prefix = args.count > 3 ? args.text(3) : 'key';
  const { events } = keyspace;
  for (let i = 0; i < count; i++) {
    const key = fromLatin1(`${prefix}:${i}`);
    const hash = hashBytes(key, 0, key.length);
    if (database.find(key, 0, key.length, hash) !== 0) continue;
    const text = fromLatin1(`value:${i}`);
    const value = size < 0 ? text : padded(text, size);
    const { strings } = values;
    database.add(strings.create(key, 0, key.length, value, 0, value.length, STRING_TEXT), hash);
    if ((events.active & LISTEN_CHANGED) !== 0) events.changed(database, key, 0, key.length, hash);
  }
  reply.ok();
}

/** The text cut or filled with zero bytes to a size; size 0 leaves it as it is. */
function padded(text: Uint8Array, size: number): Uint8Array {
  if (size === 0) return text;
  const value = new Uint8Array(size);
  value.set(text.subarray(0, size));
  return value;
}

function matchGlob({ args, reply }: CommandContext): void {
  const matches = matchesGlob(
    args.bytes,
    args.start(2),
    args.end(2),
    args.bytes,
    args.start(3),
    args.end(3),
  );
  reply.integer(matches ? 1 : 0);
}

/** Where the memory is: the heap of the data, object table, lazy freeing, V8. */
function memoryMap({ reply, keyspace, server }: CommandContext): void {
  const { heap, objects, lazyFree } = keyspace;
  const lines = [
    `heap_used:${heap.used}`,
    `heap_segments:${heap.bytes.length}`,
    `large_values:${objects.size}`,
    `lazy_free_pending:${lazyFree.pending}`,
    `script_heap:${server.facts.scriptHeapBytes()}`,
    `resident:${server.facts.residentBytes()}`,
  ];
  reply.verbatim('txt', `${lines.join('\n')}\n`);
}

/** The error text as it came; line ends in it become spaces. */
function replyError({ args, reply }: CommandContext): void {
  reply.error(args.text(2));
}

function log({ args, reply, server }: CommandContext): void {
  server.log.warning(`DEBUG LOG: ${args.text(2)}`);
  reply.ok();
}

const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  [
    'digest',
    {
      least: 2,
      most: 2,
      help: ['DIGEST', 'A signature of all contents, in hexadecimal.'],
      run: ({ reply, keyspace }) => reply.simple(digestOfAll(keyspace).toString()),
    },
  ],
  [
    'digest-value',
    {
      least: 2,
      most: Infinity,
      help: ['DIGEST-VALUE <key> [<key> ...]', 'A signature of the value of each key.'],
      run: digestValues,
    },
  ],
  [
    'error',
    {
      least: 3,
      most: 3,
      help: ['ERROR <string>', 'Replies the string as an error.'],
      run: replyError,
    },
  ],
  [
    'htstats',
    {
      least: 3,
      most: 4,
      help: ['HTSTATS <dbid>', 'Tells how the tables of a database are filled.'],
      run: debugDatabaseTables,
    },
  ],
  [
    'htstats-key',
    {
      least: 3,
      most: 4,
      help: ['HTSTATS-KEY <key>', 'The same of the table of a large hash or set.'],
      run: debugValueTable,
    },
  ],
  [
    'jmap',
    {
      least: 2,
      most: 2,
      help: ['JMAP', 'Tells where the memory is.'],
      run: memoryMap,
    },
  ],
  [
    'listpack',
    {
      least: 3,
      most: 3,
      help: ['LISTPACK <key>', 'Writes to the log how large the listpack of the key is.'],
      run: debugListpack,
    },
  ],
  [
    'loadaof',
    {
      least: 2,
      most: 2,
      help: ['LOADAOF', 'Writes the AOF out, empties all databases and loads it again.'],
      run: loadAppendOnly,
    },
  ],
  [
    'log',
    {
      least: 3,
      most: 3,
      help: ['LOG <message>', "Writes the message to the server's log."],
      run: log,
    },
  ],
  [
    'object',
    {
      least: 3,
      most: 4,
      help: ['OBJECT <key>', 'Tells how the value of the key is stored.'],
      run: debugObject,
    },
  ],
  [
    'panic',
    {
      least: 2,
      most: 2,
      help: ['PANIC', 'Ends the process as an error outside of any command would.'],
      run: ({ server }) => server.lifecycle.panic('DEBUG PANIC'),
    },
  ],
  [
    'populate',
    {
      least: 3,
      most: 5,
      help: [
        'POPULATE <count> [<prefix>] [<size>]',
        'Makes this many strings, named key:0 and so on or with another prefix, each as',
        'long as its text or filled to the size. Replicas do not get them.',
      ],
      run: populate,
    },
  ],
  [
    'protocol',
    {
      least: 3,
      most: 3,
      help: [
        'PROTOCOL <type>',
        'Replies a value of the type: string, integer, double, bignum, null, array, set, map,',
        'attrib, push, verbatim, true, false.',
      ],
      run: debugProtocol,
    },
  ],
  [
    'reload',
    {
      least: 2,
      most: Infinity,
      help: [
        'RELOAD [NOSAVE] [NOFLUSH] [MERGE]',
        'Saves a snapshot, empties all databases and loads it again. NOSAVE: what was saved',
        'before is loaded; NOFLUSH: the databases are not emptied; MERGE: keys that are there',
        'are overwritten.',
      ],
      run: reload,
    },
  ],
  [
    'set-active-expire',
    {
      least: 3,
      most: 3,
      help: [
        'SET-ACTIVE-EXPIRE <0|1>',
        '0: expired keys stay until somebody asks for them; 1: as usual.',
      ],
      run: setActiveExpire,
    },
  ],
  [
    'set-skip-checksum-validation',
    {
      least: 3,
      most: 3,
      help: [
        'SET-SKIP-CHECKSUM-VALIDATION <0|1>',
        '1: checksums of files and RESTORE payloads are not looked at.',
      ],
      run: skipChecksums,
    },
  ],
  [
    'sleep',
    {
      least: 3,
      most: 3,
      help: ['SLEEP <seconds>', 'Stops the whole server; fractions are allowed.'],
      run: sleep,
    },
  ],
  [
    'stringmatch-len',
    {
      least: 4,
      most: 4,
      help: ['STRINGMATCH-LEN <pattern> <string>', 'Whether the glob pattern matches: 1 or 0.'],
      run: matchGlob,
    },
  ],
]);

const HELP: readonly HelpEntry[] = [...SUBCOMMANDS.values()].map(({ help }) => help);

export const debug = command({
  name: 'DEBUG',
  group: 'server',
  since: '1.0.0',
  summary: 'Groups commands for debugging the server itself.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: 'admin noscript loading stale protected',
  systemCommand: true,
  handler: (context) => {
    const { args, reply } = context;
    const name = args.text(1).toLowerCase();
    if (name === 'help' && args.count === 2) {
      replyHelp(reply, 'DEBUG', HELP);
      return;
    }
    const subcommand = SUBCOMMANDS.get(name);
    if (subcommand === undefined || args.count < subcommand.least || args.count > subcommand.most)
      reply.error(unknownSubcommandOrArity('DEBUG', args.bytes, args.start(1), args.end(1)));
    else subcommand.run(context);
  },
});
