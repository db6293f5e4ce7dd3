import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { ReplyWriter } from './reply-writer.ts';

/** What the calls write, starting with an array too small for anything. */
function written(protocol: 2 | 3, write: (writer: ReplyWriter) => void): string {
  const writer = new ReplyWriter(1);
  writer.protocol = protocol;
  write(writer);
  return latin1(writer.bytes, 0, writer.length);
}

function both(write: (writer: ReplyWriter) => void): [string, string] {
  return [written(2, write), written(3, write)];
}

/** Both protocols write the same. */
function same(write: (writer: ReplyWriter) => void): string {
  const [two, three] = both(write);
  expect(three).toBe(two);
  return two;
}

function bulkOf(text: string): (writer: ReplyWriter) => void {
  return (writer) => writer.bulk(fromLatin1(`<${text}>`), 1, text.length + 1);
}

describe('replies', () => {
  it('writes constants', () => {
    expect(same((w) => w.ok())).toBe('+OK\r\n');
    expect(same((w) => w.pong())).toBe('+PONG\r\n');
    expect(same((w) => w.queued())).toBe('+QUEUED\r\n');
    expect(same((w) => w.emptyArray())).toBe('*0\r\n');
  });

  // redis-server 7.0.15: DEBUG PROTOCOL
  // string|integer|double|null|array|set|map|verbatim|true|false|bignum.
  it('writes every type as redis-server does for DEBUG PROTOCOL', () => {
    const bignum = '1234567999999999999999999999999999999';
    expect(same((w) => w.bulkText('Hello World'))).toBe('$11\r\nHello World\r\n');
    expect(same((w) => w.integer(12345))).toBe(':12345\r\n');
    expect(both((w) => w.double(2.5))).toEqual(['$3\r\n2.5\r\n', ',2.5\r\n']);
    expect(both((w) => w.null())).toEqual(['$-1\r\n', '_\r\n']);
    expect(same((w) => w.array(3))).toBe('*3\r\n');
    expect(both((w) => w.set(3))).toEqual(['*3\r\n', '~3\r\n']);
    expect(both((w) => w.map(3))).toEqual(['*6\r\n', '%3\r\n']);
    expect(both((w) => w.verbatim('txt', 'This is a verbatim\nstring'))).toEqual([
      '$25\r\nThis is a verbatim\nstring\r\n',
      '=29\r\ntxt:This is a verbatim\nstring\r\n',
    ]);
    expect(both((w) => w.boolean(true))).toEqual([':1\r\n', '#t\r\n']);
    expect(both((w) => w.boolean(false))).toEqual([':0\r\n', '#f\r\n']);
    expect(both((w) => w.bigNumber(bignum))).toEqual([`$37\r\n${bignum}\r\n`, `(${bignum}\r\n`]);
    expect(both((w) => w.nullArray())).toEqual(['*-1\r\n', '_\r\n']);
    expect(both((w) => w.push(2))).toEqual(['*2\r\n', '>2\r\n']);
    expect(both((w) => void (w.attribute(1) && w.bulkText('key-popularity')))).toEqual([
      '',
      '|1\r\n$14\r\nkey-popularity\r\n',
    ]);
  });

  // redis-server 7.0.15: ZRANGE z 0 -1 WITHSCORES; nan from a script that returns {double=0/0}.
  it('writes doubles with the digits redis-server writes', () => {
    const digits: [number, string][] = [
      [0.1, '0.10000000000000001'],
      [3, '3'],
      [0, '0'],
      [1e17, '1e+17'],
      [123456789012345680, '1.2345678901234568e+17'],
      [1e300, '1.0000000000000001e+300'],
      [Infinity, 'inf'],
      [-Infinity, '-inf'],
    ];
    for (const [value, text] of digits) {
      expect(both((w) => w.double(value))).toEqual([
        `$${text.length}\r\n${text}\r\n`,
        `,${text}\r\n`,
      ]);
    }
  });

  it('writes integers of every size', () => {
    const values = [0, 1, 9, 10, -1, -9, 99, 100, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53 - 1)];
    for (const value of values) {
      expect(same((w) => w.integer(value))).toBe(`:${value}\r\n`);
      expect(same((w) => w.bulkInteger(value))).toBe(`$${`${value}`.length}\r\n${value}\r\n`);
      expect(same((w) => w.bigInteger(BigInt(value)))).toBe(`:${value}\r\n`);
    }
    for (const value of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n]) {
      expect(same((w) => w.bigInteger(value))).toBe(`:${value}\r\n`);
    }
  });

  it('writes bulk strings of every length around the boundaries', () => {
    for (const size of [0, 1, 9, 10, 11, 63, 64, 65, 99, 100, 1000, 65535, 65536, 100_000]) {
      const text = 'ab\r\n\0\xff'.repeat(Math.ceil(size / 6)).slice(0, size);
      expect(same(bulkOf(text))).toBe(`$${size}\r\n${text}\r\n`);
      expect(same((w) => w.bulkText(text))).toBe(`$${size}\r\n${text}\r\n`);
    }
  });

  // redis-server 7.0.15: scripts that return {err=...} and {ok=...}.
  it('keeps line ends out of simple strings and errors', () => {
    expect(same((w) => w.error('a\r\nb'))).toBe('-a  b\r\n');
    expect(same((w) => w.error('\r\na\r\n'))).toBe('-  a\r\n');
    expect(same((w) => w.error('a\n'))).toBe('-a\r\n');
    expect(same((w) => w.simple('a\r\nb\xff'))).toBe('+a  b\xff\r\n');
    expect(same((w) => w.simple('\r\na\r\n'))).toBe('+  a  \r\n');
  });

  it('counts errors and remembers the last', () => {
    const writer = new ReplyWriter();
    writer.ok();
    expect(writer.errorCount).toBe(0);
    writer.error('WRONGTYPE a');
    writer.error('ERR b\n');
    expect(writer.errorCount).toBe(2);
    expect(writer.lastError).toBe('ERR b');
  });

  it('copies raw bytes', () => {
    const reply = fromLatin1('x+OK\r\ny');
    expect(same((w) => w.raw(reply, 1, 6))).toBe('+OK\r\n');
  });
});

/** An array of a name, a map of six pairs and an empty set. */
function writeNested(w: ReplyWriter): void {
  const outer = w.deferArray();
  w.bulkText('cursor');
  const inner = w.deferArray(10);
  for (let i = 0; i < 6; i++) {
    w.bulkText('k');
    w.integer(i);
  }
  w.resolveMap(inner, 6);
  const set = w.deferArray();
  w.resolveSet(set, 0);
  w.resolveArray(outer, 3);
}

describe('lengths known at the end', () => {
  it('makes room for any count, whatever was expected', () => {
    for (const expected of [0, 1, 10, 5000]) {
      for (const count of [0, 1, 9, 10, 99, 100, 1000, 12345]) {
        const text = same((w) => {
          w.bulkText('before');
          const mark = w.deferArray(expected);
          for (let i = 0; i < count; i++) w.integer(i % 10);
          w.resolveArray(mark, count);
          w.bulkText('after');
        });
        const items = Array.from({ length: count }, (_, i) => `:${i % 10}\r\n`).join('');
        expect(text).toBe(`$6\r\nbefore\r\n*${count}\r\n${items}$5\r\nafter\r\n`);
      }
    }
  });

  it('nests, and ends as an array, a map or a set', () => {
    const pairs = Array.from({ length: 6 }, (_, i) => `$1\r\nk\r\n:${i}\r\n`).join('');
    expect(both(writeNested)).toEqual([
      `*3\r\n$6\r\ncursor\r\n*12\r\n${pairs}*0\r\n`,
      `*3\r\n$6\r\ncursor\r\n%6\r\n${pairs}~0\r\n`,
    ]);
  });
});

describe('the output array', () => {
  it('takes back what was written', () => {
    expect(
      same((w) => {
        w.ok();
        const mark = w.length;
        bulkOf('x'.repeat(1000))(w);
        w.discardFrom(mark);
        w.pong();
      }),
    ).toBe('+OK\r\n+PONG\r\n');
  });

  it('is replaced while it is sent, with what was not sent yet', () => {
    const writer = new ReplyWriter(16);
    writer.ok();
    const mark = writer.length;
    writer.pong();
    const first = writer.bytes;
    const old = writer.replace(new Uint8Array(16), mark);
    expect(old).toBe(first);
    writer.ok();
    expect(latin1(writer.bytes, 0, writer.length)).toBe('+PONG\r\n+OK\r\n');
    expect(latin1(old, 0, mark)).toBe('+OK\r\n');
    writer.replace(new Uint8Array(16));
    expect(writer.length).toBe(0);
  });

  it('grows a long reply by doubling', () => {
    const writer = new ReplyWriter();
    const value = new Uint8Array(100).fill(120);
    const sizes = new Set<number>();
    writer.array(300_000);
    for (let i = 0; i < 300_000; i++) {
      writer.bulk(value, 0, 100);
      sizes.add(writer.bytes.length);
    }
    expect(writer.length).toBe(9 + 300_000 * 108);
    expect(sizes.size).toBeLessThan(12);
  });

  it('returns where reserved bytes go, without claiming them', () => {
    const writer = new ReplyWriter(8);
    writer.ok();
    expect(writer.reserve(100)).toBe(5);
    expect(writer.length).toBe(5);
    expect(writer.bytes.length).toBeGreaterThanOrEqual(105);
    expect(latin1(writer.bytes, 0, 5)).toBe('+OK\r\n');
  });
});

describe('a bulk string of a view', () => {
  it('is what it is of bytes, at any length and place', () => {
    const memory = Uint8Array.from({ length: 400 }, (_, index) => index * 37);
    const view = new DataView(memory.buffer, 3);
    for (let length = 0; length <= 130; length++) {
      const [ofView, ofBytes] = [new ReplyWriter(16), new ReplyWriter(16)];
      for (let start = 0; start < 9; start++) {
        ofView.bulkOfView(view, start, start + length);
        ofBytes.bulk(memory, start + 3, start + 3 + length);
      }
      const bytes = ofView.bytes.slice(0, ofView.length);
      expect(bytes).toEqual(ofBytes.bytes.slice(0, ofBytes.length));
    }
  });

  it('goes on in the array that replaces a full one', () => {
    const writer = new ReplyWriter(64);
    const view = new DataView(fromLatin1('member').buffer);
    writer.replace(new Uint8Array(new ArrayBuffer(200), 10, 128));
    writer.bulkOfView(view, 0, 6);
    expect(latin1(writer.bytes, 0, writer.length)).toBe('$6\r\nmember\r\n');
  });
});
