/**
 * The first line of a script or library, `#!lua flags=no-writes` or `#!lua name=library`: which
 * engine runs it, and what it declares. Texts are byte strings.
 */
import { SCRIPT_FLAG_NAMES, SCRIPT_UNDECLARED } from '../command/scripting.ts';
import { splitWords } from '../config/quoting.ts';

const LIBRARY_NAME = /^[A-Za-z0-9_]+$/;
const BAD_NAME =
  'Library names can only contain letters, numbers, or underscores(_) and must be at least one ' +
  'character long';

export type ScriptHead = {
  /** SCRIPT_* bits. */
  readonly flags: number;
  /** What is compiled: the shebang is blanked, its line end stays so that lines keep their number. */
  readonly body: string;
};

/** The head of an EVAL script, or what is wrong with it. */
export function parseScriptHead(source: string): ScriptHead | string {
  if (!source.startsWith('#!')) return { flags: SCRIPT_UNDECLARED, body: source };
  const end = source.indexOf('\n');
  if (end < 0) return 'Invalid script shebang';
  const words = splitWords(source.slice(0, end));
  if (words === undefined) return 'Invalid engine in script shebang';
  const engine = words[0] ?? '';
  if (engine !== '#!lua') return `Unexpected engine in script shebang: ${engine}`;
  let flags = 0;
  for (const word of words.slice(1)) {
    if (!word.startsWith('flags=')) return `Unknown lua shebang option: ${word}`;
    const names = word.slice('flags='.length);
    for (const name of names === '' ? [] : names.split(',')) {
      const bit = SCRIPT_FLAG_NAMES.indexOf(name);
      if (bit < 0) return `Unexpected flag in script shebang: ${name}`;
      flags |= 1 << bit;
    }
  }
  return { flags, body: source.slice(end) };
}

export type LibraryHead = { readonly name: string; readonly body: string };

/** The head of a function library, or what is wrong with it. */
export function parseLibraryHead(code: string): LibraryHead | string {
  if (!code.startsWith('#!')) return 'Missing library metadata';
  const end = code.indexOf('\n');
  const words = end < 0 ? undefined : splitWords(code.slice(0, end));
  if (words === undefined) return 'Invalid library metadata';
  let name: string | undefined;
  for (const word of words.slice(1)) {
    if (word.slice(0, 5).toLowerCase() !== 'name=') return `Invalid metadata value given: ${word}`;
    if (name !== undefined) return 'Invalid metadata value, name argument was given multiple times';
    name = word.slice(5);
  }
  if (name === undefined) return 'Library name was not given';
  if (!isLibraryName(name)) return BAD_NAME;
  const engine = (words[0] ?? '').slice(2);
  if (engine.toLowerCase() !== 'lua') return `Engine '${engine}' not found`;
  return { name, body: code.slice(end) };
}

/** Whether libraries and functions may have this name; `nameError` says what it must be like. */
export function isLibraryName(name: string): boolean {
  return LIBRARY_NAME.test(name);
}

export const nameError = BAD_NAME;
