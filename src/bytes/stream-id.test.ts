import { describe, expect, it } from 'vitest';
import {
  type IdForm,
  NEW_ID,
  RANGE_END,
  RANGE_START,
  STREAM_ID_TEXT,
  STRICT_ID,
  StreamId,
  streamIdLength,
} from './stream-id.ts';
import { fromLatin1, latin1 } from './text.ts';

const MAX = '18446744073709551615';

function parsed(text: string, form: IdForm = STRICT_ID): string | undefined {
  const bytes = fromLatin1(`x${text}x`);
  const id = new StreamId();
  return id.parse(bytes, 1, bytes.length - 1, form) ? id.toString() : undefined;
}

describe('StreamId', () => {
  it.each<[string, string | undefined]>([
    ['5', '5-0'],
    ['5-7', '5-7'],
    ['05-007', '5-7'],
    ['+5', '5-0'],
    [' 5', '5-0'],
    ['5-+1', '5-1'],
    [`${MAX}-${MAX}`, `${MAX}-${MAX}`],
    ['9007199254740993-9223372036854775808', '9007199254740993-9223372036854775808'],
    ...['-', '+', '', '5-', '-5', '5-*', '5--1', '5 ', '0x5', '18446744073709551616', 'a-1'].map(
      (text): [string, undefined] => [text, undefined],
    ),
    ['0'.repeat(127), '0-0'],
    ['0'.repeat(128), undefined],
  ])('reads %j like the real server', (text, wanted) => {
    expect(parsed(text)).toBe(wanted);
  });

  it('reads ends of ranges and open sequence numbers', () => {
    expect(parsed('5', RANGE_END)).toBe(`5-${MAX}`);
    expect(parsed('5', RANGE_START)).toBe('5-0');
    expect(parsed('-', RANGE_START)).toBe('0-0');
    expect(parsed('+', RANGE_END)).toBe(`${MAX}-${MAX}`);
    const id = new StreamId();
    expect(id.parse(fromLatin1('12-*'), 0, 4, NEW_ID)).toBe(true);
    expect([id.toString(), id.hasSequence]).toEqual(['12-0', false]);
    expect(id.parse(fromLatin1('12-1'), 0, 4, NEW_ID)).toBe(true);
    expect([id.toString(), id.hasSequence]).toEqual(['12-1', true]);
  });

  it('counts up and down over all words', () => {
    for (const text of ['0-4294967295', '1-0', `7-${MAX}`, `4294967295-${MAX}`, `${MAX}-8`]) {
      const id = new StreamId();
      expect(id.parse(fromLatin1(text), 0, text.length, STRICT_ID)).toBe(true);
      const before = id.clone();
      expect(id.increment()).toBe(true);
      expect(id.compare(before)).toBeGreaterThan(0);
      expect(id.decrement()).toBe(true);
      expect(id.toString()).toBe(text);
    }
    const id = new StreamId();
    expect(id.decrement()).toBe(false);
    expect(id.isGreatest).toBe(true);
    expect(id.increment()).toBe(false);
    expect(id.isLeast).toBe(true);
  });

  it('writes what it reads', () => {
    for (const text of ['0-0', '1700000000000-12', `${MAX}-${MAX}`, '9007199254740992-1']) {
      const id = new StreamId();
      id.parse(fromLatin1(text), 0, text.length, STRICT_ID);
      const target = new Uint8Array(STREAM_ID_TEXT);
      const end = id.write(target, 0);
      expect(latin1(target, 0, end)).toBe(text);
      expect(streamIdLength(id)).toBe(text.length);
    }
  });
});
