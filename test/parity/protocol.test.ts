/**
 * The wire, seen from outside: malformed input, inline requests, any chunking, limits before logging
 * in. Both servers must send the same bytes and close, or not close, the connection.
 */
import { describe, expect, it } from 'vitest';
import { useParity } from '../support/parity.ts';
import { encodeCommand } from '../support/raw-client.ts';

const parity = useParity({ protocols: [2] });

/** Input after which the server closes. */
const FATAL: readonly (readonly [what: string, input: string])[] = [
  ['a negative bulk length', '*2\r\n$4\r\nECHO\r\n$-1\r\n'],
  ['a bulk length that is no number', '*2\r\n$4\r\nECHO\r\n$abc\r\n'],
  ['an empty bulk length', '*1\r\n$\r\n'],
  ['a bulk length beyond the limit', '*1\r\n$536870913\r\n'],
  ['a bulk length beyond 64 bits', '*1\r\n$99999999999999999999\r\n'],
  ['something else than a bulk', '*1\r\n:4\r\nPING\r\n'],
  ['a count that is no number', '*abc\r\n'],
  ['a count beyond the limit', '*2147483648\r\n'],
  ['a count beyond 64 bits', '*999999999999999999999\r\n'],
  ['a count with a sign', '*+1\r\n$4\r\nPING\r\n'],
  ['a count with a leading zero', '*01\r\n$4\r\nPING\r\n'],
  ['a count with a blank', '* 1\r\n$4\r\nPING\r\n'],
  ['an endless count line', `*${'1'.repeat(70_000)}`],
  ['an endless bulk line', `*1\r\n$${'1'.repeat(70_000)}`],
  ['an endless inline line', 'x'.repeat(70_000)],
  ['unbalanced quotes', 'SET k "unclosed\r\n'],
  ['a quote closed too early', 'SET k "a"b\r\n'],
  ['requests before the malformed one', 'PING\r\n*1\r\n$4\r\nPING\r\n*1\r\n$x\r\nPING\r\n'],
  ['HTTP POST', 'POST / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['HTTP behind a request', 'PING\r\nHost: localhost\r\nPING\r\n'],
  ['QUIT and what follows', 'QUIT\r\nPING\r\n'],
];

describe('input that ends a connection', () => {
  for (const [what, input] of FATAL) {
    it(
      what,
      parity(async (both) => {
        await both.exchange(input);
      }),
    );
    // A reset takes along what the client has not read yet: that depends on timing.
    if (input.length > 1000 || what === 'HTTP behind a request') continue;
    it(
      `${what}, byte by byte`,
      parity(async (both) => {
        const replies = await Promise.all(
          [both.real, both.ours].map(async (client) => {
            const all = client.untilClosed();
            for (const byte of Buffer.from(input, 'latin1')) {
              client.sendBytes(Buffer.of(byte));
              await new Promise((resolve) => setImmediate(resolve));
            }
            return all;
          }),
        );
        expect(replies[1]!.toString('latin1')).toBe(replies[0]!.toString('latin1'));
      }),
    );
  }
});

/** Input that is understood, and how many replies it gets. */
const ODD: readonly (readonly [what: string, input: string, replies: number])[] = [
  ['inline requests', 'PING\r\n  ECHO   "a b"\t\'c\'\nECHO "\\x41\\n"\r\n', 3],
  ['empty lines and empty arrays', '\r\n\n*0\r\n*-1\r\nPING\r\n', 1],
  ['a line feed alone', 'PING\nPING\n', 2],
  ['an empty argument', '*2\r\n$4\r\nECHO\r\n$0\r\n\r\n', 1],
  ['an empty name', '*1\r\n$0\r\n\r\nPING\r\n', 2],
  ['wrong bytes behind an argument', '*1\r\n$4\r\nPINGxyPING\r\n', 2],
  ['RESP and inline mixed', 'SET a 1\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\nGET a\r\n', 3],
  ['a zero byte in an argument', '*2\r\n$4\r\nECHO\r\n$3\r\na\0b\r\n', 1],
];

describe('odd input', () => {
  for (const [what, input, replies] of ODD)
    it(
      what,
      parity(async (both) => {
        await both.exchange(input, replies);
      }),
    );
});

it(
  'splits a pipeline anywhere',
  parity(async (both) => {
    const requests = [
      encodeCommand('SET', 'key', 'value with \r\n in it'),
      encodeCommand('GET', 'key'),
      Buffer.from('GET key\r\n'),
      encodeCommand('ECHO', Buffer.from([0, 1, 13, 10, 255])),
      encodeCommand('NOSUCH', 'x'),
    ];
    const all = Buffer.concat(requests);
    for (let cut = 1; cut < all.length; cut++) {
      for (const client of [both.real, both.ours]) client.sendBytes(all.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      for (const client of [both.real, both.ours]) client.sendBytes(all.subarray(cut));
      for (let reply = 0; reply < requests.length; reply++) await both.receive();
    }
  }),
);

it(
  'answers what was sent before the client closed its side',
  parity(async (both) => {
    const replies = await Promise.all(
      [both.real, both.ours].map((client) => {
        const all = client.untilClosed();
        client.sendBytes('SET a 1\r\nGET a\r\n');
        client.end();
        return all;
      }),
    );
    expect(replies[1]!.toString()).toBe(replies[0]!.toString());
    expect(replies[1]!.toString()).toBe('+OK\r\n$1\r\n1\r\n');
  }),
);

describe('before logging in', () => {
  const withPassword = (input: string, replies?: number): ReturnType<typeof parity> =>
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'requirepass', 'secret');
      const locked = await both.connect();
      await locked.exchange(input, replies);
      await both.run('CONFIG', 'SET', 'requirepass', '');
    });

  it('refuses many arguments', withPassword('*11\r\n$4\r\nPING\r\n'));
  it('refuses long arguments', withPassword('*2\r\n$4\r\nAUTH\r\n$16385\r\n'));
  it('takes ten arguments', withPassword(`*10\r\n${'$4\r\nPING\r\n'.repeat(10)}`, 1));
  it(
    'lifts the limits with AUTH in the same pipeline',
    withPassword(`AUTH secret\r\n*11\r\n$6\r\nEXISTS\r\n${'$1\r\na\r\n'.repeat(10)}`, 2),
  );
  it('answers each request with NOAUTH', withPassword('PING\r\nSET a 1\r\nECHO x\r\n', 3));
});

it(
  'sends big arguments and replies unharmed',
  parity(async (both) => {
    for (const size of [16_383, 65_536, 1_000_003, 5_000_000]) {
      const value = Buffer.alloc(size);
      for (let i = 0; i < size; i++) value[i] = (i * 31 + (i >> 8)) & 255;
      await both.run('SET', 'big', value);
      await both.run('GET', 'big');
      await both.run('STRLEN', 'big');
    }
  }),
);
