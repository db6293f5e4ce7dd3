import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { LineSplitter } from './split-line.ts';

/** The arguments of a line that lies in the middle of other bytes, or undefined. */
function split(line: string, splitter: LineSplitter = new LineSplitter()): string[] | undefined {
  const bytes = fromLatin1(`"${line}'`);
  if (!splitter.split(bytes, 1, 1 + line.length)) return undefined;
  expect(latin1(bytes, 0, bytes.length)).toBe(`"${line}'`);
  const parts: string[] = [];
  for (let i = 0; i < splitter.count; i++) {
    parts.push(latin1(splitter.bytes, splitter.offsets[2 * i], splitter.offsets[2 * i + 1]));
  }
  return parts;
}

describe('splitting a line', () => {
  // As redis-server 7.0.15 and redis-cli split the same lines.
  const lines: [string, string[] | undefined][] = [
    ['', []],
    [' \t\v\f ', []],
    ['a', ['a']],
    ['  set  key\tvalue ', ['set', 'key', 'value']],
    ['a\vb\fc', ['a\vb\fc']],
    ['a\rb\nc', ['a', 'b', 'c']],
    ['a\0b c', ['a']],
    ['"a b" \'c d\'', ['a b', 'c d']],
    ['"" \'\'', ['', '']],
    ['"\\x41\\xff\\X41\\x4g\\n\\r\\t\\b\\a\\"\\\\\\q"', ['A\xffX41x4g\n\r\t\b\x07"\\q']],
    ["'\\x41\\n\\'\\\\ '", ["\\x41\\n'\\\\ "]],
    ["'a\\\\'", undefined],
    ['save"a b"', ['savea b']],
    ['"a"\vb', ['a', 'b']],
    ['a\\nb', ['a\\nb']],
    ['"a', undefined],
    ["'a", undefined],
    ['"a\\"', undefined],
    ['"a\\', undefined],
    ["'a\\'", undefined],
    ['"a"b', undefined],
    ["'a'b", undefined],
    ['a "b" "', undefined],
  ];
  for (const [line, expected] of lines) {
    it(JSON.stringify(line), () => expect(split(line)).toEqual(expected));
  }

  it('takes any number of arguments, and forgets them', () => {
    const splitter = new LineSplitter();
    const words = Array.from({ length: 10_000 }, (_, i) => `w${i}`);
    expect(split(words.join(' '), splitter)).toEqual(words);
    splitter.clear();
    expect(splitter.count).toBe(0);
    expect(splitter.offsets.length).toBe(64);
    expect(split('a "b"', splitter)).toEqual(['a', 'b']);
  });

  it('gives positions in the line itself when nothing is quoted', () => {
    const splitter = new LineSplitter();
    const bytes = fromLatin1('ab cd');
    splitter.split(bytes, 0, 5);
    expect(splitter.bytes).toBe(bytes);
    expect([...splitter.offsets.subarray(0, 4)]).toEqual([0, 2, 3, 5]);
  });
});
