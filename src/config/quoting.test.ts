import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { byteStringOf, textOf } from './byte-string.ts';
import { quote, splitWords } from './quoting.ts';

const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => latin1(bytes, 0, bytes.length));

describe('quoting', () => {
  it('gives back any bytes that were quoted', () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { maxLength: 5 }), (words) => {
        const line = words.map(quote).join(' ');
        expect(line).toMatch(/^[\x20-\x7e]*$/);
        expect(splitWords(line)).toEqual(words);
      }),
    );
  });

  it('never fails on any line, and keeps plain words', () => {
    fc.assert(fc.property(anyBytes, (line) => void splitWords(line)));
    expect(splitWords('  a\tb \r\n')).toEqual(['a', 'b']);
    expect(splitWords('')).toEqual([]);
  });

  it.each([
    [`"a\\x41\\n\\q\\\\"`, ['aA\nq\\']],
    [`'a\\'b\\n'`, [`a'b\\n`]],
    [`a"b c"`, ['ab c']],
    [`"" ''`, ['', '']],
    [`"\\x4"`, ['x4']],
    [`"a"b`, undefined],
    [`'a`, undefined],
    [`"a\\"`, undefined],
  ])('splits %s', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });
});

describe('byte strings', () => {
  it('carry UTF-8', () => {
    expect(byteStringOf('é')).toBe('\xc3\xa9');
    expect(textOf('\xc3\xa9')).toBe('é');
    expect(fromLatin1(byteStringOf('日本'))).toHaveLength(6);
  });
});
