/**
 * The entries of COMMAND and COMMAND INFO, and the list of names COMMAND LIST gives.
 * COMMAND COUNT is the number of commands in the table, subcommands not counted.
 */
import type { ReplyWriter } from '../resp/reply-writer.ts';
import { categoryNames } from './categories.ts';
import { visibleFlagNames } from './flags.ts';
import {
  BEGIN_INDEX,
  BEGIN_KEYWORD,
  FIND_KEYNUM,
  FIND_RANGE,
  keyFlagNames,
  type KeySpec,
} from './key-spec.ts';
import { writeFlagSet, writeIntegerEntry, writeTextEntry, writeTextSet } from './metadata-reply.ts';
import type { Command } from './spec.ts';

/** Writes the reply of COMMAND: an entry for each command. */
export function writeCommandInfos(writer: ReplyWriter, commands: readonly Command[]): void {
  writer.array(commands.length);
  for (const command of commands) writeCommandInfo(writer, command);
}

/** Writes one entry of COMMAND INFO; a command that does not exist has a null entry. */
export function writeCommandInfo(writer: ReplyWriter, command: Command | undefined): void {
  if (command === undefined) {
    writer.null();
    return;
  }
  writer.array(10);
  writer.bulkText(command.fullName);
  writer.integer(command.arity);
  writeFlagSet(writer, visibleFlagNames(command.flags));
  writer.integer(command.firstKey);
  writer.integer(command.lastKey);
  writer.integer(command.keyStep);
  const categories = categoryNames(command.categories);
  writeFlagSet(
    writer,
    categories.map((name) => `@${name}`),
  );
  writeTextSet(writer, command.tips);
  writer.set(command.keySpecs.length);
  for (const spec of command.keySpecs) writeKeySpec(writer, spec);
  if (command.subcommands.length === 0) writer.set(0);
  else writeCommandInfos(writer, command.subcommands);
}

function writeKeySpec(writer: ReplyWriter, spec: KeySpec): void {
  writer.map(spec.notes === '' ? 3 : 4);
  if (spec.notes !== '') writeTextEntry(writer, 'notes', spec.notes);
  writer.bulkText('flags');
  writeFlagSet(writer, keyFlagNames(spec.flags));
  writer.bulkText('begin_search');
  writeBeginSearch(writer, spec);
  writer.bulkText('find_keys');
  writeFindKeys(writer, spec);
}

/** Writes the head of a search; the caller adds the entries of its `spec` map. */
function writeSearchHead(writer: ReplyWriter, type: string, entries: number): void {
  writer.map(2);
  writeTextEntry(writer, 'type', type);
  writer.bulkText('spec');
  writer.map(entries);
}

function writeBeginSearch(writer: ReplyWriter, spec: KeySpec): void {
  if (spec.begin === BEGIN_INDEX) {
    writeSearchHead(writer, 'index', 1);
    writeIntegerEntry(writer, 'index', spec.position);
  } else if (spec.begin === BEGIN_KEYWORD) {
    writeSearchHead(writer, 'keyword', 2);
    writeTextEntry(writer, 'keyword', spec.keyword);
    writeIntegerEntry(writer, 'startfrom', spec.position);
  } else {
    writeSearchHead(writer, 'unknown', 0);
  }
}

function writeFindKeys(writer: ReplyWriter, spec: KeySpec): void {
  if (spec.find === FIND_RANGE) {
    writeSearchHead(writer, 'range', 3);
    writeIntegerEntry(writer, 'lastkey', spec.last);
    writeIntegerEntry(writer, 'keystep', spec.step);
    writeIntegerEntry(writer, 'limit', spec.limit);
  } else if (spec.find === FIND_KEYNUM) {
    writeSearchHead(writer, 'keynum', 3);
    writeIntegerEntry(writer, 'keynumidx', spec.countAt);
    writeIntegerEntry(writer, 'firstkey', spec.firstAt);
    writeIntegerEntry(writer, 'keystep', spec.step);
  } else {
    writeSearchHead(writer, 'unknown', 0);
  }
}

/**
 * Writes the names that COMMAND LIST gives: those of the commands and subcommands that pass.
 * FILTERBY ACLCAT passes `(command) => (command.categories & categoryByName(name)) !== 0`, PATTERN
 * a case-insensitive glob over `fullName`; MODULE passes nothing where there are no modules.
 */
export function writeCommandList(
  writer: ReplyWriter,
  commands: readonly Command[],
  passes: (command: Command) => boolean,
): void {
  const all: Command[] = [];
  for (const command of commands) all.push(command, ...command.subcommands);
  const names = all.filter(passes).map((command) => command.fullName);
  writer.array(names.length);
  for (const name of names) writer.bulkText(name);
}
