import { describe, expect, it } from 'vitest';

import { decodeReply, ReplyFramer, showReply } from './resp-value.ts';

const VECTORS: readonly (readonly [wire: string, shown: string])[] = [
  ['+OK\r\n', '+OK'],
  ['-ERR no\r\n', '-ERR no'],
  [':-9223372036854775808\r\n', ':-9223372036854775808'],
  ['$5\r\na\r\nbc\r\n', '"a\\x0d\\x0abc"'],
  ['$0\r\n\r\n', '""'],
  ['$-1\r\n', 'null($-1)'],
  ['*-1\r\n', 'null(*-1)'],
  ['_\r\n', 'null(_)'],
  [',3.10\r\n', ',3.10'],
  ['#t\r\n', '#t'],
  ['#f\r\n', '#f'],
  ['(123456789012345678901234567890\r\n', '(123456789012345678901234567890'],
  ['=8\r\ntxt:a"\\\0\r\n', '=txt:"a\\"\\\\\\x00"'],
  ['!5\r\nERR x\r\n', '!"ERR x"'],
  ['*0\r\n', '*[]'],
  ['*2\r\n*1\r\n:1\r\n$-1\r\n', '*[*[:1], null($-1)]'],
  ['~2\r\n+a\r\n+b\r\n', '~[+a, +b]'],
  ['%1\r\n+k\r\n*2\r\n:1\r\n:2\r\n', '%{+k: *[:1, :2]}'],
  ['>2\r\n+message\r\n+x\r\n', '>[+message, +x]'],
  ['|1\r\n+ttl\r\n:3\r\n*1\r\n:7\r\n', '|{+ttl: :3} *[:7]'],
  ['*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n', '*[|{+a: +b} :1, :2]'],
];

function frames(chunks: readonly Uint8Array[]): string[] {
  const framer = new ReplyFramer();
  const shown: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let frame = framer.next(); frame; frame = framer.next()) {
      shown.push(showReply(decodeReply(frame)));
    }
  }
  expect(framer.rest()).toHaveLength(0);
  return shown;
}

describe('replies', () => {
  const stream = Buffer.from(VECTORS.map(([wire]) => wire).join(''), 'latin1');
  const expected = VECTORS.map(([, shown]) => shown);

  it('are decoded from one chunk', () => {
    expect(frames([stream])).toEqual(expected);
  });

  it('are decoded byte by byte', () => {
    expect(frames(Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  it('may be larger than the buffer', () => {
    const body = 'x'.repeat(300_000);
    const wire = Buffer.from(`*2\r\n$${body.length}\r\n${body}\r\n:1\r\n`);
    const chunks: Buffer[] = [];
    for (let at = 0; at < wire.length; at += 7_001) chunks.push(wire.subarray(at, at + 7_001));
    expect(frames(chunks)).toEqual([`*["${body}", :1]`]);
  });

  it('are refused when they are no RESP', () => {
    const framer = new ReplyFramer();
    framer.push(Buffer.from('hello\r\n'));
    expect(() => framer.next()).toThrow('not a RESP reply');
  });
});
