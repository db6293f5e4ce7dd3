/** The entries of COMMAND DOCS. */
import type { ReplyWriter } from '../resp/reply-writer.ts';
import { type CommandArgument, parseArguments } from './arguments-dsl.ts';
import { writeFlagSet, writeIntegerEntry, writeTextEntry } from './metadata-reply.ts';
import type { Command } from './spec.ts';

/** Argument trees, built when first asked for. Commands live as long as the process does. */
const argumentTrees = new WeakMap<Command, readonly CommandArgument[]>();

/** The arguments of a command as a tree. @throws Error when their notation is wrong. */
export function argumentsOf(command: Command): readonly CommandArgument[] {
  let tree = argumentTrees.get(command);
  if (tree === undefined) {
    tree = parseArguments(command.spec.arguments ?? '');
    argumentTrees.set(command, tree);
  }
  return tree;
}

/**
 * Writes the reply of COMMAND DOCS: a map from name to entry. Names that do not exist are simply
 * left out by the server, so the caller passes what it found, in the order of the request.
 */
export function writeCommandDocs(writer: ReplyWriter, commands: readonly Command[]): void {
  writer.map(commands.length);
  for (const command of commands) {
    writer.bulkText(command.fullName);
    writeCommandDoc(writer, command);
  }
}

function writeCommandDoc(writer: ReplyWriter, command: Command): void {
  const { spec, subcommands } = command;
  const flags = docFlags(command);
  const tree = argumentsOf(command);
  const history = spec.history ?? [];
  const texts: [name: string, text: string | undefined][] = [
    ['summary', spec.summary],
    ['since', spec.since],
    ['group', spec.group],
    ['complexity', spec.complexity],
  ];
  const deprecation: [name: string, text: string | undefined][] = [
    ['deprecated_since', spec.deprecated],
    ['replaced_by', spec.replacedBy],
  ];
  const optional = [flags, history, tree, subcommands];
  const present = optional.filter((list) => list.length > 0).length;
  const all = [...texts, ...deprecation];
  writer.map(present + all.filter(([, text]) => text !== undefined).length);
  writeTexts(writer, texts);
  if (flags.length > 0) {
    writer.bulkText('doc_flags');
    writeFlagSet(writer, flags);
  }
  writeTexts(writer, deprecation);
  if (history.length > 0) writeHistory(writer, history);
  if (tree.length > 0) writeArguments(writer, tree);
  if (subcommands.length > 0) {
    writer.bulkText('subcommands');
    writeCommandDocs(writer, subcommands);
  }
}

function docFlags(command: Command): string[] {
  const flags: string[] = [];
  if (command.spec.deprecated !== undefined) flags.push('deprecated');
  if (command.spec.systemCommand === true) flags.push('syscmd');
  return flags;
}

function writeTexts(
  writer: ReplyWriter,
  entries: readonly (readonly [name: string, text: string | undefined])[],
): void {
  for (const [name, text] of entries) {
    if (text !== undefined) writeTextEntry(writer, name, text);
  }
}

function writeHistory(writer: ReplyWriter, history: readonly string[]): void {
  writer.bulkText('history');
  writer.set(history.length);
  for (const line of history) {
    const end = line.indexOf(': ');
    writer.array(2);
    writer.bulkText(line.slice(0, end));
    writer.bulkText(line.slice(end + 2));
  }
}

function writeArguments(writer: ReplyWriter, tree: readonly CommandArgument[]): void {
  writer.bulkText('arguments');
  writer.array(tree.length);
  for (const argument of tree) writeArgument(writer, argument);
}

function writeArgument(writer: ReplyWriter, argument: CommandArgument): void {
  const { token, since, deprecatedSince, keySpecIndex } = argument;
  const flags = argumentFlags(argument);
  const fields = [
    keySpecIndex >= 0,
    token !== undefined,
    since !== '',
    deprecatedSince !== '',
    flags.length > 0,
    argument.arguments.length > 0,
  ];
  writer.map(2 + fields.filter(Boolean).length);
  writeTextEntry(writer, 'name', argument.name);
  writeTextEntry(writer, 'type', argument.type);
  if (keySpecIndex >= 0) writeIntegerEntry(writer, 'key_spec_index', keySpecIndex);
  if (token !== undefined) writeTextEntry(writer, 'token', token);
  if (since !== '') writeTextEntry(writer, 'since', since);
  if (deprecatedSince !== '') writeTextEntry(writer, 'deprecated_since', deprecatedSince);
  if (flags.length > 0) {
    writer.bulkText('flags');
    writeFlagSet(writer, flags);
  }
  if (argument.arguments.length > 0) writeArguments(writer, argument.arguments);
}

function argumentFlags(argument: CommandArgument): string[] {
  const flags: string[] = [];
  if (argument.optional) flags.push('optional');
  if (argument.multiple) flags.push('multiple');
  if (argument.multipleToken) flags.push('multiple_token');
  return flags;
}
