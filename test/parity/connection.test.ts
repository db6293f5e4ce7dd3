/** Connection commands: the same replies as the real server's, before and after logging in. */
import { describe, expect, it } from 'vitest';
import { after, sameShape } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';
import type { RespValue } from '../support/resp-value.ts';
import { showReply, textOf } from '../support/resp-value.ts';

const parity = useParity();

/** HELLO's reply without the client's id. */
const helloReply = after((value) =>
  value.type === 'error'
    ? value
    : { type: 'bulk', bytes: Buffer.from(showReply(value).replace(/("id"[:,] ):\d+/, '$1:ID')) },
);

/** A client list as the names and the comparable values of its fields. */
function clientFields(value: RespValue): RespValue {
  const text = (textOf(value) ?? '').replaceAll(
    /\b(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|rbs|rbp|tot-mem)=[^ \n]*/g,
    '$1',
  );
  return { type: 'bulk', bytes: Buffer.from(`${value.type} ${text}`) };
}

describe('PING, ECHO, SELECT', () => {
  it(
    'answers',
    parity(async (both) => {
      await both.run('PING');
      await both.run('PING', 'a\r\nb');
      await both.run('PING', 'a', 'b');
      await both.run('ECHO', Buffer.from([0, 255, 13, 10]));
      await both.run('ECHO');
      await both.run('ECHO', 'a', 'b');
    }),
  );

  it(
    'selects databases',
    parity(async (both) => {
      await both.run('SET', 'k', 'in 0');
      for (const index of [
        '1',
        '15',
        '16',
        '-1',
        'x',
        '',
        '1.5',
        '2147483648',
        '99999999999999999999',
      ])
        await both.run('SELECT', index);
      await both.run('GET', 'k');
      await both.run('SELECT', '0');
      await both.run('GET', 'k');
      await both.run('SELECT');
    }),
  );
});

describe('AUTH', () => {
  it(
    'with no password set',
    parity(async (both) => {
      await both.run('AUTH', 'x');
      await both.run('AUTH', 'default', 'anything');
      await both.run('AUTH', 'nobody', 'x');
      await both.run('AUTH', 'a', 'b', 'c');
      await both.run('AUTH');
    }),
  );

  it(
    'with a password',
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'requirepass', 'secret');
      // Who is in stays in.
      await both.run('PING');
      const locked = await both.connect({ protocol: 2 });
      await locked.run('PING');
      await locked.run('SET', 'k', 'v');
      await locked.run('NOSUCH');
      await locked.run('GET');
      await locked.run('HELLO');
      await locked.run('HELLO', '3');
      await locked.run('HELLO', '3', 'SETNAME', 'x');
      await locked.run('RESET');
      await locked.run('AUTH', 'wrong');
      await locked.run('AUTH', 'secre');
      await locked.run('AUTH', 'secrets');
      await locked.run('AUTH', '');
      await locked.run('AUTH', 'other', 'secret');
      await locked.run('AUTH', 'default', 'wrong');
      await locked.run('PING');
      await locked.run('AUTH', 'secret');
      await locked.run('PING');
      await locked.run('AUTH', 'wrong');
      await locked.run('PING');
      await locked.run('RESET');
      await locked.run('PING');
      await locked.runWith(helloReply, 'HELLO', '3', 'AUTH', 'default', 'wrong');
      await locked.runWith(helloReply, 'HELLO', '2', 'AUTH', 'default', 'secret', 'SETNAME', 'me');
      await locked.run('CLIENT', 'GETNAME');
      const waiting = await both.connect({ protocol: 2 });
      await waiting.run('PING');
      await both.run('CONFIG', 'SET', 'requirepass', '');
      await waiting.run('PING');
    }),
  );
});

describe('HELLO', () => {
  it(
    'describes the server and takes its options',
    parity(async (both) => {
      await both.runWith(helloReply, 'HELLO');
      await both.run('HELLO', '1');
      await both.run('HELLO', '4');
      await both.run('HELLO', 'x');
      await both.run('HELLO', '3', 'SETNAME');
      await both.run('HELLO', '3', 'SETNAME', 'with blank');
      await both.run('HELLO', '3', 'AUTH', 'default');
      await both.run('HELLO', '3', 'NOSUCH', 'x');
      await both.run('HELLO', '2', 'AUTH', 'nobody', 'x', 'SETNAME', 'n');
      await both.run('CLIENT', 'GETNAME');
      await both.runWith(helloReply, 'HELLO', '2', 'SETNAME', 'n', 'AUTH', 'default', 'x');
      await both.run('CLIENT', 'GETNAME');
      await both.runWith(helloReply, 'HELLO', '3');
      await both.run('CLIENT', 'GETNAME');
      await both.runWith(helloReply, 'HELLO', '2', 'SETNAME', '');
      await both.run('CLIENT', 'GETNAME');
    }),
  );
});

describe('CLIENT', () => {
  it(
    'names',
    parity(async (both) => {
      await both.run('CLIENT', 'GETNAME');
      await both.run('CLIENT', 'SETNAME', 'Ünïcode');
      await both.run('CLIENT', 'SETNAME', 'a b');
      await both.run('CLIENT', 'SETNAME', 'a\nb');
      await both.run('CLIENT', 'SETNAME', 'plain!~');
      await both.run('CLIENT', 'GETNAME');
      await both.run('CLIENT', 'SETNAME', '');
      await both.run('CLIENT', 'GETNAME');
      await both.run('CLIENT', 'SETNAME');
      await both.run('CLIENT', 'NOSUCH');
      await both.run('CLIENT');
      await both.run('CLIENT', 'GETREDIR');
    }),
  );

  it(
    'lists',
    parity(async (both) => {
      const listed = after(clientFields);
      await both.run('CLIENT', 'SETNAME', 'lister');
      await both.run('SELECT', '3');
      await both.runWith(listed, 'CLIENT', 'INFO');
      await both.run('MULTI');
      await both.run('PING');
      await both.run('DISCARD');
      await both.runWith(listed, 'CLIENT', 'INFO');
      await both.runWith(sameShape, 'CLIENT', 'ID');
      await both.runWith(listed, 'CLIENT', 'LIST');
      await both.runWith(listed, 'CLIENT', 'LIST', 'TYPE', 'normal');
      await both.runWith(listed, 'CLIENT', 'LIST', 'TYPE', 'pubsub');
      await both.runWith(listed, 'CLIENT', 'LIST', 'TYPE', 'SLAVE');
      await both.runWith(listed, 'CLIENT', 'LIST', 'TYPE', 'replica');
      await both.runWith(listed, 'CLIENT', 'LIST', 'TYPE', 'master');
      await both.run('CLIENT', 'LIST', 'TYPE', 'what');
      await both.run('CLIENT', 'LIST', 'TYPE');
      await both.run('CLIENT', 'LIST', 'ID');
      await both.run('CLIENT', 'LIST', 'ID', 'x');
      await both.run('CLIENT', 'LIST', 'ID', '1', '0x1');
      await both.run('CLIENT', 'LIST', 'ID', '99999999');
      await both.run('CLIENT', 'LIST', 'NOSUCH');
      await both.run('CLIENT', 'LIST', 'TYPE', 'normal', 'ID', '1');
      await both.run('CLIENT', 'INFO', 'x');
    }),
  );

  it(
    'kills: errors and filters that match nothing',
    parity(async (both) => {
      await both.run('CLIENT', 'KILL', '1.2.3.4:5');
      await both.run('CLIENT', 'KILL', 'ID', '0');
      await both.run('CLIENT', 'KILL', 'ID', '-1');
      await both.run('CLIENT', 'KILL', 'ID', 'x');
      await both.run('CLIENT', 'KILL', 'ID', '123456789');
      await both.run('CLIENT', 'KILL', 'ADDR', '1.2.3.4:5');
      await both.run('CLIENT', 'KILL', 'LADDR', '1.2.3.4:5');
      await both.run('CLIENT', 'KILL', 'TYPE', 'master');
      await both.run('CLIENT', 'KILL', 'TYPE', 'what');
      await both.run('CLIENT', 'KILL', 'USER', 'nobody');
      await both.run('CLIENT', 'KILL', 'SKIPME', 'maybe');
      await both.run('CLIENT', 'KILL', 'ID', '1', 'SKIPME');
      await both.run('CLIENT', 'KILL', 'MAXAGE', '1');
      await both.run('CLIENT', 'KILL', 'NOSUCH', 'x');
      await both.run('CLIENT', 'KILL');
    }),
  );

  it(
    'kills other connections, and its own after the reply',
    parity(async (both) => {
      const other = await both.connect();
      const ids = [await other.real.call('CLIENT', 'ID'), await other.ours.call('CLIENT', 'ID')];
      const killed = await Promise.all([
        both.real.call('CLIENT', 'KILL', 'ID', textOf(ids[0]!)!),
        both.ours.call('CLIENT', 'KILL', 'ID', textOf(ids[1]!)!),
      ]);
      expect(killed.map(showReply)).toEqual([':1', ':1']);
      await Promise.all([other.real.closed, other.ours.closed]);
      const third = await both.connect();
      await third.run('CLIENT', 'SETNAME', 'third');
      await both.run('CLIENT', 'KILL', 'USER', 'default', 'TYPE', 'normal');
      await Promise.all([third.real.closed, third.ours.closed]);
      await both.run('CLIENT', 'KILL', 'USER', 'default', 'SKIPME', 'no');
      await Promise.all([both.real.closed, both.ours.closed]);
    }),
  );

  it(
    'kills by address in the old form and by LADDR',
    parity(async (both) => {
      for (const side of [both.real, both.ours]) {
        const line = textOf(await side.call('CLIENT', 'INFO'))!;
        const address = / addr=(\S+)/.exec(line)![1]!;
        const local = / laddr=(\S+)/.exec(line)![1]!;
        expect(showReply(await side.call('CLIENT', 'KILL', 'LADDR', local))).toBe(':0');
        expect(showReply(await side.call('CLIENT', 'KILL', address))).toBe('+OK');
        await side.closed;
      }
    }),
  );

  it(
    'switches replies',
    parity(async (both) => {
      both.send('CLIENT', 'REPLY', 'OFF');
      both.send('SET', 'a', '1');
      both.send('NOSUCH');
      await both.run('CLIENT', 'REPLY', 'ON');
      await both.run('GET', 'a');
      both.send('CLIENT', 'REPLY', 'SKIP');
      both.send('SET', 'a', '2');
      await both.run('GET', 'a');
      both.send('CLIENT', 'REPLY', 'OFF');
      both.send('CLIENT', 'REPLY', 'SKIP');
      both.send('GET', 'a');
      await both.run('CLIENT', 'REPLY', 'ON');
      await both.run('GET', 'a');
      await both.run('CLIENT', 'REPLY', 'what');
    }),
  );

  it(
    'pauses writes and lets reads through',
    parity(async (both) => {
      const other = await both.connect();
      await both.run('CLIENT', 'PAUSE', '100000', 'WRITE');
      await both.run('GET', 'k');
      const blocked = other.run('SET', 'k', '1');
      await both.untilBlocked(1);
      await both.run('GET', 'k');
      await both.run('CLIENT', 'UNPAUSE');
      await blocked;
      await both.run('GET', 'k');
      await both.run('CLIENT', 'PAUSE', '30');
      await both.run('SET', 'k', '2');
      await both.run('CLIENT', 'PAUSE', 'x');
      await both.run('CLIENT', 'PAUSE', '-1');
      await both.run('CLIENT', 'PAUSE', '10', 'SOME');
      await both.run('CLIENT', 'PAUSE', '10', 'WRITE', 'x');
      await both.run('CLIENT', 'PAUSE', '99999999999999999999');
      await both.run('CLIENT', 'UNPAUSE', 'x');
    }),
  );

  it(
    'holds a transaction that writes until the pause ends',
    parity(async (both) => {
      const other = await both.connect();
      await other.run('MULTI');
      await other.run('SET', 'k', '1');
      await both.run('CLIENT', 'PAUSE', '100000', 'WRITE');
      const blocked = other.run('EXEC');
      await both.untilBlocked(1);
      await both.run('CLIENT', 'UNPAUSE');
      await blocked;
    }),
  );

  it(
    'other modes',
    parity(async (both) => {
      await both.run('CLIENT', 'NO-EVICT', 'on');
      await both.run('CLIENT', 'NO-EVICT', 'off');
      await both.run('CLIENT', 'NO-EVICT', 'x');
      await both.run('CLIENT', 'UNBLOCK', '123456');
      await both.run('CLIENT', 'UNBLOCK', 'x');
      await both.run('CLIENT', 'UNBLOCK', '1', 'what');
      await both.run('CLIENT', 'UNBLOCK', '1', 'ERROR');
      await both.run('CLIENT', 'UNBLOCK', '1', 'ERROR', 'x');
    }),
  );
});

describe('RESET and QUIT', () => {
  it(
    'takes everything back',
    parity(async (both) => {
      await both.run('SELECT', '2');
      await both.run('CLIENT', 'SETNAME', 'n');
      await both.run('WATCH', 'k');
      await both.run('MULTI');
      await both.run('SET', 'k', '1');
      await both.run('RESET');
      await both.run('EXEC');
      await both.run('CLIENT', 'GETNAME');
      await both.runWith(after(clientFields), 'CLIENT', 'INFO');
      both.send('CLIENT', 'REPLY', 'OFF');
      await both.run('RESET');
      await both.run('PING');
      await both.run('RESET', 'x');
    }),
  );

  it(
    'quits after the reply, whatever follows',
    parity(async (both) => {
      await both.exchange('*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n*1\r\n$4\r\nPING\r\n');
      const second = await both.connect();
      await second.exchange('MULTI\r\nSET a 1\r\nQUIT now\r\nPING\r\n');
      await both.connect().then((third) => third.run('GET', 'a'));
    }),
  );
});

describe('MONITOR', () => {
  it(
    'shows what others do',
    parity(async (both) => {
      const monitor = await both.connect({ protocol: 2 });
      await monitor.run('MONITOR');
      await both.run('SET', 'k', Buffer.from('a"\\\n\r\t\x07\b\x00\xffz', 'latin1'));
      await both.run('CONFIG', 'GET', 'port-nothing');
      await both.run('AUTH', 'default', 'secret');
      await both.run('MULTI');
      await both.run('SELECT', '3');
      await both.run('GET', 'k');
      await both.run('EXEC');
      await both.run('GET');
      await both.run('PING');
      const line = after((value) => {
        const text = textOf(value)!.replace(/^\d+\.\d{6} \[(\d+) [^\]]+\]/, '[$1]');
        return { type: 'simple', text };
      });
      for (let i = 0; i < 7; i++) await monitor.receive(line);
      expect(monitor.real.unclaimed).toBe(monitor.ours.unclaimed);
      monitor.send('PING');
      await monitor.receive(line);
      await monitor.receive(line);
      await monitor.run('RESET').catch(() => undefined);
    }),
  );
});
