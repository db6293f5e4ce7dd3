/** COMMAND. */
import { matchesGlob } from '../../bytes/glob.ts';
import { fromLatin1 } from '../../bytes/text.ts';
import { categoryByName } from '../../command/categories.ts';
import { writeCommandDocs } from '../../command/command-docs.ts';
import {
  writeCommandInfo,
  writeCommandInfos,
  writeCommandList,
} from '../../command/command-info.ts';
import type { CommandContext } from '../../command/context.ts';
import { CMD_NO_MANDATORY_KEYS } from '../../command/flags.ts';
import { replyHelp } from '../../command/help.ts';
import { extractKeys, KeyPositions } from '../../command/key-extraction.ts';
import { keyFlagNames } from '../../command/key-spec.ts';
import { writeFlagSet } from '../../command/metadata-reply.ts';
import { type Command, command } from '../../command/spec.ts';
import { SYNTAX_ERROR, unknownSubcommand } from '../../resp/errors.ts';

export const commandCount = command({
  container: 'COMMAND',
  name: 'COUNT',
  group: 'server',
  since: '2.8.13',
  summary: 'Counts the commands.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale sentinel',
  categories: 'connection',
  handler: ({ reply, server }) => reply.integer(server.table.count),
});

/** The commands of the arguments from `from` on, `undefined` for names that do not exist. */
function named({ args, server }: CommandContext, from: number): (Command | undefined)[] {
  const found: (Command | undefined)[] = [];
  for (let i = from; i < args.count; i++)
    found.push(server.table.lookupPath(args.bytes, args.start(i), args.end(i)));
  return found;
}

export const commandDocs = command({
  container: 'COMMAND',
  name: 'DOCS',
  group: 'server',
  since: '7.0.0',
  summary: 'Documents commands.',
  complexity: 'O(N), N: commands named',
  arity: -2,
  flags: 'loading stale sentinel',
  categories: 'connection',
  arguments: '[command-name:string...]',
  tips: 'nondeterministic_output_order',
  handler: (context) => {
    const { args, reply, server } = context;
    if (args.count === 2) writeCommandDocs(reply, server.table.commands());
    else
      writeCommandDocs(
        reply,
        named(context, 2).filter((found) => found !== undefined),
      );
  },
});

export const commandInfo = command({
  container: 'COMMAND',
  name: 'INFO',
  group: 'server',
  since: '2.8.13',
  summary: 'Describes the named commands, or every one.',
  complexity: 'O(N), N: commands named',
  arity: -2,
  flags: 'loading stale sentinel',
  categories: 'connection',
  arguments: '[command-name:string...]',
  history: ['7.0.0: Without a name it describes all.'],
  tips: 'nondeterministic_output_order',
  handler: (context) => {
    const { args, reply, server } = context;
    if (args.count === 2) {
      writeCommandInfos(reply, server.table.commands());
      return;
    }
    const found = named(context, 2);
    reply.array(found.length);
    for (const one of found) writeCommandInfo(reply, one);
  },
});

const keys = new KeyPositions();

/**
 * Finds the keys of the request that stands behind COMMAND GETKEYS; false, with the reply written,
 * when there are none.
 */
function findKeys({ args, reply, server }: CommandContext): boolean {
  const { bytes, count, first, offsets } = args;
  const { table } = server;
  let asked = table.lookup(bytes, args.start(2), args.end(2));
  if (asked !== undefined && asked.subcommands.length > 0 && count > 3)
    asked = table.lookupSubcommand(asked, bytes, args.start(3), args.end(3));
  const argumentCount = count - 2;
  if (asked === undefined) reply.error('ERR Invalid command specified');
  else if (!asked.hasKeys) reply.error('ERR The command has no key arguments');
  else if (asked.arity > 0 ? asked.arity !== argumentCount : argumentCount < -asked.arity)
    reply.error('ERR Invalid number of arguments specified for command');
  else {
    const view = { bytes, offsets, first: first + 4, count: argumentCount };
    if (extractKeys(asked, view, keys) > 0) return true;
    if ((asked.flags & CMD_NO_MANDATORY_KEYS) !== 0) reply.emptyArray();
    else reply.error('ERR Invalid arguments specified for command');
  }
  return false;
}

export const commandGetkeys = command({
  container: 'COMMAND',
  name: 'GETKEYS',
  group: 'server',
  since: '2.8.13',
  summary: 'Finds the keys in a full command line.',
  complexity: 'O(N), N: arguments',
  arity: -4,
  flags: 'loading stale sentinel',
  categories: 'connection',
  handler: (context) => {
    if (!findKeys(context)) return;
    const { args, reply } = context;
    reply.array(keys.count);
    for (let i = 0; i < keys.count; i++) {
      const at = keys.positions[i] + 2;
      reply.bulk(args.bytes, args.start(at), args.end(at));
    }
  },
});

export const commandGetkeysandflags = command({
  container: 'COMMAND',
  name: 'GETKEYSANDFLAGS',
  group: 'server',
  since: '7.0.0',
  summary: 'Finds the keys in a full command line and tells how each is used.',
  complexity: 'O(N), N: arguments',
  arity: -4,
  flags: 'loading stale sentinel',
  categories: 'connection',
  handler: (context) => {
    if (!findKeys(context)) return;
    const { args, reply } = context;
    reply.array(keys.count);
    for (let i = 0; i < keys.count; i++) {
      const at = keys.positions[i] + 2;
      reply.array(2);
      reply.bulk(args.bytes, args.start(at), args.end(at));
      writeFlagSet(reply, keyFlagNames(keys.flags[i]));
    }
  },
});

/** The condition that FILTERBY states; undefined when it makes no sense. */
function filterOf({ args }: CommandContext): ((command: Command) => boolean) | undefined {
  if (args.count === 2) return () => true;
  if (args.count !== 5 || !args.is(2, 'filterby')) return undefined;
  const value = args.text(4);
  // There are no modules.
  if (args.is(3, 'module')) return () => false;
  if (args.is(3, 'aclcat')) {
    const category = categoryByName(value.toLowerCase());
    return ({ categories }) => (categories & category) !== 0;
  }
  if (!args.is(3, 'pattern')) return undefined;
  const pattern = fromLatin1(value);
  return ({ fullName }) => {
    const name = fromLatin1(fullName);
    return matchesGlob(pattern, 0, pattern.length, name, 0, name.length, true);
  };
}

export const commandList = command({
  container: 'COMMAND',
  name: 'LIST',
  group: 'server',
  since: '7.0.0',
  summary: 'Lists the names of all commands, or of those that pass a filter.',
  complexity: 'O(N), N: commands',
  arity: -2,
  flags: 'loading stale sentinel',
  categories: 'connection',
  arguments:
    '[FILTERBY (filterby: MODULE module-name:string | ACLCAT category:string | PATTERN ' +
    'pattern:pattern)]',
  tips: 'nondeterministic_output_order',
  handler: (context) => {
    const filter = filterOf(context);
    if (filter === undefined) context.reply.error(SYNTAX_ERROR);
    else writeCommandList(context.reply, context.server.table.commands(), filter);
  },
});

export const commandHelp = command({
  container: 'COMMAND',
  name: 'HELP',
  group: 'server',
  since: '5.0.0',
  summary: 'Lists the subcommands of COMMAND and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale sentinel',
  categories: 'connection',
  handler: ({ reply }) =>
    replyHelp(reply, 'COMMAND', [
      ['(no subcommand)', 'Describe every command.'],
      ['COUNT', 'Count the commands.'],
      ['DOCS [<command-name> ...]', 'Document commands; without a name all of them.'],
      ['GETKEYS <full-command>', 'Find the keys in a command line.'],
      ['GETKEYSANDFLAGS <full-command>', 'The same, with what is done to each key.'],
      ['INFO [<command-name> ...]', 'Describe commands; without a name all of them.'],
      [
        'LIST [FILTERBY (MODULE <module-name>|ACLCAT <category>|PATTERN <pattern>)]',
        'List the names of commands.',
      ],
    ]),
});

export const commandCommand = command({
  name: 'COMMAND',
  group: 'server',
  since: '2.8.13',
  summary: 'Describes every command.',
  complexity: 'O(N), N: commands',
  arity: -1,
  flags: 'loading stale sentinel',
  categories: 'connection',
  tips: 'nondeterministic_output_order',
  subcommands: [
    commandCount,
    commandDocs,
    commandGetkeys,
    commandGetkeysandflags,
    commandHelp,
    commandInfo,
    commandList,
  ],
  handler: ({ args, reply, server }) => {
    if (args.count === 1) writeCommandInfos(reply, server.table.commands());
    else reply.error(unknownSubcommand('COMMAND', args.bytes, args.start(1), args.end(1)));
  },
});
