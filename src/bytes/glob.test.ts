import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLiteralGlob, matchesGlob } from './glob.ts';
import { fromLatin1 } from './text.ts';

/** Matches ranges in the middle of other bytes, which must not be looked at. */
function matches(pattern: string, text: string, ignoreCase = false): boolean {
  const p = fromLatin1(`]*${pattern}]*a`);
  const t = fromLatin1(`a${text}b`);
  return matchesGlob(p, 2, 2 + pattern.length, t, 1, 1 + text.length, ignoreCase);
}

describe('matchesGlob', () => {
  // Every row as KEYS of the real server answers (CONFIG GET where case is ignored).
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['a', '', false],
    ['**', '', false],
    ['a*', 'a', true],
    ['*a*', 'a', true],
    ['**a**', 'bab', true],
    ['a?c', 'abc', true],
    ['a?', 'a', false],
    ['h[ae]llo', 'hallo', true],
    ['h[ae]llo', 'hillo', false],
    ['h[^e]llo', 'hallo', true],
    ['h[^e]llo', 'hello', false],
    ['[a-c]', 'b', true],
    ['[c-a]', 'b', true],
    ['[a-c]', 'd', false],
    // The bracket is the end of a range here, and nothing closes the class.
    ['[a-]', '-', false],
    ['[a-]', '`', true],
    ['[a-]x', 'x', true],
    ['[-a]', '-', true],
    ['[]', ']', false],
    ['[]a]', 'a]', false],
    ['[^]', 'x', true],
    ['[', '[', false],
    ['[abc', 'b', true],
    ['[^abc', 'b', false],
    ['[^', '^', true],
    ['[a-', '-', true],
    ['[\\]]', ']', true],
    ['[\\', '\\', true],
    ['[a\\-c]', 'b', false],
    ['[a\\-c]', '-', true],
    ['[a^]', '^', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a\\', 'a\\', true],
    ['\\a', 'a', true],
    ['*\\?*', 'what?', true],
    ['a-c', 'a-c', true],
    ['?', '\xff', true],
    // Ranges order bytes as signed: this one runs from -1 (\xff) to 97 (a).
    ['[a-\xff]', 'b', false],
    ['[a-\xff]', 'Z', true],
    ['*foo*bar', 'foofoobar', true],
    ['*aab', 'aaaab', true],
    ['a*a*b', 'aaaa', false],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each([
    ['MAXMEMORY', 'maxmemory', true],
    ['[A-Z]*', 'maxmemory', true],
    ['[Z-a]*', 'maxmemory', false],
    ['[A-z]*', 'maxmemory', true],
    ['[\\M]*', 'maxmemory', false],
    ['[M]*', 'maxmemory', true],
    ['\\MAX*', 'maxmemory', true],
    ['[1-B]*', 'appendonly', true],
  ])('%j on %j, ignoring case: %s', (pattern, text, expected) => {
    expect(matches(pattern, text, true)).toBe(expected);
  });

  it('minds case unless told otherwise', () => {
    expect(matches('A*', 'abc')).toBe(false);
    expect(matches('A*', 'abc', true)).toBe(true);
  });

  it('finds a match exactly when trying everything does', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '?', '*', '*'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        const expression = p.replaceAll(/\*+/g, '.*').replaceAll('?', '.');
        expect(matches(p, t)).toBe(new RegExp(`^${expression}$`, 's').test(t));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes no exponential time on hostile patterns', () => {
    const text = fromLatin1('a'.repeat(20_000));
    const pattern = fromLatin1(`${'*a'.repeat(60)}*b`);
    const began = performance.now();
    expect(matchesGlob(pattern, 0, pattern.length, text, 0, text.length)).toBe(false);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe('isLiteralGlob', () => {
  it.each([
    ['plain:key', true],
    ['', true],
    ['a]^-b', true],
    ['a*', false],
    ['a?', false],
    ['[a', false],
    ['a\\b', false],
  ])('%j: %s', (pattern, literal) => {
    const bytes = fromLatin1(`*${pattern}*`);
    expect(isLiteralGlob(bytes, 1, 1 + pattern.length)).toBe(literal);
  });
});
