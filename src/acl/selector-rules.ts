/**
 * The rules that concern a selector: what it allows of commands (`+get`, `-@admin`), keys
 * (`~cache:*`, `%R~config:*`) and channels (`&news.*`). A rule that is refused changes nothing.
 */
import { categoryByName } from '../command/categories.ts';
import { KeyPattern, MAY_READ, MAY_READ_AND_WRITE, MAY_WRITE, Pattern } from './patterns.ts';
import {
  FIRST_ARGUMENT_OF_SUBCOMMAND,
  PATTERN_AFTER_ALL_CHANNELS,
  PATTERN_AFTER_ALL_KEYS,
  type RuleProblem,
  SYNTAX,
  UNKNOWN_COMMAND,
} from './rule-problems.ts';
import type { Selector } from './selector.ts';

/** White space of any kind, and the byte that ends a C string. */
const BLANK = /[ \t\n\v\f\r\0]/;

/** Whether a name or pattern could not be told from several. */
export function hasBlanks(text: string): boolean {
  return BLANK.test(text);
}

const WORDS: ReadonlyMap<string, (selector: Selector) => void> = new Map([
  ['allkeys', (selector) => setKeys(selector, true)],
  ['~*', (selector) => setKeys(selector, true)],
  ['resetkeys', (selector) => setKeys(selector, false)],
  ['allchannels', (selector) => setChannels(selector, true)],
  ['&*', (selector) => setChannels(selector, true)],
  ['resetchannels', (selector) => setChannels(selector, false)],
  ['allcommands', (selector) => selector.commands.setAll(true)],
  ['+@all', (selector) => selector.commands.setAll(true)],
  ['nocommands', (selector) => selector.commands.setAll(false)],
  ['-@all', (selector) => selector.commands.setAll(false)],
]);

/** Applies one rule; undefined, or why it cannot be applied. */
export function applySelectorRule(selector: Selector, rule: string): RuleProblem | undefined {
  const word = WORDS.get(rule.toLowerCase());
  if (word !== undefined) {
    word(selector);
    return undefined;
  }
  const rest = rule.slice(1);
  switch (rule[0]) {
    case '~':
      return addKeyPattern(selector, rest, MAY_READ_AND_WRITE);
    case '%':
      return addLimitedKeyPattern(selector, rest);
    case '&':
      return addChannelPattern(selector, rest);
    case '+':
    case '-':
      return changeCommands(selector, rest, rule[0] === '+');
    default:
      return SYNTAX;
  }
}

function setKeys(selector: Selector, all: boolean): void {
  selector.allKeys = all;
  selector.keys = [];
}

function setChannels(selector: Selector, all: boolean): void {
  selector.allChannels = all;
  selector.channels = [];
}

/** `R~pattern`, `W~pattern`, `RW~pattern`; without a pattern, the `~` may be left out. */
function addLimitedKeyPattern(selector: Selector, text: string): RuleProblem | undefined {
  if (selector.allKeys) return PATTERN_AFTER_ALL_KEYS;
  const tilde = text.indexOf('~');
  const letters = (tilde < 0 ? text : text.slice(0, tilde)).toUpperCase();
  if (!/^(R|W|RW|WR)$/.test(letters)) return SYNTAX;
  const reads = letters.includes('R') ? MAY_READ : 0;
  const access = letters.includes('W') ? reads | MAY_WRITE : reads;
  return addKeyPattern(selector, tilde < 0 ? '' : text.slice(tilde + 1), access);
}

/** A pattern that is there already gains the access. */
function addKeyPattern(selector: Selector, text: string, access: number): RuleProblem | undefined {
  if (selector.allKeys) return PATTERN_AFTER_ALL_KEYS;
  if (hasBlanks(text)) return SYNTAX;
  const { keys } = selector;
  const known = keys.findIndex((pattern) => pattern.text === text);
  if (known < 0) keys.push(new KeyPattern(text, access));
  else keys[known] = new KeyPattern(text, access | keys[known].access);
  return undefined;
}

function addChannelPattern(selector: Selector, text: string): RuleProblem | undefined {
  if (selector.allChannels) return PATTERN_AFTER_ALL_CHANNELS;
  if (hasBlanks(text)) return SYNTAX;
  if (!selector.channels.some((pattern) => pattern.text === text))
    selector.channels.push(new Pattern(text));
  return undefined;
}

function changeCommands(selector: Selector, name: string, allow: boolean): RuleProblem | undefined {
  const { commands } = selector;
  if (name.startsWith('@')) {
    const category = categoryByName(name.slice(1).toLowerCase());
    if (category === 0) return UNKNOWN_COMMAND;
    commands.setCategory(category, allow);
    return undefined;
  }
  const bar = name.lastIndexOf('|');
  if (allow && bar >= 0) return allowPart(selector, name, bar);
  const command = commands.catalog.find(name);
  if (command === undefined) return UNKNOWN_COMMAND;
  commands.set(command, allow);
  return undefined;
}

/** Allows a subcommand, or a command with a certain first argument. */
function allowPart({ commands }: Selector, name: string, bar: number): RuleProblem | undefined {
  const { catalog } = commands;
  const command = catalog.find(name.slice(0, bar));
  if (command === undefined) return UNKNOWN_COMMAND;
  if (command.container !== '') return FIRST_ARGUMENT_OF_SUBCOMMAND;
  const part = name.slice(bar + 1);
  if (part === '') return SYNTAX;
  if (command.subcommands.length === 0) {
    commands.addFirstArgument(command, part);
    return undefined;
  }
  const subcommand = catalog.find(name);
  if (subcommand === undefined) return UNKNOWN_COMMAND;
  commands.set(subcommand, true);
  return undefined;
}
