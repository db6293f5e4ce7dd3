import { describe, expect, it } from 'vitest';

import { fromLatin1 } from '../bytes/text.ts';
import { newRuntime } from './lua/testing.ts';
import { ScriptCache } from './script-cache.ts';

const SCRIPTS = 20_000;

describe('ScriptCache', () => {
  it('knows every script, and keeps the code of the latest only', () => {
    const cache = new ScriptCache(() => newRuntime());
    const first = cache.load('return 0');
    for (let i = 1; i < SCRIPTS; i++) {
      const bytes = fromLatin1(`local n = ${i} return n * ${i}`);
      const script = cache.bySource(bytes, 0, bytes.length);
      if (typeof script === 'string') throw new Error(script);
    }
    expect(cache.count).toBe(SCRIPTS);
    expect(cache.compiledCount).toBeLessThanOrEqual(500);
    if (!('sha' in first)) throw new Error(first.error);
    const sha = fromLatin1(first.sha);
    const again = cache.bySha(sha, 0, sha.length)!;
    expect(again.compiled).toBeUndefined();
    expect(cache.compiled(again)).toBe(again.compiled);
    expect(cache.compiledCount).toBeLessThanOrEqual(500);
    cache.flush();
    expect([cache.count, cache.compiledCount, cache.has(first.sha)]).toEqual([0, 0, false]);
  });
});
