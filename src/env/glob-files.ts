/** The files that a pattern like `/etc/respd/*.conf` names, sorted. Wildcards in the last part only. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { matchesGlob } from '../bytes/glob.ts';
import { fromUtf8 } from '../bytes/text.ts';

export function globSync(pattern: string): string[] {
  const name = basename(pattern);
  if (!/[*?[]/.test(name)) return [pattern];
  const folder = dirname(pattern);
  const glob = fromUtf8(name);
  try {
    return readdirSync(folder)
      .filter((file) => {
        const bytes = fromUtf8(file);
        return matchesGlob(glob, 0, glob.length, bytes, 0, bytes.length);
      })
      .toSorted()
      .map((file) => join(folder, file));
  } catch {
    return [];
  }
}
