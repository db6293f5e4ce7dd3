/**
 * ACL files: a line `user NAME RULE …` for each user. Lines are trimmed and split at blanks, without
 * quotes; blank lines are skipped. A file is taken as a whole or, with every error of it, refused.
 */
import { fromLatin1, latin1 } from '../bytes/text.ts';
import type { Disk, DiskFile } from '../env/disk.ts';
import { userLine } from './describe.ts';
import { UNKNOWN_COMMAND } from './rule-problems.ts';
import { applyRule, joinSelectors, Unmatched } from './user-rules.ts';
import type { User } from './user.ts';
import type { Users } from './users.ts';

const NOTHING_CHANGED =
  'WARNING: ACL errors detected, no change to the previously active ACL rules was performed';

/** The users of a file, by name, or the text of all that is wrong with it. */
export type ParsedFile = Map<string, User> | string;

/** Reads the text of an ACL file; `path` is for error texts. */
export function parseAclFile(text: string, path: string, users: Users): ParsedFile {
  const found = new Map<string, User>();
  let errors = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replaceAll(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    if (line === '') continue;
    errors += parseLine(line, { path, number: index + 1 }, users, found);
  }
  return errors === '' ? found : errors + NOTHING_CHANGED;
}

interface Place {
  readonly path: string;
  /** Of the line, from 1. */
  readonly number: number;
}

/** Adds the user of a line; returns what is wrong with it, '' when nothing is. */
function parseLine(
  line: string,
  { path, number }: Place,
  users: Users,
  found: Map<string, User>,
): string {
  const [keyword, name, ...words] = line.split(' ');
  if (keyword !== 'user' || name === undefined)
    return `${path}:${number} should start with user keyword followed by the username. `;
  if (found.has(name)) return `WARNING: Duplicate user '${name}' found on line ${number}. `;
  const user = users.create(name);
  found.set(name, user);
  const rules = joinSelectors(words.filter((word) => word !== ''));
  if (rules instanceof Unmatched)
    return `${path}:${number}: Unmatched parenthesis in selector definition.`;
  let errors = '';
  let hasOtherError = false;
  for (const rule of rules) {
    const problem = applyRule(user, rule, users.ruleContext);
    if (problem === undefined) continue;
    // Rules may hold secrets, and one wrong rule may be the cause of the next one's error.
    if (problem === UNKNOWN_COMMAND)
      errors += `${path}:${number}: Error in applying operation '${rule}': ${problem}. `;
    else if (!hasOtherError) {
      hasOtherError = true;
      errors += `${path}:${number}: ${problem}. `;
    }
  }
  return errors;
}

/** Reads a whole file as a byte string. @throws DiskError */
export function readAclFile(disk: Disk, path: string): string {
  return withFile(disk.open(path, 'read'), (file) => {
    const bytes = new Uint8Array(file.size);
    let at = 0;
    for (let count = -1; count !== 0 && at < bytes.length; at += count)
      count = file.readNow(bytes, at, bytes.length, at);
    return latin1(bytes, 0, at);
  });
}

/**
 * Writes all users to a file beside the old one, which then takes its place: a crash leaves one or
 * the other. @throws DiskError
 */
export function writeAclFile(disk: Disk, path: string, users: readonly User[]): void {
  const bytes = fromLatin1(users.map((user) => `user ${userLine(user)}\n`).join(''));
  const temporary = `${path}.tmp`;
  try {
    withFile(disk.open(temporary, 'create'), (file) => {
      for (let at = 0; at < bytes.length;) at += file.writeNow(bytes, at, bytes.length);
      file.syncNow();
    });
    disk.rename(temporary, path);
    disk.syncDirectoryNow(path.slice(0, path.lastIndexOf('/') + 1));
  } catch (error) {
    void disk.remove(temporary).catch(() => {});
    throw error;
  }
}

function withFile<T>(file: DiskFile, work: (file: DiskFile) => T): T {
  try {
    return work(file);
  } finally {
    file.close();
  }
}
