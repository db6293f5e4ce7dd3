/** FUNCTION: libraries of functions. Those that change them are propagated as they came. */
import { replyHelp } from '../../command/help.ts';
import type { CommandContext } from '../../command/context.ts';
import {
  type LibraryDescription,
  type RestorePolicy,
  SCRIPT_FLAG_NAMES,
} from '../../command/scripting.ts';
import { command } from '../../command/spec.ts';
import { matchesGlob } from '../../bytes/glob.ts';
import { fromLatin1 } from '../../bytes/text.ts';
import type { HelpEntry } from '../../command/help.ts';
import { BUSY_SCRIPT, LIBRARY_NOT_FOUND, unknownSubcommandOrArity } from '../../resp/errors.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';

const ENGINE = 'LUA';

const HELP: readonly HelpEntry[] = [
  ['LOAD [REPLACE] <FUNCTION CODE>', 'Create a new library with the given library name and code.'],
  ['DELETE <LIBRARY NAME>', 'Delete the given library.'],
  [
    'LIST [LIBRARYNAME PATTERN] [WITHCODE]',
    'Return general information on all the libraries:',
    '* Library name',
    '* The engine used to run the Library',
    '* Library description',
    '* Functions list',
    '* Library code (if WITHCODE is given)',
    'It also possible to get only function that matches a pattern using LIBRARYNAME argument.',
  ],
  [
    'STATS',
    'Return information about the current function running:',
    '* Function name',
    '* Command used to run the function',
    '* Duration in MS that the function is running',
    'If no function is running, return nil',
    'In addition, returns a list of available engines.',
  ],
  ['KILL', 'Kill the current running function.'],
  [
    'FLUSH [ASYNC|SYNC]',
    'Delete all the libraries.',
    'When called without the optional mode argument, the behavior is determined by the',
    'lazyfree-lazy-user-flush configuration directive. Valid modes are:',
    '* ASYNC: Asynchronously flush the libraries.',
    '* SYNC: Synchronously flush the libraries.',
  ],
  [
    'DUMP',
    'Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command',
  ],
  [
    'RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]',
    'Restore the libraries represented by the given payload, it is possible to give a restore policy to',
    'control how to handle existing libraries (default APPEND):',
    '* FLUSH: delete all existing libraries.',
    '* APPEND: appends the restored libraries to the existing libraries. On collision, abort.',
    '* REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old',
    '  libraries with the new libraries (notice that even on this option there is a chance of failure',
    '  in case of functions name collision with another library).',
  ],
];

export const functionDelete = command({
  container: 'FUNCTION',
  name: 'DELETE',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Unloads a library with all its functions.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'write noscript',
  categories: 'scripting',
  arguments: 'library-name:string',
  tips: 'request_policy:all_shards response_policy:all_succeeded',
  handler: ({ args, keyspace, reply, server }) => {
    if (!server.scripting.functions.remove(args.text(2))) {
      reply.error(LIBRARY_NOT_FOUND);
      return;
    }
    keyspace.dirty++;
    reply.ok();
  },
});

export const functionDump = command({
  container: 'FUNCTION',
  name: 'DUMP',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Serialises all libraries to the format that FUNCTION RESTORE reads.',
  complexity: 'O(N), N: functions',
  arity: 2,
  flags: 'noscript',
  categories: 'scripting',
  handler: ({ reply, server }) => {
    const payload = server.scripting.functions.dump();
    reply.bulk(payload, 0, payload.length);
  },
});

export const functionFlush = command({
  container: 'FUNCTION',
  name: 'FLUSH',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Unloads all libraries.',
  complexity: 'O(N), N: functions',
  arity: -2,
  flags: 'write noscript',
  categories: 'scripting',
  arguments: '[async: ASYNC | SYNC]',
  tips: 'request_policy:all_shards response_policy:all_succeeded',
  handler: ({ args, keyspace, reply, server }) => {
    const isMode = args.count === 3 && (args.is(2, 'async') || args.is(2, 'sync'));
    if (args.count > 3) {
      replyArity(reply, args.bytes, args.start(1), args.end(1));
      return;
    }
    if (args.count === 3 && !isMode) {
      reply.error('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
      return;
    }
    server.scripting.functions.flush();
    keyspace.dirty++;
    reply.ok();
  },
});

export const functionHelp = command({
  container: 'FUNCTION',
  name: 'HELP',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Lists the subcommands of FUNCTION and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  categories: 'scripting',
  handler: ({ reply }) => replyHelp(reply, 'FUNCTION', HELP),
});

export const functionKill = command({
  container: 'FUNCTION',
  name: 'KILL',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Stops the function that is running, unless it has written.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'noscript allow_busy',
  categories: 'scripting',
  tips: 'request_policy:all_shards response_policy:one_succeeded',
  handler: ({ reply, server }) => {
    const problem = server.scripting.kill('function');
    if (problem === undefined) reply.ok();
    else reply.error(problem);
  },
});

export const functionList = command({
  container: 'FUNCTION',
  name: 'LIST',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Describes the libraries and their functions.',
  complexity: 'O(N), N: functions',
  arity: -2,
  flags: 'noscript',
  categories: 'scripting',
  arguments: '[LIBRARYNAME library-name-pattern:string] [WITHCODE]',
  tips: 'nondeterministic_output_order',
  handler: (context) => {
    const wish = readListOptions(context);
    if (context.refused()) return;
    const { reply, server } = context;
    const mark = reply.deferArray();
    let count = 0;
    for (const library of server.scripting.functions.libraries.values()) {
      if (wish.pattern !== undefined && !isLike(library.name, wish.pattern)) continue;
      replyLibrary(reply, library, wish.withCode);
      count++;
    }
    reply.resolveArray(mark, count);
  },
});

export const functionLoad = command({
  container: 'FUNCTION',
  name: 'LOAD',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Loads a library from its source.',
  complexity: 'O(1), compilation left aside',
  arity: -3,
  flags: 'write denyoom noscript',
  categories: 'scripting',
  arguments: '[REPLACE] function-code:string',
  tips: 'request_policy:all_shards response_policy:all_succeeded',
  handler: ({ args, keyspace, reply, server }) => {
    let replace = false;
    for (let i = 2; i < args.count - 1; i++) {
      if (args.is(i, 'replace')) replace = true;
      else args.fail(`ERR Unknown option given: ${args.text(i)}`);
    }
    if (args.failure !== undefined) {
      reply.error(args.failure);
      return;
    }
    const loaded = server.scripting.functions.load(args.text(args.count - 1), replace);
    if ('error' in loaded) {
      reply.error(`ERR ${loaded.error}`);
      return;
    }
    keyspace.dirty++;
    reply.bulkText(loaded.name);
  },
});

export const functionRestore = command({
  container: 'FUNCTION',
  name: 'RESTORE',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Loads libraries from what FUNCTION DUMP gave.',
  complexity: 'O(N), N: functions in the payload',
  arity: -3,
  flags: 'write denyoom noscript',
  categories: 'scripting',
  arguments: 'serialized-value:string [policy: FLUSH | APPEND | REPLACE]',
  tips: 'request_policy:all_shards response_policy:all_succeeded',
  handler: ({ args, keyspace, reply, server }) => {
    if (args.count > 4) {
      replyArity(reply, args.bytes, args.start(1), args.end(1));
      return;
    }
    const policy = args.count === 4 ? args.text(3).toLowerCase() : 'append';
    if (policy !== 'flush' && policy !== 'append' && policy !== 'replace') {
      reply.error(
        'ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.',
      );
      return;
    }
    const problem = server.scripting.functions.restore(
      args.copy(2),
      policy satisfies RestorePolicy,
    );
    if (problem !== undefined) {
      reply.error(`ERR ${problem}`);
      return;
    }
    keyspace.dirty++;
    reply.ok();
  },
});

export const functionStats = command({
  container: 'FUNCTION',
  name: 'STATS',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Tells which function runs and what the engines have loaded.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'noscript allow_busy',
  categories: 'scripting',
  tips: 'nondeterministic_output request_policy:all_shards response_policy:special',
  handler: ({ reply, server }) => {
    const { functions } = server.scripting;
    const running = server.scripting.running();
    if (running === 'eval') {
      reply.error(BUSY_SCRIPT);
      return;
    }
    reply.map(2);
    reply.bulkText('running_script');
    if (running === undefined) reply.null();
    else {
      reply.map(3);
      reply.bulkText('name');
      reply.bulkText(running.name);
      reply.bulkText('command');
      reply.array(running.command.length);
      for (const part of running.command) reply.bulk(part, 0, part.length);
      reply.bulkText('duration_ms');
      reply.integer(running.milliseconds);
    }
    reply.bulkText('engines');
    reply.map(1);
    reply.bulkText(ENGINE);
    reply.map(2);
    reply.bulkText('libraries_count');
    reply.integer(functions.libraries.size);
    reply.bulkText('functions_count');
    reply.integer(functions.functionCount);
  },
});

export const functionCommand = command({
  name: 'FUNCTION',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Groups the commands that manage function libraries.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [
    functionDelete,
    functionDump,
    functionFlush,
    functionHelp,
    functionKill,
    functionList,
    functionLoad,
    functionRestore,
    functionStats,
  ],
});

function replyArity(reply: ReplyWriter, bytes: Uint8Array, start: number, end: number): void {
  reply.error(unknownSubcommandOrArity('FUNCTION', bytes, start, end));
}

/** FUNCTION LIST's options; each may be given once. */
function readListOptions({ args }: CommandContext): {
  readonly withCode: boolean;
  readonly pattern: string | undefined;
} {
  let withCode = false;
  let pattern: string | undefined;
  for (let i = 2; i < args.count; i++) {
    if (!withCode && args.is(i, 'withcode')) withCode = true;
    else if (pattern === undefined && args.is(i, 'libraryname')) {
      if (i + 1 === args.count) args.fail('ERR library name argument was not given');
      else pattern = args.text(++i);
    } else args.fail(`ERR Unknown argument ${args.text(i)}`);
  }
  return { withCode, pattern };
}

function replyLibrary(reply: ReplyWriter, library: LibraryDescription, withCode: boolean): void {
  reply.map(withCode ? 4 : 3);
  reply.bulkText('library_name');
  reply.bulkText(library.name);
  reply.bulkText('engine');
  reply.bulkText(ENGINE);
  reply.bulkText('functions');
  reply.array(library.functions.size);
  for (const { name, description, flags } of library.functions.values()) {
    reply.map(3);
    reply.bulkText('name');
    reply.bulkText(name);
    reply.bulkText('description');
    if (description === undefined) reply.null();
    else reply.bulkText(description);
    reply.bulkText('flags');
    const names = SCRIPT_FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0);
    reply.set(names.length);
    for (const flag of names) reply.simple(flag);
  }
  if (!withCode) return;
  reply.bulkText('library_code');
  reply.bulkText(library.code);
}

function isLike(name: string, pattern: string): boolean {
  const text = fromLatin1(name);
  const glob = fromLatin1(pattern);
  return matchesGlob(glob, 0, glob.length, text, 0, text.length, true);
}
